"""`make conformance`: its patches, its findings, wrong use; and that it notices what is broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conformance import __main__ as command
from tests.conformance import patches
from tests.conformance.edits import MISSING, WHATEVER, Change, Closed, Declare, Edit, Rename, Stale
from tests.conformance.findings import findings

needs_the_files = pytest.mark.skipif(
    not list(command.OFFICIAL.glob("apps/*.json")), reason="the official OpenAPI files are not here"
)
needs_the_proxy = pytest.mark.skipif(
    not command.PRISM.exists(), reason="the validator is not installed: make conformance does that"
)


def document() -> dict[str, Any]:
    return {
        "paths": {
            "/pets/{id}": {
                "get": {"parameters": [{"name": "limit", "in": "query", "schema": {"type": "any"}}]},
                "put": {
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
                    }
                },
            }
        },
        "components": {"schemas": {"Pet": {"required": ["id"], "properties": {"id": {"type": "object"}}}}},
    }


PET = ("components", "schemas", "Pet")


# --- patches --------------------------------------------------------------------------------------


def test_a_value_is_exchanged_where_it_is_as_expected() -> None:
    pets = document()
    Edit(place=(*PET, "properties", "id", "type"), before="object", after="string").apply(pets)
    assert pets["components"]["schemas"]["Pet"]["properties"]["id"] == {"type": "string"}


def test_a_parameter_is_found_by_its_name() -> None:
    pets = document()
    place = ("paths", "/pets/{id}", "get", "parameters", "limit", "schema", "type")
    Edit(place=place, before="any", after="number").apply(pets)
    assert pets["paths"]["/pets/{id}"]["get"]["parameters"][0]["schema"] == {"type": "number"}


def test_what_is_taken_away_is_gone_and_what_is_added_is_there() -> None:
    pets = document()
    Edit(place=(*PET, "required"), before=WHATEVER, after=MISSING).apply(pets)
    Edit(place=(*PET, "title"), before=MISSING, after="Pet").apply(pets)
    assert pets["components"]["schemas"]["Pet"] == {
        "properties": {"id": {"type": "object"}},
        "title": "Pet",
    }


def test_a_word_gets_another_name_and_keeps_what_it_holds() -> None:
    pets = document()
    Rename(place=PET, before="required", after="optional").apply(pets)
    assert pets["components"]["schemas"]["Pet"]["optional"] == ["id"]


def test_a_path_parameter_is_declared() -> None:
    pets = document()
    Declare(place=("get", "/pets/{id}"), name="id", schema={"type": "string"}).apply(pets)
    assert pets["paths"]["/pets/{id}"]["get"]["parameters"][-1] == {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
    }


def test_request_bodies_are_closed() -> None:
    pets = document()
    Closed().apply(pets)
    assert pets["components"]["schemas"]["Pet"]["additionalProperties"] is False


@pytest.mark.parametrize(
    "change",
    [
        Edit(place=(*PET, "properties", "id", "type"), before="number", after="string"),
        Edit(place=(*PET, "properties", "name", "type"), before="object", after="string"),
        Edit(place=(*PET, "title"), before=WHATEVER, after=MISSING),
        Edit(place=(*PET, "required"), before=MISSING, after=["id"]),
        Edit(place=("paths", "/cats", "get", "security"), before=MISSING, after=[]),
        Rename(place=PET, before="oneOf", after="anyOf"),
        Declare(place=("get", "/pets/{id}"), name="name", schema={}),
        Declare(place=("post", "/pets/{id}"), name="id", schema={}),
    ],
    ids=lambda change: change.told(),
)
def test_a_patch_that_no_longer_applies_is_an_error(change: Change) -> None:
    with pytest.raises(Stale):
        change.apply(document())


@pytest.mark.parametrize("twice", [Declare(place=("get", "/pets/{id}"), name="id", schema={}), Closed()])
def test_a_patch_that_was_applied_does_not_apply_again(twice: Change) -> None:
    pets = document()
    twice.apply(pets)
    with pytest.raises(Stale):
        twice.apply(pets)


@needs_the_files
def test_every_patch_applies_to_the_official_files_and_leaves_them_alone(tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in command.OFFICIAL.glob("apps/*.json")}
    documents = patches.copy(command.OFFICIAL, tmp_path / "copy")
    assert {path.name: path.read_bytes() for path in command.OFFICIAL.glob("apps/*.json")} == before
    assert {path.name for path in documents} == set(before)
    assert all(path.read_bytes() != before[path.name] for path in documents if path.stem == "calendars")


# --- what the validator says ----------------------------------------------------------------------


def answer(status: int = 200, listed: object = None, **problem: Any) -> httpx.Response:
    headers = {"content-type": "application/problem+json" if problem else "application/json"}
    if listed is not None:
        headers["sl-violations"] = listed if isinstance(listed, str) else json.dumps(listed)
    return httpx.Response(status, headers=headers, json=problem)


WRONG = {"location": ["response", "body", "id"], "severity": "Error", "code": "type", "message": "not text"}
STRANGE = {
    "location": ["response"],
    "severity": "Warning",
    "message": "Unable to match the returned status code with those defined in the document: 200",
}


def test_a_clean_answer_has_no_findings() -> None:
    assert findings(answer()) == []


def test_a_violation_in_the_header_counts() -> None:
    (found,) = findings(answer(listed=[WRONG]))
    assert (found.is_violation, str(found)) == (True, "response.body.id: not text")


def test_a_violation_in_header_and_problem_counts_once() -> None:
    assert len(findings(answer(500, listed=[WRONG], title="Violations", validation=[WRONG]))) == 1


def test_an_error_status_that_is_not_declared_is_no_violation() -> None:
    (found,) = findings(answer(404, listed=[STRANGE]))
    assert (found.is_violation, found.is_undeclared) == (False, True)


def test_a_success_status_that_is_not_declared_is_a_violation() -> None:
    (found,) = findings(answer(202, listed=[{**STRANGE, "severity": "Error"}]))
    assert (found.is_violation, found.is_undeclared) == (True, False)


@pytest.mark.parametrize(
    "response",
    [
        answer(404, title="Route not resolved", detail="no path matched"),
        answer(listed="Too many violations! [{"),
    ],
    ids=["an unknown path", "a header that was cut off"],
)
def test_what_says_nothing_in_particular_is_a_violation(response: httpx.Response) -> None:
    (found,) = findings(response)
    assert found.is_violation


# --- the command ----------------------------------------------------------------------------------


def test_without_the_official_files_it_cannot_be_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--openapi", str(tmp_path)]) == 2
    assert "There are no official OpenAPI files" in capsys.readouterr().err


@needs_the_files
def test_without_node_it_cannot_be_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.main([]) == 2
    assert "Node 20" in capsys.readouterr().err


@needs_the_files
@needs_the_proxy
def test_a_wrong_file_is_answered_with_the_right_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--only", "contcts"]) == 2
    assert "contacts" in capsys.readouterr().err


@needs_the_files
@needs_the_proxy
@pytest.mark.parametrize(
    ("broken", "status", "said"),
    [
        ([], 0, "0 violations"),
        (["--break", "request"], 1, "must have required property 'name'"),
        (["--break", "answer"], 1, "Response body must be object"),
    ],
    ids=["nothing", "a request", "the answers"],
)
def test_what_is_broken_on_purpose_is_noticed(
    broken: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--only", "businesses", *broken]) == status
    assert said in capsys.readouterr().out
