"""A workflow as JSON and back, so that a version can be kept and read by people.

The JSON has the same words as the values in `spec`; what is left at its default is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.fingerprint import fingerprint
from integrations.engine.spec import FieldMapping, Finding, Step, StepKind, TransformUse, WorkflowSpec

CALLS = (StepKind.READ, StepKind.WRITE, StepKind.PROCEDURE)


def freeze(spec: WorkflowSpec) -> dict[str, Any]:
    """The workflow as plain JSON."""
    frozen: dict[str, Any] = _plain(spec)
    return frozen


def thaw(data: Mapping[str, Any]) -> WorkflowSpec:
    """The workflow again. Raises WrongUse for words it does not know, and for what does not fit together."""
    values = _known(WorkflowSpec, data, "workflow")
    values["steps"] = tuple(thaw_step(step) for step in _listed(data, "steps"))
    spec = WorkflowSpec(**values)
    _check_roles(spec)
    _check_steps(spec)
    return spec


def _check_roles(spec: WorkflowSpec) -> None:
    """Every role that something is said of has its app."""
    named = [spec.trigger_role, *(step.role for step in spec.steps if step.role or step.kind in CALLS)]
    for role in named:
        if role not in spec.roles:
            raise WrongUse(did_you_mean(role, list(spec.roles), "role"))


def _check_steps(spec: WorkflowSpec) -> None:
    """Ids are addresses: each stands once, and going back leads to a step that was passed."""
    passed: list[str] = []
    for step in spec.steps:
        if step.id in passed:
            raise WrongUse(f"Two steps are called “{step.id}”; rename one.")
        passed.append(step.id)
        if step.finds is not None and step.kind is not StepKind.WRITE:
            raise WrongUse(f"“{step.id}” looks for what it would create (finds), but it does not write.")
        if step.again_from and step.again_from not in passed:
            raise WrongUse(did_you_mean(step.again_from, passed, f"step up to “{step.id}”"))


def thaw_step(data: Mapping[str, Any]) -> Step:
    values = _known(Step, data, "step")
    try:
        values["kind"] = StepKind(data.get("kind", ""))
    except ValueError:
        kinds = [kind.value for kind in StepKind]
        raise WrongUse(did_you_mean(str(data.get("kind", "")), kinds, "kind of step")) from None
    values["mappings"] = tuple(thaw_mapping(mapping) for mapping in _listed(data, "mappings"))
    if data.get("finds") is not None:
        values["finds"] = Finding(**_known(Finding, data["finds"], "look before a create (finds)"))
    return Step(**values)


def thaw_mapping(data: Mapping[str, Any]) -> FieldMapping:
    values = _known(FieldMapping, data, "field mapping")
    values["transforms"] = tuple(_thaw_transform(use) for use in _listed(data, "transforms"))
    return FieldMapping(**values)


def _thaw_transform(data: Mapping[str, Any]) -> TransformUse:
    values = _known(TransformUse, data, "transform")
    if not isinstance(values.get("args", {}), Mapping):
        raise WrongUse(f"The arguments of “{values['name']}” are names with values.")
    return TransformUse(**values)


def spec_hash(spec: WorkflowSpec) -> str:
    """Equal hashes: the same workflow in every word."""
    return fingerprint(freeze(spec))


def _listed(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key, ())
    if not isinstance(value, list | tuple):
        raise WrongUse(f"“{key}” has to be a list.")
    return list(value)


def _known(kind: type, data: Mapping[str, Any], what: str) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise WrongUse(f"A {what} is written as words with values, not as {type(data).__name__}.")
    names = {f.name: f for f in fields(kind)}
    for key in data:
        if key not in names:
            raise WrongUse(did_you_mean(str(key), list(names), f"word in a {what}"))
    for name, f in names.items():
        if f.default is MISSING and f.default_factory is MISSING and name not in data:
            raise WrongUse(f"A {what} needs “{name}”; add it.")
    return dict(data)


def _plain(value: Any) -> Any:
    if isinstance(value, WorkflowSpec | Step | Finding | FieldMapping | TransformUse):
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
