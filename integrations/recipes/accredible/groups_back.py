"""Pattern 3, the way back: groups in Accredible are kept as groups of calendars in GoHighLevel.

A group that came from GoHighLevel carries its id in `meta_data`, and is left alone; one that is made here is
given that mark, so that the other recipe finds it and makes no second one.
"""

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
from integrations.recipes.accredible.common import ACCREDIBLE_KEY, needed, only_if, use

GONE = "trigger.type == 'group.deleted' && links.group"
NEW = "trigger.type != 'group.deleted' && !(links.group)"
KNOWN = "trigger.type != 'group.deleted' && links.group"
DESCRIPTION = needed("description", "event.course_description || event.name")

STEPS = (
    only_if(
        "own",
        "Only groups that did not come from GoHighLevel",
        "links.group || !(event.meta_data.ghl_group_id) && trigger.type != 'group.deleted'",
        "This group came from GoHighLevel, or was never there.",
    ),
    Step(
        id="free",
        title="Ask whether the slug is free",
        kind=StepKind.READ,
        role="crm",
        operation="calendar_groups.validate_slug",
        when=NEW,
        mappings=(needed("slug", "event.name", use("slug")),),
    ),
    Step(
        id="made",
        title="Make the calendar group",
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.create",
        when=NEW,
        link="group",
        mappings=(
            needed("name", "event.name"),
            DESCRIPTION,
            needed(
                "slug",
                "event.name",
                use(
                    "template",
                    text="{value} {!(steps.free.available) && to_string(event.id) || ''}",
                    empty="",
                ),
                use("slug"),
            ),
        ),
    ),
    Step(
        id="mark",
        title="Mark the Accredible group with it",
        kind=StepKind.PROCEDURE,
        role="certificates",
        operation="mark_group",
        when=NEW,
        mappings=(
            needed("id", "event.id", use("text")),
            needed("meta_data.ghl_group_id", "steps.made.id"),
            needed("meta_data.ghl_slug", "steps.made.slug"),
        ),
    ),
    Step(
        id="changed",
        title="Change the calendar group",
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.update",
        when=KNOWN,
        link="group",
        mappings=(
            needed("groupId", "links.group[0].id"),
            needed("name", "event.name"),
            DESCRIPTION,
            needed("slug", "links.group[0].data.slug"),
        ),
    ),
    Step(
        id="off",
        title="Switch the calendar group off",
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.set_status",
        when=f"{GONE} && options.on_delete == 'deactivate'",
        ends_link="group",
        mappings=(
            needed("groupId", "links.group[0].id"),
            FieldMapping(target="isActive", default=False, required=True),
        ),
    ),
    Step(
        id="removed",
        title="Delete the calendar group",
        kind=StepKind.WRITE,
        role="crm",
        operation="calendar_groups.delete",
        when=f"{GONE} && options.on_delete == 'delete'",
        ends_link="group",
        mappings=(needed("groupId", "links.group[0].id"),),
    ),
)

OPTIONS = (
    Field(
        key="on_delete",
        label="When a group is deleted in Accredible",
        choices=(
            ("deactivate", "Switch its calendar group off"),
            ("delete", "Delete its calendar group, if no calendar is in it"),
            ("nothing", "Leave it"),
        ),
        default="deactivate",
    ),
)

RECIPES = (
    Recipe(
        key="accredible.groups_to_calendar_groups",
        title="Accredible groups → calendar groups",
        summary=(
            "A group made in Accredible becomes a group of calendars in GoHighLevel with a free slug, and "
            "follows its name; when it is deleted, the calendar group is switched off or deleted."
        ),
        pattern="accredible-x-calendars 3 (the way back)",
        capability=Capability.POLLED,
        workflow=WorkflowSpec(
            title="Accredible groups → calendar groups",
            roles={"certificates": "accredible", "crm": "ghl"},
            trigger_role="certificates",
            trigger="groups.changed",
            steps=STEPS,
        ),
        options=OPTIONS,
        setup=(
            ACCREDIBLE_KEY,
            "In GoHighLevel, connect the location that is to have the groups.",
            "Calendars are put into a group in GoHighLevel: Accredible knows none.",
        ),
    ),
)
