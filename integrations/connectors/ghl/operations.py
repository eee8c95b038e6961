"""The GoHighLevel calls the hub makes, field for field as the official OpenAPI declares them.

Only declared fields may be sent: the live API answers any other with 422 (measured by third parties), and
several calls refuse a `locationId` that others require.
"""

from __future__ import annotations

from typing import Any

from integrations.connectors.ghl import proofs
from integrations.engine.spec import Field, FieldType, Kind, Operation, Place, Proof, ProofKind

CALENDARS = "2021-04-15"
CONTACTS = "2021-07-28"

LOCATION_ID = "loc0000000000000001"
CALENDAR_ID = "cal0000000000000001"
CONTACT_ID = "con0000000000000001"
EVENT_ID = "evt0000000000000001"
USER_ID = "usr0000000000000001"

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

_IDEMPOTENT = Proof(kind=ProofKind.IDEMPOTENT, source="a whole state is put; twice is once")


def _path(key: str, label: str, **more: Any) -> Field:
    return Field(key=key, label=label, place=Place.PATH, required=True, **more)


def _query(key: str, label: str = "", **more: Any) -> Field:
    return Field(key=key, label=label, place=Place.QUERY, **more)


def _texts(*keys: str) -> tuple[Field, ...]:
    return tuple(Field(key=key) for key in keys)


def _choice(key: str, words: str, label: str = "", **more: Any) -> Field:
    return Field(key=key, label=label, choices=tuple((word, word) for word in words.split()), **more)


def _of(kind: FieldType, *keys: str) -> tuple[Field, ...]:
    return tuple(Field(key=key, type=kind) for key in keys)


def _calendars(key: str, title: str, method: str, path: str, scope: str, **more: Any) -> Operation:
    return Operation(
        key=key,
        title=title,
        method=method,
        path=path,
        scopes=(scope,),
        version=CALENDARS,
        headers=(("Version", CALENDARS),),
        source="official OpenAPI, calendars, Version 2021-04-15",
        **more,
    )


def _contacts(key: str, title: str, method: str, path: str, scope: str, **more: Any) -> Operation:
    more.setdefault("source", "official OpenAPI, contacts, Version 2021-07-28")
    return Operation(
        key=key,
        title=title,
        method=method,
        path=path,
        scopes=(scope,),
        version=CONTACTS,
        headers=(("Version", CONTACTS),),
        **more,
    )


_LOCATION_QUERY = _query("locationId", required=True, fills="location_id")
_LOCATION_BODY = Field(key="locationId", required=True, fills="location_id")
_CALENDAR_PATH = _path("calendarId", "Calendar", reference="calendars")
_CONTACT_PATH = _path("contactId", "Contact id")
_EVENT_PATH = _path("eventId", "Appointment id")

# --- contacts -------------------------------------------------------------------------------------

_UPDATE_FIELDS = (
    Field(key="email", label="E-mail", type=FieldType.EMAIL),
    Field(key="phone", label="Phone", type=FieldType.PHONE),
    Field(key="firstName", label="First name"),
    Field(key="lastName", label="Last name"),
    Field(key="name", label="Full name"),
    *_texts("address1", "city", "state", "postalCode"),
    Field(key="country", help="Two letters, such as US."),
    *_texts("website", "timezone", "source"),
    Field(key="dateOfBirth", label="Date of birth", type=FieldType.DATE),
    Field(key="assignedTo", label="Assigned user", reference="users"),
    Field(
        key="tags",
        label="Tags",
        type=FieldType.LIST,
        help="Replaces all tags of the contact. To add some, use “Add tags to a contact”.",
    ),
    Field(
        key="customFields",
        label="Custom fields",
        type=FieldType.LIST,
        help="A list of {id, field_value}.",
    ),
    Field(key="dnd", label="Do not disturb", type=FieldType.BOOLEAN),
    *_of(FieldType.OBJECT, "dndSettings", "inboundDndSettings"),
)
_CREATE_FIELDS = (_LOCATION_BODY, *_UPDATE_FIELDS, *_texts("gender", "companyName"))

