"""Which changes are our own writes coming back, and which only look like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.engine.echoes import Change, Written, flat, is_echo, same, shown_of
from integrations.engine.spec import Field, FieldType, Keyed, Kind, Operation, Place

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BEFORE = {"id": "1", "firstName": "Rosa", "tags": ["old"], "customFields": []}
FIELDS = (
    Field(key="contactId", place=Place.PATH, required=True),
    Field(key="email"),
    Field(key="tags", type=FieldType.LIST),
    Field(key="customFields", type=FieldType.LIST, keyed=Keyed(id="id", written="field_value", read="value")),
)


def operation(kind: Kind = Kind.UPDATE, **more: Any) -> Operation:
    given = {"key": "c.update", "title": "x", "method": "PUT", "path": "/c/{contactId}", "fields": FIELDS}
    return Operation(kind=kind, **{**given, **more})


def wrote(at: datetime = NOON, *, deletes: bool = False, **fields: Any) -> Written:
    shown = {"record": "1", "fields": fields}
    return Written(claimed_at=at - timedelta(seconds=1), settled_at=at, deletes=deletes, shown=shown)


def changed(since: datetime = NOON - timedelta(minutes=1), **now: Any) -> Change:
    return Change(record="1", before=BEFORE, after={**BEFORE, **now}, since=since)


# --- what an effect remembers ---------------------------------------------------------------------


def test_the_answers_value_of_a_written_field_is_remembered() -> None:
    answer = {"id": "1", "email": "rosa@example.com", "name": "Rosa", "tags": ["a"]}
    shown = shown_of(operation(), {"contactId": "1", "email": "ROSA@example.com"}, answer, "1")
    assert shown == {"record": "1", "fields": {"contactId": "1", "email": "rosa@example.com"}}


def test_without_an_answer_the_path_says_whose_it_is_and_the_values_what_was_written() -> None:
    shown = shown_of(operation(), {"contactId": "7", "email": "rosa@example.com"}, {"succeded": True}, "")
    assert shown["record"] == "7"
    assert shown["fields"]["email"] == "rosa@example.com"


def test_an_answer_that_is_one_field_alone_is_that_field() -> None:
    shown = shown_of(operation(result="tags"), {"contactId": "7", "tags": ["new"]}, ["old", "new"], "")
    assert shown["fields"]["tags"] == ["old", "new"]


def test_each_of_the_accounts_own_fields_counts_by_itself() -> None:
    written = [{"id": "f1", "field_value": "5"}]
    answer = {"customFields": [{"id": "f1", "value": 5}, {"id": "f2", "value": "somebody else's"}]}
    shown = shown_of(operation(), {"contactId": "1", "customFields": written}, answer, "1")
    assert shown["fields"] == {"contactId": "1", "customFields.f1": 5}


def test_of_a_create_the_whole_answer_is_remembered() -> None:
    answer = {"id": "1", "type": "lead"}
    assert shown_of(operation(Kind.CREATE), {}, answer, "1")["answer"] == answer
    assert "answer" not in shown_of(operation(), {}, answer, "1")


@pytest.mark.parametrize(
    "answer", [None, [], "text", 5, {"customFields": "odd"}, {"customFields": [1, None]}]
)
def test_odd_answers_break_nothing(answer: Any) -> None:
    shown_of(operation(), {"contactId": "1", "customFields": [{"id": ["x"]}, 3]}, answer, "")


# --- updates --------------------------------------------------------------------------------------


def test_a_change_of_what_we_wrote_alone_is_an_echo() -> None:
    assert is_echo(changed(firstName="Rosie"), [wrote(firstName="Rosie")])
    assert is_echo(changed(tags=["new", "old"]), [wrote(tags=["old", "new"])])


@pytest.mark.parametrize(
    ("now", "written"),
    [
        ({"firstName": "Rosie", "tags": []}, {"firstName": "Rosie"}),
        ({"firstName": "Rosalind"}, {"firstName": "Rosie"}),
        ({"tags": ["theirs"]}, {"firstName": "Rosa"}),
        ({"firstName": "Rosie"}, {}),
    ],
)
def test_a_change_with_anything_else_in_it_is_told(now: dict[str, Any], written: dict[str, Any]) -> None:
    assert not is_echo(changed(**now), [wrote(**written)])


def test_several_of_our_writes_explain_a_change_together() -> None:
    writes = [wrote(firstName="Rosie"), wrote(NOON + timedelta(seconds=1), tags=["new"])]
    assert is_echo(changed(firstName="Rosie", tags=["new"]), writes)


def test_the_later_of_two_writes_counts() -> None:
    writes = [wrote(firstName="Rosie"), wrote(NOON + timedelta(seconds=1), firstName="Rosa-Maria")]
    assert is_echo(changed(firstName="Rosa-Maria"), writes)
    assert not is_echo(changed(firstName="Rosie"), writes)


def test_a_write_from_before_we_last_looked_explains_nothing() -> None:
    """Somebody put back by hand what we had once written."""
    looked = NOON + timedelta(hours=1)
    assert not is_echo(changed(looked, firstName="Rosie"), [wrote(firstName="Rosie")])


def test_a_strange_value_beside_our_own_field_of_a_list_is_told() -> None:
    ours = {"customFields.f1": 5}
    both = [{"id": "f1", "value": 5}, {"id": "f2", "value": "theirs"}]
    assert is_echo(changed(customFields=both[:1]), [wrote(**ours)])
    assert not is_echo(changed(customFields=both), [wrote(**ours)])


def test_without_a_write_nothing_is_an_echo() -> None:
    assert not is_echo(changed(firstName="Rosie"), [])


# --- creations and deletions ----------------------------------------------------------------------


def made(made_at: datetime | None, **after: Any) -> Change:
    return Change(record="1", before=None, after={"id": "1", **after}, since=None, made_at=made_at)


def created(**answer: Any) -> Written:
    return Written(
        claimed_at=NOON,
        settled_at=NOON + timedelta(seconds=1),
        deletes=False,
        shown={"record": "1", "fields": {}, "answer": {"id": "1", **answer}},
    )


def test_a_record_that_we_made_and_nobody_touched_is_an_echo() -> None:
    assert is_echo(made(NOON, email="r@example.com"), [created(email="r@example.com", type="lead")])


@pytest.mark.parametrize(
    "change",
    [
        made(NOON - timedelta(minutes=5), email="r@example.com"),
        made(None, email="r@example.com"),
        made(NOON, email="other@example.com"),
    ],
    ids=["older than our write", "of no known age", "changed since"],
)
def test_a_record_that_may_be_somebody_elses_is_told(change: Change) -> None:
    assert not is_echo(change, [created(email="r@example.com")])


def test_what_we_deleted_is_an_echo_and_what_others_deleted_is_not() -> None:
    gone = Change(record="1", before=BEFORE, after=None, since=NOON - timedelta(minutes=1))
    assert is_echo(gone, [wrote(deletes=True)])
    assert not is_echo(gone, [wrote()])
    assert not is_echo(gone, [])


# --- comparing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [(None, ""), ("", []), ([], None), (["a", "b"], ["b", "a"]), ({"x": None}, {"x": ""}), (3, 3.0)],
)
def test_values_that_mean_the_same(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(("one", "other"), [(0, None), (False, None), ("a", "A"), (["a"], ["a", "a"])])
def test_values_that_do_not(one: Any, other: Any) -> None:
    assert not same(one, other)


def test_lists_of_id_and_value_are_taken_apart() -> None:
    row = {"a": [{"id": "x", "value": 1}], "b": [{"id": "y"}], "c": ["z"]}
    assert flat(row) == {"a.x": 1, "b": [{"id": "y"}], "c": ["z"]}
