"""What GoHighLevel has no webhook for: calendars, their groups, schedules of people, and tags.

Each is a short list without any time of change (schedules have one), so a look reads all of it and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.triggers.notes import rows
from integrations.connectors.ghl.triggers.told import fields
from integrations.engine.changes import created_changed_gone, events_of
from integrations.engine.errors import NotFound
from integrations.engine.paginate import ask, by_skip, one_page
from integrations.engine.spec import JsonObject, Script, Since, Sweep, Trigger, TriggerKind

SCHEDULES_A_PAGE = 50  # the documented default; at most 500

CALENDAR: JsonObject = {
    "id": "cal0000000000000001",
    "locationId": "loc0000000000000001",
    "groupId": "grp0000000000000001",
    "name": "Review call",
    "description": "Half an hour to go through a new certificate.",
    "slug": "review-call",
    "isActive": True,
    "calendarType": "round_robin",
    "eventTitle": "{{contact.name}}",
    "eventColor": "#039be5",
    "slotDuration": 30,
    "slotDurationUnit": "mins",
    "slotInterval": 30,
    "slotBuffer": 0,
    "appoinmentPerSlot": 1,
    "teamMembers": [{"userId": "usr0000000000000001"}],
    "openHours": [],
}
GROUP: JsonObject = {
    "id": "grp0000000000000001",
    "locationId": "loc0000000000000001",
    "name": "Reviews",
    "description": "Certificates that need a talk.",
    "slug": "reviews",
    "isActive": True,
}
SCHEDULE: JsonObject = {
    "id": "sch0000000000000001",
    "locationId": "loc0000000000000001",
    "userId": "usr0000000000000001",
    "name": "Weekdays",
    "timezone": "America/New_York",
    "rules": [{"type": "wday", "day": "monday", "intervals": [{"from": "09:00", "to": "17:00"}]}],
    "calendarIds": ["cal0000000000000001"],
    "dateAdded": "2026-11-20T09:00:00.000Z",
    "dateUpdated": "2026-11-20T10:00:00.000Z",
}
TAG: JsonObject = {"id": "tag0000000000000001", "locationId": "loc0000000000000001", "name": "certified"}

CALENDAR_KEPT = tuple(key for key in CALENDAR if key != "locationId")
GROUP_KEPT = ("id", "name", "description", "slug", "isActive")
SCHEDULE_KEPT = ("id", "userId", "name", "timezone", "rules", "calendarIds")
TAG_KEPT = ("id", "name")


def sweep_calendars(since: Since) -> Sweep:
    yield from one_page("calendars.list", {"showDrafted": True}, rows="@")


def sweep_groups(since: Since) -> Sweep:
    yield from one_page("calendar_groups.list", {}, rows="@")


def sweep_schedules(since: Since) -> Sweep:
    """The search wants a user: so it is asked once for each user of the location."""
    listed = yield from ask("users.list", {})
    for user in rows(listed, "users"):
        yield from by_skip("schedules.search", {"userId": user.get("id")}, rows="@", limit=SCHEDULES_A_PAGE)


def sweep_tags(since: Since) -> Sweep:
    yield from one_page("location_tags.list", {}, rows="@")


def fetch_tag(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    try:
        tag = yield from ask("location_tags.get", {"tagId": record})
    except NotFound:
        return None
    return tag


def _polled(
    key: str,
    title: str,
    noun: str,
    row: JsonObject,
    changed: JsonObject,
    kept: tuple[str, ...],
    scopes: tuple[str, ...],
    operations: tuple[str, ...],
    **more: Any,
) -> Trigger:
    label = noun.replace("_", " ").capitalize()
    return Trigger(
        key=key,
        title=title,
        kind=TriggerKind.POLL,
        events=events_of(noun, label),
        sample={f"{noun}.created": row, f"{noun}.updated": {**row, **changed}, f"{noun}.deleted": row},
        scopes=scopes,
        operations=operations,
        remember=kept,
        happenings=created_changed_gone(noun, kept, more.get("changed_at", "")),
        whole=True,
        **more,
    )


TRIGGERS = (
    _polled(
        "calendars.changed",
        "A calendar is created, changed or deleted",
        "calendar",
        CALENDAR,
        {"name": "Long review call"},
        CALENDAR_KEPT,
        ("calendars.readonly",),
        ("calendars.list", "calendars.get"),
        sweep=sweep_calendars,
        reread="calendars.get",
        answer=fields(
            "id locationId groupId name description slug isActive:b calendarType eventTitle eventColor "
            "slotDuration:n slotDurationUnit slotInterval:n slotBuffer:n appoinmentPerSlot:n teamMembers:l "
            "openHours:l"
        ),
    ),
    _polled(
        "groups.changed",
        "A group of calendars is created, changed or deleted",
        "calendar_group",
        GROUP,
        {"isActive": False},
        GROUP_KEPT,
        ("calendars/groups.readonly",),
        ("calendar_groups.list",),
        sweep=sweep_groups,
        answer=fields("id locationId name description slug isActive:b"),
    ),
    _polled(
        "schedules.changed",
        "Somebody's availability is changed",
        "schedule",
        SCHEDULE,
        {"timezone": "Europe/Berlin"},
        SCHEDULE_KEPT,
        ("calendars.readonly", "users.readonly"),
        ("users.list", "schedules.search", "schedules.get"),
        sweep=sweep_schedules,
        reread="schedules.get",
        changed_at="dateUpdated",
        made_at="dateAdded",
        answer=fields("id locationId userId name timezone rules:l calendarIds:l dateAdded:t dateUpdated:t"),
    ),
    _polled(
        "tags.changed",
        "A tag of the location is created, renamed or deleted",
        "tag",
        TAG,
        {"name": "certified 2026"},
        TAG_KEPT,
        ("locations/tags.readonly",),
        ("location_tags.list", "location_tags.get"),
        sweep=sweep_tags,
        fetch=fetch_tag,
        answer=fields("id locationId name"),
    ),
)
