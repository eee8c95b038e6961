"""Transforms of times. Between transforms a time is ISO 8601 text with its offset, a date YYYY-MM-DD."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.expressions import quoted
from integrations.engine.spec import Field, FieldType
from integrations.engine.transforms.base import (
    OTHERWISE,
    Args,
    Example,
    Transform,
    TransformFailed,
    ZoneContext,
    as_text,
)
from integrations.engine.transforms.moments import in_zone, read_day, read_moment, zone_named

_DIRECTIVE = re.compile(r"%(.?)")
_DIRECTIVES = "aAbBdHIjmMpSyYz%"


def _zone(args: Args, where: ZoneContext) -> str:
    return str(args.get("zone") or where.zone)


def _moment(value: Any, args: Args, where: ZoneContext) -> datetime:
    return read_moment(value, _zone(args, where))


def parse_datetime(value: Any, args: Args, where: ZoneContext) -> str:
    return read_moment(
        value, _zone(args, where), order=args.get("order", ""), time_of_day=args.get("time", "")
    ).isoformat()


def to_iso(value: Any, args: Args, where: ZoneContext) -> str:
    moment = _moment(value, args, where)
    style = args.get("style", "offset")
    if style == "utc":
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if args.get("zone"):
        moment = moment.astimezone(zone_named(args["zone"]))
    return (moment.replace(tzinfo=None) if style == "local" else moment).isoformat()


def time_zone(value: Any, args: Args, where: ZoneContext) -> str:
    try:
        return zone_named(as_text(value).strip()).key
    except WrongUse as error:
        raise TransformFailed(error.sentence) from None


def convert_zone(value: Any, args: Args, where: ZoneContext) -> str:
    return read_moment(value, where.zone).astimezone(zone_named(args["zone"])).isoformat()


def to_date(value: Any, args: Args, where: ZoneContext) -> str:
    day = read_day(value, args.get("order", ""))
    if day:
        return day.isoformat()
    zone = _zone(args, where)
    moment = read_moment(value, zone, order=args.get("order", ""))
    return (moment.astimezone(zone_named(zone)) if zone else moment).date().isoformat()


def to_epoch_ms(value: Any, args: Args, where: ZoneContext) -> int:
    since = _moment(value, args, where) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(milliseconds=1)


def add_duration(value: Any, args: Args, where: ZoneContext) -> str:
    calendar = timedelta(days=args.get("days", 0), weeks=args.get("weeks", 0))
    elapsed = timedelta(hours=args.get("hours", 0), minutes=args.get("minutes", 0))
    day = read_day(value)
    if day:
        return _later_day(day, calendar, elapsed)
    zone = _zone(args, where)
    moment = read_moment(value, zone)
    if calendar:
        if not zone:
            raise TransformFailed("Days are counted by a calendar; say with `zone` in which time zone.")
        wall = moment.astimezone(zone_named(zone)).replace(tzinfo=None)
        moment = in_zone(wall + calendar, zone)
    # Through UTC: Python adds to an aware time as if its wall clock never jumped.
    return (moment.astimezone(UTC) + elapsed).astimezone(moment.tzinfo).isoformat()


def _later_day(day: date, calendar: timedelta, elapsed: timedelta) -> str:
    if elapsed:
        raise TransformFailed(
            "A date without a time cannot be moved by hours or minutes; give it a time first."
        )
    return (day + calendar).isoformat()


def format_datetime(value: Any, args: Args, where: ZoneContext) -> str | list[Any]:
    """Of a list, each of its times."""
    if isinstance(value, list):
        return [format_datetime(item, args, where) for item in value]
    layout = args["layout"]
    if any(code not in _DIRECTIVES or not code for code in _DIRECTIVE.findall(layout)):
        raise WrongUse(
            f"{quoted(layout)} has a % that means nothing here; use %{', %'.join(_DIRECTIVES)} "
            "as strftime does, %% for a percent sign."
        )
    moment = _moment(value, args, where)
    zone = _zone(args, where)
    return (moment.astimezone(zone_named(zone)) if zone else moment).strftime(layout)


ZONE = Field(
    key="zone",
    label="Time zone",
    help="An IANA name such as Europe/Berlin. Not set: the zone of the run's accounts, if they agree.",
)
ORDER = Field(
    key="order",
    label="Order in 03/04/2026",
    choices=(("DMY", "day, month, year"), ("MDY", "month, day, year")),
    help="Not set: such a date is refused rather than guessed.",
)
DST_HELP = (
    "A wall-clock time that a zone shows twice means the first; one it never shows (clocks go forward) is "
    "moved forward by the length of the gap."
)

TRANSFORMS = (
    Transform(
        name="parse_datetime",
        title="Read a time",
        help=(
            "Reads ISO 8601, 2026-11-20 10:00:00, 20 Nov 2026 10:00 AM, seconds (10 digits) or milliseconds "
            "(13 digits) since 1970. An offset in the text counts; without one the time is in the zone. "
            + DST_HELP
        ),
        run=parse_datetime,
        gives=FieldType.DATETIME,
        params=(
            ZONE,
            ORDER,
            Field(
                key="time", label="Time of day for a date alone", help="HH:MM; not set: a date is refused."
            ),
            OTHERWISE,
        ),
        example=Example("2026-11-20 10:00:00", "2026-11-20T10:00:00+01:00", {"zone": "Europe/Berlin"}),
    ),
    Transform(
        name="to_iso",
        title="Time as ISO 8601",
        help="Writes a time for an app: with offset, in UTC with Z, or as wall clock without an offset.",
        run=to_iso,
        takes=FieldType.DATETIME,
        gives=FieldType.DATETIME,
        params=(
            Field(key="zone", label="Time zone", help="Not set: the offset stays as it is."),
            Field(
                key="style",
                label="Style",
                choices=(
                    ("offset", "2026-11-20T10:00:00+01:00"),
                    ("utc", "2026-11-20T09:00:00Z"),
                    ("local", "2026-11-20T10:00:00"),
                ),
                default="offset",
            ),
        ),
        example=Example("2026-11-20T09:00:00Z", "2026-11-20T10:00:00+01:00", {"zone": "Europe/Berlin"}),
    ),
    Transform(
        name="time_zone",
        title="Name of a time zone",
        help="Lets a name such as Europe/Berlin through, and refuses what is none.",
        run=time_zone,
        gives=FieldType.TEXT,
        params=(OTHERWISE,),
        example=Example(" Europe/Berlin ", "Europe/Berlin"),
    ),
    Transform(
        name="convert_zone",
        title="Time in another zone",
        help="The same moment, as clocks in the zone show it.",
        run=convert_zone,
        takes=FieldType.DATETIME,
        gives=FieldType.DATETIME,
        params=(Field(key="zone", label="Time zone", required=True),),
        example=Example(
            "2026-11-20T10:00:00+01:00", "2026-11-20T04:00:00-05:00", {"zone": "America/New_York"}
        ),
    ),
    Transform(
        name="to_date",
        title="Date of a time",
        help="YYYY-MM-DD in the zone; without any zone, as the time is written. A date alone stays itself.",
        run=to_date,
        gives=FieldType.DATE,
        params=(ZONE, ORDER),
        example=Example("2026-11-20T23:30:00Z", "2026-11-21", {"zone": "Europe/Berlin"}),
    ),
    Transform(
        name="to_epoch_ms",
        title="Milliseconds since 1970",
        help="The moment as a whole number of milliseconds since 1970-01-01 UTC.",
        run=to_epoch_ms,
        takes=FieldType.DATETIME,
        gives=FieldType.INTEGER,
        params=(ZONE,),
        example=Example("2026-11-20T09:00:00Z", 1795165200000),
    ),
    Transform(
        name="add_duration",
        title="Later or earlier",
        help=(
            "Moves a time; negative numbers go back. Days and weeks are calendar days in the zone and keep "
            "the wall clock, then hours and minutes pass as real time. A date alone moves by days and weeks. "
            + DST_HELP
        ),
        run=add_duration,
        takes=FieldType.DATETIME,
        params=(
            Field(key="weeks", label="Weeks", type=FieldType.INTEGER),
            Field(key="days", label="Days", type=FieldType.INTEGER),
            Field(key="hours", label="Hours", type=FieldType.NUMBER),
            Field(key="minutes", label="Minutes", type=FieldType.NUMBER),
            ZONE,
        ),
        example=Example(
            "2026-10-24T10:00:00+02:00", "2026-10-25T10:00:00+01:00", {"days": 1, "zone": "Europe/Berlin"}
        ),
    ),
    Transform(
        name="format_datetime",
        title="Time in words",
        help="Writes a time for people, or each of a list, by a layout of % codes, in the zone.",
        run=format_datetime,
        takes=FieldType.DATETIME,
        gives=FieldType.TEXT,
        params=(
            Field(key="layout", label="Layout", required=True, help="For example %A, %d %B %Y at %H:%M"),
            ZONE,
        ),
        example=Example(
            "2026-11-20T09:00:00Z",
            "Friday, 20 November 2026 at 10:00",
            {"layout": "%A, %d %B %Y at %H:%M", "zone": "Europe/Berlin"},
        ),
    ),
)
