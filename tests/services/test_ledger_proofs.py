"""Every write happens once, whatever its proof: what may have happened is looked up, or a person is asked."""

from __future__ import annotations

from unittest import mock

import pytest

from integrations.models import Effect, EffectState, RecordLink, Run, RunState
from integrations.services import decisions, ledger
from integrations.services.drain import Drain
from tests.services.shop import DEADLINE_S, LAG_S, Desk, effect_of, open_desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


class Killed(BaseException):
    """The worker's process is gone."""


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return open_desk(monkeypatch)


def states(runs: list[Run]) -> list[str]:
    return [run.state for run in runs]


def die_holding(desk: Desk) -> None:
    """A worker that is killed after its calls, and before it could write down what came of them."""
    worker = Drain(clock=desk.shop.now)

    def die(came_back: object) -> None:
        if came_back:
            raise Killed

    with (
        mock.patch.object(worker.wave, "take_back", die),
        mock.patch.object(worker, "_let_go"),
        pytest.raises(Killed),
    ):
        worker.run(for_s=10)


# operation, what befalls the write, writes the app is asked for in all, whether its record was found again
TROUBLES = [
    ("notes.create", "lost", 1, True),
    ("notes.create", "dropped", 1, False),
    ("people.create", "lost", 1, True),
    ("people.create", "dropped", 1, False),
    ("jobs.create", "lost", 1, True),
    ("jobs.create", "dropped", 1, False),
    ("shelves.put", "lost", 2, False),
    ("shelves.put", "dropped", 1, False),
    ("notes.create", "broken", 1, False),
    ("people.create", "busy", 1, False),
    ("letters.create", "busy", 1, False),
]


@pytest.mark.parametrize(("operation", "trouble", "writes", "found"), TROUBLES)
def test_a_write_in_trouble_has_its_effect_once(
    desk: Desk, operation: str, trouble: str, writes: int, found: bool
) -> None:
    desk.shop.troubles = [trouble]
    run = desk.happen(desk.workflow(operation), "Ada")
    assert states(desk.drain_to_the_end()) == [RunState.SUCCEEDED]
    assert len(desk.shop.has(operation.split(".")[0])) == 1
    assert (len(desk.shop.writes), effect_of(run).adopted) == (writes, found)


@pytest.mark.parametrize("operation", ["notes.create", "people.create", "jobs.create", "shelves.put"])
def test_a_killed_workers_write_has_its_effect_once(desk: Desk, operation: str) -> None:
    desk.happen(desk.workflow(operation), "Ada")
    die_holding(desk)
    assert states(desk.drain_to_the_end()) == [RunState.SUCCEEDED]
    assert len(desk.shop.has(operation.split(".")[0])) == 1


def test_of_two_identical_notes_neither_is_taken_for_the_other(desk: Desk) -> None:
    workflow = desk.workflow("notes.create")
    first, second = desk.happen(workflow, "Called back"), desk.happen(workflow, "Called back")
    desk.shop.troubles = ["dropped", "lost"]
    assert states(desk.drain_to_the_end()) == [RunState.SUCCEEDED] * 2
    assert len(desk.shop.has("notes")) == 2
    assert effect_of(first).record_id != effect_of(second).record_id


def test_two_workflows_that_make_one_person_make_one(desk: Desk) -> None:
    runs = [desk.happen(desk.workflow("people.create", name), "Ada") for name in ("Orders", "Returns")]
    desk.shop.troubles = ["lost"]
    assert states(desk.drain_to_the_end()) == [RunState.SUCCEEDED] * 2
    (person,) = desk.shop.has("people")
    assert [effect_of(run).record_id for run in runs] == [person["id"]] * 2
    assert [link.record_id for link in RecordLink.objects.all()] == [person["id"]] * 2


def test_a_duplicate_answer_becomes_a_link(desk: Desk) -> None:
    desk.shop.rows["people"] = [{"id": "people-0", "name": "Ada", "made_at": desk.shop.now().isoformat()}]
    run = desk.happen(desk.workflow("people.create"), "Ada")
    assert states(desk.drain_to_the_end()) == [RunState.SUCCEEDED]
    assert (effect_of(run).adopted, effect_of(run).record_id) == (True, "people-0")
    assert RecordLink.objects.get().record_id == "people-0"


def test_a_record_that_another_write_made_is_not_adopted(desk: Desk) -> None:
    """Nothing but the name tells two jobs apart: the first one's job is not the answer to the second."""
    workflow = desk.workflow("jobs.create")
    first = desk.happen(workflow, "Paint")
    desk.drain()
    desk.shop.troubles = ["dropped"]
    second = desk.happen(workflow, "Paint")
    assert states(desk.drain_to_the_end()) == [RunState.SUCCEEDED] * 2
    assert [row["id"] for row in desk.shop.has("jobs")] == ["jobs-1", "jobs-2"]
    assert [effect_of(run).record_id for run in (first, second)] == ["jobs-1", "jobs-2"]
    assert not effect_of(second).adopted


