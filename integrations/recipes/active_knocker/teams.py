"""Teams of Active Knocker as groups of calendars in GoHighLevel: made, changed and removed with them."""

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
from integrations.recipes.active_knocker.words import text, use

GONE = "trigger.type == 'team.deleted'"
HERE = "trigger.type != 'team.deleted'"
KNOWN = "(links.group || links.found)"
PERMISSIONS = (
    "{options.permissions == 'description' && event.permissions && join('', ["
    "'Permissions in Active Knocker: ', type(event.permissions) == 'array' "
    "&& join(', ', event.permissions[].to_string(@)) "
    "|| to_string(event.permissions)]) || ''}"
)
ABOUT = text("{event.description || join(' ', ['Active Knocker team', event.name])}\n" + PERMISSIONS)
ACTIVE = use("boolean")
DELETES = f"{GONE} && options.on_delete == 'delete' && !(steps.inside)"
RETIRES = f"{GONE} && options.on_delete != 'nothing'"


def written(group: str) -> tuple[FieldMapping, ...]:
    return (
        *((FieldMapping(target="groupId", source=group, required=True),) if group else ()),
        FieldMapping(target="name", source="event.name", transforms=(use("trim"),), required=True),
        FieldMapping(target="description", transforms=ABOUT, required=True),
        FieldMapping(target="slug", source="steps.group.slug", required=True),
    )


def retired(id: str, links: str, link: str, when: str) -> Step:
    return Step(
        id=id,
        title="Set the group inactive",
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.set_status",
        when=when,
        for_each=links,
        item_key="id",
        ends_link=link,
        mappings=(
            FieldMapping(target="groupId", source="item.id", required=True),
            FieldMapping(target="isActive", default=False, required=True),
        ),
    )


STEPS = (
    Step(
        id="group",
        title="See whether the group is there, and which slug it gets",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="match_group",
        when=HERE,
        mappings=(
            FieldMapping(target="groupId", source="links.group[0].id || links.found[0].id"),
            FieldMapping(target="name", source="event.name", transforms=(use("trim"),), required=True),
            FieldMapping(target="slug", source="event.slug"),
            FieldMapping(target="otherwise", transforms=text("team-{event.team_id}")),
            FieldMapping(target="by_name", source="options.by_name", transforms=(use("boolean"),)),
        ),
    ),
    Step(
        id="make",
        title="Make the group",
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.create",
        when=f"{HERE} && !(steps.group.id)",
        link="group",
        mappings=(*written(""), FieldMapping(target="isActive", source="event.active", transforms=(ACTIVE,))),
    ),
    Step(
        id="change",
        title="Change the group",
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.update",
        when=f"{HERE} && steps.group.id && {KNOWN}",
        mappings=written("steps.group.id"),
    ),
    Step(
        id="adopt",
        title="Take the group of the same name for the team's",
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.update",
        when=f"{HERE} && steps.group.id && !{KNOWN}",
        link="found",
        mappings=written("steps.group.id"),
    ),
    Step(
        id="status",
        title="Set the group active or inactive, as the team is",
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.set_status",
        when=f"{HERE} && steps.group.id && type(event.active) != 'null' && event.active != ''",
        mappings=(
            FieldMapping(target="groupId", source="steps.group.id", required=True),
            FieldMapping(target="isActive", source="event.active", transforms=(ACTIVE,), required=True),
        ),
    ),
    Step(
        id="inside",
        title="See whether calendars are in the group",
        kind=StepKind.READ,
        role="crm",
        operation="calendars.list",
        when=f"{GONE} && links.group",
        mappings=(FieldMapping(target="groupId", source="links.group[0].id", required=True),),
    ),
    retired(
        "retire", "links.group", "group", f"{RETIRES} && (options.on_delete == 'inactive' || steps.inside)"
    ),
    Step(
        id="remove",
        title="Delete the group that the hub made",
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.delete",
        when=DELETES,
        for_each="links.group",
        item_key="id",
        ends_link="group",
        mappings=(FieldMapping(target="groupId", source="item.id", required=True),),
    ),
    retired("retire_found", "links.found", "found", RETIRES),
)
OPTIONS = (
    Field(
        key="by_name",
        label="Take a group of the same name for the team's",
        type=FieldType.BOOLEAN,
        default=True,
        help="No: a new group is made, its slug with -2 behind it.",
    ),
    Field(
        key="permissions",
        label="The team's permissions",
        choices=(
            ("description", "A note in the group's description"),
            ("hub", "Stay with the event, in the hub"),
        ),
        default="description",
        help="GoHighLevel's groups have no permissions; a note grants nothing. Mind that a description can "
        "be seen by whoever books.",
    ),
    Field(
        key="on_delete",
        label="When a team is removed",
        choices=(
            ("delete", "Delete the group, if the hub made it and no calendar is in it; else set it inactive"),
            ("inactive", "Set the group inactive"),
            ("nothing", "Leave the group"),
        ),
        default="delete",
    ),
)
RECIPE = Recipe(
    key="active_knocker.teams_to_groups",
    title="Team changed in Active Knocker → calendar group",
    summary=(
        "Teams that Zapier or a tool of yours tells of are groups of calendars in GoHighLevel: made, "
        "renamed, switched off and removed with the team."
    ),
    pattern="active-knocker-x-calendars 3",
    capability=Capability.BRIDGED,
    workflow=WorkflowSpec(
        title="Team changed in Active Knocker → calendar group",
        roles={"knocker": "active_knocker", "crm": "ghl"},
        trigger_role="knocker",
        trigger="bridge.teams",
        steps=STEPS,
    ),
    options=OPTIONS,
    setup=(
        "Active Knocker has no known call or webhook for teams: have Zapier or a tool of yours post "
        "team.created, team.updated and team.deleted to the bridge.",
        "Guides send groupName, groupId and permissions. A group in GoHighLevel has name, slug, description "
        "and a switch, and neither members nor permissions.",
        "Only groups that this hub made are ever deleted.",
    ),
)
