"""Made-up answers: by hand where people look at them, the rest by rule from the declared shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.overrides import MENDED
from integrations.engine.declared import answer_of, example_of
from integrations.engine.openapi import Call

LOCATION_ID = "loc0000000000000001"
CALENDAR_ID = "cal0000000000000001"
CONTACT_ID = "con0000000000000001"
EVENT_ID = "evt0000000000000001"
USER_ID = "usr0000000000000001"
COMPANY_ID = "com0000000000000001"

CONTACT = {
    "id": CONTACT_ID,
    "locationId": LOCATION_ID,
    "firstName": "Rosa",
    "lastName": "Diaz",
    "email": "rosa@example.com",
    "phone": "+15005550006",
    "tags": ["certified"],
    "customFields": [{"id": "fld0000000000000001", "value": "4711"}],
    "dateAdded": "2026-11-20T10:00:00.000Z",
    "dateUpdated": "2026-11-20T10:00:00.000Z",
}
CALENDAR = {
    "id": CALENDAR_ID,
    "locationId": LOCATION_ID,
    "name": "Review call",
    "isActive": True,
    "calendarType": "round_robin",
    "slotDuration": 30,
    "slotDurationUnit": "mins",
    "teamMembers": [{"userId": USER_ID}],
}
APPOINTMENT = {
    "id": EVENT_ID,
    "calendarId": CALENDAR_ID,
    "locationId": LOCATION_ID,
    "contactId": CONTACT_ID,
    "title": "Certificate: First Aid",
    "startTime": "2026-11-23T10:00:00-06:00",
    "endTime": "2026-11-23T10:30:00-06:00",
    "appointmentStatus": "confirmed",
    "assignedUserId": USER_ID,
}
EVENT = {**APPOINTMENT, "description": "Booked by the hub.", "dateAdded": "2026-11-20T10:00:00.000Z"}
NOTIFICATION = {
    "_id": "ntf0000000000000001",
    "receiverType": "contact",
    "channel": "email",
    "notificationType": "reminder",
    "isActive": True,
    "beforeTime": [{"timeOffset": 24, "unit": "hours"}],
}
USER = {"id": USER_ID, "name": "Terry Coach", "email": "terry@example.com"}
LOCATION = {
    "id": LOCATION_ID,
    "companyId": COMPANY_ID,
    "name": "Riverside Academy",
    "timezone": "America/Chicago",
}

BY_HAND: Mapping[str, Any] = {
    "contacts.upsert": {"new": True, "contact": CONTACT},
    "contacts.create": {"contact": CONTACT},
    "contacts.get": {"contact": CONTACT},
    "contacts.update": {"succeded": True, "contact": CONTACT},
    "contacts.search": {"contacts": [CONTACT], "total": 1},
    "contacts.duplicate": {"contact": CONTACT},
    "contacts.list": {"contacts": [CONTACT], "count": 1},
    "contacts.add_tags": {"tags": ["certified"]},
    "calendars.list": {"calendars": [CALENDAR]},
    "calendars.get": {"calendar": CALENDAR},
    "calendars.create": {"calendar": CALENDAR},
    "calendars.update": {"calendar": CALENDAR},
    "calendars.free_slots": {
        "2026-11-23": {"slots": ["2026-11-23T10:00:00-06:00", "2026-11-23T10:30:00-06:00"]}
    },
    "appointments.create": APPOINTMENT,
    "appointments.update": APPOINTMENT,
    "appointments.get": {"event": EVENT},
    "appointments.delete": {"succeeded": True},
    "events.list": {"events": [EVENT]},
    "notifications.list": [NOTIFICATION],
    "notifications.create": [NOTIFICATION],
    "oauth.token": {"token_type": "Bearer", "expires_in": 86399, "locationId": LOCATION_ID},
    "locations.get": {"location": LOCATION},
    "locations.search": {"locations": [LOCATION]},
    "users.list": {"users": [USER]},
    "users.search": {"users": [USER], "count": 1},
    "opportunities.upsert": {"opportunity": {"id": "opp0000000000000001", "name": "First Aid"}, "new": True},
}

# By the ending of a field's name, in lower case; the longest ending that fits wins.
WORDS: Mapping[str, Any] = {
    "id": "rec0000000000000001",
    "ids": "rec0000000000000001",
    "locationid": LOCATION_ID,
    "companyid": COMPANY_ID,
    "contactid": CONTACT_ID,
    "calendarid": CALENDAR_ID,
    "calendarids": CALENDAR_ID,
    "userid": USER_ID,
    "assignedto": USER_ID,
    "users": USER_ID,
    "followers": USER_ID,
    "owner": USER_ID,
    "email": "rosa@example.com",
    "phone": "+15005550006",
    "firstname": "Rosa",
    "lastname": "Diaz",
    "fullname": "Rosa Diaz",
    "contactname": "Rosa Diaz",
    "name": "Riverside Academy",
    "title": "First Aid",
    "body": "Send the certificate.",
    "description": "Made by the hub.",
    "tags": "certified",
    "timezone": "America/Chicago",
    "country": "US",
    "starttime": "2026-11-23T10:00:00-06:00",
    "endtime": "2026-11-23T10:30:00-06:00",
    "date": "2026-11-20T10:00:00.000Z",
    "dateadded": "2026-11-20T10:00:00.000Z",
    "dateupdated": "2026-11-20T10:00:00.000Z",
    "createdat": "2026-11-20T10:00:00.000Z",
    "updatedat": "2026-11-20T10:00:00.000Z",
    "changeat": "2026-11-20T10:00:00.000Z",
    "dateofbirth": "1990-05-17",
    "url": "https://example.com/file.pdf",
    "website": "https://example.com",
    "slug": "first-aid",
    "key": "custom_objects.course",
    "color": "#039be5",
    "from": "09:00",
    "to": "17:00",
}


def sample_of(key: str, call: Call) -> Any:
    """An answer to this call; {} where nothing is known of it."""
    if key in BY_HAND:
        return BY_HAND[key]
    schema = answer_of(call)
    return {} if schema is None else example_of(MENDED, schema, WORDS)
