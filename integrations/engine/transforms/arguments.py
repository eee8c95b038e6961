"""The arguments of transforms: what is wrong with them, and those that are looked up in the run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations.engine.errors import HubError, MappingFailed, did_you_mean
from integrations.engine.expressions import ended, evaluate, kind_of, parsed, unseen
from integrations.engine.spec import Field, FieldType
from integrations.engine.transforms import text
from integrations.engine.transforms.base import Args, Transform, TransformFailed, ZoneContext

_KINDS: Mapping[FieldType, tuple[type, ...]] = {
    FieldType.TEXT: (str,),
    FieldType.INTEGER: (int,),
    FieldType.NUMBER: (int, float),
    FieldType.BOOLEAN: (bool,),
    FieldType.OBJECT: (Mapping,),
    FieldType.LIST: (list, tuple),
}


def problems(transform: Transform, args: Args) -> list[str]:
    """What is wrong with the arguments, one sentence each. "{expression}" passes for any kind of value."""
    params = {param.key: param for param in transform.params}
    found = [
        did_you_mean(key, list(params), f"argument of the transform `{transform.name}`")
        for key in args
        if key not in params
    ]
    for param in transform.params:
        if param.key in args:
            found += _check_arg(transform, param, args[param.key])
        elif param.required:
            found.append(f"The transform `{transform.name}` needs `{param.key}` ({param.title.lower()}).")
    return found


def _check_arg(transform: Transform, param: Field, given: Any) -> list[str]:
    if param.key in transform.any_value:
        return []
    name = f"`{param.key}` of the transform `{transform.name}`"
    if is_looked_up(transform, param.key, given):
        return _readable(_expression_in(given), name)
    kinds = _KINDS[param.type]
    if not isinstance(given, kinds) or (isinstance(given, bool) and bool not in kinds):
        return [f"{name} takes {_article(param.type)} and was given {kind_of(given)}."]
    if param.choices and given not in [key for key, _ in param.choices]:
        return [did_you_mean(str(given), [key for key, _ in param.choices], f"choice for {name}")]
    if param.key in transform.texts:
        return _readable_text(str(given), name)
    return _readable(str(given), name) if param.key in transform.paths and given else []


def _article(kind: FieldType) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _readable_text(given: str, name: str) -> list[str]:
    try:
        expressions = _placeholders(given)
    except TransformFailed as error:
        return [error.sentence]
    return [problem for expression in expressions for problem in _readable(expression, name)]


def _placeholders(given: str) -> list[str]:
    return [piece for is_placeholder, piece in text.pieces(given) if is_placeholder]


def _readable(expression: str, name: str) -> list[str]:
    try:
        parsed(expression)
    except HubError as error:
        return [f"{name}: {error.sentence}"]
    return []


def expressions(transform: Transform, args: Args) -> list[str]:
    """Every expression over the run's context that arguments without problems hold."""
    found = [_expression_in(given) for key, given in args.items() if is_looked_up(transform, key, given)]
    for key in transform.texts:
        found += _placeholders(args[key])
    return found


def looked_up(transform: Transform, args: Args, where: ZoneContext) -> Args:
    """The arguments, with "{options.minutes}" replaced by what the run's context has there."""
    params = {param.key: param for param in transform.params}
    found = dict(args)
    for key, given in args.items():
        if key in params and is_looked_up(transform, key, given):
            found[key] = _value(transform, params[key], _expression_in(given), where)
    return found


def _value(transform: Transform, param: Field, expression: str, where: ZoneContext) -> Any:
    value = evaluate(expression, where.values)
    if value is None and param.key not in transform.any_value:
        why = unseen(expression, where.values) or f"`{expression}` is empty"
        raise MappingFailed(f"`{param.key}` of the transform `{transform.name}` is not known: {ended(why)}")
    # Options come from a form, where numbers are text.
    if param.type in (FieldType.INTEGER, FieldType.NUMBER) and re.fullmatch(
        r"-?\d{1,9}", str(value), re.ASCII
    ):
        return int(value)
    return value


def is_looked_up(transform: Transform, key: str, given: Any) -> bool:
    """Whether the argument is "{expression}", whose value the run's context has."""
    return key not in transform.paths + transform.texts and bool(_expression_in(given))


def _expression_in(given: Any) -> str:
    if isinstance(given, str) and given.startswith("{") and given.endswith("}"):
        return given[1:-1].strip()
    return ""
