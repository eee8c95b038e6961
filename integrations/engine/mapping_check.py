"""What a person should look at before a mapping runs: for the editor and the deploy gate."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from integrations.engine.errors import HubError, MappingFailed, did_you_mean
from integrations.engine.expressions import ended, evaluate, unseen
from integrations.engine.fitting import field_named, lies_in, lies_in_free, needed
from integrations.engine.keyed import picked_by
from integrations.engine.spec import Field, FieldMapping
from integrations.engine.traces import about, field_says
from integrations.engine.transforms import TRANSFORMS, arguments, check_args, is_empty, transform_named


def check(
    mappings: Sequence[FieldMapping],
    fields: Sequence[Field],
    sample_context: Mapping[str, Any],
    trusted: Collection[str] = (),
    declared: Mapping[str, Any] | None = None,
    explained: Mapping[str, str] | None = None,
) -> list[str]:
    """What a person should look at before these mappings run, one sentence each.

    `fields` are those of the operation (none: targets are not checked), `sample_context` a run's context as
    it will be: a path that it does not have is told, unless it stands in a source that is `trusted`, or the
    context with all that is `declared` has it. What is to be said of an unknown target may stand in
    `explained`.
    """
    targets = [mapping.target for mapping in mappings]
    problems = [
        field_says(field.key, "needs a value, but nothing is mapped to it")
        for field in needed(fields)
        if not any(lies_in(f"{t}.", field.key) or lies_in(field.key, t) for t in targets)
    ]
    for place, mapping in enumerate(mappings):
        wrong = _check_target(mapping.target, targets[:place], fields)
        problems += [(explained or {}).get(mapping.target, sentence) for sentence in wrong]
        if mapping.source not in trusted:
            told = _check_source(mapping, sample_context, declared)
            problems += [about(mapping.target, text) for text in told]
        told = _check_transforms(mapping, sample_context, declared)
        problems += [about(mapping.target, text) for text in told]
    return problems


def check_expression(
    expression: str, sample_context: Mapping[str, Any], declared: Mapping[str, Any] | None = None
) -> list[str]:
    """What is wrong with a source, condition or list expression, seen against a sample of the context.

    What only the declared context has is not tried: it has no values.
    """
    try:
        missing = unseen(expression, sample_context)
        if missing and declared is not None:
            missing = unseen(expression, declared)
            if not missing:
                return []
        evaluate(expression, sample_context)
    except MappingFailed as error:
        return [error.sentence]
    return [ended(missing)] if missing else []


def _check_target(target: str, before: Sequence[str], fields: Sequence[Field]) -> list[str]:
    if target in before:
        return [field_says(target, "is mapped more than once; keep one mapping")]
    if any(lies_in(target, other) or lies_in(other, target) for other in before):
        return [field_says(target, "is mapped as a whole and in parts; keep one of the two")]
    field = field_named(target, fields)
    if field and field.fills:
        return [field_says(target, "is filled in by the hub; leave it out")]
    if field or not fields or lies_in_free(target, fields):
        return []
    own = picked_by(target, fields)
    if own is not None:
        return _unknown_of_account(target, [f for f in fields if lies_in(f.key, own[0].key)])
    names = [f.key for f in fields if not f.fills]
    return [did_you_mean(target, difflib.get_close_matches(target, names) or names, "field")]


def _unknown_of_account(target: str, known: Sequence[Field]) -> list[str]:
    """Where nobody has read the account's own fields yet, none is known to be wrong."""
    if not known:
        return []
    return [did_you_mean(target, [f"{f.key} ({f.title})" for f in known], "field of this account")]


def _check_source(
    mapping: FieldMapping, sample: Mapping[str, Any], declared: Mapping[str, Any] | None
) -> list[str]:
    if mapping.source:
        return check_expression(mapping.source, sample, declared)
    begins = any(TRANSFORMS[use.name].takes_empty for use in mapping.transforms if use.name in TRANSFORMS)
    return [] if begins or not is_empty(mapping.default) else ["it has no source and no default"]


def _check_transforms(
    mapping: FieldMapping, sample: Mapping[str, Any], declared: Mapping[str, Any] | None
) -> list[str]:
    beside = {"value": None}
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
            known = {**declared, **beside} if declared is not None else None
            problems += check_expression(expression, {**sample, **beside}, known)
    return problems
