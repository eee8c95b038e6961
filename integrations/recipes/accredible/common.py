"""What these recipes have in common."""

from __future__ import annotations

from integrations.engine.spec import FieldMapping, Step, StepKind, TransformUse


def use(name: str, **args: object) -> TransformUse:
    return TransformUse(name=name, args=args)


def needed(target: str, source: str, *transforms: TransformUse) -> FieldMapping:
    return FieldMapping(target=target, source=source, transforms=transforms, required=True)


def same(target: str, source: str, *transforms: TransformUse) -> FieldMapping:
    return FieldMapping(target=target, source=source, transforms=transforms)


def text(template: str) -> tuple[TransformUse, ...]:
    return (use("template", text=template, empty=""), use("trim"))


def only_if(id: str, title: str, when: str, reason: str) -> Step:
    return Step(id=id, title=title, kind=StepKind.FILTER, when=when, reason=reason)


def recipient(when: str = "") -> Step:
    """The holder of the event's certificate, as a contact."""
    return Step(
        id="contact",
        title="Find or make the contact",
        kind=StepKind.WRITE,
        role="crm",
        operation="contacts.upsert",
        when=when,
        link="contact",
        mappings=(
            needed("email", "event.recipient_email", use("trim"), use("email")),
            same("firstName", "event.recipient_name", use("split_name"), use("pick", path="first")),
            same("lastName", "event.recipient_name", use("split_name"), use("pick", path="last")),
            FieldMapping(target="source", default="Accredible"),
        ),
    )


ACCREDIBLE_KEY = "In Accredible, open API management in the dashboard of your region and copy an API key."