CONTACT_OPERATIONS = (
    _contacts(
        "contacts.upsert",
        "Create or update a contact",
        "POST",
        "/contacts/upsert",
        "contacts.write",
        kind=Kind.CREATE,
        fields=(*_CREATE_FIELDS, *_of(FieldType.BOOLEAN, "createNewIfDuplicateAllowed")),
        result="contact",
        proof=Proof(
            kind=ProofKind.NATURAL_KEY,
            target="email || phone",
            look_up=proofs.find_upserted,
            operations=("contacts.duplicate",),
            visible_after_s=proofs.VISIBLE_AFTER_S,
            source="contacts.duplicate by e-mail, else phone; repeating updates the same contact",
        ),
        operation_id="upsert-contact",
        sample={"new": True, "contact": CONTACT},
    ),
    _contacts(
        "contacts.create",
        "Create a contact",
        "POST",
        "/contacts/",
        "contacts.write",
        kind=Kind.CREATE,
        fields=_CREATE_FIELDS,
        result="contact",
        success=(201,),
        proof=Proof(
            kind=ProofKind.NATURAL_KEY,
            target="email || phone",
            look_up=proofs.find_created,
            operations=("contacts.duplicate",),
            visible_after_s=proofs.VISIBLE_AFTER_S,
            source="contacts.duplicate by e-mail, else phone",
        ),
        operation_id="create-contact",
        sample={"contact": CONTACT},
    ),
    _contacts(
        "contacts.get",
        "Read a contact",
        "GET",
        "/contacts/{contactId}",
        "contacts.readonly",
        kind=Kind.READ,
        fields=(_CONTACT_PATH,),
        result="contact",
        operation_id="get-contact",
        sample={"contact": CONTACT},
    ),
    _contacts(
        "contacts.update",
        "Update a contact",
        "PUT",
        "/contacts/{contactId}",
        "contacts.write",
        kind=Kind.UPDATE,
        fields=(_CONTACT_PATH, *_UPDATE_FIELDS),
        result="contact",
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="contactId", source=_IDEMPOTENT.source),
        operation_id="update-contact",
        sample={"succeded": True, "contact": CONTACT},
    ),
    _contacts(
        "contacts.search",
        "Search contacts",
        "POST",
        "/contacts/search",
        "contacts.readonly",
        kind=Kind.READ,
        fields=(
            _LOCATION_BODY,
            Field(key="query", help="At most 75 characters."),
            Field(key="pageLimit", type=FieldType.INTEGER, required=True, default=100),
            Field(key="page", type=FieldType.INTEGER, help="Reaches the first 10,000 contacts only."),
            *_of(FieldType.LIST, "searchAfter", "filters", "sort"),
        ),
        record_id="",
        operation_id="search-contacts-advanced",
        sample={"contacts": [CONTACT], "total": 1},
        source="official OpenAPI, contacts, Version 2021-07-28; its body, empty there, from the guide",
    ),
    _contacts(
        "contacts.duplicate",
        "Find a contact by e-mail or phone",
        "GET",
        "/contacts/search/duplicate",
        "contacts.readonly",
        kind=Kind.READ,
        fields=(_LOCATION_QUERY, _query("email", "E-mail"), _query("number", "Phone")),
        result="contact",
        operation_id="get-duplicate-contact",
        sample={"contact": CONTACT},
        source="official OpenAPI, contacts, Version 2021-07-28; the answer's key as public code reads it",
    ),
    _contacts(
        "contacts.add_tags",
        "Add tags to a contact",
        "POST",
        "/contacts/{contactId}/tags",
        "contacts.write",
        kind=Kind.UPDATE,
        fields=(_CONTACT_PATH, Field(key="tags", label="Tags", type=FieldType.LIST, required=True)),
        success=(201,),
        result="tags",
        record_id="",
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="contactId", source="a tag is there or it is not"),
        operation_id="add-tags",
        sample={"tags": ["certified"]},
    ),
)

# --- calendars ------------------------------------------------------------------------------------

