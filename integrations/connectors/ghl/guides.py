"""Where public guides to GoHighLevel are wrong, word by word, and what serves instead.

The guides take a calendar (a bookable schedule) for an event, name fields no call has, and know nothing of
appointments. What the calls really take is in the official OpenAPI files; each alias was held against them.
"""

from __future__ import annotations

from integrations.connectors.ghl.booking import BOOK
from integrations.engine.spec import Alias, Guide, TransformUse

OPENAPI = "official OpenAPI, calendars 2021-04-15 and contacts 2021-07-28"

# A $ at the end: this path and no longer one.
CALENDARS = "/calendars/"
CALENDAR = ("/calendars/$", "/calendars/{calendarId}$")
GROUPS = "/calendars/groups"
SLOTS = "/calendars/{calendarId}/free-slots"
BOOKINGS = "/calendars/events/appointments"
BLOCKS = "/calendars/events/block-slots"
CONTACTS = "/contacts/"
ONE_CONTACT = "/contacts/{contactId}"
NOTES = "/contacts/{contactId}/notes"
TASKS = "/contacts/{contactId}/tasks"

IS_BOOKED = "a calendar is a bookable schedule; what takes place at a time is an appointment"
ZONE = (
    "no call sets or shows a calendar's time zone. Read `timezone` from locations.get; the zone somebody is "
    "available in stands on a schedule, `timezone` of schedules.update."
)
NO_MEMBERS = (
    "a group has none. Which calendars belong to it is `groupId` of each calendar (calendars.update), and "
    "who is booked is `teamMembers` of the calendar, a list of {userId}."
)
GIVEN = "the app itself gives the id, and shows it as `id` in the answer"


def _alias(words: str, *at: str, field: str = "", says: str = "", transform: str = "", **args: str) -> Alias:
    uses = (TransformUse(name=transform, args=args),) if transform else ()
    return Alias(words=tuple(words.split()), at=at, field=field, says=says, transforms=uses, source=OPENAPI)


ON_CALENDARS = (
    _alias("calendarName", *CALENDAR, field="name", says="To find a calendar by its name: find_calendar."),
    _alias("timeZone timezone", *CALENDAR, says=ZONE),
    _alias("timeZone timezone", SLOTS, field="timezone"),
    _alias("timeZone timezone", "/calendars/schedules", field="timezone"),
    _alias("color", *CALENDAR, field="eventColor", says="A colour is written as #039be5."),
    _alias(
        "reminders",
        *CALENDAR,
        BOOKINGS,
        says="a reminder belongs to the calendar: ensure_reminder sets one, or notifications.create with "
        "notificationType reminder and beforeTime [{timeOffset, unit}].",
    ),
    _alias("calendarId", "POST /calendars/$", says=f"{GIVEN}; an id that is known is for calendars.update"),
    _alias("userId", *CALENDAR, says="who is booked is `teamMembers` of the calendar, a list of {userId}."),
    _alias("capacity", *CALENDAR, field="appoinmentPerSlot", says="It is spelt that way."),
    _alias("duration", *CALENDAR, field="slotDuration", says="In slotDurationUnit, minutes unless told."),
    _alias("status", *CALENDAR, field="isActive", says="False is a draft.", transform="boolean"),
    _alias("groupName", *CALENDAR, field="groupId", says="A calendar names its group by id."),
    _alias("members", *CALENDAR, field="teamMembers", says="A list of {userId}."),
    _alias(
        "permissions", CALENDARS, says="there are none; who is booked is `teamMembers`, a list of {userId}."
    ),
)

# What belongs to an appointment, sent to a calendar; and the same words where they belong.
ON_EVENTS = (
    _alias(
        "title",
        *CALENDAR,
        says=f"{IS_BOOKED}: `title` of appointments.create. `eventTitle` is how a calendar names what is "
        "booked, such as {{contact.name}}",
    ),
    _alias("start_time startTime start", *CALENDAR, says=f"{IS_BOOKED}: `startTime` of appointments.create."),
    _alias("end_time endTime end", *CALENDAR, says=f"{IS_BOOKED}: `endTime` of appointments.create."),
    _alias(
        "attendees attendee",
        *CALENDAR,
        BOOKINGS,
        says="an appointment has one contact, `contactId`, found or made by contacts.upsert; several people "
        "have one appointment each.",
    ),
    _alias("location", *CALENDAR, says="where it takes place is `address` of appointments.create."),
    _alias("date time time_slot", *CALENDAR, says=f"{IS_BOOKED}: `startTime` of appointments.create."),
    _alias("contactId email", *CALENDAR, says=f"{IS_BOOKED}: `contactId` of appointments.create."),
    _alias("start_time start date time time_slot", BOOKINGS, BLOCKS, field="startTime", says="With offset."),
    _alias("end_time end", BOOKINGS, BLOCKS, field="endTime", says="With offset."),
    _alias("location", BOOKINGS, field="address", says="With meetingLocationType, what kind of place it is."),
    _alias("status", BOOKINGS, field="appointmentStatus"),
    _alias("userId", BOOKINGS, BLOCKS, field="assignedUserId"),
    _alias("calendarName", BOOKINGS, BLOCKS, field="calendarId", says="The id; find_calendar finds it."),
    _alias("email", BOOKINGS, field="contactId", says="The id; contacts.upsert finds or makes the contact."),
    _alias("duration", BOOKINGS, says="an appointment ends at its `endTime`."),
)

