"""Two workflows that pull one record in opposite directions: they settle, and a person still gets through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.freeze import freeze
from integrations.engine.spec import FieldMapping, Step, StepKind, WorkflowSpec
from integrations.models import Effect, Event, Run, Workflow, WorkflowState, WorkflowVersion
from integrations.services import decisions, echoes, hops, sweeps
from integrations.services.drain import drain_once
from tests.hub import Hub

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


def puller(hub: Hub, name: str, town: str) -> Workflow:
    """Whenever a contact changes, its town is set to what this expression gives."""
    mappings = (
        FieldMapping(target="contactId", source="event.id", required=True),
        FieldMapping(target="city", source=town),
    )
    step = Step(
        id="move",
        title="Move",
        kind=StepKind.WRITE,
        role="crm",
        operation="contacts.update",
        mappings=mappings,
    )
    spec = WorkflowSpec(
        title=name, roles={"crm": "ghl"}, trigger_role="crm", trigger="contacts.changed", steps=(step,)
    )
    made = Workflow.objects.create(team=hub.team, name=name, draft=freeze(spec), state=WorkflowState.LIVE)
    made.live = WorkflowVersion.objects.create(
        workflow=made, number=1, spec=freeze(spec), bindings={"crm": hub.ghl.pk}
    )
    made.save()
    return made


@pytest.fixture
def pair(hub: Hub) -> tuple[Workflow, Workflow]:
    return puller(hub, "To Bern", "'Bern'"), puller(hub, "To Basel", "'Basel'")


@pytest.fixture
def contact(hub: Hub, pair: tuple[Workflow, Workflow]) -> str:
    """A contact that both workflows have seen before."""
    given = {"location": hub.ghl.settings["location_id"], "firstName": "Ada", "email": "ada@example.org"}
    made = str(hub.sandbox.act("ghl", "create_contact", given)["id"])
    for workflow in pair:
        sweeps.sweep(workflow)
    return made


def edit(hub: Hub, contact: str, **given: Any) -> None:
    hub.sandbox.act("ghl", "change_contact", {"contact": contact, **given})


def drain() -> None:
    """All of it: the second run waits for the first one's write to the same contact."""
    open_ = Run.objects.filter(state__in=("queued", "waiting"))
    while open_.exists():
        open_.update(due_at=datetime.now(UTC))
        drain_once(for_s=20)


def rounds(pair: tuple[Workflow, ...], most: int) -> list[int]:
    """How many writes each round of looks and runs brings."""
    made = []
    for _ in range(most):
        before = Effect.objects.count()
        for workflow in pair:
            sweeps.sweep(Workflow.objects.select_related("live").get(pk=workflow.pk))
        drain()
        made.append(Effect.objects.count() - before)
    return made


def test_two_opposite_workflows_settle_in_one_hop(
    hub: Hub, pair: tuple[Workflow, Workflow], contact: str
) -> None:
    edit(hub, contact, firstName="Augusta")
    assert rounds(pair, 4) == [2, 0, 0, 0]
    assert set(Event.objects.values_list("hops", flat=True)) == {0}


def test_an_edit_by_a_person_right_after_passes(
    hub: Hub, pair: tuple[Workflow, Workflow], contact: str
) -> None:
    edit(hub, contact, firstName="Augusta")
    assert rounds(pair, 1) == [2]
    edit(hub, contact, lastName="King")
    assert rounds(pair, 2) == [2, 0], "each has heard of it once, and of nothing else"
    edit(hub, contact, city="Geneva")
    assert rounds(pair, 2) == [2, 0], "also where the person changes what the workflows write"


def test_where_no_echo_is_recognised_the_runs_beyond_the_cap_are_held_with_a_sentence(
    hub: Hub, pair: tuple[Workflow, Workflow], contact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(echoes, "ours", lambda *asked: set())
    for workflow in pair:  # each writes something that it has never written before
        spec = workflow.live.spec  # type: ignore[union-attr]
        spec["steps"][0]["mappings"][1]["source"] = "now"
        WorkflowVersion.objects.filter(workflow=workflow).update(spec=spec)
    edit(hub, contact, firstName="Augusta")
    made = [rounds((workflow,), 1)[0] for _ in range(hops.CAP) for workflow in pair]
    assert made == [1] * (hops.CAP + 1) + [0] * (hops.CAP - 1), "it goes round no more"
    held = Run.objects.filter(state="held")
    assert held.exists()
    assert all(f"After {hops.CAP} in a row a run is held" in run.reason for run in held)
    assert max(Run.objects.filter(state="succeeded").values_list("event__hops", flat=True)) == hops.CAP


def test_a_held_run_goes_on_by_a_persons_word(
    hub: Hub, pair: tuple[Workflow, Workflow], contact: str
) -> None:
    edit(hub, contact, firstName="Augusta")
    for workflow in pair:
        sweeps.sweep(workflow)
    run = Run.objects.order_by("id")[0]
    Run.objects.filter(pk=run.pk).update(state="held", due_at=None, reason="Round and round.")
    drain_once([run.pk])
    run.refresh_from_db()
    assert run.state == "held"
    decisions.let_go_on(run, None)
    drain_once([run.pk])
    run.refresh_from_db()
    assert run.state == "succeeded"
    with pytest.raises(WrongUse, match="not held"):
        decisions.let_go_on(run, None)
