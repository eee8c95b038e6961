"""Calendars, their groups and free times, and what they tell people."""

from __future__ import annotations

from tests.connectors.ghl_cases.caller import one
from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.make_bookings import ALL_DAY_LONG
from tests.connectors.ghl_cases.world import World

CASES = Cases()

REMINDER = {
    "receiverType": "contact",
    "channel": "email",
    "notificationType": "reminder",
    "isActive": True,
    "subject": "Tomorrow",
    "body": "See you tomorrow.",
    "beforeTime": [{"timeOffset": 24, "unit": "hours"}],
}


@CASES.of("calendars.create")
def a_calendar_that_needs_nobody(world: World) -> Script:
    made = yield {
        "name": "Open house",
        "calendarType": "event",
        "description": "Every day.",
        "slug": world.word("open-house"),
        "eventColor": "#039be5",
        "slotDuration": 45,
        "slotDurationUnit": "mins",
        "appoinmentPerSlot": 3,
        "openHours": ALL_DAY_LONG,
        "autoConfirm": True,
    }
    calendar = world.call("calendars.get", calendarId=made.record_id)
    assert (calendar["name"], calendar["slotDuration"], calendar["appoinmentPerSlot"]) == (
        "Open house",
        45,
        3,
    )


@CASES.of("calendars.create")
def a_calendar_with_a_team(world: World) -> Script:
    made = yield {
        "name": "Advice",
        "calendarType": "round_robin",
        "teamMembers": [{"userId": world.user, "priority": 0.5, "isPrimary": True}],
        "openHours": ALL_DAY_LONG,
    }
    calendar = world.call("calendars.get", calendarId=made.record_id)
    assert [member["userId"] for member in calendar["teamMembers"]] == [world.user]


@CASES.of("calendars.create")
def a_calendar_of_one_person(world: World) -> Script:
    made = yield {"name": "Nora", "calendarType": "personal", "teamMembers": [{"userId": world.user}]}
    assert world.call("calendars.get", calendarId=made.record_id)["calendarType"] == "personal"


@CASES.of("calendars.create")
def a_calendar_that_needs_two_at_once(world: World) -> Script:
    team = [{"userId": world.user, "isPrimary": True}, {"userId": world.colleague()}]
    made = yield {"name": "Board", "calendarType": "collective", "teamMembers": team}
    calendar = world.call("calendars.get", calendarId=made.record_id)
    assert [member["isPrimary"] for member in calendar["teamMembers"]] == [True, False]


@CASES.of("calendars.create")
def a_class_with_many_seats(world: World) -> Script:
    made = yield {
        "name": "First Aid",
        "calendarType": "class_booking",
        "teamMembers": [{"userId": world.user}],
        "appoinmentPerSlot": 12,
        "slotDuration": 2,
        "slotDurationUnit": "hours",
        "slotBuffer": 15,
        "slotBufferUnit": "mins",
        "allowBookingAfter": 1,
        "allowBookingAfterUnit": "days",
        "allowBookingFor": 3,
        "allowBookingForUnit": "months",
        "openHours": ALL_DAY_LONG,
        "recurring": {"freq": "WEEKLY", "count": 4, "bookingOption": "skip"},
        "lookBusyConfig": {"enabled": True, "LookBusyPercentage": 20},
    }
    calendar = world.call("calendars.get", calendarId=made.record_id)
    assert (calendar["appoinmentPerSlot"], calendar["allowBookingForUnit"]) == (12, "months")


@CASES.of("calendars.list")
def the_calendars_of_a_location(world: World) -> Script:
    calendar = world.calendar()
    found = yield {"showDrafted": True}
    assert calendar in [row["id"] for row in found.value]


@CASES.of("calendars.list")
def the_calendars_of_a_group(world: World) -> Script:
    group = world.group()
    calendar = world.calendar(groupId=group)
    found = yield {"groupId": group}
    assert [row["id"] for row in found.value] == [calendar]


@CASES.of("calendars.get")
def one_calendar(world: World) -> Script:
    calendar = world.calendar(name="Open house")
    found = yield {"calendarId": calendar}
    assert (found.value["id"], found.value["name"]) == (calendar, "Open house")


@CASES.of("calendars.update")
def another_name_and_a_group_for_a_calendar(world: World) -> Script:
    group, calendar = world.group(), world.calendar(slotDuration=45)
    yield {"calendarId": calendar, "name": "Closed house", "groupId": group}
    now = world.call("calendars.get", calendarId=calendar)
    assert (now["name"], now["groupId"], now["slotDuration"]) == ("Closed house", group, 45)


@CASES.of("calendars.delete")
def a_calendar_that_is_over(world: World) -> Script:
    calendar = world.calendar()
    yield {"calendarId": calendar}
    assert world.is_gone("calendars.get", calendarId=calendar)


