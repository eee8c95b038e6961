"""Two GHL locations signed in to by OAuth, and live workflows that listen to the first."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from integrations import catalog
from integrations.engine.freeze import freeze
from integrations.engine.spec import FieldMapping, Step, StepKind, WorkflowSpec
from integrations.models import Connection, Notice, Tally, Team, Workflow, WorkflowState, WorkflowVersion
from integrations.sandbox import Sandbox
from integrations.services import deliveries, hearing, sweeps
from integrations.services.clients import sandbox
from tests.services.connections import give_consent, location, oauth_connection, other_location

BASE = "https://services.leadconnectorhq.com"
CONTACTS = {"Version": "2021-07-28"}


@dataclass
class Pair:
    """`source` is listened to, `target` written to. `at_source` is what somebody does in the first."""

    team: Team
    source: Connection
    target: Connection
    sandbox: Sandbox

    def at_source(self, method: str, path: str, version: str = "2021-07-28", **body: Any) -> dict[str, Any]:
        return call(self.source, method, path, version, body or None)

    def create(self, first_name: str, **more: Any) -> str:
        """Somebody makes a contact; its id."""
        email = f"{first_name.lower()}@example.org"
        body = {"locationId": self.source.account, "firstName": first_name, "email": email, **more}
        return str(self.at_source("POST", "/contacts/", **body)["contact"]["id"])

    def change(self, contact: str, **values: Any) -> None:
        self.at_source("PUT", f"/contacts/{contact}", **values)

    def delete(self, contact: str) -> None:
        self.at_source("DELETE", f"/contacts/{contact}")

    def contacts(self, connection: Connection) -> list[dict[str, Any]]:
        return [row for row in documents("contacts") if row["locationId"] == connection.account]

    def deliver(self) -> int:
        """All that is on its way arrives, however late."""
        return deliveries.within(datetime.now(UTC) + timedelta(days=1))

    def hear(self) -> hearing.Heard:
        """All that is on its way arrives and is looked into."""
        self.deliver()
        return hearing.hear_once()


def pair(team_name: str = "Acme") -> Pair:
    """What was told while they were connected is forgotten."""
    team = Team.objects.create(name=team_name)
    source, target = oauth_connection(team, "Source"), oauth_connection(team, "Target")
    give_consent(source, location_id=location())
    give_consent(target, location_id=other_location())
    allow_everything(source, target)
    found = Pair(team, source, target, sandbox())
    found.deliver()
    hearing.hear_once()
    Notice.objects.all().delete()
    Tally.objects.all().delete()
    return found


def allow_everything(*connections: Connection) -> None:
    """The hub asks for what its workflows need; these come later, and nobody consents again here."""
    ghl = catalog.connector("ghl")
    scopes = sorted({scope for o in ghl.operations.values() for scope in o.needed_scopes})
    with sandbox().store.transaction("ghl") as tx:
        for key, record in tx.rows("tokens"):
            tx.put("tokens", key, {**record, "scope": " ".join(scopes)})
    for connection in connections:
        connection.refresh_from_db()
        connection.scopes = scopes
        connection.save()


def call(
    connection: Connection, method: str, path: str, version: str, body: dict[str, Any] | None
) -> dict[str, Any]:
    """As somebody else's program calls GHL; nothing of the hub is in it but the token."""
    headers = {"Version": version, "Authorization": f"Bearer {connection.token.access_token}"}
    request = httpx.Request(method, f"{BASE}{path}", headers=headers, json=body)
    answer = sandbox().handle("ghl", request)
    assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
    found: dict[str, Any] = answer.json()
    return found


def documents(collection: str) -> list[dict[str, Any]]:
    store = sandbox().apps()["ghl"].store
    assert store is not None
    with store.reading("ghl") as tx:
        return list(tx.all(collection))


def mapped(**sources: str) -> tuple[FieldMapping, ...]:
    return tuple(FieldMapping(target=target, source=source) for target, source in sources.items())


COPY = Step(
    id="copy",
    title="Copy",
    kind=StepKind.WRITE,
    role="to",
    operation="contacts.upsert",
    when="trigger.type != 'contact.deleted'",
    mappings=mapped(
        email="event.email", firstName="event.firstName", lastName="event.lastName", tags="event.tags"
    ),
    link="copy",
)
NOTHING = Step(id="look", title="Look", kind=StepKind.FILTER)


def listening(
    found: Pair,
    trigger: str,
    *steps: Step,
    name: str = "Listens",
    source: Connection | None = None,
    target: Connection | None = None,
    look: bool = True,
    **settings: Any,
) -> Workflow:
    """A live workflow made by hand; with its first look done."""
    spec = WorkflowSpec(
        title=name,
        roles={"from": "ghl", "to": "ghl"},
        trigger_role="from",
        trigger=trigger,
        trigger_settings=settings,
        steps=steps or (NOTHING,),
    )
    workflow = Workflow.objects.create(
        team=found.team, name=name, draft=freeze(spec), state=WorkflowState.LIVE
    )
    bindings = {"from": (source or found.source).pk, "to": (target or found.target).pk}
    workflow.live = WorkflowVersion.objects.create(
        workflow=workflow, number=1, spec=freeze(spec), bindings=bindings
    )
    workflow.save()
    for role, pk in bindings.items():
        workflow.bindings.create(role=role, connection_id=pk)
    if look:
        sweeps.sweep(workflow)
    return workflow


# --- deliveries made by hand ----------------------------------------------------------------------


def payload(connection: Connection, kind: str = "ContactUpdate", **more: Any) -> dict[str, Any]:
    """A delivery about a contact of this account, as GoHighLevel would send it now."""
    return {
        "type": kind,
        "locationId": connection.account,
        "id": "con0000000000000001",
        "timestamp": datetime.now(UTC).isoformat(),
        "webhookId": str(uuid.uuid4()),
        **more,
    }


def signed(body: bytes) -> dict[str, str]:
    """The headers with which the sandbox sends it."""
    app = sandbox().apps()["ghl"]
    assert app.store is not None
    assert app.sign is not None
    with app.store.reading("ghl") as tx:
        return dict(app.sign(tx, body))


def post(
    client: Any, body: Any, *, address: str = "/hooks/sandbox/ghl/", headers: dict[str, str] | None = None
) -> Any:
    """Post it, signed by the sandbox unless told otherwise."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = signed(raw) if headers is None else headers
    return client.post(address, raw, content_type="application/json", headers=given)
