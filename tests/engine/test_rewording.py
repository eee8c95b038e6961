"""What two workflows say differently, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.engine.rewording import mapping_words, of_steps, of_values
from integrations.engine.spec import FieldMapping, Step, StepKind, TransformUse, WorkflowSpec

EMAIL = FieldMapping(target="email", source="event.email", required=True)
FIND = Step(id="find", title="Find the contact", kind=StepKind.READ, role="crm", operation="contacts.get")
WRITE = Step(id="write", title="Write it", kind=StepKind.WRITE, role="crm", mappings=(EMAIL,))
TELL = Step(id="tell", title="Tell them", kind=StepKind.WRITE, role="crm", when="event.email")


def spec(*steps: Step) -> WorkflowSpec:
    return WorkflowSpec(title="W", roles={"crm": "ghl"}, trigger_role="crm", trigger="x", steps=steps)


BEFORE = spec(FIND, WRITE, TELL)


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (spec(FIND, WRITE, TELL), []),
        (spec(FIND, WRITE), ["Step “Tell them”: was taken out."]),
        (
            spec(FIND, WRITE, replace(TELL, title="Say so")),
            ["Step “Say so”: was called “Tell them”."],
        ),
        (spec(TELL, FIND, WRITE), ["Step “Tell them”: was moved: it comes first now."]),
        (
            spec(FIND, WRITE, replace(WRITE, id="again", title="Write again"), TELL),
            [
                "Step “Write again”: is new, behind “Write it”.",
                "Step “Write again”: `email`: nothing → `event.email`, required.",
            ],
        ),
        (
            spec(FIND, WRITE, replace(TELL, when="")),
            ["Step “Tell them”: its condition: event.email → nothing."],
        ),
        (
            spec(FIND, replace(WRITE, mappings=(replace(EMAIL, source="event.mail"),)), TELL),
            ["Step “Write it”: `email`: `event.email`, required → `event.mail`, required."],
        ),
        (
            spec(FIND, replace(WRITE, mappings=(FieldMapping(target="tags", default=["a"]),)), TELL),
            [
                "Step “Write it”: `email`: `event.email`, required → nothing.",
                'Step “Write it”: `tags`: nothing → “["a"]”.',
            ],
        ),
    ],
)
def test_each_difference_of_the_steps_is_one_sentence(after: WorkflowSpec, says: list[str]) -> None:
    assert [change.sentence for change in of_steps(BEFORE, after)] == says


def test_the_order_of_mappings_is_no_difference() -> None:
    name = FieldMapping(target="name", source="event.name")
    one, other = replace(WRITE, mappings=(EMAIL, name)), replace(WRITE, mappings=(name, EMAIL))

    assert of_steps(spec(one), spec(other)) == []


def test_a_mapping_is_told_with_its_transforms() -> None:
    uses = (TransformUse(name="trim"), TransformUse(name="cut", args={"most": 3}))
    mapping = FieldMapping(target="x", source="event.x", transforms=uses, default="none")

    assert mapping_words(mapping) == "`event.x` | trim | cut(most=3), else “none”"


def test_values_are_told_before_and_after() -> None:
    told = of_values("Choices", {"Calendar": "Sales", "Days": 3}, {"Calendar": "Support", "Note": True})

    assert [change.sentence for change in told] == [
        "Choices: “Calendar”: Sales → Support.",
        "Choices: “Days”: 3 → nothing.",
        "Choices: “Note”: nothing → true.",
    ]
