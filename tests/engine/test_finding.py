"""A step that looks first: updates what is there, creates what is not, asks where several could be meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from integrations.engine.errors import ContractBroken, Duplicate, WrongUse
from integrations.engine.execute import Issue
from integrations.engine.finding import completed, matching, problems
from integrations.engine.freeze import freeze, thaw
from integrations.engine.rewording import of_steps
from integrations.engine.spec import (
    Attempt,
    FieldMapping,
    Finding,
    Outcome,
    ProofKind,
    Read,
    Step,
    WorkflowSpec,
    Write,
)
from tests.engine.workflows import APP, NOW, Drive, start, workflow, write

FINDS = Finding(operation="things.find", by="title", filter="query", update="things.change", update_id="id")
ONLY_ABSENT = replace(FINDS, update="", update_id="")


def upsert(finds: Finding = FINDS, **more: Any) -> Step:
    return write("put", finds=finds, **more)


class Shelf:
    """An app with some things; `behind` are there, and its search does not show them yet."""

    def __init__(self, *titles: str, behind: str = "") -> None:
        self.rows = [{"id": f"t{n}", "title": title} for n, title in enumerate(titles, 1)]
        self.behind = behind

    def __call__(self, issue: Issue) -> Outcome:
        command = issue.command
        if isinstance(command, Read):
            return Outcome(
                {
                    "things": [
                        row
                        for row in self.rows
                        if row["title"].casefold().startswith(command.values["query"][:1].casefold())
                    ]
                }
            )
        assert isinstance(command, Write)
        if command.operation == "things.change":
            return Outcome(
                {"id": command.values["id"], "title": command.values["title"]}, command.values["id"]
            )
        if command.values["title"] == self.behind:
            return Outcome({"id": "t9"}, "t9", Duplicate("It is there already.", record_id="t9"))
        return Outcome({"id": "new", "title": command.values["title"]}, "new")


def results(drive: Drive) -> Any:
    return drive.stories[-1].value


def test_what_is_not_there_is_created() -> None:
    drive = Drive(workflow(upsert()), answer=Shelf("Six", "Sevens"))
    assert [issue.command.operation for issue in drive.issues] == ["things.find", "things.create"]  # type: ignore[union-attr]
    assert (results(drive)["what"], results(drive)["id"]) == ("created", "new")
    assert drive.finish.status.value == "succeeded"


def test_what_is_there_is_updated_with_the_same_values() -> None:
    drive = Drive(workflow(upsert()), answer=Shelf("Six", "seven "))
    _, change = drive.issues
    assert change.command == Write("things.change", {"id": "t2", "title": "Seven"})
    assert (results(drive)["what"], results(drive)["id"]) == ("updated", "t2")


def test_only_if_absent_leaves_what_is_there_and_says_so() -> None:
    drive = Drive(workflow(upsert(ONLY_ABSENT)), answer=Shelf("Seven"))
    assert len(drive.issues) == 1
    assert results(drive) == {"id": "t1", "what": "left as it was", "record": {"id": "t1", "title": "Seven"}}
    assert drive.finish.status.value == "skipped"


@pytest.mark.parametrize("finds", [FINDS, ONLY_ABSENT])
def test_several_are_told_and_none_is_touched(finds: Finding) -> None:
    drive = Drive(workflow(upsert(finds)), answer=Shelf("Seven", "SEVEN"))
    assert len(drive.issues) == 1
    assert "2 records in The Shop have this title (ids t1, t2)" in drive.finish.reason


def test_what_turns_out_to_be_there_is_updated_after_all() -> None:
    drive = Drive(workflow(upsert()), answer=Shelf(behind="Seven"))
    assert drive.addresses == ["put//0/1", "put//0/0", "put//0/2"]
    assert drive.issues[-1].command == Write("things.change", {"id": "t9", "title": "Seven"})
    assert results(drive)["what"] == "updated"
    left = Drive(workflow(upsert(ONLY_ABSENT)), answer=Shelf(behind="Seven"))
    assert (results(left)["what"], results(left)["id"]) == ("left as it was", "t9")


def test_of_one_list_the_same_key_is_made_once_though_the_search_lags() -> None:
    step = upsert(for_each="event.guests[].{t: @}", source="item.t")
    begun = start(event={"guests": ["Ann", "ann ", "Bob"]})
    drive = Drive(workflow(step), begun, Shelf())
    made = [issue.command for issue in drive.issues if isinstance(issue.command, Write)]
    assert [command.operation for command in made] == ["things.create", "things.change", "things.create"]


def test_a_key_without_a_value_is_told() -> None:
    step = replace(upsert(), mappings=(FieldMapping(target="note", default="x"),))
    finds = replace(FINDS, by="note")
    app = replace(
        step, finds=finds, mappings=(*write().mappings, FieldMapping(target="note", source="event.no"))
    )
    drive = Drive(workflow(app), answer=Shelf())
    assert "looks for the record by note, and that is empty" in drive.finish.reason


def test_the_create_is_looked_up_by_the_chosen_field_whatever_its_own_proof() -> None:
    drive = Drive(workflow(upsert()), answer=Shelf())
    issue = drive.issues[-1]
    assert issue.looks_first
    assert issue.operation is not None and issue.operation.proof is not None
    proof = issue.operation.proof
    assert (proof.kind, proof.visible_after_s) == (ProofKind.NATURAL_KEY, 60)
    assert issue.target == "things:Seven"
    assert proof.look_up is not None
    for owned, found in ((frozenset[str](), "t1"), (frozenset({"t1"}), None)):
        attempt = Attempt(values={"title": "Seven"}, mark="", claimed_at=NOW, owned=owned)
        script = proof.look_up(attempt)
        assert next(script) == Read("things.find", {"query": "Seven"})
        with pytest.raises(StopIteration) as stop:
            script.send(Outcome([{"id": "t1", "title": "seven"}, {"id": "t2", "title": "x"}]))
        assert (stop.value.value or {}).get("id") == found


@pytest.mark.parametrize(
    ("answer", "rows", "sentence"),
    [
        ({"a": [], "b": []}, "", "no list of records by itself"),
        ({"a": []}, "contacts", "no list of records at “contacts”"),
        ([{"id": 1, "name": "Seven"}], "", "has “title”"),
        ([{"title": "Seven"}], "", "no id at “id”"),
        (["t1"], "", "no list of records"),
        ({"error": "x"}, "", "no list of records"),
    ],
)
def test_an_answer_that_cannot_be_read_is_not_taken_for_nobody_there(
    answer: Any, rows: str, sentence: str
) -> None:
    with pytest.raises(ContractBroken, match=sentence):
        matching(replace(FINDS, rows=rows), answer, "seven", "Put")


@pytest.mark.parametrize(
    ("answer", "rows"),
    [
        ([{"id": 1, "title": "Seven"}], ""),
        ({"total": 1, "things": [{"id": 1, "title": "Seven"}]}, ""),
        ({"a": [], "b": {"c": [{"id": 1, "title": "Seven"}]}}, "b.c"),
        ({"id": 1, "title": "Seven"}, ""),
        ([{"id": 1, "title": "Seven"}, {"id": 1, "title": "Seven"}], ""),
    ],
)
def test_the_rows_are_found_in_the_shapes_that_apps_have(answer: Any, rows: str) -> None:
    assert len(matching(replace(FINDS, rows=rows), answer, "seven", "Put")) == 1
    assert matching(FINDS, None, "seven", "Put") == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"operation": "things.create"}, "writes; choose the list"),
        ({"by": "tilte"}, "There is no field of things.create “tilte”"),
        ({"filter": "q"}, "There is no parameter of things.find “q”"),
        ({"update": "things.find"}, "changes no record"),
        ({"update_id": "nr"}, "There is no field of things.change “nr”"),
        ({"rows": "["}, "cannot be read"),
        ({"id": ""}, "has the record’s id"),
        ({"visible_after_s": -1}, "0 to 3600"),
    ],
)
def test_what_keeps_it_from_looking_is_said(change: Mapping[str, Any], sentence: str) -> None:
    told = list(problems(upsert(replace(FINDS, **change)), APP))
    assert any(sentence in one for one in told), told
    assert list(problems(upsert(), APP)) == []


def test_the_field_for_the_id_is_found_where_there_is_but_one() -> None:
    assert completed(replace(FINDS, update_id=""), APP).update_id == "id"
    with pytest.raises(WrongUse, match="no field for the record’s id"):
        completed(replace(FINDS, update="things.update", update_id=""), APP)


def test_it_is_kept_and_read_again_the_same() -> None:
    spec: WorkflowSpec = workflow(upsert(goes_on=True, for_each="event.guests"))
    assert thaw(freeze(spec)) == spec
    frozen = freeze(spec)
    frozen["steps"][0]["finds"]["bye"] = "x"
    with pytest.raises(WrongUse, match="bye"):
        thaw(frozen)
    with pytest.raises(WrongUse, match="does not write"):
        thaw({**freeze(spec), "steps": [{**freeze(spec)["steps"][0], "kind": "read"}]})


def test_how_it_looks_is_told_in_words_between_two_versions() -> None:
    told = [change.says for change in of_steps(workflow(write("put")), workflow(upsert(goes_on=True)))]
    assert told == [
        "how it looks first: nothing → looks first by title (things.find) and changes the record there with "
        "things.change.",
        "whether it goes on beyond an item that fails: no → yes.",
    ]
