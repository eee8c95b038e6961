"""Quota in the drain: storms of 429 and days that are used up are waited out; nothing is lost or doubled."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from integrations.engine.errors import Throttled
from integrations.engine.quota import Lane, State, usage
from integrations.models import ApiCall, Budget, ConnectionState, Run, RunState
from integrations.services import budgets, comparing, direct, quotas, reconciling, rereads
from integrations.services.accounts import reach_of
from integrations.services.calls import made_of
from integrations.services.drain import Drain
from tests.hub import Hub
from tests.services.handmade import CONTACT, happen, live
from tests.services.test_reconcile import compared, fresh

UPSERT = "POST /contacts/upsert"


def pile(hub: Hub, size: int) -> None:
    workflow = live(hub, CONTACT)
    for n in range(size):
        happen(hub, workflow, str(n), email=f"person{n}@example.org")


def states() -> Counter[str]:
    return Counter(Run.objects.values_list("state", flat=True))


def statuses() -> Counter[int | None]:
    return Counter(ApiCall.objects.filter(operation="contacts.upsert").values_list("status", flat=True))


def budget(hub: Hub) -> Budget:
    return Budget.objects.get(scope=reach_of(hub.ghl).scope)


# --- too many, says the app -----------------------------------------------------------------------


def test_a_storm_of_429_is_waited_out_with_growing_pauses_and_nothing_is_lost(hub: Hub) -> None:
    pile(hub, 8)
    hub.sandbox.set_fault("ghl", "throttle", match=UPSERT, count=6)
    pauses: dict[int, float] = {}
    with time_machine.travel(datetime.now(UTC)) as clock:
        for _ in range(200):
            Drain().run(for_s=30)
            pause = budget(hub).state["pause"]
            pauses.setdefault(pause["times"], pause["until"] - datetime.now(UTC).timestamp())
            if not Run.objects.filter(finished_at=None).exists():
                break
            clock.shift(5)
    assert states() == {RunState.SUCCEEDED: 8}
    assert statuses() == {200: 8, 429: 6}
    assert len(hub.contacts()) == 8
    assert 5 < pauses[1] < pauses[2]
    assert pauses[0] < 0, "and in the end it was over"


def test_while_it_lasts_runs_wait_with_a_sentence_and_the_connection_is_not_parked(hub: Hub) -> None:
    pile(hub, 20)
    hub.sandbox.set_fault("ghl", "throttle", match=UPSERT, count=50)
    Drain().run(for_s=5)
    assert states() == {RunState.WAITING: 20}
    told = Counter(run.reason.partition(";")[0] for run in Run.objects.all())
    assert set(told) == {
        "GHL was told that there were too many requests",
        "GoHighLevel says there were too many requests",
    }
    assert statuses()[429] <= 8, "a pause stops everybody at once"
    hub.ghl.refresh_from_db()
    assert hub.ghl.state == ConnectionState.CONNECTED
    seen = quotas.picture(hub.ghl)
    assert seen is not None
    assert seen.warning.startswith("GHL was told that there were too many requests; its calls go on at ")


def test_after_it_the_pace_grows_back(hub: Hub) -> None:
    pile(hub, 3)
    hub.sandbox.set_fault("ghl", "throttle", match=UPSERT)
    Drain().run(for_s=5)
    limits = reach_of(hub.ghl).connector.quota.limits
    state, now = State.from_json(budget(hub).state), datetime.now(UTC)
    allowed = [usage(state, limits, now + timedelta(seconds=s))[0].count for s in (12, 40, 75)]
    assert allowed[0] < allowed[1] < allowed[2] == 100


@pytest.mark.parametrize(("asked_s", "ready_s"), [(3.0, 3.0), (10.0, 10.0)])
def test_everybody_waits_as_long_as_the_app_asked_for(hub: Hub, asked_s: float, ready_s: float) -> None:
    """With Retry-After that long; without, the quota's own pause."""
    reach = reach_of(hub.ghl)
    now = datetime.now(UTC)
    wish = budgets.Wish(quota=reach.connector.quota, wanted=1, lane=Lane.REQUEST)
    (ticket,) = budgets.grant({reach.scope: [wish]}, now)[reach.scope, Lane.REQUEST].tickets
    record = reach.transport.call(
        reach.connector, reach.connector.operation("locations.get"), reach.account, {}
    ).record
    made = made_of(ticket, record, Throttled("Too many.", after_s=asked_s))
    budgets.report(reach.scope, reach.connector.quota, [made], now)
    granted = budgets.grant({reach.scope: [wish]}, now)[reach.scope, Lane.REQUEST]
    assert granted.tickets == ()
    assert (granted.ready_at - now).total_seconds() == pytest.approx(ready_s, abs=1)


# --- the day --------------------------------------------------------------------------------------


