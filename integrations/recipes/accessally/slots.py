"""Somebody on the site asks for free times, and is answered at once."""

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

# Of an offering, its calendar by the table; else the calendar asked for, else the one chosen.
CALENDAR = FieldMapping(
    target="calendarId",
    source="event.offering_id || event.calendar_id || options.calendar_id",
    transforms=(
        TransformUse(name="text"),
        TransformUse(
            name="value_map",
            args={
                "table": "{options.calendars || `{}`}",
                "otherwise": "{event.calendar_id || options.calendar_id}",
            },
        ),
    ),
    required=True,
)

STEPS = (
    Step(
        id="times",
        title="List the free times",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="free_times",
        mappings=(
            CALENDAR,
            FieldMapping(target="from_day", source="event.start_date"),
            FieldMapping(target="to_day", source="event.end_date"),
            FieldMapping(target="zone", source="event.time_zone || options.zone"),
            FieldMapping(target="most", source="options.most"),
        ),
    ),
    Step(
        id="answer",
        title="Answer with them",
        kind=StepKind.ANSWER,
        mappings=(
            FieldMapping(target="offering_id", source="event.offering_id"),
            FieldMapping(target="time_zone", source="steps.times.zone"),
            FieldMapping(target="start_date", source="steps.times.first"),
            FieldMapping(target="end_date", source="steps.times.last"),
            FieldMapping(target="slots", source="steps.times.times[].{start: startTime, end: endTime}"),
            FieldMapping(target="count", source="length(steps.times.times)"),
        ),
    ),
)

OPTIONS = (
    Field(
        key="calendar_id",
        label="Calendar",
        required=True,
        reference="crm.calendars",
        help="Where the question names neither a calendar nor an offering of the table below.",
    ),
    Field(
        key="calendars",
        label="Calendars of offerings",
        type=FieldType.OBJECT,
        help='The id of each offering and of its calendar, such as {"421": "ocQHyuzHvysMo5N5VsXc"}.',
    ),
    Field(
        key="zone",
        label="Time zone, where none is asked for",
        help="Such as Europe/Berlin. Left empty: the location's own.",
    ),
    Field(
        key="most", label="At most so many times", type=FieldType.INTEGER, help="Left empty: all there are."
    ),
)

SLOTS = Recipe(
    key="accessally.slots",
    title="Times asked for → free slots",
    summary=(
        "A page of the site asks for the free times of an offering, and is answered at once with those of "
        "its calendar in GoHighLevel, in the visitor's time zone."
    ),
    pattern="accessally-x-calendars 3",
    capability=Capability.BRIDGED,
    workflow=WorkflowSpec(
        title="Times asked for → free slots",
        roles={"site": "accessally", "crm": "ghl"},
        trigger_role="site",
        trigger="slots.requested",
        steps=STEPS,
    ),
    options=OPTIONS,
    setup=(
        "Choose the calendar, and for offerings with one of their own fill in the table.",
        "The workflow's page shows the address to ask at. Ask it from a page of the site with offering_id or "
        "calendar_id, start_date, end_date (days such as 2026-12-01) and time_zone.",
        "GoHighLevel gives at most 31 days at a time and wants milliseconds; the hub asks as often as the "
        "range needs, up to 186 days.",
        "A time in the answer is as GoHighLevel wrote it, with its offset: pass it on unchanged to book it.",
    ),
)
