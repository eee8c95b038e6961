"""Who aims at POST /calendars/ with times and attendees books appointments, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations import catalog
from integrations.connectors.ghl.booking import BOOK, FIND_CALENDAR
from integrations.engine.convert import Converted, chained, renamed, replaced
from integrations.engine.errors import NotFound, WrongUse
from integrations.engine.spec import (
    FieldMapping,
    Situation,
    Step,
    StepKind,
    TransformUse,
    WorkflowSpec,
)
from tests.connectors.driving import drive

GHL = catalog.connector("ghl")
CALENDARS = [{"id": "c1", "name": "Advice call"}, {"id": "c2", "name": "Review"}]


def step(*words: str, **more: Any) -> Step:
    mappings = tuple(FieldMapping(target=word, source=f"event.{word}") for word in words)
    made: dict[str, Any] = {
        "id": "make-it",
        "title": "Create the event",
        "kind": StepKind.WRITE,
        "role": "crm",
        "operation": "calendars.create",
        "mappings": mappings,
        **more,
    }
    return Step(**made)


def book(*words: str, **more: Any) -> Converted:
    return chained(GHL, BOOK, step(*words, **more))


def sources(made: Step) -> Mapping[str, str]:
    return {mapping.target: mapping.source for mapping in made.mappings}


def test_the_guides_own_example_becomes_a_contact_and_an_appointment_for_each_attendee() -> None:
    made = book("title", "start_time", "end_time", "attendees", "description", "location")

    contact, booking = made.steps
    assert (contact.operation, contact.for_each) == ("contacts.upsert", "to_array(event.attendees)[?@]")
    assert sources(contact) == {"email": "item.email || item"}
    assert (booking.id, booking.operation, booking.for_each) == (
        "make-it",
        "appointments.create",
        "steps.make_it_contact",
    )
    assert sources(booking) == {
        "contactId": "item.id",
        "title": "event.title",
        "startTime": "event.start_time",
        "endTime": "event.end_time",
        "description": "event.description",
        "address": "event.location",
    }
    assert made.told == ()


def test_every_attendee_keeps_an_address_of_their_own() -> None:
    contact = book("attendees", "email", "start_time").steps[0]

    assert sources(contact) == {"email": "item.email || item"}


def test_a_calendar_by_its_name_is_found_first_and_a_free_time_where_none_is_given() -> None:
    made = book("calendarName", "date", "attendees")

    assert [(s.id, s.operation) for s in made.steps] == [
        ("make_it_calendar", "find_calendar"),
        ("make_it_contact", "contacts.upsert"),
        ("make_it_slot", "find_slot"),
        ("make-it", "appointments.create"),
    ]
    slot, booking = made.steps[2:]
    assert sources(slot) == {"calendarId": "steps.make_it_calendar.id", "day": "event.date"}
    assert sources(booking)["startTime"] == "steps.make_it_slot.startTime"
    assert sources(booking)["assignedUserId"] == "steps.make_it_calendar.teamMembers[0].userId"


def test_a_contact_that_is_known_is_not_looked_for() -> None:
    made = book("calendarId", "contactId", "startTime", "attendees")

    assert [s.operation for s in made.steps] == ["calendars.get", "appointments.create"]
    assert sources(made.steps[1])["contactId"] == "event.contactId"
    assert made.steps[1].for_each == ""
    assert made.told == ("`attendees` was left out: the chain takes this from elsewhere.",)


def test_reminders_are_set_on_the_calendar() -> None:
    made = book("calendarId", "startTime", "email", "reminders")

    assert [s.operation for s in made.steps] == [
        "calendars.get",
        "contacts.upsert",
        "ensure_reminder",
        "appointments.create",
    ]
    assert sources(made.steps[1]) == {"email": "event.email"}


def test_what_the_chain_has_no_place_for_is_told() -> None:
    told = book("start_time", "color", "timezone", "shoeSize").told

    assert told[0] == "`color` was left out: it is `eventColor` of calendars.create, and has no place here."
    assert told[1].startswith("`timezone` was left out: no call sets or shows a calendar's time zone.")
    assert told[2] == "`shoeSize` was left out."


def test_a_fixed_list_of_attendees_stays_fixed() -> None:
    given = FieldMapping(target="attendees", default=["ada@example.org"])

    made = book("start_time", mappings=(given, FieldMapping(target="start_time", source="event.at")))

    assert made.steps[0].for_each == 'to_array(`["ada@example.org"]`)[?@]'


def test_transforms_of_a_list_are_told_and_those_of_a_value_move_with_it() -> None:
    split = TransformUse(name="split", args={"separator": ","})
    iso = TransformUse(name="to_iso")
    made = book(
        mappings=(
            FieldMapping(target="attendees", source="event.people", transforms=(split,)),
            FieldMapping(target="start_time", source="event.at", transforms=(iso,)),
        )
    )

    assert made.told == ("The transforms of `attendees` were left out; put them where they are needed.",)
    (start,) = [m for m in made.steps[-1].mappings if m.target == "startTime"]
    assert start.transforms == (iso,)


def test_condition_and_link_stay_where_they_belong() -> None:
    made = book("attendees", "start_time", when="event.due", link="appointment")

    assert [s.when for s in made.steps] == ["event.due"] * len(made.steps)
    assert [s.link for s in made.steps] == ["", "appointment"]


def test_a_step_for_each_of_a_list_is_left_to_a_person() -> None:
    with pytest.raises(WrongUse, match="put the steps of “Book an appointment” in by hand"):
        book("attendees", "start_time", for_each="event.rows")


def test_the_chain_stands_where_the_step_stood() -> None:
    after = Step(id="note", title="Note", kind=StepKind.WRITE, role="crm", operation="contact_notes.create")
    spec = WorkflowSpec(
        title="w", roles={"crm": "ghl"}, trigger_role="crm", trigger="t", steps=(step("start_time"), after)
    )

    made = replaced(spec, "make-it", book("attendees", "start_time").steps)

    assert [s.id for s in made.steps] == ["make_it_contact", "make-it", "note"]
    with pytest.raises(WrongUse, match="There is a step “note” already"):
        replaced(spec, "make-it", [after])


def test_words_of_the_guides_become_the_real_names_with_what_makes_them_fit() -> None:
    task = step("title", "status", "contactId", operation="contact_tasks.update")

    made = renamed(GHL, GHL.operation("contact_tasks.update"), task)

    (only,) = made.steps
    assert [(m.target, [u.name for u in m.transforms]) for m in only.mappings] == [
        ("title", []),
        ("completed", ["boolean"]),
        ("contactId", []),
    ]
    assert made.told == ("`status` is `completed` now.",)


def test_two_words_for_one_field_are_not_both_taken() -> None:
    both = step("tagList", "tags", operation="contacts.upsert")

    made = renamed(GHL, GHL.operation("contacts.upsert"), both)

    assert [m.source for m in made.steps[0].mappings] == ["event.tags"]
    assert made.told == ("`tagList` was left out: `tags` is mapped already.",)


# --- find_calendar --------------------------------------------------------------------------------


def find(name: str) -> Any:
    situation = Situation(now=datetime(2026, 11, 21, tzinfo=UTC), settings={})
    found, asked = drive(FIND_CALENDAR.run({"name": name}, situation), lambda command: CALENDARS)
    assert [command.operation for command in asked] == ["calendars.list"]
    return found


@pytest.mark.parametrize(("name", "found"), [("Review", "c2"), (" advice CALL ", "c1")])
def test_a_calendar_is_found_by_its_name(name: str, found: str) -> None:
    assert find(name)["id"] == found


def test_a_calendar_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(NotFound, match="“Yoga”; choose one of: Advice call, Review"):
        find("Yoga")
