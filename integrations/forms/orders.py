"""A form for one call: an input for each field that the operation declares, typed as text.

What is typed is read by the field's type in `services.orders`; the names of the inputs are "v:" and the key.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from integrations.engine.errors import HubError
from integrations.engine.spec import Field, FieldType, Place
from integrations.engine.typed import example
from integrations.models import Connection
from integrations.services import picklists

PREFIX = "v:"
YES_NO = (("true", "Yes"), ("false", "No"))
AS_JSON = "as_json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One input: what it is for, what may be chosen, and what stands in it."""

    field: Field
    options: tuple[tuple[str, str], ...] = ()
    text: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        return PREFIX + self.field.key

    @property
    def needed(self) -> bool:
        return self.field.required or self.field.place is Place.PATH

    @property
    def kind(self) -> str:
        """ "choice", "lines" (JSON), "several" (typed, with suggestions), "secret" or "text"."""
        if self.field.type is FieldType.LIST and not self.field.fields:
            return "several"
        if self.options:
            return "choice"
        if self.field.type in (FieldType.LIST, FieldType.OBJECT):
            return "lines"
        return "secret" if self.field.secret else "text"

    @property
    def example(self) -> str:
        """What it looks like, where that is not plain."""
        if self.kind == "lines":
            return json.dumps(example(self.field), indent=1, ensure_ascii=False)
        if self.kind == "several":
            return "one, two"
        return str(example(self.field)) if self.field.type is not FieldType.TEXT else ""


def entries(fields: Sequence[Field], connection: Connection, data: Mapping[str, str]) -> list[Entry]:
    """Inputs for what somebody may fill: paths first, then what is required, then the rest."""
    asked = [field for field in picklists.with_own(fields, connection) if not field.fills]
    asked.sort(key=lambda field: (field.place is not Place.PATH, not field.required))
    return [_entry(field, connection, data.get(PREFIX + field.key, "")) for field in asked]


def _entry(field: Field, connection: Connection, text: str) -> Entry:
    if field.type is FieldType.BOOLEAN:
        return Entry(field, YES_NO, text)
    if field.choices:
        return Entry(field, field.choices, text)
    if field.reference and field.keyed is None:
        try:
            return Entry(field, tuple(picklists.picks(connection, field.reference)), text)
        except HubError as error:
            return Entry(field, (), text, f"The list could not be read: {error.sentence}")
    return Entry(field, (), text)


def texts_of(data: QueryDict) -> dict[str, str]:
    """What was typed, by the fields' keys; what was left empty is not there."""
    return {
        key.removeprefix(PREFIX): str(data[key])
        for key in data
        if key.startswith(PREFIX) and str(data[key]).strip()
    }


def command_line(
    connection: str,
    key: str,
    fields: Sequence[Field],
    texts: Mapping[str, str],
    values: Mapping[str, Any] | None = None,
    *,
    convert: bool = False,
) -> str:
    """The same call for the command line; a secret is left for the reader to put in."""
    secret = {field.key for field in fields if field.secret}
    words = ["manage.py", "call", connection, key]
    typed = {name: _one_line(value) for name, value in (values or {}).items()}
    for name, text in {**typed, **texts}.items():
        words += ["--set", f"{name}={'…' if name in secret else ' '.join(text.split())}"]
    return shlex.join([*words, *(["--convert"] if convert else [])])


def _one_line(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
