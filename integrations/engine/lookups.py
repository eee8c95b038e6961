"""Which lookup tables a workflow needs, so that they can be frozen with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.engine.spec import WorkflowSpec

LOOKUP = "lookup"


def tables_of(uses: Iterable[Mapping[str, Any]]) -> set[str]:
    """The tables that these transforms ({"name", "args"}) look something up in."""
    return {str(use.get("args", {}).get("table", "")) for use in uses if use["name"] == LOOKUP} - {""}


def tables_in(spec: WorkflowSpec) -> set[str]:
    uses = [use for step in spec.steps for mapping in step.mappings for use in mapping.transforms]
    return tables_of({"name": use.name, "args": use.args} for use in uses)
