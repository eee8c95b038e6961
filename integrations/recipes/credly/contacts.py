"""Contacts and badges: a contact's change keeps its badge records right; contacts in bulk."""

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
from integrations.recipes.credly.pieces import BADGES, CRM, EMAIL, HERE, ROLES, text

CONTACT = "contacts.changed"
FOUND = f"{HERE} && steps.found.latest"

FIND = Step(
    id="found",
    title="Find the contact's badges",
    kind=StepKind.PROCEDURE,
    role=BADGES,
    operation="find_badges",
    when=HERE,
    mappings=(
        FieldMapping(target="issuer_earner_id", source="event.id", required=True),
        FieldMapping(target="recipient_email", source="event.email", transforms=EMAIL),
    ),
)
EMPLOYEE = Step(
    id="employee",
    title="Change the employee, or make one",
    kind=StepKind.PROCEDURE,
    role=BADGES,
    operation="upsert_employee",
    when=f"{HERE} && options.workforce && event.email",
    mappings=(
        FieldMapping(target="external_id", source="event.id", required=True),
        FieldMapping(target="email", source="event.email", transforms=EMAIL, required=True),
        FieldMapping(target="first_name", source="event.firstName"),
        FieldMapping(target="last_name", source="event.lastName"),
        FieldMapping(target="team", source="options.team"),
    ),
)
WARN = Step(
    id="warn",
    title="Note that the badge went to another address",
    kind=StepKind.WRITE,
    role=CRM,
    operation="contact_notes.create",
    when=f"{FOUND} && steps.found.email_differs && options.email_changed == 'note' && !(links.warned)",
    link="warned",
    mappings=(
        FieldMapping(target="contactId", source="event.id", required=True),
        FieldMapping(target="title", default="Credly: another e-mail"),
        FieldMapping(
            target="body",
            transforms=text(
                "The badge “{steps.found.latest.badge_template_name}” was issued to "
                "{steps.found.latest.recipient_email}, and the contact's e-mail is {event.email} now. Credly "
                "does not move a badge to another address: the earner can add the new one to their Credly "
                "account."
            ),
            required=True,
        ),
    ),
)

KEPT_RIGHT = Recipe(
    key="credly.contact_to_badge_records",
    title="Contact changed → Credly records kept right",
    summary=(
        "When a contact changes, its badges are looked up in Credly and their state is written to the "
        "contact. "
        "Where the organization has Credly's workforce product, the employee is kept right, too."
    ),
    pattern="credly-x-contacts 1",
    capability=Capability.NATIVE,
    workflow=WorkflowSpec(
        title="Contact changed → Credly records kept right",
        roles=ROLES,
        trigger_role=CRM,
        trigger=CONTACT,
        steps=(FIND, EMPLOYEE, *pieces.field_steps("event", "steps.found.latest", FOUND), WARN),
    ),
    options=(
        Field(
            key="workforce",
            label="Keep the person right among Credly's employees",
            type=FieldType.BOOLEAN,
            default=False,
            help="Only with Credly's workforce product; the contact's id becomes the external id.",
        ),
        Field(key="team", label="Team of new employees"),
        Field(
            key="email_changed",
            label="When the contact's e-mail is not the badge's",
            choices=(("note", "Write a note, once"), ("nothing", "Do nothing")),
            default="note",
            help="A badge is never issued again by itself: in Credly the address is who the earner is.",
        ),
    ),
    setup=(
        *pieces.SETUP,
        "The fields credly_status, credly_badge, credly_url, credly_issued and credly_expires are made on "
        "contacts "
        "when they are first needed.",
        "Guides say that this upserts a Credly contact. Credly has none: a person is known by their badges, "
        "and an "
        "issued badge cannot be edited. To issue badges by rules, use the recipes for tags or for a status.",
    ),
)

WANTED = "(!(options.tag) || contains(event.tags || `[]`, options.tag))"
IN_BULK = Recipe(
    key="credly.contacts_in_bulk",
    title="Contacts in bulk → a badge each",
    summary=(
        "Every new contact earns a badge. Contacts that were there before are taken in bulk: the hub says "
        "beforehand how many there are and what they cost, shows how far it has come, and can be paused."
    ),
    pattern="credly-x-contacts FAQ: contacts in bulk",
    capability=Capability.NATIVE,
    workflow=WorkflowSpec(
        title="Contacts in bulk → a badge each",
        roles=ROLES,
        trigger_role=CRM,
        trigger=CONTACT,
        steps=(
            Step(
                id="wanted",
                title="Go on with those that are wanted",
                kind=StepKind.FILTER,
                when=f"{HERE} && event.email && {WANTED}",
                reason="The contact has no e-mail, or lacks the tag.",
            ),
            pieces.issue_step("event", "options.template", weighed=False),
        ),
    ),
    options=(
        Field(key="template", label="Badge", required=True, reference=f"{BADGES}.templates"),
        Field(key="tag", label="Only contacts with this tag"),
        pieces.ONE_WORD,
        pieces.QUIET,
    ),
    setup=(
        *pieces.SETUP,
        "Choose the badge, and a tag if not everybody is to have it. Deploy.",
        "On the workflow's page, “Old records” counts the contacts that were there before and says what "
        "they cost. "
        "They go 20 at a time; it stops by itself when Credly refuses the token.",
        "Who has the badge already is left alone.",
    ),
)
