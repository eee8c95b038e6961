"""Conditions that a form asks for, and the branch for every other case."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine import conditions
from integrations.engine.conditions import Comparison
from integrations.engine.errors import WrongUse
from integrations.engine.execute import Start, StepStory, execute
from integrations.engine.mapping import condition
from integrations.engine.spec import Step, StepKind, WorkflowSpec
from tests.engine.workflows import APP, NOW

EVENT = {"event": {"status": "it's on", "count": 5, "tags": ["new", "vip"], "none": None, "path": "a\\b`c"}}


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        (Comparison("event.status", "is", "it's on"), True),
        (Comparison("event.status", "is", "off"), False),
        (Comparison("event.count", "is", "5"), True),
        (Comparison("event.path", "is", "a\\b`c"), True),
        (Comparison("event.status", "is_not", "off"), True),
        (Comparison("event.tags", "has", "vip"), True),
        (Comparison("event.tags", "has", "old"), False),
        (Comparison("event.none", "filled"), False),
        (Comparison("event.count", "filled"), True),
        (Comparison("event.none", "empty"), True),
        (Comparison("event.count", "above", "4.5"), True),
        (Comparison("event.count", "below", "-1"), False),
        (Comparison("event.none", "above", "1"), False),
    ],
)
def test_a_comparison_holds_as_it_reads_and_is_read_back(asked: Comparison, holds: bool) -> None:
    expression = conditions.write(asked)

    assert condition(expression, EVENT) is holds
    assert conditions.read(expression) == asked


@pytest.mark.parametrize(
    "asked",
    [Comparison("", "is", "x"), Comparison("event.count", "above", "many"), Comparison(" ", "filled")],
)
def test_half_a_comparison_is_refused(asked: Comparison) -> None:
    with pytest.raises(WrongUse):
        conditions.write(asked)


@pytest.mark.parametrize("text", ["", "a || b", "length(event.tags) > `1`", "!(taken.a)", "a == b"])
def test_what_no_form_wrote_is_left_as_text(text: str) -> None:
    assert conditions.read(text) is None


def test_the_other_case_is_read_back_by_its_steps() -> None:
    assert conditions.otherwise(["a", "b"]) == "!(taken.a || taken.b)"
    assert conditions.read_otherwise("!(taken.a || taken.b)") == ["a", "b"]
    assert conditions.read_otherwise("!(event.a)") == []
    with pytest.raises(WrongUse):
        conditions.otherwise([])


def switch(*, otherwise: str = "!(taken.red || taken.blue)") -> WorkflowSpec:
    def branch(name: str, when: str) -> Step:
        return Step(id=name, title=name, kind=StepKind.ANSWER, when=when)

    steps = (
        branch("red", "event.colour == 'red'"),
        branch("blue", "event.colour == 'blue'"),
        branch("other", otherwise),
    )
    return WorkflowSpec(title="Switch", roles={"app": "shop"}, trigger_role="app", trigger="t", steps=steps)


@pytest.mark.parametrize(
    ("event", "taken"), [("red", "red"), ("blue", "blue"), ("green", "other"), (None, "other")]
)
def test_a_switch_takes_one_branch_and_the_last_in_every_other_case(event: Any, taken: str) -> None:
    stories: list[StepStory] = []
    start = Start(run_key="k", event={"colour": event}, trigger={}, now=NOW)

    with pytest.raises(StopIteration):
        next(execute(switch(), start, {"shop": APP}, stories))

    assert [story.step.id for story in stories if story.status == "done"] == [taken]
