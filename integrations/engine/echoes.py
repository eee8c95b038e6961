"""The hub's own writes come back as changes: which of them are told by nobody but ourselves?

An effect remembers what the app's answer showed of the fields that were written. A change that consists of
nothing else, since we last looked, is ours. In doubt it is not: to tell a change once too often does less
harm than to swallow one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrations.engine.fingerprint import canonical
from integrations.engine.spec import JsonObject, Kind, Operation, Place
from integrations.engine.spreading import spread

CLOCKS = timedelta(seconds=5)  # between two of our own machines, and between us and the app


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was kept of a record when it was seen at `since` (None: never), and what it is now (None: gone).

    `made_at` is when the app says the record was made.
    """

    record: str
    before: JsonObject | None
    after: JsonObject | None
    since: datetime | None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One write of ours to a record, with what its effect remembers (see `shown_of`)."""

    claimed_at: datetime
    settled_at: datetime
    deletes: bool
    shown: Mapping[str, Any] = field(default_factory=dict)


def shown_of(operation: Operation, values: Mapping[str, Any], answer: Any, record_id: str) -> JsonObject:
    """What an effect remembers: the `record`, under `fields` what was written, as the answer shows it, and
    of a create the `answer` itself.

    Of a list that holds the account's own fields, each counts by itself, as `key.<id>`.
    """
    shown = answer if isinstance(answer, Mapping) else {operation.result: answer}
    keyed = {f.key: f.keyed for f in operation.fields if f.keyed}
    found: dict[str, Any] = {}
    for key, value in spread(operation, values).items():
        rule = keyed.get(key)
        if rule is None:
            found[key] = shown.get(key, value)
            continue
        now = {str(row.get(rule.id)): row.get(rule.read) for row in _rows(shown.get(key))}
        for row in _rows(value):
            id = str(row.get(rule.id))
            found[f"{key}.{id}"] = now.get(id, row.get(rule.written))
    known: JsonObject = {"record": record_id or _named_in_path(operation, values), "fields": found}
    return {**known, "answer": dict(shown)} if operation.kind is Kind.CREATE else known


def is_echo(change: Change, writes: Sequence[Written]) -> bool:
    """Whether these writes, oldest first, explain all of the change."""
    if change.after is None:
        return any(w.deletes and change.since and w.settled_at >= change.since - CLOCKS for w in writes)
    if change.before is None:
        return any(_made_by(write, change) for write in writes)
    written: dict[str, Any] = {}
    for write in writes:
        if change.since is not None and write.settled_at >= change.since - CLOCKS:
            written |= write.shown.get("fields") or {}
    before, after = flat(change.before), flat({key: change.after.get(key) for key in change.before})
    differing = [key for key in {*before, *after} if not same(before.get(key), after.get(key))]
    return all(key in written and same(written[key], after.get(key)) for key in differing)


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its lists of {id, value} taken apart, each under `key.<id>`."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        parts = _rows(value)
        if parts and all("id" in part and "value" in part for part in parts):
            found |= {f"{key}.{part['id']}": part["value"] for part in parts}
        else:
            found[key] = value
    return found


def same(one: Any, other: Any) -> bool:
    """Equal values; nothing, an empty text and an empty list are alike, and so are lists in another order."""
    return canonical(settled(one)) == canonical(settled(other))


def settled(value: Any) -> Any:
    """The one form of a value to compare it in: apps give lists that are sets in whatever order they like."""
    if value in (None, "", [], {}):
        return None
    if isinstance(value, list):
        return sorted((settled(item) for item in value), key=canonical)
    if isinstance(value, Mapping):
        return {key: settled(item) for key, item in value.items()}
    return value


def _made_by(write: Written, change: Change) -> bool:
    """A record never seen before: no older than the write, and all of it as that write's answer showed it."""
    answer = write.shown.get("answer")
    if not answer or change.made_at is None or change.after is None:
        return False
    if change.made_at < write.claimed_at - CLOCKS:
        return False
    shown, after = flat(answer), flat(change.after)
    return all(same(shown[key], value) for key, value in after.items() if key in shown)


def _named_in_path(operation: Operation, values: Mapping[str, Any]) -> str:
    """The last id in the path: whose the write is, where its answer has none."""
    named = [values[f.key] for f in operation.fields if f.place is Place.PATH and f.key in values]
    return str(named[-1]) if named else ""


def _rows(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list of objects; none for anything else."""
    listed = value if isinstance(value, list) else []
    return listed if all(isinstance(row, Mapping) for row in listed) else []
