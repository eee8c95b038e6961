"""Which values that a person has chosen may end up in a field as they are."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine import fixed
from integrations.engine.spec import FieldMapping, TransformUse

TABLES = {"Courses": {"A": "cal-a", "B": "cal-b"}}


def use(name: str, **args: Any) -> TransformUse:
    return TransformUse(name=name, args=args)


LOOKED_UP = use("lookup", table="Courses")
TRANSLATED = use("value_map", table={"a": "1", "b": "2"}, otherwise="3")

CASES = [
    ("the default alone", (), "0", ["0"]),
    ("a value where there is none", (use("default", value="1"),), "0", ["0", "1"]),
    ("the meanings of words", (TRANSLATED,), None, ["1", "2", "3"]),
    ("a rule is no value", (use("value_map", table={"a": "1"}, otherwise="keep"),), None, ["1"]),
    ("nothing that is looked up in the run", (use("value_map", table="{options.calendars}"),), None, []),
    ("the rows of a table", (LOOKED_UP,), None, ["cal-a", "cal-b"]),
    ("what a table says where it has no row", (use("lookup", table="No", value="9"),), None, ["9"]),
    ("what passes by a filling", (LOOKED_UP, use("default", value="1")), None, ["1", "cal-a", "cal-b"]),
    ("nothing that is looked up afterwards", (TRANSLATED, LOOKED_UP), None, ["cal-a", "cal-b"]),
    ("nothing that is changed afterwards", (LOOKED_UP, use("upper")), "0", ["0"]),
    ("nothing of a transform that is not there", (use("made_up", value="1"),), "0", ["0"]),
]


@pytest.mark.parametrize(
    ("uses", "default", "found"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_fixed_value_is_what_may_come_out_as_it_is(
    uses: tuple[TransformUse, ...], default: Any, found: list[str]
) -> None:
    mapping = FieldMapping(target="calendarId", source="event.course", transforms=uses, default=default)

    values = [value for value, _ in fixed.values(mapping, TABLES) if value is not None]

    assert values == found


def test_they_are_swapped_where_they_stand_and_a_table_goes_by_its_other_name() -> None:
    mapping = FieldMapping(
        target="calendarId",
        transforms=(use("trim"), LOOKED_UP, use("default", value="old")),
        default="old",
    )

    there = fixed.swapped(mapping, lambda value: "new" if value == "old" else value, {"Courses": "Others"})

    assert there == FieldMapping(
        target="calendarId",
        transforms=(use("trim"), use("lookup", table="Others"), use("default", value="new")),
        default="new",
    )