ON_GROUPS = (
    _alias("groupName", GROUPS, field="name"),
    _alias(
        "status",
        GROUPS,
        field="isActive",
        says="a group is switched on and off by calendar_groups.set_status, whose `isActive` is yes or no.",
        transform="boolean",
    ),
    _alias("members", GROUPS, says=NO_MEMBERS),
    _alias("permissions", GROUPS, says=NO_MEMBERS),
    _alias(
        "groupId", "POST /calendars/groups$", says=f"{GIVEN}; a group that is known is changed by its update"
    ),
    _alias("calendarId", GROUPS, says="a calendar names its group: `groupId` of calendars.update."),
    _alias("color", GROUPS, says="a group has none; `eventColor` is a calendar's."),
)

ON_SLOTS = (
    _alias(
        "date dateRange time start_time startTime start",
        SLOTS,
        field="startDate",
        says="startDate and endDate are epoch milliseconds, at most 31 days apart.",
        transform="to_epoch_ms",
    ),
    _alias(
        "end_time endTime end",
        SLOTS,
        field="endDate",
        says="Epoch milliseconds, at most 31 days after startDate.",
        transform="to_epoch_ms",
    ),
    _alias("time_slot", SLOTS, says="free times are what the call answers: start times, by day, in `slots`."),
    _alias(
        "duration", SLOTS, says="it is a setting of the calendar: `slotDuration`, read with calendars.get."
    ),
    _alias(
        "capacity",
        SLOTS,
        says="the answer holds start times only; seats are the calendar's `appoinmentPerSlot`, or a room's "
        "`capacity` (resources.list).",
    ),
)

ON_CONTACTS = (
    _alias(
        "status",
        CONTACTS,
        says="a contact has none. `type`, `dnd`, a tag or a custom field says such things, or the `status` "
        "of an opportunity of theirs.",
    ),
    _alias(
        "lastUpdated",
        CONTACTS,
        field="dateUpdated",
        says="The app sets it; contacts.search takes it as a filter.",
    ),
    _alias("lastUpdated", BOOKINGS, field="dateUpdated", says="The app sets it."),
    _alias("lastUpdated", NOTES, TASKS, says="the app does not show when it last changed."),
    _alias("lastUpdated", CALENDARS, says="calendars and groups show no time of their last change."),
    _alias(
        "tagList", CONTACTS, field="tags", says="On an update they replace all tags; contacts.add_tags adds."
    ),
    _alias("contactId", "POST /contacts/$", says=f"{GIVEN}; a contact that is known is for contacts.update"),
    _alias("contactId", ONE_CONTACT, field="contactId"),
    _alias("email name", TASKS, NOTES, says="they are the contact's own; read them with contacts.get."),
)

ON_NOTES_AND_TASKS = (
    _alias("noteId", NOTES, field="id", says="Guides call the part of the path `:noteId`."),
    _alias("noteId", ONE_CONTACT, says="a note is named by `id` of contact_notes.get."),
    _alias("status", TASKS, field="completed", says="Done or not, yes or no.", transform="boolean"),
    _alias("tagList", NOTES, TASKS, says="tags are the contact's own: `tags` of contacts.add_tags."),
    _alias(
        "taskId",
        "POST /contacts/{contactId}/tasks$",
        says=f"{GIVEN}; a task that is known is for contact_tasks.update",
    ),
    _alias("taskId", ONE_CONTACT, says="a task is named by `taskId` of contact_tasks.get."),
    _alias("dueDate", ONE_CONTACT, says="it is a task's: `dueDate` of contact_tasks.create."),
    _alias("title description", TASKS, field="title", says="What is to be done stands in `body`."),
    _alias("description", TASKS, NOTES, field="body"),
)

GUIDE = Guide(
    aliases=(*ON_CALENDARS, *ON_EVENTS, *ON_GROUPS, *ON_SLOTS, *ON_CONTACTS, *ON_NOTES_AND_TASKS),
    chains=(BOOK,),
)
