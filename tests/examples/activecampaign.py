"""What the ActiveCampaign examples do to ActiveCampaign, and to GoHighLevel."""

from __future__ import annotations

from typing import Any

from tests.examples import Case
from tests.hub import Hub

APP = "activecampaign"
ADA = "9001"
CALENDAR = "ExampleCalendar00001"


def rows(hub: Hub, collection: str, **wanted: str) -> list[dict[str, Any]]:
    found = hub.documents(APP, collection)
    return [row for row in found if all(row.get(key) == value for key, value in wanted.items())]


def own_fields(hub: Hub, contact: str = ADA) -> dict[str, str]:
    """The contact's own fields, by their personalisation tags."""
    tags = {row["id"]: row["perstag"] for row in hub.documents(APP, "fields")}
    return {tags[row["field"]]: row["value"] for row in rows(hub, "fieldValues", contact=contact)}


def tags_of(hub: Hub, contact: str = ADA) -> set[str]:
    names = {row["id"]: row["tag"] for row in hub.documents(APP, "tags")}
    return {names[row["tag"]] for row in rows(hub, "contactTags", contact=contact)}


# --- calendars ------------------------------------------------------------------------------------


def record(hub: Hub) -> dict[str, str]:
    (found,) = rows(hub, "records", externalId=CALENDAR)
    return {row["id"]: row["value"] for row in found["fields"]}


def the_calendar_has_a_record(hub: Hub) -> None:
    kept = record(hub)
    assert (kept["calendar-id"], kept["name"], kept["timezone"]) == (
        CALENDAR,
        "Evening class",
        "America/New_York",
    )
    assert kept["is-active"] == "yes"


def the_record_is_not_active(hub: Hub) -> None:
    assert record(hub)["is-active"] == "no"


def calendar(hub: Hub) -> dict[str, Any]:
    (found,) = [row for row in hub.documents("ghl", "calendars") if row["id"] == CALENDAR]
    return found


def the_calendar_has_the_new_name(hub: Hub) -> None:
    assert calendar(hub)["name"] == "Evening class for beginners"
    assert record(hub)["synced-name"] == "Evening class for beginners"


# --- times ----------------------------------------------------------------------------------------


def ada_has_three_times(hub: Hub) -> None:
    own = own_fields(hub)
    assert all(own[f"SLOT_{place}"] for place in (1, 2, 3))
    assert len({own[f"SLOT_{place}"] for place in (1, 2, 3)}) == 3
    assert own["SLOTS_ZONE"] == "America/New_York"
    assert own["SLOTS_URL"] == "https://hub.example.com/slots/evening-class"
    assert [row["automation"] for row in rows(hub, "contactAutomations", contact=ADA)] == ["1"]


def ada_may_ask_again(hub: Hub) -> None:
    ada_has_three_times(hub)
    assert tags_of(hub) == set()


# --- bookings -------------------------------------------------------------------------------------


def ada_is_segmented(hub: Hub) -> None:
    assert "booked evening" in tags_of(hub)
    assert [(row["list"], row["status"]) for row in rows(hub, "contactLists", contact=ADA)] == [("1", "1")]


def ada_is_in_the_campaign(hub: Hub) -> None:
    ada_is_segmented(hub)
    assert f"cal:{calendar(hub)['slug']}" in tags_of(hub)
    own = own_fields(hub)
    assert own["GHL_CALENDAR_ID"] == CALENDAR
    assert own["GHL_CALENDAR_NAME"] == "Evening class"
    assert own["GHL_CALENDAR_TIMEZONE"] == "America/New_York"
    assert own["GHL_NEXT_APPOINTMENT"].startswith("2026-11-24T10:00:00")
    assert own["GHL_APPOINTMENT_STATUS"] == "confirmed"
    assert [row["automation"] for row in rows(hub, "contactAutomations", contact=ADA)] == ["2"]
    (task,) = rows(hub, "dealTasks", relid=ADA)
    assert (task["title"], task["status"], task["dealTasktype"]) == ("Evening class: Ada Lovelace", 0, "3")


def ada_has_left_the_campaign(hub: Hub) -> None:
    assert tags_of(hub) == {"wants times"}
    assert own_fields(hub)["GHL_APPOINTMENT_STATUS"] == "cancelled"
    assert [task["status"] for task in rows(hub, "dealTasks", relid=ADA)] == [1]


def ada_has_lost_the_tag(hub: Hub) -> None:
    assert tags_of(hub) == {"wants times"}
    assert rows(hub, "contactLists", contact=ADA), "the list is left as it is"


PEOPLE = tuple(
    (APP, name)
    for name in (
        "contacts",
        "fieldValues",
        "contactTags",
        "contactLists",
        "contactAutomations",
        "tags",
        "fields",
        "dealTasks",
    )
)

CASES = (
    Case(
        recipe="activecampaign.calendar_to_record",
        done=the_calendar_has_a_record,
        undone=the_record_is_not_active,
        watched=((APP, "records"), (APP, "schemas"), (APP, "tags")),
        reverse_type="calendar.deleted",
    ),
    Case(
        recipe="activecampaign.record_to_calendar",
        done=the_calendar_has_the_new_name,
        watched=(("ghl", "calendars"), ("ghl", "schedules"), (APP, "records")),
        event_type="record.updated",
    ),
    Case(
        recipe="activecampaign.tag_to_times",
        done=ada_may_ask_again,
        watched=PEOPLE,
        event_type="contact.tagged",
    ),
    Case(recipe="activecampaign.automation_to_times", done=ada_has_three_times, watched=PEOPLE),
    Case(
        recipe="activecampaign.appointment_to_campaign",
        done=ada_is_in_the_campaign,
        undone=ada_has_left_the_campaign,
        watched=PEOPLE,
        event_type="appointment.created",
        reverse_type="appointment.updated",
    ),
    Case(
        recipe="activecampaign.calendar_to_lists",
        done=ada_is_segmented,
        undone=ada_has_lost_the_tag,
        watched=PEOPLE,
        event_type="appointment.created",
        reverse_type="appointment.updated",
    ),
)
