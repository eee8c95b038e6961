"""Failed runs again: with an event put right, many together, and never silently behind what is newer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations.engine.errors import WrongUse
from integrations.engine.spec import StepKind
from integrations.models import AuditEntry, Effect, Run, RunState, Workflow
from integrations.services import decisions, drafts, replays
from integrations.services.drain import drain_once
from tests.hub import Hub, make_hub
from tests.services.handmade import CONTACT, FieldMapping, happen, live, mapped, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

# Its text is only known to be missing once the contact was written: a step of the event alone is foreseen.
NOTE = step(
    "note",
    StepKind.WRITE,
    role="crm",
    operation="contact_notes.create",
    mappings=(
        *mapped(contactId="steps.contact.id"),
        FieldMapping(target="body", source="event.note || steps.contact.nothing", required=True),
    ),
)


@pytest.fixture
def hub() -> Hub:
    return make_hub(deploy=False)


@pytest.fixture
def flow(hub: Hub) -> Workflow:
    made = live(hub, CONTACT, NOTE)
    drafts.bind(made, {"certificates": hub.accredible, "crm": hub.ghl})  # the estimate goes by these
    return made


def failed(hub: Hub, flow: Workflow, record: str = "1", **payload: Any) -> Run:
    """A run that wrote its contact and failed at its note, which has no text."""
    run = happen(hub, flow, record, email=f"p{record}@example.org", **payload)
    drain_once(for_s=10)
    return fresh(run)


def fresh(run: Run) -> Run:
    return Run.objects.select_related("workflow__live", "version", "event__connection", "team").get(pk=run.pk)


def test_an_edited_event_goes_on_from_the_failed_step_in_a_run_that_says_so(hub: Hub, flow: Workflow) -> None:
    run = failed(hub, flow, gap=1)
    assert (run.state, len(hub.contacts())) == (RunState.FAILED, 1)

    again = decisions.replay(run, None, edited={"email": "p1@example.org", "note": "Call her"})
    drain_once(for_s=10)

    again.refresh_from_db()
    assert (again.state, again.edited_of_id) == ("succeeded", run.pk)
    assert [e.operation for e in Effect.objects.filter(run=again)] == ["contact_notes.create"]
    assert len(hub.contacts()) == 1
    assert run.event.payload == {"email": "p1@example.org", "gap": 1}, "what the app said stays as it was"
    with pytest.raises(WrongUse, match=f"run again already, as run {again.pk}"):
        decisions.replay(fresh(run), None)


def test_an_edited_run_that_fails_is_taken_up_again_and_still_writes_nothing_twice(
    hub: Hub, flow: Workflow
) -> None:
    second = decisions.replay(failed(hub, flow), None, edited={"email": "p1@example.org", "nope": 1})
    drain_once(for_s=10)
    third = decisions.replay(fresh(second), None, edited={"email": "p1@example.org", "note": "Now"})
    drain_once(for_s=10)

    third.refresh_from_db()
    assert third.state == "succeeded"
    assert Effect.objects.filter(operation="contacts.upsert").count() == 1


def test_a_replay_behind_a_newer_success_asks_first(hub: Hub, flow: Workflow) -> None:
    run = failed(hub, flow)
    newer = failed(hub, flow, note="Newer")
    assert newer.state == "succeeded"

    with pytest.raises(WrongUse, match=f"Run {newer.pk} of the same record is newer and succeeded"):
        decisions.replay(run, None)
    assert decisions.replay(run, None, behind=True).replay == 1


def test_many_are_run_again_together_with_an_estimate_first(hub: Hub, flow: Workflow) -> None:
    runs = [failed(hub, flow, str(number)) for number in range(3)]
    behind = failed(hub, flow, "9")
    failed(hub, flow, "9", note="Newer")
    olga = User.objects.create(username="olga")

    foreseen = replays.outlook(replays.again(hub.team))

    assert [run.pk for run in foreseen.runs] == [run.pk for run in runs]
    assert foreseen.sentences and "call" in foreseen.sentences[0]
    assert len(foreseen.left_out) == 1 and f"Run {behind.pk} is behind" in foreseen.left_out[0]
    assert Run.objects.count() == 5, "an estimate does nothing"

    batch = replays.start(hub.team, foreseen, "All of them", olga)
    assert replays.progress(batch).left == 3
    assert set(batch.runs.values_list("lane", flat=True)) == {3}
    assert AuditEntry.objects.filter(action="runs.replayed", actor=olga).count() == 1
    drain_once(for_s=10)
    at = replays.progress(batch)
    assert (at.total, at.failed, at.left) == (3, 3, 0), "their notes are as empty as they were"
    assert Effect.objects.filter(operation="contacts.upsert").count() == 5


def test_a_batch_is_cancelled(hub: Hub, flow: Workflow) -> None:
    for number in range(3):
        failed(hub, flow, str(number))
    batch = replays.start(hub.team, replays.outlook(replays.again(hub.team)), "All", None)

    assert replays.cancel(batch, None) == 3

    at = replays.progress(batch)
    assert (at.cancelled, at.left) == (3, 0)
    batch.refresh_from_db()
    assert batch.cancelled_at is not None


def test_nothing_to_run_again_is_said(hub: Hub) -> None:
    with pytest.raises(WrongUse, match="nothing to run again"):
        replays.start(hub.team, replays.outlook(replays.again(hub.team)), "All", None)


def test_everything_since_a_time_counts_what_a_connection_tells_and_what_is_written_over_it(
    hub: Hub, flow: Workflow
) -> None:
    old, new = failed(hub, flow, "1"), failed(hub, flow, "2")
    now = datetime.now(UTC)
    Run.objects.filter(pk=old.pk).update(made_at=now - timedelta(days=2))
    elsewhere = make_hub("Elsewhere", deploy=False)

    for connection in (hub.accredible, hub.ghl):
        assert list(replays.since(connection, now - timedelta(hours=1))) == [new]
    assert not replays.since(elsewhere.ghl, now - timedelta(days=9)).exists()
    decisions.replay(new, None)
    assert not replays.since(hub.ghl, now - timedelta(hours=1)).exists(), "each event counts once"