def test_a_day_that_is_used_up_makes_runs_wait_for_the_reset_and_says_so(hub: Hub) -> None:
    pile(hub, 40)
    hub.sandbox.set_setting("ghl", "daily_limit", 30)
    Drain().run(for_s=20)
    assert set(statuses()) == {200}
    done = states()[RunState.SUCCEEDED]
    assert 10 <= done < 15, "each looks first what it will change"
    assert states()[RunState.WAITING] == 40 - done
    (told,) = set(Run.objects.filter(state=RunState.WAITING).values_list("reason", flat=True))
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert told == f"The calls that GHL may make in a day are used up; it goes on at {tomorrow} 00:00:00 UTC."
    hub.ghl.refresh_from_db()
    assert hub.ghl.state == ConnectionState.CONNECTED
    seen = quotas.picture(hub.ghl)
    assert seen is not None
    assert seen.warning == told

    hub.sandbox.set_setting("ghl", "daily_limit", 200)
    with time_machine.travel(datetime.combine(tomorrow, datetime.min.time(), UTC) + timedelta(seconds=5)):
        Drain().run(for_s=20)
    assert states() == {RunState.SUCCEEDED: 40}
    assert len(hub.contacts()) == 40
    assert set(statuses()) == {200}


def test_when_others_used_up_the_day_one_refusal_is_enough_to_learn_it(hub: Hub) -> None:
    pile(hub, 10)
    hub.sandbox.set_setting("ghl", "daily_limit", 1)
    Drain().run(for_s=10)
    assert states() == {RunState.WAITING: 10}
    assert statuses()[429] <= 8  # a burst that was under way
    (day,) = (window for window in quotas.picture(hub.ghl).windows if window.long)  # type: ignore[union-attr]
    assert day.held_until is not None
    with pytest.raises(Throttled, match="The calls that GHL may make in a day are used up; it goes on at"):
        direct.read(hub.ghl, "calendars.list", {}, purpose="pick list", patience_s=0.1)


# --- clocks ---------------------------------------------------------------------------------------


def test_a_clock_that_was_set_back_is_told_of_with_the_way_out(hub: Hub) -> None:
    pile(hub, 1)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        reach = reach_of(hub.ghl)
        wish = budgets.Wish(quota=reach.connector.quota, wanted=200, lane=Lane.REQUEST)
        budgets.grant({reach.scope: [wish]}, datetime.now(UTC))
    Drain().run(for_s=5)
    run = Run.objects.get()
    assert run.state == RunState.WAITING
    assert "clock is 3,600 s behind" in run.reason or "clock is 3,599 s behind" in run.reason
    assert "manage.py quota NAME --forget" in run.reason
    seen = quotas.picture(hub.ghl)
    assert seen is not None
    assert "Set the clocks right" in seen.warning

    assert budgets.forget(reach.scope)
    Run.objects.update(due_at=datetime.now(UTC))
    Drain().run(for_s=5)
    assert states() == {RunState.SUCCEEDED: 1}


# --- by whom --------------------------------------------------------------------------------------


def test_it_is_seen_who_used_the_quota_and_in_which_lane(hub: Hub) -> None:
    pile(hub, 4)
    Drain().run(for_s=5)
    seen = quotas.picture(hub.ghl)
    assert seen is not None
    spent = {spender.label: spender.calls for spender in seen.spenders}
    assert spent["By hand"] == 8, "each looks first what it will change"
    assert spent["Verifying"] == 1
    (day,) = (window for window in seen.windows if window.long)
    assert day.lanes["trigger"] == 8
    assert sum(spent.values()) == day.spent == sum(day.lanes.values())


# --- comparing -------------------------------------------------------------------------------------


def test_its_reads_take_the_quota_of_looks_and_leave_that_of_events(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.issue()
    assert [run.state for run in hub.run_all()] == ["succeeded"]
    lanes, grant = [], budgets.grant

    def noted(wishes: Any, now: datetime) -> Any:
        lanes.extend(wish.lane for of_scope in wishes.values() for wish in of_scope)
        return grant(wishes, now)

    monkeypatch.setattr(budgets, "grant", noted)
    compared(hub)
    assert lanes and set(lanes) == {Lane.SYNC}

    reach = reach_of(hub.ghl)
    monkeypatch.setattr(comparing, "PATIENCE_S", 0.0)
    with time_machine.travel(datetime.now(UTC), tick=False):
        with transaction.atomic():  # looks have had all that they may have
            wish = budgets.Wish(
                quota=reach.connector.quota, wanted=200, lane=Lane.SYNC, ahead_s=rereads.AHEAD_S
            )
            granted = grant({reach.scope: [wish]}, datetime.now(UTC))[reach.scope, Lane.SYNC]
        assert 0 < len(granted.tickets) < 100
        made = reconciling.step(reconciling.start(fresh(hub)))
        assert (made.state, made.seen) == ("running", 0), "it goes on when there is some again"
        assert made.reason.startswith("Waits for the quota of GHL")
        assert not reconciling.anything_due(datetime.now(UTC))
        assert reconciling.anything_due(datetime.now(UTC) + timedelta(hours=1))

        wish = budgets.Wish(quota=reach.connector.quota, wanted=3, lane=Lane.TRIGGER, ahead_s=1.5)
        with transaction.atomic():
            granted = grant({reach.scope: [wish]}, datetime.now(UTC))[reach.scope, Lane.TRIGGER]
        assert len(granted.tickets) == 3, "an event waits a second at most"
