"""What the operator's choices change: the first recipe, from a certificate to what stands in GoHighLevel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.models import Effect, Run
from integrations.services import decisions
from integrations.services.drain import Drain, drain_once
from tests.hub import Hub, make_hub

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


def run_one(hub: Hub, **certificate: Any) -> Run:
    hub.issue(**certificate)
    return hub.run_all()[-1]


def writes(hub: Hub) -> list[Any]:
    """Every call to GoHighLevel that was no read."""
    return [row for row in hub.sandbox.requests("ghl") if row["method"] != "GET"]


# --- when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ("2027-03-01 14:00", "2027-03-01T14:00:00-05:00"),  # the location's own zone
        ("2027-03-01T14:00:00+01:00", "2027-03-01T14:00:00+01:00"),
    ],
)
def test_the_time_that_the_certificate_names_is_booked(said: str, start: str) -> None:
    hub = make_hub(start="dictated")
    run = run_one(hub, appointment_at=said)
    assert (run.state, run.reason) == ("succeeded", "")
    (appointment,) = hub.appointments()
    booked = datetime.fromisoformat(appointment["startTime"])
    assert booked == datetime.fromisoformat(start)
    assert (datetime.fromisoformat(appointment["endTime"]) - booked).total_seconds() == 1800


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("", "`startTime` needs a value: "),
        ("next Tuesday", "2 fields cannot be filled: `startTime`: “next Tuesday” cannot be read as a time"),
        ("31/02/2027 10:00", "2 fields cannot be filled: `startTime`: “31/02/2027 10:00”"),
    ],
)
def test_a_time_that_cannot_be_read_fails_in_one_sentence_and_books_nothing(said: str, says: str) -> None:
    hub = make_hub(start="dictated", reminder_channel="none")
    run = run_one(hub, appointment_at=said)
    assert (run.state, run.error_kind) == ("failed", "mapping_failed")
    assert run.reason.startswith(says)
    assert "\n" not in run.reason
    assert hub.appointments() == []
    assert hub.contacts() == []  # nothing half-done: what cannot be booked leaves no contact behind


def test_the_first_free_time_is_days_after_the_issue_within_the_hours() -> None:
    hub = make_hub(days_after=10, not_before="13:00", not_after="15:00", zone="Europe/Berlin")
    run = run_one(hub)
    assert run.state == "succeeded", run.reason
    (appointment,) = hub.appointments()
    start = datetime.fromisoformat(appointment["startTime"])
    issued = datetime.fromisoformat(str(run.event.payload["issued_on"]))
    assert (start.date() - issued.date()).days >= 10


def test_a_time_that_is_taken_between_look_and_booking_leads_to_the_next(hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "slot_taken")
    run = run_one(hub)
    assert (run.state, run.reason) == ("succeeded", "")
    somebody, ours = sorted(hub.appointments(), key=lambda row: str(row["startTime"]))
    assert "GHL-Hub-" in ours["description"]
    assert somebody["startTime"] < ours["startTime"]
    assert [e.state for e in Effect.objects.filter(operation="appointments.create")] == ["refused", "done"]


def test_a_time_that_is_taken_again_and_again_fails_in_the_end(hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "slot_taken", count=9)
    run = run_one(hub)
    assert (run.state, run.error_kind) == ("failed", "conflict")
    assert not [row for row in hub.appointments() if "GHL-Hub-" in str(row.get("description"))]


# --- who ------------------------------------------------------------------------------------------

GUESTS = "bob@example.org,  cy@example.org, bob@example.org"


@pytest.mark.parametrize(
    ("attendees", "contacts", "appointments", "line"),
    [("each", 3, 3, False), ("line", 1, 1, True), ("none", 1, 1, False)],
)
def test_further_attendees(attendees: str, contacts: int, appointments: int, line: bool) -> None:
    hub = make_hub(attendees=attendees)
    run = run_one(hub, attendees=GUESTS)
    assert (run.state, run.reason) == ("succeeded", "")
    assert len(hub.contacts()) == contacts
    assert len(hub.appointments()) == appointments
    told = [row["description"] or "" for row in hub.appointments()]
    assert any(f"Also attending: {GUESTS}" in text for text in told) is line


def test_a_guest_without_an_address_fails_the_run_and_trying_again_doubles_nothing() -> None:
    hub = make_hub(attendees="each")
    run = run_one(hub, attendees="bob@example.org, nobody in particular")
    assert (run.state, run.error_kind) == ("failed", "mapping_failed")
    assert run.reason.startswith("`email`: ")
    counts = len(hub.contacts()), len(hub.appointments()), len(writes(hub))
    again = decisions.replay(run, None)
    drain_once(for_s=10)
    again.refresh_from_db()
    assert (again.state, again.reason) == ("failed", run.reason)
    assert (len(hub.contacts()), len(hub.appointments()), len(writes(hub))) == counts


def without_email(hub: Hub, email: str) -> None:
    """Accredible itself insists on an address; an import at the source may not."""
    certificate = hub.issue()
    with hub.sandbox.store.transaction("accredible") as tx:
        row = tx.get("certificates", certificate)
        assert row is not None
        tx.put("certificates", certificate, {**row, "recipient_email": email})


@pytest.mark.parametrize(
    ("email", "says"),
    [
        ("", "`email` needs a value: `event.recipient_email` is empty."),
        ("   ", "`email` needs a value: the transform `trim` left nothing of it."),
        ("ada at example", "`email`: "),
    ],
)
def test_a_certificate_without_an_address_fails_in_one_sentence_and_writes_nothing(
    hub: Hub, email: str, says: str
) -> None:
    without_email(hub, email)
    (run,) = hub.run_all()
    assert (run.state, run.error_kind) == ("failed", "mapping_failed")
    assert run.reason.startswith(says)
    assert writes(hub) == []
    assert not Effect.objects.exists()


# --- reminders and revocations --------------------------------------------------------------------


@pytest.mark.parametrize(("channel", "reminders"), [("email", 1), ("sms", 1), ("none", 0)])
def test_a_calendar_gets_its_reminder_once_over_many_certificates(channel: str, reminders: int) -> None:
    hub = make_hub(reminder_channel=channel, reminder_hours=48)
    for person in range(4):
        hub.issue(recipient_email=f"person{person}@example.org")
    hub.look()
    for minute in range(10):  # who finds the calendar being written to waits a moment
        Drain(clock=lambda later=minute: datetime.now(UTC) + timedelta(minutes=later)).run(for_s=10)
    assert [run.state for run in Run.objects.all()] == ["succeeded"] * 4
    made = hub.documents("ghl", "notifications")
    assert [row["channel"] for row in made] == [channel] * reminders
    if made:
        assert made[0]["beforeTime"] == [{"timeOffset": 48, "unit": "hours"}]


@pytest.mark.parametrize(
    ("on_revoke", "state", "statuses"),
    [
        ("cancel", "succeeded", ["cancelled", "cancelled"]),
        ("delete", "succeeded", []),
        ("nothing", "skipped", ["confirmed", "confirmed"]),
    ],
)
def test_what_becomes_of_all_its_appointments_when_a_certificate_is_revoked(
    on_revoke: str, state: str, statuses: list[str]
) -> None:
    hub = make_hub(on_revoke=on_revoke, attendees="each")
    certificate = hub.issue(attendees="bob@example.org")
    hub.run_all()
    hub.revoke(certificate)
    runs = hub.run_all()
    assert [run.state for run in runs] == ["succeeded", state]
    left = [row["appointmentStatus"] for row in hub.appointments() if not row.get("deleted")]
    assert left == statuses
