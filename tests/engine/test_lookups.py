"""Looking values up in a table that the workflow carries with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from integrations.engine.execute import Finish, Issue, Start, StepStory, execute, replay
from integrations.engine.freeze import freeze, thaw
from integrations.engine.lookups import tables_in
from integrations.engine.spec import FieldMapping, Outcome, Step, StepKind, TransformUse, Wait, WorkflowSpec
from tests.engine.workflows import APP, NOW

TABLES = {"Levels": {"gold": "VIP", "Silver": "Regular"}}


def answering(**args: Any) -> WorkflowSpec:
    use = TransformUse(name="lookup", args={"table": "Levels", **args})
    line = FieldMapping(target="level", source="event.level", transforms=(use,), default="none")
    step = Step(id="say", title="Say", kind=StepKind.ANSWER, mappings=(line,))
    return WorkflowSpec(
        title="Levels", roles={"app": "shop"}, trigger_role="app", trigger="t", steps=(step,), tables=TABLES
    )


def played(spec: WorkflowSpec, level: str, outcomes: Mapping[str, Outcome] | None = None) -> Issue | Finish:
    start = Start(run_key="k", event={"level": level}, trigger={}, now=NOW)
    stories: list[StepStory] = []
    return replay(execute(spec, start, {"shop": APP}, stories), outcomes or {})


@pytest.mark.parametrize(
    ("level", "args", "given"),
    [
        ("gold", {}, "VIP"),
        (" GOLD ", {}, "VIP"),
        ("silver", {}, "Regular"),
        ("tin", {"otherwise": "keep"}, "tin"),
        ("tin", {"otherwise": "default", "value": "Guest"}, "Guest"),
        ("tin", {"otherwise": "default"}, "none"),
        ("tin", {"otherwise": "empty"}, "none"),
    ],
)
def test_a_value_becomes_what_stands_beside_it_or_what_the_rule_says(
    level: str, args: dict[str, Any], given: str
) -> None:
    finish = played(answering(**args), level)

    assert isinstance(finish, Finish)
    assert finish.answer == {"level": given}


@pytest.mark.parametrize(
    ("args", "sentence"),
    [({}, "“tin” is not in the table “Levels”."), ({"table": "Lvels", "otherwise": "keep"}, "Levels")],
)
def test_the_unmatched_fails_unless_there_is_a_rule_and_a_wrong_table_always(
    args: dict[str, Any], sentence: str
) -> None:
    finish = played(answering(**args), "tin")

    assert isinstance(finish, Finish)
    assert finish.status == "failed"
    assert sentence in finish.reason.replace("`", "“")


@pytest.mark.parametrize(("decided", "status"), [(True, "succeeded"), (False, "skipped")])
def test_a_person_is_asked_before_it_goes_on_without(decided: bool, status: str) -> None:
    spec = answering(otherwise="hold")
    asked = played(spec, "tin")
    assert isinstance(asked, Issue)
    assert isinstance(asked.command, Wait)
    assert "is not in the table “Levels”" in asked.command.reason.replace("`tin`", "“tin”")

    finish = played(spec, "tin", {str(asked.address): Outcome(decided)})

    assert isinstance(finish, Finish)
    assert finish.status == status


def test_the_tables_are_frozen_with_the_workflow() -> None:
    spec = answering()

    assert tables_in(spec) == {"Levels"}
    assert thaw(freeze(spec)) == spec
