"""Two ends of the bridge for tests: connections in the sandbox and real ones, and who posts to them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from integrations.engine import bridged
from integrations.engine.freeze import freeze
from integrations.engine.spec import FieldMapping, Step, StepKind, WorkflowSpec
from integrations.models import Connection, Team, Workflow, WorkflowState, WorkflowVersion
from integrations.services import connect, doors, verification

ORDER = {"id": "o-17", "email": "rosa@example.com", "name": "Rosa Diaz"}


def bridge(team: Team, name: str = "Shop", environment: str = "sandbox", **settings: Any) -> Connection:
    given = connect.sandbox_secrets("bridge", "signed")[1] if environment == "sandbox" else {}
    connection = connect.add(
        team,
        "bridge",
        name=name,
        environment=environment,
        auth="signed",
        settings_={**given, **settings},
    )
    verified = verification.verify(connection)
    assert verified.ok, verified.sentence
    connection.refresh_from_db()
    return connection


def secret(connection: Connection, key: str = bridged.SECRET) -> str:
    return doors.secrets_of(Connection.objects.get(pk=connection.pk))[key]


def envelope(kind: str = "order.paid", **more: Any) -> dict[str, Any]:
    return {"id": "evt_1", "type": kind, "source": "shop", "data": dict(ORDER), **more}


def post(
    client: Client,
    connection: Connection,
    body: Any,
    *,
    signed_with: str | None = None,
    at: datetime | None = None,
    id: str = "msg_1",
    path: str = "",
    content_type: str = "application/json",
    **headers: str,
) -> Any:
    """Post to the connection's address, signed with its own secret ("": unsigned)."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    key = secret(connection) if signed_with is None else signed_with
    made = bridged.standard_webhooks.headers(key, id, raw, at or datetime.now(UTC)) if key else {}
    place = path or doors.path_of(connection)
    return client.post(place, raw, content_type=content_type, headers={**made, **headers})


PASS_ON = Step(
    id="tell",
    title="Pass it on",
    kind=StepKind.WRITE,
    role="to",
    operation="events.send",
    mappings=(
        FieldMapping(target="type", source="event.event"),
        FieldMapping(target="data", source="event.data"),
    ),
)


def passing_on(source: Connection, target: Connection, *steps: Step) -> Workflow:
    """A live workflow that passes on what comes in."""
    spec = WorkflowSpec(
        title="Passes on",
        roles={"from": "bridge", "to": "bridge"},
        trigger_role="from",
        trigger="bridge.event",
        steps=steps or (PASS_ON,),
    )
    workflow = Workflow.objects.create(
        team=source.team, name="Passes on", draft=freeze(spec), state=WorkflowState.LIVE
    )
    bindings = {"from": source.pk, "to": target.pk}
    workflow.live = WorkflowVersion.objects.create(
        workflow=workflow, number=1, spec=freeze(spec), bindings=bindings
    )
    workflow.save()
    for role, pk in bindings.items():
        workflow.bindings.create(role=role, connection_id=pk)
    return workflow
