"""An offering of the site becomes, and stays, a calendar.

AccessAlly has no calendars: what has bookings is an offering, and whoever sends its events names it.
Calendars that the hub made are linked as `calendar`, those that were there already as `linked`, so that only
the former are ever deleted; reminders that it made as `reminder`.
"""

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

CHANGED = "(trigger.type == 'offering.created' || trigger.type == 'offering.updated')"
DELETED = "trigger.type == 'offering.deleted'"
REMINDED = f"{CHANGED} && options.reminders == 'keep'"
OURS = "contains((links.calendar || `[]`)[].id, steps.match.id)"
CALENDAR_ID = "steps.created.id || steps.match.id"
ALL_LINKED = "[links.calendar, links.linked][]"


def use(name: str, **args: object) -> TransformUse:
    return TransformUse(name=name, args=args)


NAME = FieldMapping(
    target="name", source="event.calendar_name", transforms=(use("text"), use("trim")), required=True
)
CALENDAR = (
    NAME,
    FieldMapping(target="eventColor", source="event.color", transforms=(use("color"),)),
    FieldMapping(target="description", source="event.description", transforms=(use("text"), use("trim"))),
    FieldMapping(target="slug", source="event.slug", transforms=(use("slug"),)),
)
UPDATED = (
    FieldMapping(target="calendarId", source="steps.match.id", required=True),
    *CALENDAR,
    # Only a calendar that comes back is switched on: who switched one off by hand meant it.
    FieldMapping(
        target="isActive", source="(trigger.type == 'offering.created' && options.active) || `null`"
    ),
)

MATCH = Step(
    id="match",
    title="See whether there is such a calendar",
    kind=StepKind.PROCEDURE,
    role="crm",
    operation="match_calendar",
    when=CHANGED,
    mappings=(
        FieldMapping(target="calendarId", source="links.calendar[0].id || links.linked[0].id"),
        NAME,
        FieldMapping(target="by_name", source="options.same_name == 'link'"),
    ),
)
REMINDERS = Step(
    id="reminders",
    title="See which reminders it lacks, and which of ours it should lose",
    kind=StepKind.PROCEDURE,
    role="crm",
    operation="plan_reminders",
    when=REMINDED,
    mappings=(
        FieldMapping(target="calendarId", source="steps.match.id"),
        FieldMapping(target="reminders", source="event.reminders"),
        FieldMapping(target="ours", source="links.reminder[].id"),
        FieldMapping(target="given", source="contains(keys(event), 'reminders')"),
    ),
)
CREATED = Step(
    id="created",
    title="Make the calendar",
    kind=StepKind.WRITE,
    role="crm",
    operation="calendars.create",
    when=f"{CHANGED} && !(steps.match.id)",
    link="calendar",
    mappings=(
        *CALENDAR,
        FieldMapping(target="isActive", source="options.active", transforms=(use("boolean"),)),
        FieldMapping(target="calendarType", source="(options.team_members && 'round_robin') || 'event'"),
        FieldMapping(target="teamMembers", source="options.team_members[].{userId: @}"),
        FieldMapping(target="groupId", source="options.group_id"),
        FieldMapping(target="slotDuration", source="options.minutes"),
    ),
)
KEPT = Step(
    id="updated",
    title="Change the calendar",
    kind=StepKind.WRITE,
    role="crm",
    operation="calendars.update",
    when=f"{CHANGED} && steps.match.id && {OURS}",
    link="calendar",
    mappings=UPDATED,
)
LINKED = Step(
    id="linked",
    title="Change the calendar of the same name that was there already",
    kind=StepKind.WRITE,
    role="crm",
    operation="calendars.update",
    when=f"{CHANGED} && steps.match.id && !({OURS})",
    link="linked",
    mappings=UPDATED,
)
DROP = Step(
    id="drop",
    title="Take away reminders of ours that are not wanted any more",
    kind=StepKind.WRITE,
    role="crm",
    operation="notifications.delete",
    when=REMINDED,
    for_each="steps.reminders.remove",
    item_key="id",
    ends_link="reminder",
    mappings=(
        FieldMapping(target="calendarId", source="steps.match.id", required=True),
        FieldMapping(target="notificationId", source="item.id", required=True),
    ),
)
ADD = Step(
    id="add",
    title="Add the reminders it lacks",
    kind=StepKind.WRITE,
    role="crm",
    operation="notifications.create",
    when=REMINDED,
    for_each="steps.reminders.add",
    item_key="key",
    link="reminder",
    mappings=(
        FieldMapping(target="calendarId", source=CALENDAR_ID, required=True),
        *(
            FieldMapping(target=key, source=f"item.{key}", required=True)
            for key in ("receiverType", "channel", "notificationType", "isActive", "beforeTime")
        ),
    ),
)
SCHEDULE = Step(
    id="schedule",
    title="Find the schedule that gives it its time zone",
    kind=StepKind.PROCEDURE,
    role="crm",
    operation="match_schedule",
    when=f"{CHANGED} && event.time_zone",
    mappings=(
        FieldMapping(target="calendarId", source=CALENDAR_ID, required=True),
        FieldMapping(
            target="timezone", source="event.time_zone", transforms=(use("time_zone"),), required=True
        ),
    ),
)
ZONE = Step(
    id="zone",
    title="Set the schedule's time zone",
    kind=StepKind.WRITE,
    role="crm",
    operation="schedules.update",
    when="steps.schedule.differs",
    reason=(
        "Nothing to set: no time zone was sent, or no schedule is tied to the calendar (then the zone stays "
        "in this run alone), or the schedule has it already."
    ),
    mappings=(
        FieldMapping(target="id", source="steps.schedule.id", required=True),
        FieldMapping(
            target="timezone", source="event.time_zone", transforms=(use("time_zone"),), required=True
        ),
    ),
)


