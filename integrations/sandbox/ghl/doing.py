"""What the actions of the simulated GHL have in common: the record a person points at, times, lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.ghl.refusals import Refusal
from integrations.sandbox.simulation import Action
from integrations.sandbox.transaction import Tx

Values = Mapping[str, Any]
Run = Any


def record(tx: Tx, collection: str, record_id: str, what: str) -> JsonObject:
    found = tx.get(collection, record_id)
    if found is None:
        raise WrongUse(f"The simulated GoHighLevel has no {what} {record_id}.")
    return found


def moment(text: str, what: str = "start") -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise WrongUse(f"The {what} needs a date and time with an offset, such as 2026-11-20T10:00:00-05:00.")
    return found


def words(value: Any) -> list[str]:
    """A list that was typed with commas."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [part.strip() for part in parts if part.strip()]


def given(values: Values, *names: str) -> JsonObject:
    """Those of the values that were filled in."""
    return {name: values[name] for name in names if name in values}


def actions(about: str, *rows: tuple[str, str, Run, Sequence[Field]]) -> tuple[Action, ...]:
    """Actions from (key, title, run, fields). What GHL refuses, it says in the refusal's own words."""
    return tuple(
        Action(key=key, title=title, run=_in_words(run), fields=tuple(fields), about=about)
        for key, title, run, fields in rows
    )


def _in_words(run: Run) -> Run:
    def told(tx: Tx, values: Values) -> JsonObject:
        try:
            found: JsonObject = run(tx, values)
        except Refusal as refusal:
            raise WrongUse(f"The simulated GoHighLevel refuses: {refusal.sentence}") from None
        return found

    return told


def need(key: str, label: str = "", **more: Any) -> Field:
    return Field(key=key, label=label, required=True, **more)


def may(key: str, label: str = "", **more: Any) -> Field:
    return Field(key=key, label=label, **more)


def yes(key: str, label: str, **more: Any) -> Field:
    return Field(key=key, label=label, type=FieldType.BOOLEAN, **more)


def one_of(key: str, label: str, *choices: str, **more: Any) -> Field:
    return Field(key=key, label=label, choices=tuple((word, word) for word in choices), **more)


LOCATION = need("location", "Location id")
CONTACT = need("contact", "Contact id")
CALENDAR = need("calendar", "Calendar id")
