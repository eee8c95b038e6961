"""What the Credly examples do to GoHighLevel, and to Credly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.examples import Case
from tests.hub import Hub

ADA = "ExampleContactAda001"
EXAMPLE = "e4b00000-0000-4000-8000-000000000001"
TASK = "ExampleTask000000001"


def ada(hub: Hub) -> dict[str, Any]:
    return next(row for row in hub.contacts() if row["id"] == ADA)


def fields(hub: Hub) -> dict[str, Any]:
    """Ada's custom fields, by name."""
    names = {row["id"]: row["name"] for row in hub.documents("ghl", "custom_fields")}
    return {names[row["id"]]: row["value"] for row in ada(hub).get("customFields", [])}


def badges(hub: Hub) -> dict[str, str]:
    """The states of Ada's badges by template, beside the example's own."""
    rows = [row for row in hub.documents("credly", "badges") if row["id"] != EXAMPLE]
    return {row["badge_template"]["name"]: row["state"] for row in rows if row["issuer_earner_id"] == ADA}


def evidence(hub: Hub) -> list[tuple[str, str]]:
    rows = [row for row in hub.documents("credly", "badges") if row["issuer_earner_id"] == ADA]
    return [(item["type"], item["value"]) for row in rows for item in row["evidence"]]


def task(hub: Hub) -> dict[str, Any]:
    """The one task that the run made, beside the example's own."""
    (made,) = [row for row in hub.documents("ghl", "contact_tasks") if row["id"] != TASK]
    return made


def notes(hub: Hub) -> list[str]:
    return [
        row["body"] for row in hub.documents("ghl", "contact_notes") if not row["id"].startswith("Example")
    ]


# --- contact changed ------------------------------------------------------------------------------


def ada_shows_her_badge(hub: Hub) -> None:
    shown = fields(hub)
    assert (shown["credly_status"], shown["credly_badge"]) == ("pending", "Evening class graduate")
    assert shown["credly_url"].endswith(f"{EXAMPLE}/accept")
    assert len(shown["credly_issued"]) == len("2026-11-20")
    assert badges(hub) == {}, "a change of a contact issues nothing"
    (employee,) = hub.documents("credly", "employees")
    assert (employee["external_id"], employee["email"], employee["team"]) == (
        ADA,
        "ada@example.org",
        "Evening courses",
    )


# --- tasks ----------------------------------------------------------------------------------------


def somebody_is_to_chase_it(hub: Hub) -> None:
    made = task(hub)
    assert (made["contactId"], made["title"], made["completed"]) == (
        ADA,
        "Chase badge acceptance: Evening class graduate",
        False,
    )
    assert datetime.fromisoformat(made["dueDate"]) == datetime(2026, 11, 27, 10, tzinfo=UTC)


def it_is_chased(hub: Hub) -> None:
    assert task(hub)["completed"] is True


def ada_has_the_badge_with_the_exam(hub: Hub) -> None:
    assert badges(hub) == {"Course participant": "pending"}
    assert evidence(hub) == [("UrlEvidence", "https://academy.example.com/exams/ada")]


# --- tags, notes, status --------------------------------------------------------------------------


def the_student_has_a_badge(hub: Hub) -> None:
    assert badges(hub) == {"Course participant": "pending"}


def the_note_is_evidence(hub: Hub) -> None:
    the_student_has_a_badge(hub)
    assert evidence(hub) == [("TextEvidence", "Passed with distinction.")]


def it_is_revoked(hub: Hub) -> None:
    assert badges(hub) == {"Course participant": "revoked"}
    (row,) = [row for row in hub.documents("credly", "badges") if row["state"] == "revoked"]
    assert row["revocation_reason"] == "Not a student any more"


def it_is_replaced(hub: Hub) -> None:
    assert badges(hub) == {"Course participant": "revoked", "Course alumni": "pending"}
    rows = {row["badge_template"]["name"]: row for row in hub.documents("credly", "badges")}
    assert rows["Course alumni"]["replaces_badge_id"] == rows["Course participant"]["id"]


def the_contact_tells_of_it(hub: Hub) -> None:
    assert "badge accepted: evening class graduate" in ada(hub)["tags"]
    (note,) = notes(hub)
    assert note.startswith("The badge “Evening class graduate” is accepted.")
    assert fields(hub)["credly_status"] == "accepted"


def the_contact_tells_that_it_is_gone(hub: Hub) -> None:
    assert ada(hub)["tags"] == ["student", "badge revoked: evening class graduate"]
    assert notes(hub)[-1].startswith("The badge “Evening class graduate” is revoked.")
    assert fields(hub)["credly_status"] == "revoked"


CONTACTS = (("ghl", "contacts"), ("ghl", "custom_fields"), ("ghl", "contact_notes"))
BADGES = (("credly", "badges"), ("credly", "events"))

CASES = (
    Case(
        recipe="credly.contact_to_badge_records",
        done=ada_shows_her_badge,
        watched=(*CONTACTS, *BADGES, ("credly", "employees")),
        event_type="contact.updated",
    ),
    Case(
        recipe="credly.badge_to_task",
        done=somebody_is_to_chase_it,
        undone=it_is_chased,
        watched=(("ghl", "contact_tasks"), *CONTACTS, *BADGES),
        reverse_type="badge.accepted",
    ),
    Case(
        recipe="credly.task_to_badge",
        done=ada_has_the_badge_with_the_exam,
        watched=(("ghl", "contact_tasks"), *BADGES),
        event_type="task.completed",
    ),
    Case(
        recipe="credly.tags_to_badges",
        done=the_note_is_evidence,
        undone=it_is_revoked,
        watched=(*CONTACTS, *BADGES),
        event_type="contact.created",
        reverse_type="contact.updated",
    ),
    Case(
        recipe="credly.badge_to_notes_and_tags",
        done=the_contact_tells_of_it,
        undone=the_contact_tells_that_it_is_gone,
        watched=(*CONTACTS, *BADGES),
        event_type="badge.accepted",
        reverse_type="badge.revoked",
    ),
    Case(
        recipe="credly.status_to_badge",
        done=the_student_has_a_badge,
        undone=it_is_replaced,
        watched=(*CONTACTS, *BADGES),
        event_type="contact.created",
        reverse_type="contact.updated",
    ),
    Case(
        recipe="credly.contacts_in_bulk",
        done=the_student_has_a_badge,
        watched=(*CONTACTS, *BADGES),
        event_type="contact.created",
    ),
)
