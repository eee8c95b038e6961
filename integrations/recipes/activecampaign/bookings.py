"""Appointments of GoHighLevel in ActiveCampaign: fields, tags, lists, automations, a task."""

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
from integrations.recipes.activecampaign.words import (
    CRM,
    MARKETING,
    ROLES,
    only,
    procedure,
    same,
    text,
    zone_of,
)

PATTERN = "activecampaign-x-calendars FAQ"
OVER = (
    "(trigger.type == 'appointment.deleted' || event.appointmentStatus == 'cancelled' "
    "|| event.appointmentStatus == 'invalid')"
)
BOOKED = f"trigger.type == 'appointment.created' && !{OVER}"
WORDS = "[event.calendarId, steps.calendar.name, steps.calendar.slug]"
PERSON = (
    same("email", "steps.person.email", required=True),
    same("firstName", "steps.person.firstName"),
    same("lastName", "steps.person.lastName"),
    same("phone", "steps.person.phone"),
)

READING = (
    Step(
        id="person",
        title="Read who has booked",
        kind=StepKind.READ,
        role=CRM,
        operation="contacts.get",
        mappings=(same("contactId", "event.contactId", required=True),),
    ),
    only(
        "reachable",
        "Only people with an e-mail address",
        "steps.person.email",
        "ActiveCampaign knows contacts by their e-mail address, and this one has none.",
    ),
    Step(
        id="calendar",
        title="Read the calendar",
        kind=StepKind.READ,
        role=CRM,
        operation="calendars.get",
        mappings=(same("calendarId", "event.calendarId", required=True),),
    ),
)


def contact(*own: FieldMapping) -> Step:
    return procedure("contact", "Create or update the contact", MARKETING, "keep_contact", *PERSON, *own)


def segment(*more: FieldMapping) -> Step:
    return procedure(
        "segment",
        "Tag, subscribe and automate as the tables say",
        MARKETING,
        "segment_contact",
        same("contact", "steps.contact.id", required=True),
        same("calendar", WORDS, required=True),
        same("tags", "options.tags"),
        same("lists", "options.lists"),
        *more,
        when=BOOKED,
    )


def unsegment(*more: FieldMapping) -> Step:
    return procedure(
        "unsegment",
        "Take the calendar's tag away",
        MARKETING,
        "unsegment_contact",
        same("contact", "steps.contact.id", required=True),
        same("calendar", WORDS, required=True),
        same("tags", "options.tags"),
        *more,
        when=f"{OVER} && options.on_cancel == 'untag'",
    )


CALENDAR_TAG = text(
    "always", "{options.calendar_tag && join('', ['cal:', steps.calendar.slug || event.calendarId]) || ''}"
)
TAGS = Field(
    key="tags",
    label="Calendar → tag",
    type=FieldType.OBJECT,
    table=("crm.calendars", ""),
    help="The tag's name; one that is not there yet is made.",
)
LISTS = Field(
    key="lists",
    label="Calendar → list",
    type=FieldType.OBJECT,
    table=("crm.calendars", "marketing.lists"),
    help="Whoever has unsubscribed from a list is never put on it again.",
)
ON_CANCEL = Field(
    key="on_cancel",
    label="When an appointment is cancelled",
    choices=(("untag", "Take the calendar's tag away"), ("nothing", "Leave the tag")),
    default="untag",
    help="Lists and automations are left as they are.",
)

# --- appointment -> campaign or automation --------------------------------------------------------

