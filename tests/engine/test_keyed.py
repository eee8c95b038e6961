"""The account's own fields: each a target by itself, folded into the list that the app takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.engine.errors import MappingFailed
from integrations.engine.expressions import evaluate
from integrations.engine.fitting import fit
from integrations.engine.keyed import folded, picked_by, picked_in, sent, source_of
from integrations.engine.mapping import check, map_fields
from integrations.engine.spec import Field, FieldMapping, FieldType, Keyed

KEYED = Keyed(id="id", written="field_value", read="value")
OWN = Field(key="customFields", type=FieldType.LIST, keyed=KEYED, reference="contact_fields")
EMAIL = Field(key="email", type=FieldType.EMAIL)
SIZE = Field(key="customFields.f1", label="Shoe size", type=FieldType.NUMBER)
EVENT = {"event": {"size": "42", "colour": "red", "none": "", "all": [{"id": "f9", "field_value": 1}]}}


def mapping(target: str, source: str) -> FieldMapping:
    return FieldMapping(target=target, source=source)


def test_what_is_mapped_into_single_fields_stands_in_the_apps_list() -> None:
    mapped = map_fields(
        [mapping("customFields.f1", "event.size"), mapping("customFields.f2", "event.colour")],
        EVENT,
        [OWN, EMAIL],
    )

    assert mapped.values == {
        "customFields": [{"id": "f1", "field_value": "42"}, {"id": "f2", "field_value": "red"}]
    }
    assert not mapped.problems


def test_what_the_account_says_of_its_field_holds_for_the_value() -> None:
    mapped = map_fields([mapping("customFields.f1", "event.size")], EVENT, [OWN, SIZE])
    wrong = map_fields([mapping("customFields.f1", "event.colour")], EVENT, [OWN, SIZE])

    assert mapped.values == {"customFields": [{"id": "f1", "field_value": 42}]}
    assert "`customFields.f1` needs a number" in wrong.problems[0]


def test_a_whole_list_may_hold_any_kind_of_value() -> None:
    members = (Field(key="id", required=True), Field(key="field_value"))
    whole = replace(OWN, fields=members)
    rows = [{"id": "f1", "field_value": ["red", "blue"]}, {"id": "f2", "field_value": 42}]

    assert fit(rows, whole) == rows
    with pytest.raises(MappingFailed, match=r"at `\[0\]` needs `id`"):
        fit([{"field_value": 1}], whole)


def test_an_empty_value_is_not_sent_and_leaves_no_list_behind() -> None:
    assert map_fields([mapping("customFields.f1", "event.none")], EVENT, [OWN]).values == {}


BOTH = "is mapped as a whole and in parts; keep one of the two"


@pytest.mark.parametrize(
    ("targets", "sentence"),
    [
        (("customFields.f1", "customFields"), BOTH),
        (("customFields", "customFields.f1"), "cannot go into `customFields`, which is mapped as a whole"),
    ],
)
def test_the_whole_list_and_one_of_its_fields_are_not_mapped_together(
    targets: tuple[str, ...], sentence: str
) -> None:
    sources = {"customFields": "event.all", "customFields.f1": "event.size"}
    mappings = [mapping(target, sources[target]) for target in targets]

    assert sentence in map_fields(mappings, EVENT, [OWN]).problems[0]
    assert BOTH in " ".join(check(mappings, [OWN], EVENT))


def test_a_field_that_the_account_does_not_have_is_answered_with_those_it_has() -> None:
    told = check([mapping("customFields.gone", "event.size")], [OWN, SIZE], EVENT)

    assert told == [
        "There is no field of this account “customFields.gone”; choose one of: customFields.f1 (Shoe size)."
    ]


def test_where_nobody_has_read_the_accounts_fields_none_is_called_wrong() -> None:
    assert check([mapping("customFields.f1", "event.size")], [OWN], EVENT) == []


@pytest.mark.parametrize(
    ("target", "found"),
    [("customFields.f1", "f1"), ("customFields", None), ("email", None), ("email.f1", None)],
)
def test_a_target_names_one_of_them_or_not(target: str, found: str | None) -> None:
    picked = picked_by(target, [OWN, EMAIL])

    assert (picked[1] if picked else None) == found


def test_what_went_out_is_found_again_by_its_target() -> None:
    values = {"customFields": [{"id": "f1", "field_value": 42}]}

    assert sent(values, "customFields.f1", [OWN]) == 42
    assert sent(values, "customFields.f2", [OWN]) is None
    assert sent({}, "customFields.f1", [OWN]) is None


def test_the_source_of_a_field_finds_its_value_and_names_it() -> None:
    source = source_of("event.customFields", KEYED, "f1")
    event = {"event": {"customFields": [{"id": "f0", "value": 1}, {"id": "f1", "value": 42}]}}

    assert evaluate(source, event) == 42
    assert picked_in(source, OWN) == ["f1"]
    assert picked_in("event.customFields[0].value", OWN) == []


VALUES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"customFields": {"f1": 1}}, {"customFields": [{"id": "f1", "field_value": 1}]}),
    ({"customFields": [{"id": "f1"}]}, {"customFields": [{"id": "f1"}]}),
    ({"email": "a"}, {"email": "a"}),
]


@pytest.mark.parametrize(("values", "gives"), VALUES)
def test_only_single_fields_are_folded(values: dict[str, Any], gives: dict[str, Any]) -> None:
    assert folded(values, [OWN, EMAIL]) == gives
