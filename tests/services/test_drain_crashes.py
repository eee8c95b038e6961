"""What a drain does when its ground gives way: lost leases, rollbacks, interrupts, defects, odd data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import psycopg
import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from integrations.engine.transport import Transport, prepare
from integrations.models import (
    Connection,
    ConnectionState,
    Effect,
    EffectState,
    Run,
    RunState,
    StepRun,
    WorkflowVersion,
)
from integrations.services import budgets, decisions, ledger, standing, wave
from integrations.services.calls import Called, Job
from integrations.services.drain import Drain
from tests.hub import Hub, make_hub
from tests.services.handmade import ASK, CONTACT, FieldMapping, happen, live
from tests.services.test_drain import drain, drain_to_the_end

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

BOOKING = "appointments.create"
NAMED = replace(CONTACT, mappings=(*CONTACT.mappings, FieldMapping(target="firstName", source="event.name")))
BOOKED = "POST /calendars/events/appointments"


@pytest.fixture
def dictated() -> Hub:
    """Where an appointment that is made twice would not be refused as taken."""
    return make_hub(start="dictated")


@pytest.fixture
def plain() -> Hub:
    return make_hub(deploy=False)


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.services.drain.time.sleep", lambda seconds: None)


class Killed(BaseException):
    """The worker's process is gone."""


def came_back(operation: str, called: list[Called]) -> bool:
    return any(isinstance(c.job, Job) and c.job.prepared.operation.key == operation for c in called)


def gathering(worker: Drain, then: Callable[[list[Called]], list[Called]]) -> Any:
    """Let `then` see, and change, what comes back to the worker."""
    gather = worker._gather

    def seen() -> list[Called]:
        return then(gather())

    return mock.patch.object(worker, "_gather", seen)


def once(then: Callable[[list[Called]], list[Called]]) -> Callable[[list[Called]], list[Called]]:
    """Only for what comes back first, and what follows upon it."""
    left = {"n": 2}

    def seen(called: list[Called]) -> list[Called]:
        left["n"] -= bool(called) or left["n"] == 1
        return then(called) if left["n"] >= 0 else called

    return seen


def die_after(operation: str) -> None:
    """A worker that is killed after the app did this, and before it could write that down."""
    worker = Drain()

    def die(called: list[Called]) -> list[Called]:
        if came_back(operation, called):
            raise Killed
        return called

    with gathering(worker, die), mock.patch.object(worker, "_let_go"), pytest.raises(Killed):
        worker.run(for_s=10)


def book(hub: Hub) -> None:
    hub.issue(appointment_at="2027-03-01 10:00")
    hub.look()


# --- one effect -----------------------------------------------------------------------------------


def test_a_killed_workers_write_is_looked_up_also_when_its_connection_broke_meanwhile(dictated: Hub) -> None:
    book(dictated)
    die_after(BOOKING)
    Connection.objects.filter(pk=dictated.ghl.pk).update(state=ConnectionState.NEEDS_RECONNECT)
    (run,) = drain(dictated, later_s=61)
    assert run.state == RunState.PARKED
    Connection.objects.filter(pk=dictated.ghl.pk).update(state=ConnectionState.CONNECTED)
    standing.resume(dictated.ghl, datetime.now(UTC))
    drain(dictated, later_s=62)
    (run,) = drain(dictated, later_s=120)
    assert run.state == RunState.SUCCEEDED, run.reason
    assert len(dictated.appointments()) == 1
    assert Effect.objects.get(operation=BOOKING).adopted


def test_what_a_stalled_worker_still_held_back_is_not_sent_after_another_took_over(dictated: Hub) -> None:
    """It had the booking in hand and no quota for it, stood still beyond its lease, and wakes up."""
    book(dictated)
    stalled, seen = Drain(), {"held back": False, "overtaken": False}
    within = stalled.wave._sender._within_quota

    def no_quota(ready: Any, now: datetime, reports: Any) -> Any:
        if seen["held back"] or not any(r.prepared.operation.key == BOOKING for r in ready):
            return within(ready, now, reports)
        seen["held back"] = True
        return []

    def overtaken(called: list[Called]) -> list[Called]:
        if seen["held back"] and not seen["overtaken"]:
            seen["overtaken"] = True
            Drain(clock=lambda: datetime.now(UTC) + timedelta(seconds=61)).run(for_s=10)
        return called

    with gathering(stalled, overtaken), mock.patch.object(stalled.wave._sender, "_within_quota", no_quota):
        stalled.run(for_s=10)
    assert Run.objects.get().state == RunState.SUCCEEDED
    assert len(dictated.appointments()) == 1
    assert seen["overtaken"]


