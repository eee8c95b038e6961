"""One look at a source: its pages, and beyond them what no page tells.

Each page is stored in one transaction with the events and runs it brings (`sightings`), and with the lease.
No transaction is open over a call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from integrations.engine.errors import StopRun, TryAgain
from integrations.engine.quota import Lane
from integrations.engine.spec import JsonObject, Outcome, Page, Read, Since, Trigger
from integrations.models import Cursor, EventSource, Notice, NoticeState, SeenRow
from integrations.services import direct, missing, pulse, rereads, sightings, stops
from integrations.services.peace import in_peace
from integrations.services.rereads import Wanted
from integrations.services.sightings import Sighting, Source, record_of

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
TRIES = 3
PATIENCE_S = 30.0

T = TypeVar("T")


@dataclass(slots=True)
class Swept:
    """What a look did. `baseline`: it was the first, so `events` is 0 by intent. `echoes` are our own."""

    rows: int = 0
    events: int = 0
    runs: int = 0
    calls: int = 0
    echoes: int = 0
    baseline: bool = False
    busy: bool = False
    unsure: bool = False


@dataclass(slots=True)
class Look:
    """One look under way at a source. `asked_at` is when the latest read began."""

    source: Source
    swept: Swept
    how: EventSource
    begun: datetime
    parents: tuple[str, ...]
    asked_at: datetime


# --- the pages ------------------------------------------------------------------------------------


def pages(look: Look) -> None:
    trigger = look.source.trigger
    assert trigger.sweep is not None
    since = Since(
        moment=None if trigger.whole else look.source.cursor.watermark,
        settings={**look.source.connection.settings, **look.source.settings},
        now=look.begun,
        parents=look.parents,
    )
    script = trigger.sweep(since)
    answer: Outcome | None = None
    try:
        command = next(script)
        while True:
            if isinstance(command, Page):
                _page(look, [dict(row) for row in command.rows])
                answer = None
            else:
                answer = _ask(look, command)
            command = script.send(answer)
    except StopIteration:
        return


def _ask(look: Look, command: Read) -> Outcome:
    """Its outcome; a record that is not there is for the script to think about."""
    stops.check(look.source.connection)
    look.asked_at = datetime.now(UTC)
    look.swept.calls += 1
    outcome = direct.read_patiently(
        look.source.connection, command.operation, command.values, purpose="sweep"
    )
    pulse.touch(datetime.now(UTC))
    return outcome


def _page(look: Look, rows: Sequence[JsonObject]) -> None:
    trigger = look.source.trigger
    look.swept.rows += len(rows)
    seen = [Sighting(record=record_of(trigger, row), row=row, at=look.asked_at) for row in rows]
    seen = [s for s in seen if s.record]
    if look.swept.baseline:
        _held(look, lambda: sightings.note(look.source, seen))
        return
    if trigger.glimpse:
        changed = _changed(look, seen)
        _held(look, lambda: _still_there(look, seen, changed))
        seen = _read_again(look, {s.record: s.row or {} for s in changed})
        look.swept.unsure |= len(seen) < len(changed)
    _take(look, seen)


def _changed(look: Look, seen: Sequence[Sighting]) -> list[Sighting]:
    """Of rows shown in part, those to be read by themselves: new ones, and what has changed since."""
    trigger = look.source.trigger
    known = {
        row.record: row
        for row in SeenRow.objects.filter(cursor=look.source.cursor, record__in=[s.record for s in seen])
    }
    return [s for s in seen if _is_news(trigger, s, known.get(s.record))]


def _is_news(trigger: Trigger, sighting: Sighting, seen: SeenRow | None) -> bool:
    if seen is None:
        return True
    if not sightings.is_newer(trigger, sighting, {sighting.record: seen}):
        return False
    changed = sightings.changed_at(trigger, sighting.row)
    if changed is not None and seen.changed_at is not None:
        return changed != seen.changed_at or seen.hash == ""
    return seen.hash != sightings.hash_of(trigger, sighting.row or {})


def _still_there(look: Look, seen: Sequence[Sighting], changed: Sequence[Sighting]) -> None:
    news = {s.record for s in changed}
    same = [s.record for s in seen if s.record not in news]
    rows = SeenRow.objects.filter(cursor=look.source.cursor, record__in=same, checked_at__lt=look.asked_at)
    rows.exclude(hash="").update(checked_at=look.asked_at, missing_since=None)


def _read_again(look: Look, known: dict[str, JsonObject]) -> list[Sighting]:
    """These records, each read by itself. One that is refused is left for later; raises what stops all."""
    wanted = [
        Wanted(look.source.connection, look.source.trigger, record, told) for record, told in known.items()
    ]
    rereads.read_all(wanted, lane=Lane.SYNC, tries=TRIES, patience_s=PATIENCE_S)
    look.swept.calls += len(wanted)
    found, trouble = [], None
    for one in wanted:
        if one.error is None:
            found.append(Sighting(record=one.record, row=one.row, at=one.at or look.asked_at))
        elif isinstance(one.error, StopRun):
            log.info("re-read of %s was refused: %s", one.record, one.error.sentence)
        else:
            trouble = one.error
    if trouble is not None:
        _take(look, found)  # what came is not asked for again
        raise trouble
    return found


def _take(look: Look, seen: Sequence[Sighting]) -> None:
    """What these rows mean, in one transaction with the lease."""
    if not seen:
        return
    told = _told_of(look, seen)
    taken = _held(look, lambda: sightings.take(look.source, told, look.how))
    look.swept.events += taken.events
    look.swept.runs += len(taken.runs)
    look.swept.echoes += taken.echoes
    look.swept.unsure |= bool(taken.unsure)


def _told_of(look: Look, seen: Sequence[Sighting]) -> list[Sighting]:
    """A webhook may have told of some already, and wait to be heard: what it tells is not recovered."""
    if look.how != EventSource.RECOVERED:
        return list(seen)
    waiting = {
        notice.record: notice
        for notice in Notice.objects.filter(
            connection=look.source.connection,
            state=NoticeState.NEW,
            type__in=look.source.trigger.hears,
            record__in=[s.record for s in seen],
        ).order_by("pk")
    }
    return [
        replace(s, source=EventSource.WEBHOOK, notice=told.pk, late=told.late)
        if (told := waiting.get(s.record))
        else s
        for s in seen
    ]


def _held(look: Look, work: Callable[[], T]) -> T:
    """`work` in one transaction in which the lease is renewed first; that keeps others from the cursor too.

    Raises TryAgain when another worker has it by now.
    """

    def hold_and_work() -> T:
        cursor = look.source.cursor
        ours = Cursor.objects.filter(pk=cursor.pk, lease_owner=cursor.lease_owner)
        if not ours.update(lease_until=datetime.now(UTC) + LEASE):
            raise TryAgain(f"Another worker has taken over the look for “{look.source.workflow.name}”.")
        return work()

    return in_peace(hold_and_work)


# --- beyond the pages -----------------------------------------------------------------------------


def beyond(look: Look) -> None:
    """What no page tells: rows that looks no longer bring, and those that vanish without a word."""
    source = look.source
    if source.trigger.whole:
        lost = missing.from_pages(source, look.begun, look.parents)
        if rereads.can_read(source.trigger):
            _look_after(look, lost)
        else:
            gone = missing.for_the_second_time(source, lost, look.begun)
            _take(look, [Sighting(record=row.record, row=None, at=look.asked_at) for row in gone])
    if rereads.can_read(source.trigger):
        _look_after(look, missing.linked(source, datetime.now(UTC)))


def _look_after(look: Look, rows: Sequence[SeenRow]) -> None:
    """Read these by themselves: each is gone, or somewhere that looks do not reach, or could not be read."""
    found = _read_again(look, {row.record: row.data for row in rows})
    _take(look, found)
    missing.looked_after(look.source, rows, found, datetime.now(UTC))
