"""Taking a write back: the call that does it, from what the ledger keeps of the write; or why nothing does.

What makes a record is taken back by the inverse that its operation declares; what changes one, by putting
back what stood there before. What has moved since is left to whoever moved it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.engine.counterparts import path_to, setter_of
from integrations.engine.differences import alike, instant, shown_fields, written_fields
from integrations.engine.echoes import CLOCKS
from integrations.engine.spec import Connector, Inverse, Kind, Made, Operation, Place
from integrations.engine.transforms import is_empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A write that was made. `answer` is the record as the app last showed it to us, `adopted`: it was there
    already and was only taken over; `prior` as Effect keeps it, {"record"} or {"why"}."""

    operation: Operation
    values: Mapping[str, Any]
    record_id: str
    answer: Mapping[str, Any] = field(default_factory=dict)
    prior: Mapping[str, Any] | None = None
    adopted: bool = False

    @property
    def makes(self) -> bool:
        """Whether there was no such record before."""
        if self.operation.kind is not Kind.CREATE or self.adopted:
            return False
        return not _upserts(self.operation) or (self.prior or {}).get("record", "?") is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """The call that takes a write back. `restores` are the fields it puts back ({}: it does not go by field),
    `left` what it does not bring back, in sentences."""

    operation: Operation
    values: Mapping[str, Any]
    restores: Mapping[str, Any] = field(default_factory=dict)
    left: tuple[str, ...] = ()


def removed_by(operation: str, id: str, *parents: str, leaves: str = "") -> Inverse:
    """What was made is deleted by this call: `id` is the field for its id, `parents` go as they were."""

    def values(made: Made) -> Mapping[str, Any] | None:
        known = {key: made.values.get(key) or made.record.get(key) for key in parents}
        return {**known, id: made.record_id} if all(known.values()) and made.record_id else None

    return Inverse(operation=operation, values=values, leaves=leaves)


def back_of(connector: Connector, past: Past) -> Back | str:
    """The call that takes it back; a sentence where none does."""
    operation, inverse = past.operation, past.operation.inverse
    if inverse is not None and inverse.never:
        return inverse.never
    if past.adopted:
        return "The record was there already and was only linked, so it stays."
    if operation.kind is Kind.CREATE and _upserts(operation):
        if "record" not in (past.prior or {}):
            return f"Whether the record was there before is not known{_why(past)}, so it stays."
        if not past.makes:
            return _restored(connector, past)
    if inverse is not None:
        return _inverted(connector, past, inverse)
    if operation.kind is Kind.UPDATE:
        return _restored(connector, past)
    if operation.kind is Kind.DELETE:
        return "What was deleted can only be made anew, as another record."
    return f"{connector.title} has no call that the hub knows to take it back."


def hindrance(past: Past, back: Back, now: Mapping[str, Any] | None, until: datetime) -> str:
    """Why it is not taken back after all, in a sentence: the record is gone, or has moved since `until`, when
    the run made its last write. "" where nothing stands in the way."""
    if now is None:
        return "The record is not there any more."
    if back.restores:
        shown = shown_fields(past.operation, past.answer, set(back.restores))
        current = shown_fields(past.operation, now, set(back.restores))
        for key in back.restores:
            if key in current and key in shown and not alike(current[key], shown[key]):
                return _moved(key, shown[key], current[key])
        return ""
    if not past.makes:
        return ""
    written = written_fields(past.operation, past.values)
    for key in sorted(past.answer, key=lambda key: (key not in written, key)):  # what we wrote says most
        if key in now and not alike(past.answer[key], now[key]) and not _early(now[key], until):
            return _moved(key, past.answer[key], now[key])
    return ""


def _upserts(operation: Operation) -> bool:
    return operation.proof is not None and operation.proof.existing is not None


def _why(past: Past) -> str:
    why = str((past.prior or {}).get("why", "")).rstrip(".")
    return f" ({why})" if why else ""


def _inverted(connector: Connector, past: Past, inverse: Inverse) -> Back | str:
    prior = (past.prior or {}).get("record")
    made = Made(values=past.values, record=past.answer, record_id=past.record_id, prior=prior)
    values = inverse.values(made)
    if values is None:
        return f"What it would take to take it back is not known{_why(past)}."
    if not values:
        return "It had changed nothing."
    left = (inverse.leaves,) if inverse.leaves else ()
    return Back(operation=connector.operation(inverse.operation), values=values, left=left)


def _restored(connector: Connector, past: Past) -> Back | str:
    """The fields that it changed, put back as they stood before."""
    if "record" not in (past.prior or {}):
        return f"What stood there before is not known{_why(past)}."
    before: Mapping[str, Any] = (past.prior or {})["record"] or {}
    written = written_fields(past.operation, past.values)
    shown = shown_fields(past.operation, past.answer, set(written))
    changed = [
        key
        for key, value in written.items()
        if (key in shown or key in before) and not alike(before.get(key), shown.get(key, value))
    ]
    emptied = [key for key in changed if is_empty(before.get(key))]
    restores = {key: before[key] for key in changed if key not in emptied}
    left = (_emptied(emptied),) if emptied else ()
    if not restores:
        return left[0] if left else "It had changed nothing."
    setter = _setter(connector, past.operation, restores)
    if setter is None:
        return f"{connector.title} has no call that puts back {', '.join(restores)}."
    values = {
        **_needed(setter, before, past.values),
        **restores,
        **path_to(setter, past.record_id, past.values),
    }
    return Back(operation=setter, values=values, restores=restores, left=left)


def _setter(connector: Connector, operation: Operation, fields: Mapping[str, Any]) -> Operation | None:
    """One call that sets them all; an upsert is its own where the app has no other."""
    found = [setter_of(connector, operation, key) for key in fields]
    if not any(found):
        return operation if _upserts(operation) else None
    return found[0] if len({one.key if one else "" for one in found}) == 1 else None


def _needed(operation: Operation, *known: Mapping[str, Any]) -> dict[str, Any]:
    """What the call wants beside the fields that are put back: as it was, else as it was sent."""
    wanted = [f.key for f in operation.fields if f.required and not f.fills and f.place is not Place.PATH]
    found = {key: next((row[key] for row in known if not is_empty(row.get(key))), None) for key in wanted}
    return {key: value for key, value in found.items() if value is not None}


def _emptied(fields: list[str]) -> str:
    were = "was empty" if len(fields) == 1 else "were empty"
    return (
        f"{', '.join(fields)} {were} before; the hub sends nothing empty, so that is for a person to clear."
    )


def _moved(key: str, was: Any, now: Any) -> str:
    return f"It has changed since: {key} was {_short(was)} and is {_short(now)} now."


def _early(value: Any, until: datetime) -> bool:
    """A moment no later than our own last write: the app's note of a change that was ours."""
    at = instant(value)
    return at is not None and at <= (until + CLOCKS).timestamp()


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
