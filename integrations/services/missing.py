"""Rows that a look does not bring: children, read in turns, and what is missing or vanishes silently.

A row that a whole list no longer has may be gone, or only somewhere else (completed, past, in the next page
when one before it went): so it is read by itself before anybody is told. Where it cannot be, it has to be
missing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from integrations.models import Effect, EffectState, RecordLink, SeenRow, Workflow
from integrations.services.sightings import Sighting, Source

AT_ONCE = 50
LINKED_AT_ONCE = 20
PARENTS_AT_ONCE = 50
LINKED_AGAIN_AFTER = timedelta(minutes=1)


def from_pages(source: Source, begun: datetime, parents: Collection[str]) -> list[SeenRow]:
    """Rows that this look should have brought and did not, the longest unseen first; not all at once."""
    rows = _known(source).filter(checked_at__lt=begun)
    if source.trigger.parent:
        rows = rows.filter(**{f"data__{source.trigger.parent}__in": list(parents)})
    if source.trigger.fetch or source.trigger.reread:
        rows = rows.filter(missing_since=None)
    return list(rows.order_by("checked_at")[:AT_ONCE])


def for_the_second_time(source: Source, lost: Sequence[SeenRow], begun: datetime) -> list[SeenRow]:
    """Of these, the ones that the look before this did not bring either; the others are noted."""
    first = [row.pk for row in lost if row.missing_since is None]
    SeenRow.objects.filter(pk__in=first).update(missing_since=begun)
    return [row for row in lost if row.missing_since is not None]


def linked(source: Source, now: datetime) -> list[SeenRow]:
    """Rows that something was made of, in turns: some apps never tell of what vanished. Of a whole list only
    those that are not in it any more."""
    made_of = RecordLink.objects.filter(workflow=source.workflow, mode="live", ended_at=None).values("record")
    rows = _known(source).filter(record__in=made_of, checked_at__lt=now - LINKED_AGAIN_AFTER)
    if source.trigger.whole:
        rows = rows.exclude(missing_since=None)
    return list(rows.order_by("checked_at")[:LINKED_AT_ONCE])


def looked_after(source: Source, rows: Sequence[SeenRow], found: Sequence[Sighting], now: datetime) -> None:
    """Note what came of reading these by themselves. Those that were refused come last the next time."""
    there = {sighting.record for sighting in found if sighting.row is not None}
    answered = {sighting.record for sighting in found}
    refused = [row.pk for row in rows if row.record not in answered]
    SeenRow.objects.filter(pk__in=refused).update(checked_at=now)
    if source.trigger.whole:
        elsewhere = [row.pk for row in rows if row.record in there]
        SeenRow.objects.filter(pk__in=elsewhere).update(missing_since=now)


def parents_of(source: Source, now: datetime) -> tuple[str, ...]:
    """The records whose children this look reads: some of those the hub has to do with, in turns."""
    if not source.trigger.parent:
        return ()
    known = sorted(_parents(source))
    if len(known) <= PARENTS_AT_ONCE:
        return tuple(known)
    turn = int(now.timestamp() // 60) // max(1, source.cursor.interval_min or 1)
    start = turn * PARENTS_AT_ONCE % len(known)
    return tuple((known + known)[start : start + PARENTS_AT_ONCE])


def _parents(source: Source) -> set[str]:
    """What we wrote over this connection by the operations named, and what was made of records that the
    triggers named brought; and whatever has children that are known."""
    names = source.trigger.parents
    here = source.connection
    made = Effect.objects.filter(connection=here, operation__in=names, state=EffectState.DONE).exclude(
        record_id=""
    )
    listening = Workflow.objects.filter(cursors__connection=here, cursors__trigger__in=names)
    brought = RecordLink.objects.filter(workflow__in=listening, mode="live", ended_at=None)
    key = f"data__{source.trigger.parent}"
    return {
        *made.values_list("record_id", flat=True).distinct(),
        *brought.values_list("record", flat=True).distinct(),
        *(str(parent) for parent in _known(source).values_list(key, flat=True).distinct() if parent),
    }


def _known(source: Source) -> QuerySet[SeenRow]:
    """Rows that nobody was told the end of."""
    return SeenRow.objects.filter(cursor=source.cursor).exclude(hash="")
