"""The same value has the same fingerprint, however it was written down."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.engine.errors import ContractBroken
from integrations.engine.fingerprint import canonical, fingerprint, mark

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé"), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [1, 2]}, '{"a":[1,2],"b":1}'),
        (3.0, "3"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (True, "true"),
        (None, "null"),
        ("e\u0301", '"é"'),
        ({"e\u0301": 1}, '{"é":1}'),
        (("a", "b"), '["a","b"]'),
    ],
)
def test_a_value_is_written_in_one_way(value: Any, written: str) -> None:
    assert canonical(value) == written


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 11, 20, tzinfo=UTC),
        float("nan"),
        float("inf"),
        b"bytes",
        {1, 2},
        {1: "a"},
        {"é": 1, "e\u0301": 2},
    ],
)
def test_what_json_does_not_have_is_refused(value: Any) -> None:
    with pytest.raises(ContractBroken):
        canonical({"deep": [value]})


@given(st.dictionaries(st.text("abcé"), JSON, max_size=6), st.randoms())
def test_the_order_of_keys_does_not_matter(value: dict[str, Any], random: Any) -> None:
    shuffled = list(value.items())
    random.shuffle(shuffled)
    assert fingerprint(dict(shuffled)) == fingerprint(value)


@given(JSON)
def test_what_is_canonical_stays_so(value: Any) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)


def test_other_values_have_other_fingerprints() -> None:
    values: list[Any] = [None, 0, 1, "1", True, "", [], {}, [1], {"a": 1}, {"a": None}]
    assert len({fingerprint(value) for value in values}) == len(values)


def test_only_the_named_keys_count_in_any_order() -> None:
    before = {"title": "Review", "start": "10:00", "updatedAt": "yesterday"}
    after = {"title": "Review", "start": "10:00", "updatedAt": "today"}
    assert fingerprint(before) != fingerprint(after)
    assert fingerprint(before, ["title", "start"]) == fingerprint(after, ["start", "title"])
    assert fingerprint(before, ["updatedAt"]) != fingerprint(after, ["updatedAt"])


def test_a_key_left_out_counts_as_null() -> None:
    assert fingerprint({"a": 1, "b": None}, ["a", "b"]) == fingerprint({"a": 1}, ["a", "b"])


def test_only_an_object_has_keys_to_choose_from() -> None:
    with pytest.raises(ContractBroken):
        fingerprint(["a"], ["a"])


def test_half_a_surrogate_pair_stops_nothing() -> None:
    assert len(fingerprint(json.loads('"\\ud800"'))) == 64


def test_a_mark_is_short_and_ours() -> None:
    assert re.fullmatch(r"GHL-Hub-[0-9a-f]{12}", mark("run 7", "appointment"))


def test_marks_and_fingerprints_stay_what_they_were_in_earlier_releases() -> None:
    assert mark("run 7", "appointment") == "GHL-Hub-48201387eb51"
    assert (
        fingerprint({"b": [1.0], "a": "é"})
        == "fe44b490e297c0523c2a1ce591fc7b3b064b5ad3f2ac4634523685392680de5d"
    )


def test_marks_of_other_parts_differ() -> None:
    parts = [("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c"), ("c", "ab")]
    assert len({mark(*each) for each in parts}) == len(parts)


@pytest.mark.parametrize("parts", [(), ("run 7", "")])
def test_a_mark_of_nothing_is_refused(parts: tuple[str, ...]) -> None:
    with pytest.raises(ContractBroken):
        mark(*parts)