def _off(id: str, title: str, when: str, each: str) -> Step:
    return Step(
        id=id,
        title=title,
        kind=StepKind.WRITE,
        role="crm",
        operation="calendars.update",
        when=f"{DELETED} && {when}",
        for_each=each,
        item_key="id",
        mappings=(
            FieldMapping(target="calendarId", source="item.id", required=True),
            FieldMapping(target="isActive", default=False, required=True),
        ),
    )


REMOVED = Step(
    id="remove",
    title="Delete the calendar the hub made",
    kind=StepKind.WRITE,
    role="crm",
    operation="calendars.delete",
    when=f"{DELETED} && options.on_delete == 'remove'",
    for_each="links.calendar",
    item_key="id",
    ends_link="calendar",
    mappings=(FieldMapping(target="calendarId", source="item.id", required=True),),
)
FORGOTTEN_REMINDERS = (
    "In GoHighLevel a reminder belongs to the calendar. Those it has are left alone, and only those that "
    "this workflow made are ever taken away."
)

OPTIONS = (
    Field(
        key="same_name",
        label="Where a calendar of the same name is there already",
        choices=(("link", "Keep that one in step"), ("make", "Make another one")),
        default="link",
    ),
    Field(
        key="active",
        label="New calendars can be booked at once",
        type=FieldType.BOOLEAN,
        default=True,
        help="No: they are drafts until somebody switches them on.",
    ),
    Field(
        key="team_members",
        label="Team members of new calendars",
        type=FieldType.LIST,
        reference="crm.users",
        help="With some, it is a round-robin calendar; with none, an event calendar, which needs none.",
    ),
    Field(key="group_id", label="Group of new calendars", reference="crm.groups"),
    Field(key="minutes", label="Length of an appointment, in minutes", type=FieldType.INTEGER, default=30),
    Field(
        key="reminders",
        label="Reminders that the event lists",
        choices=(("keep", "Set them at the calendar"), ("leave", "Leave the calendar's as they are")),
        default="keep",
        help=FORGOTTEN_REMINDERS,
    ),
    Field(
        key="on_delete",
        label="When an offering is deleted",
        choices=(
            ("inactive", "Set its calendar inactive"),
            ("remove", "Delete the calendar, if this workflow made it; else set it inactive"),
            ("nothing", "Leave it"),
        ),
        default="inactive",
        help="What becomes of the appointments of a deleted calendar, GoHighLevel does not document.",
    ),
)

CALENDARS = Recipe(
    key="accessally.offering_to_calendar",
    title="Offering created or changed → calendar",
    summary=(
        "An offering of the site gets a calendar in GoHighLevel, with its name, colour and reminders; when "
        "the offering changes, the calendar follows, and when it is deleted, the calendar is set inactive."
    ),
    pattern="accessally-x-calendars 1",
    capability=Capability.BRIDGED,
    workflow=WorkflowSpec(
        title="Offering created or changed → calendar",
        roles={"site": "accessally", "crm": "ghl"},
        trigger_role="site",
        trigger="offerings.changed",
        steps=(
            MATCH,
            REMINDERS,
            CREATED,
            KEPT,
            LINKED,
            DROP,
            ADD,
            SCHEDULE,
            ZONE,
            _off("off", "Set the calendar inactive", "options.on_delete == 'inactive'", ALL_LINKED),
            REMOVED,
            _off(
                "kept_off",
                "Set the calendar that was there already inactive",
                "options.on_delete == 'remove'",
                "links.linked",
            ),
        ),
    ),
    options=OPTIONS,
    setup=(
        "AccessAlly has no calendars and sends nothing by itself: let the site's CRM, Zapier or the snippet "
        "on the connection's page send offering.created, offering.updated and offering.deleted.",
        "The data are offering_id and calendar_name, and as you like time_zone, color (#RRGGBB), reminders "
        "([{minutes_before, channel}]), description and slug.",
        "A calendar has no time zone in GoHighLevel. It is written to a schedule tied to the calendar; where "
        "there is none, the run says so and keeps it.",
        "A new calendar has no opening hours until somebody sets them in GoHighLevel.",
        "Visibility by user group is not possible: calendars and their groups carry no access rights. "
        "What there is, stands above: whether it is active, and who its team members are.",
    ),
)