def test_a_late_answer_is_never_taken_for_that_of_another_call(hub: Hub) -> None:
    """A worker stands still with a call out, loses its lease, and claims the same run once more itself."""
    hub.issue()
    hub.look()
    worker, late = Drain(), list[Called]()

    def slow(called: list[Called]) -> list[Called]:
        if late:
            worker.out -= len(late)
            return [late.pop(), *called]
        if called and not Run.objects.filter(lease_until__lt=datetime.now(UTC)).exists():
            late.extend(called)
            worker.out += len(late)
            Run.objects.update(lease_until=datetime.now(UTC) - timedelta(seconds=1))
            return []
        return called

    with gathering(worker, once(slow)):
        worker.run(for_s=10)
    assert Run.objects.get().state == RunState.SUCCEEDED
    assert len(hub.sandbox.requests(app="accredible", path_contains="/v1/credentials/")) == 1
    assert (len(hub.contacts()), len(hub.appointments())) == (1, 1)


def test_a_call_can_land_as_late_as_its_lease_lets_it_begin(dictated: Hub) -> None:
    """It may wait for a free thread; and the look-up waits from when it can last have arrived."""
    book(dictated)
    die_after(BOOKING)
    effect = Effect.objects.get(operation=BOOKING)
    lease_until = Run.objects.get().lease_until
    assert lease_until is not None
    assert effect.landing_by >= lease_until - timedelta(seconds=1)


def test_a_call_that_came_back_is_known_to_have_landed_by_its_deadline(hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "lost_answer", match=BOOKED)
    hub.issue()
    hub.look()
    drain(hub)
    effect = Effect.objects.get(operation=BOOKING)
    assert effect.landing_by <= timezone.now() + timedelta(seconds=21)


def test_an_interrupted_worker_settles_what_was_under_way(dictated: Hub) -> None:
    book(dictated)
    worker = Drain()
    gather = worker._gather

    def interrupted() -> list[Called]:
        if any(job.prepared.operation.key == BOOKING for job in worker.wave._sent):
            raise KeyboardInterrupt
        return gather()

    with mock.patch.object(worker, "_gather", interrupted), pytest.raises(KeyboardInterrupt):
        worker.run(for_s=10)
    assert Effect.objects.get(operation=BOOKING).state == EffectState.DONE
    assert not Run.objects.filter(state=RunState.RUNNING).exists()
    (run,) = drain(dictated)
    assert run.state == RunState.SUCCEEDED
    assert len(dictated.appointments()) == 1


# --- rollbacks ------------------------------------------------------------------------------------


def failing(times: int, what: Any, when: Callable[[], bool] = lambda: True) -> Any:
    """`what`, that fails so many times as a database in trouble does."""
    left = {"n": times}

    def fails(*args: Any, **kwargs: Any) -> Any:
        if when() and left["n"]:
            left["n"] -= 1
            raise OperationalError("deadlock detected")
        return what(*args, **kwargs)

    return fails


def test_a_question_to_a_person_outlives_a_rollback(plain: Hub) -> None:
    run = happen(plain, live(plain, CONTACT, ASK), email="ada@example.org")
    reached = lambda: StepRun.objects.filter(step="contact").exists()  # noqa: E731
    with mock.patch.object(budgets, "exchange", failing(1, budgets.exchange, reached)):
        Drain().run(for_s=10)
    run.refresh_from_db()
    assert run.state == RunState.WAITING
    decisions.approve(run.steps.get(step="ask"), True, None)
    Drain().run(for_s=10)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


