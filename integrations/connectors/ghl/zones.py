"""`calendar_zone`: the time zone of a calendar, and the one schedule that it could be changed on.

A calendar has no zone of its own (official OpenAPI, calendars): it is on the schedules of people, which may
be associated with calendars, and on the location. Schedules are searched person by person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.finding import rows_of
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import Field, JsonObject, Procedure, Script, Situation

MOST = 500


def calendar_zone(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{zone, source, schedule, schedules}`: `source` is schedule or location, `schedule` the one schedule of
    the calendar ("" where it has none or several), `schedules` how many it has."""
    calendar = yield from ask("calendars.get", {"calendarId": values["calendarId"]})
    found = yield from _schedules(calendar or {}, str(values["calendarId"]))
    only = found[0] if len(found) == 1 else {}
    zones = {str(row.get("timezone") or "") for row in found} - {""}
    zone = next(iter(zones)) if len(zones) == 1 else ""
    return {
        "zone": zone or (yield from _of_location(situation)),
        "source": "schedule" if zone else "location",
        "schedule": str(only.get("id") or only.get("_id") or ""),
        "schedules": len(found),
    }


def _schedules(calendar: JsonObject, calendar_id: str) -> Asked:
    """Those of the calendar's people that are associated with it."""
    found: dict[str, JsonObject] = {}
    for member in rows_of(calendar.get("teamMembers")):
        asked = {"userId": member.get("userId"), "calendarId": calendar_id, "limit": MOST}
        answer = yield from ask("schedules.search", asked)
        for row in rows_of(answer):
            if calendar_id in (row.get("calendarIds") or [calendar_id]):
                found[str(row.get("id") or row.get("_id"))] = row
    return list(found.values())


def _of_location(situation: Situation) -> Asked:
    known = situation.settings.get("timezone")
    if known:
        return str(known)
    location = yield from ask("locations.get", {})
    return str((location or {}).get("timezone") or "")


CALENDAR_ZONE = Procedure(
    key="calendar_zone",
    title="Find a calendar's time zone",
    run=calendar_zone,
    fields=(Field(key="calendarId", label="Calendar", required=True, reference="calendars"),),
    operations=("calendars.get", "schedules.search", "locations.get"),
    calls=2,
    sample={
        "zone": "America/New_York",
        "source": "schedule",
        "schedule": "sch0000000000000001",
        "schedules": 1,
    },
)
