"""Steps that look first, and calls that no catalogue has, over an app whose answers get lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.engine.freeze import freeze
from integrations.engine.spec import FieldMapping, Finding, Step, StepKind, WorkflowSpec
from integrations.models import (
    Effect,
    EffectState,
    Run,
    RunState,
    Workflow,
    WorkflowState,
    WorkflowVersion,
)
from integrations.services import alert_causes, decisions, replays, stories
from tests.services.shop import SLUG, Desk, open_desk
from tests.services.test_ledger_proofs import die_holding

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

FINDS = Finding(
    operation="http GET /letters",
    by="name",
    filter="query.name",
    update="http PUT /letters/{id} repeatable",
    update_id="id",
)
ONLY_ABSENT = replace(FINDS, update="", update_id="")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return open_desk(monkeypatch)


def mapped(**sources: str) -> tuple[FieldMapping, ...]:
    return tuple(FieldMapping(target=t.replace("__", "."), source=s) for t, s in sources.items())


def step(operation: str, id: str = "put", **more: Any) -> Step:
    mappings = more.pop("mappings", None) or mapped(name="event.name", text="event.text")
    return Step(
        id=id,
        title="Put",
        kind=StepKind.WRITE,
        role="app",
        operation=operation,
        mappings=mappings,
        **more,
    )


def live(desk: Desk, *steps: Step, name: str = "Letters") -> Workflow:
    spec = WorkflowSpec(title=name, roles={"app": SLUG}, trigger_role="app", trigger="told", steps=steps)
    workflow = Workflow.objects.create(
        team=desk.team, name=name, draft=freeze(spec), state=WorkflowState.LIVE
    )
    workflow.live = WorkflowVersion.objects.create(
        workflow=workflow, number=1, spec=freeze(spec), bindings={"app": desk.connection.pk}
    )
    workflow.save()
    return workflow


def happen(desk: Desk, workflow: Workflow, name: str, **payload: Any) -> Run:
    run = desk.happen(workflow, name)
    run.event.payload = {"name": name, **payload}
    run.event.save()
    return run


def ends(desk: Desk, minutes: int = 12) -> list[tuple[str, str]]:
    return [(run.state, run.reason) for run in desk.drain_to_the_end(minutes)]


def letters(desk: Desk) -> list[tuple[str, str]]:
    return [(row["name"], row["text"]) for row in desk.shop.has("letters")]


def what(run: Run) -> Any:
    return stories.view_of(Run.objects.get(pk=run.pk)).steps[-1].story.value["what"]


# --- update or create -----------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["", "lost", "dropped", "late", "broken", "busy"])
def test_a_create_in_trouble_is_looked_up_and_there_is_one(desk: Desk, trouble: str) -> None:
    desk.shop.troubles, desk.shop.late_s = [trouble], 5
    run = happen(desk, live(desk, step("letters.create", finds=FINDS)), "Ada", text="one")
    assert ends(desk) == [(RunState.SUCCEEDED, "")]
    assert letters(desk) == [("Ada", "one")]
    assert what(run) == "created"


def test_a_killed_workers_create_is_looked_up_and_there_is_one(desk: Desk) -> None:
    happen(desk, live(desk, step("letters.create", finds=FINDS)), "Ada", text="one")
    desk.shop.looks = 0
    for _ in range(2):  # the first ends with its look, the second with its write
        die_holding(desk)
        desk.shop.later(300)
    assert ends(desk) == [(RunState.SUCCEEDED, "")]
    assert letters(desk) == [("Ada", "one")]


def test_what_is_there_is_updated_and_an_interrupted_update_does_no_harm(desk: Desk) -> None:
    workflow = live(desk, step("letters.create", finds=FINDS))
    happen(desk, workflow, "Ada", text="one")
    ends(desk)
    desk.shop.later(600)
    desk.shop.troubles = ["lost"]
    run = happen(desk, workflow, "ada", text="two")
    assert ends(desk)[-1] == (RunState.SUCCEEDED, "")
    assert letters(desk) == [("ada", "two")]
    assert what(run) == "updated"
    assert not stories.lineage_holds(Run.objects.get(pk=run.pk))


def test_only_if_absent_leaves_the_record_and_says_so(desk: Desk) -> None:
    workflow = live(desk, step("letters.create", finds=ONLY_ABSENT))
    happen(desk, workflow, "Ada", text="one")
    ends(desk)
    desk.shop.later(600)
    run = happen(desk, workflow, "Ada", text="two")
    assert ends(desk)[-1] == (RunState.SKIPPED, "Nothing had to be changed.")
    assert letters(desk) == [("Ada", "one")]
    assert what(run) == "left as it was"


@pytest.mark.parametrize(("finds", "text"), [(FINDS, "two"), (ONLY_ABSENT, "one")])
def test_of_two_at_once_one_creates_and_the_other_finds_it(desk: Desk, finds: Finding, text: str) -> None:
    first = live(desk, step("letters.create", finds=finds))
    second = live(desk, step("letters.create", finds=finds), name="Other letters")
    runs = [happen(desk, first, "Ada", text="one"), happen(desk, second, "Ada", text="two")]
    assert {state for state, _ in ends(desk)} <= {RunState.SUCCEEDED, RunState.SKIPPED}
    assert letters(desk) == [("Ada", text)]
    assert sorted(what(run) for run in runs)[0] == "created"


def test_a_search_that_lags_does_not_have_the_record_made_twice(desk: Desk) -> None:
    workflow = live(desk, step("letters.create", finds=FINDS))
    happen(desk, workflow, "Ada", text="one")
    ends(desk, 1)
    desk.shop.lag_s = 30
    desk.shop.later(5)
    run = happen(desk, workflow, "Ada", text="two")
    assert ends(desk)[-1][0] == RunState.SUCCEEDED
    assert letters(desk) == [("Ada", "two")]
    assert what(run) == "updated"


def test_where_several_could_be_meant_nothing_is_written(desk: Desk) -> None:
    for _ in range(2):
        happen(desk, live(desk, step("letters.create"), name=f"Plain {_}"), "Ada", text="one")
    ends(desk)
    desk.shop.later(600)
    happen(desk, live(desk, step("letters.create", finds=FINDS)), "Ada", text="two")
    state, reason = ends(desk)[-1]
    assert state == RunState.FAILED
    assert "2 records in Shop have this name" in reason
    assert letters(desk) == [("Ada", "one")] * 2


# --- calls that no catalogue has ------------------------------------------------------------------


BODY = mapped(body__name="event.name", body__text="event.text")


def test_a_free_write_whose_answer_is_lost_is_held_and_never_repeated(desk: Desk) -> None:
    desk.shop.troubles = ["lost"]
    run = happen(desk, live(desk, step("http POST /letters id=id", mappings=BODY)), "Ada", text="one")
    ((state, reason),) = ends(desk)
    assert state == RunState.HELD
    assert "cannot be looked up by the hub" in reason
    assert letters(desk) == [("Ada", "one")]
    effect = Effect.objects.get(run=run)
    assert (effect.state, effect.operation) == (EffectState.HELD, "http POST /letters id=id")
    decisions.decide_held(effect, True, "letters-1", None)
    assert ends(desk) == [(RunState.SUCCEEDED, "")]
    assert letters(desk) == [("Ada", "one")]


@pytest.mark.parametrize("trouble", ["lost", "dropped", "broken"])
def test_a_free_write_that_may_be_repeated_is_and_has_its_effect_once(desk: Desk, trouble: str) -> None:
    happen(desk, live(desk, step("http POST /letters", mappings=BODY)), "Ada", text="one")
    ends(desk)
    desk.shop.troubles = [trouble]
    mappings = (FieldMapping(target="id", default="letters-1"), *BODY)
    happen(
        desk, live(desk, step("http PUT /letters/{id} repeatable", mappings=mappings), name="Change"), "Bob"
    )
    assert ends(desk)[-1] == (RunState.SUCCEEDED, "")
    assert [name for name, _ in letters(desk)] == ["Bob"]


# --- a list that goes on --------------------------------------------------------------------------


def each(**more: Any) -> Step:
    return step(
        "letters.create",
        for_each="event.people",
        item_key="n",
        mappings=mapped(name="item.n", text="item.t"),
        goes_on=True,
        **more,
    )


PEOPLE = [{"n": "Ada", "t": "1"}, {"n": "Bob", "t": "2"}, {"n": "Cem", "t": "3"}]


@pytest.mark.parametrize("finds", [None, FINDS])
def test_a_replay_repeats_the_failed_items_alone(desk: Desk, finds: Finding | None) -> None:
    desk.shop.troubles = ["", "refused", ""]
    run = happen(desk, live(desk, each(finds=finds)), "x", people=PEOPLE)
    ((state, reason),) = ends(desk)
    assert state == RunState.SUCCEEDED
    assert reason == "“Put”: 1 of 3 items failed, and the others are done. The first: The shop said no."
    run.refresh_from_db()
    assert (run.error_kind, decisions.may_replay(run)) == ("items_failed", True)
    assert list(replays.again(desk.team)) == [run]
    (alert,) = alert_causes.runs(desk.team, desk.shop.now())
    assert "succeeded but for some items" in alert.sentence
    again = decisions.replay(run, None)
    assert ends(desk)[-1] == (RunState.SUCCEEDED, "")
    assert [name for name, _ in letters(desk)] == ["Ada", "Cem", "Bob"]
    assert desk.shop.writes == ["letters Ada", "letters Cem", "letters Bob"]
    assert list(again.effects.values_list("address", flat=True)) == ["put/Bob/0/0"]
    assert not list(replays.again(desk.team))
    assert not list(alert_causes.runs(desk.team, desk.shop.now()))


def test_what_is_given_up_is_one_items_failure(desk: Desk, settings: Any) -> None:
    settings.HUB_RETRY_TRIES = 2
    notes = replace(each(), operation="people.create")
    desk.shop.busy_s = 1
    settings.HUB_RETRY_HOURS = 1
    run = happen(desk, live(desk, notes), "x", people=PEOPLE)
    desk.shop.troubles = ["busy"] * 100
    for _ in range(80):
        desk.drain()
        desk.shop.later(60)
        if "Gave up" in Run.objects.get(pk=run.pk).reason or Run.objects.get(pk=run.pk).finished_at:
            break
        if len(desk.shop.troubles) < 30:
            desk.shop.troubles = []
    desk.shop.troubles = []
    state, reason = ends(desk)[-1]
    assert state == RunState.SUCCEEDED
    assert "1 of 3 items failed" in reason
    assert "Gave up after" in reason
