"""Every event has its effect once, whatever the apps and the workers do meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError

from integrations import catalog
from integrations.engine.spec import Proof, ProofKind
from integrations.models import (
    ApiCall,
    Budget,
    ConnectionState,
    Effect,
    EffectState,
    Run,
    RunState,
    Workflow,
    WorkflowState,
)
from integrations.services import connect, decisions, rows
from integrations.services.drain import Drain, in_hand
from tests.hub import Hub, make_hub

APPOINTMENT = "POST /calendars/events/appointments"
CONTACT = "POST /contacts/upsert"
REMINDER = "/notifications"
REMINDER_MADE = "POST /calendars/"  # the first such call of the journey


def drain(hub: Hub, *, later_s: float = 0.0) -> list[Run]:
    """Drain as a worker would `later_s` seconds from now, the apps' clocks having moved on as well."""
    if later_s:
        for app in hub.sandbox.apps().values():
            assert app.store is not None
            app.store.move_clock(later_s, app.slug)
    Drain(clock=lambda: datetime.now(UTC) + timedelta(seconds=later_s)).run(for_s=20)
    return list(Run.objects.order_by("id"))


def drain_to_the_end(hub: Hub) -> list[Run]:
    """As time goes by: a minute between drains, until nothing waits any more."""
    runs: list[Run] = []
    for minute in range(8):
        runs = drain(hub, later_s=60.0 * minute)
        if all(run.finished_at for run in runs):
            break
    return runs


@pytest.mark.parametrize("call", [CONTACT, APPOINTMENT, REMINDER_MADE])
def test_a_write_whose_answer_was_lost_is_looked_up_and_never_made_twice(hub: Hub, call: str) -> None:
    hub.sandbox.set_fault("ghl", "lost_answer", match=call)
    hub.issue()
    hub.look()
    (run,) = drain_to_the_end(hub)
    assert (run.state, run.reason) == (RunState.SUCCEEDED, "")
    assert len(hub.contacts()) == 1
    assert len(hub.appointments()) == 1
    assert len(hub.documents("ghl", "notifications")) == 1


def test_a_lost_answer_is_not_looked_up_before_the_app_can_show_it(hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "lost_answer", match=APPOINTMENT)
    hub.issue()
    (run,) = hub.run_all()
    assert run.state == RunState.WAITING
    assert "did not answer in time" in run.reason
    effect = Effect.objects.get(operation="appointments.create")
    assert effect.state == EffectState.UNKNOWN
    assert run.due_at is not None
    assert run.due_at >= effect.landing_by + timedelta(seconds=15)


def test_an_adopted_record_says_so(hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "lost_answer", match=APPOINTMENT)
    hub.issue()
    hub.look()
    drain_to_the_end(hub)
    effect = Effect.objects.get(operation="appointments.create")
    assert (effect.state, effect.adopted, effect.sends) == (EffectState.DONE, True, 1)
    assert effect.record_id == hub.appointments()[0]["id"]


@pytest.mark.parametrize("fault", ["throttle", "server_error"])
@pytest.mark.parametrize(
    "call", ["GET /v1/credentials/", CONTACT, REMINDER, "GET /calendars/", "free-slots", APPOINTMENT]
)
def test_troubles_that_pass_are_waited_out(hub: Hub, fault: str, call: str) -> None:
    app = "accredible" if "credentials" in call else "ghl"
    hub.issue()
    hub.look()
    hub.sandbox.set_fault(app, fault, match=call, count=2)
    (run,) = drain_to_the_end(hub)
    assert run.state == RunState.SUCCEEDED
    assert len(hub.contacts()) == 1
    assert len(hub.appointments()) == 1


def test_it_waits_as_long_as_the_app_asked(hub: Hub) -> None:
    hub.issue()
    hub.look()
    hub.sandbox.set_fault("ghl", "throttle", match=CONTACT)
    before = datetime.now(UTC)
    (run,) = drain(hub)
    assert run.state == RunState.WAITING
    assert run.due_at is not None
    assert run.due_at > before + timedelta(seconds=5)
    assert "too many" in run.reason.lower()


def test_it_gives_up_after_ten_tries_and_says_what_the_last_one_was(hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "server_error", match="/free-slots", count=50)
    hub.issue()
    hub.look()
    runs: list[Run] = []
    for hour in range(14):
        runs = drain(hub, later_s=3600.0 * hour)
    (run,) = runs
    assert run.state == RunState.FAILED
    assert run.reason.startswith("Gave up after 10 tries.")
    assert hub.appointments() == []