@CASES.of("calendars.free_slots")
def the_free_times_of_two_days(world: World) -> Script:
    calendar = world.calendar()
    start, end = world.days_ahead(2), world.days_ahead(4)
    found = yield {"calendarId": calendar, "startDate": start, "endDate": end, "timezone": "Europe/Berlin"}
    days = {day: value for day, value in found.value.items() if day != "traceId"}
    assert days
    assert all(slot.startswith(day) for day, value in days.items() for slot in value["slots"])


@CASES.of("calendars.free_slots")
def the_free_times_of_one_person(world: World) -> Script:
    calendar = world.calendar(calendarType="round_robin", teamMembers=[{"userId": world.user}])
    found = yield {
        "calendarId": calendar,
        "startDate": world.days_ahead(2),
        "endDate": world.days_ahead(3),
        "timezone": "America/New_York",
        "userId": world.user,
    }
    assert any(value["slots"] for day, value in found.value.items() if day != "traceId")


@CASES.of("calendar_groups.create")
def a_group(world: World) -> Script:
    slug = world.word("courses")
    made = yield {"name": "Courses", "description": "All of them.", "slug": slug, "isActive": True}
    group = one(world.call("calendar_groups.list"), made.record_id)
    assert (group["name"], group["slug"], group["isActive"]) == ("Courses", slug, True)


@CASES.of("calendar_groups.list")
def all_groups(world: World) -> Script:
    group = world.group()
    found = yield {}
    assert group in [row["id"] for row in found.value]


@CASES.of("calendar_groups.validate_slug")
def a_slug_that_is_taken(world: World) -> Script:
    slug = world.word("taken")
    world.group(slug=slug)
    found = yield {"slug": slug}
    assert found.value["available"] is False


@CASES.of("calendar_groups.validate_slug")
def a_slug_that_is_free(world: World) -> Script:
    found = yield {"slug": world.word("free")}
    assert found.value["available"] is True


@CASES.of("calendar_groups.update")
def another_name_for_a_group(world: World) -> Script:
    slug = world.word("courses")
    group = world.group(slug=slug)
    yield {"groupId": group, "name": "Classes", "description": "Renamed.", "slug": slug}
    now = one(world.call("calendar_groups.list"), group)
    assert (now["name"], now["description"]) == ("Classes", "Renamed.")


@CASES.of("calendar_groups.set_status")
def a_group_that_rests(world: World) -> Script:
    group = world.group()
    yield {"groupId": group, "isActive": False}
    now = one(world.call("calendar_groups.list"), group)
    assert now["isActive"] is False


@CASES.of("calendar_groups.delete")
def a_group_without_calendars(world: World) -> Script:
    group = world.group()
    yield {"groupId": group}
    assert group not in [row["id"] for row in world.call("calendar_groups.list")]


@CASES.of("notifications.create")
def a_reminder(world: World) -> Script:
    calendar = world.calendar()
    yield {"calendarId": calendar, **REMINDER}
    rows = world.call("notifications.list", calendarId=calendar)
    assert [row["beforeTime"] for row in rows] == [REMINDER["beforeTime"]]


@CASES.of("notifications.create")
def a_message_to_people_by_name(world: World) -> Script:
    calendar = world.calendar()
    yield {
        "calendarId": calendar,
        "receiverType": "emails",
        "channel": "email",
        "notificationType": "booked",
        "additionalEmailIds": ["office@example.org"],
    }
    rows = world.call("notifications.list", calendarId=calendar)
    assert [row["additionalEmailIds"] for row in rows] == [["office@example.org"]]


@CASES.of("notifications.list")
def what_a_calendar_tells(world: World) -> Script:
    calendar = world.calendar()
    notification = world.notification(calendar)
    found = yield {"calendarId": calendar, "isActive": True}
    assert [row["_id"] for row in found.value] == [notification]


@CASES.of("notifications.get")
def one_notification(world: World) -> Script:
    calendar = world.calendar()
    notification = world.notification(calendar)
    found = yield {"calendarId": calendar, "notificationId": notification}
    assert (found.value["_id"], found.value["notificationType"]) == (notification, "reminder")


@CASES.of("notifications.update")
def a_notification_that_rests(world: World) -> Script:
    calendar = world.calendar()
    notification = world.notification(calendar)
    yield {"calendarId": calendar, "notificationId": notification, "isActive": False, "subject": "Later"}
    now = world.call("notifications.get", calendarId=calendar, notificationId=notification)
    assert (now["isActive"], now["subject"]) == (False, "Later")


@CASES.of("notifications.delete")
def a_notification_that_nobody_reads(world: World) -> Script:
    calendar = world.calendar()
    notification = world.notification(calendar)
    yield {"calendarId": calendar, "notificationId": notification}
    assert notification not in [
        row["_id"] for row in world.call("notifications.list", calendarId=calendar) if not row.get("deleted")
    ]
