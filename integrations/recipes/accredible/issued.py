"""Pattern 1: a certificate is issued, and its holder gets an appointment; revoked, and it is cancelled."""

from __future__ import annotations

from integrations.engine.spec import (
    Capability,
    Field,
    FieldMapping,
    FieldType,
    Recipe,
    Step,
    StepKind,
    WorkflowSpec,
)
from integrations.recipes.accredible.common import ACCREDIBLE_KEY, recipient, text, use

ISSUED = "trigger.type == 'certificate.issued'"
REVOKED = "trigger.type == 'certificate.revoked'"
FIRST_FREE = f"{ISSUED} && options.start == 'first_free'"
DICTATED = f"{ISSUED} && options.start == 'dictated'"
ONE_EACH = f"{ISSUED} && options.attendees == 'each'"
GUESTS = "split(event.custom_attributes.attendees, ',')"

# A line in the description only where there are attendees and the operator wants them there.
ALSO = (
    "{options.attendees == 'line' && event.custom_attributes.attendees "
    "&& join('', ['Also attending: ', event.custom_attributes.attendees]) || ''}"
)


def appointment(start: FieldMapping, end: FieldMapping, contact: str) -> tuple[FieldMapping, ...]:
    """The fields every booking of this recipe has, whoever says when."""
    return (
        FieldMapping(target="calendarId", source="options.calendar_id", required=True),
        FieldMapping(target="contactId", source=contact, required=True),
        FieldMapping(
            target="title", transforms=(use("template", text="Certificate: {event.name}"),), required=True
        ),
        start,
        end,
        FieldMapping(
            target="description",
            transforms=text(
                "{event.recipient_name} was issued “{event.name}” on {event.issued_on}.\n"
                "{steps.certificate.url}\n" + ALSO
            ),
        ),
        FieldMapping(target="address", source="event.custom_attributes.location || options.address"),
        FieldMapping(target="assignedUserId", source="options.assigned_user_id"),
        FieldMapping(target="appointmentStatus", default="confirmed"),
        FieldMapping(target="toNotify", source="options.notify", transforms=(use("boolean"),)),
    )


SLOT_START = FieldMapping(target="startTime", source="steps.slot.startTime", required=True)
SLOT_END = FieldMapping(target="endTime", source="steps.slot.endTime")
SET_START = FieldMapping(
    target="startTime",
    source="event.custom_attributes.appointment_at",
    transforms=(use("parse_datetime"),),
    required=True,
)
SET_END = FieldMapping(
    target="endTime",
    source="event.custom_attributes.appointment_at",
    transforms=(use("parse_datetime"), use("add_duration", minutes=30)),
)
ANY_START = FieldMapping(
    target="startTime",
    source="steps.slot.startTime || event.custom_attributes.appointment_at",
    transforms=(use("parse_datetime"),),
    required=True,
)
ANY_END = FieldMapping(target="endTime", source="steps.booking.endTime || steps.dictated.endTime")
UNCHECKED = FieldMapping(target="ignoreFreeSlotValidation", default=True)

STEPS = (
    Step(
        id="certificate",
        title="Read the certificate",
        kind=StepKind.READ,
        role="certificates",
        operation="credentials.get",
        when=ISSUED,
        mappings=(FieldMapping(target="id", source="event.id", required=True),),
    ),
    recipient(ISSUED),
    Step(
        id="reminder",
        title="Make sure the calendar reminds people",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="ensure_reminder",
        when=f"{ISSUED} && options.reminder_channel != 'none'",
        mappings=(
            FieldMapping(target="calendarId", source="options.calendar_id", required=True),
            FieldMapping(target="timeOffset", source="options.reminder_hours", required=True),
            FieldMapping(target="unit", default="hours"),
            FieldMapping(target="channel", source="options.reminder_channel"),
        ),
    ),
    Step(
        id="slot",
        title="Find the first free time",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="find_slot",
        when=FIRST_FREE,
        mappings=(
            FieldMapping(target="calendarId", source="options.calendar_id", required=True),
            FieldMapping(target="day", source="event.issued_on", required=True),
            FieldMapping(target="days_after", source="options.days_after"),
            FieldMapping(target="not_before", source="options.not_before"),
            FieldMapping(target="not_after", source="options.not_after"),
            FieldMapping(target="zone", source="options.zone"),
        ),
    ),
    Step(
        id="booking",
        title="Book the first free time",
        kind=StepKind.WRITE,
        role="crm",
        operation="appointments.create",
        when=FIRST_FREE,
        link="appointment",
        again_from="slot",
        again_max=3,
        mappings=appointment(SLOT_START, SLOT_END, "steps.contact.id"),
    ),
    Step(
        id="dictated",
        title="Book the time the certificate names",
        kind=StepKind.WRITE,
        role="crm",
        operation="appointments.create",
        when=DICTATED,
        link="appointment",
        mappings=(*appointment(SET_START, SET_END, "steps.contact.id"), UNCHECKED),
    ),
    Step(
        id="guests",
        title="Find or make each further attendee",
        kind=StepKind.WRITE,
        role="crm",
        operation="contacts.upsert",
        when=ONE_EACH,
        for_each=GUESTS,
        mappings=(
            FieldMapping(
                target="email", source="item", transforms=(use("trim"), use("email")), required=True
            ),
            FieldMapping(target="source", default="Accredible"),
        ),
    ),
    Step(
        id="guest_bookings",
        title="Book an appointment for each further attendee",
        kind=StepKind.WRITE,
        role="crm",
        operation="appointments.create",
        when=ONE_EACH,
        for_each="steps.guests",
        item_key="id",
        link="appointment",
        mappings=(*appointment(ANY_START, ANY_END, "item.id"), UNCHECKED),
    ),
    Step(
        id="cancel",
        title="Cancel the appointment",
        kind=StepKind.WRITE,
        role="crm",
        operation="appointments.update",
        when=f"{REVOKED} && options.on_revoke == 'cancel'",
        for_each="links.appointment",
        item_key="id",
        ends_link="appointment",
        mappings=(
            FieldMapping(target="eventId", source="item.id", required=True),
            FieldMapping(target="appointmentStatus", default="cancelled", required=True),
        ),
    ),
    Step(
        id="remove",
        title="Delete the appointment",
        kind=StepKind.WRITE,
        role="crm",
        operation="appointments.delete",
        when=f"{REVOKED} && options.on_revoke == 'delete'",
        for_each="links.appointment",
        item_key="id",
        ends_link="appointment",
        mappings=(FieldMapping(target="eventId", source="item.id", required=True),),
    ),
)

