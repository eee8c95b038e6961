"""Recipes for people who ask for times: an answer in JSON, and a page on which one of them is booked."""

from __future__ import annotations

from integrations.engine.spec import (
    Capability,
    Field,
    FieldMapping,
    FieldType,
    Recipe,
    Step,
    StepKind,
    TransformUse,
    WorkflowSpec,
)

ASKED = "trigger.type == 'slots.asked'"
PICKED = "trigger.type == 'slots.picked'"
CALENDAR = FieldMapping(
    target="calendarId", source="event.calendar_id || steps.named.id || options.calendar_id", required=True
)
ZONE = FieldMapping(target="zone", source="event.time_zone || options.zone")
MEMBER = FieldMapping(target="userId", source="event.user_id || options.assigned_user_id")


def use(name: str, **args: object) -> TransformUse:
    return TransformUse(name=name, args=args)


def same(target: str, source: str) -> FieldMapping:
    return FieldMapping(target=target, source=source)


QUESTION = (
    Step(
        id="only",
        title="Only the calendar that was chosen",
        kind=StepKind.FILTER,
        when=(
            "options.calendars == 'any' || !(event.calendar) && "
            "(!(event.calendar_id) || event.calendar_id == options.calendar_id)"
        ),
        reason="This address answers for one calendar only; leave the calendar out of the question.",
    ),
    Step(
        id="named",
        title="Find the calendar by its name",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="find_calendar",
        when="event.calendar && !(event.calendar_id)",
        mappings=(FieldMapping(target="name", source="event.calendar", required=True),),
    ),
    Step(
        id="times",
        title="List the free times",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="free_times",
        when=ASKED,
        mappings=(
            CALENDAR,
            same("from_day", "event.start_date"),
            same("to_day", "event.end_date"),
            ZONE,
            MEMBER,
            same("capacity", "options.capacity"),
        ),
    ),
    Step(
        id="answer",
        title="Answer with the times, day by day",
        kind=StepKind.ANSWER,
        when=ASKED,
        mappings=(
            same("calendar_id", "steps.times.calendar.id"),
            same("calendar", "steps.times.calendar.name"),
            same("zone", "steps.times.zone"),
            same("first", "steps.times.first"),
            same("last", "steps.times.last"),
            same("days", "steps.times.days"),
            same("capacity", "steps.times.capacity"),
        ),
    ),
)

BOOKING = (
    Step(
        id="time",
        title="Make sure the time is still free",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="confirm_time",
        when=PICKED,
        mappings=(
            CALENDAR,
            FieldMapping(target="startTime", source="event.start", required=True),
            ZONE,
            MEMBER,
        ),
    ),
    Step(
        id="contact",
        title="Find or make the contact",
        kind=StepKind.WRITE,
        role="crm",
        operation="contacts.upsert",
        when=f"{PICKED} && !(event.contact_id)",
        link="contact",
        mappings=(
            FieldMapping(
                target="email", source="event.email", transforms=(use("trim"), use("email")), required=True
            ),
            FieldMapping(
                target="firstName",
                source="event.name",
                transforms=(use("split_name"), use("pick", path="first")),
            ),
            FieldMapping(
                target="lastName",
                source="event.name",
                transforms=(use("split_name"), use("pick", path="last")),
            ),
            FieldMapping(target="phone", source="event.phone"),
            FieldMapping(target="source", default="Booking page"),
        ),
    ),
    Step(
        id="booking",
        title="Book the appointment",
        kind=StepKind.WRITE,
        role="crm",
        operation="appointments.create",
        when=PICKED,
        link="appointment",
        mappings=(
            FieldMapping(target="calendarId", source="steps.time.calendar.id", required=True),
            FieldMapping(target="contactId", source="event.contact_id || steps.contact.id", required=True),
            FieldMapping(
                target="title",
                source="options.title",
                transforms=(use("template", text="{options.title}: {event.name || event.email}", empty=""),),
                required=True,
            ),
            FieldMapping(target="startTime", source="steps.time.startTime", required=True),
            FieldMapping(target="endTime", source="steps.time.endTime"),
            FieldMapping(target="description", source="event.note"),
            FieldMapping(
                target="assignedUserId",
                source=f"{MEMBER.source} || steps.time.calendar.teamMembers[0].userId",
            ),
            FieldMapping(target="appointmentStatus", source="options.status", default="confirmed"),
            FieldMapping(target="toNotify", source="options.notify", transforms=(use("boolean"),)),
        ),
    ),
)

OPTIONS = (
    Field(key="calendar_id", label="Calendar", required=True, reference="crm.calendars"),
    Field(
        key="calendars",
        label="May whoever asks name another calendar?",
        choices=(("one", "No, only this one"), ("any", "Yes, any calendar of the location")),
        default="one",
        help="A booking link can name a calendar too; for links to several, choose “any”.",
    ),
    Field(
        key="zone",
        label="Time zone where none is asked for",
        help="Such as Europe/Berlin. Left empty: the location's own.",
    ),
    Field(
        key="assigned_user_id",
        label="Team member",
        reference="crm.users",
        help="Only this person's times and bookings. Left empty: all of the calendar's members.",
    ),
    Field(
        key="capacity",
        label="Estimate the seats left of each time",
        type=FieldType.BOOLEAN,
        default=False,
        help="GoHighLevel tells no capacity: seats, or what rooms hold, less what stands booked.",
    ),
    Field(key="title", label="Title of what is booked", default="Booked online"),
    Field(
        key="status",
        label="A picked time is",
        choices=(("confirmed", "Booked at once"), ("new", "A request that your team confirms")),
        default="confirmed",
    ),
    Field(
        key="notify",
        label="Let GoHighLevel's own automations run for the booking",
        type=FieldType.BOOLEAN,
        default=True,
    ),
)

RECIPES = (
    Recipe(
        key="ghl.times_asked",
        title="Times asked for → free times, and a booking page",
        summary=(
            "An address that answers with a calendar's free times in JSON, and a page without sign-in on "
            "which a person picks one of them and is booked."
        ),
        pattern="accredible-x-calendars 2",
        capability=Capability.BRIDGED,
        workflow=WorkflowSpec(
            title="Times asked for → free times, and a booking page",
            roles={"crm": "ghl"},
            trigger_role="crm",
            trigger="slots.asked",
            steps=(*QUESTION, *BOOKING),
        ),
        options=OPTIONS,
        setup=(
            "In GoHighLevel, connect the location whose calendar is asked about.",
            "Choose the calendar, test the draft, and deploy it. Its page then shows two addresses.",
            "The address that answers in JSON is for your own site or for another app's webhook step: "
            "send start_date, end_date and time_zone, all of them optional.",
            "The booking link is for people: put it in an e-mail or on a page. It shows free times in the "
            "visitor's own zone and books the one they pick. Another calendar, or somebody's name and "
            "e-mail go into a link made by `manage.py slot_link`.",
        ),
    ),
)
