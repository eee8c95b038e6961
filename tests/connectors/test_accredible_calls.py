"""Accredible's further calls: what is sent, what an answer means, and what several calls make together.

Payloads: the official OpenAPI 25.08.0 (accredible/api-documentation), and where it is said the answers that
first-party clients recorded (accredible/moodle-mod_accredible) or send (accredible/acms-php-api).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import jmespath
import pytest

from integrations.connectors.accredible import CONNECTOR
from integrations.connectors.accredible.certificates import ROW
from integrations.connectors.accredible.more_triggers import (
    happenings_changed,
    happenings_expiring,
    sweep_expiring,
    sweep_groups,
)
from integrations.connectors.accredible.words import CREDENTIAL, GROUP
from integrations.engine.errors import Duplicate, HubError, MappingFailed, NotFound, Refused
from integrations.engine.spec import Account, Answer, Attempt, Outcome, Read, Since, Situation, Write
from integrations.engine.transport import Transport
from tests.connectors.driving import drive

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
HERE = Situation(now=NOW, settings={})
ACCOUNT = Account(
    connector="accredible",
    environment="production",
    name="Academy",
    base_url=CONNECTOR.hosts["us"],
    secrets={"api_key": "abcdef0123456789"},
)
ROSA = {"name": "Rosa Diaz", "email": "rosa@example.com"}

SENT: list[tuple[str, dict[str, Any], str, str, Any]] = [
    (
        "credentials.create",
        {"recipient": ROSA, "group_id": 12472, "meta_data": {"batch": "7"}, "approve": False},
        "POST",
        "/v1/credentials",
        {
            "credential": {
                "recipient": ROSA,
                "group_id": 12472,
                "meta_data": {"batch": "7"},
                "approve": False,
            }
        },
    ),
    ("credentials.publish", {"id": "7"}, "PUT", "/v1/credentials/7", {"credential": {"approve": True}}),
    ("credentials.delete", {"id": "7"}, "DELETE", "/v1/credentials/7", None),
    (
        "credentials.bulk_create",
        {"credentials": [{"group_id": 1}]},
        "POST",
        "/v2/credentials/bulk_create",
        {"credentials": [{"group_id": 1}]},
    ),
    ("credentials.pdf", {"id": "7"}, "POST", "/v1/credentials/generate_single_pdf/7", None),
    ("credentials.analytics", {"id": "7"}, "POST", "/v1/credentials/analytics/7", None),
    ("analytics.list", {"start_date": "2026-11-01"}, "GET", "/v1/analytics?start_date=2026-11-01", None),
    (
        "sso.link",
        {"recipient_email": "rosa@example.com"},
        "POST",
        "/v1/sso/generate_link",
        {"recipient_email": "rosa@example.com"},
    ),
    (
        "evidence_items.create",
        {"credential_id": "7", "description": "Final Grade", "category": "grade", "string_object": "80"},
        "POST",
        "/v1/credentials/7/evidence_items",
        {"evidence_item": {"description": "Final Grade", "category": "grade", "string_object": "80"}},
    ),
    (
        "evidence_items.update",
        {"credential_id": "7", "id": "826", "description": "Grade"},
        "PUT",
        "/v1/credentials/7/evidence_items/826",
        {"evidence_item": {"description": "Grade"}},
    ),
    (
        "groups.create",
        {"name": "a", "course_name": "A", "course_description": "About A"},
        "POST",
        "/v1/issuer/groups",
        {"group": {"name": "a", "course_name": "A", "course_description": "About A"}},
    ),
    ("groups.update", {"id": "5", "name": "b"}, "PUT", "/v1/issuer/groups/5", {"group": {"name": "b"}}),
    ("team_members.get", {"id": "5501"}, "GET", "/v1/team_members/5501", None),
    (
        "attribute_keys.create",
        {"name": "location"},
        "POST",
        "/v1/attribute_keys",
        {"attribute_key": {"name": "location", "kind": "text"}},
    ),
]


@pytest.mark.parametrize(("key", "values", "method", "address", "body"), SENT, ids=[row[0] for row in SENT])
def test_a_call_is_sent_as_documented(
    key: str, values: dict[str, Any], method: str, address: str, body: Any
) -> None:
    seen: list[httpx.Request] = []
    operation = CONNECTOR.operation(key)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=operation.sample)

    transport = Transport(httpx.Client(transport=httpx.MockTransport(answer)), lambda: NOW)
    assert transport.call(CONNECTOR, operation, ACCOUNT, values).error is None
    (request,) = seen
    assert (request.method, request.url.raw_path.decode()) == (method, address)
    assert (json.loads(request.content) if request.content else None) == body


@pytest.mark.parametrize("key", ["evidence_items.create", "evidence_items.update"])
def test_evidence_is_read_wrapped_and_bare(key: str) -> None:
    operation = CONNECTOR.operation(key)
    bare = {"id": 826, "description": "Final Grade"}
    for answer in (bare, {"evidence_item": bare}):  # as recorded by Moodle's plugin, and as documented
        assert jmespath.search(operation.result, answer) == bare


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ({"departments": [{"id": 34, "name": "Courses"}]}, ["Courses"]),
        ({"departments": {"id": 34, "name": "Courses"}}, ["Courses"]),  # the documented example
    ],
)
def test_departments_are_read_as_a_list_and_as_one(answer: Any, names: list[str]) -> None:
    reference = CONNECTOR.references["departments"]
    rows = jmespath.search(reference.rows, answer)
    assert [jmespath.search(reference.label, row) for row in rows] == names


TAKEN = {"errors": {"recipient_email": ["has already been taken"]}}


@pytest.mark.parametrize(
    ("key", "status", "body", "kind"),
    [
        ("credentials.create", 422, TAKEN, Duplicate),
        ("credentials.update", 422, TAKEN, Refused),
        ("credentials.create", 422, {"errors": "Invalid Group"}, Refused),
        ("groups.create", 422, {"errors": {"course_name": ["can't be blank"]}}, Refused),
        ("sso.link", 404, {"error": "No Published Credential with this attribute"}, NotFound),
        (
            "evidence_items.update",
            404,
            {"errors": "No Evidence Item with the id given on the credential"},
            NotFound,
        ),
        ("departments.create", 403, {"errors": "No Permission to manage Departments."}, Refused),
    ],
)
def test_a_refusal_of_each_kind(key: str, status: int, body: Any, kind: type[HubError]) -> None:
    answer = Answer(status=status, headers={}, body=body)
    assert type(CONNECTOR.refusal(answer, CONNECTOR.operation(key))) is kind


# --- looking a lost write up ----------------------------------------------------------------------


def look_up(key: str, values: dict[str, Any], found: Any) -> tuple[Any, list[Any]]:
    proof = CONNECTOR.operation(key).proof
    assert proof is not None
    assert proof.look_up is not None
    attempt = Attempt(values=values, mark="GHL-Hub-1", claimed_at=NOW)
    return drive(proof.look_up(attempt), lambda command: found)


def test_a_credential_is_found_by_our_mark_in_its_data() -> None:
    ours = {**ROW, "meta_data": {"ghl_hub": "GHL-Hub-1"}}
    record, asked = look_up("credentials.create", {}, {"credentials": [ROW, ours]})
    assert record["id"] == "10250012"
    assert asked == [Read("credentials.search", {"query": {"meta_data": {"ghl_hub": "GHL-Hub-1"}}})]


@pytest.mark.parametrize("meta", [{}, None, {"ghl_hub": "GHL-Hub-2"}])
def test_a_search_that_did_not_look_at_the_mark_finds_nothing_of_ours(meta: Any) -> None:
    record, _ = look_up("credentials.create", {}, {"credentials": [{**ROW, "meta_data": meta}]})
    assert record is None


def test_a_group_is_found_by_our_mark_and_evidence_by_its_description() -> None:
    marked = {**GROUP, "meta_data": {"ghl_hub": "GHL-Hub-1"}}
    assert look_up("groups.create", {}, {"groups": [GROUP, marked]})[0] == marked
    item = {"id": 826, "description": "Final Grade"}
    values = {"credential_id": "7", "description": "Final Grade"}
    assert look_up("evidence_items.create", values, {"evidence_items": [item]})[0] == item
    assert look_up("evidence_items.create", values, {"evidence_items": []})[0] is None


def test_an_attribute_key_is_found_by_its_whole_name() -> None:
    rows = {"attribute_keys": [{"id": 1, "name": "location 2"}, {"id": 2, "name": "location"}]}
    assert look_up("attribute_keys.create", {"name": "location"}, rows)[0]["id"] == 2
    assert look_up("attribute_keys.create", {"name": "loc"}, rows)[0] is None


# --- what several calls make together -------------------------------------------------------------


def run(key: str, values: dict[str, Any], **answers: Any) -> tuple[Any, list[Any]]:
    """`answers` by operation, a dot written as two underscores; an error is raised inside."""
    script = CONNECTOR.procedure(key).run(values, HERE)
    asked: list[Any] = []
    try:
        command = next(script)
        while True:
            assert isinstance(command, Read | Write)
            asked.append(command)
            found = answers[command.operation.replace(".", "__")]
            command = script.throw(found) if isinstance(found, Exception) else script.send(Outcome(found))
    except StopIteration as stop:
        return stop.value, asked


WANTED = {
    "recipient": ROSA,
    "group_id": 12472,
    "approve": True,
    "meta_data": {"ghl_appointment_id": "a1"},
    "once_by": "ghl_appointment_id",
}
NOBODY: dict[str, Any] = {"credentials": []}


def test_a_certificate_is_issued_where_none_is_known() -> None:
    told, asked = run("issue", WANTED, credentials__search=NOBODY, credentials__create=CREDENTIAL)
    assert (told["id"], told["issued"], told["held"]) == ("10250012", True, False)
    assert asked[0] == Read("credentials.search", {"query": {"meta_data": {"ghl_appointment_id": "a1"}}})
    assert asked[1].operation == "credentials.create"
    assert "once_by" not in asked[1].values


def test_one_that_is_known_is_not_issued_again() -> None:
    known = {**ROW, "meta_data": {"ghl_appointment_id": "a1"}}
    told, asked = run("issue", WANTED, credentials__search={"credentials": [known]})
    assert (told["id"], told["issued"]) == ("10250012", False)
    assert len(asked) == 1


def test_without_credits_it_is_made_and_held_and_that_is_no_failure() -> None:
    unpublished = {**CREDENTIAL, "approve": False}
    told, _ = run("issue", WANTED, credentials__search=NOBODY, credentials__create=unpublished)
    assert (told["issued"], told["held"]) == (True, True)
    wanted = {**WANTED, "approve": False}
    told, _ = run("issue", wanted, credentials__search=NOBODY, credentials__create=unpublished)
    assert told["held"] is False  # it was wanted so


def test_a_second_certificate_for_an_e_mail_is_the_first_one() -> None:
    answers = iter([NOBODY, {"credentials": [ROW]}])
    script = CONNECTOR.procedure("issue").run(WANTED, HERE)
    next(script)
    script.send(Outcome(next(answers)))
    command = script.throw(Duplicate("It is there already.", record_id=""))
    assert command == Read(
        "credentials.search",
        {"query": {"group.id[in]": [12472], "recipient_email[eq]": "rosa@example.com"}},
    )
    with pytest.raises(StopIteration) as stop:
        script.send(Outcome(next(answers)))
    assert (stop.value.value["id"], stop.value.value["issued"]) == ("10250012", False)


def test_attributes_are_set_beside_those_that_are_there() -> None:
    values = {"id": "7", "custom_attributes": {"booking_link": "https://x"}, "meta_data": {"a": "1"}}
    told, asked = run("set_attributes", values, credentials__get=CREDENTIAL, credentials__update=CREDENTIAL)
    assert told["changed"] is True
    assert asked[1].values == {
        "id": "7",
        "custom_attributes": {**CREDENTIAL["custom_attributes"], "booking_link": "https://x"},
        "meta_data": {"a": "1"},
    }


def test_attributes_that_are_so_already_are_not_written() -> None:
    values = {"id": "7", "custom_attributes": {"location": "Riverside"}}
    told, asked = run("set_attributes", values, credentials__get=CREDENTIAL)
    assert (told["changed"], len(asked)) == (False, 1)


KEEP = {"same_by": "ghl_group_id", "name": "Evening courses", "meta_data": {"ghl_group_id": "g1"}}
HAD = {**GROUP, "name": "Evening courses", "meta_data": {"ghl_group_id": "g1", "own": "x"}}


def test_a_group_is_made_where_none_says_that_it_is_the_same() -> None:
    _, asked = run("keep_group", KEEP, groups__search={"groups": [GROUP]}, groups__create=HAD)
    assert asked[1] == Write(
        "groups.create",
        {
            "name": "Evening courses",
            "course_name": "Evening courses",
            "course_description": "Evening courses",  # required there, and empty in GoHighLevel
            "meta_data": {"ghl_group_id": "g1"},
        },
    )


def test_a_known_group_keeps_its_public_name_and_the_rest_of_its_data() -> None:
    values = {**KEEP, "id": "5", "name": "Late courses", "course_name": "Late courses"}
    _, asked = run("keep_group", values, groups__get=HAD, groups__update=HAD)
    assert asked[1] == Write(
        "groups.update",
        {"id": "12472", "name": "Late courses"},
    )


def test_a_group_that_is_alike_is_not_written() -> None:
    told, asked = run("keep_group", {**KEEP, "id": "5"}, groups__get=HAD)
    assert (told, len(asked)) == (HAD, 1)


def test_a_group_that_somebody_deleted_is_searched_and_made_anew() -> None:
    answers = {"groups__get": NotFound("Gone."), "groups__search": {"groups": []}, "groups__create": HAD}
    _, asked = run("keep_group", {**KEEP, "id": "5"}, **answers)
    assert [command.operation for command in asked] == ["groups.get", "groups.search", "groups.create"]


def test_a_group_without_what_it_is_found_by_is_refused_in_words() -> None:
    with pytest.raises(MappingFailed, match="ghl_group_id"):
        run("keep_group", {**KEEP, "meta_data": {}})


def test_a_group_is_marked_and_one_that_is_gone_is_let_be() -> None:
    values = {"id": "5", "meta_data": {"ghl_deleted_on": "2026-11-21"}}
    _, asked = run("mark_group", values, groups__get=HAD, groups__update=HAD)
    assert asked[1].values["meta_data"] == {**HAD["meta_data"], "ghl_deleted_on": "2026-11-21"}
    assert run("mark_group", values, groups__get=NotFound("Gone."))[0] is None


PERSON = {"name": "Nora", "email": " Nora@Example.com", "group_id": 12472, "department_id": 34}


def test_a_login_sees_one_group_and_says_all_that_is_required() -> None:
    told, asked = run("let_in", PERSON, team_members__create={"id": 5501})
    assert told == {"id": 5501, "made": True}
    (given,) = asked[0].values["department_permissions"]
    assert given == {
        "department_id": 34,
        "permissions": {
            "designs": False,
            "emails": False,
            "credential_attributes": False,
            "analytics": False,
            "settings": False,
            "role": "viewer",
            "groups": [12472],
        },
    }
    assert asked[0].values["email"] == "nora@example.com"


def test_whoever_has_a_login_is_left_as_they_are() -> None:
    told, _ = run("let_in", PERSON, team_members__create=Duplicate("Taken.", record_id=""))
    assert told == {"id": None, "made": False}


# --- triggers -------------------------------------------------------------------------------------


def asked_first(sweep: Any) -> dict[str, Any]:
    return dict(next(sweep).values)


def test_what_expires_is_asked_for_from_today_to_the_last_day() -> None:
    since = Since(moment=NOW, settings={"days_before": "14", "group_ids": ["12472"]}, now=NOW)
    assert asked_first(sweep_expiring(since))["query"] == {
        "expired_on[gte]": "2026-11-21",
        "expired_on[lte]": "2026-12-05",
        "approve": True,
        "group.id[in]": [12472],
    }


@pytest.mark.parametrize(
    ("before", "after", "keys"),
    [
        (None, {**ROW, "expired_on": "2026-12-18"}, ["expiring:10250012:2026-12-18"]),
        ({"expired_on": "2026-12-18"}, {**ROW, "expired_on": "2026-12-18T00:00:00.000Z"}, []),
        ({"expired_on": "2026-12-18"}, {**ROW, "expired_on": "2027-12-18"}, ["expiring:10250012:2027-12-18"]),
        ({"expired_on": "2026-12-18"}, None, []),
        (None, ROW, []),
    ],
    ids=["new in the window", "the same day", "prolonged", "gone", "never expires"],
)
def test_each_last_day_is_told_once(before: Any, after: Any, keys: list[str]) -> None:
    assert [what.key for what in happenings_expiring(before, after, NOW)] == keys


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [(ROW, {**ROW, "updated_at": "2026-11-22"}, 1), (None, ROW, 0), (ROW, None, 0), (ROW, {"id": 1}, 0)],
    ids=["changed", "new", "gone", "never published"],
)
def test_a_change_is_told_of_what_was_known(before: Any, after: Any, count: int) -> None:
    assert len(happenings_changed(before, after, NOW)) == count


def test_groups_are_asked_for_by_the_day_of_their_change() -> None:
    since = Since(moment=datetime(2026, 11, 18, 23, tzinfo=UTC), settings={})
    assert asked_first(sweep_groups(since)) == {
        "start_updated_date": "2026-11-18",
        "page": 1,
        "page_size": 50,
    }
    assert "start_updated_date" not in asked_first(sweep_groups(Since(moment=None, settings={})))