@pytest.mark.parametrize("call", ["contacts.upsert", BOOKING])
def test_a_database_that_stays_away_costs_a_worker_but_no_run(dictated: Hub, call: str) -> None:
    book(dictated)
    worker, away = Drain(), {"now": False}

    def lose(called: list[Called]) -> list[Called]:
        away["now"] = away["now"] or came_back(call, called)
        return called

    with (
        gathering(worker, lose),
        mock.patch.object(wave, "save", failing(5, wave.save, lambda: away["now"])),
        pytest.raises(OperationalError),
    ):
        worker.run(for_s=10)
    runs = drain_to_the_end(dictated)
    assert [run.state for run in runs] == [RunState.SUCCEEDED]
    assert (len(dictated.contacts()), len(dictated.appointments())) == (1, 1)


def test_a_target_lost_to_another_worker_between_look_and_claim_is_waited_for(plain: Hub) -> None:
    """A write to be sent again is entered again; meanwhile another worker entered one to the same record."""
    run = happen(plain, live(plain, CONTACT), email="ada@example.org")
    plain.sandbox.set_fault("ghl", "throttle", match="POST /contacts/upsert")
    Drain().run(for_s=10)
    ours = Effect.objects.get(run=run)
    assert ours.state == EffectState.READY
    theirs = Effect.objects.get(pk=ours.pk)
    theirs.pk, theirs.key, theirs.run, theirs.state = None, "another", None, EffectState.CLAIMED
    theirs.save()
    taken, unseen = ledger.taken, iter([True])
    with mock.patch.object(ledger, "taken", lambda targets: {} if next(unseen, None) else taken(targets)):
        drain(plain, later_s=60)
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.QUEUED, "Another write to the same record is under way.")
    Effect.objects.filter(pk=theirs.pk).update(state=EffectState.DONE)
    drain(plain, later_s=120)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ends_is_made_again_and_nothing_is_lost() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could end a connection")
    hub = make_hub()
    hub.issue()
    hub.look()
    worker, left = Drain(), iter(["contacts.upsert", BOOKING])
    awaited = [next(left)]

    def cut_off(called: list[Called]) -> list[Called]:
        if awaited and came_back(awaited[0], called):
            awaited[:] = [operation for operation in [next(left, "")] if operation]
            end_this_connection()
        return called

    with gathering(worker, cut_off):
        worker.run(for_s=10)
    assert Run.objects.get().state == RunState.SUCCEEDED
    assert (len(hub.contacts()), len(hub.appointments()), awaited) == (1, 1, [])


def end_this_connection() -> None:
    """As a restart of the server does."""
    ours = connection.connection.info
    with psycopg.connect(ours.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ours.backend_pid])


# --- order ----------------------------------------------------------------------------------------


def test_a_run_that_was_stored_late_waits_for_the_one_under_way_and_stops_nobody_else(plain: Hub) -> None:
    """On PostgreSQL an earlier number may be committed later: then the later run is under way already."""
    workflow = live(plain, CONTACT)
    late = happen(plain, workflow, record="1", email="ada@example.org")
    going = happen(plain, workflow, record="1", email="ada@example.org")
    other = happen(plain, workflow, record="2", email="bob@example.org")
    soon = datetime.now(UTC) + timedelta(seconds=60)
    Run.objects.filter(pk=going.pk).update(state=RunState.RUNNING, lease_owner="b", lease_until=soon)
    Drain().run(for_s=10)
    late.refresh_from_db()
    other.refresh_from_db()
    assert (late.state, other.state) == (RunState.QUEUED, RunState.SUCCEEDED)


# --- nothing lost ---------------------------------------------------------------------------------


def test_a_run_parked_on_a_connection_that_works_again_goes_on(hub: Hub) -> None:
    """It was reconnected between the worker's look at it and the parking."""
    hub.issue()
    hub.look()
    Run.objects.update(state=RunState.PARKED, due_at=None, parked_on=hub.ghl)
    (run,) = drain(hub)
    assert run.state == RunState.SUCCEEDED
    assert run.parked_on is None


