"""Trouble by its kind: what passes is tried again, what does not stops its run, and always in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import httpx
import pytest

from integrations.models import Connection, ConnectionState, EffectState, Run, RunState
from integrations.services import active, decisions
from integrations.services.drain import Drain
from tests.services.shop import Desk, effect_of, open_desk
from tests.services.test_ledger_proofs import Killed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return open_desk(monkeypatch)


# operation, what befalls every write, how the run stands at once and in the end, the word for the machine
KINDS = [
    ("notes.create", "busy", RunState.WAITING, RunState.FAILED, "throttled"),
    ("notes.create", "broken", RunState.WAITING, RunState.FAILED, "outcome_unknown"),
    ("notes.create", "dropped", RunState.WAITING, RunState.FAILED, "outcome_unknown"),
    ("shelves.put", "broken", RunState.WAITING, RunState.FAILED, "outcome_unknown"),
    ("letters.create", "broken", RunState.HELD, RunState.HELD, "outcome_unknown"),
    ("notes.create", "refused", RunState.FAILED, RunState.FAILED, "refused"),
    ("notes.create", "no key", RunState.PARKED, RunState.PARKED, "credential_refused"),
]


@pytest.mark.parametrize(("operation", "trouble", "at_once", "at_last", "kind"), KINDS)
def test_each_kind_of_trouble_ends_as_it_should(
    desk: Desk, operation: str, trouble: str, at_once: RunState, at_last: RunState, kind: str, settings: Any
) -> None:
    settings.HUB_RETRY_HOURS = 1
    desk.shop.troubles, desk.shop.busy_s = [trouble] * 1000, 600
    if trouble == "no key":
        desk.shop.keys = {"another"}
    run = desk.happen(desk.workflow(operation), "Ada")
    desk.drain()
    run.refresh_from_db()
    assert (run.state, run.error_kind) == (at_once, kind)
    for _ in range(30):
        desk.shop.later(900)
        desk.drain()
    run.refresh_from_db()
    assert (run.state, run.error_kind) == (at_last, kind)
    assert run.reason.endswith(".")
    assert desk.shop.writes == []


def test_what_passes_is_tried_as_often_as_the_setting_says(desk: Desk, settings: Any) -> None:
    settings.HUB_RETRY_TRIES = 3
    desk.shop.troubles = ["broken"] * 50
    run = desk.happen(desk.workflow("notes.create"), "Ada")
    for _ in range(12):
        desk.drain()
        desk.shop.later(900)
    run.refresh_from_db()
    assert (run.state, len(desk.shop.troubles)) == (RunState.FAILED, 47)
    assert run.reason.startswith("Gave up after 3 tries. The last one: Shop failed (status 500);")
    assert effect_of(run).state == EffectState.READY


def test_that_an_app_asks_to_slow_down_is_not_counted_but_has_an_end(desk: Desk, settings: Any) -> None:
    settings.HUB_RETRY_TRIES, settings.HUB_RETRY_HOURS = 2, 5
    desk.shop.troubles, desk.shop.busy_s = ["busy"] * 50, 600
    run = desk.happen(desk.workflow("notes.create"), "Ada")
    for _ in range(7):
        desk.drain()
        desk.shop.later(2400)
    run.refresh_from_db()
    assert run.state == RunState.WAITING
    desk.shop.later(3600)
    desk.drain()
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.reason.startswith(
        "Gave up after 5 hours. The last one: Shop says there were too many requests"
    )


def test_it_is_due_again_when_the_app_said_and_not_before(desk: Desk) -> None:
    desk.shop.troubles, desk.shop.busy_s = ["busy"], 1234
    run = desk.happen(desk.workflow("notes.create"), "Ada")
    before = desk.shop.now()
    desk.drain()
    run.refresh_from_db()
    assert run.due_at is not None
    assert before + timedelta(seconds=1234) <= run.due_at <= desk.shop.now() + timedelta(seconds=1236)


def test_gaps_grow_twofold_up_to_a_ceiling_and_are_spread_over_all_of_it() -> None:
    gaps = {n: [active._gap(n, None) for _ in range(400)] for n in (1, 3, 6, 30)}
    for n, ceiling in ((1, 2.0), (3, 8.0), (6, 64.0), (30, 900.0)):
        assert 0.5 <= min(gaps[n]) < ceiling * 0.3
        assert ceiling * 0.9 < max(gaps[n]) <= ceiling


def test_a_step_that_succeeds_begins_its_count_anew(desk: Desk) -> None:
    desk.shop.troubles = ["busy"]
    run = desk.happen(desk.workflow("notes.create"), "Ada")
    desk.drain()
    run.refresh_from_db()
    assert run.trying_since is not None
    desk.drain_to_the_end()
    run.refresh_from_db()
    assert (run.state, run.attempts, run.trying_since) == (RunState.SUCCEEDED, 0, None)


def test_a_look_up_that_is_refused_for_ever_ends_with_a_person(desk: Desk, settings: Any) -> None:
    """What may have happened is never repeated because looking did not help."""
    settings.HUB_RETRY_TRIES = 4
    desk.shop.troubles = ["lost"]
    run = desk.happen(desk.workflow("notes.create"), "Ada")
    desk.drain()
    answers = desk.shop.__class__.__call__

    def blind(shop: Any, request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={}) if request.method == "GET" else answers(shop, request)

    with mock.patch.object(desk.shop.__class__, "__call__", blind):
        desk.drain_to_the_end()
    run.refresh_from_db()
    assert (run.state, effect_of(run).state) == (RunState.HELD, EffectState.HELD)
    assert desk.shop.writes == ["notes Ada"]


# --- runs that end their worker ---------------------------------------------------------------------


def work_until_killed(desk: Desk, poison: Run) -> bool:
    """A worker that dies of this run's answer, having settled nothing; whether it died."""
    worker = Drain(clock=desk.shop.now)
    take_back = worker.wave.take_back

    def die(came_back: Any) -> None:
        if any(getattr(called.job, "run_id", None) == poison.pk for called in came_back):
            raise Killed
        take_back(came_back)

    with mock.patch.object(worker.wave, "take_back", die), mock.patch.object(worker, "_let_go"):
        try:
            worker.run(for_s=20)
        except Killed:
            return True
    return False


