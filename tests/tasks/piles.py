"""A pile of contact upserts for each of several sandbox locations, each location with a token of its own.

hub.manage("shell", "-c", "from tests.tasks import piles; piles.make([600])")
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from integrations.engine.freeze import freeze
from integrations.engine.spec import FieldMapping, Step, StepKind, WorkflowSpec
from integrations.models import Connection, EventSource, Team, Workflow, WorkflowState, WorkflowVersion
from integrations.sandbox.ghl.calls import LOCATIONS
from integrations.sandbox.ghl.tokens import TOKENS, digest
from integrations.sandbox.transaction import Tx
from integrations.services import connect
from integrations.services.clients import sandbox
from integrations.services.ingest import Arrival, accept
from tests.hub import calendar_of, connected

UPSERT = WorkflowSpec(
    title="Newcomers",
    roles={"certificates": "accredible", "crm": "ghl"},
    trigger_role="certificates",
    trigger="credentials.changed",
    steps=(
        Step(
            id="contact",
            title="Find or make the contact",
            kind=StepKind.WRITE,
            role="crm",
            operation="contacts.upsert",
            mappings=(FieldMapping(target="email", source="event.email", required=True),),
        ),
    ),
)


def make(sizes: Sequence[int]) -> None:
    """One location, connection and live workflow for each size, with so many runs due now."""
    team = Team.objects.create(name="Acme")
    source = connected(team, "accredible", "Accredible")
    for place, size in enumerate(sizes):
        workflow = _workflow(team, source, _location(team, place), UPSERT, f"Newcomers {place}")
        arrivals = [
            Arrival(
                type="asked",
                key=f"{place}:{n}",
                record=f"{place}:{n}",
                payload={"email": f"person{n}@example.org"},
            )
            for n in range(size)
        ]
        accept(source, UPSERT.trigger, arrivals, [workflow], EventSource.MANUAL)


def _location(team: Team, place: int) -> Connection:
    location, token = f"location{place:012d}", f"pit-{secrets.token_hex(16)}"
    store = sandbox().apps()["ghl"].store
    assert store is not None
    with store.transaction("ghl") as tx:
        _furnish(tx, location, token)
    return connect.add(
        team,
        "ghl",
        name=f"Location {place + 1}",
        environment="sandbox",
        auth="pit",
        settings_={"location_id": location},
        secrets={"private_integration_token": token},
    )


def _furnish(tx: Tx, location: str, token: str) -> None:
    like = tx.all(LOCATIONS)[0]
    tx.put(LOCATIONS, location, {**like, "id": location, "name": location})
    owner = {
        "client_id": "private-integration",
        "location_id": location,
        "company_id": like["companyId"],
        "user_type": "Location",
        "user_id": "",
        "scope": None,
        "expires_at": "",
    }
    tx.put(TOKENS, digest(token), owner)


def _workflow(team: Team, source: Connection, crm: Connection, spec: WorkflowSpec, name: str) -> Workflow:
    workflow: Workflow = Workflow.objects.create(
        team=team, name=name, draft=freeze(spec), state=WorkflowState.LIVE
    )
    workflow.live = WorkflowVersion.objects.create(
        workflow=workflow,
        number=1,
        spec=freeze(spec),
        bindings={"certificates": source.pk, "crm": crm.pk},
    )
    workflow.save()
    return workflow


BOOK = WorkflowSpec(
    title="Bookings",
    roles=UPSERT.roles,
    trigger_role=UPSERT.trigger_role,
    trigger=UPSERT.trigger,
    steps=(
        *UPSERT.steps,
        Step(
            id="slot",
            title="Find the first free time",
            kind=StepKind.PROCEDURE,
            role="crm",
            operation="find_slot",
            mappings=(
                FieldMapping(target="calendarId", source="event.calendar", required=True),
                FieldMapping(target="day", source="event.day", required=True),
            ),
        ),
        Step(
            id="booking",
            title="Book it",
            kind=StepKind.WRITE,
            role="crm",
            operation="appointments.create",
            mappings=(
                FieldMapping(target="calendarId", source="event.calendar"),
                FieldMapping(target="contactId", source="steps.contact.id"),
                FieldMapping(target="startTime", source="steps.slot.startTime"),
                FieldMapping(target="endTime", source="steps.slot.endTime"),
            ),
        ),
    ),
)


def bookings(flows: int, each: int, day: str) -> None:
    """Several workflows that book in the same calendar, each with so many runs due now."""
    team = Team.objects.create(name="Acme")
    source, crm = connected(team, "accredible", "Accredible"), connected(team, "ghl", "GHL")
    calendar = calendar_of(crm)
    for flow in range(flows):
        workflow = _workflow(team, source, crm, BOOK, f"Flow {flow}")
        arrivals = [
            Arrival(
                type="asked",
                key=f"{flow}:{n}",
                record=f"{flow}:{n}",
                payload={"email": f"p{flow}.{n}@example.org", "calendar": calendar, "day": day},
            )
            for n in range(each)
        ]
        accept(source, BOOK.trigger, arrivals, [workflow], EventSource.MANUAL)
