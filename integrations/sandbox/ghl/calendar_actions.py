"""What a person does with calendars inside the simulated GHL. No webhook tells of calendars, groups and
schedules: only a poll finds what was done to them."""

from __future__ import annotations

from integrations.engine.spec import FieldType, JsonObject
from integrations.sandbox.ghl import appointments, calendars, events, groups, schedules, slots, strangers
from integrations.sandbox.ghl.bookings import APPOINTMENTS, Span
from integrations.sandbox.ghl.calls import CALENDARS, CONTACTS, LOCATIONS
from integrations.sandbox.ghl.doing import (
    CALENDAR,
    LOCATION,
    Values,
    actions,
    given,
    may,
    moment,
    need,
    one_of,
    record,
    yes,
)
from integrations.sandbox.ghl.fields import slug
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

APPOINTMENT, GROUP = need("appointment", "Appointment id"), need("group", "Group id")
STATUSES = ("new", "confirmed", "cancelled", "showed", "noshow", "invalid")
START = need("start", "Start, with offset", type=FieldType.DATETIME)
ABOUT = (may("name", "Name"), may("description", "Description"))
TYPES = ("event", "round_robin", "class_booking", "collective", "service_booking", "personal")


def book_appointment(tx: Tx, values: Values) -> JsonObject:
    """A time in a calendar is taken, whether or not it is free: for a contact, or by somebody else."""
    calendar = record(tx, CALENDARS, values["calendar"], "calendar")
    start = moment(values["start"])
    span = Span(start, start + slots.duration_of(calendar))
    if "contact" not in values:
        return strangers.take(tx, calendar, span)
    contact = record(tx, CONTACTS, values["contact"], "contact")
    members = [member["userId"] for member in calendar["teamMembers"]]
    return appointments.book(tx, calendar, contact, span, (members or [""])[0], {}, source="calendar_page")


def change_status(tx: Tx, values: Values) -> JsonObject:
    return appointments.change(tx, _appointment(tx, values), {"appointmentStatus": values["status"]})


def move_appointment(tx: Tx, values: Values) -> JsonObject:
    appointment = _appointment(tx, values)
    return appointments.move(tx, appointment, moment(values["start"]))


def delete_appointment(tx: Tx, values: Values) -> JsonObject:
    appointment = _appointment(tx, values)
    appointments.remove(tx, appointment)
    return appointment


def block_time(tx: Tx, values: Values) -> JsonObject:
    calendar = record(tx, CALENDARS, values["calendar"], "calendar")
    start, end = moment(values["start"]), moment(values["end"], "end")
    whole = {
        "locationId": calendar["locationId"],
        "calendarId": calendar["id"],
        "startTime": start.isoformat(),
        "endTime": end.isoformat(),
    }
    return events.block(tx, {"id": fresh_id(), "title": values.get("title", "")}, whole)


def create_calendar(tx: Tx, values: Values) -> JsonObject:
    location = record(tx, LOCATIONS, values["location"], "location")
    details = given(values, "name", "description", "calendarType", "eventColor")
    whole = {**details, "locationId": location["id"]}
    calendars.refuse(tx, whole)
    return calendars.add(tx, fresh_id(), whole)


def change_calendar(tx: Tx, values: Values) -> JsonObject:
    details = given(values, "name", "description", "eventColor", "isActive", "slotDuration")
    if values.get("group"):
        details["groupId"] = record(tx, groups.GROUPS.collection, values["group"], "group")["id"]
    return calendars.change(tx, record(tx, CALENDARS, values["calendar"], "calendar"), details)


def delete_calendar(tx: Tx, values: Values) -> JsonObject:
    calendar = record(tx, CALENDARS, values["calendar"], "calendar")
    calendars.remove(tx, calendar)
    return calendar


def create_group(tx: Tx, values: Values) -> JsonObject:
    location = record(tx, LOCATIONS, values["location"], "location")
    named = {"slug": slug(values["name"]).replace("_", "-"), "description": ""}
    return groups.add(tx, {**named, **given(values, "name", "description"), "locationId": location["id"]})


def change_group(tx: Tx, values: Values) -> JsonObject:
    return groups.change(tx, _group(tx, values), given(values, "name", "description", "isActive"))


def delete_group(tx: Tx, values: Values) -> JsonObject:
    group = _group(tx, values)
    groups.remove(tx, group)
    return group


def change_schedule(tx: Tx, values: Values) -> JsonObject:
    schedule = record(tx, schedules.SCHEDULES.collection, values["schedule"], "schedule")
    details = given(values, "name", "timezone")
    schedules.refuse(details)
    return schedules.SCHEDULES.change(tx, schedule, details)


def _appointment(tx: Tx, values: Values) -> JsonObject:
    return record(tx, APPOINTMENTS, values["appointment"], "appointment")


def _group(tx: Tx, values: Values) -> JsonObject:
    return record(tx, groups.GROUPS.collection, values["group"], "group")


ACTIONS = (
    *actions(
        "Appointments",
        (
            "book_appointment",
            "Book a time for somebody else",
            book_appointment,
            (CALENDAR, START, may("contact", "Contact id", help="Empty: a stranger.")),
        ),
        (
            "change_status",
            "Change an appointment's status",
            change_status,
            (APPOINTMENT, one_of("status", "Status", *STATUSES, required=True)),
        ),
        ("move_appointment", "Move an appointment", move_appointment, (APPOINTMENT, START)),
        ("delete_appointment", "Delete an appointment", delete_appointment, (APPOINTMENT,)),
        (
            "block_time",
            "Block a time",
            block_time,
            (
                CALENDAR,
                START,
                need("end", "End, with offset", type=FieldType.DATETIME),
                may("title", "Title"),
            ),
        ),
    ),
    *actions(
        "Calendars, groups, schedules",
        (
            "create_calendar",
            "Create a calendar",
            create_calendar,
            (
                LOCATION,
                need("name", "Name"),
                may("description", "Description"),
                one_of("calendarType", "Type", *TYPES),
            ),
        ),
        (
            "change_calendar",
            "Change a calendar",
            change_calendar,
            (
                CALENDAR,
                *ABOUT,
                may("eventColor", "Colour"),
                may("slotDuration", "Minutes of a slot", type=FieldType.INTEGER),
                may("group", "Group id"),
                yes("isActive", "Active", default=True),
            ),
        ),
        ("delete_calendar", "Delete a calendar", delete_calendar, (CALENDAR,)),
        (
            "create_group",
            "Create a calendar group",
            create_group,
            (LOCATION, need("name", "Name"), may("description", "Description")),
        ),
        (
            "change_group",
            "Change a calendar group",
            change_group,
            (GROUP, *ABOUT, yes("isActive", "Active", default=True)),
        ),
        ("delete_group", "Delete a calendar group", delete_group, (GROUP,)),
        (
            "change_schedule",
            "Change a user's schedule",
            change_schedule,
            (need("schedule", "Schedule id"), may("name", "Name"), may("timezone", "Time zone")),
        ),
    ),
)