FIELDS = (
    same("own.GHL_CALENDAR_ID", "event.calendarId"),
    same("own.GHL_CALENDAR_NAME", "steps.calendar.name"),
    same("own.GHL_CALENDAR_TIMEZONE", "steps.zone.zone"),
    same("own.GHL_NEXT_APPOINTMENT", "event.startTime"),
    text("own.GHL_APPOINTMENT_STATUS", "{" + OVER + " && 'cancelled' || event.appointmentStatus}"),
)
TASK = Step(
    id="task",
    title="Add a task for the booking",
    kind=StepKind.WRITE,
    role=MARKETING,
    operation="deal_tasks.create",
    when=f"{BOOKED} && options.task_type",
    link="task",
    mappings=(
        text("title", "{steps.calendar.name}: {steps.person.firstName} {steps.person.lastName}"),
        FieldMapping(target="ownerType", default="contact"),
        same("relid", "steps.contact.id", required=True),
        same("duedate", "event.startTime", required=True),
        same("edate", "event.endTime"),
        same("dealTasktype", "options.task_type", required=True),
        same("assignee", "options.task_user"),
        text("note", "Booked in GoHighLevel: {event.title}"),
    ),
)
TASK_DONE = Step(
    id="task_done",
    title="Close the task of a cancelled booking",
    kind=StepKind.WRITE,
    role=MARKETING,
    operation="deal_tasks.update",
    when=OVER,
    for_each="links.task",
    item_key="id",
    ends_link="task",
    mappings=(
        same("id", "item.id", required=True),
        FieldMapping(target="status", default=1, required=True),
    ),
)

APPOINTMENT_TO_CAMPAIGN = Recipe(
    key="activecampaign.appointment_to_campaign",
    title="Appointment booked → ActiveCampaign contact, tag and automation",
    summary=(
        "Whoever books in GoHighLevel becomes a contact in ActiveCampaign with the calendar and the time in "
        "their fields, gets the calendar's tag and list, and enters the automation that sends the campaign."
    ),
    pattern=f"{PATTERN}: appointments and campaigns",
    capability=Capability.NATIVE,
    workflow=WorkflowSpec(
        title="Appointment booked → ActiveCampaign contact, tag and automation",
        roles=ROLES,
        trigger_role=CRM,
        trigger="appointments.changed",
        steps=(
            *READING,
            zone_of("event.calendarId"),
            contact(*FIELDS),
            segment(same("automations", "options.automations"), CALENDAR_TAG),
            TASK,
            unsegment(CALENDAR_TAG),
            TASK_DONE,
        ),
    ),
    options=(
        TAGS,
        LISTS,
        Field(
            key="automations",
            label="Calendar → automation",
            type=FieldType.OBJECT,
            table=("crm.calendars", "marketing.automations"),
            help="A campaign is started as an automation: ActiveCampaign has no call that sends one.",
        ),
        Field(
            key="calendar_tag",
            label="Give every booking the tag cal:slug of its calendar as well",
            type=FieldType.BOOLEAN,
            default=True,
        ),
        Field(
            key="task_type",
            label="Add a task of this kind for each booking",
            reference="marketing.task_types",
            help="Such as Meeting. Left open: no task.",
        ),
        Field(key="task_user", label="Whose task it is", reference="marketing.users"),
        ON_CANCEL,
    ),
    setup=(
        "Connect both apps. The hub makes the contact fields GHL_CALENDAR_ID, GHL_CALENDAR_NAME, "
        "GHL_CALENDAR_TIMEZONE, GHL_NEXT_APPOINTMENT and GHL_APPOINTMENT_STATUS.",
        "In the tables put each calendar on the left, and what its bookings get on the right.",
        "Build an automation that sends your campaign, with no start trigger, and choose it in the table.",
        "Segments are built in ActiveCampaign, by these fields, tags and lists.",
        "What the hub writes here comes back from ActiveCampaign as no event: its webhooks are registered "
        "without changes made by the API.",
    ),
)

# --- calendars -> lists or tags -------------------------------------------------------------------

CALENDAR_TO_LISTS = Recipe(
    key="activecampaign.calendar_to_lists",
    title="Calendars → ActiveCampaign lists and tags",
    summary="Whoever books in a calendar is put on the list, and given the tag, that a table says.",
    pattern=f"{PATTERN}: calendars, lists and tags",
    capability=Capability.NATIVE,
    workflow=WorkflowSpec(
        title="Calendars → ActiveCampaign lists and tags",
        roles=ROLES,
        trigger_role=CRM,
        trigger="appointments.changed",
        steps=(*READING, contact(), segment(), unsegment()),
    ),
    options=(TAGS, LISTS, ON_CANCEL),
    setup=(
        "In the tables put each calendar on the left; a calendar that stands in none is left alone.",
        "Whoever has unsubscribed from a list stays unsubscribed, whatever they book.",
    ),
)
