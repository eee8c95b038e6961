"""What a person decides about a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from integrations.engine.errors import WrongUse
from integrations.engine.spec import StepKind
from integrations.models import AuditEntry, Effect, EffectState, RecordLink, Run, RunState, StepRun
from integrations.services import decisions
from integrations.services.drain import Drain, drain_once
from tests.hub import Hub, make_hub
from tests.services.handmade import ASK, CONTACT, FieldMapping, happen, live, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def olga() -> User:
    return User.objects.create(username="olga")


@pytest.fixture
def plain() -> Hub:
    return make_hub(deploy=False)


# --- approving ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yes", "state", "contacts", "action"),
    [(True, "succeeded", 1, "run.approved"), (False, "skipped", 0, "run.declined")],
)
def test_a_run_waits_for_a_person_and_does_what_they_say(
    plain: Hub, olga: User, yes: bool, state: str, contacts: int, action: str
) -> None:
    run = happen(plain, live(plain, ASK, CONTACT), email="ada@example.org")
    drain_once(for_s=10)
    run.refresh_from_db()
    assert (run.state, run.reason, run.due_at) == (RunState.WAITING, "May this contact be made?", None)
    assert plain.contacts() == []
    decisions.approve(run.steps.get(), yes, olga)
    drain_once(for_s=10)
    run.refresh_from_db()
    assert run.state == state
    assert len(plain.contacts()) == contacts
    assert StepRun.objects.filter(step="ask").get().decided_by == olga
    assert AuditEntry.objects.filter(action=action, actor=olga).count() == 1
    with pytest.raises(WrongUse, match="does not wait for a person"):
        decisions.approve(run.steps.filter(step="ask").get(), not yes, olga)


def test_a_run_waits_also_after_it_has_written(plain: Hub, olga: User) -> None:
    run = happen(plain, live(plain, CONTACT, ASK), email="ada@example.org")
    drain_once(for_s=10)
    run.refresh_from_db()
    assert (run.state, run.due_at) == (RunState.WAITING, None)
    decisions.approve(run.steps.get(step="ask"), True, olga)
    drain_once(for_s=10)
    run.refresh_from_db()
    assert run.state == "succeeded"
    assert len(plain.contacts()) == 1


def test_a_wait_for_a_time_is_nobodys_to_approve(plain: Hub, olga: User) -> None:
    pause = step("rest", StepKind.WAIT, mappings=(FieldMapping(target="minutes", default=30),))
    run = happen(plain, live(plain, pause, CONTACT), email="ada@example.org")
    drain_once(for_s=10)
    with pytest.raises(WrongUse, match="does not wait for a person"):
        decisions.approve(run.steps.get(), True, olga)
    Drain(clock=lambda: datetime.now(UTC) + timedelta(minutes=31)).run(for_s=10)
    run.refresh_from_db()
    assert run.state == "succeeded"


def test_a_cancelled_run_is_not_approved_any_more(plain: Hub, olga: User) -> None:
    run = happen(plain, live(plain, ASK, CONTACT), email="ada@example.org")
    drain_once(for_s=10)
    decisions.cancel(run, olga)
    with pytest.raises(WrongUse, match="does not wait for a person"):
        decisions.approve(run.steps.get(), True, olga)


# --- writes that may have happened ----------------------------------------------------------------


def held(hub: Hub) -> Effect:
    """A booking that was made, whose answer never came, and that a person has to look for."""
    hub.sandbox.set_fault("ghl", "lost_answer", match="POST /calendars/events/appointments")
    hub.issue()
    (run,) = hub.run_all()
    effect = Effect.objects.get(state=EffectState.UNKNOWN)
    Effect.objects.filter(pk=effect.pk).update(state=EffectState.HELD)
    Run.objects.filter(pk=run.pk).update(state=RunState.HELD, due_at=None)
    effect.refresh_from_db()
    return effect


def test_a_write_that_happened_is_taken_as_done_with_its_link(hub: Hub, olga: User) -> None:
    effect = held(hub)
    (appointment,) = hub.appointments()
    decisions.decide_held(effect, True, f" {appointment['id']} ", olga)
    (run,) = hub.run_all()
    assert run.state == "succeeded", run.reason
    assert len(hub.appointments()) == 1
    effect.refresh_from_db()
    assert (effect.state, effect.record_id, effect.adopted) == ("done", appointment["id"], True)
    link = RecordLink.objects.get(name="appointment")
    assert (link.record_id, link.record) == (appointment["id"], run.record)
    hub.revoke(run.record)
    hub.run_all()
    assert [a["appointmentStatus"] for a in hub.appointments()] == ["cancelled"]


def test_a_write_that_did_not_happen_is_made(hub: Hub, olga: User) -> None:
    effect = held(hub)
    with hub.sandbox.store.transaction("ghl") as tx:
        for row in tx.all("appointments"):
            tx.delete("appointments", row["id"])
    decisions.decide_held(effect, False, "", olga)
    (run,) = hub.run_all()
    assert run.state == "succeeded", run.reason
    assert len(hub.appointments()) == 1
    assert Effect.objects.get(operation="appointments.create").sends == 2


def test_a_held_write_is_decided_once_and_with_its_id(hub: Hub, olga: User) -> None:
    effect = held(hub)
    with pytest.raises(WrongUse, match="Give the id of the record"):
        decisions.decide_held(effect, True, " ", olga)
    again = Effect.objects.get(pk=effect.pk)
    decisions.decide_held(effect, True, "abc", olga)
    with pytest.raises(WrongUse, match="does not wait for anybody"):
        decisions.decide_held(again, True, "abc", olga)


# --- cancelling -----------------------------------------------------------------------------------


def test_a_run_that_has_not_finished_can_be_cancelled(hub: Hub, olga: User) -> None:
    hub.issue()
    hub.look()
    run = Run.objects.get()
    decisions.cancel(run, olga)
    drain_once(for_s=5)
    run.refresh_from_db()
    assert (run.state, run.reason) == ("cancelled", "Cancelled by a person.")
    assert hub.appointments() == []
    with pytest.raises(WrongUse, match="nothing to cancel"):
        decisions.cancel(run, olga)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (EffectState.HELD, "Say first whether the held write happened"),
        (EffectState.UNKNOWN, "may have happened; cancel the run once that was looked up"),
    ],
)
def test_a_run_with_an_open_write_is_not_cancelled(
    hub: Hub, olga: User, state: EffectState, says: str
) -> None:
    """Its write would stand in the way of every later one to the same record, for ever."""
    effect = held(hub)
    Effect.objects.filter(pk=effect.pk).update(state=state)
    assert effect.run is not None
    with pytest.raises(WrongUse, match=says):
        decisions.cancel(effect.run, olga)


# --- running again --------------------------------------------------------------------------------


def test_a_failed_run_is_run_again_from_where_it_failed(hub: Hub, olga: User) -> None:
    hub.sandbox.act("ghl", "suspend_location", {"location": hub.ghl.settings["location_id"]})
    hub.sandbox.act("ghl", "resume_location", {"location": hub.ghl.settings["location_id"]})
    certificate = hub.issue(recipient_email="ada@example.org")
    (run,) = hub.run_all()
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED)
    run.refresh_from_db()
    again = decisions.replay(run, olga)
    drain_once(for_s=10)
    again.refresh_from_db()
    assert (again.state, again.replay, again.record) == ("succeeded", 1, certificate)
    assert len(hub.contacts()) == len(hub.appointments()) == len(hub.documents("ghl", "notifications")) == 1


def test_a_replay_goes_back_as_often_as_the_run_did_and_books_nothing_twice(hub: Hub, olga: User) -> None:
    hub.sandbox.set_fault("ghl", "slot_taken")
    hub.issue()
    (run,) = hub.run_all()
    assert run.steps.filter(error_kind="conflict").exists()
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED)
    run.refresh_from_db()
    before = len(hub.appointments())
    again = decisions.replay(run, olga)
    drain_once(for_s=10)
    again.refresh_from_db()
    assert again.state == "succeeded", again.reason
    assert len(hub.appointments()) == before


def test_only_what_failed_or_was_cancelled_and_is_still_known_is_run_again(hub: Hub, olga: User) -> None:
    hub.issue()
    (run,) = hub.run_all()
    with pytest.raises(WrongUse, match="Only a run that failed"):
        decisions.replay(run, olga)
    Run.objects.update(state=RunState.FAILED, begun_with=None)
    run.refresh_from_db()
    with pytest.raises(WrongUse, match="no longer kept"):
        decisions.replay(run, olga)
