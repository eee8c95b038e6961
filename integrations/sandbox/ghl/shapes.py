"""Bodies of the simulated calls, after the official OpenAPI (calendars 2021-04-15, contacts 2021-07-28)."""

from __future__ import annotations

from integrations.sandbox.ghl.checks import (
    ANYTHING,
    NUMBER,
    TEXT,
    TEXT_OR_NULL,
    YES_NO,
    Rule,
    Shape,
    between,
    many,
    need,
    one_of,
    shaped,
)

# --- contacts ---

_DND = {"message": TEXT, "code": TEXT, "status": need(one_of("active", "inactive", "permanent"))}
_DND_CHANNELS = {name: shaped(_DND) for name in ("Call", "Email", "SMS", "WhatsApp", "GMB", "FB")}
_INBOUND_DND = {"all": shaped({"status": need(one_of("active", "inactive")), "message": TEXT})}

CONTACT_UPDATE: Shape = {
    "firstName": TEXT_OR_NULL,
    "lastName": TEXT_OR_NULL,
    "name": TEXT_OR_NULL,
    "email": TEXT_OR_NULL,
    "phone": TEXT_OR_NULL,
    "address1": TEXT_OR_NULL,
    "city": TEXT_OR_NULL,
    "state": TEXT_OR_NULL,
    "postalCode": TEXT,
    "website": TEXT_OR_NULL,
    "timezone": TEXT_OR_NULL,
    "dnd": YES_NO,
    "dndSettings": shaped(_DND_CHANNELS),
    "inboundDndSettings": shaped(_INBOUND_DND),
    "tags": many(TEXT),
    # v2 requires the id, v3 takes id or key: either will do here.
    "customFields": many(shaped({"id": TEXT, "key": TEXT, "field_value": ANYTHING})),
    "source": TEXT_OR_NULL,
    "dateOfBirth": TEXT_OR_NULL,
    "country": TEXT,
    "assignedTo": TEXT_OR_NULL,
}
CONTACT_CREATE: Shape = {
    **CONTACT_UPDATE,
    "locationId": need(TEXT),
    "gender": TEXT,
    "companyName": TEXT_OR_NULL,
}
CONTACT_UPSERT: Shape = {**CONTACT_CREATE, "createNewIfDuplicateAllowed": YES_NO}
CONTACT_SEARCH: Shape = {
    "locationId": need(TEXT),
    "pageLimit": need(between(1, 500)),
    "page": between(1, 10_000),
    "searchAfter": many(ANYTHING),
    "query": TEXT,
    "filters": many(ANYTHING),
    "sort": many(shaped({"field": need(TEXT), "direction": need(one_of("asc", "desc"))})),
}
TAGS: Shape = {"tags": need(many(TEXT))}

# --- calendars ---

_MINS_OR_HOURS = one_of("mins", "hours")
_MEETING = {
    "kind": need(
        one_of(
            "custom",
            "zoom_conference",
            "google_conference",
            "inbound_call",
            "outbound_call",
            "physical",
            "booker",
            "ms_teams_conference",
        )
    ),
    "location": TEXT,
}
_MEMBER = {
    "userId": need(TEXT),
    "priority": one_of(0, 0.5, 1),
    "meetingLocationType": one_of("custom", "zoom", "gmeet", "phone", "address", "teams", "booker"),
    "meetingLocation": TEXT,
    "isPrimary": YES_NO,
    "locationConfigurations": many(shaped(_MEETING)),
}
_HOURS = {
    "openHour": need(between(0, 23)),
    "openMinute": need(between(0, 60)),
    "closeHour": need(between(0, 23)),
    "closeMinute": need(between(0, 60)),
}
_OPEN_HOURS = {"daysOfTheWeek": need(many(NUMBER)), "hours": need(many(shaped(_HOURS)))}
_AVAILABILITY = {"date": need(TEXT), "hours": need(many(shaped(_HOURS))), "deleted": YES_NO}
_RECURRING = {
    "freq": one_of("DAILY", "WEEKLY", "MONTHLY"),
    "count": between(0, 24),
    "bookingOption": one_of("skip", "continue", "book_next"),
    "bookingOverlapDefaultStatus": one_of("confirmed", "new"),
}