def test_a_refused_key_parks_the_runs_and_reconnecting_lets_them_go_on_in_order(hub: Hub) -> None:
    certificates = [hub.issue(recipient_email=f"p{n}@example.org") for n in range(3)]
    hub.look()
    hub.sandbox.set_fault("ghl", "revoke_token")
    drain(hub)
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.PARKED}
    hub.ghl.refresh_from_db()
    assert hub.ghl.state == ConnectionState.NEEDS_RECONNECT
    assert hub.appointments() == []

    hub.sandbox.act("ghl", "new_private_token", {})
    secrets, _ = connect.sandbox_secrets("ghl", "pit")
    assert connect.replace_secrets(hub.ghl, secrets).ok
    runs = drain_to_the_end(hub)
    assert [run.state for run in runs] == [RunState.SUCCEEDED] * 3
    assert [run.record for run in runs] == certificates
    assert len(hub.appointments()) == 3


def test_of_one_record_the_later_event_waits_for_the_earlier(hub: Hub) -> None:
    certificate = hub.issue()
    hub.look()
    hub.revoke(certificate)
    hub.look()
    hub.sandbox.set_fault("ghl", "throttle", match=CONTACT)
    issued, revoked = drain(hub)
    assert (issued.state, revoked.state) == (RunState.WAITING, RunState.QUEUED)
    issued, revoked = drain(hub, later_s=60)
    assert (issued.state, revoked.state) == (RunState.SUCCEEDED, RunState.SUCCEEDED)
    assert hub.appointments()[0]["appointmentStatus"] == "cancelled"


def test_a_paused_workflow_collects_its_runs_and_does_none(hub: Hub) -> None:
    Workflow.objects.update(state=WorkflowState.PAUSED)
    hub.issue()
    (run,) = hub.run_all()
    assert run.state == RunState.QUEUED
    Workflow.objects.update(state=WorkflowState.LIVE)
    (run,) = drain(hub)
    assert run.state == RunState.SUCCEEDED


def test_a_run_whose_worker_vanished_is_taken_over_when_its_lease_ends(hub: Hub) -> None:
    hub.issue()
    hub.look()
    claimed_at = datetime.now(UTC)
    Run.objects.update(
        state=RunState.RUNNING, lease_owner="gone", lease_until=claimed_at + timedelta(seconds=30), starts=1
    )
    (run,) = drain(hub)
    assert run.state == RunState.RUNNING
    (run,) = drain(hub, later_s=31)
    assert run.state == RunState.SUCCEEDED


def test_a_run_that_keeps_ending_its_worker_is_stopped(hub: Hub) -> None:
    hub.issue()
    hub.look()
    Run.objects.update(
        state=RunState.RUNNING, lease_owner="gone", lease_until=datetime.now(UTC) - timedelta(1), starts=3
    )
    (run,) = drain(hub)
    assert run.state == RunState.FAILED
    assert run.reason == "This run has ended its worker 3 times; it is not started again."


def test_a_worker_that_lost_its_lease_settles_nothing(hub: Hub) -> None:
    hub.issue()
    hub.look()
    gather = Drain._gather

    def taken_over_meanwhile(self: Drain) -> Any:
        came_back = gather(self)
        if came_back:
            Run.objects.update(lease_owner="another")
        return came_back

    with mock.patch.object(Drain, "_gather", taken_over_meanwhile):
        Drain().run(for_s=5)
    run = Run.objects.get()
    assert (run.state, run.lease_owner) == (RunState.RUNNING, "another")
    assert not run.steps.exists()


def test_a_write_that_nothing_can_look_up_is_held_for_a_person(hub: Hub) -> None:
    run = held_run(hub)
    assert run.state == RunState.HELD
    assert "look in the app" in run.reason
    effect = Effect.objects.get(state=EffectState.HELD)
    (again,) = drain(hub, later_s=600)
    assert again.state == RunState.HELD

    decisions.decide_held(effect, True, "apt-from-the-app", None)
    (run,) = drain(hub, later_s=601)
    assert run.state == RunState.SUCCEEDED
    assert len(hub.appointments()) == 1


def test_a_held_write_that_did_not_happen_is_made(hub: Hub) -> None:
    held_run(hub)
    effect = Effect.objects.get(state=EffectState.HELD)
    store = hub.sandbox.apps()["ghl"].store
    assert store is not None
    with store.transaction("ghl") as tx:
        tx.delete("appointments", hub.appointments()[0]["id"])
    decisions.decide_held(effect, False, "", None)
    with unprovable():
        (run,) = drain(hub, later_s=600)
    assert run.state == RunState.SUCCEEDED
    assert len(hub.appointments()) == 1


def held_run(hub: Hub) -> Run:
    hub.sandbox.set_fault("ghl", "lost_answer", match=APPOINTMENT)
    hub.issue()
    hub.look()
    with unprovable():
        (run,) = drain(hub)
    return run


def unprovable() -> Any:
    """As if GoHighLevel offered no way to look an appointment up."""
    operations = catalog.connector("ghl").operations
    booking = replace(operations["appointments.create"], proof=Proof(kind=ProofKind.NONE))
    return mock.patch.dict(operations, {booking.key: booking})


