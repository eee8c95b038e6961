"""What a row that was read means for a workflow: compared with what it was, told once, and remembered.

However it came to be read (a look, a webhook's hint, a re-read), it goes through here, under the cursor's
lock: so a change is told once, and reads that overtake each other do no harm. A row that is older than the
one known is passed over, by the app's own time of its change where it has one, else by when the read began.
What we wrote ourselves is remembered and told to nobody.

A row whose `hash` is "" is gone, and that was told; `missing_since` alone says that looks no longer bring it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jmespath
from django.db import connection as database

from integrations.engine.echoes import Change, settled
from integrations.engine.fingerprint import fingerprint
from integrations.engine.spec import Connector, JsonObject, Trigger
from integrations.models import Connection, Cursor, EventSource, Run, SeenRow, Workflow
from integrations.services import echoes, tallies
from integrations.services.ingest import Arrival, accept


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What one workflow listens to. `settings` are the trigger's, as the operator chose them."""

    workflow: Workflow
    connection: Connection
    connector: Connector
    trigger: Trigger
    cursor: Cursor
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A record as a read showed it that began at `at`; `row` None: it is gone.

    `source` says how it was heard of, where not by looking; `notice` is the webhook that told of it, `late`
    that this came long after the change.
    """

    record: str
    row: JsonObject | None
    at: datetime
    source: EventSource | None = None
    notice: int | None = None
    late: bool = False


@dataclass(slots=True)
class Taken:
    """What came of the sightings. `unsure`: a write of ours is under way there, look again in a moment."""

    events: int = 0
    echoes: int = 0
    runs: list[Run] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)


def take(source: Source, sightings: Sequence[Sighting], how: EventSource, *, patient: bool = True) -> Taken:
    """Tell what is new and remember it, inside the caller's transaction, for one workflow.

    Before the first look is over nothing is told of a row never seen: it may have been there before. `how`
    the rows were found, where no notice told of them. Without `patient` nothing is left `unsure`.
    """
    cursor = lock(source.cursor)
    latest = {s.record: s for s in sorted(sightings, key=lambda s: _newer(source.trigger, s))}
    known = {row.record: row for row in SeenRow.objects.filter(cursor=cursor, record__in=latest)}
    fresh = [s for s in latest.values() if _admitted(source, s) and is_newer(source.trigger, s, known)]
    taken = Taken()
    changes = {s.record: _change(source.trigger, s, known.get(s.record)) for s in fresh}
    differing = {s.record for s in fresh if _differs(source.trigger, s, known.get(s.record))}
    if cursor.watermark is None:
        differing &= known.keys()
    if patient:
        taken.unsure = echoes.under_way(source.connection, [changes[r] for r in sorted(differing)])
        fresh = [s for s in fresh if s.record not in taken.unsure]
        differing -= taken.unsure
    ours = echoes.ours(source.connection, source.connector, [changes[r] for r in sorted(differing)])
    _tell(source, [s for s in fresh if s.record in differing], changes, ours, how, taken)
    remember(source, fresh)
    return taken


def note(source: Source, sightings: Sequence[Sighting]) -> None:
    """Remember without telling anybody: what was there before the workflow."""
    cursor = lock(source.cursor)
    latest = {sighting.record: sighting for sighting in sightings}
    known = {row.record: row for row in SeenRow.objects.filter(cursor=cursor, record__in=latest)}
    remember(source, [s for s in latest.values() if is_newer(source.trigger, s, known)])


def lock(cursor: Cursor) -> Cursor:
    """The cursor as it is now, and nobody else's until the transaction ends."""
    (found,) = lock_all([cursor])
    return found


def lock_all(cursors: Iterable[Cursor]) -> list[Cursor]:
    """The same for several, in one order, so that nobody deadlocks. On SQLite writers take turns."""
    rows = Cursor.objects.filter(pk__in=[cursor.pk for cursor in cursors]).order_by("pk")
    return list(rows.select_for_update() if database.features.has_select_for_update else rows)


def is_newer(trigger: Trigger, sighting: Sighting, known: Mapping[str, SeenRow]) -> bool:
    """Whether it shows the record as it was later than what is known of it."""
    seen = known.get(sighting.record)
    if seen is None:
        return sighting.row is not None
    changed = changed_at(trigger, sighting.row)
    if changed is not None and seen.changed_at is not None and changed != seen.changed_at:
        return changed > seen.changed_at
    if changed is not None and changed == seen.changed_at and seen.hash == "":
        return False  # an index that lags still shows what is gone
    return sighting.at >= seen.checked_at


