"""The named transforms that field mappings are built from: text, times, people, lists, values.

`TRANSFORMS` is the registry, `apply` runs one, `preview` shows one at work, `check_args` says what is wrong
with its arguments. All are values in, values out; no transform changes the value it is given.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from integrations.engine.errors import HubError, WrongUse, did_you_mean
from integrations.engine.transforms import arguments, lists, people, text, times, values
from integrations.engine.transforms.base import (
    Args,
    Example,
    Hop,
    Transform,
    TransformFailed,
    ZoneContext,
    is_empty,
)

__all__ = [
    "TRANSFORMS",
    "Example",
    "Hop",
    "Transform",
    "TransformFailed",
    "ZoneContext",
    "apply",
    "check_args",
    "is_empty",
    "preview",
    "take",
    "transform_named",
]

TRANSFORMS: Mapping[str, Transform] = {
    transform.name: transform
    for room in (text, people, times, lists, values)
    for transform in room.TRANSFORMS
}


def transform_named(name: str) -> Transform:
    try:
        return TRANSFORMS[name]
    except KeyError:
        near = difflib.get_close_matches(name, TRANSFORMS)
        raise WrongUse(did_you_mean(name, near or list(TRANSFORMS), "transform")) from None


def apply(name: str, value: Any, args: Args, where: ZoneContext | str = "") -> Any:
    """The value transformed. `where` is the run's surroundings, or just the name of a time zone.

    Raises TransformFailed (the value cannot be read) or WrongUse (no such transform, wrong arguments).
    """
    surroundings = ZoneContext(zone=where) if isinstance(where, str) else where
    hop, error = _hop(transform_named(name), value, args, surroundings)
    if error:
        raise error
    return hop.after


def take(name: str, value: Any, args: Args, where: ZoneContext) -> Hop:
    """The transform at work; whatever goes wrong stands in the hop's `problem`. Never raises a HubError."""
    try:
        transform = transform_named(name)
    except WrongUse as error:
        return Hop(name, args, value, None, error.sentence)
    return _hop(transform, value, args, where)[0]


def preview(name: str, value: Any, args: Args, context: Mapping[str, Any]) -> Hop:
    """What the transform makes of a value of this run's context. Raises WrongUse for name and arguments."""
    hop, error = _hop(transform_named(name), value, args, ZoneContext.of(context))
    if isinstance(error, WrongUse):
        raise error
    return hop


def _hop(transform: Transform, value: Any, args: Args, where: ZoneContext) -> tuple[Hop, HubError | None]:
    shown_args = args
    if is_empty(value) and not transform.takes_empty:
        return Hop(transform.name, args, value, value), None
    try:
        _refuse(arguments.problems(transform, args))
        shown_args = arguments.looked_up(transform, args, where)
        _refuse(arguments.problems(transform, shown_args))
        after = transform.run(value, shown_args, where)
        return Hop(transform.name, shown_args, value, after), None
    except OverflowError:
        error: HubError = TransformFailed("This goes beyond the years and numbers that can be written.")
    except TransformFailed as caught:
        if shown_args.get("otherwise") == "empty":
            return Hop(transform.name, shown_args, value, None, note=caught.sentence), None
        if transform.may_hold and shown_args.get("otherwise") == "hold":
            return Hop(transform.name, shown_args, value, None, note=caught.sentence, holds=True), None
        error = caught
    except HubError as caught:
        error = caught
    return Hop(transform.name, shown_args, value, None, error.sentence), error


def _refuse(problems: list[str]) -> None:
    if problems:
        raise WrongUse(problems[0])


def check_args(name: str, args: Args) -> list[str]:
    """What is wrong with the arguments, one sentence each. Raises WrongUse for an unknown transform."""
    return arguments.problems(transform_named(name), args)
