"""Tasks and badge work. In Credly the work that a person does about a badge is to accept it."""

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
from integrations.recipes.credly import pieces
from integrations.recipes.credly.pieces import BADGES, CRM, EMAIL, ROLES, text, use

PENDING = "trigger.type == 'badge.pending'"
OVER = "trigger.type != 'badge.pending' && trigger.type != 'badge.changed'"
CONTACT_ID = "(steps.contact.id || steps.made_contact.id)"

CHASE = (
    pieces.contact_step(),
    Step(
        id="made_contact",
        title="Make a contact of the earner",
        kind=StepKind.WRITE,
        role=CRM,
        operation="contacts.upsert",
        when=f"{PENDING} && !(steps.contact) && options.make_contact",
        mappings=(
            FieldMapping(target="email", source="event.recipient_email", transforms=EMAIL, required=True),
            FieldMapping(target="firstName", source="event.issued_to_first_name"),
            FieldMapping(target="lastName", source="event.issued_to_last_name"),
            FieldMapping(target="source", default="Credly"),
        ),
    ),
    Step(
        id="known",
        title="Go on where there is a contact",
        kind=StepKind.FILTER,
        when=CONTACT_ID,
        reason="No contact in GoHighLevel has this earner's id or e-mail.",
    ),
    Step(
        id="task",
        title="Give somebody the task to chase it",
        kind=StepKind.WRITE,
        role=CRM,
        operation="contact_tasks.create",
        when=f"{PENDING} && !(links.task)",
        link="task",
        mappings=(
            FieldMapping(target="contactId", source=CONTACT_ID, required=True),
            FieldMapping(
                target="title",
                transforms=(use("template", text="Chase badge acceptance: {event.badge_template_name}"),),
                required=True,
            ),
            FieldMapping(
                target="body",
                transforms=text(
                    "{event.issued_to} has not accepted the badge yet.\n{event.accept_badge_url}"
                ),
            ),
            FieldMapping(
                target="dueDate",
                source="event.issued_at",
                transforms=(use("parse_datetime"), use("add_duration", days="{options.days}")),
                required=True,
            ),
            FieldMapping(target="completed", default=False, required=True),
            FieldMapping(target="assignedTo", source="options.assigned_to"),
        ),
    ),
    Step(
        id="complete",
        title="Complete the task",
        kind=StepKind.WRITE,
        role=CRM,
        operation="contact_tasks.complete",
        when=f"{OVER} && links.task",
        for_each="links.task",
        item_key="id",
        ends_link="task",
        mappings=(
            FieldMapping(target="contactId", source=f"item.data.contactId || {CONTACT_ID}", required=True),
            FieldMapping(target="taskId", source="item.id", required=True),
            FieldMapping(target="completed", default=True, required=True),
        ),
    ),
)

BADGE_TO_TASK = Recipe(
    key="credly.badge_to_task",
    title="Badge not accepted yet → task, completed when it is",
    summary=(
        "A badge that waits for its earner becomes a task on the contact. When the earner accepts or "
        "rejects it, or "
        "it is revoked, the task is completed."
    ),
    pattern="credly-x-contacts 2",
    capability=Capability.NATIVE,
    workflow=WorkflowSpec(
        title="Badge not accepted yet → task, completed when it is",
        roles=ROLES,
        trigger_role=BADGES,
        trigger="badges.changed",
        steps=CHASE,
    ),
    options=(
        Field(key="days", label="Days until the task is due", type=FieldType.INTEGER, default=7),
        Field(key="assigned_to", label="Team member who takes it", reference=f"{CRM}.users"),
        Field(
            key="make_contact",
            label="Make a contact where there is none",
            type=FieldType.BOOLEAN,
            default=False,
        ),
    ),
    setup=(
        *pieces.SETUP,
        "Have Credly send its webhooks to the address on the Credly connection's page; without them the hub "
        "looks.",
        "Guides speak of tasks in Credly. It has none; what people do there is accept their badges, and "
        "that is "
        "the task.",
    ),
)

DONE = "trigger.type == 'task.completed'"
TASK_TO_BADGE = Recipe(
    key="credly.task_to_badge",
    title="Task completed → badge issued",
    summary=(
        "When a task is completed whose title or text a rule names, the contact earns the rule's badge. A "
        "link in "
        "the task goes along as evidence."
    ),
    pattern="credly-x-contacts 2",
    capability=Capability.NATIVE,
    workflow=WorkflowSpec(
        title="Task completed → badge issued",
        roles=ROLES,
        trigger_role=CRM,
        trigger="tasks.changed",
        steps=(
            Step(
                id="completed",
                title="Go on with completed tasks",
                kind=StepKind.FILTER,
                when=DONE,
                reason="Only a completed task earns a badge.",
            ),
            Step(
                id="contact",
                title="Read the contact",
                kind=StepKind.READ,
                role=CRM,
                operation="contacts.get",
                when=DONE,
                mappings=(FieldMapping(target="contactId", source="event.contactId", required=True),),
            ),
            pieces.weigh_step("steps.contact", "[event.title, event.body]", "'keep'", when=DONE, inside=True),
            pieces.issue_step(
                "steps.contact",
                "item.badge_template_id",
                (FieldMapping(target="notes", source="[event.body]"),),
            ),
        ),
    ),
    options=(
        pieces.rules("task", "Words of a task's title or text, and the badge they earn.", ""),
        pieces.ONE_WORD,
        pieces.QUIET,
    ),
    setup=(
        *pieces.SETUP,
        "Say which words in a task's title or text earn which badge.",
        "A new task makes nothing in Credly, and a task that is deleted takes no badge back.",
        "GoHighLevel tells of completed tasks by webhook; by a private token the hub looks for them.",
    ),
)
