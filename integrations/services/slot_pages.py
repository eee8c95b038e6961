"""The page on which a person picks a time: what it offers, and the booking of what was picked.

It shows what the workflow answers: `calendar` (a name), `zone`, and `days`, a list of `{date, slots}` with
slots of `{start, end}`. What is picked becomes an event of the trigger, stored once however often it is sent,
and its run books it through the ledger like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings

from integrations.engine.errors import Conflict, WrongUse
from integrations.engine.icalendar import Entry, calendar
from integrations.models import FINISHED, EventSource, Run, RunMode, RunState
from integrations.services import asking, byhand
from integrations.services.ingest import Arrival, accept
from integrations.services.slot_links import Visit

SAID = ("name", "email", "phone", "contact_id", "note", "title")
WINDOW_DAYS = 14
LONGEST_H = 24
NOT_OFFERED = "This is no time that was offered; choose one of those below."
BOOKING_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A free time: the texts that it is picked with, and its start in the visitor's zone."""

    start: str
    end: str
    local: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is free from `first` to `last` in `zone`; `problem` says why nothing can be told."""

    calendar: str
    zone: str
    first: date
    last: date
    days: list[tuple[date, list[Slot]]]
    problem: str = ""

    @property
    def later(self) -> date:
        return self.last + timedelta(days=1)

    @property
    def earlier(self) -> date:
        return self.first - timedelta(days=WINDOW_DAYS)


def offer(visit: Visit, zone: str, first: date | None, without: str = "") -> Offer:
    """Ask the workflow, as anybody may; `without` a start that has just turned out to be taken.

    Raises WrongUse when it is not live, Throttled when too many ask at once.
    """
    asked = asking.asked(visit.workflow)
    first = first or datetime.now(ZoneInfo(zone) if zone else UTC).date()
    last = first + timedelta(days=WINDOW_DAYS - 1)
    wanted = {"start_date": first.isoformat(), "end_date": last.isoformat(), "time_zone": zone}
    known = {known.key for known in asked.trigger.fields}
    wanted = {key: text for key, text in wanted.items() if key in known and text}
    given = asking.question(asked.trigger, wanted, {**visit.question, **wanted})
    told = asking.told(asking.ask(asked, given))
    if told.status != 200:
        return Offer(
            calendar="", zone=zone, first=first, last=last, days=[], problem=told.document["message"]
        )
    answer = told.document if isinstance(told.document, dict) else {}
    chosen = zone or str(answer.get("zone") or "UTC")
    return Offer(
        calendar=str(answer.get("calendar") or visit.workflow.name),
        zone=chosen,
        first=first,
        last=last,
        days=_days(answer.get("days") or [], ZoneInfo(chosen), without),
    )


def _days(days: list[Any], zone: ZoneInfo, without: str) -> list[tuple[date, list[Slot]]]:
    found: dict[date, list[Slot]] = {}
    for slot in (slot for day in days for slot in day["slots"] if slot["start"] != without):
        local = datetime.fromisoformat(slot["start"]).astimezone(zone)
        made = Slot(start=slot["start"], end=slot.get("end", ""), local=local)
        found.setdefault(local.date(), []).append(made)
    return sorted(found.items())


def live(visit: Visit) -> bool:
    try:
        asking.asked(visit.workflow)
    except WrongUse:
        return False
    return True


def today(zone: str) -> date:
    return datetime.now(ZoneInfo(zone)).date()


def in_zone(start: str, end: str, zone: str) -> tuple[datetime, datetime]:
    """Raises WrongUse for what is no time to come."""
    begins, ends = _times(start, end)
    if zone not in available_timezones():
        raise WrongUse(NOT_OFFERED)
    return begins.astimezone(ZoneInfo(zone)), ends.astimezone(ZoneInfo(zone))


def books(visit: Visit) -> bool:
    """Whether its workflow does anything when a time is picked."""
    return bool(asking.asked(visit.workflow).trigger.picked)


def pick(visit: Visit, start: str, end: str, zone: str, person: Mapping[str, str], once: str) -> Run:
    """Book it, in this process and within a few seconds; the run as it then stands.

    `once` is the same however often one page is sent, so that no reload and no second click books again.
    """
    asked = asking.asked(visit.workflow)
    begins, ends = _times(start, end)
    given = asking.question(asked.trigger, {}, visit.question)
    payload = {
        **given,
        "time_zone": zone,
        "start": start,
        "end": ends.isoformat(),
        **dict.fromkeys(SAID, ""),
        **{key: text.strip() for key, text in person.items()},
    }
    said = f"{visit.workflow.pk} {once} {begins.astimezone(UTC).isoformat()} {payload['email'].lower()}"
    key = f"{asked.trigger.picked}:{sha256(said.encode()).hexdigest()[:40]}"
    arrival = Arrival(
        type=asked.trigger.picked,
        key=key,
        record=f"{payload['email'] or payload['contact_id']} {key[-8:]}",
        payload=payload,
    )
    accept(asked.connection, asked.trigger.key, [arrival], [visit.workflow], EventSource.MANUAL)
    run = Run.objects.get(
        workflow=visit.workflow,
        event__connection=asked.connection,
        event__dedupe_key=key,
        mode=RunMode.LIVE,
        replay=0,
    )
    return run if run.state in FINISHED else byhand.wait_for(run, BOOKING_S)


def _times(start: str, end: str) -> tuple[datetime, datetime]:
    try:
        begins, ends = datetime.fromisoformat(start), datetime.fromisoformat(end or start)
        fits = begins <= ends <= begins + timedelta(hours=LONGEST_H)
    except (ValueError, TypeError):
        fits = False
    if not fits or begins.tzinfo is None:
        raise WrongUse(NOT_OFFERED)
    if begins <= datetime.now(UTC):
        raise WrongUse("This time is over; choose one of those below.")
    return begins, ends


def was_taken(run: Run) -> bool:
    return run.state == RunState.FAILED and run.error_kind == Conflict.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A booking as its page tells it. `state`: booked, moving (wait a moment), failed."""

    state: str
    start: datetime
    end: datetime
    zone: str
    name: str
    email: str
    title: str


def told(run: Run) -> Booked:
    said = run.event.payload
    zone = ZoneInfo(said.get("time_zone") or "UTC")
    begins = datetime.fromisoformat(said["start"])
    state = "booked" if run.state == RunState.SUCCEEDED else "failed" if run.state in FINISHED else "moving"
    return Booked(
        state=state,
        start=begins.astimezone(zone),
        end=datetime.fromisoformat(said.get("end") or said["start"]).astimezone(zone),
        zone=zone.key,
        name=said.get("name", ""),
        email=said.get("email", ""),
        title=said.get("title") or run.workflow.name,
    )


def invitation(run: Run) -> str:
    """The booking as an iCalendar file."""
    booked = told(run)
    entry = Entry(
        uid=f"booking-{run.pk}@{settings.HUB_BASE_URL.partition('://')[2]}",
        start=booked.start,
        end=booked.end,
        title=booked.title,
    )
    return calendar(booked.title, [entry], run.finished_at or datetime.now(UTC))
