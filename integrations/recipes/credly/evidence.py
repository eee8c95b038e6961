"""Tags earn badges, notes go along as evidence; what becomes of a badge stands on the contact as note and
tag."""

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
from integrations.recipes.credly.pieces import BADGES, CRM, HERE, ROLES, text, use

TAGS_TO_BADGES = Recipe(
    key="credly.tags_to_badges",
    title="Tag on a contact → badge, with notes as evidence",
    summary=(
        "A tag that a rule names earns the contact a badge; the contact's notes are offered as evidence. "
        "When the "
        "tag goes, the badge stays, unless you switch revoking on."
    ),
    pattern="credly-x-contacts 3",
    capability=Capability.NATIVE,
    workflow=WorkflowSpec(
        title="Tag on a contact → badge, with notes as evidence",
        roles=ROLES,
        trigger_role=CRM,
        trigger="contacts.changed",
        steps=(
            pieces.weigh_step("event", "event.tags", "options.surplus", when=HERE),
            Step(
                id="notes",
                title="Read the contact's notes",
                kind=StepKind.READ,
                role=CRM,
                operation="contact_notes.list",
                when="steps.weigh.issue && options.notes != 'none'",
                mappings=(FieldMapping(target="contactId", source="event.id", required=True),),
            ),
            pieces.issue_step(
                "event",
                "item.badge_template_id",
                (
                    FieldMapping(target="notes", source="steps.notes[].body"),
                    FieldMapping(target="text_evidence", source="options.notes == 'texts'"),
                ),
            ),
            pieces.approve_step(),
            pieces.revoke_step(),
        ),
    ),
    options=(
        pieces.rules("tag", "A tag, and the badge that it earns."),
        Field(
            key="notes",
            label="The contact's notes",
            choices=(
                ("links", "Links in them become evidence"),
                ("texts", "They become evidence, with or without a link"),
                ("none", "Leave them out"),
            ),
            default="links",
            help="Evidence is given when a badge is issued; Credly takes none afterwards. That it takes "
            "plain texts is known from public clients only, not from its documents.",
        ),
        pieces.surplus("When the tag is taken away"),
        pieces.ASK_FIRST,
        pieces.REVOKE_REASON,
        pieces.ONE_WORD,
        pieces.QUIET,
    ),
    setup=(
        *pieces.SETUP,
        "Say which tag earns which badge.",
        "Guides push notes and tags to Credly records. Credly has neither: a tag earns a badge, a note is "
        "its evidence.",
    ),
)

STATES = ("pending", "accepted", "rejected", "revoked", "deleted")
TAG = "badge {event.state}: {event.badge_template_name}"


def _others() -> str:
    """The tags that stood for the badge's other states."""
    rows = [
        f"{{now: event.state == '{state}', tag: join('', ['badge {state}: ', event.badge_template_name])}}"
        for state in STATES
    ]
    return f"[{', '.join(rows)}] | [?!now].tag"


LOWER = (use("join", separator="\n"), use("lower"), use("split", separator="\n"))

BADGE_TO_CONTACT = Recipe(
    key="credly.badge_to_notes_and_tags",
    title="Badge accepted, rejected or revoked → note, tag and fields",
    summary=(
        "What becomes of a badge stands on the contact: a note, a tag for the state it is in, and the "
        "fields that "
        "say which badge, since when and where. Revoked, the tag of before is taken away."
    ),
    pattern="credly-x-contacts 3",
    capability=Capability.NATIVE,
    workflow=WorkflowSpec(
        title="Badge accepted, rejected or revoked → note, tag and fields",
        roles=ROLES,
        trigger_role=BADGES,
        trigger="badges.changed",
        steps=(
            pieces.contact_step(),
            pieces.known_step(),
            Step(
                id="note",
                title="Write a note",
                kind=StepKind.WRITE,
                role=CRM,
                operation="contact_notes.create",
                when="options.note",
                mappings=(
                    FieldMapping(target="contactId", source="steps.contact.id", required=True),
                    FieldMapping(target="title", default="Credly badge"),
                    FieldMapping(
                        target="body",
                        transforms=text(
                            "The badge “{event.badge_template_name}” is {event.state}.\n{event.url}"
                        ),
                        required=True,
                    ),
                ),
            ),
            Step(
                id="untag",
                title="Take the tag of its state before away",
                kind=StepKind.WRITE,
                role=CRM,
                operation="contacts.remove_tags",
                when="options.tag && trigger.type != 'badge.pending'",
                mappings=(
                    FieldMapping(target="contactId", source="steps.contact.id", required=True),
                    FieldMapping(target="tags", source=_others(), transforms=LOWER, required=True),
                ),
            ),
            Step(
                id="tag",
                title="Add the tag of its state",
                kind=StepKind.WRITE,
                role=CRM,
                operation="contacts.add_tags",
                when="options.tag",
                mappings=(
                    FieldMapping(target="contactId", source="steps.contact.id", required=True),
                    FieldMapping(
                        target="tags",
                        transforms=(
                            use("template", text=TAG),
                            use("lower"),
                            use("split", separator="\n"),
                        ),
                        required=True,
                    ),
                ),
            ),
            *pieces.field_steps("steps.contact", "event", "options.fields"),
        ),
    ),
    options=(
        Field(key="note", label="Write a note", type=FieldType.BOOLEAN, default=True),
        Field(key="tag", label="Tag the contact by the badge's state", type=FieldType.BOOLEAN, default=True),
        Field(
            key="fields",
            label="Write the fields credly_status, credly_badge and so on",
            type=FieldType.BOOLEAN,
            default=True,
            help="They tell of the badge that changed last.",
        ),
    ),
    setup=(
        *pieces.SETUP,
        "Have Credly send its webhooks to the address on the Credly connection's page; without them the hub "
        "looks.",
    ),
)