_APPOINTMENT_FIELDS = (
    Field(key="startTime", label="Start", type=FieldType.DATETIME, help="With offset."),
    Field(key="endTime", label="End", type=FieldType.DATETIME, help="With offset."),
    Field(key="title", label="Title"),
    Field(key="description", label="Description"),
    _choice("appointmentStatus", "new confirmed cancelled showed noshow invalid", "Status"),
    Field(
        key="assignedUserId",
        label="Team member",
        reference="users",
        help="Needed on most calendars that have team members.",
    ),
    Field(key="address", label="Address or link"),
    _choice("meetingLocationType", "custom zoom gmeet phone address ms_teams google"),
    *_texts("meetingLocationId"),
    *_of(FieldType.BOOLEAN, "overrideLocationConfig", "ignoreDateRange"),
    Field(
        key="ignoreFreeSlotValidation",
        label="Book even if not free",
        type=FieldType.BOOLEAN,
        help="For times that are dictated; also skips the calendar's notice and window.",
    ),
    Field(key="toNotify", label="Run the calendar's automations", type=FieldType.BOOLEAN),
    *_texts("rrule"),
)
_BOOK_FIELDS = (
    Field(key="calendarId", label="Calendar", required=True, reference="calendars"),
    _LOCATION_BODY,
    Field(key="contactId", label="Contact id", required=True),
    Field(key="startTime", label="Start", type=FieldType.DATETIME, required=True, help="With offset."),
    *_APPOINTMENT_FIELDS[1:],
)
_CALENDAR_FIELDS = (
    _LOCATION_BODY,
    Field(key="name", label="Name", required=True),
    *_texts("description", "slug", "widgetSlug", "groupId"),
    _choice("calendarType", "event round_robin class_booking collective service_booking personal"),
    _choice("eventType", "RoundRobin_OptimizeForAvailability RoundRobin_OptimizeForEqualDistribution"),
    _choice("widgetType", "default classic"),
    *_texts("eventTitle", "eventColor"),
    *_of(FieldType.BOOLEAN, "isActive"),
    *_of(FieldType.LIST, "teamMembers", "locationConfigurations", "openHours", "availabilities"),
    *_of(FieldType.NUMBER, "slotDuration", "slotInterval", "slotBuffer", "preBuffer"),
    _choice("slotDurationUnit", "mins hours"),
    _choice("slotIntervalUnit", "mins hours"),
    _choice("slotBufferUnit", "mins hours"),
    _choice("preBufferUnit", "mins hours"),
    Field(key="appoinmentPerSlot", label="Seats per slot", type=FieldType.NUMBER),
    Field(key="appoinmentPerDay", label="Appointments per day", type=FieldType.NUMBER),
    *_of(FieldType.NUMBER, "allowBookingAfter", "allowBookingFor", "availabilityType"),
    _choice("allowBookingAfterUnit", "hours days weeks months"),
    _choice("allowBookingForUnit", "days weeks months"),
    *_of(FieldType.BOOLEAN, "enableRecurring", "stickyContact", "isLivePaymentMode", "autoConfirm"),
    *_of(FieldType.OBJECT, "recurring", "lookBusyConfig"),
    *_of(FieldType.BOOLEAN, "googleInvitationEmails", "allowReschedule", "allowCancellation"),
    *_of(FieldType.BOOLEAN, "shouldSendAlertEmailsToAssignedMember", "shouldAssignContactToTeamMember"),
    *_of(FieldType.BOOLEAN, "shouldSkipAssigningContactForExisting"),
    _choice("formSubmitType", "RedirectURL ThankYouMessage"),
    _choice("guestType", "count_only collect_detail"),
    *_texts("alertEmail", "notes", "formId", "pixelId", "consentLabel", "calendarCoverImage"),
    *_texts("formSubmitRedirectURL", "formSubmitThanksMessage"),
)

