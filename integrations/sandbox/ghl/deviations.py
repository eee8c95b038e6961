"""Where the vendor takes or refuses something else than the hub's own table says.

What is wrong in the official files is mended beside the table (`connectors/ghl/deviations`). These are the
places where the live answers are known to be stricter or laxer than the mended file, so that the hub can be
tried against them. `facts` names a section of the project's GoHighLevel reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from integrations.sandbox.ghl.checks import ANYTHING, NUMBER, TEXT, Rule, between, many, need


@dataclass(frozen=True, slots=True)
class Deviation:
    """`field` of these calls ("body.openHours[].hours", "query.limit") is held to `rule` instead."""

    calls: tuple[str, ...]
    field: str
    rule: Rule
    evidence: str


CALENDAR_WRITES = ("calendars.create", "calendars.update")

DEVIATIONS = (
    Deviation(
        CALENDAR_WRITES,
        "body.openHours[].daysOfTheWeek[]",
        NUMBER,
        "facts 3.1: exactly one valid day in each entry, refused in one sentence (measured; see calendars)",
    ),
    *(
        Deviation(
            CALENDAR_WRITES,
            f"body.{hours}[].hours[].{name}",
            need(between(0, most)),
            "facts 3.1",
        )
        for hours in ("openHours", "availabilities")
        for name, most in (("openHour", 23), ("openMinute", 60), ("closeHour", 23), ("closeMinute", 60))
    ),
    Deviation(("appointment_notes.list",), "query.offset", need(Rule(kind="number", low=0)), "facts 3.6"),
    Deviation(CALENDAR_WRITES, "body.slotDuration", between(1, 1440), "no slot could be computed from 0"),
    Deviation(CALENDAR_WRITES, "body.slotInterval", between(1, 1440), "no slot could be computed from 0"),
    Deviation(
        CALENDAR_WRITES,
        "body.availabilityType",
        Rule(kind="number", choices=(0, 1), nullable=True),
        "facts 3.1: null stands for both",
    ),
    Deviation(
        ("opportunities.search_advanced", "records.search"),
        "body.query",
        Rule(kind="string", required=True, blank=True),
        "presumed: a search for everything",
    ),
    Deviation(("appointments.create",), "body.notes", TEXT, "facts 3.6: taken and dropped (measured)"),
    Deviation(("notifications.list",), "query.limit", NUMBER, "declared, though the hub does not send it"),
    Deviation(("notifications.list",), "query.skip", NUMBER, "declared, though the hub does not send it"),
    Deviation(
        ("contacts.search",), "body.filters", many(ANYTHING), "facts 3.6: refused by what they say, in words"
    ),
)
