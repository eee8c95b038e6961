"""What the Credly recipes share: steps that find, weigh, issue and revoke, and the fields on a contact.

Credly has no contacts, tasks, notes or tags. The contact's id goes with each badge as issuer_earner_id, so
that the two are known to each other whatever becomes of an e-mail address.
"""

from __future__ import annotations

from collections.abc import Sequence

from integrations.engine.spec import Field, FieldMapping, FieldType, Step, StepKind, TransformUse

BADGES, CRM = "badges", "crm"
ROLES = {BADGES: "credly", CRM: "ghl"}
HERE = "trigger.type != 'contact.deleted'"

# The contact's field, and what of the badge stands in it; all of them are texts.
FIELDS = (
    ("credly_status", "state"),
    ("credly_badge", "badge_template_name"),
    ("credly_url", "url"),
    ("credly_issued", "issued_on"),
    ("credly_expires", "expires_on"),
)


def use(name: str, **args: object) -> TransformUse:
    return TransformUse(name=name, args=args)


def text(template: str) -> tuple[TransformUse, ...]:
    return (use("template", text=template, empty=""), use("trim"))


EMAIL = (use("trim"), use("lower"))


# --- badges ---------------------------------------------------------------------------------------


def weigh_step(
    contact: str, words: str, surplus: str, *, when: str, field: str = "", inside: bool = False
) -> Step:
    """What the option `rules` asks for; it can be looked at before anything is issued."""
    more: tuple[FieldMapping, ...] = (FieldMapping(target="field", source=field),) if field else ()
    if inside:
        more += (FieldMapping(target="inside", default=True),)
    return Step(
        id="weigh",
        title="See which badges the rules ask for",
        kind=StepKind.PROCEDURE,
        role=BADGES,
        operation="weigh_rules",
        when=when,
        mappings=(
            FieldMapping(target="issuer_earner_id", source=f"{contact}.id", required=True),
            FieldMapping(target="recipient_email", source=f"{contact}.email", transforms=EMAIL),
            FieldMapping(target="words", source=words),
            FieldMapping(target="rules", source="options.rules", required=True),
            FieldMapping(target="surplus", source=surplus),
            *more,
        ),
    )


def issue_step(
    contact: str, template: str, more: Sequence[FieldMapping] = (), *, weighed: bool = True
) -> Step:
    """Issue one badge, or each that was `weighed`; the same twice is the same badge."""
    asked = "steps.weigh.issue" if weighed else ""
    return Step(
        id="issue",
        title="Issue the badge",
        kind=StepKind.PROCEDURE,
        role=BADGES,
        operation="issue_badge",
        when=asked,
        for_each=asked,
        item_key="badge_template_id" if weighed else "",
        link="badge",
        mappings=(
            FieldMapping(
                target="recipient_email", source=f"{contact}.email", transforms=EMAIL, required=True
            ),
            FieldMapping(target="issued_to_first_name", source=f"{contact}.firstName"),
            FieldMapping(target="issued_to_last_name", source=f"{contact}.lastName"),
            FieldMapping(target="one_word", source="options.one_word"),
            FieldMapping(target="badge_template_id", source=template, required=True),
            FieldMapping(target="issuer_earner_id", source=f"{contact}.id", required=True),
            FieldMapping(
                target="suppress_badge_notification_email",
                source="options.quiet",
                transforms=(use("boolean"),),
            ),
            *more,
        ),
    )


def approve_step() -> Step:
    return Step(
        id="agree",
        title="Ask before a badge is revoked",
        kind=StepKind.APPROVE,
        when="steps.weigh.revoke && options.surplus == 'revoke' && options.ask_first",
        reason="A badge would be revoked, which cannot be undone.",
    )


def revoke_step() -> Step:
    return Step(
        id="revoke",
        title="Revoke what no rule asks for any more",
        kind=StepKind.WRITE,
        role=BADGES,
        operation="badges.revoke",
        when="steps.weigh.revoke && options.surplus == 'revoke'",
        for_each="steps.weigh.revoke",
        item_key="id",
        mappings=(
            FieldMapping(target="badge_id", source="item.id", required=True),
            FieldMapping(target="reason", source="options.revoke_reason", required=True),
            FieldMapping(
                target="suppress_revoke_notification_email",
                source="options.quiet",
                transforms=(use("boolean"),),
            ),
        ),
    )


def replace_step() -> Step:
    return Step(
        id="replace",
        title="Replace a badge by the one asked for now",
        kind=StepKind.PROCEDURE,
        role=BADGES,
        operation="replace_badge",
        when="steps.weigh.replace",
        for_each="steps.weigh.replace",
        item_key="badge_id",
        mappings=(
            FieldMapping(target="badge_id", source="item.badge_id", required=True),
            FieldMapping(target="badge_template_id", source="item.badge_template_id", required=True),
        ),
    )