CALENDAR_OPERATIONS = (
    _calendars(
        "calendars.list",
        "List calendars",
        "GET",
        "/calendars/",
        "calendars.readonly",
        kind=Kind.READ,
        fields=(
            _LOCATION_QUERY,
            _query("groupId", "Group id"),
            _query("showDrafted", "With drafts", type=FieldType.BOOLEAN),
        ),
        result="calendars",
        record_id="",
        operation_id="get-calendars",
        sample={"calendars": [CALENDAR]},
    ),
    _calendars(
        "calendars.get",
        "Read a calendar",
        "GET",
        "/calendars/{calendarId}",
        "calendars.readonly",
        kind=Kind.READ,
        fields=(_CALENDAR_PATH,),
        result="calendar",
        operation_id="get-calendar",
        sample={"calendar": CALENDAR},
    ),
    _calendars(
        "calendars.create",
        "Create a calendar",
        "POST",
        "/calendars/",
        "calendars.write",
        kind=Kind.CREATE,
        fields=_CALENDAR_FIELDS,
        result="calendar",
        proof=Proof(
            kind=ProofKind.NONE,
            target="slug || name",
            source="calendars carry no date and no unique name, so a person decides",
        ),
        operation_id="create-calendar",
        sample={"calendar": CALENDAR},
    ),
    _calendars(
        "calendars.free_slots",
        "Read free times",
        "GET",
        "/calendars/{calendarId}/free-slots",
        "calendars.readonly",
        kind=Kind.READ,
        fields=(
            _CALENDAR_PATH,
            _query("startDate", "From", type=FieldType.INTEGER, required=True, help="Epoch milliseconds."),
            _query(
                "endDate",
                "To",
                type=FieldType.INTEGER,
                required=True,
                help="Epoch milliseconds, at most 31 days later.",
            ),
            _query("timezone", "Time zone"),
            _query("userId", "Team member", reference="users"),
            _query("userIds", type=FieldType.LIST),
        ),
        record_id="",
        operation_id="get-slots",
        sample={"2026-11-23": {"slots": ["2026-11-23T10:00:00-06:00", "2026-11-23T10:30:00-06:00"]}},
    ),
    _calendars(
        "appointments.create",
        "Book an appointment",
        "POST",
        "/calendars/events/appointments",
        "calendars/events.write",
        kind=Kind.CREATE,
        fields=_BOOK_FIELDS,
        proof=Proof(
            kind=ProofKind.MARKED,
            mark_field="description",
            target="join('/', [calendarId, contactId, startTime])",
            look_up=proofs.find_appointment,
            operations=("events.list", "appointments.get"),
            visible_after_s=proofs.VISIBLE_AFTER_S,
            source="events.list of the calendar around the start",
        ),
        operation_id="create-appointment",
        sample=APPOINTMENT,
    ),
    _calendars(
        "appointments.update",
        "Change or cancel an appointment",
        "PUT",
        "/calendars/events/appointments/{eventId}",
        "calendars/events.write",
        kind=Kind.UPDATE,
        fields=(
            _EVENT_PATH,
            Field(key="calendarId", label="Calendar", reference="calendars"),
            *_APPOINTMENT_FIELDS,
        ),
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="eventId", source=_IDEMPOTENT.source),
        operation_id="edit-appointment",
        sample=APPOINTMENT,
    ),
    _calendars(
        "appointments.get",
        "Read an appointment",
        "GET",
        "/calendars/events/appointments/{eventId}",
        "calendars/events.readonly",
        kind=Kind.READ,
        fields=(_EVENT_PATH,),
        # Live answers have also used the second key (measured by third parties).
        result="event || appointment",
        operation_id="get-appointment",
        sample={"event": EVENT},
    ),
    _calendars(
        "appointments.delete",
        "Delete an appointment",
        "DELETE",
        "/calendars/events/{eventId}",
        "calendars/events.write",
        kind=Kind.DELETE,
        fields=(_EVENT_PATH,),
        empty_body=True,  # the specification requires the body {}
        success=(201,),
        record_id="",
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="eventId", source="gone is gone"),
        operation_id="delete-event",
        sample={"succeeded": True},
    ),
    _calendars(
        "events.list",
        "List appointments of a calendar",
        "GET",
        "/calendars/events",
        "calendars/events.readonly",
        kind=Kind.READ,
        fields=(
            _LOCATION_QUERY,
            _query("startTime", "From", required=True, help="Epoch milliseconds."),
            _query("endTime", "To", required=True, help="Epoch milliseconds."),
            _query("calendarId", "Calendar", reference="calendars", help="One of calendar, user, group."),
            _query("userId", "Team member", reference="users"),
            _query("groupId", "Group id"),
        ),
        result="events",
        record_id="",
        operation_id="get-calendar-events",
        sample={"events": [EVENT]},
    ),
    _calendars(
        "notifications.list",
        "List a calendar's notifications",
        "GET",
        "/calendars/{calendarId}/notifications",
        "calendars/events.readonly",
        kind=Kind.READ,
        # `limit` and `skip` stay out: a number there was once answered with a 400 from the vendor's database.
        fields=(
            _CALENDAR_PATH,
            _query("isActive", type=FieldType.BOOLEAN),
            _query("deleted", type=FieldType.BOOLEAN),
        ),
        record_id="",
        operation_id="get-event-notification",
        sample=[NOTIFICATION],
    ),
    _calendars(
        "notifications.create",
        "Add a notification to a calendar",
        "POST",
        "/calendars/{calendarId}/notifications",
        "calendars/events.write",
        kind=Kind.CREATE,
        body_list=True,
        fields=(
            _CALENDAR_PATH,
            _choice("receiverType", "contact guest assignedUser emails phoneNumbers business", required=True),
            _choice("channel", "email inApp sms whatsapp", required=True),
            _choice(
                "notificationType",
                "booked confirmation cancellation reminder followup reschedule",
                required=True,
            ),
            *_of(FieldType.BOOLEAN, "isActive"),
            *_texts("templateId", "body", "subject", "fromAddress", "fromName", "fromNumber"),
            *_of(FieldType.LIST, "beforeTime", "afterTime", "additionalEmailIds", "additionalPhoneNumbers"),
            *_of(FieldType.LIST, "selectedUsers"),
        ),
        result="[0] || @",
        record_id="_id",
        proof=Proof(
            kind=ProofKind.NATURAL_KEY,
            target="join('/', [calendarId, notificationType, channel, receiverType])",
            look_up=proofs.find_notification,
            operations=("notifications.list",),
            visible_after_s=proofs.VISIBLE_AFTER_S,
            source="notifications.list of the calendar",
        ),
        operation_id="create-event-notification",
        sample=[NOTIFICATION],
    ),
)