def test_behind_a_record_of_another_write_ones_own_is_found(desk: Desk) -> None:
    workflow = desk.workflow("jobs.create")
    desk.happen(workflow, "Paint")
    desk.drain()
    desk.shop.troubles = ["lost"]
    second = desk.happen(workflow, "Paint")
    assert states(desk.drain_to_the_end()) == [RunState.SUCCEEDED] * 2
    assert len(desk.shop.has("jobs")) == 2
    assert (effect_of(second).record_id, effect_of(second).adopted) == ("jobs-2", True)


def test_a_record_from_before_the_claim_is_not_adopted(desk: Desk) -> None:
    desk.shop.rows["jobs"] = [{"id": "old", "name": "Paint", "made_at": desk.shop.now().isoformat()}]
    desk.shop.later(3600)
    desk.shop.troubles = ["dropped"]
    run = desk.happen(desk.workflow("jobs.create"), "Paint")
    desk.drain_to_the_end()
    assert effect_of(run).record_id == "jobs-2"


def test_a_request_that_lands_late_is_waited_for(desk: Desk) -> None:
    """It may land until its deadline; a look before that would find nothing, and the write be made twice."""
    desk.shop.troubles, desk.shop.late_s = ["late"], DEADLINE_S - 1
    run = desk.happen(desk.workflow("notes.create"), "Ada")
    desk.drain()
    desk.shop.later(DEADLINE_S + LAG_S - 2)
    desk.drain()
    assert desk.shop.looks == 0
    assert states(desk.drain_to_the_end()) == [RunState.SUCCEEDED]
    assert len(desk.shop.rows["notes"]) == 1
    assert effect_of(run).adopted


def test_a_killed_workers_request_may_land_until_its_lease_ends(desk: Desk) -> None:
    desk.shop.troubles, desk.shop.late_s = ["late"], 55.0
    desk.happen(desk.workflow("notes.create"), "Ada")
    die_holding(desk)
    assert states(desk.drain_to_the_end()) == [RunState.SUCCEEDED]
    assert len(desk.shop.rows["notes"]) == 1


def test_an_index_that_lags_as_it_may_makes_nothing_twice(desk: Desk) -> None:
    desk.shop.troubles, desk.shop.lag_s = ["lost"], LAG_S - 1
    desk.happen(desk.workflow("notes.create"), "Ada")
    desk.drain()
    desk.shop.later(DEADLINE_S + 2)  # it cannot land any more, and the list does not show it for sure yet
    desk.drain()
    assert desk.shop.looks == 0
    assert states(desk.drain_to_the_end()) == [RunState.SUCCEEDED]
    assert len(desk.shop.rows["notes"]) == 1


@pytest.mark.parametrize("trouble", ["lost", "dropped", "broken"])
def test_what_nothing_can_look_up_is_held_and_never_repeated_by_itself(desk: Desk, trouble: str) -> None:
    desk.shop.troubles = [trouble]
    run = desk.happen(desk.workflow("letters.create"), "Ada")
    (held,) = desk.drain_to_the_end()
    desk.shop.later(7 * 86_400)
    desk.drain()
    held.refresh_from_db()
    assert (held.state, effect_of(run).state) == (RunState.HELD, EffectState.HELD)
    assert "cannot be looked up by the hub: look in the app" in held.reason
    assert len(desk.shop.writes) == (trouble == "lost")


def test_a_killed_workers_write_without_a_look_up_is_held(desk: Desk) -> None:
    run = desk.happen(desk.workflow("letters.create"), "Ada")
    die_holding(desk)
    (held,) = desk.drain_to_the_end()
    assert (held.state, effect_of(run).state) == (RunState.HELD, EffectState.HELD)
    assert len(desk.shop.writes) == 1


def test_while_one_write_to_a_target_is_open_no_other_is_made(desk: Desk) -> None:
    """They are two records at the source and one person in the shop."""
    workflow = desk.workflow("people.create")
    desk.shop.troubles = ["lost"]
    first, second = desk.happen(workflow, "Ada"), desk.happen(workflow, "Ada")
    desk.drain()
    second.refresh_from_db()
    assert effect_of(first).state == EffectState.UNKNOWN
    assert (second.state, second.reason) == (
        RunState.QUEUED,
        "Another write to the same record is under way.",
    )
    assert desk.shop.writes == ["people Ada"]


def test_a_write_keeps_its_key_and_a_replay_has_another(desk: Desk) -> None:
    desk.shop.troubles = ["refused"]
    workflow = desk.workflow("notes.create")
    run = desk.happen(workflow, "Ada")
    desk.drain()
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    decisions.replay(run, None)
    desk.drain_to_the_end()
    assert list(Effect.objects.order_by("id").values_list("key", flat=True)) == [
        f"w{workflow.pk}:e{run.event_id}:r{number}:live|write//0/0" for number in (0, 1)
    ]
    assert len(desk.shop.has("notes")) == 1


def test_without_the_question_whose_it_is_a_record_would_be_adopted_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests above can fail: this is what they would see."""
    monkeypatch.setattr(ledger, "another_owns", lambda effect, record_id: False)
    workflow = desk.workflow("jobs.create")
    desk.happen(workflow, "Paint")
    desk.drain()
    desk.shop.troubles = ["dropped"]
    desk.happen(workflow, "Paint")
    desk.drain_to_the_end()
    assert len(desk.shop.has("jobs")) == 1
