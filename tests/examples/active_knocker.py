"""What the Active Knocker examples do to GoHighLevel, and to Active Knocker."""

from __future__ import annotations

from typing import Any

from tests.examples import Case
from tests.hub import Hub

ADA = "ExampleContactAda001"
NORA = "nora.quist@example.com"
OURS = (("ghl", "appointments"), ("ghl", "contacts"), ("ghl", "calendar_groups"), ("ghl", "notifications"))


def booked(hub: Hub) -> dict[str, Any]:
    """The one appointment that the run made, beside the example's own."""
    (made,) = [row for row in hub.appointments() if not row["id"].startswith("Example")]
    return made


def user(hub: Hub, email: str) -> str:
    return next(row["id"] for row in hub.documents("ghl", "users") if row["email"] == email)


def group(hub: Hub, name: str) -> list[dict[str, Any]]:
    return [row for row in hub.documents("ghl", "calendar_groups") if row["name"] == name]


# --- leads ----------------------------------------------------------------------------------------


def lead_is_booked(hub: Hub) -> None:
    appointment = booked(hub)
    assert appointment["contactId"] == ADA, "the contact that was there is found by its e-mail"
    assert appointment["calendarId"] == "ExampleCalendar00001"
    assert appointment["title"] == "Visit: Ada Lovelace"
    assert appointment["startTime"] == "2031-03-04T10:00:00-05:00", "a local time, with its zone's offset"
    assert appointment["endTime"] == "2031-03-04T10:30:00-05:00"
    assert appointment["assignedUserId"] == user(hub, NORA)
    assert appointment["address"] == "12 Mill Lane, New York, New York, 10001"
    assert "Wants a quote for the roof." in appointment["description"]
    assert "Active Knocker lead 95001" in appointment["description"]
    assert "Also attending: charles@example.org" in appointment["description"]
    assert len(hub.documents("ghl", "notifications")) == 1
    assert len(group(hub, "North")) == 1


def pin_is_booked(hub: Hub) -> None:
    appointment = booked(hub)
    assert appointment["contactId"] == ADA
    assert appointment["startTime"] == "2031-03-04T10:00:00-05:00", "in the location's zone"
    assert appointment["appointmentStatus"] == "confirmed"
    assert appointment["address"] == "12 Mill Lane, New York, New York"


def lead_is_cancelled(hub: Hub) -> None:
    assert booked(hub)["appointmentStatus"] == "cancelled"


# --- availability ---------------------------------------------------------------------------------


def somebody_is_booked_at_ten(hub: Hub) -> None:
    location = hub.ghl.settings["location_id"]
    calendar = next(
        row["id"]
        for row in hub.documents("ghl", "calendars")
        if row["name"] == "Advice call" and row["locationId"] == location
    )
    hub.sandbox.act(
        "ghl",
        "book_appointment",
        {"calendar": calendar, "start": "2031-03-04T10:00:00-05:00", "contact": ADA},
    )


def rep_is_busy(hub: Hub) -> None:
    (block,) = hub.documents("ghl", "block_slots")
    assert block["assignedUserId"] == user(hub, NORA)
    assert block["startTime"] == "2031-03-04T10:00:00-05:00"
    assert block["endTime"] == "2031-03-04T12:00:00-05:00"
    assert booked(hub)["startTime"] == "2031-03-04T12:00:00-05:00", "the booking moved out of the busy time"


def rep_is_free_again(hub: Hub) -> None:
    assert hub.documents("ghl", "block_slots") == []


# --- groups and teams -----------------------------------------------------------------------------


def team(hub: Hub) -> list[dict[str, Any]]:
    return [row for row in hub.documents("active_knocker", "teams") if row["team_id"] != "T-1"]


def group_is_sent(hub: Hub) -> None:
    (known,) = team(hub)
    assert known["team_id"] == "ExampleGroup00000001"
    assert (known["name"], known["slug"], known["active"]) == ("Evening courses", "evening-courses", True)
    assert known["calendar_ids"] == ["ExampleCalendar00001"]
    assert not any(row["told_key"] for row in hub.documents("active_knocker", "received"))


def group_is_gone(hub: Hub) -> None:
    assert team(hub) == []


def team_is_a_group(hub: Hub) -> None:
    (made,) = group(hub, "North")
    assert (made["slug"], made["isActive"]) == ("north", True)
    assert "Permissions in Active Knocker: book, see reports" in made["description"]


def team_has_no_group(hub: Hub) -> None:
    assert group(hub, "North") == []


CASES = (
    Case(
        recipe="active_knocker.lead_to_appointment",
        done=lead_is_booked,
        undone=lead_is_cancelled,
        watched=OURS,
        event_type="lead.booked",
        reverse_type="lead.cancelled",
    ),
    Case(
        recipe="active_knocker.pin_to_appointment",
        done=pin_is_booked,
        undone=lead_is_cancelled,
        watched=OURS,
        event_type="pin.booked",
        reverse_type="pin.cancelled",
    ),
    Case(
        recipe="active_knocker.availability_to_schedule",
        arrange=somebody_is_booked_at_ten,
        done=rep_is_busy,
        undone=rep_is_free_again,
        watched=(("ghl", "appointments"), ("ghl", "block_slots")),
        event_type="availability.updated",
        reverse_type="availability.updated",
    ),
    Case(
        recipe="active_knocker.groups_to_teams",
        done=group_is_sent,
        undone=group_is_gone,
        watched=(("active_knocker", "teams"),),
        event_type="calendar_group.created",
        reverse_type="calendar_group.deleted",
    ),
    Case(
        recipe="active_knocker.teams_to_groups",
        done=team_is_a_group,
        undone=team_has_no_group,
        watched=(("ghl", "calendar_groups"),),
        event_type="team.created",
        reverse_type="team.deleted",
    ),
)
