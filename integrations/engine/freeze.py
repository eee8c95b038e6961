"""A workflow as JSON and back, so that a version can be kept and read by people.

The JSON has the same words as the values in `spec`; what is left at its default is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.fingerprint import fingerprint
from integrations.engine.spec import FieldMapping, Step, StepKind, TransformUse, WorkflowSpec


def freeze(spec: WorkflowSpec) -> dict[str, Any]:
    """The workflow as plain JSON."""
    frozen: dict[str, Any] = _plain(spec)
    return frozen


def thaw(data: Mapping[str, Any]) -> WorkflowSpec:
    """The workflow again. Raises WrongUse for words it does not know."""
    values = _known(WorkflowSpec, data, "workflow")
    values["steps"] = tuple(thaw_step(step) for step in data.get("steps", ()))
    return WorkflowSpec(**values)


def thaw_step(data: Mapping[str, Any]) -> Step:
    values = _known(Step, data, "step")
    try:
        values["kind"] = StepKind(data.get("kind", ""))
    except ValueError:
        kinds = [kind.value for kind in StepKind]
        raise WrongUse(did_you_mean(str(data.get("kind", "")), kinds, "kind of step")) from None
    values["mappings"] = tuple(thaw_mapping(mapping) for mapping in data.get("mappings", ()))
    return Step(**values)


def thaw_mapping(data: Mapping[str, Any]) -> FieldMapping:
    values = _known(FieldMapping, data, "field mapping")
    values["transforms"] = tuple(
        TransformUse(**_known(TransformUse, use, "transform")) for use in data.get("transforms", ())
    )
    return FieldMapping(**values)


def spec_hash(spec: WorkflowSpec) -> str:
    """Equal hashes: the same workflow in every word."""
    return fingerprint(freeze(spec))


def _known(kind: type, data: Mapping[str, Any], what: str) -> dict[str, Any]:
    names = {f.name: f for f in fields(kind)}
    for key in data:
        if key not in names:
            raise WrongUse(did_you_mean(str(key), list(names), f"word in a {what}"))
    for name, f in names.items():
        if f.default is MISSING and f.default_factory is MISSING and name not in data:
            raise WrongUse(f"A {what} needs “{name}”; add it.")
    return dict(data)


def _plain(value: Any) -> Any:
    if isinstance(value, WorkflowSpec | Step | FieldMapping | TransformUse):
        return {
            f.name: _plain(getattr(value, f.name))
            for f in fields(value)
            if not _is_default(f, getattr(value, f.name))
        }
    if isinstance(value, StepKind):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _is_default(f: Any, value: Any) -> bool:
    if f.default is not MISSING:
        return bool(value == f.default)
    return f.default_factory is not MISSING and bool(value == f.default_factory())
