"""What a person should look at before a mapping runs: for the editor and the deploy gate."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.engine.errors import HubError, MappingFailed, did_you_mean
from integrations.engine.expressions import ended, evaluate, unseen
from integrations.engine.fitting import field_named, lies_in, needed
from integrations.engine.spec import Field, FieldMapping, FieldType
from integrations.engine.traces import about, field_says
from integrations.engine.transforms import TRANSFORMS, arguments, check_args, is_empty, transform_named


def check(
    mappings: Sequence[FieldMapping], fields: Sequence[Field], sample_context: Mapping[str, Any]
) -> list[str]:
    """What a person should look at before these mappings run, one sentence each.

    `fields` are those of the operation (none: targets are not checked), `sample_context` a run's context as
    it will be: a path that it does not have is told.
    """
    targets = [mapping.target for mapping in mappings]
    problems = [
        field_says(field.key, "needs a value, but nothing is mapped to it")
        for field in needed(fields)
        if not any(lies_in(f"{t}.", field.key) or lies_in(field.key, t) for t in targets)
    ]
    for place, mapping in enumerate(mappings):
        problems += _check_target(mapping.target, targets[:place], fields)
        problems += [about(mapping.target, text) for text in _check_source(mapping, sample_context)]
        problems += [about(mapping.target, text) for text in _check_transforms(mapping, sample_context)]
    return problems


def check_expression(expression: str, sample_context: Mapping[str, Any]) -> list[str]:
    """What is wrong with a source, condition or list expression, seen against a sample of the context."""
    try:
        missing = unseen(expression, sample_context)
        evaluate(expression, sample_context)
    except MappingFailed as error:
        return [error.sentence]
    return [ended(missing)] if missing else []


def _check_target(target: str, before: Sequence[str], fields: Sequence[Field]) -> list[str]:
    if target in before:
        return [field_says(target, "is mapped more than once; keep one mapping")]
    field = field_named(target, fields)
    if field and field.fills:
        return [field_says(target, "is filled in by the hub; leave it out")]
    inside = any(f.type is FieldType.OBJECT and lies_in(target, f.key) for f in fields)
    if field or inside or not fields:
        return []
    known = [f.key for f in fields if not f.fills]
    return [did_you_mean(target, difflib.get_close_matches(target, known) or known, "field")]


def _check_source(mapping: FieldMapping, sample: Mapping[str, Any]) -> list[str]:
    if mapping.source:
        return check_expression(mapping.source, sample)
    begins = any(TRANSFORMS[use.name].takes_empty for use in mapping.transforms if use.name in TRANSFORMS)
    return [] if begins or not is_empty(mapping.default) else ["it has no source and no default"]


def _check_transforms(mapping: FieldMapping, sample: Mapping[str, Any]) -> list[str]:
    problems: list[str] = []
    for use in mapping.transforms:
        try:
            wrong = check_args(use.name, use.args)
            expressions = [] if wrong else arguments.expressions(transform_named(use.name), use.args)
        except HubError as error:
            problems.append(error.sentence)
            continue
        problems += wrong
        for expression in expressions:
            problems += check_expression(expression, {**sample, "value": None})
    return problems
