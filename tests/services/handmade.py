"""Live workflows made by hand, for step kinds that no shipped recipe has, on a hub's connections."""

from __future__ import annotations

from typing import Any

from integrations.engine.freeze import freeze
from integrations.engine.spec import FieldMapping, Step, StepKind, WorkflowSpec
from integrations.models import Event, EventSource, Run, Workflow, WorkflowState, WorkflowVersion
from integrations.services.ingest import Arrival, accept
from tests.hub import Hub


def mapped(**sources: str) -> tuple[FieldMapping, ...]:
    return tuple(FieldMapping(target=target, source=source) for target, source in sources.items())


def step(id: str, kind: StepKind, **more: Any) -> Step:
    return Step(id=id, title=id.title(), kind=kind, **more)


READ = step(
    "certificate",
    StepKind.READ,
    role="certificates",
    operation="credentials.get",
    mappings=mapped(id="event.id"),
)
CONTACT = step(
    "contact", StepKind.WRITE, role="crm", operation="contacts.upsert", mappings=mapped(email="event.email")
)
ANSWER = step("answer", StepKind.ANSWER, mappings=mapped(name="steps.certificate.name", asked="event.id"))
ASK = step("ask", StepKind.APPROVE, reason="May this contact be made?")


def live(hub: Hub, *steps: Step, name: str = "By hand") -> Workflow:
    spec = WorkflowSpec(
        title=name,
        roles={"certificates": "accredible", "crm": "ghl"},
        trigger_role="certificates",
        trigger="credentials.changed",
        steps=steps,
    )
    workflow = Workflow.objects.create(team=hub.team, name=name, draft=freeze(spec), state=WorkflowState.LIVE)
    workflow.live = WorkflowVersion.objects.create(
        workflow=workflow,
        number=1,
        spec=freeze(spec),
        bindings={"certificates": hub.accredible.pk, "crm": hub.ghl.pk},
    )
    workflow.save()
    return workflow


def happen(hub: Hub, workflow: Workflow, record: str = "1", **payload: Any) -> Run:
    """Something happens at the source: its run."""
    arrival = Arrival(
        type="asked", key=f"asked:{record}:{Event.objects.count()}", record=record, payload=payload
    )
    (run,) = accept(hub.accredible, "credentials.changed", [arrival], [workflow], EventSource.MANUAL)
    return run
