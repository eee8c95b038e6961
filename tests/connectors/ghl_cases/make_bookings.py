"""Contacts, calendars and bookings that cases need, made by the operations of other cases."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from tests.connectors.ghl_cases.caller import Caller

# One day an entry, as the API wants it.
ALL_DAY_LONG = [
    {
        "daysOfTheWeek": [day],
        "hours": [{"openHour": 0, "openMinute": 0, "closeHour": 23, "closeMinute": 0}],
    }
    for day in range(7)
]


class Bookings(Caller):
    """Each by one word; `more` goes into the call that makes it."""

    # --- people ---------------------------------------------------------------------------------

    def contact(self, **more: Any) -> str:
        return self.make("contacts.create", **{"firstName": "Rosa", "email": self.email(), **more})

    def task(self, contact: str, **more: Any) -> str:
        usual = {"title": "Call back", "dueDate": "2026-12-01T10:00:00Z", "completed": False}
        return self.make("contact_tasks.create", contactId=contact, **{**usual, **more})

    def note(self, contact: str, **more: Any) -> str:
        return self.make("contact_notes.create", contactId=contact, **{"body": "Likes mornings.", **more})

    def business(self) -> str:
        return self.make("businesses.create", name=self.word("Harbour Ltd"))

    def colleague(self, **more: Any) -> str:
        usual = {
            "firstName": "Lena",
            "lastName": "Mole",
            "email": self.email(),
            "password": "Aa1!not-a-real-one",
            "type": "account",
            "role": "user",
            "locationIds": [self.location_id],
        }
        return self.make("users.create", **{**usual, **more})

    @cached_property
    def user(self) -> str:
        """Somebody of the location's team."""
        return str(self.call("users.list")[0]["id"])

    # --- calendars ------------------------------------------------------------------------------

    def calendar(self, **more: Any) -> str:
        usual = {"name": self.word("Open house"), "calendarType": "event", "openHours": ALL_DAY_LONG}
        return self.make("calendars.create", **{**usual, "slotDuration": 30, **more})

    def service_calendar(self) -> str:
        return self.calendar(calendarType="service_booking", teamMembers=[{"userId": self.user}])

    def group(self, **more: Any) -> str:
        usual = {"name": "Courses", "description": "All of them.", "slug": self.word("courses")}
        return self.make("calendar_groups.create", **{**usual, "isActive": True, **more})

    def slots(self, calendar: str) -> list[str]:
        days = self.call(
            "calendars.free_slots",
            calendarId=calendar,
            startDate=self.days_ahead(2),
            endDate=self.days_ahead(4),
            timezone="America/New_York",
        )
        return [slot for day in sorted(days) if day != "traceId" for slot in days[day]["slots"]]

    def slot(self, calendar: str) -> str:
        """A time that is free."""
        return self.slots(calendar)[0]

    def appointment(self, **more: Any) -> str:
        calendar = more.pop("calendarId", None) or self.calendar()
        contact = more.pop("contactId", None) or self.contact()
        start = more.pop("startTime", None) or self.slot(calendar)
        return self.make(
            "appointments.create", calendarId=calendar, contactId=contact, startTime=start, **more
        )

    def appointment_note(self, appointment: str) -> str:
        return self.make("appointment_notes.create", appointmentId=appointment, body="Bring the badge.")

    def block(self, calendar: str) -> str:
        slot = self.slot(calendar)
        return self.make(
            "block_slots.create",
            calendarId=calendar,
            startTime=slot,
            endTime=self.later(slot),
            title="Repairs",
        )

    def notification(self, calendar: str) -> str:
        return self.make(
            "notifications.create",
            calendarId=calendar,
            receiverType="contact",
            channel="email",
            notificationType="reminder",
            beforeTime=[{"timeOffset": 1, "unit": "hours"}],
        )

    def resource(self, **more: Any) -> str:
        """A room."""
        usual = {
            "name": self.word("Room"),
            "description": "With a view.",
            "quantity": 1,
            "outOfService": 0,
            "capacity": 10,
            "calendarIds": [self.service_calendar()],
        }
        return self.make("resources.create", resourceType="rooms", **{**usual, **more})

    def schedule(self, **more: Any) -> str:
        usual = {"name": "Mornings", "userId": self.user, "timezone": "Europe/Berlin", "rules": []}
        return self.make("schedules.create", **{**usual, **more})
