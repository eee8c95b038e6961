"""Recipes that begin with an entry in the guest book."""

from __future__ import annotations

from integrations.engine.spec import (
    Capability,
    FieldMapping,
    Recipe,
    Step,
    StepKind,
    TransformUse,
    WorkflowSpec,
)

NAME = TransformUse(name="split_name")


def part(which: str) -> tuple[TransformUse, ...]:
    return (NAME, TransformUse(name="pick", args={"path": which}))


STEPS = (
    Step(
        id="contact",
        title="Find or make the contact",
        kind=StepKind.WRITE,
        role="crm",
        operation="contacts.upsert",
        link="contact",
        mappings=(
            FieldMapping(
                target="email",
                source="event.email",
                transforms=(TransformUse(name="trim"), TransformUse(name="email")),
                required=True,
            ),
            FieldMapping(target="firstName", source="event.name", transforms=part("first")),
            FieldMapping(target="lastName", source="event.name", transforms=part("last")),
            FieldMapping(target="source", default="Guest book"),
        ),
    ),
    Step(
        id="thanks",
        title="Note in the book that the guest was thanked",
        kind=StepKind.WRITE,
        role="book",
        operation="entries.thank",
        mappings=(
            FieldMapping(target="id", source="event.id", required=True),
            FieldMapping(target="thanked", default=True),
        ),
    ),
)

RECIPES = (
    Recipe(
        key="guestbook.entry_to_contact",
        title="Guest book entry to contact",
        summary="Who signs the book becomes a contact, and the book says that they were thanked.",
        pattern="an example: docs/adding-an-app.md",
        capability=Capability.POLLED,
        workflow=WorkflowSpec(
            title="Guest book entry to contact",
            roles={"book": "guestbook", "crm": "ghl"},
            trigger_role="book",
            trigger="entries.signed",
            steps=STEPS,
        ),
        setup=("Leave the book open where guests can see it.",),
    ),
)
