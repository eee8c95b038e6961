"""Calendars of GoHighLevel and their records in ActiveCampaign, either way.

Neither app tells of such changes, so both are looked at. A record remembers the name and zone that both sides
last agreed on: where one side alone has changed since, its change is brought over; where both have, a person
is asked.
"""

from __future__ import annotations

from integrations.engine.spec import (
    Capability,
    Field,
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
    ask_a_person,
    only,
    procedure,
    same,
    zone_of,
)

PATTERN = "activecampaign-x-calendars"
NO_CALENDAR = "ActiveCampaign's own calendars are feeds of its tasks: they cannot be booked and have no zone."

# --- GoHighLevel -> ActiveCampaign ----------------------------------------------------------------

GONE = "trigger.type == 'calendar.deleted'"
HERE = f"!({GONE})"
WANTED = (
    "trigger.type == 'calendar.created' || trigger.type == 'calendar.updated' && options.follow || "
    f"{GONE} && options.on_delete == 'inactive'"
)
KEPT = "steps.found.values"
NAME_IN_BOTH = (
    f"steps.found.record.id && {KEPT}.name != {KEPT}.synced_name && {KEPT}.name != event.name "
    f"&& {KEPT}.synced_name != event.name"
)
ZONE_IN_BOTH = (
    f"steps.found.record.id && {KEPT}.timezone != {KEPT}.synced_timezone "
    f"&& {KEPT}.timezone != steps.zone.zone && {KEPT}.synced_timezone != steps.zone.zone"
)

CREATED_STEPS = (
    only("wanted", "Only what was asked for", WANTED, "This recipe was told to leave such changes alone."),
    zone_of("event.id", HERE),
    procedure(
        "found",
        "Find its record in ActiveCampaign",
        MARKETING,
        "find_calendar",
        same("how", "options.record"),
        same("calendarId", "event.id", required=True),
    ),
    ask_a_person(
        "conflict",
        "Ask a person where both sides were changed",
        f"{HERE} && ({NAME_IN_BOTH} || {ZONE_IN_BOTH})",
        "The calendar was changed in GoHighLevel and its record in ActiveCampaign since they last agreed. "
        "Approve to write what GoHighLevel has; refuse to leave ActiveCampaign as it is.",
    ),
    procedure(
        "keep",
        "Create or update its record in ActiveCampaign",
        MARKETING,
        "keep_calendar",
        same("how", "steps.found.how", required=True),
        same("calendarId", "event.id", required=True),
        same("name", "event.name", required=True),
        same("timezone", f"steps.zone.zone || {KEPT}.timezone"),
        same("slug", "event.slug || event.id"),
        same("isActive", f"{HERE} && event.isActive"),
        same("groupId", "event.groupId"),
    ),
)

RECORD = Field(
    key="record",
    label="Keep calendars in ActiveCampaign as",
    choices=(
        ("auto", "records of the custom object “GHL Calendar”, where the plan has custom objects, else tags"),
        ("object", "records of the custom object “GHL Calendar”"),
        ("tag", "contact tags cal:slug, for contacts who book (with the recipe for appointments)"),
        ("feed", "calendar feeds of that title (they show ActiveCampaign's tasks, not your bookings)"),
    ),
    default="auto",
    help=f"{NO_CALENDAR} Private custom objects are part of the Enterprise plan.",
)

CALENDAR_TO_RECORD = Recipe(
    key="activecampaign.calendar_to_record",
    title="Calendar created → ActiveCampaign record",
    summary=(
        "A calendar that is created or changed in GoHighLevel gets a record in ActiveCampaign with its id, "
        "name and time zone."
    ),
    pattern=f"{PATTERN} 1",
    capability=Capability.POLLED,
    workflow=WorkflowSpec(
        title="Calendar created → ActiveCampaign record",
        roles=ROLES,
        trigger_role=CRM,
        trigger="calendars.changed",
        steps=CREATED_STEPS,
    ),
    options=(
        RECORD,
        Field(
            key="follow",
            label="Follow later changes of the calendar as well",
            type=FieldType.BOOLEAN,
            default=True,
        ),
        Field(
            key="on_delete",
            label="When a calendar is deleted",
            choices=(("inactive", "Mark its record as not active"), ("nothing", "Leave its record")),
            default="inactive",
        ),
    ),
    setup=(
        "Connect the GoHighLevel location and the ActiveCampaign account (API URL and key from Settings → "
        "Developer).",
        "Choose what a calendar becomes. The hub makes the custom object “GHL Calendar” by itself.",
        "GoHighLevel tells nobody of new calendars: the hub looks every few minutes.",
        f"{NO_CALENDAR} Guides leave that out.",
        "A task, or the start of a campaign, needs a contact, and a calendar belongs to none: use the recipe "
        "for appointments beside this one.",
    ),
)

