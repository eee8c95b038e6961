"""What a person types for a field, and values with something inside."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.fitting import field_named
from integrations.engine.spec import Field, FieldType
from integrations.engine.typed import checked, example, guessed, read

DAY = Field(key="day", type=FieldType.INTEGER, required=True)
HOURS = Field(key="hours", type=FieldType.LIST, fields=(Field(key="open", type=FieldType.INTEGER),))
OPEN = Field(key="openHours", type=FieldType.LIST, fields=(DAY, HOURS))
TAGS = Field(key="tags", type=FieldType.LIST, items=FieldType.TEXT)
STATE = Field(key="state", choices=(("new", "New"), ("done", "Done")))
FREE = Field(key="properties", type=FieldType.OBJECT)
BUSY = Field(key="busy", type=FieldType.OBJECT, fields=(Field(key="share", type=FieldType.NUMBER),))

READ = [
    (Field(key="name"), " Ada ", "Ada"),
    (Field(key="n", type=FieldType.INTEGER), "30", 30),
    (Field(key="n", type=FieldType.NUMBER), "0.5", 0.5),
    (Field(key="on", type=FieldType.BOOLEAN), "yes", True),
    (Field(key="on", type=FieldType.BOOLEAN), "false", False),
    (Field(key="at", type=FieldType.DATETIME), "2026-11-23T10:00:00-06:00", "2026-11-23T10:00:00-06:00"),
    (TAGS, "vip, new", ["vip", "new"]),
    (TAGS, '["a, b"]', ["a, b"]),
    (OPEN, '[{"day": "1", "hours": [{"open": "9"}]}]', [{"day": 1, "hours": [{"open": 9}]}]),
    (FREE, '{"anything": [1]}', {"anything": [1]}),
    (STATE, "DONE", "done"),
    (Field(key="name"), "null", None),
    (Field(key="name"), "  ", None),
]


@pytest.mark.parametrize(("field", "text", "value"), READ)
def test_a_value_is_read_as_its_field_wants_it(field: Field, text: str, value: Any) -> None:
    assert read(text, field) == value


REFUSED = [
    (Field(key="n", type=FieldType.INTEGER), "ten", "`n` needs a whole number and got “ten”."),
    (Field(key="at", type=FieldType.DATETIME), "2026-11-23", "`at` needs an ISO 8601 time with its offset"),
    (BUSY, "half", '`busy` is written as JSON, such as {"share": 30}.'),
    (OPEN, "[{]", '`openHours` is written as JSON, such as [{"day": 30}].'),
    (OPEN, "[{}]", "`openHours` at `[0]` needs `day`."),
    (OPEN, '[{"day": 1, "from": 9}]', "`openHours` at `[0]` has no `from`; it takes day, hours."),
    (
        OPEN,
        '[{"day": 1, "hours": [{"open": "x"}]}]',
        "`openHours` at `[0].hours[0].open` needs a whole number and got “x”.",
    ),
    (BUSY, '{"share": "much"}', "`busy` at `share` needs a number"),
    (STATE, "lost", "`state` needs one of new, done and got “lost”."),
]


@pytest.mark.parametrize(("field", "text", "sentence"), REFUSED)
def test_what_does_not_fit_is_said_with_its_place(field: Field, text: str, sentence: str) -> None:
    with pytest.raises(WrongUse) as refused:
        read(text, field)

    assert refused.value.sentence.startswith(sentence)


@pytest.mark.parametrize("field", [OPEN, TAGS, STATE, BUSY, Field(key="at", type=FieldType.DATETIME)])
def test_the_example_of_a_field_fits_it(field: Field) -> None:
    assert checked(example(field), field) is not None


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5), ("vip", "vip"), ('["a"]', ["a"]), ("2026-11-23", "2026-11-23")]
)
def test_a_value_for_a_field_nobody_declared_is_what_it_reads_as(text: str, value: Any) -> None:
    assert guessed(text) == value


@pytest.mark.parametrize(
    ("target", "found"), [("busy.share", True), ("busy.other", False), ("properties.any", False)]
)
def test_a_dotted_name_leads_to_the_declared_member(target: str, found: bool) -> None:
    assert (field_named(target, [BUSY, FREE]) is not None) is found
