"""What the AccessAlly examples do to GoHighLevel."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.models import Run
from tests.examples import Case
from tests.hub import Hub

GROUP, CALENDAR = "ExampleGroup00000001", "ExampleCalendar00001"


def one(hub: Hub, collection: str, **wanted: Any) -> dict[str, Any]:
    """The one record there is like this, beside the examples' own."""
    (made,) = [
        row
        for row in hub.documents("ghl", collection)
        if not row["id"].startswith("Example") and all(row[key] == value for key, value in wanted.items())
    ]
    return made


def offering_has_a_calendar(hub: Hub) -> None:
    calendar = one(hub, "calendars", name="Coaching evenings")
    assert calendar["eventColor"] == "#2e7d32"
    assert calendar["description"] == "Ten evenings on asking good questions."
    assert (calendar["slug"], calendar["groupId"]) == ("coaching-evenings", GROUP)
    assert (calendar["isActive"], calendar["calendarType"]) == (True, "event")
    reminders = hub.documents("ghl", "notifications")
    assert [(row["notificationType"], row["receiverType"], row["channel"]) for row in reminders] == [
        ("reminder", "contact", "email"),
        ("reminder", "contact", "sms"),
    ]
    assert [row["beforeTime"] for row in reminders] == [
        [{"timeOffset": 1, "unit": "days"}],
        [{"timeOffset": 1, "unit": "hours"}],
    ]


def calendar_is_inactive(hub: Hub) -> None:
    assert one(hub, "calendars", name="Coaching evenings")["isActive"] is False


def team_has_a_group(hub: Hub) -> None:
    """The example's own group has the slug already, so this one gets the next."""
    group = one(hub, "calendar_groups", name="Evening courses")
    assert group["slug"] == "evening-courses-2"
    assert group["description"] == "AccessAlly team Evening courses"
    assert group["isActive"] is True


def group_is_inactive(hub: Hub) -> None:
    assert one(hub, "calendar_groups", name="Evening courses")["isActive"] is False


def times_are_answered(hub: Hub) -> None:
    """Nothing is booked or held by a question, so what counts is the answer; emitted, it asks nobody."""
    assert not [row for row in hub.appointments() if not row["id"].startswith("Example")]
    for run in Run.objects.all():
        answer = run.answer
        assert (answer["offering_id"], answer["time_zone"]) == ("900421", "Europe/Berlin")
        assert answer["count"] == len(answer["slots"]) > 0
        starts = [datetime.fromisoformat(slot["start"]) for slot in answer["slots"]]
        assert starts == sorted(starts)
        for start in starts:
            assert start.utcoffset() == start.astimezone(ZoneInfo("Europe/Berlin")).utcoffset()


CASES = (
    Case(
        recipe="accessally.offering_to_calendar",
        done=offering_has_a_calendar,
        undone=calendar_is_inactive,
        watched=(("ghl", "calendars"), ("ghl", "notifications")),
        reverse_type="offering.deleted",
    ),
    Case(
        recipe="accessally.team_to_group",
        done=team_has_a_group,
        undone=group_is_inactive,
        watched=(("ghl", "calendar_groups"),),
        reverse_type="team.deleted",
    ),
    Case(
        recipe="accessally.slots",
        done=times_are_answered,
        watched=(("ghl", "appointments"), ("ghl", "calendars")),
    ),
)
