"""Short words for the steps of these recipes."""

from __future__ import annotations

from integrations.engine.spec import FieldMapping, Step, StepKind, TransformUse

CRM, MARKETING = "crm", "marketing"
ROLES = {CRM: "ghl", MARKETING: "activecampaign"}


def use(name: str, **args: object) -> TransformUse:
    return TransformUse(name=name, args=args)


def same(target: str, source: str, *transforms: TransformUse, required: bool = False) -> FieldMapping:
    return FieldMapping(target=target, source=source, transforms=transforms, required=required)


def text(target: str, template: str, *, required: bool = False) -> FieldMapping:
    """A text with {expressions} in it."""
    transforms = (use("template", text=template, empty=""), use("trim"))
    return FieldMapping(target=target, transforms=transforms, required=required)


def procedure(
    id: str, title: str, role: str, name: str, *mappings: FieldMapping, when: str = "", reason: str = ""
) -> Step:
    return Step(
        id=id,
        title=title,
        kind=StepKind.PROCEDURE,
        role=role,
        operation=name,
        when=when,
        reason=reason,
        mappings=mappings,
    )


def only(id: str, title: str, when: str, reason: str) -> Step:
    return Step(id=id, title=title, kind=StepKind.FILTER, when=when, reason=reason)


def ask_a_person(id: str, title: str, when: str, reason: str) -> Step:
    return Step(id=id, title=title, kind=StepKind.APPROVE, when=when, reason=reason)


def zone_of(calendar: str, when: str = "") -> Step:
    return procedure(
        "zone",
        "Find the calendar's time zone",
        CRM,
        "calendar_zone",
        same("calendarId", calendar, required=True),
        when=when,
    )