# --- ActiveCampaign -> GoHighLevel ----------------------------------------------------------------

RENAMED = "event.values.name && event.values.name != event.values.synced_name"
REZONED = "event.values.timezone && event.values.timezone != event.values.synced_timezone"
RENAME = f"{RENAMED} && event.values.name != steps.calendar.name"
REZONE = f"{REZONED} && event.values.timezone != steps.zone.zone"
NAME_CONFLICT = f"{RENAME} && steps.calendar.name != event.values.synced_name"
ZONE_CONFLICT = f"{REZONE} && steps.zone.zone != event.values.synced_timezone"

CHANGED_STEPS = (
    only(
        "there",
        "Only records that are there",
        "trigger.type != 'record.deleted'",
        "A record that is deleted in ActiveCampaign deletes no calendar.",
    ),
    only(
        "news",
        "Only what was changed in ActiveCampaign",
        f"{RENAMED} || {REZONED}",
        "Name and time zone are as both sides last agreed on.",
    ),
    Step(
        id="calendar",
        title="Read the calendar it stands for",
        kind=StepKind.READ,
        role=CRM,
        operation="calendars.get",
        mappings=(same("calendarId", "event.values.calendar_id || event.externalId", required=True),),
    ),
    zone_of("steps.calendar.id"),
    ask_a_person(
        "conflict",
        "Ask a person where both sides were changed",
        f"({NAME_CONFLICT}) || ({ZONE_CONFLICT})",
        "The record in ActiveCampaign and the calendar in GoHighLevel were both changed since they last "
        "agreed. Approve to write what ActiveCampaign has; refuse to leave GoHighLevel as it is.",
    ),
    Step(
        id="rename",
        title="Change the calendar's name",
        kind=StepKind.WRITE,
        role=CRM,
        operation="calendars.update",
        when=RENAME,
        link="calendar",
        mappings=(
            same("calendarId", "steps.calendar.id", required=True),
            same("name", "event.values.name", required=True),
        ),
    ),
    Step(
        id="rezone",
        title="Change the time zone of its schedule",
        kind=StepKind.WRITE,
        role=CRM,
        operation="schedules.update",
        when=f"{REZONE} && steps.zone.schedule",
        reason=(
            "No new time zone, or nowhere to put it: a zone is on a schedule, and this calendar has none of "
            "its own or several."
        ),
        mappings=(
            same("id", "steps.zone.schedule", required=True),
            same("timezone", "event.values.timezone", required=True),
        ),
    ),
    Step(
        id="agreed",
        title="Note in the record what both sides have now",
        kind=StepKind.WRITE,
        role=MARKETING,
        operation="records.upsert",
        when="event.externalId",
        mappings=(
            same("schemaId", "event.schemaId", required=True),
            same("externalId", "event.externalId", required=True),
            same("fields.synced-name", "event.values.name"),
            same(
                "fields.synced-timezone",
                f"({REZONE} && !(steps.zone.schedule)) && event.values.synced_timezone "
                "|| event.values.timezone",
            ),
        ),
    ),
)

RECORD_TO_CALENDAR = Recipe(
    key="activecampaign.record_to_calendar",
    title="Fields changed in ActiveCampaign → calendar updated",
    summary=(
        "A calendar's record that is changed in ActiveCampaign changes the calendar in GoHighLevel: its "
        "name, and the time zone of its one schedule."
    ),
    pattern=f"{PATTERN} 2",
    capability=Capability.POLLED,
    workflow=WorkflowSpec(
        title="Fields changed in ActiveCampaign → calendar updated",
        roles=ROLES,
        trigger_role=MARKETING,
        trigger="records.changed",
        steps=CHANGED_STEPS,
    ),
    setup=(
        "Use it beside “Calendar created → ActiveCampaign record”, with calendars kept as custom objects; "
        "without those there is nothing in ActiveCampaign that could be changed.",
        "Leave the trigger's custom object open: the hub finds “GHL Calendar”.",
        "A record whose calendar GoHighLevel does not know is told as an error. No calendar is ever made.",
        "A calendar has no time zone in GoHighLevel. It is written to the calendar's schedule, where it has "
        "exactly one; else the run says so and leaves it.",
        "Where both sides were changed since they last agreed, the run waits until a person decides.",
    ),
)
