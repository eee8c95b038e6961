"""Where the fields of a lead's contact and appointment come from, however the lead was told of."""

from __future__ import annotations

from integrations.engine.spec import FieldMapping, TransformUse
from integrations.recipes.active_knocker.words import text, use

# A time is one only with its clock; a date alone is a wish for a day. Numbers count since 1970.
START = (
    "(type(event.start) == 'number' && to_string(event.start) "
    "|| event.start && contains(to_string(event.start), ':') && event.start "
    "|| event.date && event.time && join(' ', [event.date, event.time]) || '')"
)
DAY = "event.start || event.date"
FIRST = "(event.first_name || join(' ', split(event.name, ' ')[:-1]) || event.name)"
LAST = (
    "(event.first_name && (event.last_name || '') "
    "|| length(split(event.name, ' ')) > `1` && split(event.name, ' ')[-1] || '')"
)
PLACE = (
    "type(event.address) == 'string' && event.address || join(', ', [event.address.street, "
    "event.address.city, event.address.state, event.address.postal_code][?@].to_string(@))"
)
ATTENDEES = "(type(event.attendees) == 'string' && split(event.attendees, ',') || event.attendees || `[]`)"
ALSO = (
    f"{{options.attendees == 'line' && {ATTENDEES}[0] && join('', ['Also attending: ', "
    f"join(', ', {ATTENDEES}[].to_string(email || name || @))]) || ''}}"
)
CALENDAR = "links.appointment[0].data.calendarId || steps.calendar.id || options.calendar_id"
AS_ASKED = "steps.time.free || options.if_taken != 'next'"


def found(key: str) -> str:
    """The start or end that was found: a free slot, the time asked for, or the next after it."""
    return f"steps.slot.{key} || ({AS_ASKED}) && steps.time.{key} || steps.time.next.{key}"


def mapped(target: str, source: str, *transforms: TransformUse, required: bool = False) -> FieldMapping:
    return FieldMapping(target=target, source=source, transforms=transforms, required=required)


STARTS = mapped("startTime", found("startTime"), required=True)
ENDS = mapped("endTime", found("endTime"))
ALL_THE_SAME = mapped(
    "ignoreFreeSlotValidation", "steps.time && !(steps.time.free) && options.if_taken != 'next'"
)
NOTIFIES = mapped("toNotify", "options.notify", use("boolean"))
WHERE = (
    mapped("address", PLACE),
    mapped("meetingLocationType", f"({PLACE}) && 'custom' || ''"),
)
ABOUT = text("{event.notes}\n\nActive Knocker lead {event.lead_id}\n" + ALSO)
# News that carries no notes leaves those there.
ABOUT_AGAIN = mapped(
    "description",
    "event.notes && join('\n\n', [to_string(event.notes), "
    "join(' ', ['Active Knocker lead', to_string(event.lead_id)])]) || ''",
)
PHONE = use("phone_e164", country="{options.country || ''}", otherwise="{event.email && 'empty' || 'fail'}")
PERSON = (
    mapped("firstName", FIRST, use("trim")),
    mapped("lastName", LAST, use("trim")),
    mapped("address1", "event.address.street"),
    mapped("city", "event.address.city"),
    mapped("state", "event.address.state"),
    mapped("postalCode", "event.address.postal_code", use("text")),
    FieldMapping(target="source", default="Active Knocker"),
)


def appointment(contact: str) -> tuple[FieldMapping, ...]:
    """The fields of every booking, whoever it is for."""
    return (
        mapped("calendarId", "steps.calendar.id || options.calendar_id", required=True),
        mapped("contactId", contact, required=True),
        FieldMapping(target="title", transforms=text(f"Visit: {{{FIRST}}} {{{LAST}}}"), required=True),
        STARTS,
        ENDS,
        *WHERE,
        FieldMapping(target="description", transforms=ABOUT),
        mapped("assignedUserId", "steps.rep.id || options.assigned_user_id"),
        FieldMapping(target="appointmentStatus", default="confirmed"),
        NOTIFIES,
    )


STATUS = {
    "done": "showed",
    "completed": "showed",
    "showed": "showed",
    "sold": "showed",
    "no show": "noshow",
    "noshow": "noshow",
}
