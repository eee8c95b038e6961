"""All calls of the official GoHighLevel files are in the catalogue, as the files declare them.

The comparison with the files reads them by itself, without the reader that made the table. The files (CC0,
github.com/GoHighLevel/highlevel-api-docs) are looked for beside the project; without them it is skipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from integrations import catalog
from integrations.connectors.ghl import CONNECTOR
from integrations.connectors.ghl.overrides import FILES, OVERRIDES, SCOPES
from integrations.connectors.ghl.table import KEYS, TABLE
from integrations.connectors.ghl.words import WORDS
from integrations.engine.spec import Field, Kind, Place

ROOT = Path(__file__).resolve().parents[2]
OFFICIAL = ROOT.parent / "shared" / "facts" / "openapi" / "ghl"
NEEDS_FILES = pytest.mark.skipif(
    not OFFICIAL.is_dir(), reason="the official OpenAPI files are not beside the project"
)
OPERATIONS = {f"{o.method} {o.path}": o for o in CONNECTOR.operations.values()}


def official_calls() -> list[tuple[str, str, Mapping[str, Any]]]:
    """(method, path, declaration) of every call, straight from the files."""
    return [
        (method.upper(), path, declared)
        for name in FILES
        for path, item in json.loads((OFFICIAL / "apps" / f"{name}.json").read_text())["paths"].items()
        for method, declared in item.items()
    ]


@NEEDS_FILES
def test_method_path_scopes_and_version_of_every_call_are_those_of_the_files() -> None:
    calls = official_calls()

    assert len(calls) == 187
    assert {f"{method} {path}" for method, path, _ in calls} == set(OPERATIONS)
    for method, path, declared in calls:
        operation = OPERATIONS[f"{method} {path}"]
        scopes = {scope for way in declared.get("security") or [] for part in way.values() for scope in part}
        versions = [
            parameter["schema"]["enum"][0]
            for parameter in declared["parameters"]
            if parameter["name"] == "Version"
        ]
        assert set(operation.scopes) == scopes, operation.key
        assert operation.version == next(iter(versions), ""), operation.key
        assert operation.operation_id == declared["operationId"]
        assert operation.deprecated is bool(declared.get("deprecated", False))
        assert str(operation.success[0]) in declared["responses"]


FACTS = (
    "type",
    "format",
    "enum",
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "maxItems",
    "pattern",
)


def same_facts(there: Any, here: Any, where: str) -> None:
    """Every fact of a schema in the files stands in the table, member by member."""
    if "$ref" in there:
        assert here["$ref"].split("/")[-1] == there["$ref"].split("/")[-1], where
        return
    if len(there.get("allOf", ())) == 1 and "properties" not in there:
        return same_facts(there["allOf"][0], here, where)
    assert {k: there[k] for k in FACTS if k in there} == {k: here[k] for k in FACTS if k in here}, where
    assert sorted(there.get("required", ())) == sorted(here.get("required", ())), where
    for flag in ("nullable", "deprecated", "readOnly"):
        assert bool(there.get(flag)) is bool(here.get(flag)), where
    assert list(there.get("properties", {})) == list(here.get("properties", {})), where
    for name, member in there.get("properties", {}).items():
        same_facts(member, here["properties"][name], f"{where}.{name}")
    if "items" in there:
        same_facts(there["items"], here["items"], f"{where}[]")
    for key in ("anyOf", "oneOf"):
        for place, part in enumerate(there.get(key, ())):
            same_facts(part, here[key][place], f"{where} {key}")
    return None


@NEEDS_FILES
def test_parameters_bodies_and_answers_of_every_call_are_those_of_the_files() -> None:
    for method, path, declared in official_calls():
        call = TABLE.calls[f"{method} {path}"]
        given = [p for p in declared["parameters"] if p["in"] != "header"]
        assert [(p.name, p.place, p.required) for p in call.parameters] == [
            (p["name"], p["in"], p["required"] or p["in"] == "path") for p in given
        ], call.name
        for ours, theirs in zip(call.parameters, given, strict=True):
            beside = {key: theirs[key] for key in ("anyOf",) if key in theirs}
            same_facts({**theirs["schema"], **beside}, ours.schema, f"{call.name} {ours.name}")
        for media, body in declared.get("requestBody", {}).get("content", {}).items():
            assert call.content == media
            same_facts(body["schema"], call.body, f"{call.name} body")
        good = {int(s): r for s, r in declared["responses"].items() if s.startswith("2")}
        assert set(call.answers) == set(good)
        for status, response in good.items():
            for answer in response.get("content", {}).values():
                same_facts(answer["schema"], call.answers[status], f"{call.name} {status}")


@NEEDS_FILES
def test_every_named_schema_is_that_of_its_file() -> None:
    for name, schema in TABLE.schemas.items():
        file, _, part = name.partition("/")
        document = json.loads((OFFICIAL / "apps" / f"{file}.json").read_text())
        same_facts(document["components"]["schemas"][part], schema, name)


@NEEDS_FILES
def test_no_sentence_of_the_vendor_stands_in_the_table() -> None:
    table = Path(CONNECTOR.official.table).read_text() if CONNECTOR.official else ""

    assert table.isascii()
    for _, path, declared in official_calls():
        said = declared["description"].strip()
        assert len(said) < 15 or said not in table, path
    assert not re.search(r'"(description|summary|example|examples)": "', table)


def test_every_call_has_one_key_and_the_table_knows_the_same() -> None:
    assert len(CONNECTOR.operations) == len(TABLE.calls) == 187
    assert {name: words.key for name, words in WORDS.items()} == KEYS
    assert len({operation.title for operation in OPERATIONS.values()}) == 187


def test_the_catalogue_lists_every_call_and_every_event_type() -> None:
    entries = catalog.entries("ghl")
    heard = {event for entry in entries if entry["kind"] == "trigger" for event in entry["hears"]}

    assert len(entries) >= 187 + 41
    assert CONNECTOR.webhooks is not None
    assert heard == set(CONNECTOR.webhooks.types)
    assert len(heard) >= 41


def test_only_the_token_exchange_declares_no_scope_and_gets_none() -> None:
    silent = {key for key, o in CONNECTOR.operations.items() if not o.scopes}

    assert len(silent) == 27
    assert {key for key in silent if not CONNECTOR.operations[key].needed_scopes} == {"oauth.token"}
    assert not [o.key for o in CONNECTOR.operations.values() if o.scopes and o.scopes_override]


def test_every_deviation_says_what_and_why_and_speaks_of_something() -> None:
    for override in OVERRIDES:
        assert override.says
        assert override.evidence
        assert all(at in TABLE.calls or at in TABLE.schemas for at in override.at), override.at
    assert len({name for override in SCOPES for name in override.at}) == 26


def test_every_version_that_is_declared_is_sent_and_two_calls_send_an_undeclared_one() -> None:
    sent = {o.key: dict(o.headers).get("Version", "") for o in OPERATIONS.values()}

    assert {key for key, version in sent.items() if version != CONNECTOR.operations[key].version} == {
        "emails.get", "emails.cancel_scheduled",
    }  # fmt: skip
    assert [key for key, version in sent.items() if not version] == ["oauth.token"]


READS_BY_POST = {
    "calendar_groups.validate_slug", "contacts.search", "oauth.location_token", "oauth.token",
    "opportunities.search_advanced", "records.search", "tasks.search", "users.filter_by_email",
}  # fmt: skip


def test_a_post_that_only_reads_is_a_read() -> None:
    reads = {o.key for o in OPERATIONS.values() if o.kind is Kind.READ and o.method != "GET"}

    assert reads == READS_BY_POST


def test_what_reaches_people_is_marked() -> None:
    assert {o.key for o in OPERATIONS.values() if o.reaches_people} == {
        "messages.send", "messages.reply_to_review", "live_chat.typing",
    }  # fmt: skip


# --- fields ---------------------------------------------------------------------------------------


def test_a_location_is_filled_in_wherever_it_is_declared_but_where_an_agency_says_which() -> None:
    for operation in OPERATIONS.values():
        for field in operation.fields:
            if field.key in ("locationId", "location_id"):
                wanted = "" if operation.audiences == ("agency",) else "location_id"
                assert field.fills == wanted, operation.key
            if field.key == "companyId":
                assert field.fills == "company_id", operation.key


@pytest.mark.parametrize(
    "key",
    [
        "calendars.free_slots",
        "calendars.update",
        "contacts.update",
        "contacts.add_tags",
        "contact_notes.create",
    ],
)
def test_calls_that_refuse_a_location_get_none(key: str) -> None:
    assert not [field.key for field in CONNECTOR.operation(key).fields if field.key == "locationId"]


def nested(fields: tuple[Field, ...]) -> list[Field]:
    return [inner for field in fields for inner in (field, *nested(field.fields))]


def test_pick_lists_that_fields_name_are_there() -> None:
    named = {
        field.reference
        for o in OPERATIONS.values()
        for field in nested(o.fields + o.answer)
        if field.reference
    }

    assert named <= set(CONNECTOR.references)
    assert {"calendars", "groups", "users", "tags", "pipelines", "stages", "workflows"} <= named


@pytest.mark.parametrize(
    ("key", "reference", "read"),
    [
        ("contacts.upsert", "contact_fields", "value"),
        ("contacts.create", "contact_fields", "value"),
        ("contacts.update", "contact_fields", "value"),
        ("opportunities.create", "opportunity_fields", "fieldValue"),
        ("opportunities.update", "opportunity_fields", "fieldValue"),
    ],
)
def test_the_accounts_own_fields_are_written_and_read_by_id(key: str, reference: str, read: str) -> None:
    operation = CONNECTOR.operation(key)
    written = operation.field("customFields")
    answered = next(field for field in operation.answer if field.key == "customFields")

    for field in (written, answered):
        assert field.reference == reference
        assert field.keyed is not None
        assert (field.keyed.id, field.keyed.written, field.keyed.read) == ("id", "field_value", read)


def test_what_may_only_be_read_is_not_sent() -> None:
    assert "meetingLocation" not in {field.key for field in CONNECTOR.operation("calendars.create").fields}


def test_every_declared_field_of_a_request_says_how_it_looks() -> None:
    for operation in OPERATIONS.values():
        assert [f.key for f in operation.fields if f.place is Place.PATH] == re.findall(
            r"{(\w+)}", operation.path
        )
    hours = CONNECTOR.operation("calendars.create").field("openHours")
    assert [member.key for member in hours.fields] == ["daysOfTheWeek", "hours"]
    assert [member.key for member in hours.fields[1].fields] == [
        "openHour", "openMinute", "closeHour", "closeMinute",
    ]  # fmt: skip
