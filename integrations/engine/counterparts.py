"""The read that shows what a write would change, found by the paths of an app's operations.

`PUT /contacts/{contactId}/tasks/{taskId}/completed` changes what `GET /contacts/{contactId}/tasks/{taskId}`
shows. Where no path above shows it, the resource's own `get` does, or the row with that id in its `list`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.engine.declared import FLAGS
from integrations.engine.differences import shown_fields, written_fields
from integrations.engine.keyed import lists_of
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import Connector, Field, Kind, Operation, Place, Script
from integrations.engine.spreading import spread


@dataclass(frozen=True, slots=True)
class Counterpart:
    """What to read, with which values. `row` is the id to look for where it is a list, else ""."""

    operation: Operation
    values: Mapping[str, Any]
    row: str = ""

    def record(self, found: Any) -> Mapping[str, Any] | None:
        """The record in what was read, without what an answer says of itself beside it."""
        if not self.row:
            if not isinstance(found, Mapping):
                return None
            return {key: value for key, value in found.items() if key not in FLAGS}
        rows = [row for row in found or [] if isinstance(row, Mapping)] if isinstance(found, list) else []
        return next((row for row in rows if self.row in (row.get("id"), row.get("_id"))), None)


def look_before(connector: Connector, operation: Operation, values: Mapping[str, Any]) -> Script | None:
    """The reads that show the record which a write is about to change; None where no call shows it.

    The script returns the record, or None where there is none yet (an upsert will make it); it raises
    NotFound where the record that is named is gone.
    """
    if operation.kind is Kind.CREATE:
        existing = operation.proof.existing if operation.proof else None
        return existing(values) if existing else None
    shown = counterpart(connector, operation, values)
    return _read(shown) if shown else None


def _read(shown: Counterpart) -> Asked:
    found = yield from ask(shown.operation.key, shown.values)
    return shown.record(found)


def kept_before(
    operation: Operation, values: Mapping[str, Any], record: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """What is kept of a record as it was: of an update the fields it writes, before a delete all of it."""
    if record is None or operation.kind is Kind.DELETE:
        return dict(record) if record is not None else None
    return shown_fields(operation, record, set(written_fields(operation, values)))


def setter_of(connector: Connector, operation: Operation, field: str) -> Operation | None:
    """The call that sets this one field of a record that is there; None where the app has none."""
    own = operation if operation.kind is Kind.UPDATE else None
    usual = connector.operations.get(f"{operation.resource}.update")
    for found in (own, usual):
        if found is None or found.kind is not Kind.UPDATE:
            continue
        if any(f.key == field.partition(".")[0] and f.place is not Place.PATH for f in found.fields):
            return found
    return None


def path_to(operation: Operation, record_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The path to a record: its own id last, what stands before it as it was written."""
    named = [f.key for f in operation.fields if f.place is Place.PATH and not f.fills]
    named.sort(key=lambda key: operation.path.find("{" + key + "}"))
    known = {key: values[key] for key in named[:-1] if key in values}
    return {**known, **dict.fromkeys(named[-1:], record_id)}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a write would set: what the record shows now, and what it would be."""

    field: str
    before: Any
    after: Any

    @property
    def differs(self) -> bool:
        return bool(self.before != self.after)


def counterpart(connector: Connector, operation: Operation, values: Mapping[str, Any]) -> Counterpart | None:
    """How to read the record that an update or delete is aimed at; None where no call shows it."""
    if operation.kind in (Kind.READ, Kind.CREATE) or "{" not in operation.path:
        return None
    for found, names in _readers(connector, operation):
        asked = _asked(found)
        given = {key: values[names.get(key, key)] for key in asked if names.get(key, key) in values}
        if set(given) == asked and (given or found.path == operation.path):
            return Counterpart(found, given)
    return _in_list(connector, operation, values)


def _readers(connector: Connector, operation: Operation) -> Iterator[tuple[Operation, dict[str, str]]]:
    """Reads at the same path and those above it that name one record, then the resource's `get`.

    Each with what the write calls the parts of its path: `{id}` here may be `{messageId}` there.
    """
    parts = _parts(operation.path)
    reads = {
        tuple("{}" if part.startswith("{") else part for part in _parts(found.path)): found
        for found in connector.operations.values()
        if found.kind is Kind.READ and found.method == "GET"
    }
    for length in range(len(parts), 0, -1):
        here = parts[:length]
        found = reads.get(tuple("{}" if part.startswith("{") else part for part in here))
        if found is not None and here[-1].startswith("{"):
            names = _names(_parts(found.path), here)
            if all(key == name or "id" in (key, name) for key, name in names.items()):
                yield found, names
    own = connector.operations.get(f"{operation.resource}.get")
    if own is not None and own.kind is Kind.READ:
        yield own, {}


def _names(theirs: Sequence[str], ours: Sequence[str]) -> dict[str, str]:
    """What each part of the read's path is called in the write's."""
    pairs = zip(theirs, ours, strict=True)
    return {their[1:-1]: our[1:-1] for their, our in pairs if their.startswith("{")}


def _in_list(connector: Connector, operation: Operation, values: Mapping[str, Any]) -> Counterpart | None:
    """The row with the last id of the path, in the resource's list."""
    rows = connector.operations.get(f"{operation.resource}.list")
    ids = [part[1:-1] for part in _parts(operation.path) if part.lower().endswith("id}")]
    if rows is None or rows.kind is not Kind.READ or not ids or ids[-1] not in values:
        return None
    if not _asked(rows) <= set(ids[:-1]) & set(values):
        return None
    return Counterpart(rows, {key: values[key] for key in _asked(rows)}, row=str(values[ids[-1]]))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _asked(operation: Operation) -> set[str]:
    """What has to be given to a read."""
    return {f.key for f in operation.fields if f.required and not f.fills and f.default is None}


def changes(
    operation: Operation, values: Mapping[str, Any], record: Mapping[str, Any] | None
) -> tuple[Change, ...]:
    """Field by field what a write would set; one of the account's own fields each by itself."""
    found: list[Change] = []
    for field in operation.fields:
        if field.place is Place.PATH or field.key not in values:
            continue
        if field.spread:
            members = spread(operation, {field.key: values[field.key]})
            found += [Change(key, (record or {}).get(key), value) for key, value in members.items()]
            continue
        if field.keyed is not None and isinstance(values[field.key], list):
            found += _own_changes(field, values[field.key], (record or {}).get(field.key))
        else:
            found.append(Change(field.key, (record or {}).get(field.key), values[field.key]))
    return tuple(found)


def _own_changes(field: Field, written: Sequence[Any], shown: Any) -> Iterator[Change]:
    keyed = next(keyed for _, keyed in lists_of([field]))
    before = {row.get(keyed.id): row.get(keyed.read) for row in shown or [] if isinstance(row, Mapping)}
    for row in written:
        if isinstance(row, Mapping):
            picked = row.get(keyed.id)
            yield Change(f"{field.key}.{picked}", before.get(picked), row.get(keyed.written))
