"""Free times over clock changes, through a run of the hub against the simulated app.

What is expected is worked out here with zoneinfo alone, instant by instant, and knows nothing of how either
of the two does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.engine.spec import FieldMapping, Step, StepKind
from integrations.models import ApiCall, RunState
from integrations.services.drain import Drain
from tests.hub import Hub, calendar_of
from tests.services.handmade import happen, live, mapped

HALF_HOUR = timedelta(minutes=30)
ZONES = ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"]

TIMES = Step(
    id="times",
    title="Times",
    kind=StepKind.PROCEDURE,
    role="crm",
    operation="free_times",
    mappings=mapped(
        calendarId="event.calendar", from_day="event.first", to_day="event.last", zone="event.zone"
    ),
)
ANSWER = Step(
    id="answer",
    title="Answer",
    kind=StepKind.ANSWER,
    mappings=(FieldMapping(target="times", source="steps.times.times"),),
)


def changes(zone: str) -> list[date]:
    """The next two days that are not as long as others; where there are none, a day like any."""
    there, today = ZoneInfo(zone), datetime.now(UTC).date()
    days = [today + timedelta(days=n) for n in range(2, 400)]
    found = [day for day in days if length(day, there) != timedelta(days=1)]
    return found[:2] or [today + timedelta(days=40)]


def length(day: date, zone: ZoneInfo) -> timedelta:
    begin, end = (datetime.combine(d, time(), zone).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    return end - begin


def half_hours(first: date, last: date) -> Iterator[datetime]:
    """Every half hour of the world's day on these days, with a day on either side."""
    moment = datetime.combine(first - timedelta(days=1), time(), UTC)
    while moment < datetime.combine(last + timedelta(days=2), time(), UTC):
        yield moment
        moment += HALF_HOUR


def is_open(moment: datetime, place: ZoneInfo) -> bool:
    """From midnight to six, which is when clocks change, and from nine to five."""
    clock = moment.astimezone(place).time()
    return clock <= time(5, 30) or time(9) <= clock <= time(16, 30)


def expected(first: date, last: date, place: str, asked_in: str) -> list[str]:
    there, shown = ZoneInfo(place), ZoneInfo(asked_in)
    local = [moment.astimezone(shown) for moment in half_hours(first, last) if is_open(moment, there)]
    return [moment.isoformat() for moment in local if first <= moment.date() <= last]


def in_zone(hub: Hub, zone: str) -> str:
    """A calendar open every day, in a location that lies in the zone; the calendar's id."""
    calendar_id = calendar_of(hub.ghl)
    store = hub.sandbox.apps()["ghl"].store
    assert store is not None
    nights = {"openHour": 0, "openMinute": 0, "closeHour": 6, "closeMinute": 0}
    days = {"openHour": 9, "openMinute": 0, "closeHour": 17, "closeMinute": 0}
    with store.transaction("ghl") as tx:
        location = tx.get("locations", hub.ghl.settings["location_id"])
        calendar = tx.get("calendars", calendar_id)
        assert location is not None
        assert calendar is not None
        tx.put("locations", location["id"], {**location, "timezone": zone})
        hours = [{"daysOfTheWeek": [day], "hours": [nights, days]} for day in range(7)]
        tx.put("calendars", calendar_id, {**calendar, "openHours": hours})
    return calendar_id


def ask(hub: Hub, calendar: str, first: date, last: date, zone: str) -> list[dict[str, Any]]:
    workflow = live(hub, TIMES, ANSWER, name=f"Times {first} {zone}")
    run = happen(hub, workflow, calendar=calendar, first=str(first), last=str(last), zone=zone)
    Drain().run(for_s=20)
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.SUCCEEDED, "")
    times: list[dict[str, Any]] = run.answer["times"]
    return times


@pytest.mark.parametrize("place", ZONES)
@pytest.mark.parametrize("asked_in", ["", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_free_times_over_clock_changes_are_those_of_the_zone_database(
    hub: Hub, place: str, asked_in: str
) -> None:
    zone = asked_in or place
    calendar = in_zone(hub, place)
    for change in changes(place):
        # 40 days, so that two calls are made and the first ends about when the clocks change
        first, last = change - timedelta(days=29), change + timedelta(days=10)
        first = max(first, datetime.now(UTC).date() + timedelta(days=2))
        found = ask(hub, calendar, first, last, zone)
        assert [one["startTime"] for one in found] == expected(first, last, place, zone)
        for one in found:
            start, end = (datetime.fromisoformat(one[name]) for name in ("startTime", "endTime"))
            assert end - start == HALF_HOUR
    read = ApiCall.objects.filter(operation="calendars.free_slots")
    assert all("timezone=" in call.url for call in read)


def test_a_night_is_as_long_as_it_was(hub: Hub) -> None:
    """The expectation itself, once by hand: two hours of the night are one, or three."""
    for zone, wanted in (("America/New_York", {10, 14}), ("Australia/Lord_Howe", {11, 13})):
        nights = set()
        for change in changes(zone):
            slots = expected(change, change, zone, zone)
            nights.add(sum(datetime.fromisoformat(slot).time() < time(6) for slot in slots))
        assert nights == wanted
