"""Times that our own flows are offering or booking, so that no two offer or book the same.

A hold is one of a time's seats, for a while: for the step of a run that found it, or for a person who may
come back in another run. It ends when the time is booked, when the booking is refused, when its run ends, or
when its time is over, whichever comes first; so a worker that vanishes keeps nothing for long. The app itself
has the last word: a time that somebody outside has taken is refused there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from integrations.engine.spec import Booking, Hold, JsonObject, Outcome
from integrations.models import Connection, Run, RunMode, SlotHold

# So long a list of free times may be shown again after it was read; a time booked since is held as long.
SHOWN_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A hold that a step of a run asks for."""

    connection_id: int
    run: Run
    step: str
    hold: Hold

    @property
    def holder(self) -> str:
        return f"for {self.hold.who}" if self.hold.who else f"run {self.run.pk} {self.step}"[:240]

    @property
    def ends_with(self) -> Run | None:
        """The run that ends it; what a request is offered outlives it."""
        return None if self.hold.who or self.run.mode == RunMode.REQUEST else self.run


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The time that a call books: of what, when, and for whom."""

    what: str
    start: datetime
    who: str = ""


def keep(wanted: Sequence[Wanted], now: datetime) -> list[Outcome]:
    """Hold what can be held, in order; the outcome of each. Inside the caller's transaction."""
    _one_at_a_time({one.connection_id for one in wanted})
    return [Outcome(_keep(one, now)) for one in wanted]


def free(connection_id: int, hold: Hold, now: datetime) -> list[str]:
    """Those of its times that other flows have left a seat of; nothing is held."""
    others = _held(connection_id, hold, now, besides=f"for {hold.who}" if hold.who else "")
    return [text for text, seats in hold.times.items() if others[_moment(text)] < seats]


def place_of(books: Booking, values: JsonObject) -> Place | None:
    """The time that a call with these values books; None where it books none that could be held."""
    start = values.get(books.start)
    if books.unless and values.get(books.unless):
        return None
    try:
        moment = datetime.fromisoformat(str(start))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    who = str(values.get(books.who) or "") if books.who else ""
    return Place(what=str(values.get(books.what, "")), start=moment, who=who)


def may_book(connection_id: int, run: Run, place: Place, until: datetime, now: datetime) -> datetime | None:
    """None: it may be booked, and is held for this run until then. Else when another flow's hold ends.

    Inside the caller's transaction.
    """
    rows = SlotHold.objects.filter(
        connection_id=connection_id, calendar=place.what, start_at=place.start, until__gt=now
    )
    own = Q(holder__startswith=f"run {run.pk} ")
    if place.who:
        own |= Q(holder=f"for {place.who}")
    if rows.filter(own).update(until=until):
        return None
    others = list(rows.exclude(own).values_list("seats", "until"))
    if others and len(others) >= max(seats for seats, _ in others):
        return min(ends for _, ends in others)
    SlotHold.objects.update_or_create(
        connection_id=connection_id,
        calendar=place.what,
        start_at=place.start,
        holder=f"run {run.pk} booking",
        defaults={"until": until, "run": run, "seats": max((seats for seats, _ in others), default=1)},
    )
    return None


def booked(connection_id: int, run_id: int, place: Place, done: bool, now: datetime) -> None:
    """The booking was made, or refused: its hold ends. What was booked is passed over as long as an older
    list of free times may still be shown; where a time has several seats, it has one too few meanwhile."""
    own = Q(holder__startswith=f"run {run_id} ")
    if place.who:
        own |= Q(holder=f"for {place.who}")
    rows = SlotHold.objects.filter(
        own, connection_id=connection_id, calendar=place.what, start_at=place.start
    )
    if done:
        rows.update(until=now + timedelta(seconds=SHOWN_S), run=None)
    else:
        rows.delete()


def let_go(run_ids: Iterable[int]) -> None:
    """These runs have ended: what they held and did not book is free again."""
    SlotHold.objects.filter(run__in=list(run_ids)).delete()


def _keep(wanted: Wanted, now: datetime) -> list[str]:
    hold, holder = wanted.hold, wanted.holder
    if not hold.wanted:
        return free(wanted.connection_id, hold, now)
    of_calendar = SlotHold.objects.filter(connection_id=wanted.connection_id, calendar=hold.what)
    of_calendar.filter(until__lte=now).delete()
    own = set(of_calendar.filter(holder=holder).values_list("start_at", flat=True))
    others = _held(wanted.connection_id, hold, now, besides=holder)
    until = now + timedelta(minutes=hold.minutes)
    kept: list[str] = []
    for text, seats in _own_first(hold.times, own):
        start = _moment(text)
        if len(kept) < hold.wanted and (start in own or others[start] < seats):
            values: dict[str, Any] = {"until": until, "seats": seats, "run": wanted.ends_with}
            of_calendar.update_or_create(
                connection_id=wanted.connection_id,
                calendar=hold.what,
                start_at=start,
                holder=holder,
                defaults=values,
            )
            kept.append(text)
    return [text for text in hold.times if text in kept]


def _own_first(times: Any, own: set[datetime]) -> list[tuple[str, int]]:
    """A step that asks again, after its worker vanished, is given what it holds already."""
    return sorted(times.items(), key=lambda time: _moment(time[0]) not in own)


def _held(connection_id: int, hold: Hold, now: datetime, *, besides: str) -> dict[datetime, int]:
    """How many seats of each time other holders have."""
    found: dict[datetime, int] = defaultdict(int)
    rows = SlotHold.objects.filter(connection_id=connection_id, calendar=hold.what, until__gt=now)
    for start in rows.exclude(holder=besides).values_list("start_at", flat=True):
        found[start] += 1
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _one_at_a_time(connection_ids: set[int]) -> None:
    """Who holds times of an account takes turns; SQLite's transactions do so by themselves."""
    if connection.features.has_select_for_update and connection_ids:
        rows = Connection.objects.filter(pk__in=connection_ids).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
