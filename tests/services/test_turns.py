"""Whose turn it is: no pile keeps another's single run waiting, and old records keep no news waiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.engine.freeze import freeze
from integrations.models import (
    Connection,
    Event,
    EventSource,
    Run,
    RunState,
    Team,
    Workflow,
    WorkflowState,
    WorkflowVersion,
)
from integrations.services import claims, drain, turns
from integrations.services.drain import CAPACITY, drain_once
from integrations.services.ingest import LANE_BACKFILL, LANE_TRIGGER
from tests.hub import Hub, make_hub
from tests.services import handmade

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PILE = 5000

Claim = Callable[..., list[Run]]


def account(team: Team, name: str = "Shop") -> Connection:
    return Connection.objects.create(
        team=team, connector="bridge", name=name, environment="sandbox", auth="signed", state="connected"
    )


def workflow(team: Team, name: str = "Listens") -> Workflow:
    made = Workflow.objects.create(team=team, name=name, draft={}, state=WorkflowState.LIVE)
    made.live = WorkflowVersion.objects.create(workflow=made, number=1, spec=freeze(EMPTY), bindings={})
    made.save()
    return made


EMPTY = handmade.WorkflowSpec(title="Empty", roles={}, trigger_role="", trigger="t", steps=())


def pile(made: Workflow, source: Connection, size: int, lane: int = LANE_TRIGGER) -> None:
    """So many due runs of a workflow, each of a record of its own."""
    first = Event.objects.count()
    events = [
        Event(
            team=made.team,
            connection=source,
            trigger="t",
            type="t",
            record=str(number),
            dedupe_key=f"k{number}",
            payload={},
            source=EventSource.POLL,
        )
        for number in range(first, first + size)
    ]
    Event.objects.bulk_create(events)
    stored = Event.objects.filter(dedupe_key__in=[e.dedupe_key for e in events[-1:]], connection=source)
    last = stored.get().pk
    Run.objects.bulk_create(
        Run(
            team=made.team,
            workflow=made,
            version=made.live,
            event_id=last - size + 1 + place,
            record=event.record,
            due_at=LONG_AGO,
            lane=lane,
        )
        for place, event in enumerate(events)
    )


@pytest.fixture
def claim() -> Claim:
    """Claims as a drain does that never lets go of what it has."""
    held: list[Run] = []

    def take(room: int) -> list[Run]:
        now = datetime.now(UTC)
        taken = claims.claim("me", room, now, besides=[run.pk for run in held], in_hand=held)
        Run.objects.bulk_update(taken, ["state", "lease_owner", "lease_until", "starts"])
        held.extend(taken)
        return taken

    return take


def by_workflow(runs: list[Run]) -> Counter[str]:
    return Counter(run.workflow.name for run in runs)


def test_a_teams_pile_does_not_hold_up_another_teams_single_run(claim: Claim) -> None:
    many, few = Team.objects.create(name="Many"), Team.objects.create(name="Few")
    pile(workflow(many, "Pile"), account(many), PILE)
    pile(workflow(few, "Single"), account(few), 1)

    assert by_workflow(claim(CAPACITY)) == {"Pile": CAPACITY - 1, "Single": 1}


def test_nor_do_its_many_workflows_and_connections(claim: Claim) -> None:
    many, few = Team.objects.create(name="Many"), Team.objects.create(name="Few")
    for number in range(CAPACITY + 6):
        pile(workflow(many, f"Pile {number}"), account(many, f"Shop {number}"), 2)
    pile(workflow(few, "Single"), account(few), 1)

    assert by_workflow(claim(CAPACITY))["Single"] == 1


def test_a_run_that_comes_when_a_pile_is_under_way_has_the_next_place(claim: Claim) -> None:
    many, few = Team.objects.create(name="Many"), Team.objects.create(name="Few")
    pile(workflow(many, "Pile"), account(many), 200)
    assert by_workflow(claim(CAPACITY)) == {"Pile": CAPACITY}
    pile(workflow(few, "Single"), account(few), 1)

    assert by_workflow(claim(1)) == {"Single": 1}


def test_a_connections_pile_does_not_hold_up_another_connections_single_run(claim: Claim) -> None:
    team = Team.objects.create(name="Acme")
    busy = account(team, "Busy")
    for number in range(10):
        pile(workflow(team, f"Pile {number}"), busy, PILE // 10)
    pile(workflow(team, "Single"), account(team, "Calm"), 1)

    assert by_workflow(claim(2))["Single"] == 1


def test_those_who_wait_alike_are_taken_in_the_order_they_came(claim: Claim) -> None:
    """One place at a time: nobody comes first again and again because of a smaller number."""
    teams = [Team.objects.create(name=f"Team {number}") for number in range(4)]
    made = [workflow(team, team.name) for team in teams]
    for one in reversed(made):
        pile(one, account(one.team), 3)

    order = [claim(1)[0].workflow.name for _ in range(8)]

    assert order == [one.name for one in reversed(made)] * 2


def test_old_records_do_not_hold_up_news(claim: Claim) -> None:
    team = Team.objects.create(name="Acme")
    pile(workflow(team, "Old"), account(team, "Old"), 200, lane=LANE_BACKFILL)
    pile(workflow(team, "News"), account(team, "News"), 5)

    assert by_workflow(claim(5)) == {"News": 5}


def test_old_records_leave_places_free_for_news_that_is_still_to_come(claim: Claim) -> None:
    team = Team.objects.create(name="Acme")
    pile(workflow(team, "Old"), account(team, "Old"), 200, lane=LANE_BACKFILL)
    assert by_workflow(claim(CAPACITY)) == {"Old": turns.BACKFILLS}
    pile(workflow(team, "News"), account(team, "News"), 5)

    assert by_workflow(claim(CAPACITY - turns.BACKFILLS)) == {"News": 5}


def test_what_waits_for_another_run_of_its_record_takes_nobodys_turn(claim: Claim) -> None:
    team = Team.objects.create(name="Acme")
    made = workflow(team, "Pile")
    pile(made, account(team), 3)
    Run.objects.update(record="same")

    assert len(claim(CAPACITY)) == 1
    assert claim(CAPACITY) == []


def test_a_worker_with_few_places_brings_anothers_run_to_its_end_early(
    hub: Hub, plenty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole drain over simulated apps: the other team's run ends among the first."""
    monkeypatch.setattr(drain, "CAPACITY", 2)
    monkeypatch.setattr(drain, "MOST_IN_HAND", 2)
    other = make_hub("Other")
    busy = handmade.live(hub, handmade.READ, handmade.CONTACT)
    calm = handmade.live(other, handmade.READ, handmade.CONTACT)
    certificate = hub.issue()
    for number in range(12):
        handmade.happen(hub, busy, str(number), id=certificate, email=f"person{number}@example.org")
    handmade.happen(other, calm, "single", id=certificate, email="single@example.org")

    drain_once(for_s=30)

    assert set(Run.objects.values_list("state", flat=True)) == {RunState.SUCCEEDED}
    ended = list(Run.objects.order_by("finished_at").values_list("team__name", flat=True))
    assert ended.index("Other") < 4


def test_many_workflows_take_turns_without_a_look_at_each(
    claim: Claim, django_assert_max_num_queries: Any
) -> None:
    team = Team.objects.create(name="Agency")
    source = account(team)
    made = [workflow(team, f"Client {number}") for number in range(40)]
    for one in made:
        pile(one, source, 3)
    due = claims.claimable(datetime.now(UTC))

    with django_assert_max_num_queries(1):
        assert len(turns.next_ids(due, 16)) == 16

    assert by_workflow(claim(50)) == {one.name: 2 if one in made[:10] else 1 for one in made}