# --- the account ----------------------------------------------------------------------------------

ACCOUNT_OPERATIONS = (
    Operation(
        key="oauth.token",
        title="Exchange or refresh tokens",
        method="POST",
        path="/oauth/token",
        kind=Kind.READ,
        encoding="form",
        signed=False,
        fields=(
            Field(key="client_id", required=True),
            Field(key="client_secret", required=True, secret=True),
            _choice("grant_type", "authorization_code refresh_token", required=True),
            Field(key="code", secret=True),
            Field(key="refresh_token", secret=True),
            _choice("user_type", "Location Company"),
            Field(key="redirect_uri"),
        ),
        record_id="",
        operation_id="get-access-token",
        sample={"token_type": "Bearer", "expires_in": 86399, "locationId": LOCATION_ID},
        source="official OpenAPI, oauth; made by the sign-in, listed here for completeness",
    ),
    _contacts(
        "locations.get",
        "Read the location",
        "GET",
        "/locations/{locationId}",
        "locations.readonly",
        kind=Kind.READ,
        fields=(_path("locationId", "Location id", fills="location_id"),),
        result="location",
        operation_id="get-location",
        sample={
            "location": {
                "id": LOCATION_ID,
                "companyId": "com0000000000000001",
                "name": "Riverside Academy",
                "timezone": "America/Chicago",
            }
        },
        source="official OpenAPI, locations, Version 2021-07-28",
    ),
    _contacts(
        "users.list",
        "List the location's users",
        "GET",
        "/users/",
        "users.readonly",
        kind=Kind.READ,
        fields=(_LOCATION_QUERY,),
        result="users",
        record_id="",
        deprecated=True,
        operation_id="get-user-by-location",
        sample={"users": [USER]},
        source="official OpenAPI, users, Version 2021-07-28 (deprecated; needs no company id)",
    ),
    _contacts(
        "users.search",
        "Search users",
        "GET",
        "/users/search",
        "users.readonly",
        kind=Kind.READ,
        fields=(
            _query("companyId", required=True, fills="company_id"),
            _query("locationId", fills="location_id"),
            *(_query(key) for key in ("query", "skip", "limit", "type", "role", "ids", "sort")),
            _query("sortDirection"),
            _query("enabled2waySync", type=FieldType.BOOLEAN),
        ),
        record_id="",
        operation_id="search-users",
        sample={"users": [USER], "count": 1},
        source="official OpenAPI, users, Version 2021-07-28",
    ),
)

OPERATIONS = {
    operation.key: operation for operation in (*CONTACT_OPERATIONS, *CALENDAR_OPERATIONS, *ACCOUNT_OPERATIONS)
}
