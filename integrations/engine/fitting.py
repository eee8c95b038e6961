"""Does a value fit the field it is meant for? Harmless differences are set right, others said in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from integrations.engine.errors import MappingFailed
from integrations.engine.expressions import kind_of
from integrations.engine.spec import Field, FieldType, Keyed
from integrations.engine.transforms.base import TransformFailed, as_text, shown
from integrations.engine.transforms.people import readable_email

EPOCH_MS = "epoch_ms"  # a field's format: a moment as milliseconds since 1970


def fit(value: Any, field: Field) -> Any:
    """The value as the field's type wants it: 5 as "5" for text, "5" as 5 for a number, "vip" as ["vip"].

    Times, dates and addresses are checked and left exactly as they are. What an object, or a row of a list,
    declares of its members holds for them too. Raises MappingFailed with the second half of a sentence that
    begins with the field's name.
    """
    try:
        return _fit(value, field)
    except _Misfit as misfit:
        place = misfit.path.removeprefix(".")
        raise MappingFailed(f"at `{place}` {misfit.what}" if place else misfit.what) from None


class _Misfit(Exception):
    """What does not fit, and where inside the value it stands."""

    def __init__(self, what: str, path: str = "") -> None:
        super().__init__(what)
        self.what, self.path = what, path


def _fit(value: Any, field: Field) -> Any:
    try:
        if field.format == EPOCH_MS:
            _epoch(value)
        fitted = _FITS[field.type](value)
        fitted = _choice(fitted, [key for key, _ in field.choices]) if field.choices else fitted
    except MappingFailed as error:
        got = kind_of(value) if field.secret else shown(value)
        raise _Misfit(f"needs {error.sentence} and got {got}") from None
    if isinstance(fitted, list) and (field.fields or field.items):
        row = replace(field, type=field.items or FieldType.OBJECT, items=None)
        return [_member(f"[{place}]", item, row) for place, item in enumerate(fitted)]
    if isinstance(fitted, Mapping) and field.fields:
        return _members(fitted, field.fields, field.keyed)
    return fitted


def _members(value: Mapping[str, Any], fields: Sequence[Field], keyed: Keyed | None) -> dict[str, Any]:
    """What one of the account's own fields holds, only the account knows: that is left as it is."""
    known = {field.key: field for field in fields}
    for key in value:
        if key not in known:
            raise _Misfit(f"has no `{key}`; it takes {', '.join(known)}")
    for field in fields:
        if field.required and value.get(field.key) is None:
            raise _Misfit(f"needs `{field.key}`")
    free = [key for key, item in value.items() if item is None or (keyed and key == keyed.written)]
    return {key: item if key in free else _member(f".{key}", item, known[key]) for key, item in value.items()}


def _member(place: str, value: Any, field: Field) -> Any:
    try:
        return _fit(value, field)
    except _Misfit as misfit:
        raise _Misfit(misfit.what, place + misfit.path) from None


def _choice(value: Any, keys: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_choice(item, keys) for item in value]
    written = as_text(value) if isinstance(value, str | int | float) else ""
    wanted = {key.casefold(): key for key in keys}.get(written.casefold())
    if wanted is None:
        raise MappingFailed(f"one of {', '.join(keys)}")
    return wanted if isinstance(value, str) else value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        raise MappingFailed("a text (the transform `text` writes yes/no values as one)")
    if isinstance(value, str | int | float):
        return as_text(value)
    raise MappingFailed("a text")


def _integer(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d{1,300}\s*", value, re.ASCII):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise MappingFailed("a whole number")
    return int(value)


def _epoch(value: Any) -> None:
    if isinstance(value, bool) or not re.fullmatch(r"\s*\d{1,16}\s*", str(value), re.ASCII):
        raise MappingFailed("milliseconds since 1970 (the transform `to_epoch_ms` writes a time so)")


def _number(value: Any) -> int | float:
    if isinstance(value, bool):
        raise MappingFailed("a number")
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d{1,300}(\.\d{1,300})?\s*", value, re.ASCII):
        return float(value) if "." in value else int(value)
    raise MappingFailed("a number (the transform `number` reads other ways to write one)")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise MappingFailed("yes or no (the transform `boolean` reads such words)")


def _datetime(value: Any) -> str:
    wanted = "an ISO 8601 time with its offset (the transforms `parse_datetime` and `to_iso` make one)"
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise MappingFailed(wanted) from None
    if moment.tzinfo is None:
        raise MappingFailed(wanted)
    return str(value)


def _date(value: Any) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII) and date.fromisoformat(value):
            return str(value)
    except (ValueError, TypeError):
        pass
    raise MappingFailed("a date as YYYY-MM-DD (the transform `to_date` makes one)")


def _email(value: Any) -> str:
    try:
        readable_email(as_text(value))
    except TransformFailed:
        raise MappingFailed("an e-mail address") from None
    return as_text(value)


def _phone(value: Any) -> str:
    text = "" if isinstance(value, bool | list | Mapping) else as_text(value)
    if not re.search(r"\d", text):
        raise MappingFailed("a phone number")
    return text


def _list(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, Mapping):
        raise MappingFailed("a list")
    return [value]


def _object(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value
    raise MappingFailed("an object with keys")


_FITS: Mapping[FieldType, Callable[[Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATETIME: _datetime,
    FieldType.DATE: _date,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
    FieldType.LIST: _list,
    FieldType.OBJECT: _object,
    FieldType.ANY: lambda value: value,
}


# --- fields by name -------------------------------------------------------------------------------


def field_named(target: str, fields: Sequence[Field]) -> Field | None:
    """The field of that name, or the declared member of an object that a dotted name leads to.

    A member is never required by itself: the object it lies in may be left out as a whole.
    """
    found = next((field for field in fields if field.key == target), None)
    if found is not None:
        return found
    above, _, rest = target.partition(".")
    inside = next((field for field in fields if field.key == above and field.type is FieldType.OBJECT), None)
    member = field_named(rest, inside.fields) if inside and rest else None
    return replace(member, required=False) if member else None


def lies_in_free(target: str, fields: Sequence[Field]) -> bool:
    """Whether the name leads into an object whose members are not declared: anything may stand there."""
    above, _, rest = target.partition(".")
    inside = next((field for field in fields if field.key == above and field.type is FieldType.OBJECT), None)
    return bool(inside and rest and (not inside.fields or lies_in_free(rest, inside.fields)))


def needed(fields: Sequence[Field]) -> list[Field]:
    """Required, and filled neither by the hub nor by a default of the field's own."""
    return [field for field in fields if field.required and not field.fills and field.default is None]


def lies_in(target: str, key: str) -> bool:
    return target.startswith(f"{key}.")
