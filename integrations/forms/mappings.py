"""The mapping table: rows as people edit them, in and out of a posted form.

A row posts `row` (its number), `target-N`, `source-N`, `default-N`, `required-N`; each of its transforms
posts `use-N` as "M:name" in order, and its arguments as `arg-N-M-key`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from integrations.engine.errors import HubError, WrongUse, did_you_mean
from integrations.engine.spec import Field, FieldMapping, FieldType, TransformUse
from integrations.engine.transforms import TRANSFORMS
from integrations.engine.transforms.base import Transform
from integrations.forms.literals import read_argument, read_literal, write_argument, write_literal


@dataclass(slots=True)
class UseRow:
    """One transform of a row; `args` as typed, by parameter key."""

    number: int
    name: str
    args: dict[str, str] = field(default_factory=dict)

    @property
    def transform(self) -> Transform | None:
        return TRANSFORMS.get(self.name)

    @property
    def inputs(self) -> list[tuple[Field, str, str, str]]:
        """(parameter, what stands in it, kind of input, what an empty one means)."""
        if self.transform is None:
            return []
        return [
            (param, self.args.get(param.key, ""), _kind(self.transform, param), _usual(param))
            for param in self.transform.params
        ]


@dataclass(slots=True)
class MappingRow:
    """One line of the table, as typed."""

    number: int
    target: str
    source: str = ""
    default: str = ""
    required: bool = False
    uses: list[UseRow] = field(default_factory=list)

    def mapping(self) -> FieldMapping:
        """Raises WrongUse for an argument that cannot be read."""
        return FieldMapping(
            target=self.target.strip(),
            source=self.source.strip(),
            transforms=tuple(_use(row) for row in self.uses),
            default=read_literal(self.default),
            required=self.required,
        )

    def problem(self) -> str:
        try:
            self.mapping()
        except HubError as error:
            return error.sentence
        return ""


def rows_of(mappings: Sequence[FieldMapping]) -> list[MappingRow]:
    return [
        MappingRow(
            number=number,
            target=mapping.target,
            source=mapping.source,
            default=write_literal(mapping.default),
            required=mapping.required,
            uses=[UseRow(place, use.name, _typed(use)) for place, use in enumerate(mapping.transforms)],
        )
        for number, mapping in enumerate(mappings)
    ]


def posted_rows(data: QueryDict) -> list[MappingRow]:
    numbers = [int(number) for number in data.getlist("row") if number.isdigit()]
    return [
        MappingRow(
            number=number,
            target=data.get(f"target-{number}", ""),
            source=data.get(f"source-{number}", ""),
            default=data.get(f"default-{number}", ""),
            required=f"required-{number}" in data,
            uses=_posted_uses(data, number),
        )
        for number in numbers
    ]


def _posted_uses(data: QueryDict, number: int) -> list[UseRow]:
    uses = []
    for text in data.getlist(f"use-{number}"):
        place, _, name = text.partition(":")
        prefix = f"arg-{number}-{place}-"
        args = {key[len(prefix) :]: data.get(key, "") for key in data if key.startswith(prefix)}
        if place.isdigit():
            uses.append(UseRow(int(place), name, args))
    return uses


def reshaped(rows: list[MappingRow], change: str, data: Mapping[str, Any]) -> list[MappingRow]:
    """The rows after a button: "add", "remove:N", "use:N", "drop:N:M", "up:N:M", "down:N:M"."""
    what, *numbers = change.split(":")
    places = [int(number) for number in numbers if number.isdigit()]
    if what == "add":
        return _with_target(rows, str(data.get("new-target", "")).strip())
    if what == "remove":
        return [row for row in rows if row.number not in places]
    row = next((row for row in rows if places and row.number == places[0]), None)
    if row is None:
        raise WrongUse("This line is gone; load the page again.")
    if what == "use":
        _add_use(row, str(data.get(f"new-use-{row.number}", "")))
    elif len(places) == 2:
        _move_use(row, what, places[1])
    return rows


def renamed(
    rows: list[MappingRow], row: MappingRow, target: str, transforms: Sequence[TransformUse]
) -> list[MappingRow]:
    """The rows with one of them on another target, its value made fit for it."""
    if target in [other.target for other in rows]:
        raise WrongUse(f"“{target}” is in the table already; leave one of the two out.")
    row.target = target
    for use in transforms:
        number = max((known.number for known in row.uses), default=-1) + 1
        row.uses.append(UseRow(number, use.name, _typed(use)))
    return rows


def _with_target(rows: list[MappingRow], target: str) -> list[MappingRow]:
    if not target:
        raise WrongUse("Choose the field to fill first.")
    if target in [row.target for row in rows]:
        raise WrongUse(f"“{target}” is in the table already.")
    return [*rows, MappingRow(max((row.number for row in rows), default=-1) + 1, target)]


def _add_use(row: MappingRow, name: str) -> None:
    if name not in TRANSFORMS:
        raise WrongUse(did_you_mean(name, list(TRANSFORMS), "transform"))
    row.uses.append(UseRow(max((use.number for use in row.uses), default=-1) + 1, name))


def _move_use(row: MappingRow, what: str, number: int) -> None:
    at = next((place for place, use in enumerate(row.uses) if use.number == number), None)
    if at is None:
        return
    use = row.uses.pop(at)
    if what in ("up", "down"):
        row.uses.insert(max(0, at - 1) if what == "up" else at + 1, use)


def _use(row: UseRow) -> TransformUse:
    transform = row.transform
    if transform is None:
        raise WrongUse(did_you_mean(row.name, list(TRANSFORMS), "transform"))
    args = {
        param.key: read_argument(
            param, row.args.get(param.key, ""), any_value=param.key in transform.any_value
        )
        for param in transform.params
    }
    return TransformUse(name=row.name, args={key: value for key, value in args.items() if value is not None})


def _typed(use: TransformUse) -> dict[str, str]:
    transform = TRANSFORMS.get(use.name)
    if transform is None:
        return {}
    params = {param.key: param for param in transform.params}
    return {
        key: write_argument(params[key], value, any_value=key in transform.any_value)
        for key, value in use.args.items()
        if key in params
    }


def _usual(param: Field) -> str:
    return str(dict(param.choices).get(param.default, param.default)) if param.default is not None else ""


def _kind(transform: Transform, param: Field) -> str:
    if param.choices:
        return "choice"
    if param.key in transform.texts or param.type is FieldType.OBJECT:
        return "lines"
    return "text"
