"""The fixed values that a mapping may put into its field: what a person has typed or picked.

They are the default, and what the last transforms hold: a value to use where there is none, the meanings of a
table of words, the rows of a lookup table. What a later transform turns into something else is none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from integrations.engine.lookups import LOOKUP
from integrations.engine.spec import FieldMapping, TransformUse
from integrations.engine.transforms import TRANSFORMS, Transform
from integrations.engine.transforms.arguments import is_looked_up

Tables = Mapping[str, Mapping[str, str]]
Swap = Callable[[Any], Any]


def values(mapping: FieldMapping, tables: Tables) -> Iterator[tuple[Any, str]]:
    """(value, the lookup table that it stands in; "": none) of each."""
    yield mapping.default, ""
    for _, use, transform in _last(mapping):
        for _, value in _held(use, transform):
            for one in value.values() if isinstance(value, Mapping) else [value]:
                yield one, ""
    for name in looked_up(mapping):
        for value in tables.get(name, {}).values():
            yield value, name


def looked_up(mapping: FieldMapping) -> list[str]:
    """The lookup tables whose rows end up in the field as they are."""
    return [str(use.args.get("table", "")) for _, use, _ in _last(mapping) if use.name == LOOKUP]


def swapped(mapping: FieldMapping, swap: Swap, tables: Mapping[str, str]) -> FieldMapping:
    """The mapping with other fixed values, and with the lookup tables that go by other names there."""
    uses = list(mapping.transforms)
    for at, use, transform in _last(mapping):
        args = dict(use.args)
        for key, value in _held(use, transform):
            if isinstance(value, Mapping):
                args[key] = {word: swap(one) for word, one in value.items()}
            else:
                args[key] = swap(value)
        if use.name == LOOKUP:
            args["table"] = tables.get(str(args.get("table", "")), args.get("table"))
        uses[at] = replace(use, args=args)
    return replace(mapping, default=swap(mapping.default), transforms=tuple(uses))


def _last(mapping: FieldMapping) -> Iterator[tuple[int, TransformUse, Transform]]:
    """From the end: those that hold fixed values, as long as what came before may have passed by them."""
    for at in reversed(range(len(mapping.transforms))):
        use = mapping.transforms[at]
        transform = TRANSFORMS.get(use.name)
        if transform is None or not transform.fixed:
            return
        yield at, use, transform
        if not transform.fills:
            return


def _held(use: TransformUse, transform: Transform) -> Iterator[tuple[str, Any]]:
    for key in transform.fixed:
        value = use.args.get(key)
        if value is not None and value not in transform.rules and not is_looked_up(transform, key, value):
            yield key, value
