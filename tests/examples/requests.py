"""What the examples of questions, booking pages and milestones do to GoHighLevel."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from integrations.models import Run, Workflow
from integrations.services import lifecycle, slot_links, verification
from tests.examples import Case
from tests.hub import Hub
from tests.proving import proved

ADA = "ExampleContactAda001"
BERLIN = ZoneInfo("Europe/Berlin")


def the_times_are_answered(hub: Hub) -> None:
    answer = Run.objects.filter(workflow=hub.workflow).latest("id").answer
    assert answer is not None
    assert (answer["calendar"], answer["zone"]) == ("Evening class", "Europe/Berlin")
    slots = [(day["date"], slot) for day in answer["days"] for slot in day["slots"]]
    assert slots
    for day, slot in slots:
        start, end = datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])
        assert start.utcoffset() == start.astimezone(BERLIN).utcoffset()
        assert start.date().isoformat() == day
        assert end - start == timedelta(minutes=30)
    assert [row["id"] for row in hub.appointments()] == ["ExampleAppointment01"], "whoever asks books nothing"


def the_page_is_live(hub: Hub) -> None:
    page = Workflow.objects.get(name="Example: booking page")
    assert verification.verify(hub.ghl).ok
    proved(page)
    lifecycle.deploy(page)


def ada_has_reached_it(hub: Hub) -> None:
    (ada,) = [row for row in hub.contacts() if row["id"] == ADA]
    assert set(ada["tags"]) == {"student", "evening course done"}
    values = [str(field["value"]) for field in ada["customFields"]]
    assert "reached" in values
    (link,) = [value for value in values if "/times/" in value]
    visit = slot_links.read(link.rstrip("/").rpartition("/")[2])
    assert visit.workflow.name == "Example: booking page"
    assert visit.person == {
        "name": "Ada Lovelace",
        "email": "ada@example.org",
        "phone": "+12125550123",
        "contact_id": ADA,
    }
    assert visit.question["calendar_id"], "the next group's calendar stands in the link"


def contact_and_credential_say_so(hub: Hub) -> None:
    (ada,) = [row for row in hub.contacts() if row["id"] == ADA]
    assert "evening course done" in ada["tags"]
    rows = hub.documents("accredible", "certificates")
    (credential,) = [row for row in rows if row["id"] == 10250012]
    assert credential["custom_attributes"] == {"location": "Riverside", "milestone": "evening course"}
    assert [row["id"] for row in rows if "milestone" in (row["custom_attributes"] or {})] == [10250012]


CASES = (
    Case(recipe="ghl.times_asked", done=the_times_are_answered, watched=(("ghl", "appointments"),)),
    Case(
        recipe="ghl.group_milestones",
        arrange=the_page_is_live,
        done=ada_has_reached_it,
        watched=(("ghl", "contacts"),),
        event_type="appointment.updated",
    ),
    Case(
        recipe="ghl.credential_milestones",
        done=contact_and_credential_say_so,
        watched=(("ghl", "contacts"), ("accredible", "certificates")),
        event_type="appointment.updated",
    ),
)
