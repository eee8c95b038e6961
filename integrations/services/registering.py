"""Having an app send to a connection's own address: registered there by its API, tried with a test event.

Registering is a call like any other: it goes through the ledger, within the quota, and is written down. The
app's own procedure finds what it did before, so doing it twice makes nothing twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User

from integrations.engine.addresses import is_public
from integrations.engine.errors import HubError, WrongUse
from integrations.models import AuditEntry, Connection, Environment, Workflow
from integrations.services import audit, clients, doors, drafts, explore, listening, orders
from integrations.services.accounts import connector_of

PATIENCE_S = 20.0
REGISTERED = "connection.hook_registered"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Registered:
    ok: bool
    sentence: str


def can_register(connection: Connection) -> bool:
    """Whether the app is told the address by its API."""
    hooks = connector_of(connection).webhooks
    return hooks is not None and bool(hooks.ensure) and not hooks.shared


def wanted(connection: Connection) -> list[str]:
    """The event types that live workflows listen to on this connection."""
    triggers = connector_of(connection).triggers
    heard = [kind for key in listening.to(connection) if key in triggers for kind in triggers[key].hears]
    return list(dict.fromkeys(heard))


def why_not(connection: Connection) -> str:
    """Why an app outside could not reach the address, in a sentence; "": it could."""
    if connection.environment == Environment.SANDBOX:
        return ""
    parts = urlsplit(settings.HUB_BASE_URL)
    host = parts.hostname or ""
    named = not host.replace(".", "").isdigit() and ":" not in host
    if parts.scheme != "https" or host in LOOPBACK or ("." not in host and named):
        return (
            f"The hub is known as {settings.HUB_BASE_URL}, which {connector_of(connection).title} cannot "
            "reach: it needs a public https address (HUB_BASE_URL)."
        )
    if not named and not is_public(host):
        return (
            f"{host} is an address inside a private network, which nobody outside can reach (HUB_BASE_URL)."
        )
    return ""


def register(connection: Connection, *, actor: User | None = None) -> Registered:
    """Register the address for what is listened to. Never raises a HubError."""
    try:
        return Registered(True, _register(connection, actor))
    except HubError as error:
        return Registered(False, error.sentence)


def after_verify(connection: Connection, *, actor: User | None = None) -> Registered | None:
    """The same, where there is something to register by itself; None: there is not."""
    if not can_register(connection) or not wanted(connection):
        return None
    return register(connection, actor=actor)


def after_deploy(workflow: Workflow, *, actor: User | None = None) -> Registered | None:
    """The same for the connection that a workflow, live by now, listens to."""
    source = drafts.bound(workflow)[drafts.compile_draft(workflow).trigger_role]
    return after_verify(source, actor=actor)


def _register(connection: Connection, actor: User | None) -> str:
    app = connector_of(connection)
    if not can_register(connection):
        raise WrongUse(f"{app.title} is told of the address by a person; its page says how.")
    if why := why_not(connection):
        raise WrongUse(why)
    events = wanted(connection)
    if not events:
        raise WrongUse("No live workflow listens to this connection, so there is nothing to register for.")
    assert app.webhooks is not None
    values = {"url": _address(connection), "events": events}
    sent = explore.follow(
        explore.start(orders.order(connection, app.webhooks.ensure, {}, values), actor), PATIENCE_S
    )
    if sent.refused:
        raise WrongUse(sent.refused)
    if sent.open:
        raise WrongUse("It is under way; look here again in a moment.")
    again = _noted(connection, actor, values, changed=_changed(sent.value))
    anew = " It had been lost there, and is registered anew." if again else ""
    return f"{app.title} sends {len(events)} kinds of event to this address.{anew}"


def _noted(connection: Connection, actor: User | None, values: dict[str, Any], *, changed: bool) -> bool:
    """Write down what is new; whether it was done before and had been lost at the app meanwhile."""
    what = {"events": values["events"], "address": hashlib.sha256(values["url"].encode()).hexdigest()[:12]}
    before = last(connection)
    as_before = before is not None and what.items() <= before.details.items()
    if actor is not None or changed or not as_before:
        about = {"connection": connection.pk, **what, "again": changed and as_before}
        audit.note(connection.team, actor, REGISTERED, connection, **about)
    return changed and as_before


def _changed(value: Any) -> bool:
    """Whether the app's procedure had something to do, or found all as it should be."""
    return isinstance(value, dict) and bool(value.get("created") or value.get("changed"))


def _address(connection: Connection) -> str:
    """Simulated apps want https as the real ones do, and reach the hub without a network."""
    address = doors.address_of(connection)
    if connection.environment == Environment.SANDBOX:
        return urlsplit(address)._replace(scheme="https").geturl()
    return address


def last(connection: Connection) -> AuditEntry | None:
    """When it was registered last, and for which events."""
    rows = AuditEntry.objects.of(connection.team).filter(action=REGISTERED)
    found: AuditEntry | None = rows.filter(details__connection=connection.pk).first()
    return found


def can_test(connection: Connection) -> bool:
    hooks = connector_of(connection).webhooks
    return hooks is not None and hooks.test is not None and not hooks.shared


def test(connection: Connection) -> Registered:
    """Send a delivery that means nothing to the connection's own address, over HTTP as others would."""
    app = connector_of(connection)
    if not can_test(connection):
        return Registered(False, f"The hub cannot speak for {app.title}: have it send something.")
    assert app.webhooks is not None and app.webhooks.test is not None
    made = app.webhooks.test(doors.secrets_of(connection), datetime.now(UTC))
    status = clients.post_to_hub(doors.path_of(connection), made.headers, made.body)
    if status == app.webhooks.accepted:
        return Registered(True, "The test event went out and came in: address and signature work.")
    if status == 0:
        return Registered(False, "The hub's own web server did not answer at this address.")
    return Registered(False, f"The address answered with status {status}.")
