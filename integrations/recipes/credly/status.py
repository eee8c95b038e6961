"""A contact's status earns a badge; another status replaces it, since an issued badge cannot be edited."""

from __future__ import annotations

from integrations.engine.spec import Capability, Field, Recipe, WorkflowSpec
from integrations.recipes.credly import pieces
from integrations.recipes.credly.pieces import CRM, HERE, ROLES

WORDS = "options.status_from == 'type' && event.type || options.status_from == 'tags' && event.tags || "
FIELD = "options.status_from == 'field' && options.status_field || ''"

STATUS_TO_BADGE = Recipe(
    key="credly.status_to_badge",
    title="Contact's status changed → badge issued or replaced",
    summary=(
        "Each status earns its badge. When the status changes, the badge is replaced by the new one; "
        "revoked only "
        "where you switch that on. An issued badge cannot be edited."
    ),
    pattern="credly-x-contacts FAQ: status",
    capability=Capability.NATIVE,
    workflow=WorkflowSpec(
        title="Contact's status changed → badge issued or replaced",
        roles=ROLES,
        trigger_role=CRM,
        trigger="contacts.changed",
        steps=(
            pieces.weigh_step(
                "event", f"{WORDS}event.customFields", "options.surplus", when=HERE, field=FIELD
            ),
            pieces.replace_step(),
            pieces.issue_step("event", "item.badge_template_id"),
            pieces.approve_step(),
            pieces.revoke_step(),
        ),
    ),
    options=(
        Field(
            key="status_from",
            label="A contact's status is",
            choices=(
                ("field", "the value of a custom field"),
                ("type", "its type (lead, customer, …)"),
                ("tags", "one of its tags"),
            ),
            default="type",
            help="GoHighLevel has no single status of a contact.",
        ),
        Field(key="status_field", label="Custom field", reference=f"{CRM}.contact_fields"),
        pieces.rules("status", "A status, and the badge that it earns."),
        pieces.surplus(
            "When another status takes its place",
            ("replace", "The badge is replaced by the new status' badge"),
            default="replace",
        ),
        pieces.ASK_FIRST,
        pieces.REVOKE_REASON,
        pieces.ONE_WORD,
        pieces.QUIET,
    ),
    setup=(
        *pieces.SETUP,
        "Say where the status stands, and which status earns which badge.",
        "Guides update a credential when the status changes. Credly cannot: a badge is replaced, or revoked.",
    ),
)
