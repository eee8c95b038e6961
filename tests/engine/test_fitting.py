"""A value against the field it is meant for: what is set right, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.errors import MappingFailed
from integrations.engine.fitting import EPOCH_MS, fit
from integrations.engine.spec import Field, FieldType

FITTING = [
    (FieldType.TEXT, 5, "5"),
    (FieldType.TEXT, 5.0, "5"),
    (FieldType.INTEGER, "42", 42),
    (FieldType.INTEGER, 42.0, 42),
    (FieldType.NUMBER, "1.5", 1.5),
    (FieldType.NUMBER, 2, 2),
    (FieldType.BOOLEAN, "True", True),
    (FieldType.DATETIME, "2026-11-20T10:00:00-05:00", "2026-11-20T10:00:00-05:00"),
    (FieldType.DATETIME, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
    (FieldType.DATE, "2026-11-20", "2026-11-20"),
    (FieldType.EMAIL, "Ada@Example.com", "Ada@Example.com"),
    (FieldType.PHONE, 4971112345, "4971112345"),
    (FieldType.LIST, "vip", ["vip"]),
    (FieldType.LIST, ["vip"], ["vip"]),
    (FieldType.OBJECT, {"a": 1}, {"a": 1}),
]

NOT_FITTING = [
    (FieldType.TEXT, True, "needs a text"),
    (FieldType.TEXT, ["a"], "needs a text and got a list"),
    (FieldType.INTEGER, "4.5", "needs a whole number and got “4.5”"),
    (FieldType.INTEGER, 4.5, "needs a whole number"),
    (FieldType.INTEGER, float("inf"), "needs a whole number"),
    (FieldType.INTEGER, True, "needs a whole number"),
    (FieldType.NUMBER, "1,5", "needs a number"),
    (FieldType.NUMBER, False, "needs a number"),
    (FieldType.BOOLEAN, "ja", "needs yes or no"),
    (FieldType.BOOLEAN, 1, "needs yes or no"),
    (FieldType.DATETIME, "2026-11-20T10:00:00", "with its offset"),
    (FieldType.DATETIME, 1795165200, "with its offset"),
    (FieldType.DATE, "2026-11-20T10:00:00Z", "the transform `to_date`"),
    (FieldType.DATE, "2026-02-30", "needs a date"),
    (FieldType.DATE, 20261120, "needs a date"),
    (FieldType.EMAIL, "ada", "needs an e-mail address and got “ada”"),
    (FieldType.EMAIL, ["ada@example.com"], "needs an e-mail address and got a list"),
    (FieldType.PHONE, "ask her", "needs a phone number"),
    (FieldType.PHONE, {"n": 1}, "needs a phone number"),
    (FieldType.LIST, {"a": 1}, "needs a list"),
    (FieldType.OBJECT, "a", "needs an object"),
]


@pytest.mark.parametrize(("kind", "value", "fitted"), FITTING)
def test_harmless_differences_of_type_are_set_right(kind: FieldType, value: Any, fitted: Any) -> None:
    made = fit(value, Field(key="x", type=kind))
    assert made == fitted
    assert type(made) is type(fitted)


@pytest.mark.parametrize(("kind", "value", "words"), NOT_FITTING)
def test_a_value_of_the_wrong_type_is_a_problem(kind: FieldType, value: Any, words: str) -> None:
    with pytest.raises(MappingFailed) as caught:
        fit(value, Field(key="x", type=kind))
    assert words in caught.value.sentence


@pytest.mark.parametrize(
    ("kind", "value", "fitted"),
    [
        (FieldType.TEXT, "Confirmed", "confirmed"),
        (FieldType.INTEGER, "1", 1),
        (FieldType.LIST, ["NEW", "confirmed"], ["new", "confirmed"]),
    ],
)
def test_a_choice_is_written_as_the_app_writes_it(kind: FieldType, value: Any, fitted: Any) -> None:
    field = Field(key="x", type=kind, choices=(("new", "New"), ("confirmed", "Confirmed"), ("1", "One")))
    assert fit(value, field) == fitted


def test_a_value_that_is_no_choice_is_a_problem() -> None:
    field = Field(key="x", choices=(("new", "New"), ("confirmed", "Confirmed")))
    with pytest.raises(MappingFailed, match=r"^needs one of new, confirmed and got “maybe”$"):
        fit("maybe", field)


def test_a_row_that_cannot_be_a_choice_is_a_problem() -> None:
    field = Field(key="x", type=FieldType.LIST, choices=(("new", "New"),))
    with pytest.raises(MappingFailed, match=r"^needs one of new and got a list$"):
        fit(["new", {"id": 1}], field)


def test_the_value_of_a_secret_field_stays_out_of_the_sentence() -> None:
    secret = Field(key="x", type=FieldType.INTEGER, choices=(("1", "One"),), secret=True)
    for value in ("hunter2", 77):
        with pytest.raises(MappingFailed) as caught:
            fit(value, secret)
        assert str(value) not in caught.value.sentence


@pytest.mark.parametrize("value", ["gold", 100, True, ["a", 1], {"url": "https://a.example"}])
def test_what_may_be_anything_is_left_as_it_is(value: object) -> None:
    rows = Field(key="rows", type=FieldType.LIST, fields=(Field(key="value", type=FieldType.ANY),))

    assert fit([{"value": value}], rows) == [{"value": value}]


@pytest.mark.parametrize("type_", [FieldType.INTEGER, FieldType.TEXT])
def test_a_moment_wanted_in_milliseconds_is_not_taken_as_a_date(type_: FieldType) -> None:
    field = Field(key="startDate", type=type_, format=EPOCH_MS)
    assert str(fit(1795496400000, field)) == str(fit("1795496400000", field)) == "1795496400000"
    with pytest.raises(MappingFailed) as caught:
        fit("2026-11-24T05:00:00Z", field)
    assert caught.value.sentence == (
        "needs milliseconds since 1970 (the transform `to_epoch_ms` writes a time so) and got "
        "“2026-11-24T05:00:00Z”"
    )
