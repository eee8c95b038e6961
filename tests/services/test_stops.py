"""The kill switches: what is stopped makes no further call, and goes on where it stood."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest

from integrations.engine.errors import Parked, WrongUse
from integrations.models import (
    ApiCall,
    AuditEntry,
    Effect,
    Notice,
    Run,
    RunState,
    Stop,
    Team,
    Workflow,
)
from integrations.services import (
    alert_causes,
    backfill,
    direct,
    hearing,
    lifecycle,
    reconciling,
    requests,
    sending,
    stops,
    verification,
    wave,
)
from integrations.services.claims import anything_due
from integrations.services.drain import Drain, drain_once
from tests.hub import Hub, answering, calendar_of, make_hub
from tests.services.bulk import Bulk
from tests.services.telling import Pair, listening, pair
from tests.services.test_drain import drain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

Which = Callable[[Hub], dict[str, Any]]
WHICH: list[Which] = [
    lambda hub: {"team": hub.team},
    lambda hub: {"connection": hub.ghl},
    lambda hub: {},
]
NAMES = ["team", "connection", "hub"]
SOURCE: list[Which] = [
    lambda hub: {"team": hub.team},
    lambda hub: {"connection": hub.accredible},
    lambda hub: {},
]


def interrupted(answers: int, act: Callable[[], Any]) -> None:
    """Drain, and `act` when so many answers have come back, with a second passed."""
    gather, seen = Drain._gather, [0]

    def meanwhile(self: Drain) -> Any:
        came_back = gather(self)
        before = seen[0]
        seen[0] += len(came_back)
        if before < answers <= seen[0]:
            act()
            self.wave._sender.forget()
        return came_back

    with mock.patch.object(Drain, "_gather", meanwhile):
        Drain().run(for_s=10)
    assert seen[0] >= answers, "it was never interrupted"


@pytest.mark.parametrize("which", WHICH, ids=NAMES)
@pytest.mark.parametrize("answers", [1, 2, 3])
def test_a_run_under_way_stops_at_its_next_step_and_goes_on_with_nothing_doubled(
    hub: Hub, which: Which, answers: int
) -> None:
    hub.issue()
    hub.look()

    interrupted(answers, lambda: stops.stop(**which(hub)))

    run = Run.objects.get()
    assert run.state in (RunState.QUEUED, RunState.PARKED)
    made = Run.objects.get().calls.count()
    assert made <= answers
    drain(hub, later_s=120)
    assert Run.objects.get().calls.count() == made  # not a call while it is stopped

    stops.resume(**which(hub))
    drain(hub)

    assert Run.objects.get().state == RunState.SUCCEEDED
    assert (len(hub.contacts()), len(hub.appointments())) == (1, 1)
    assert set(Effect.objects.values_list("sends", flat=True)) == {1}


@pytest.mark.parametrize("answers", [1, 2, 3])
def test_a_paused_workflow_stops_a_run_under_way_alike(hub: Hub, answers: int) -> None:
    hub.issue()
    hub.look()

    interrupted(answers, lambda: lifecycle.pause(hub.workflow))

    made = Run.objects.get().calls.count()
    assert (Run.objects.get().state, made <= answers) == (RunState.QUEUED, True)
    lifecycle.resume(hub.workflow)
    drain(hub)
    assert Run.objects.get().state == RunState.SUCCEEDED
    assert (len(hub.contacts()), len(hub.appointments())) == (1, 1)


def test_every_worker_hears_of_a_stop_within_a_second() -> None:
    """It looks anew at the latest after its longest wait for an answer."""
    assert sending.FRESH_S + wave.LONGEST_PATIENCE_S <= 1.0


@pytest.mark.parametrize("which", WHICH, ids=NAMES)
def test_a_call_that_waits_for_a_free_line_is_not_sent_any_more_and_that_counts_as_no_try(
    hub: Hub, which: Which, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.issue()
    hub.look()
    commit = Drain._commit

    def stopped_meanwhile(self: Drain, room: int) -> Any:
        jobs = commit(self, room)
        calls = [job for job in jobs if job.connection_id == hub.ghl.pk]
        if calls and not Stop.objects.exists():
            stops.stop(**which(hub))
            self.wave._sender._stopped = stops.pulled()
        return jobs

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Drain, "_commit", stopped_meanwhile)
        drain(hub)

    run = Run.objects.get()
    assert run.state in (RunState.QUEUED, RunState.PARKED)
    assert run.attempts == 0
    assert not run.calls.filter(connection=hub.ghl).exists()
    stops.resume(**which(hub))
    drain(hub)
    assert Run.objects.get().state == RunState.SUCCEEDED
    assert len(hub.appointments()) == 1


# --- what reads by itself -------------------------------------------------------------------------


def calls() -> int:
    return ApiCall.objects.count()


@pytest.mark.parametrize("which", SOURCE, ids=NAMES)
def test_a_source_is_not_looked_at_and_the_first_look_afterwards_finds_all(hub: Hub, which: Which) -> None:
    stops.stop(**which(hub))
    hub.issue()
    before = calls()
    with pytest.raises(WrongUse, match="stopped by hand"):
        hub.look()
    assert calls() == before
    assert alert_causes.of(hub.team, datetime.now(UTC)) == [], "what somebody has stopped is no trouble"

    stops.resume(**which(hub))
    assert hub.look().events == 1


@pytest.mark.parametrize("which", SOURCE, ids=NAMES)
def test_a_look_under_way_ends_before_its_next_call(
    hub: Hub, which: Which, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(120):
        hub.issue(recipient_email=f"person{number}@example.org")
    read, before = direct.read, calls()

    def stopped_meanwhile(*args: Any, **more: Any) -> Any:
        outcome = read(*args, **more)
        if not Stop.objects.exists():
            stops.stop(**which(hub))
        return outcome

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(direct, "read", stopped_meanwhile)
        with pytest.raises(Parked, match="Accredible was stopped by hand"):
            hub.look()

    assert calls() == before + 1
    stops.resume(**which(hub))
    hub.look()
    assert Run.objects.count() == 120


@pytest.mark.parametrize("name", NAMES)
def test_webhooks_are_taken_but_not_looked_into(two: Pair, name: str) -> None:
    listening(two, "contacts.changed")
    stopped = {"team": {"team": two.team}, "connection": {"connection": two.source}, "hub": {}}[name]
    stops.stop(**stopped)
    two.create("Rosa")
    before = calls()
    two.hear()
    assert (Notice.objects.get().state, calls()) == ("new", before)
    assert not hearing.anything_due(datetime.now(UTC))

    stops.resume(**stopped)
    two.hear()
    assert Run.objects.count() == 1


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


@pytest.mark.parametrize("name", NAMES)
def test_old_records_are_not_taken(db: None, name: str) -> None:
    bulk = Bulk(people=3)
    bulk.look()
    backfill.start(bulk.workflow)
    stopped = {"team": {"team": bulk.workflow.team}, "connection": {"connection": bulk.credly}, "hub": {}}
    stops.stop(**stopped[name])
    assert not backfill.anything_due(datetime.now(UTC))
    assert (bulk.step().taken, Run.objects.count()) == (0, 0)

    stops.resume(**stopped[name])
    assert bulk.to_the_end().succeeded == 3


@pytest.mark.parametrize("name", NAMES)
def test_linked_records_are_not_compared(hub: Hub, name: str) -> None:
    hub.issue()
    hub.run_all()
    hub.workflow.refresh_from_db()
    made = reconciling.start(hub.workflow)
    stopped = dict(zip(NAMES, [which(hub) for which in WHICH], strict=True))[name]
    stops.stop(**stopped)
    before = calls()
    assert (reconciling.step(made).state, calls()) == ("running", before)

    stops.resume(**stopped)
    while (made := reconciling.step(made)).state == "running":
        pass
    assert (made.state, made.in_sync) == ("done", 1)


def test_over_a_stopped_connection_nobody_reads_by_hand_either_but_it_can_be_verified(hub: Hub) -> None:
    stops.stop(connection=hub.ghl)
    with pytest.raises(Parked, match="GHL was stopped by hand"):
        direct.read(hub.ghl, "calendars.list", {}, purpose="by hand")
    assert verification.verify(hub.ghl).ok


def test_of_a_stopped_team_what_somebody_reads_by_hand_goes_on(hub: Hub) -> None:
    stops.stop(hub.team)
    assert calendar_of(hub.ghl)


# --- what goes on, and what is told ---------------------------------------------------------------


@pytest.mark.parametrize("which", WHICH, ids=NAMES)
def test_what_waits_is_not_begun_and_nothing_is_lost(hub: Hub, which: Which) -> None:
    hub.issue()
    hub.look()
    stops.stop(**which(hub))
    (run,) = drain(hub)

    assert run.state in (RunState.QUEUED, RunState.PARKED)
    assert hub.contacts() == []

    stops.resume(**which(hub))
    (run,) = drain(hub)
    assert run.state == RunState.SUCCEEDED


def test_what_is_stopped_keeps_no_worker_busy(hub: Hub) -> None:
    hub.issue()
    hub.look()
    stops.stop(hub.team)

    assert not anything_due(datetime.now(UTC))


def test_another_team_goes_on(hub: Hub) -> None:
    other = make_hub("Other")
    hub.issue()
    hub.look()
    stops.stop(hub.team)
    stops.stop(connection=hub.ghl)
    other.look()
    drain_once(for_s=30)

    by_team = dict(Run.objects.values_list("team__name", "state"))
    assert by_team == {"Acme": RunState.QUEUED, "Other": RunState.SUCCEEDED}


def test_nobody_who_asks_is_answered_meanwhile(hub: Hub) -> None:
    times = answering(hub)
    asked = {"calendar_id": calendar_of(hub.ghl), "start_date": "2026-12-01", "end_date": "2026-12-02"}
    stops.stop(connection=hub.ghl)

    with pytest.raises(WrongUse, match="stopped by hand"):
        requests.answer(Workflow.objects.get(pk=times.pk), hub.ghl, "slots.asked", asked)


def test_each_pull_and_release_stands_in_the_audit(hub: Hub) -> None:
    Team.objects.create(name="Other")
    stops.stop(hub.team, why="Wrong texts go out.")
    stops.resume(hub.team)
    stops.stop()

    rows = AuditEntry.objects.exclude(action__startswith="workflow").exclude(
        action__startswith="connection.a"
    )
    told = [(row.team.name, row.action, row.details) for row in rows.order_by("id") if "." in row.action]
    assert ("Acme", "team.stopped", {"why": "Wrong texts go out."}) in told
    assert ("Acme", "team.resumed", {}) in told
    assert {team for team, action, _ in told if action == "hub.stopped"} == {"Acme", "Other"}


def test_a_switch_is_pulled_once(hub: Hub) -> None:
    stops.stop(connection=hub.ghl)
    with pytest.raises(WrongUse, match="The connection GHL is stopped already"):
        stops.stop(connection=hub.ghl)
    stops.resume(connection=hub.ghl)
    with pytest.raises(WrongUse, match="The connection GHL is not stopped"):
        stops.resume(connection=hub.ghl)
    assert not Stop.objects.exists()
