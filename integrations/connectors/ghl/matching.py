"""Which calendar, group or schedule another app's record stands for: the one we know it by, else by its name.

Public guides to other apps take names for keys, and GoHighLevel does not keep names apart: two calendars may
have the same. Then a person has to say which one is meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.finding import rows_of
from integrations.engine import transforms
from integrations.engine.errors import Refused
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import Field, FieldType, JsonObject, Procedure, Situation
from integrations.engine.transforms import TransformFailed

MOST_SLUGS = 50
TAKEN_ZONE = re.compile(r"[A-Za-z_]+/[A-Za-z_]+")  # the pattern the schedules' file has; it leaves out UTC


def match_calendar(values: Mapping[str, Any], situation: Situation) -> Asked:
    """`{id, by, calendar}`; `id` is "" and `by` too where there is none."""
    found = rows_of((yield from ask("calendars.list", {"showDrafted": True})))
    calendar, by = _matched(found, values.get("calendarId"), values, "calendars")
    return {"id": calendar.get("id", ""), "by": by, "calendar": calendar}


def match_group(values: Mapping[str, Any], situation: Situation) -> Asked:
    """`{id, by, slug, group}`: with the slug it should have, which is its own or one that is free."""
    found = rows_of((yield from ask("calendar_groups.list", {})))
    wanted = _slug(values)
    same_slug = next((row for row in found if values.get("slug") and row.get("slug") == wanted), None)
    known = next((row for row in found if row.get("id") == values.get("groupId")), None)
    if same_slug and not known and values.get("by_name", True):
        group, by = same_slug, "slug"
    else:
        group, by = _matched(found, values.get("groupId"), values, "groups of calendars")
    slug = str(group.get("slug", ""))
    if not group or (values.get("slug") and not re.fullmatch(rf"{re.escape(wanted)}(-\d+)?", slug)):
        slug = yield from _free(wanted)
    return {"id": group.get("id", ""), "by": by, "slug": slug, "group": group}


def match_schedule(values: Mapping[str, Any], situation: Situation) -> Asked:
    """`{id, timezone, differs, says}` of the first schedule tied to a calendar; `says` why it cannot be set.

    A calendar has no zone of its own: the schedules of its team members, tied to it, have one.
    """
    zone = str(transforms.apply("time_zone", values["timezone"], {}))
    calendar = (yield from ask("calendars.get", {"calendarId": values["calendarId"]})) or {}
    for member in calendar.get("teamMembers") or []:
        asked = {"userId": member.get("userId"), "calendarId": values["calendarId"]}
        found = rows_of((yield from ask("schedules.search", asked)))
        tied = next((row for row in found if values["calendarId"] in (row.get("calendarIds") or [])), None)
        if tied:
            fits = bool(TAKEN_ZONE.fullmatch(zone))
            says = "" if fits else f"GoHighLevel's schedules do not take the time zone {zone}."
            differs = fits and tied.get("timezone") != zone
            return {"id": tied["id"], "timezone": tied.get("timezone"), "differs": differs, "says": says}
    says = f"No schedule is tied to the calendar, so there is nowhere to put {zone}; it stays in this run."
    return {"id": "", "timezone": "", "differs": False, "says": says}


def _matched(
    rows: list[JsonObject], known: Any, values: Mapping[str, Any], what: str
) -> tuple[JsonObject, str]:
    for row in rows:
        if known and row.get("id") == known:
            return row, "id"
    if not values.get("by_name", True):
        return {}, ""
    name = str(values["name"]).strip().casefold()
    named = [row for row in rows if str(row.get("name", "")).strip().casefold() == name]
    if len(named) > 1:
        raise Refused(
            f"There are {len(named)} {what} named “{values['name']}”, and which one is meant cannot be told; "
            "rename the others, or choose that a new one is made."
        )
    return (named[0], "name") if named else ({}, "")


def _slug(values: Mapping[str, Any]) -> str:
    for text in filter(None, (values.get("slug"), values["name"], values.get("otherwise"))):
        try:
            return str(transforms.apply("slug", text, {}))
        except TransformFailed:  # a name without a letter from a to z
            continue
    return "group"


def _free(wanted: str) -> Asked:
    """The slug itself, or with -2, -3 and so on behind it."""
    for number in range(1, MOST_SLUGS + 1):
        slug = wanted if number == 1 else f"{wanted}-{number}"
        answer = yield from ask("calendar_groups.validate_slug", {"slug": slug})
        if isinstance(answer, dict) and answer.get("available"):
            return slug
    raise Refused(f"“{wanted}” and {MOST_SLUGS - 1} slugs like it are taken; give the group another name.")


BY_NAME = Field(
    key="by_name",
    label="Else one of the same name",
    type=FieldType.BOOLEAN,
    default=True,
    help="No: where none is known, none is found.",
)
NAME = Field(key="name", label="Name", required=True)

MATCH_CALENDAR = Procedure(
    key="match_calendar",
    title="See whether there is such a calendar",
    run=match_calendar,
    fields=(Field(key="calendarId", label="Calendar known", reference="calendars"), NAME, BY_NAME),
    operations=("calendars.list",),
    sample={
        "id": "cal0000000000000001",
        "by": "name",
        "calendar": {"id": "cal0000000000000001", "name": "Review call", "isActive": True},
    },
)
MATCH_GROUP = Procedure(
    key="match_group",
    title="See whether there is such a group, and which slug it should have",
    run=match_group,
    fields=(
        Field(key="groupId", label="Group known", reference="groups"),
        NAME,
        Field(key="slug", label="Slug wanted", help="Empty: made of the name. A taken one gets -2, -3 …"),
        Field(key="otherwise", label="Slug for a name that makes none", help="Such as team-31."),
        BY_NAME,
    ),
    operations=("calendar_groups.list", "calendar_groups.validate_slug"),
    calls=2,
    sample={
        "id": "grp0000000000000001",
        "by": "name",
        "slug": "reviews",
        "group": {"id": "grp0000000000000001", "name": "Reviews", "slug": "reviews", "isActive": True},
    },
)
MATCH_SCHEDULE = Procedure(
    key="match_schedule",
    title="Find the schedule that gives a calendar its time zone",
    run=match_schedule,
    fields=(
        Field(key="calendarId", label="Calendar", required=True, reference="calendars"),
        Field(key="timezone", label="Time zone wanted", required=True, help="Such as America/New_York."),
    ),
    operations=("calendars.get", "schedules.search"),
    calls=2,
    sample={"id": "sch0000000000000001", "timezone": "America/New_York", "differs": True, "says": ""},
)
