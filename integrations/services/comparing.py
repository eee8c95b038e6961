"""Some records of a workflow compared: read at both sides, many at once, and what differs told.

The reads take the quota of a look; nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jmespath

from integrations import catalog
from integrations.engine.differences import Difference, Side, differences, shown_fields
from integrations.engine.errors import HubError, NotFound, StopRun, WrongUse
from integrations.engine.freeze import thaw
from integrations.engine.paginate import Asked, ask
from integrations.engine.quota import Lane
from integrations.engine.spec import (
    Connector,
    JsonObject,
    Kind,
    Operation,
    Place,
    Trigger,
    TriggerKind,
    WorkflowSpec,
)
from integrations.models import (
    UNFINISHED,
    Connection,
    Cursor,
    FindingKind,
    Run,
    RunState,
    SeenRow,
    Workflow,
)
from integrations.services import rereads, sweeps, ties
from integrations.services.rereads import Wanted
from integrations.services.sightings import moment
from integrations.services.ties import Book, Tie

TRIES = 3
PATIENCE_S = 30.0
NEEDS_A_PERSON = (RunState.HELD, RunState.PARKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found of a record, or of one field of one of its linked records.

    `switches` are the yes-or-no fields that the workflow sends along and that the app never shows: whether
    people are told, whether a taken time is taken all the same.
    """

    record: str
    kind: FindingKind
    why: str = ""
    tie: Tie | None = None
    difference: Difference | None = None
    left_at: str = ""
    right_at: str = ""
    switches: Mapping[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class _Compared:
    """The record at both sides: at the source as `row`, and what the app holds by tie (None: gone)."""

    book: Book
    source: Wanted | None = None
    held: list[tuple[Tie, Wanted]] = field(default_factory=list)
    unshown: list[Tie] = field(default_factory=list)


def compare(workflow: Workflow, records: Sequence[str]) -> list[Found]:
    """Each record is told of at least once. Raises what stops all reads: a connection that needs a person."""
    spec = live_spec(workflow)
    books = ties.books(workflow, records)
    compared = [_Compared(book) for book in books.values()]
    open_ = [one for one in compared if not _excused(one.book)]
    connection, _, trigger = sweeps.source_of(spec, workflow)
    _ask_source(workflow, connection, trigger, open_)
    _ask_targets(open_)
    wanted = [w for one in open_ for w in ([one.source] if one.source else []) + [w for _, w in one.held]]
    rereads.read_all(wanted, lane=Lane.SYNC, tries=TRIES, patience_s=PATIENCE_S)
    for one in wanted:
        if one.error is not None and not isinstance(one.error, StopRun):
            raise one.error
    return [found for one in compared for found in (_excused(one.book) or _told(one, trigger))]


def live_spec(workflow: Workflow) -> WorkflowSpec:
    if workflow.live is None:
        raise WrongUse(f"“{workflow.name}” has not been deployed yet; deploy it first.")
    return thaw(workflow.live.spec)


# --- what is not compared -------------------------------------------------------------------------


def _excused(book: Book) -> list[Found]:
    """Why a record is not compared; [] where it is."""
    found = _failing(book) or _excluded(book)
    return [found] if found else []


def _failing(book: Book) -> Found | None:
    last = book.last
    if last is None:
        return None
    if last.state in (RunState.FAILED, *NEEDS_A_PERSON):
        why = last.reason or f"Run {last.pk} is {last.get_state_display()}."
        return Found(record=book.record, kind=FindingKind.FAILING, why=why)
    return None


def _excluded(book: Book) -> Found | None:
    why = ""
    if book.last is None:
        why = "It was there before the workflow; old records are taken in on a page of their own."
    elif book.last.state in UNFINISHED:
        why = f"Run {book.last.pk} is about it just now."
    elif not book.ties:
        why = _nothing_linked(book, book.last)
    return Found(record=book.record, kind=FindingKind.EXCLUDED, why=why) if why else None


def _nothing_linked(book: Book, last: Run) -> str:
    if any(link.ended_at for link in book.links):
        return "What was made of it has been brought to its end by the workflow."
    return last.reason or "The workflow has made nothing of it that is remembered."


# --- reading both sides ---------------------------------------------------------------------------


def _ask_source(
    workflow: Workflow, connection: Connection, trigger: Trigger, compared: Sequence[_Compared]
) -> None:
    """The source's records, where they can be read one by one and are what an event's payload is."""
    if not rereads.can_read(trigger) or trigger.happenings is None:
        return
    cursor = Cursor.objects.filter(workflow=workflow, connection=connection, trigger=trigger.key).first()
    records = [one.book.record for one in compared]
    seen = SeenRow.objects.filter(cursor=cursor, record__in=records) if cursor else SeenRow.objects.none()
    known: dict[str, JsonObject] = dict(seen.values_list("record", "data"))
    for one in compared:
        told = one.book.told
        hint = known.get(one.book.record) or (told[-1].event.payload if told else {})
        one.source = Wanted(connection, trigger, one.book.record, hint)


def _ask_targets(compared: Sequence[_Compared]) -> None:
    asked: dict[tuple[int, str, str], Wanted] = {}
    for one in compared:
        for tie in one.book.ties.values():
            connector = catalog.connector(tie.connection.connector)
            reader = reader_of(connector, tie.operation, tie.values)
            if reader is None:
                one.unshown.append(tie)
                continue
            place = (tie.connection.pk, reader.key, tie.record_id)
            if place not in asked:  # two links to one record: read once
                values = {**_parents(reader, tie.values), _id_field(reader): tie.record_id}
                asked[place] = Wanted(tie.connection, _shows(reader.key), tie.record_id, values)
            one.held.append((tie, asked[place]))


def reader_of(connector: Connector, operation: Operation, values: Mapping[str, Any]) -> Operation | None:
    """The read that shows one record of this resource by its id; None where the app has none."""
    found = connector.operations.get(f"{operation.resource}.get")
    if found is None or found.kind is not Kind.READ or not _path_fields(found):
        return None
    needed = {f.key for f in found.fields if f.required and not f.fills and f.default is None}
    return found if needed <= {_id_field(found), *_parents(found, values)} else None


def _path_fields(operation: Operation) -> list[str]:
    named = [f.key for f in operation.fields if f.place is Place.PATH and not f.fills]
    return sorted(named, key=lambda key: operation.path.find("{" + key + "}"))


def _id_field(operation: Operation) -> str:
    return _path_fields(operation)[-1]


def _parents(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: values[key] for key in _path_fields(operation)[:-1] if key in values}


@lru_cache(maxsize=256)
def _shows(operation: str) -> Trigger:
    """What `rereads` needs to know to read one record by one call."""

    def fetch(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Asked:
        try:
            row = yield from ask(operation, known)
        except NotFound:
            return None
        return row

    return Trigger(key=operation, title=operation, kind=TriggerKind.POLL, events=(), sample={}, fetch=fetch)


# --- what differs ---------------------------------------------------------------------------------


def _told(one: _Compared, trigger: Trigger) -> list[Found]:
    record, row = one.book.record, one.source.row if one.source else None
    if one.source is not None and one.source.error is not None:
        why = f"It could not be read at the source: {one.source.error.sentence}"
        return [Found(record=record, kind=FindingKind.FAILING, why=why)]
    if one.source is not None and row is None:
        why = "It is gone at the source, and the workflow has not heard of it; let it look now."
        return [Found(record=record, kind=FindingKind.FAILING, why=why)]
    try:
        ties.recall(one.book, row)
    except HubError as error:
        why = f"With the record as it is now the workflow would fail: {error.sentence}"
        return [Found(record=record, kind=FindingKind.FAILING, why=why)]
    left_at = str(jmespath.search(trigger.changed_at, row) or "") if trigger.changed_at and row else ""
    found = [f for tie, held in one.held for f in _drift(record, tie, held, left_at)]
    found += [
        Found(record=record, kind=FindingKind.LOST, tie=tie, why="Our own record of the link is missing.")
        for tie in one.book.ties.values()
        if tie.link is None
    ]
    return found or [_in_sync(one)]


def _in_sync(one: _Compared) -> Found:
    if one.unshown and not one.held:
        names = ", ".join(sorted({tie.operation.title for tie in one.unshown}))
        why = f"The app has no call that shows one record by its id ({names}), so it cannot be compared."
        return Found(record=one.book.record, kind=FindingKind.EXCLUDED, why=why)
    return Found(record=one.book.record, kind=FindingKind.IN_SYNC)


def _drift(record: str, tie: Tie, held: Wanted, left_at: str) -> list[Found]:
    if held.error is not None:
        why = f"It could not be read in {tie.connection.name}: {held.error.sentence}"
        return [Found(record=record, kind=FindingKind.FAILING, tie=tie, why=why)]
    if held.row is None:
        gone = Difference(field="", agreed=tie.record_id, left=tie.record_id, right=None, side=Side.RIGHT)
        why = f"There is no such record in {tie.connection.name} any more."
        return [Found(record=record, kind=FindingKind.GONE, tie=tie, difference=gone, why=why)]
    right = shown_fields(tie.operation, held.row, set(tie.agreed))
    right_at = _changed_at(tie, held.row)
    said = {key: value for key, value in tie.values.items() if isinstance(value, bool)}
    switches = {key: value for key, value in said.items() if key not in held.row}
    return [
        Found(
            record=record,
            kind=FindingKind.FIELD,
            tie=tie,
            difference=one,
            left_at=left_at,
            right_at=right_at,
            switches=switches,
        )
        for one in differences(written=tie.written, agreed=tie.agreed, left=tie.left, right=right)
    ]


def _changed_at(tie: Tie, row: JsonObject) -> str:
    """When the app says the record last changed, where one of its triggers knows where that stands."""
    connector = catalog.connector(tie.connection.connector)
    resource = tie.operation.resource
    for trigger in connector.triggers.values():
        if trigger.changed_at and trigger.key.partition(".")[0] == resource:
            found = jmespath.search(trigger.changed_at, row)
            return str(found) if moment(found) else ""
    return ""
