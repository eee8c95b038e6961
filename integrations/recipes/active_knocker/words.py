"""What the recipes with Active Knocker say alike: whose time zone, which day comes first, who is who."""

from __future__ import annotations

from integrations.engine.spec import Field, FieldMapping, FieldType, Step, StepKind, TransformUse

ZONE = "event.timezone || options.timezone || accounts.knocker.timezone || accounts.crm.timezone"
ORDER = "{options.date_order || 'MDY'}"


def use(name: str, **args: object) -> TransformUse:
    return TransformUse(name=name, args=args)


def moment() -> TransformUse:
    """Without an offset it is in the event's zone, else the workflow's, the account's, the location's."""
    return use("parse_datetime", zone=f"{{{ZONE}}}", order=ORDER)


def day() -> TransformUse:
    return use("to_date", zone=f"{{{ZONE}}}", order=ORDER)


def text(template: str) -> tuple[TransformUse, ...]:
    return (use("template", text=template, empty=""), use("trim"))


def rep(when: str) -> Step:
    """The user that the rep is; its `id` is "" where it is nobody here."""
    return Step(
        id="rep",
        title="Find the user that the rep is",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="find_user",
        when=when,
        mappings=(
            FieldMapping(target="number", source="event.rep_id", transforms=(use("text"),)),
            FieldMapping(target="email", source="event.rep_email", transforms=(use("trim"),)),
            FieldMapping(target="table", source="options.reps"),
        ),
    )


REPS = Field(
    key="reps",
    label="Reps and users",
    type=FieldType.OBJECT,
    default={},
    table=("", "crm.users"),
    help="A JSON object: a rep's number or e-mail in Active Knocker → the user's id in GoHighLevel, such as "
    '{"7": "usr0000000000000001"}. Who is not in it is found by e-mail.',
)
TIMEZONE = Field(
    key="timezone",
    label="Time zone of times without an offset",
    help="Such as America/Chicago, where the event names none. Empty: the connection's, else the location's.",
)
DATE_ORDER = Field(
    key="date_order",
    label="Order in 03/04/2026",
    choices=(("MDY", "month, day, year"), ("DMY", "day, month, year")),
    default="MDY",
    help="Active Knocker is used in the United States; how it writes dates is not documented.",
)
NOTIFY = Field(
    key="notify",
    label="Let GoHighLevel's own automations run, which notify people",
    type=FieldType.BOOLEAN,
    default=True,
)
