"""Pattern 3: groups of calendars in GoHighLevel are kept as groups in Accredible.

Neither side has what the guide calls members or workflow assignments. In Accredible it is a staff login that
sees certain groups alone: made only where the operator wants it. A group there is never deleted, because
certificates hang on it.
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
from integrations.recipes.accredible.common import ACCREDIBLE_KEY, needed, only_if, same, use

GONE = "trigger.type == 'calendar_group.deleted'"
THERE = "trigger.type != 'calendar_group.deleted'"
TEAM = f"{THERE} && options.team != 'none' && options.department_id"

STEPS = (
    Step(
        id="group",
        title="Make the group, or keep it alike",
        kind=StepKind.PROCEDURE,
        role="certificates",
        operation="keep_group",
        when=THERE,
        link="group",
        mappings=(
            same("id", "links.group[0].id"),
            FieldMapping(target="same_by", default="ghl_group_id"),
            needed("name", "event.name"),
            same("course_name", "event.name"),
            same("course_description", "event.description || event.name"),
            same("department_id", "options.department_id", use("number")),
            needed("meta_data.ghl_group_id", "event.id"),
            same("meta_data.ghl_slug", "event.slug"),
            same("meta_data.ghl_active", "event.isActive", use("text")),
        ),
    ),
    Step(
        id="team",
        title="Read who works in the group's calendars",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="group_team",
        when=TEAM,
        mappings=(needed("groupId", "event.id"), same("but", "links.login[].item")),
    ),
    Step(
        id="logins",
        title="Make a login for each of them",
        kind=StepKind.PROCEDURE,
        role="certificates",
        operation="let_in",
        when=TEAM,
        for_each="steps.team",
        item_key="id",
        link="login",
        mappings=(
            needed("name", "item.name"),
            needed("email", "item.email"),
            needed("group_id", "steps.group.id"),
            needed("department_id", "options.department_id", use("number")),
            same("role", "options.team"),
        ),
    ),
    Step(
        id="mark",
        title="Mark the group as gone in GoHighLevel",
        kind=StepKind.PROCEDURE,
        role="certificates",
        operation="mark_group",
        when=f"{GONE} && links.group",
        mappings=(
            needed("id", "links.group[0].id"),
            needed("meta_data.ghl_deleted_on", "now", use("to_date")),
            FieldMapping(target="meta_data.ghl_active", default="false"),
        ),
    ),
    only_if(
        "kept",
        "Tell that the group was kept",
        THERE,
        "The group was deleted in GoHighLevel. Its group in Accredible is kept and marked, for certificates "
        "hang on it; delete it there if nobody holds one.",
    ),
)

OPTIONS = (
    Field(
        key="department_id",
        label="Department of new groups",
        reference="certificates.departments",
        help="Left empty: the account's own. Logins need one.",
    ),
    Field(
        key="team",
        label="Logins for those who work in the group's calendars",
        choices=(
            ("none", "None"),
            ("viewer", "They look on"),
            ("editor", "They change things"),
        ),
        default="none",
        help="Accredible e-mails each of them. Whoever has a login already is left as they are.",
    ),
)

RECIPES = (
    Recipe(
        key="accredible.calendar_groups_to_groups",
        title="Calendar groups → Accredible groups",
        summary=(
            "Each group of calendars in GoHighLevel has its group in Accredible, with its id, slug and "
            "status in the group's data, and a login for its team if you want that. None is ever deleted."
        ),
        pattern="accredible-x-calendars 3",
        capability=Capability.POLLED,
        workflow=WorkflowSpec(
            title="Calendar groups → Accredible groups",
            roles={"crm": "ghl", "certificates": "accredible"},
            trigger_role="crm",
            trigger="groups.changed",
            steps=STEPS,
        ),
        options=OPTIONS,
        setup=(
            ACCREDIBLE_KEY,
            "The public name and the description are set when a group is made, and then left to you.",
            "Accredible knows neither members nor a status of a group: team members of the calendars can "
            "be given logins that see only their group, and the status stands in the group's data.",
            "For the way back, use “Accredible groups → calendar groups” beside this one.",
        ),
    ),
)
