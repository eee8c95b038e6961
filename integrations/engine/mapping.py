"""From a run's context to the fields of one call, with the story of every value.

A mapping takes what its source expression finds, sends it through its transforms, falls back to its default,
and has to fit the field. A value that is missing and required, or that cannot be read, is a problem in words;
a value that is missing and not required is not sent at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations.engine.errors import MappingFailed
from integrations.engine.expressions import evaluate, kind_of, quoted, unseen
from integrations.engine.fitting import field_named, fit, lies_in, needed
from integrations.engine.keyed import folded
from integrations.engine.mapping_check import check, check_expression
from integrations.engine.spec import Field, FieldMapping
from integrations.engine.traces import Mapped, Trace, about, field_says
from integrations.engine.transforms import Hop, ZoneContext, is_empty, take

__all__ = [
    "Hop",
    "Mapped",
    "Trace",
    "check",
    "check_expression",
    "condition",
    "items",
    "map_fields",
]


def map_fields(
    mappings: Sequence[FieldMapping], context: Mapping[str, Any], fields: Sequence[Field] = ()
) -> Mapped:
    """The values that the mappings make of this run's context. Never raises a HubError: problems are told.

    With `fields`, each value is held against its field's type and choices, a required field that no mapping
    mentions is a problem too, and what was mapped into single fields of the account's own stands in the list
    that the app takes.
    """
    where = ZoneContext.of(context)
    tree = _Tree()
    traces = []
    for mapping in mappings:
        trace = _trace(mapping, where, field_named(mapping.target, fields))
        may_be_sent = not trace.problem and not is_empty(trace.value)
        if may_be_sent and (problem := tree.put(mapping.target, trace.value)):
            trace = replace(trace, problem=problem)
        traces.append(trace)
    return Mapped(folded(tree.values, fields), (*traces, *_unfilled(traces, fields, tree)))


def _unfilled(traces: Sequence[Trace], fields: Sequence[Field], tree: _Tree) -> Iterator[Trace]:
    """Required fields that no trace speaks of and that the values do not have."""
    told = {trace.target for trace in traces}
    for field in needed(fields):
        inside = [trace for trace in traces if lies_in(trace.target, field.key)]
        if field.key in told or any(trace.problem for trace in inside) or tree.has(field.key):
            continue
        why = "all that is mapped into it is empty" if inside else "nothing is mapped to it"
        yield Trace(target=field.key, problem=field_says(field.key, f"needs a value, but {why}"))


def _trace(mapping: FieldMapping, where: ZoneContext, field: Field | None) -> Trace:
    trace = _from_source(mapping, where)
    if not trace.problem:
        trace = _through_transforms(trace, mapping, where)
    if not trace.problem and is_empty(trace.value) and not is_empty(mapping.default):
        trace = replace(trace, value=mapping.default, used_default=True)
    if not trace.problem and is_empty(trace.value) and (mapping.required or (field and field.required)):
        trace = replace(trace, problem=field_says(mapping.target, f"needs a value: {_why_empty(trace)}"))
    if not trace.problem and field and not is_empty(trace.value):
        trace = _fitted(trace, field)
    return trace


def _from_source(mapping: FieldMapping, where: ZoneContext) -> Trace:
    if not mapping.source:
        return Trace(target=mapping.target, source=mapping.source)
    try:
        value = evaluate(mapping.source, where.values)
        note = unseen(mapping.source, where.values) if is_empty(value) else ""
    except MappingFailed as error:
        problem = about(mapping.target, error.sentence)
        return Trace(target=mapping.target, source=mapping.source, problem=problem, lost_at="source")
    return Trace(
        target=mapping.target,
        source=mapping.source,
        source_value=value,
        value=value,
        found=value is not None,
        lost_at="source" if is_empty(value) else "",
        note=note,
    )


def _through_transforms(trace: Trace, mapping: FieldMapping, where: ZoneContext) -> Trace:
    for use in mapping.transforms:
        hop = take(use.name, trace.value, use.args, where)
        lost_at = trace.lost_at if is_empty(hop.after) else ""
        if is_empty(hop.after) and not is_empty(hop.before):
            lost_at = f"transform:{use.name}"
        note = hop.note or trace.note
        trace = replace(trace, hops=(*trace.hops, hop), value=hop.after, lost_at=lost_at, note=note)
        if hop.problem:
            problem = about(mapping.target, hop.problem)
            return replace(trace, problem=problem, lost_at=f"transform:{use.name}")
    return trace


def _fitted(trace: Trace, field: Field) -> Trace:
    try:
        value = fit(trace.value, field)
    except MappingFailed as error:
        return replace(trace, problem=field_says(trace.target, error.sentence))
    return trace if value is trace.value else replace(trace, value=value)


def _why_empty(trace: Trace) -> str:
    if trace.note:
        return trace.note
    if trace.lost_at == "source":
        return f"`{trace.source}` is empty"
    if trace.lost_at:
        return f"the transform `{trace.lost_at.partition(':')[2]}` left nothing of it"
    return "it has no source and no default"


class _Tree:
    """Nested objects, grown from dotted targets."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self._grown = {""}  # only objects made here are written into, never one that came from the event

    def put(self, target: str, value: Any) -> str:
        """Puts the value there; if it cannot, says why."""
        *parents, last = target.split(".")
        here, path = self.values, ""
        for key in parents:
            path = f"{path}.{key}"
            if path not in self._grown and key in here:
                return field_says(target, f"cannot go into `{path[1:]}`, which is mapped as a whole")
            self._grown.add(path)
            here = here.setdefault(key, {})
        if f"{path}.{last}" in self._grown:
            return field_says(target, "is mapped as a whole and in parts; keep one of the two")
        if last in here:
            return field_says(target, "is mapped more than once; keep one mapping")
        here[last] = value
        return ""

    def has(self, target: str) -> bool:
        here: Any = self.values
        for key in target.split("."):
            here = here.get(key) if isinstance(here, Mapping) else None
        return not is_empty(here)


# --- conditions and lists -------------------------------------------------------------------------


def condition(expression: str, context: Mapping[str, Any]) -> bool:
    """Whether the condition holds. An empty expression is no condition, and holds.

    As in JMESPath itself, null, false, "", [] and {} do not hold; 0 does. Raises MappingFailed.
    """
    if not expression.strip():
        return True
    found = evaluate(expression, context)
    return found is not None and found is not False and found not in ("", [], {})


def items(expression: str, context: Mapping[str, Any]) -> list[Any]:
    """The list that the expression finds; nothing is an empty list. Anything else raises MappingFailed."""
    found = evaluate(expression, context)
    if found is None:
        return []
    if not isinstance(found, list):
        raise MappingFailed(f"{quoted(expression)} has to give a list and gives {kind_of(found)}.")
    return list(found)
