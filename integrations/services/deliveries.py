"""The simulated apps' webhooks on their way to this hub: over HTTP to its address, or within the process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Incoming
from integrations.models import Environment
from integrations.services import clients, doors, hooks, pulse
from integrations.services.doors import Door

AT_ONCE = 20  # a task has its time, and each may take as long as a slow answer


def anything_due() -> bool:
    return settings.HUB_SANDBOX_ENABLED and clients.sandbox().has_deliveries()


def over_http() -> int:
    """As a vendor would: posted to the hub's web server. How many were sent."""
    if not settings.HUB_SANDBOX_ENABLED:
        return 0

    def send(app: str, target: str, headers: Mapping[str, str], body: bytes) -> int:
        pulse.touch(datetime.now(UTC))
        place = _place(app, target)
        return clients.post_to_hub(place, headers, body) if place else 0

    return clients.sandbox().deliver(send, most=AT_ONCE)


def within(now: datetime | None = None) -> int:
    """The same where no web server runs: handed to the hub's own door in this process."""
    if not settings.HUB_SANDBOX_ENABLED:
        return 0

    def send(app: str, target: str, headers: Mapping[str, str], body: bytes) -> int:
        door, query = _door(app, target)
        if door is None:
            return 404
        incoming = Incoming(
            headers={name.lower(): value for name, value in headers.items()},
            query=query,
            body=body,
            received_at=datetime.now(UTC),
        )
        return hooks.take(door, incoming).status

    return clients.sandbox().deliver(send, now)


def _place(app: str, target: str) -> str:
    """The path (and parameters) on this hub that a delivery goes to; "": it goes to somebody else."""
    if not target:
        return f"/hooks/{Environment.SANDBOX}/{app}/"
    parts = urlsplit(target)
    if parts.netloc not in ("", urlsplit(settings.HUB_BASE_URL).netloc):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _door(app: str, target: str) -> tuple[Door | None, dict[str, str]]:
    """Where it comes in, and its parameters; None: nobody has that address."""
    if not target:
        try:
            return doors.shared(app, Environment.SANDBOX), {}
        except WrongUse:
            return None, {}
    parts = urlsplit(_place(app, target))
    key = parts.path.rpartition("/")[2]
    return doors.own(app, Environment.SANDBOX, key), dict(parse_qsl(parts.query))