def _newer(trigger: Trigger, sighting: Sighting) -> tuple[datetime, datetime]:
    """Of two sightings of one record the one that shows it later, else the one that was read later."""
    return changed_at(trigger, sighting.row) or sighting.at, sighting.at


def remember(source: Source, sightings: Iterable[Sighting]) -> None:
    """What the rows looked like. Of one that is gone, the last look is kept."""
    trigger, cursor = source.trigger, source.cursor
    here = [
        SeenRow(
            cursor=cursor,
            record=s.record,
            hash=hash_of(trigger, s.row),
            data=kept(trigger, s.row),
            checked_at=s.at,
            changed_at=changed_at(trigger, s.row),
            missing_since=None,
        )
        for s in sightings
        if s.row is not None
    ]
    SeenRow.objects.bulk_create(
        here,
        update_conflicts=True,
        unique_fields=["cursor", "record"],
        update_fields=["hash", "data", "checked_at", "changed_at", "missing_since"],
    )
    for s in sightings:
        if s.row is None:
            SeenRow.objects.filter(cursor=cursor, record=s.record).update(
                hash="", checked_at=s.at, missing_since=s.at
            )


def record_of(trigger: Trigger, row: JsonObject) -> str:
    found = jmespath.search(trigger.record_id, row)
    return "" if found is None else str(found)[:200]


def kept(trigger: Trigger, row: JsonObject) -> JsonObject:
    return {key: row.get(key) for key in trigger.remember}


def hash_of(trigger: Trigger, row: JsonObject) -> str:
    return fingerprint(settled(kept(trigger, row)))


def changed_at(trigger: Trigger, row: JsonObject | None) -> datetime | None:
    return moment(jmespath.search(trigger.changed_at, row)) if trigger.changed_at and row else None


def moment(value: Any) -> datetime | None:
    """A time as apps write it; None for what is none."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _admitted(source: Source, sighting: Sighting) -> bool:
    admits = source.trigger.admits
    return sighting.row is None or admits is None or admits(sighting.row, source.settings)


def _differs(trigger: Trigger, sighting: Sighting, seen: SeenRow | None) -> bool:
    if sighting.row is None:
        return seen is not None and seen.hash != ""
    return seen is None or seen.hash != hash_of(trigger, sighting.row)


def _change(trigger: Trigger, sighting: Sighting, seen: SeenRow | None) -> Change:
    row = sighting.row
    made = moment(jmespath.search(trigger.made_at, row)) if trigger.made_at and row else None
    return Change(
        record=sighting.record,
        before=seen.data if seen and seen.hash else None,
        after=None if row is None else kept(trigger, row),
        since=seen.checked_at if seen else None,
        made_at=made,
    )


def _tell(
    source: Source,
    differing: Sequence[Sighting],
    changes: Mapping[str, Change],
    ours: set[str],
    how: EventSource,
    taken: Taken,
) -> None:
    trigger, happenings = source.trigger, source.trigger.happenings
    assert happenings is not None
    arrivals: list[Arrival] = []
    echoed: Counter[str] = Counter()
    for sighting in sorted(differing, key=lambda s: s.record):  # in one order, so that nobody deadlocks
        before = changes[sighting.record].before
        told = happenings(before, sighting.row, sighting.at)
        if sighting.record in ours:
            echoed.update(what.type for what in told)
            continue
        payload = sighting.row if sighting.row is not None else before or {}
        arrivals += [
            Arrival(
                type=what.type,
                key=what.key,
                record=sighting.record,
                payload=payload,
                source=sighting.source or (EventSource.POLL if what.type in trigger.untold else how),
                notice=sighting.notice,
                late=sighting.late,
            )
            for what in told
        ]
    taken.runs = accept(source.connection, source.trigger.key, arrivals, [source.workflow], how)
    taken.events, taken.echoes = len(arrivals), sum(echoed.values())
    _count(source, arrivals, echoed)


def _count(source: Source, arrivals: Iterable[Arrival], echoed: Counter[str]) -> None:
    recovered = Counter(a.type for a in arrivals if a.source == EventSource.RECOVERED)
    now = datetime.now(UTC)
    for kind in sorted({*recovered, *echoed}):
        what = tallies.of(source.connection, kind)
        tallies.count(what, now, recovered=recovered[kind], echoes=echoed[kind])
