"""`set_day`: a person's schedule on one day, its usual hours less the times they are busy.

A schedule's rules hold for a weekday or for a date, the date's in place of the weekday's (official OpenAPI,
calendars, schedules). So a busy time is a rule for its date; without any, the date has no rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.connectors.ghl.availability import instant
from integrations.connectors.ghl.finding import rows_of
from integrations.engine.errors import MappingFailed, Refused
from integrations.engine.paginate import ask
from integrations.engine.spec import Field, FieldType, JsonObject, Procedure, Script, Situation, Write
from integrations.engine.transforms.moments import zone_named

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST = 500
END_OF_DAY = 24 * 60 - 1  # how a day's very last minute is written: there is no 24:00

Span = tuple[int, int]


def set_day(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{changed, schedule}`; written only where the rules are to be different. Refused without a schedule."""
    found = rows_of((yield from ask("schedules.search", {"userId": values["userId"], "limit": MOST})))
    schedule = _chosen(found, values.get("scheduleId"))
    zone = zone_named(str(schedule.get("timezone")))
    rules = [rule for rule in schedule.get("rules") or [] if isinstance(rule, dict)]
    changed = rules
    for day in values["days"]:
        changed = _with_day(changed, _day(day), _busy(values.get("windows") or [], _day(day), zone))
    if changed == rules:
        return {"changed": False, "schedule": schedule}
    outcome = yield Write("schedules.update", {"id": schedule["id"], "rules": changed})
    if outcome.error is not None:
        raise outcome.error
    return {"changed": True, "schedule": outcome.value}


def _chosen(found: list[JsonObject], wanted: Any) -> JsonObject:
    rows = [row for row in found if not row.get("deleted") and (not wanted or row.get("id") == wanted)]
    if rows:
        return rows[0]
    raise Refused(
        "This person has no such schedule in GoHighLevel; make one there, or have busy times blocked."
    )


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise MappingFailed(f"“{text}” is no day; write it as 2026-11-20.") from None


def _busy(windows: list[Any], day: date, zone: ZoneInfo) -> list[Span]:
    """The windows' minutes on that day, by the schedule's clock."""
    midnight = datetime.combine(day, time(), zone)
    spans = []
    for window in windows:
        start, end = instant(window.get("startTime")), instant(window.get("endTime"))
        if start is not None and end is not None:
            spans.append((_minute(start, midnight, zone), _minute(end, midnight, zone)))
    return [(begin, end) for begin, end in spans if begin < end]


def _minute(moment: datetime, midnight: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    days = (local.date() - midnight.date()) // timedelta(days=1)
    return min(END_OF_DAY, max(0, days * 24 * 60 + local.hour * 60 + local.minute))


def _with_day(rules: list[JsonObject], day: date, busy: list[Span]) -> list[JsonObject]:
    """The rules with that date's taken out, and put in anew where somebody is busy."""
    others = [rule for rule in rules if not (rule.get("type") == "date" and _is_on(rule, day))]
    if not busy:
        return others
    usual = [
        rule for rule in others if rule.get("type") == "wday" and rule.get("day") == WEEKDAYS[day.weekday()]
    ]
    free = [
        span
        for rule in usual
        for interval in rule.get("intervals") or []
        for span in _less(_span(interval), busy)
    ]
    intervals = [{"from": _clock(begin), "to": _clock(end)} for begin, end in free]
    return [*others, {"type": "date", "date": day.isoformat(), "intervals": intervals}]


def _is_on(rule: JsonObject, day: date) -> bool:
    return str(rule.get("date") or "")[:10] == day.isoformat()


def _span(interval: Mapping[str, Any]) -> Span:
    return _minutes(interval.get("from")), _minutes(interval.get("to"))


def _minutes(text: Any) -> int:
    hour, _, minute = str(text).partition(":")
    return int(hour or 0) * 60 + int(minute or 0)


def _less(span: Span, busy: list[Span]) -> Iterator[Span]:
    """What is left of a span."""
    begin, end = span
    for from_, to in sorted(busy):
        if from_ > begin:
            yield begin, min(from_, end)
        begin = max(begin, to)
        if begin >= end:
            return
    yield begin, end


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


SET_DAY = Procedure(
    key="set_day",
    title="Take busy times out of a person's schedule",
    run=set_day,
    fields=(
        Field(key="userId", label="Team member", required=True, reference="users"),
        Field(key="days", label="Days", type=FieldType.LIST, required=True),
        Field(
            key="windows",
            label="Busy times",
            type=FieldType.LIST,
            help="Each with startTime and endTime. None: these days are as the week has them.",
        ),
        Field(key="scheduleId", label="Schedule", help="Empty: the person's first."),
    ),
    operations=("schedules.search", "schedules.update"),
    calls=2,
    writes=True,
    sample={
        "changed": True,
        "schedule": {
            "id": "rec0000000000000001",
            "timezone": "America/Chicago",
            "rules": [
                {"type": "date", "date": "2026-11-23", "intervals": [{"from": "11:00", "to": "17:00"}]}
            ],
        },
    },
)