CALENDAR_CREATE: Shape = {
    "locationId": need(TEXT),
    "name": need(TEXT),
    "isActive": YES_NO,
    "notifications": many(ANYTHING),
    "groupId": TEXT,
    "teamMembers": many(shaped(_MEMBER)),
    "eventType": one_of("RoundRobin_OptimizeForAvailability", "RoundRobin_OptimizeForEqualDistribution"),
    "description": TEXT,
    "slug": TEXT,
    "widgetSlug": TEXT,
    "calendarType": one_of(
        "round_robin", "event", "class_booking", "collective", "service_booking", "personal"
    ),
    "widgetType": one_of("default", "classic"),
    "eventTitle": TEXT,
    "eventColor": TEXT,
    "meetingLocation": TEXT,
    "locationConfigurations": many(shaped(_MEETING)),
    "slotDuration": between(1, 1440),
    "slotDurationUnit": _MINS_OR_HOURS,
    "slotInterval": between(1, 1440),
    "slotIntervalUnit": _MINS_OR_HOURS,
    "slotBuffer": NUMBER,
    "slotBufferUnit": _MINS_OR_HOURS,
    "preBuffer": NUMBER,
    "preBufferUnit": _MINS_OR_HOURS,
    "appoinmentPerSlot": NUMBER,
    "appoinmentPerDay": NUMBER,
    "allowBookingAfter": NUMBER,
    "allowBookingAfterUnit": one_of("hours", "days", "weeks", "months"),
    "allowBookingFor": NUMBER,
    "allowBookingForUnit": one_of("days", "weeks", "months"),
    "openHours": many(shaped(_OPEN_HOURS)),
    "enableRecurring": YES_NO,
    "recurring": shaped(_RECURRING),
    "formId": TEXT,
    "stickyContact": YES_NO,
    "isLivePaymentMode": YES_NO,
    "autoConfirm": YES_NO,
    "shouldSendAlertEmailsToAssignedMember": YES_NO,
    "alertEmail": TEXT,
    "googleInvitationEmails": YES_NO,
    "allowReschedule": YES_NO,
    "allowCancellation": YES_NO,
    "shouldAssignContactToTeamMember": YES_NO,
    "shouldSkipAssigningContactForExisting": YES_NO,
    "notes": TEXT,
    "pixelId": TEXT,
    "formSubmitType": one_of("RedirectURL", "ThankYouMessage"),
    "formSubmitRedirectURL": TEXT,
    "formSubmitThanksMessage": TEXT,
    "availabilityType": Rule(kind="number", choices=(0, 1), nullable=True),
    "availabilities": many(shaped(_AVAILABILITY)),
    "guestType": one_of("count_only", "collect_detail"),
    "consentLabel": TEXT,
    "calendarCoverImage": TEXT,
    "lookBusyConfig": shaped({"enabled": need(YES_NO), "LookBusyPercentage": need(NUMBER)}),
}

# --- appointments and notifications ---

APPOINTMENT_UPDATE: Shape = {
    "title": TEXT,
    "meetingLocationType": one_of("custom", "zoom", "gmeet", "phone", "address", "ms_teams", "google"),
    "meetingLocationId": TEXT,
    "overrideLocationConfig": YES_NO,
    "appointmentStatus": one_of("new", "confirmed", "cancelled", "showed", "noshow", "invalid"),
    "assignedUserId": TEXT,
    "description": TEXT,
    "address": TEXT,
    "ignoreDateRange": YES_NO,
    "toNotify": YES_NO,
    "ignoreFreeSlotValidation": YES_NO,
    "rrule": TEXT,
    "calendarId": TEXT,
    "startTime": TEXT,
    "endTime": TEXT,
}
APPOINTMENT_CREATE: Shape = {
    **APPOINTMENT_UPDATE,
    "calendarId": need(TEXT),
    "locationId": need(TEXT),
    "contactId": need(TEXT),
    "startTime": need(TEXT),
    # Not in the OpenAPI: measured as accepted and dropped.
    "notes": TEXT,
}

_OFFSET = {"timeOffset": NUMBER, "unit": TEXT}

NOTIFICATION: Shape = {
    "receiverType": need(one_of("contact", "guest", "assignedUser", "emails", "phoneNumbers", "business")),
    "channel": need(one_of("email", "inApp", "sms", "whatsapp")),
    "notificationType": need(
        one_of("booked", "confirmation", "cancellation", "reminder", "followup", "reschedule")
    ),
    "isActive": YES_NO,
    "templateId": TEXT,
    "body": TEXT,
    "subject": TEXT,
    "afterTime": many(shaped(_OFFSET)),
    "beforeTime": many(shaped(_OFFSET)),
    "additionalEmailIds": many(TEXT),
    "additionalPhoneNumbers": many(TEXT),
    "selectedUsers": many(TEXT),
    "fromAddress": TEXT,
    "fromName": TEXT,
    "fromNumber": TEXT,
}
