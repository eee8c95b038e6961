"""The journey of one event: what it asks for, in which order, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.engine.errors import Conflict, Duplicate, Refused
from integrations.engine.execute import Address, Finish, Issue, execute, replay
from integrations.engine.spec import (
    Field,
    FieldMapping,
    FieldType,
    Hold,
    Outcome,
    Proof,
    ProofKind,
    Read,
    Step,
    StepKind,
    Wait,
    Write,
)
from tests.engine.workflows import APP, NOW, Drive, read, start, workflow, write, yes


def step(kind: StepKind, id: str = "it", **more: Any) -> Step:
    return Step(id=id, title="A step", kind=kind, **more)


def fixed(**values: Any) -> tuple[FieldMapping, ...]:
    return tuple(FieldMapping(target=target, default=value) for target, value in values.items())


def refusing(error: Exception, *addresses: str) -> Any:
    """Everything works, but for these addresses."""

    def answer(issue: Issue) -> Outcome:
        return Outcome(error=error) if str(issue.address) in addresses else yes(issue)  # type: ignore[arg-type]

    return answer


# --- reads and writes -----------------------------------------------------------------------------


def test_a_read_then_a_write_are_asked_for_in_order_with_what_the_mappings_made() -> None:
    drive = Drive(workflow(read(), write(source="steps.look.name")))
    looked, made = (issue.command for issue in drive.issues)
    assert looked == Read("things.get", {"id": "7"})
    assert isinstance(made, Write) and made.values["title"] == "A thing"
    assert drive.finish == Finish(status=drive.finish.status.SUCCEEDED)
    assert drive.told() == [("look", "", "done"), ("make", "", "done")]


@pytest.mark.parametrize(("when", "state"), [("`false`", "skipped"), ("`true`", "failed")])
def test_what_stands_behind_a_filter_that_does_not_hold_cannot_fail(when: str, state: str) -> None:
    behind = write(source="event.nothing")
    drive = Drive(workflow(read(), step(StepKind.FILTER, "only", when=when), behind))
    assert drive.finish.status == state


def test_our_mark_is_added_to_what_the_operator_mapped() -> None:
    mapped = write()
    mapped = replace(mapped, mappings=(*mapped.mappings, FieldMapping(target="note", default="Hello")))
    (issue,) = Drive(workflow(mapped)).issues
    assert issue.command.values["note"] == f"Hello\n\n{issue.mark}"  # type: ignore[union-attr]
    assert issue.target == issue.mark
    (issue,) = Drive(workflow(write())).issues
    assert issue.command.values["note"] == issue.mark  # type: ignore[union-attr]


@pytest.mark.parametrize("given", [{"batch": "7"}, None], ids=["beside another", "alone"])
def test_in_an_object_our_mark_is_a_member_of_its_own(given: Any) -> None:
    making = APP.operation("things.create")
    about = Field(key="about", type=FieldType.OBJECT)
    proof = Proof(kind=ProofKind.MARKED, mark_field="about.hub")
    making = replace(making, fields=(*making.fields, about), proof=proof)
    app = replace(APP, operations={**APP.operations, "things.create": making})
    mapped = replace(write(), mappings=(*write().mappings, FieldMapping(target="about", default=given)))

    issue = next(execute(workflow(mapped), start(), {"shop": app}))

    assert issue.command.values["about"] == {**(given or {}), "hub": issue.mark}  # type: ignore[union-attr]
    assert given in ({"batch": "7"}, None)  # what was mapped stays as it is


def test_a_mark_is_another_for_another_run_and_the_same_for_the_same() -> None:
    marks = [
        Drive(workflow(write()), replace(start(), run_key=key)).issues[0].mark for key in ("r0", "r1", "r0")
    ]
    assert marks[0] == marks[2] != marks[1]


def test_a_write_names_the_identity_it_is_aimed_at() -> None:
    (issue,) = Drive(workflow(write(operation="things.update"))).issues
    assert issue.target == "things:Seven"


def test_a_run_that_only_reads_is_skipped() -> None:
    finish = Drive(workflow(read())).finish
    assert (finish.status.value, finish.reason) == ("skipped", "Nothing had to be changed.")


def test_a_missing_required_value_fails_before_anything_is_asked() -> None:
    drive = Drive(workflow(write(source="event.nothing_here")))
    assert drive.issues == []
    assert drive.finish.status.value == "failed"
    assert "`title` needs a value" in drive.finish.reason
    assert drive.told() == [("make", "", "failed")]


def test_a_refusal_ends_the_run_with_its_sentence() -> None:
    drive = Drive(workflow(read(), write()), answer=refusing(Refused("It is closed."), "make//0/0"))
    assert (drive.finish.status.value, drive.finish.reason) == ("failed", "It is closed.")
    assert isinstance(drive.finish.error, Refused)


def test_a_duplicate_is_adopted() -> None:
    last = write("next", source="steps.make.id")
    there = Duplicate("There already.", record_id="old")
    drive = Drive(workflow(write(), last), answer=refusing(there, "make//0/0"))
    assert drive.issues[1].command.values["title"] == "old"  # type: ignore[union-attr]
    assert drive.finish.status.value == "succeeded"


def test_a_duplicate_that_does_not_say_of_what_is_no_success() -> None:
    there = Duplicate("There already.", record_id="")
    drive = Drive(workflow(write()), answer=refusing(there, "make//0/0"))
    assert drive.finish.status.value == "failed"


# --- conditions, lists, filters -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "asked"),
    [
        ("", 1),
        ("event.id == '7'", 1),
        ("options.wanted", 1),
        ("event.id == '8'", 0),
        ("event.nothing", 0),
        ("trigger.type == 'made' && !options.wanted", 0),
    ],
)
def test_a_step_is_made_only_when_its_condition_holds(when: str, asked: int) -> None:
    drive = Drive(workflow(write(when=when), wanted=True))
    assert len(drive.issues) == asked
    assert drive.told() == [("make", "", "done" if asked else "skipped")]


def test_a_condition_that_cannot_be_read_fails_the_run_and_says_at_which_step() -> None:
    drive = Drive(workflow(write(when="event.id ==")))
    assert drive.finish.status.value == "failed"
    assert drive.told() == [("make", "", "failed")]
    assert drive.stories[0].reason == drive.finish.reason


def test_each_item_of_a_list_is_written_once_under_a_key_of_its_own() -> None:
    drive = Drive(workflow(write(for_each="event.guests", source="item")))
    assert [issue.command.values["title"] for issue in drive.issues] == ["ann", "bob"]  # type: ignore[union-attr]
    turned = start(event={"guests": ["bob", "ann"]})
    again = Drive(workflow(write(for_each="event.guests", source="item")), turned)
    assert sorted(drive.addresses) == sorted(again.addresses)


def test_a_later_step_sees_the_results_of_a_list_in_its_order() -> None:
    steps = (
        write(for_each="event.guests", source="item"),
        write("last", source="join(',', steps.make[].id)"),
    )
    drive = Drive(workflow(*steps))
    ids = [f"id of {address}" for address in drive.addresses[:2]]
    assert drive.issues[2].command.values["title"] == ",".join(ids)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        ([{"id": 1}, {"id": 2}, {"id": 1}], ["1", "2"]),
        ([{"id": "a/b"}], ["a/b"]),
    ],
)
def test_an_item_key_names_the_item(rows: list[Any], keys: list[str]) -> None:
    steps = write(for_each="event.rows", item_key="id", source="to_string(item.id)")
    drive = Drive(workflow(steps), start(event={"rows": rows}))
    assert [issue.address.item for issue in drive.issues] == keys
    assert [Address.parse(str(issue.address)) for issue in drive.issues] == [i.address for i in drive.issues]


@pytest.mark.parametrize("rows", [[{"name": "a"}, {"name": "b"}], [{"id": "x" * 500}, {"id": "y" * 500}]])
def test_items_without_a_usable_key_are_not_thrown_together(rows: list[Any]) -> None:
    drive = Drive(
        workflow(write(for_each="event.rows", item_key="id", source="event.title")),
        start(event={"rows": rows}),
    )
    items = [issue.address.item for issue in drive.issues]
    assert len(set(items)) == 2
    assert all(len(item) < 100 for item in items)


def test_an_empty_list_is_told_as_such() -> None:
    drive = Drive(workflow(write(for_each="event.nobody", source="item"), write("last")))
    assert [story.reason for story in drive.stories] == ["Its list was empty.", ""]
    assert drive.addresses == ["last//0/0"]


def test_what_is_no_list_fails_the_run_in_words() -> None:
    drive = Drive(workflow(write(for_each="event.title", source="item")))
    assert "has to give a list" in drive.finish.reason
    assert drive.told() == [("make", "", "failed")]


def test_a_filter_ends_the_run_as_skipped_with_its_reason() -> None:
    only = step(StepKind.FILTER, when="event.id == '8'", reason="Only eights are wanted.")
    drive = Drive(workflow(only, write()))
    assert (drive.finish.status.value, drive.finish.reason) == ("skipped", "Only eights are wanted.")
    assert drive.issues == []
    assert Drive(workflow(replace(only, when="event.id == '7'"), write())).finish.status.value == "succeeded"


# --- procedures -----------------------------------------------------------------------------------

FILL = step(
    StepKind.PROCEDURE,
    role="shop",
    operation="fill",
    mappings=(FieldMapping(target="shelf", source="event.id", required=True),),
)


def test_a_procedure_asks_for_one_call_after_the_other() -> None:
    def empty(issue: Issue) -> Outcome:
        return Outcome(None) if isinstance(issue.command, Read) else yes(issue)

    drive = Drive(workflow(FILL), answer=empty)
    assert drive.addresses == ["it//0/0", "it//0/1"]
    assert drive.stories[0].value == {"made": True, "id": "id of it//0/1"}
    assert drive.finish.status.value == "succeeded"


def test_a_procedure_knows_the_settings_of_its_account_and_may_find_nothing_to_do() -> None:
    drive = Drive(workflow(FILL), start(accounts={"shop": {"zone": "Europe/Berlin"}}))
    assert drive.stories[0].value == {"made": False, "zone": "Europe/Berlin"}
    assert drive.finish.status.value == "skipped"


def test_what_a_procedure_is_refused_ends_the_run() -> None:
    drive = Drive(workflow(FILL), answer=refusing(Refused("No entry."), "it//0/0"))
    assert drive.finish.reason == "No entry."


def test_a_procedure_may_ask_for_times_to_be_kept_and_is_told_which_were() -> None:
    def eleven(issue: Issue) -> Outcome:
        return Outcome(["eleven"]) if isinstance(issue.command, Hold) else yes(issue)

    keep = step(StepKind.PROCEDURE, role="shop", operation="keep", mappings=FILL.mappings)
    drive = Drive(workflow(keep), answer=eleven)
    assert drive.addresses == ["it//0/0", "it//0/1"]
    asked = drive.issues[1]
    assert (asked.command, asked.role, asked.operation) == (
        Hold(what="k", times={"ten": 1, "eleven": 2}),
        "shop",
        None,
    )
    assert drive.stories[0].value == {"kept": ["eleven"]}


# --- going back -----------------------------------------------------------------------------------

BOOKING = workflow(read(), write(again_from="look", again_max=2))


@pytest.mark.parametrize(
    ("conflicts", "addresses", "end"),
    [
        (0, ["look//0/0", "make//0/0"], "succeeded"),
        (1, ["look//0/0", "make//0/0", "look//1/0", "make//1/0"], "succeeded"),
        (9, [f"{name}//{turn}/0" for turn in range(3) for name in ("look", "make")], "failed"),
    ],
)
def test_a_conflict_goes_back_so_often_and_never_to_an_old_address(
    conflicts: int, addresses: list[str], end: str
) -> None:
    taken = refusing(Conflict("Taken."), *[f"make//{turn}/0" for turn in range(conflicts)])
    drive = Drive(BOOKING, answer=taken)
    assert drive.addresses == addresses
    assert drive.finish.status.value == end
    assert len({issue.mark for issue in drive.issues if issue.mark}) == len(addresses) / 2


def test_a_conflict_without_a_way_back_fails() -> None:
    drive = Drive(workflow(write()), answer=refusing(Conflict("Taken."), "make//0/0"))
    assert drive.finish.status.value == "failed"


# --- waiting, approving, answering ----------------------------------------------------------------


@pytest.mark.parametrize(("outcome", "end", "writes"), [(True, "succeeded", 1), (False, "skipped", 0)])
def test_a_person_decides(outcome: bool, end: str, writes: int) -> None:
    ask = step(StepKind.APPROVE, reason="Is that right?")
    drive = Drive(
        workflow(ask, write()),
        answer=lambda i: Outcome(outcome) if isinstance(i.command, Wait) else yes(i),
    )
    assert drive.issues[0].command == Wait("Is that right?", None)
    assert drive.finish.status.value == end
    assert len(drive.issues) == 1 + writes


@pytest.mark.parametrize(
    ("values", "until"),
    [
        ({"minutes": 90}, NOW + timedelta(minutes=90)),
        ({"minutes": "30"}, NOW + timedelta(minutes=30)),
        ({"until": "2027-02-02T10:00:00+01:00"}, NOW + timedelta(days=1, hours=3)),
    ],
)
def test_a_wait_says_until_when(values: dict[str, Any], until: Any) -> None:
    (issue,) = Drive(workflow(step(StepKind.WAIT, mappings=fixed(**values)))).issues
    assert isinstance(issue.command, Wait)
    assert issue.command.until == until


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"minutes": "soon"},
        {"minutes": "inf"},
        {"minutes": "nan"},
        {"minutes": 1e15},
        {"until": "tomorrow"},
        {"until": "2027-02-02T10:00:00"},
        {"until": 7},
    ],
)
def test_a_wait_that_cannot_be_read_says_what_it_needs(values: dict[str, Any]) -> None:
    drive = Drive(workflow(step(StepKind.WAIT, mappings=fixed(**values))))
    assert drive.issues == []
    assert "“A step” needs" in drive.finish.reason


def test_an_answer_is_what_a_request_gets() -> None:
    say = step(StepKind.ANSWER, mappings=(FieldMapping(target="name.first", source="steps.look.name"),))
    drive = Drive(workflow(read(), say))
    assert drive.finish.answer == {"name": {"first": "A thing"}}
    assert drive.finish.status.value == "succeeded"


# --- resuming -------------------------------------------------------------------------------------

EVERYTHING = workflow(
    read(),
    step(StepKind.APPROVE, "ask"),
    write(again_from="look", again_max=2),
    replace(FILL, id="fill"),
    write("guests", for_each="event.guests", source="item", when="event.id == '7'"),
    step(StepKind.WAIT, "rest", mappings=fixed(minutes=5)),
    step(StepKind.ANSWER, "say", mappings=(FieldMapping(target="made", source="steps.make.id"),)),
)


@given(conflicts=st.integers(0, 3), cut=st.integers(0, 30))
def test_a_run_cut_off_anywhere_goes_on_with_the_same_next_issue(conflicts: int, cut: int) -> None:
    taken = refusing(Conflict("Taken."), *[f"make//{turn}/0" for turn in range(conflicts)])
    whole = Drive(EVERYTHING, answer=taken)
    cut = min(cut, len(whole.issues))
    had = {address: whole.outcomes[address] for address in whole.addresses[:cut]}
    standing = replay(execute(EVERYTHING, start(), {"shop": APP}), had)
    assert standing == (whole.issues[cut] if cut < len(whole.issues) else whole.finish)


def test_no_address_is_used_twice() -> None:
    drive = Drive(EVERYTHING, answer=refusing(Conflict("Taken."), "make//0/0"))
    assert len(set(drive.addresses)) == len(drive.addresses)
