"""What the Accredible examples do to GoHighLevel, and to Accredible."""

from __future__ import annotations

from typing import Any

from integrations.models import Run
from tests.examples import Case
from tests.hub import Hub

ADA, GROUP = "ExampleContactAda001", "ExampleGroup00000001"


def booked(hub: Hub) -> dict[str, Any]:
    """The one appointment that the run made, beside the example's own."""
    (made,) = [row for row in hub.appointments() if not row["id"].startswith("Example")]
    return made


def ada_is_booked(hub: Hub) -> None:
    appointment = booked(hub)
    assert appointment["contactId"] == ADA, "the contact that was there is found by its e-mail"
    assert appointment["title"] == "Certificate: First Aid"
    assert appointment["appointmentStatus"] == "confirmed"
    assert appointment["address"] == "Riverside"
    assert "Also attending: sam@example.com, kim@example.com" in appointment["description"]
    (reminder,) = hub.documents("ghl", "notifications")
    assert (reminder["notificationType"], reminder["beforeTime"]) == (
        "reminder",
        [{"timeOffset": 24, "unit": "hours"}],
    )


def ada_is_cancelled(hub: Hub) -> None:
    assert booked(hub)["appointmentStatus"] == "cancelled"


def free_times_were_told(hub: Hub) -> None:
    answer = Run.objects.order_by("pk").last().answer
    assert (answer["calendar"], answer["zone"]) == ("Evening class", "Europe/Berlin")
    slots = [slot for day in answer["days"] for slot in day["slots"]]
    assert slots
    assert all(slot["seats"] >= 1 for slot in slots)
    assert not [row for row in hub.appointments() if not row["id"].startswith("Example")]


def certificate(hub: Hub, number: int = 10250012) -> dict[str, Any]:
    return next(row for row in hub.documents("accredible", "certificates") if row["id"] == number)


def the_link_is_on_the_certificate(hub: Hub) -> None:
    assert certificate(hub)["custom_attributes"] == {
        "location": "Riverside",  # what stood there before stays
        "booking_link": "https://hub.example.org/book/certificates",
    }


def two_people_work_in_the_group(hub: Hub) -> None:
    first = next(row for row in hub.documents("ghl", "calendars") if row["name"] == "Advice call")
    hub.sandbox.act("ghl", "change_calendar", {"calendar": first["id"], "group": GROUP})


def accredible_group(hub: Hub) -> dict[str, Any]:
    (found,) = [
        row for row in hub.documents("accredible", "groups") if row["meta_data"].get("ghl_group_id") == GROUP
    ]
    return found


def the_group_is_kept_with_its_team(hub: Hub) -> None:
    group = accredible_group(hub)
    assert (group["name"], group["course_name"]) == ("Evening courses", "Evening courses")
    assert group["course_description"] == "Courses after work."
    assert group["department_id"] == 34
    assert group["meta_data"]["ghl_slug"] == "evening-courses"
    assert group["meta_data"]["ghl_active"] == "true"
    members = hub.documents("accredible", "team_members")
    assert sorted(row["email"] for row in members) == ["emil.baum@example.com", "nora.quist@example.com"]
    for row in members:
        (given,) = row["department_permissions"]
        assert (given["department"], given["permissions"]["groups"]) == (34, [group["id"]])
        assert given["permissions"]["role"] == "viewer"


def the_group_is_marked_and_not_deleted(hub: Hub) -> None:
    group = accredible_group(hub)
    assert group["meta_data"]["ghl_deleted_on"]
    assert group["meta_data"]["ghl_active"] == "false"
    assert group["meta_data"]["ghl_slug"] == "evening-courses"


def calendar_group(hub: Hub) -> dict[str, Any]:
    (found,) = [row for row in hub.documents("ghl", "calendar_groups") if row["name"] == "first-aid-2026"]
    return found


def the_calendar_group_is_made(hub: Hub) -> None:
    group = calendar_group(hub)
    assert (group["slug"], group["description"]) == ("first-aid-2026", "A course of two days.")
    assert group["isActive"] is True
    (origin,) = [row for row in hub.documents("accredible", "groups") if row["id"] == 12472]
    assert origin["meta_data"]["ghl_group_id"] == group["id"]


def the_calendar_group_is_off(hub: Hub) -> None:
    assert calendar_group(hub)["isActive"] is False


def three_times_are_written_down(hub: Hub) -> None:
    (note,) = [row for row in hub.documents("ghl", "contact_notes") if not row["id"].startswith("Example")]
    assert note["contactId"] == ADA
    head, *lines = note["body"].splitlines()
    assert head == "The certificate “First Aid” expires on 2026-12-18. Free times:"
    times = [line for line in lines if " at " in line]
    assert len(times) == 3
    assert "https://hub.example.org/book/certificates" in lines
    (ada,) = [row for row in hub.contacts() if row["id"] == ADA]
    (field,) = ada["customFields"]
    assert field["value"] == " | ".join(times)


def ada_came(hub: Hub) -> None:
    hub.sandbox.act("ghl", "change_status", {"appointment": "ExampleAppointment01", "status": "showed"})


def ada_has_one_certificate_of_the_table(hub: Hub) -> None:
    (made,) = [
        row
        for row in hub.documents("accredible", "certificates")
        if row["meta_data"].get("ghl_appointment_id") == "ExampleAppointment01"
    ]
    assert made["group"]["name"] == "safety-2026"
    assert (made["recipient_email"], made["recipient_name"]) == ("ada@example.org", "Ada Lovelace")
    assert (made["recipient_id"], made["issued_on"]) == (ADA, "2026-11-24")
    assert made["approve"] is True
    assert made["meta_data"]["ghl_hub"].startswith("GHL-Hub-")


CASES = (
    Case(
        recipe="accredible.certificate_to_appointment",
        done=ada_is_booked,
        undone=ada_is_cancelled,
        watched=(("ghl", "appointments"), ("ghl", "contacts"), ("ghl", "notifications")),
        reverse_type="certificate.revoked",
    ),
    Case(
        recipe="accredible.times_asked",
        done=free_times_were_told,
        watched=(("ghl", "appointments"), ("ghl", "contacts"), ("accredible", "certificates")),
        event_type="slots.asked",
    ),
    Case(
        recipe="accredible.booking_link",
        done=the_link_is_on_the_certificate,
        watched=(("accredible", "certificates"),),
    ),
    Case(
        recipe="accredible.calendar_groups_to_groups",
        arrange=two_people_work_in_the_group,
        done=the_group_is_kept_with_its_team,
        undone=the_group_is_marked_and_not_deleted,
        watched=(("accredible", "groups"), ("accredible", "team_members")),
        event_type="calendar_group.created",
        reverse_type="calendar_group.deleted",
    ),
    Case(
        recipe="accredible.groups_to_calendar_groups",
        done=the_calendar_group_is_made,
        undone=the_calendar_group_is_off,
        watched=(("ghl", "calendar_groups"), ("accredible", "groups")),
        event_type="group.created",
        reverse_type="group.deleted",
    ),
    Case(
        recipe="accredible.expiring_to_times",
        done=three_times_are_written_down,
        watched=(("ghl", "contacts"), ("ghl", "contact_notes")),
    ),
    Case(
        recipe="accredible.showed_to_certificate",
        arrange=ada_came,
        done=ada_has_one_certificate_of_the_table,
        watched=(("accredible", "certificates"), ("accredible", "issuer")),
        event_type="appointment.updated",
    ),
)