def test_a_run_that_keeps_ending_its_worker_leaves_no_open_write_behind(dictated: Hub) -> None:
    """It would stand in the way of every later write to the same record: so a person is asked."""
    book(dictated)
    die_after(BOOKING)
    Run.objects.update(starts=3)
    (run,) = drain(dictated, later_s=61)
    assert (run.state, run.finished_at) == (RunState.HELD, None)
    assert "ended its worker 3 times" in run.reason
    effect = Effect.objects.get(operation=BOOKING)
    assert effect.state == EffectState.HELD
    decisions.decide_held(effect, True, dictated.appointments()[0]["id"], None)
    (run,) = drain(dictated, later_s=62)
    assert run.state == RunState.SUCCEEDED
    assert len(dictated.appointments()) == 1


def test_a_read_that_broke_in_the_hub_itself_is_tried_again(hub: Hub) -> None:
    hub.issue()
    hub.look()
    send, broken = Transport.send, iter([True])

    def stumbles(self: Transport, *args: Any) -> Any:
        if next(broken, False):
            raise ZeroDivisionError
        return send(self, *args)

    with mock.patch.object(Transport, "send", stumbles):
        (run,) = drain(hub)
    assert run.state == RunState.QUEUED
    (run,) = drain(hub, later_s=60)
    assert run.state == RunState.SUCCEEDED


# --- a defect ends its run, and no other ----------------------------------------------------------


def test_a_version_that_cannot_be_read_ends_its_runs_and_no_others(plain: Hub) -> None:
    broken, good = live(plain, CONTACT, name="Broken"), live(plain, CONTACT, name="Good")
    runs = [
        happen(plain, workflow, record=workflow.name, email="a@example.org") for workflow in (broken, good)
    ]
    WorkflowVersion.objects.filter(workflow=broken).update(spec={"steps": 5})
    Drain().run(for_s=10)
    for run in runs:
        run.refresh_from_db()
    assert [run.state for run in runs] == [RunState.FAILED, RunState.SUCCEEDED]
    assert runs[0].reason.startswith("The hub itself stumbled over this run")


def test_a_request_that_cannot_be_built_ends_its_run_and_no_other(plain: Hub) -> None:
    workflow = live(plain, CONTACT)
    runs = [happen(plain, workflow, record=name, email=f"{name}@example.org") for name in ("ada", "bob")]

    def breaks(connector: Any, operation: Any, account: Any, values: Any) -> Any:
        if values.get("email", "").startswith("ada"):
            raise ZeroDivisionError
        return prepare(connector, operation, account, values)

    with mock.patch("integrations.services.sending.prepare", breaks):
        Drain().run(for_s=10)
    for run in runs:
        run.refresh_from_db()
    assert [run.state for run in runs] == [RunState.FAILED, RunState.SUCCEEDED]


@pytest.mark.parametrize("odd", ["\x00", "\ud83d"], ids=["a NUL", "half a surrogate pair"])
def test_signs_that_no_database_stores_stop_nothing(plain: Hub, odd: str) -> None:
    """Both are legal in JSON."""
    run = happen(plain, live(plain, NAMED), email="ada@example.org", name=f"Ada{odd}")
    Drain().run(for_s=10)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED, run.reason


def test_a_nul_in_an_answer_stops_nothing(hub: Hub) -> None:
    hub.issue(recipient_name="Ada\x00 Lovelace")
    (run,) = hub.run_all()
    assert run.state == RunState.SUCCEEDED, run.reason


# --- running again --------------------------------------------------------------------------------


def failed_after_booking(hub: Hub) -> Run:
    book(hub)
    (run,) = drain(hub)
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED)
    run.refresh_from_db()
    return run


def test_a_replay_that_failed_is_run_again_without_doing_its_writes_once_more(dictated: Hub) -> None:
    first = decisions.replay(failed_after_booking(dictated), None)
    Run.objects.filter(pk=first.pk).update(state=RunState.FAILED, lane=None)
    first.refresh_from_db()
    again = decisions.replay(first, None)
    drain(dictated)
    again.refresh_from_db()
    assert again.state == RunState.SUCCEEDED, again.reason
    assert len(dictated.appointments()) == 1


def test_a_run_is_run_again_once(dictated: Hub) -> None:
    run = failed_after_booking(dictated)
    again = decisions.replay(run, None)
    with pytest.raises(decisions.WrongUse, match=f"run again already, as run {again.pk}"):
        decisions.replay(run, None)
