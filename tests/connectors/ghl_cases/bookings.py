"""Appointments, the notes on them, blocked times, and the events of a window."""

from __future__ import annotations

from tests.connectors.ghl_cases.caller import one
from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.world import World

CASES = Cases()


@CASES.of("appointments.create")
def a_free_time(world: World) -> Script:
    calendar, contact = world.calendar(), world.contact()
    slot = world.slot(calendar)
    made = yield {
        "calendarId": calendar,
        "contactId": contact,
        "startTime": slot,
        "title": "Certificate: First Aid",
        "appointmentStatus": "confirmed",
        "meetingLocationType": "custom",
        "address": "Room 4",
        "toNotify": False,
    }
    event = world.call("appointments.get", eventId=made.record_id)
    assert (event["contactId"], event["title"]) == (contact, "Certificate: First Aid")


@CASES.of("appointments.create")
def a_time_that_is_dictated(world: World) -> Script:
    calendar, contact = world.calendar(openHours=[]), world.contact()
    made = yield {
        "calendarId": calendar,
        "contactId": contact,
        "startTime": "2026-12-24T18:00:00-05:00",
        "endTime": "2026-12-24T19:30:00-05:00",
        "ignoreDateRange": True,
        "ignoreFreeSlotValidation": True,
    }
    assert world.call("appointments.get", eventId=made.record_id)["calendarId"] == calendar


@CASES.of("appointments.get")
def one_appointment(world: World) -> Script:
    appointment = world.appointment(title="Review")
    found = yield {"eventId": appointment}
    assert (found.value["id"], found.value["title"]) == (appointment, "Review")


@CASES.of("appointments.update")
def an_appointment_that_is_cancelled(world: World) -> Script:
    appointment = world.appointment()
    yield {"eventId": appointment, "appointmentStatus": "cancelled"}
    assert world.call("appointments.get", eventId=appointment)["appointmentStatus"] == "cancelled"


@CASES.of("appointments.update")
def an_appointment_that_is_moved(world: World) -> Script:
    calendar = world.calendar()
    appointment = world.appointment(calendarId=calendar)
    slot = world.slot(calendar)
    yield {"eventId": appointment, "startTime": slot}
    assert slot not in world.slots(calendar)


@CASES.of("appointments.delete")
def an_appointment_that_is_taken_back(world: World) -> Script:
    calendar = world.calendar()
    slot = world.slot(calendar)
    appointment = world.appointment(calendarId=calendar, startTime=slot)
    yield {"eventId": appointment}
    assert slot in world.slots(calendar)


@CASES.of("events.list")
def the_events_of_a_calendar(world: World) -> Script:
    calendar = world.calendar()
    appointment = world.appointment(calendarId=calendar)
    found = yield {"calendarId": calendar, **world.window()}
    assert [event["id"] for event in found.value] == [appointment]


@CASES.of("block_slots.create")
def a_time_that_is_blocked(world: World) -> Script:
    calendar = world.calendar()
    slot = world.slot(calendar)
    made = yield {"calendarId": calendar, "startTime": slot, "endTime": world.later(slot), "title": "Repairs"}
    assert made.record_id
    assert slot not in world.slots(calendar)


@CASES.of("block_slots.create")
def a_person_who_is_away(world: World) -> Script:
    start = world.moment(days=40)
    made = yield {
        "assignedUserId": world.user,
        "startTime": start,
        "endTime": world.later(start),
        "title": "Away",
    }
    assert made.value["assignedUserId"] == world.user


@CASES.of("block_slots.update")
def a_block_with_another_title(world: World) -> Script:
    calendar = world.calendar()
    block = world.block(calendar)
    changed = yield {"eventId": block, "calendarId": calendar, "title": "Paint"}
    assert changed.value["title"] == "Paint"


@CASES.of("block_slots.list")
def the_blocked_times_of_a_calendar(world: World) -> Script:
    calendar = world.calendar()
    block = world.block(calendar)
    found = yield {"calendarId": calendar, **world.window()}
    assert [event["id"] for event in found.value] == [block]


@CASES.of("appointment_notes.create")
def a_note_on_an_appointment(world: World) -> Script:
    appointment = world.appointment()
    made = yield {"appointmentId": appointment, "body": "Bring the badge.", "userId": world.user}
    notes = world.call("appointment_notes.list", appointmentId=appointment, limit=10, offset=0)
    assert one(notes["notes"], made.record_id)["body"].startswith("Bring the badge.")


@CASES.of("appointment_notes.list")
def the_notes_on_an_appointment(world: World) -> Script:
    appointment = world.appointment()
    notes = {world.appointment_note(appointment), world.appointment_note(appointment)}
    found = yield {"appointmentId": appointment, "limit": 20, "offset": 0}
    assert {note["id"] for note in found.value["notes"]} == notes


@CASES.of("appointment_notes.update")
def other_words_on_an_appointment(world: World) -> Script:
    appointment = world.appointment()
    note = world.appointment_note(appointment)
    yield {"appointmentId": appointment, "noteId": note, "body": "Bring two."}
    notes = world.call("appointment_notes.list", appointmentId=appointment, limit=10, offset=0)
    assert [row["body"] for row in notes["notes"]] == ["Bring two."]


@CASES.of("appointment_notes.delete")
def a_note_that_is_settled(world: World) -> Script:
    appointment = world.appointment()
    note = world.appointment_note(appointment)
    yield {"appointmentId": appointment, "noteId": note}
    notes = world.call("appointment_notes.list", appointmentId=appointment, limit=10, offset=0)
    assert notes["notes"] == []
