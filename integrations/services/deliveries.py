"""The simulated apps' webhooks on their way to this hub: over HTTP to its address, or within the process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from django.conf import settings

from integrations.engine.spec import Incoming
from integrations.models import Environment
from integrations.services import clients, hooks, pulse

AT_ONCE = 20  # a task has its time, and each may take as long as a slow answer


def anything_due() -> bool:
    return settings.HUB_SANDBOX_ENABLED and clients.sandbox().has_deliveries()


def over_http() -> int:
    """As a vendor would: posted to the hub's web server. How many were sent."""
    if not settings.HUB_SANDBOX_ENABLED:
        return 0

    def send(app: str, headers: Mapping[str, str], body: bytes) -> int:
        pulse.touch(datetime.now(UTC))
        return clients.post_to_hub(f"/hooks/{Environment.SANDBOX}/{app}/", headers, body)

    return clients.sandbox().deliver(send, most=AT_ONCE)


def within(now: datetime | None = None) -> int:
    """The same where no web server runs: handed to `hooks.accept` in this process."""
    if not settings.HUB_SANDBOX_ENABLED:
        return 0

    def send(app: str, headers: Mapping[str, str], body: bytes) -> int:
        incoming = Incoming(
            headers={name.lower(): value for name, value in headers.items()},
            query={},
            body=body,
            received_at=datetime.now(UTC),
        )
        return hooks.accept(app, Environment.SANDBOX, incoming).status

    return clients.sandbox().deliver(send, now)
