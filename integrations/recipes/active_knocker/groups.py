"""Groups of calendars that change in GoHighLevel, told to Active Knocker: as teams, or as tags on visits."""

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
from integrations.recipes.active_knocker.words import text, use

HERE = "trigger.type != 'calendar_group.deleted'"
TYPE = (
    "trigger.type == 'calendar_group.deleted' && 'team.deleted' "
    "|| trigger.type == 'calendar_group.created' && 'team.created' || 'team.updated'"
)
TAGGED = f"{HERE} && options.way != 'send'"
OURS = "[?contains(not_null(description, ''), 'Active Knocker lead')]"
TWO_MONTHS_H = 24 * 60

STEPS = (
    Step(
        id="calendars",
        title="Read the calendars of the group",
        kind=StepKind.READ,
        role="crm",
        operation="calendars.list",
        when=f"{HERE} && options.way != 'tag'",
        mappings=(FieldMapping(target="groupId", source="event.id", required=True),),
    ),
    Step(
        id="send",
        title="Send the team to the address for Active Knocker",
        kind=StepKind.WRITE,
        role="knocker",
        operation="events.send",
        when="options.way != 'tag'",
        mappings=(
            FieldMapping(target="id", transforms=text("ghl-group-{event.id}-{trigger.id}"), required=True),
            FieldMapping(target="type", source=TYPE, required=True),
            FieldMapping(target="occurred_at", source="trigger.at"),
            FieldMapping(target="source", default="ghl"),
            FieldMapping(target="data.team_id", source="event.id", required=True),
            FieldMapping(target="data.name", source="event.name"),
            FieldMapping(target="data.slug", source="event.slug"),
            FieldMapping(target="data.description", source="event.description"),
            FieldMapping(target="data.active", source="event.isActive"),
            FieldMapping(target="data.calendar_ids", source="steps.calendars[].id"),
            FieldMapping(
                target="data.member_ids",
                source="steps.calendars[].teamMembers[].userId",
                transforms=(use("list_unique"),),
            ),
        ),
    ),
    Step(
        id="events",
        title="Read the group's appointments of the next two months",
        kind=StepKind.READ,
        role="crm",
        operation="events.list",
        when=TAGGED,
        mappings=(
            FieldMapping(target="groupId", source="event.id", required=True),
            FieldMapping(target="startTime", source="now", transforms=(use("to_epoch_ms"), use("text"))),
            FieldMapping(
                target="endTime",
                source="now",
                transforms=(use("add_duration", hours=TWO_MONTHS_H), use("to_epoch_ms"), use("text")),
            ),
        ),
    ),
    Step(
        id="tag",
        title="Tag the visits of these appointments with the group's name",
        kind=StepKind.PROCEDURE,
        role="knocker",
        operation="tag_leads",
        when=f"{TAGGED} && steps.events{OURS}",
        mappings=(
            FieldMapping(target="tag", source="event.name", required=True),
            FieldMapping(target="texts", source=f"steps.events{OURS}.description", required=True),
        ),
    ),
)
OPTIONS = (
    Field(
        key="way",
        label="Tell Active Knocker",
        choices=(
            ("send", "By an event to the address in the connection's settings"),
            ("tag", "By a tag of the group's name on the visits booked in it"),
            ("both", "Both ways"),
        ),
        default="send",
        help="Active Knocker has no known call for teams or groups. A tag has to be there already: no call "
        "that makes one is known.",
    ),
)
RECIPE = Recipe(
    key="active_knocker.groups_to_teams",
    title="Calendar group changed in GoHighLevel → Active Knocker",
    summary=(
        "Groups of calendars are looked at every few minutes. One that is new, changed or gone is sent to an "
        "address that takes it on for Active Knocker, or stands as a tag on the visits booked in it."
    ),
    pattern="active-knocker-x-calendars 3",
    capability=Capability.POLLED,
    workflow=WorkflowSpec(
        title="Calendar group changed in GoHighLevel → Active Knocker",
        roles={"crm": "ghl", "knocker": "active_knocker"},
        trigger_role="crm",
        trigger="groups.changed",
        steps=STEPS,
    ),
    options=OPTIONS,
    setup=(
        "GoHighLevel sends no webhooks about groups of calendars, so the hub looks at them.",
        "In the Active Knocker connection's settings enter the address that events go to, such as a “Catch "
        "Hook” of Zapier; with a secret, they are signed as Standard Webhooks.",
        "For tags, make one in Active Knocker with the name of each group. Visits are known by the line "
        "“Active Knocker lead …” in the appointments that this hub books.",
        "A group has no members in GoHighLevel: sent are the team members of its calendars.",
    ),
)
