"""Of one record in one workflow, runs come one after the other, as their events came."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Q

from integrations.models import FINISHED, UNFINISHED, Run, RunState
from integrations.services import claims, decisions
from tests.services.shop import Desk, effect_of, open_desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return open_desk(monkeypatch)


def stands(desk: Desk, run: Run, state: RunState) -> None:
    """The run stays in this state for the next while."""
    later = desk.shop.now() + timedelta(hours=1)
    leased = {"lease_owner": "another", "lease_until": later} if state == RunState.RUNNING else {}
    lane = None if state in FINISHED else 1
    Run.objects.filter(pk=run.pk).update(state=state, due_at=later, lane=lane, **leased)


def made(desk: Desk) -> list[str]:
    return [row["name"] for row in desk.shop.has("notes")]


@pytest.mark.parametrize("state", UNFINISHED)
def test_a_later_run_waits_behind_one_that_is_not_over(desk: Desk, state: RunState) -> None:
    workflow = desk.workflow("notes.create")
    first, _ = desk.happen(workflow, "first", record="r"), desk.happen(workflow, "second", record="r")
    stands(desk, first, state)
    desk.drain()
    assert made(desk) == []
    assert Run.objects.latest("pk").state == RunState.QUEUED


@pytest.mark.parametrize("state", FINISHED)
def test_a_later_run_goes_on_behind_one_that_is_over(desk: Desk, state: RunState) -> None:
    workflow = desk.workflow("notes.create")
    first, _ = desk.happen(workflow, "first", record="r"), desk.happen(workflow, "second", record="r")
    stands(desk, first, state)
    desk.drain()
    assert made(desk) == ["second"]


def test_other_records_and_other_workflows_do_not_wait(desk: Desk) -> None:
    workflow, other = desk.workflow("notes.create"), desk.workflow("notes.create", "Other")
    first = desk.happen(workflow, "first", record="r")
    stands(desk, first, RunState.HELD)
    desk.happen(workflow, "of another record", record="s")
    desk.happen(other, "of another workflow", record="r")
    desk.drain()
    assert sorted(made(desk)) == ["of another record", "of another workflow"]


@pytest.mark.parametrize("trouble", ["busy", "broken", "dropped", "lost", "late"])
def test_whatever_befalls_the_first_the_others_come_behind_it(desk: Desk, trouble: str) -> None:
    workflow = desk.workflow("notes.create")
    desk.shop.troubles, desk.shop.late_s = [trouble], 15.0
    for n in range(4):
        desk.happen(workflow, f"change {n}", record="r")
        desk.drain()
    desk.drain_to_the_end()
    assert made(desk) == [f"change {n}" for n in range(4)]


def test_a_run_behind_a_held_one_goes_on_once_a_person_has_decided(desk: Desk) -> None:
    workflow = desk.workflow("letters.create")
    desk.shop.troubles = ["dropped"]
    first = desk.happen(workflow, "first", record="r")
    desk.happen(workflow, "second", record="r")
    desk.drain_to_the_end()
    assert desk.shop.has("letters") == []
    decisions.decide_held(effect_of(first), False, "", None)
    desk.drain_to_the_end()
    assert [row["name"] for row in desk.shop.has("letters")] == ["first", "second"]


def test_the_database_itself_lets_no_two_runs_of_a_record_be_under_way(desk: Desk) -> None:
    workflow = desk.workflow("notes.create")
    runs = [desk.happen(workflow, name, record="r") for name in ("first", "second")]
    stands(desk, runs[0], RunState.RUNNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        stands(desk, runs[1], RunState.RUNNING)


def test_without_the_question_what_is_in_the_way_a_record_would_be_written_out_of_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests above can fail: this is what they would see."""
    monkeypatch.setattr(claims, "in_the_way", lambda: Q(state=RunState.RUNNING) & ~Q(id=OuterRef("id")))
    workflow = desk.workflow("notes.create")
    desk.shop.troubles = ["busy"]
    for n in range(2):
        desk.happen(workflow, f"change {n}", record="r")
        desk.drain()
    desk.drain_to_the_end()
    assert made(desk) == ["change 1", "change 0"]