def test_two_writes_to_one_identity_are_never_under_way_together(db: None) -> None:
    hub = make_hub()
    for _ in range(2):
        hub.issue(group=hub.group("coaching-2026"))
    hub.look()
    runs = drain_to_the_end(hub)
    assert [run.state for run in runs] == [RunState.SUCCEEDED] * 2
    assert len(hub.contacts()) == 1
    assert len(hub.appointments()) == 2
    starts = {a["startTime"] for a in hub.appointments()}
    assert len(starts) == 2


def test_many_certificates_make_one_reminder_and_one_appointment_each(hub: Hub) -> None:
    for n in range(12):
        hub.issue(recipient_email=f"person{n}@example.org")
    hub.look()
    runs = drain_to_the_end(hub)
    assert [run.state for run in runs] == [RunState.SUCCEEDED] * 12
    assert len(hub.contacts()) == 12
    assert len(hub.appointments()) == 12
    assert len({a["startTime"] for a in hub.appointments()}) == 12
    assert len(hub.documents("ghl", "notifications")) == 1
    refused = [r for r in hub.sandbox.requests(app="ghl") if r["status"] == 429]
    assert refused == []


def test_no_call_is_sent_that_was_not_reserved(hub: Hub) -> None:
    hub.issue()
    hub.run_all()
    (budget,) = Budget.objects.filter(scope__startswith="ghl")
    lanes = budget.state["windows"]["86400"]["parts"].values()
    assert sum(sum(lane.values()) for lane in lanes) == ApiCall.objects.filter(connection=hub.ghl).count()


def test_a_locked_database_is_waited_out_and_nothing_is_lost(hub: Hub) -> None:
    hub.issue()
    hub.look()
    calls = {"n": 0}
    save = rows.save

    def busy(*args: Any, **kwargs: Any) -> None:
        calls["n"] += 1
        if calls["n"] in (2, 3, 7):
            raise OperationalError("database is locked")
        save(*args, **kwargs)

    with mock.patch("integrations.services.wave.save", busy):
        (run,) = drain(hub)
    assert run.state == RunState.SUCCEEDED
    assert len(hub.appointments()) == 1
    assert calls["n"] > 7


def test_workflows_take_turns(db: None) -> None:
    first = make_hub("Busy")
    for n in range(6):
        first.issue(recipient_email=f"b{n}@example.org")
    first.look()
    quiet = make_hub("Quiet")
    quiet.issue(recipient_email="q@example.org")
    quiet.look()
    worker = Drain()
    worker.wave.settle_and_claim(room=2)
    claimed = {active.run.workflow_id for active in worker.wave._turn.fresh}
    assert claimed == {first.workflow.pk, quiet.workflow.pk}


def test_a_pause_stops_a_run_that_is_under_way_at_its_next_step(hub: Hub) -> None:
    hub.issue()
    hub.look()
    worker = Drain()
    gather = Drain._gather

    def paused_meanwhile(self: Drain) -> Any:
        came_back = gather(self)
        if came_back:
            Workflow.objects.update(state=WorkflowState.PAUSED)
            self.wave._sender.forget()  # a second has passed
        return came_back

    with mock.patch.object(Drain, "_gather", paused_meanwhile):
        worker.run(for_s=5)
    run = Run.objects.get()
    assert run.state == RunState.QUEUED
    assert hub.contacts() == []
    Workflow.objects.update(state=WorkflowState.LIVE)
    (run,) = drain(hub)
    assert run.state == RunState.SUCCEEDED


def test_a_defect_in_one_procedure_ends_its_run_and_no_other(hub: Hub) -> None:
    for n in range(3):
        hub.issue(recipient_email=f"person{n}@example.org")
    hub.look()
    procedures = catalog.connector("ghl").procedures
    good = procedures["find_slot"]
    begun: list[int] = []

    def broken(values: Any, situation: Any) -> Any:
        begun.append(1)
        if len(begun) == 1:
            raise ZeroDivisionError
        return (yield from good.run(values, situation))

    with mock.patch.dict(procedures, {"find_slot": replace(good, run=broken)}):
        runs = drain_to_the_end(hub)
    assert sorted(run.state for run in runs) == [RunState.FAILED, RunState.SUCCEEDED, RunState.SUCCEEDED]
    (failed,) = [run for run in runs if run.state == RunState.FAILED]
    assert failed.reason == "The hub itself stumbled over this run (ZeroDivisionError)."


# calls that came back in a turn, how many seconds it took, how many runs to have in hand then
PACES = [
    (0, 0.0, 64),
    (32, 1.0, 64),
    (32, 0.25, 128),
    (64, 0.05, 256),
    (64, 0.5, 128),
    (1, 20.0, 64),
]


@pytest.mark.parametrize(("came_back", "passed_s", "runs"), PACES)
def test_more_runs_are_taken_at_once_where_calls_come_back_fast(
    came_back: int, passed_s: float, runs: int
) -> None:
    assert in_hand(came_back, passed_s) == runs
