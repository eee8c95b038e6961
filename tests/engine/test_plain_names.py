"""Names under names are found without a walk over the tree, and as such a walk finds them."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest

from integrations.engine.expressions import evaluate

DATA: dict[str, Any] = {
    "a": {"b": {"c": 1}, "list": [{"x": 1}], "nothing": None, "text": "t", "0": "zero"},
    "with a space": {"z": 2},
}
EXPRESSIONS = [
    "a", "a.b", "a.b.c", "a.b.c.d", "a.list.x", "a.list[0].x", "a.nothing.q", 'a."0"', '"with a space".z',
    "a.text.upper", "a.{x: b}", "a.b | c", "@", "a.*", "(a.b).c", "a.q || a.text", "a.b.[c]", "q",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("data", [DATA, None, 1, "text", [DATA]])
def test_it_finds_what_jmespath_finds(expression: str, data: Any) -> None:
    assert evaluate(expression, data) == jmespath.search(expression, data)
