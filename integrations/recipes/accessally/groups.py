"""A team of the site becomes, and stays, a group of calendars.

Groups that the hub made are linked as `group`, those that were there already as `linked`, so that only the
former are ever deleted.
"""

from __future__ import annotations

from integrations.engine.spec import (
    Capability,
    Field,
    FieldMapping,
    Recipe,
    Step,
    StepKind,
    TransformUse,
    WorkflowSpec,
)

CHANGED = "(trigger.type == 'team.created' || trigger.type == 'team.updated')"
DELETED = "trigger.type == 'team.deleted'"
TO_DELETE = f"{DELETED} && options.on_delete == 'delete' && links.group"
OURS = "contains((links.group || `[]`)[].id, steps.match.id)"


def use(name: str, **args: object) -> TransformUse:
    return TransformUse(name=name, args=args)


NAME = FieldMapping(target="name", source="event.name", transforms=(use("text"), use("trim")), required=True)
# GoHighLevel wants a description of every group, and all three values each time.
GROUP = (
    NAME,
    FieldMapping(
        target="description",
        source="event.description || steps.match.group.description",
        transforms=(
            use("text"),
            use("trim"),
            use("template", text="{value || join('', ['AccessAlly team ', to_string(event.name)])}"),
        ),
        required=True,
    ),
    FieldMapping(target="slug", source="steps.match.slug", required=True),
)

MATCH = Step(
    id="match",
    title="See whether there is such a group, and which slug it should have",
    kind=StepKind.PROCEDURE,
    role="crm",
    operation="match_group",
    when=CHANGED,
    mappings=(
        FieldMapping(target="groupId", source="links.group[0].id || links.linked[0].id"),
        NAME,
        FieldMapping(target="slug", source="event.slug", transforms=(use("text"),)),
        FieldMapping(
            target="otherwise", source="event.team_id", transforms=(use("template", text="team-{value}"),)
        ),
        FieldMapping(target="by_name", source="options.same_name == 'link'"),
    ),
)
CREATED = Step(
    id="created",
    title="Make the group",
    kind=StepKind.WRITE,
    role="crm",
    operation="calendar_groups.create",
    when=f"{CHANGED} && !(steps.match.id)",
    link="group",
    mappings=GROUP,
)


def _update(id: str, title: str, which: str, link: str) -> Step:
    return Step(
        id=id,
        title=title,
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.update",
        when=f"{CHANGED} && steps.match.id && {which}",
        link=link,
        mappings=(FieldMapping(target="groupId", source="steps.match.id", required=True), *GROUP),
    )


STATUS = Step(
    id="status",
    title="Set whether it is active",
    kind=StepKind.WRITE,
    role="crm",
    operation="calendar_groups.set_status",
    when=f"{CHANGED} && (event.status || trigger.type == 'team.created')",
    mappings=(
        FieldMapping(target="groupId", source="steps.created.id || steps.match.id", required=True),
        FieldMapping(
            target="isActive", source="event.status || 'active'", transforms=(use("boolean"),), required=True
        ),
    ),
)
ASKED = Step(
    id="asked",
    title="The team is gone from the site: delete the group of calendars that was made for it?",
    kind=StepKind.APPROVE,
    when=TO_DELETE,
)
INSIDE = Step(
    id="inside",
    title="See which calendars are in the group",
    kind=StepKind.READ,
    role="crm",
    operation="calendars.list",
    when=TO_DELETE,
    mappings=(
        FieldMapping(target="groupId", source="links.group[0].id", required=True),
        FieldMapping(target="showDrafted", default=True),
    ),
)
REMOVED = Step(
    id="remove",
    title="Delete the group the hub made",
    kind=StepKind.WRITE,
    role="crm",
    operation="calendar_groups.delete",
    when=f"{TO_DELETE} && !(steps.inside)",
    for_each="links.group",
    item_key="id",
    ends_link="group",
    reason=(
        "Not deleted: it was not asked for, or the group is not one that this workflow made, or it still has "
        "calendars, and what would become of those is not documented."
    ),
    mappings=(FieldMapping(target="groupId", source="item.id", required=True),),
)


def _off(id: str, title: str, when: str, each: str) -> Step:
    return Step(
        id=id,
        title=title,
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.set_status",
        when=f"{DELETED} && {when}",
        for_each=each,
        item_key="id",
        mappings=(
            FieldMapping(target="groupId", source="item.id", required=True),
            FieldMapping(target="isActive", default=False, required=True),
        ),
    )


OPTIONS = (
    Field(
        key="same_name",
        label="Where a group of the same name or slug is there already",
        choices=(("link", "Keep that one in step"), ("make", "Make another one")),
        default="link",
    ),
    Field(
        key="on_delete",
        label="When a team is deleted",
        choices=(
            ("inactive", "Set its group inactive"),
            ("delete", "Delete the group, once somebody has confirmed it"),
            ("nothing", "Leave it"),
        ),
        default="inactive",
        help="Only a group that this workflow made is deleted, and only an empty one; any other is set "
        "inactive.",
    ),
)

GROUPS = Recipe(
    key="accessally.team_to_group",
    title="Team changed → group of calendars",
    summary=(
        "A team of the site gets a group of calendars in GoHighLevel, with a slug that is free; name and "
        "status follow, and when the team is deleted, the group is set inactive or deleted."
    ),
    pattern="accessally-x-calendars 2",
    capability=Capability.BRIDGED,
    workflow=WorkflowSpec(
        title="Team changed → group of calendars",
        roles={"site": "accessally", "crm": "ghl"},
        trigger_role="site",
        trigger="teams.changed",
        steps=(
            MATCH,
            CREATED,
            _update("updated", "Change the group", OURS, "group"),
            _update("linked", "Change the group that was there already", f"!({OURS})", "linked"),
            STATUS,
            _off(
                "off",
                "Set the group inactive",
                "options.on_delete == 'inactive'",
                "[links.group, links.linked][]",
            ),
            ASKED,
            INSIDE,
            REMOVED,
            _off(
                "full_off",
                "Set the group that still has calendars inactive",
                "options.on_delete == 'delete' && steps.inside",
                "links.group",
            ),
            _off(
                "linked_off",
                "Set the group that was there already inactive",
                "options.on_delete == 'delete'",
                "links.linked",
            ),
        ),
    ),
    options=OPTIONS,
    setup=(
        "AccessAlly sends nothing by itself: let the site's CRM, Zapier or the snippet on the connection's "
        "page send team.created, team.updated and team.deleted.",
        "The data are team_id and name, and as you like slug, status, description, leader_email and "
        "member_emails. Statuses are words such as active or inactive; one that means neither is refused.",
        "A group in GoHighLevel has no members and carries no access rights: leader and members stay in the "
        "run, and who may see a calendar cannot be set by it.",
    ),
)