def reckon_until_killed(desk: Desk, poison: Run) -> bool:
    """A worker that dies of this run's mere reckoning, before any call of it; whether it died."""
    begin = active.Active.begin

    def die(one: active.Active, *args: Any) -> None:
        if one.run.pk == poison.pk:
            raise Killed
        begin(one, *args)

    worker = Drain(clock=desk.shop.now)
    with mock.patch.object(active.Active, "begin", die), mock.patch.object(worker, "_let_go"):
        try:
            worker.run(for_s=20)
        except Killed:
            return True
    return False


@pytest.mark.parametrize(
    ("die", "state"), [(work_until_killed, RunState.HELD), (reckon_until_killed, RunState.FAILED)]
)
def test_a_run_that_ends_its_worker_is_stopped_after_three_starts_and_takes_no_other_with_it(
    desk: Desk, die: Callable[[Desk, Run], bool], state: RunState
) -> None:
    workflow = desk.workflow("shelves.put")
    runs = [desk.happen(workflow, f"shelf {n}") for n in range(6)]
    poison = runs[2]
    deaths = 0
    for _ in range(6):
        deaths += die(desk, poison)
        desk.shop.later(61)
    for run in runs:
        run.refresh_from_db()
    assert deaths == 3
    assert [run.state for run in runs if run != poison] == [RunState.SUCCEEDED] * 5
    assert poison.state == state
    assert "This run has ended its worker 3 times; it is not started again." in poison.reason


def test_a_death_is_not_forgotten_while_the_run_waits_to_be_looked_up(desk: Desk) -> None:
    """Each time its worker dies of the answer, and the next one lets go of it until the look-up is due."""
    poison = desk.happen(desk.workflow("notes.create"), "Ada")
    deaths = 0
    for _ in range(12):
        deaths += work_until_killed(desk, poison)
        desk.shop.later(31)
    poison.refresh_from_db()
    assert (deaths, poison.state) == (3, RunState.HELD)


def test_deaths_that_were_not_its_own_doing_are_forgotten_with_the_next_answer(desk: Desk) -> None:
    desk.shop.troubles = ["busy"] * 4
    run = desk.happen(desk.workflow("notes.create"), "Ada")
    for _ in range(4):
        Run.objects.filter(pk=run.pk).update(starts=2)
        desk.drain()
        run.refresh_from_db()
        assert run.starts == 0
        desk.shop.later(61)
    desk.drain_to_the_end()
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


def test_a_person_gives_a_stopped_run_new_starts(desk: Desk) -> None:
    run = desk.happen(desk.workflow("shelves.put"), "shelf")
    for _ in range(4):
        work_until_killed(desk, run)
        desk.shop.later(61)
    decisions.decide_held(effect_of(run), False, "", None)
    desk.drain_to_the_end()
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


# --- a connection that is refused -------------------------------------------------------------------


def test_an_hour_of_refusal_with_300_events_costs_none_of_them_and_no_order(desk: Desk) -> None:
    """Thirty records with ten changes each; reconnected, each change has its effect once, in order."""
    workflow = desk.workflow("notes.create")
    desk.shop.keys = {"revoked by the owner"}
    for n in range(300):
        desk.happen(workflow, f"{n % 30:02} {n // 30}", record=f"r{n % 30}")
        if n % 50 == 0:
            desk.drain()
            desk.shop.later(600)
    desk.drain()
    assert set(Run.objects.values_list("state", flat=True)) <= {RunState.PARKED, RunState.QUEUED}
    assert Connection.objects.get().state == ConnectionState.NEEDS_RECONNECT
    desk.reconnect()
    desk.drain_to_the_end()
    assert Run.objects.filter(state=RunState.SUCCEEDED).count() == 300
    names = [row["name"] for row in desk.shop.has("notes")]
    assert len(names) == len(set(names)) == 300
    for record in range(30):
        assert [name for name in names if name.startswith(f"{record:02} ")] == [
            f"{record:02} {n}" for n in range(10)
        ]
