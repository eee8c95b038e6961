"""A workflow as JSON and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.freeze import freeze, spec_hash, thaw, thaw_mapping
from integrations.engine.spec import FieldMapping, Recipe, TransformUse
from integrations.recipes import ALL
from tests.engine.workflows import read, workflow, write


@pytest.mark.parametrize("recipe", ALL.values(), ids=list(ALL))
def test_every_shipped_recipe_comes_back_from_json_as_it_was(recipe: Recipe) -> None:
    stored = json.loads(json.dumps(freeze(recipe.workflow)))
    assert thaw(stored) == recipe.workflow
    assert freeze(thaw(stored)) == stored


def test_what_is_left_at_its_default_is_left_out() -> None:
    frozen = freeze(workflow(read()))
    assert "options" not in frozen
    assert set(frozen["steps"][0]) == {"id", "title", "kind", "role", "operation", "mappings"}


@pytest.mark.parametrize("default", [False, 0, "", [], {}])
def test_a_default_that_is_merely_falsy_is_kept(default: Any) -> None:
    step = replace(read(), mappings=(FieldMapping(target="id", default=default),))
    (stored,) = freeze(workflow(step))["steps"][0]["mappings"]
    assert stored["default"] == default
    assert thaw_mapping(stored).default == default


def test_equal_hashes_mean_the_same_in_every_word() -> None:
    one = workflow(read(), write())
    assert spec_hash(one) == spec_hash(thaw(freeze(one)))
    assert spec_hash(one) != spec_hash(workflow(write(), read()))
    assert spec_hash(one) != spec_hash(replace(one, options={"days": 3}))


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def at(data: dict[str, Any]) -> None:
        here: Any = data
        *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        for key in parents:
            here = here[key]
        if value is None:
            del here[last]
        else:
            here[last] = value

    return at


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (change("colour", "red"), "There is no word in a workflow “colour”"),
        (change("title", None), "A workflow needs “title”"),
        (change("steps", "none"), "“steps” has to be a list."),
        (change("steps.0", "look"), "A step is written as words with values"),
        (change("steps.0.kind", "dance"), "There is no kind of step “dance”; choose one of: answer, approve"),
        (change("steps.0.kind", None), "A step needs “kind”"),
        (change("steps.0.whenn", "x"), "There is no word in a step “whenn”"),
        (change("steps.0.mappings", {}), "“mappings” has to be a list."),
        (change("steps.0.mappings.0.target", None), "A field mapping needs “target”"),
        (change("steps.0.mappings.0.transforms", [{"args": {}}]), "A transform needs “name”"),
        (change("steps.0.mappings.0.transforms", [{"name": "trim", "args": []}]), "arguments of “trim”"),
        (change("steps.0.role", "crm"), "There is no role “crm”; choose one of: shop."),
        (change("steps.0.role", None), "There is no role “”"),
        (change("trigger_role", "crm"), "There is no role “crm”"),
        (change("steps.1.id", "look"), "Two steps are called “look”; rename one."),
        (change("steps.0.again_from", "make"), "There is no step up to “look” “make”"),
    ],
)
def test_what_does_not_fit_is_answered_in_words(wrong: Callable[[dict[str, Any]], None], says: str) -> None:
    data = deepcopy(freeze(workflow(read(), write(again_from="look", again_max=1))))
    assert thaw(data)
    wrong(data)
    with pytest.raises(WrongUse) as told:
        thaw(data)
    assert says in told.value.sentence


def test_a_transform_keeps_its_arguments() -> None:
    mapping = FieldMapping(
        target="a", source="b", transforms=(TransformUse(name="pick", args={"path": "x"}),)
    )
    step = replace(read(), mappings=(mapping,))
    assert thaw(freeze(workflow(step))).steps[0].mappings == (mapping,)