OPTIONS = (
    Field(key="calendar_id", label="Calendar to book in", required=True, reference="crm.calendars"),
    Field(
        key="start",
        label="When is the appointment?",
        choices=(
            ("first_free", "The first free time some days after the certificate was issued"),
            ("dictated", "At the time the certificate's attribute “appointment_at” names"),
        ),
        default="first_free",
        help="Certificates carry a date without a time, so one of these has to say the time.",
    ),
    Field(key="days_after", label="Days after issue, at the earliest", type=FieldType.INTEGER, default=3),
    Field(key="not_before", label="Not before (time of day)", default="09:00"),
    Field(key="not_after", label="Not after (time of day)", default="17:00"),
    Field(
        key="zone",
        label="Time zone of these times",
        help="Such as Europe/Berlin. Left empty: the location's own.",
    ),
    Field(
        key="attendees",
        label="Further attendees (attribute “attendees”, e-mail addresses with commas)",
        choices=(
            ("line", "A line in the description"),
            ("each", "One appointment each (sensible on a class calendar)"),
            ("none", "Leave them out"),
        ),
        default="line",
        help="An appointment in GoHighLevel has exactly one contact; there is no list of attendees.",
    ),
    Field(key="address", label="Address, where the certificate's attribute “location” is empty"),
    Field(
        key="assigned_user_id",
        label="Team member who takes it",
        reference="crm.users",
        help="Round-robin calendars may need one.",
    ),
    Field(
        key="reminder_channel",
        label="Reminder to the contact",
        choices=(("email", "By e-mail"), ("sms", "By SMS"), ("none", "None")),
        default="email",
        help="In GoHighLevel a reminder belongs to the calendar: it is set up once, for all appointments.",
    ),
    Field(key="reminder_hours", label="Hours before", type=FieldType.INTEGER, default=24),
    Field(
        key="notify",
        label="Let GoHighLevel's own automations run for the booking",
        type=FieldType.BOOLEAN,
        default=True,
    ),
    Field(
        key="on_revoke",
        label="When a certificate is revoked",
        choices=(
            ("cancel", "Set its appointments to cancelled"),
            ("delete", "Delete its appointments"),
            ("nothing", "Leave them"),
        ),
        default="cancel",
        help="A certificate that simply expires cancels nothing.",
    ),
)

RECIPES = (
    Recipe(
        key="accredible.certificate_to_appointment",
        title="Certificate issued → follow-up appointment",
        summary=(
            "When Accredible issues a certificate, the recipient becomes a contact in GoHighLevel and gets "
            "an appointment. When the certificate is revoked, the appointment is cancelled."
        ),
        pattern="accredible-x-calendars 1",
        capability=Capability.POLLED,
        workflow=WorkflowSpec(
            title="Certificate issued → follow-up appointment",
            roles={"certificates": "accredible", "crm": "ghl"},
            trigger_role="certificates",
            trigger="credentials.changed",
            steps=STEPS,
        ),
        options=OPTIONS,
        setup=(
            ACCREDIBLE_KEY,
            "In GoHighLevel, connect the location whose calendar is to be booked.",
            "Choose the calendar, and when the appointment should be.",
            "Guides call this “POST /calendars/”. That call creates a calendar; an event is an appointment, "
            "and this recipe books one.",
        ),
    ),
)
