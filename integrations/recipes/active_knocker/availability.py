"""A rep who is busy in Active Knocker is not booked in GoHighLevel, and bookings in the way are moved."""

from __future__ import annotations

from integrations.engine.spec import (
    Capability,
    Field,
    FieldMapping,
    Recipe,
    Step,
    StepKind,
    WorkflowSpec,
)
from integrations.recipes.active_knocker.words import DATE_ORDER, NOTIFY, REPS, TIMEZONE, ZONE, day, rep, use

PROPOSED = "steps.clashes.clashes[?proposal]"


def look(id: str, title: str, when: str, *, propose: bool) -> Step:
    return Step(
        id=id,
        title=title,
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="find_clashes",
        when=when,
        mappings=(
            FieldMapping(target="userId", source="steps.rep.id", required=True),
            FieldMapping(target="day", source="event.date", transforms=(day(),)),
            FieldMapping(target="busy", source="event.busy"),
            FieldMapping(target="time", source="event.time"),
            FieldMapping(
                target="minutes",
                source="event.duration_minutes || event.duration",
                transforms=(use("number"),),
            ),
            FieldMapping(target="zone", source=ZONE),
            FieldMapping(target="blocked", source="links.block"),
            FieldMapping(target="propose", default=propose),
        ),
    )


STEPS = (
    rep(""),
    Step(
        id="known",
        title="Is the rep a user here?",
        kind=StepKind.FILTER,
        when="steps.rep.id",
        reason="The rep is no user of the location: give both the same e-mail, or add them to the table.",
    ),
    look("plan", "See which times are busy", "", propose=False),
    Step(
        id="block",
        title="Block the busy times",
        kind=StepKind.WRITE,
        role="crm",
        operation="block_slots.create",
        when="options.write == 'block'",
        for_each="steps.plan.block",
        item_key="key",
        link="block",
        mappings=(
            FieldMapping(target="title", default="Busy in Active Knocker"),
            FieldMapping(target="assignedUserId", source="steps.rep.id", required=True),
            FieldMapping(target="startTime", source="item.startTime", required=True),
            FieldMapping(target="endTime", source="item.endTime", required=True),
        ),
    ),
    Step(
        id="unblock",
        title="Lift blocks of that day that are of no use any more",
        kind=StepKind.WRITE,
        role="crm",
        operation="appointments.delete",
        when="options.write == 'block'",
        for_each="steps.plan.unblock",
        item_key="id",
        ends_link="block",
        mappings=(FieldMapping(target="eventId", source="item.id", required=True),),
    ),
    Step(
        id="schedule",
        title="Take the busy times out of the schedule",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="set_day",
        when="options.write == 'schedule' && steps.plan.days",
        mappings=(
            FieldMapping(target="userId", source="steps.rep.id", required=True),
            FieldMapping(target="days", source="steps.plan.days", required=True),
            FieldMapping(target="windows", source="steps.plan.windows"),
            FieldMapping(target="scheduleId", source="options.schedule_id"),
        ),
    ),
    look(
        "clashes",
        "Find bookings in busy times, and a free time for each",
        "options.conflicts != 'leave' && steps.plan.windows",
        propose=True,
    ),
    Step(
        id="agree",
        title="Move the bookings in busy times?",
        kind=StepKind.APPROVE,
        when=f"options.conflicts == 'propose' && {PROPOSED}",
        reason="Bookings lie in times the rep is busy; the step before shows each with the time it would "
        "move to. Move them?",
    ),
    Step(
        id="move",
        title="Move each booking, if its new time is still free",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="rebook",
        when="options.conflicts != 'leave'",
        for_each=PROPOSED,
        item_key="id",
        again_from="clashes",
        again_max=2,
        mappings=(
            FieldMapping(target="eventId", source="item.id", required=True),
            FieldMapping(target="calendarId", source="item.calendarId", required=True),
            FieldMapping(target="was", source="item.startTime", required=True),
            FieldMapping(target="startTime", source="item.proposal.startTime", required=True),
            FieldMapping(target="endTime", source="item.proposal.endTime"),
            FieldMapping(target="userId", source="steps.rep.id"),
            FieldMapping(target="toNotify", source="options.notify", transforms=(use("boolean"),)),
        ),
    ),
)
OPTIONS = (
    Field(
        key="write",
        label="Busy times",
        choices=(
            ("block", "Are blocked for the rep"),
            ("schedule", "Are taken out of the rep's schedule"),
            ("none", "Are not written, only bookings are looked after"),
        ),
        default="block",
        help="A schedule keeps its weekly hours and gets a rule for the day, in place of one made by hand.",
    ),
    Field(
        key="conflicts",
        label="Bookings in busy times",
        choices=(
            ("propose", "Propose another time, and ask a person"),
            ("move", "Move to the next free time by themselves"),
            ("leave", "Leave them"),
        ),
        default="propose",
    ),
    Field(
        key="schedule_id",
        label="Schedule (its id), where a rep has several",
        help="Empty: the rep's first.",
    ),
    REPS,
    TIMEZONE,
    DATE_ORDER,
    NOTIFY,
)
RECIPE = Recipe(
    key="active_knocker.availability_to_schedule",
    title="Availability changed at the door → busy times and bookings",
    summary=(
        "A rep's busy times are blocked in GoHighLevel or taken out of their schedule. Bookings in the way "
        "get another free time, when a person agrees or by themselves."
    ),
    pattern="active-knocker-x-calendars 2",
    capability=Capability.BRIDGED,
    workflow=WorkflowSpec(
        title="Availability changed at the door → busy times and bookings",
        roles={"knocker": "active_knocker", "crm": "ghl"},
        trigger_role="knocker",
        trigger="bridge.availability",
        steps=STEPS,
    ),
    options=OPTIONS,
    setup=(
        "Active Knocker has no known call or webhook for availability: have Zapier or a tool of yours post "
        "availability.updated to the bridge, each time with all busy times of the rep and day.",
        "Give reps the same e-mail in both apps, or fill in the table.",
        "Choose whether busy times are blocked or taken out of the schedule, and who decides on bookings.",
        "Free times are read again just before a booking is moved; one that is taken by then is looked for "
        "anew.",
    ),
)