# --- the contact ----------------------------------------------------------------------------------


def contact_step() -> Step:
    return Step(
        id="contact",
        title="Find the contact",
        kind=StepKind.PROCEDURE,
        role=CRM,
        operation="find_contact",
        mappings=(
            FieldMapping(target="id", source="event.issuer_earner_id"),
            FieldMapping(target="email", source="event.recipient_email", transforms=EMAIL),
        ),
    )


def known_step() -> Step:
    return Step(
        id="known",
        title="Go on where there is such a contact",
        kind=StepKind.FILTER,
        when="steps.contact",
        reason="No contact in GoHighLevel has this earner's id or e-mail.",
    )


def field_steps(contact: str, badge: str, when: str) -> tuple[Step, ...]:
    """Write the badge's state into the contact's fields; make those that the location lacks, change nothing
    twice."""
    return (
        Step(
            id="fields",
            title="Read the location's custom fields",
            kind=StepKind.READ,
            role=CRM,
            operation="custom_fields.list",
            when=when,
            mappings=(FieldMapping(target="model", default="contact"),),
        ),
        Step(
            id="made",
            title="Make the fields that are missing",
            kind=StepKind.WRITE,
            role=CRM,
            operation="custom_fields.create",
            when=when,
            for_each=_missing(),
            item_key="name",
            mappings=(
                FieldMapping(target="name", source="item.name", required=True),
                FieldMapping(target="dataType", default="TEXT", required=True),
                FieldMapping(target="model", default="contact"),
            ),
        ),
        Step(
            id="write",
            title="Write the badge's state to the contact",
            kind=StepKind.WRITE,
            role=CRM,
            operation="contacts.update",
            when=f"{when} && !({_there(contact, badge)})",
            mappings=(
                FieldMapping(target="contactId", source=f"{contact}.id", required=True),
                FieldMapping(target="customFields", source=_values(badge)),
            ),
        ),
    )


def _missing() -> str:
    known = "(steps.fields[].fieldKey || `[]`)"
    rows = [f"{{name: '{name}', known: contains({known}, 'contact.{name}')}}" for name, _ in FIELDS]
    return f"[{', '.join(rows)}] | [?!known]"


def _id(name: str) -> str:
    return f"([steps.fields, steps.made][] | [?fieldKey=='contact.{name}'].id | [0])"


def _values(badge: str) -> str:
    rows = [f"{{id: {_id(name)}, field_value: {badge}.{of}}}" for name, of in FIELDS]
    return f"[{', '.join(rows)}] | [?field_value]"


def _there(contact: str, badge: str) -> str:
    """Whether each field that the badge fills holds that already."""
    has = f"({contact}.customFields[].{{id: id, value: value}} || `[]`)"
    rows = [
        f"(!({badge}.{of}) || contains({has}, {{id: {_id(name)}, value: {badge}.{of}}}))"
        for name, of in FIELDS
    ]
    return " && ".join(rows)


# --- options --------------------------------------------------------------------------------------


def rules(what: str, help: str, reference: str = "") -> Field:
    return Field(
        key="rules",
        label=f"Which {what} earns which badge",
        type=FieldType.OBJECT,
        required=True,
        table=(reference, f"{BADGES}.templates"),
        help=help,
    )


def surplus(what: str, *extra: tuple[str, str], default: str = "keep") -> Field:
    choices = (
        ("keep", "The badge stays"),
        *extra,
        ("revoke", "The badge is revoked (this cannot be undone)"),
    )
    return Field(
        key="surplus",
        label=what,
        choices=choices,
        default=default,
        help="Only badges that carry the contact's own id are touched.",
    )


ONE_WORD = Field(
    key="one_word",
    label="A contact's name of one word",
    choices=(
        ("repeat", "Stands as first and last name"),
        ("dash", "Has a dash for its last name"),
        ("ask", "Fails, so that somebody completes the contact"),
    ),
    default="repeat",
    help="Credly wants a first and a last name.",
)
QUIET = Field(
    key="quiet", label="Without Credly's own e-mail to the earner", type=FieldType.BOOLEAN, default=False
)
ASK_FIRST = Field(
    key="ask_first",
    label="Ask a person before a badge is revoked",
    type=FieldType.BOOLEAN,
    default=True,
)
REVOKE_REASON = Field(
    key="revoke_reason",
    label="Reason given for revoking",
    default="The condition for it does not hold any more.",
)
SETUP = (
    "In Credly, under Developers, copy the organization ID and make an authorization token.",
    "In GoHighLevel, connect the location whose contacts earn the badges.",
)
