"""What is particular about Credly: its token, pages, thin webhooks, badges, and rules about them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations import catalog
from integrations.connectors.credly import CONNECTOR, new_token
from integrations.connectors.credly.badges import admits, happenings, sweep
from integrations.connectors.credly.errors import refusal
from integrations.connectors.credly.paging import filter_of, page_in, pages
from integrations.connectors.credly.proofs import find_issued, find_replacement, find_revoked
from integrations.connectors.credly.reading import badge_of, template_of
from integrations.connectors.credly.rows import badge_row, written
from integrations.connectors.credly.webhooks import own, read
from integrations.engine.errors import (
    BadSignature,
    ContractBroken,
    CredentialRefused,
    HubError,
    MappingFailed,
    NotFound,
    Refused,
    ScopeMissing,
    VendorTrouble,
    WrongUse,
)
from integrations.engine.spec import Answer, Attempt, Outcome, Page, Read, Since, Situation, Write
from tests.connectors.driving import drive

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SITUATION = Situation(now=NOW, settings={})
ISSUE = CONNECTOR.operation("badges.issue")

# Shortened from generalsystemsvehicle/zero-gravitas d842b78, tests/Fixtures/Badges/issue.json.
ISSUED: dict[str, Any] = {
    "badge_template": {
        "id": "66c1cf3f-5b98-4f90-a83c-eac0c2e5809c",
        "name": "Badge Template 2",
        "state": "active",
    },
    "id": "f77311e5-9d8c-4c4f-a5e7-089ae2f0b85b",
    "issued_to": "Earner First Name Earner Last Name",
    "issued_to_first_name": "Earner First Name",
    "issued_to_last_name": "Earner Last Name",
    "issuer_earner_id": "abc123",
    "public": True,
    "recipient_email": "test@example.com",
    "replacement_badge_id": None,
    "replaces_badge_id": None,
    "revocation_reason": None,
    "state": "pending",
    "updated_at": "2014-04-01T14:41:00.000Z",
    "created_at": "2014-04-01T14:41:00.000Z",
    "expires_at": None,
    "expires_at_date": None,
    "issued_at": "2014-04-01T14:41:00.000Z",
    "issued_at_date": "2014-04-01",
    "state_updated_at": None,
    "evidence": [],
    "accept_badge_url": "https://localhost/badges/f77311e5-9d8c-4c4f-a5e7-089ae2f0b85b/accept",
}
# The same repository, tests/Fixtures/Badges/index-bulk.json.
SHORT: dict[str, Any] = {
    "id": "67ee7b52-069a-443f-89c3-d9a85dfd2873",
    "issued_to": "Alfred Skiles",
    "issued_to_first_name": "Alfred",
    "issued_to_last_name": "Skiles",
    "issuer_earner_id": None,
    "public": True,
    "recipient_email": "user10001@example.com",
    "state": "accepted",
    "badge_url": "https://www.youracclaim.com/badges/9f53aa64-ce37-4dbe-b6bb-b6d0f02c774d",
    "updated_at": "2014-04-01T14:41:00.000Z",
    "created_at": "2014-04-01T14:41:00.000Z",
    "expires_at": "2016-04-01T14:41:00.000Z",
    "issued_at": "2014-04-01T14:41:00.000Z",
    "state_updated_at": "2018-01-26T20:17:45.444Z",
    "badge_template": {"id": "2150de13-abd7-47d0-a696-68855cac1bae", "name": "Badge Template 2"},
    "user": {"id": "63855321-2f8e-42f2-8d6c-48b94ea70966"},
}
# The same repository, tests/Fixtures/Events/get.json, shortened.
EVENT = {
    "id": "e2bcb651-563c-4ad9-a3f2-0c36ff61c1f1",
    "event_type": "badge.created",
    "organization_id": "bc39eefb-c33e-4605-a702-424d188068b1",
    "occurred_at": "2014-04-01T14:41:00.000Z",
    "badge": ISSUED,
}
# www.credly.com/docs, webhooks.
THIN = {
    "id": "f1d1a1c2-0000-4000-8000-000000000001",
    "organization_id": "bc39eefb-c33e-4605-a702-424d188068b1",
    "event_type": "badge_template.changed",
    "occurred_at": "2026-02-03T14:05:00.000Z",
}


def listed(rows: list[dict[str, Any]], after: str | None = None) -> dict[str, Any]:
    return {"data": rows, "metadata": {"count": len(rows), "per": 50, "next_page_url": after}}


def collected(script: Any, answer: Callable[[Any], Any]) -> tuple[list[dict[str, Any]], list[Any]]:
    """The rows of a sweep, and what it asked for."""
    rows: list[dict[str, Any]] = []
    asked: list[Any] = []
    outcome: Outcome | None = None
    while True:
        try:
            command = script.send(outcome)
        except StopIteration:
            return rows, asked
        outcome = None
        if isinstance(command, Page):
            rows += command.rows
        else:
            asked.append(command)
            outcome = Outcome(answer(command))


# --- signing in -----------------------------------------------------------------------------------


def test_the_token_is_the_user_name_and_the_password_is_empty() -> None:
    header = CONNECTOR.auths[0].sign({"token": "XXwJArBw8J6a"})["Authorization"]
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == "XXwJArBw8J6a:"


def test_a_token_ends_after_180_days_and_is_warned_of_three_times() -> None:
    auth = CONNECTOR.auths[0]
    assert (auth.lasts_days, auth.warn_days) == (180, (30, 14, 3))
    assert auth.renewal is not None
    assert CONNECTOR.operation(auth.renewal.operation).answer[0].secret


NEW = "XXwJArBw8J6aJezzluJSzCn_UFzg1DayuwlJ"  # the length of one in AuthorizationTokens/index.json


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"id": "6dac84e3", "token": NEW, "description": None}, "metadata": {}},
        {"data": [{"id": "6dac84e3", "token": NEW}], "metadata": {}},
        {"data": {"authorization_token": NEW}},
        {"data": {"authorization_token": {"token": NEW}}},
        {"token": NEW},
        {"data": NEW},
    ],
)
def test_the_new_token_is_found_wherever_the_rotation_puts_it(answer: Any) -> None:
    assert new_token(answer) == NEW


@pytest.mark.parametrize(
    "answer", [None, "ok", {}, {"data": {"message": "ok"}}, {"data": {"token": "short"}}]
)
def test_a_rotation_without_a_token_says_what_to_do(answer: Any) -> None:
    with pytest.raises(ContractBroken, match="Authorization tokens") as refused:
        new_token(answer)
    assert NEW not in refused.value.sentence


@pytest.mark.parametrize(
    ("organization", "says"),
    [
        # Organizations/get.json of the same repository
        (
            {"name": "Organization 9", "webhook_url": "https://example.com/webhook.asp"},
            "Connected to Organization 9; its webhooks go to https://example.com/webhook.asp.",
        ),
        ({"name": "Riverside", "webhook_url": None}, "Connected to Riverside; it sends no webhooks yet."),
    ],
)
def test_verifying_says_whose_account_it_is(organization: Any, says: str) -> None:
    assert CONNECTOR.verify.say(organization) == says


# --- refusals -------------------------------------------------------------------------------------

REFUSALS = [
    (401, {"data": {"message": "Unauthorized"}}, CredentialRefused, "180 days"),
    (403, {"data": {"message": "Forbidden"}}, ScopeMissing, "organization ID"),
    (404, {"message": "resource not found"}, NotFound, "resource not found"),
    (410, None, NotFound, "no such record"),
    (422, {"data": {"message": "User already has this badge"}}, Refused, "User already has this badge"),
    (422, {"data": {"errors": {"issued_at": ["is invalid"]}}}, Refused, "issued_at is invalid"),
    (400, {"data": {"message": "bad filter"}}, ContractBroken, "bad filter"),
    (503, "<html>Down</html>", Refused, "status 503"),
]


@pytest.mark.parametrize(("status", "body", "kind", "says"), REFUSALS)
def test_a_refusal_is_of_its_kind(status: int, body: Any, kind: type[HubError], says: str) -> None:
    error = refusal(Answer(status=status, headers={}, body=body), ISSUE)
    assert type(error) is kind
    assert says in error.sentence


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("https://api.credly.com/v1/organizations/o/badges?page=2", 2),
        ("https://api.youracclaim.com/v1/organizations/o/badges?filter=state%3A%3Aactive&page=11", 11),
        ("https://sandbox-api.credly.com/v1/organizations/o/badges?page=3", 3),
    ],
)
def test_the_next_page_is_taken_out_of_its_address(address: str, page: int) -> None:
    assert page_in(address) == page


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example.com/v1/organizations/o/badges?page=2",
        "https://credly.com.evil.example/badges?page=2",
        "https://notcredly.com/badges?page=2",
        "https://api.credly.com/v1/organizations/o/badges?cursor=abc",
        "https://api.credly.com/v1/organizations/o/badges?page=two",
    ],
)
def test_a_next_page_elsewhere_or_of_an_unknown_kind_is_not_followed(address: str) -> None:
    with pytest.raises(VendorTrouble):
        page_in(address)


def test_pages_are_followed_to_the_last_and_the_filter_goes_along() -> None:
    def answer(command: Read) -> Any:
        second = command.values.get("page") == 2
        return listed([{"id": "b"}]) if second else listed([{"id": "a"}], "https://api.credly.com/x?page=2")

    rows, asked = collected(pages("badges.list", {"filter": "state::pending"}), answer)
    assert [row["id"] for row in rows] == ["a", "b"]
    assert [dict(command.values) for command in asked] == [
        {"filter": "state::pending"},
        {"filter": "state::pending", "page": 2},
    ]


def test_a_page_that_names_itself_again_ends_the_reading() -> None:
    with pytest.raises(VendorTrouble, match="same next page twice"):
        collected(
            pages("badges.list", {}), lambda command: listed([{"id": "a"}], "https://api.credly.com/x?page=2")
        )


def test_filters_are_joined_and_a_value_that_would_break_them_is_refused() -> None:
    assert filter_of(issuer_earner_id="c1", state=None, badge_template_id="t") == (
        "issuer_earner_id::c1|badge_template_id::t"
    )
    with pytest.raises(MappingFailed):
        filter_of(recipient_email_all="a|state::revoked@example.com")


# --- badges as rows -------------------------------------------------------------------------------


def test_a_pending_badge_is_at_its_page_of_acceptance_and_an_accepted_one_at_its_own() -> None:
    assert badge_row(ISSUED)["url"].endswith("/accept")
    assert badge_row(SHORT)["url"] == SHORT["badge_url"]
    assert (badge_row(SHORT)["issued_on"], badge_row(SHORT)["expires_on"]) == ("2014-04-01", "2016-04-01")
    assert badge_row(SHORT)["badge_template_name"] == "Badge Template 2"


def test_a_row_of_a_row_is_the_row() -> None:
    assert badge_row(badge_row(ISSUED)) == badge_row(ISSUED)


def test_times_are_written_as_credly_writes_them() -> None:
    at = datetime.fromisoformat("2026-02-03T14:05:00-05:00")
    assert written(at) == "2026-02-03 14:05:00 -0500"


ROW = badge_row(ISSUED)
CHANGES: list[tuple[str, Any, Any, list[str]]] = [
    ("issued", None, ROW, ["badge.pending"]),
    ("first seen when accepted", None, {**ROW, "state": "accepted"}, ["badge.accepted"]),
    ("first heard of when deleted", None, {**ROW, "state": "deleted"}, []),
    ("nothing", ROW, ROW, []),
    ("only the clock moved", ROW, {**ROW, "updated_at": "2026-11-21T08:00:00.000Z"}, []),
    ("accepted", ROW, {**ROW, "state": "accepted"}, ["badge.accepted"]),
    ("rejected", ROW, {**ROW, "state": "rejected"}, ["badge.rejected"]),
    ("revoked", {**ROW, "state": "accepted"}, {**ROW, "state": "revoked"}, ["badge.revoked"]),
    ("a state nobody knows", ROW, {**ROW, "state": "suspended"}, ["badge.changed"]),
    ("deleted, by its event", ROW, {**ROW, "state": "deleted"}, ["badge.deleted"]),
    ("gone", ROW, None, ["badge.deleted"]),
    ("gone after its event", {**ROW, "state": "deleted"}, None, []),
    ("never seen and gone", None, None, []),
]


@pytest.mark.parametrize(("before", "after", "types"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_what_a_change_of_a_badge_means(before: Any, after: Any, types: list[str]) -> None:
    assert [what.type for what in happenings(before, after, NOW)] == types


def test_a_state_is_told_once_however_it_was_heard_of() -> None:
    by_event = badge_of({**EVENT, "badge": {**ISSUED, "state": "accepted"}})
    by_list = badge_row({**SHORT, "id": ISSUED["id"]})
    (first,), (second,) = happenings(None, by_event, NOW), happenings(ROW, by_list, NOW)
    assert first.key == second.key


def test_only_chosen_templates_are_let_in() -> None:
    assert admits(ROW, {})
    assert admits(ROW, {"template_ids": [ROW["badge_template_id"]]})
    assert not admits(ROW, {"template_ids": ["other"]})


# --- looking --------------------------------------------------------------------------------------


def test_the_first_look_reads_all_badges() -> None:
    rows, asked = collected(sweep(Since(moment=None, settings={})), lambda command: listed([ISSUED]))
    assert [command.operation for command in asked] == ["badges.list"]
    assert rows == [ROW]


def event(number: int, at: str, **badge: Any) -> dict[str, Any]:
    return {**EVENT, "id": f"e{number}", "occurred_at": at, "badge": {**ISSUED, **badge}}


def test_later_looks_read_events_back_to_the_last_look_the_newest_of_each_badge() -> None:
    newest_first = [
        event(3, "2026-11-21T11:00:00.000Z", state="accepted"),
        event(2, "2026-11-21T10:00:00.000Z"),
        {
            **EVENT,
            "event_type": "badge_template.changed",
            "occurred_at": "2026-11-21T09:30:00.000Z",
            "badge": None,
        },
        event(1, "2026-11-20T10:00:00.000Z", id="old"),
    ]
    page = listed(newest_first, "https://api.credly.com/x?page=2")
    rows, asked = collected(sweep(Since(moment=NOW - timedelta(hours=4), settings={})), lambda command: page)
    assert [row["state"] for row in rows] == ["accepted"]
    assert [command.operation for command in asked] == ["events.list"], "and no second page"


def test_an_event_without_its_badge_is_read_by_itself() -> None:
    thin = {key: value for key, value in EVENT.items() if key != "badge"}
    thin["occurred_at"] = "2026-11-21T11:00:00.000Z"

    def answer(command: Read) -> Any:
        return EVENT if command.operation == "events.get" else listed([thin])

    rows, asked = collected(sweep(Since(moment=NOW - timedelta(hours=4), settings={})), answer)
    assert [command.operation for command in asked] == ["events.list", "events.get"]
    assert [row["id"] for row in rows] == [ISSUED["id"]]


@pytest.mark.parametrize(("how", "operation"), [("badges", "badges.list"), ("bulk", "badges.search")])
def test_where_there_are_no_events_the_badges_are_read(how: str, operation: str) -> None:
    rows, asked = collected(
        sweep(Since(moment=NOW, settings={"look_at": how})), lambda command: listed([SHORT])
    )
    assert ([command.operation for command in asked], rows[0]["state"]) == ([operation], "accepted")


def test_an_unknown_way_to_look_is_answered_with_the_right_ones() -> None:
    with pytest.raises(WrongUse, match="badges, bulk, events"):
        next(sweep(Since(moment=NOW, settings={"look_at": "guess"})))


# --- webhooks -------------------------------------------------------------------------------------


def test_a_webhook_is_its_event_and_nothing_more() -> None:
    (notice,) = read(THIN, {})
    assert (notice.type, notice.id, notice.record) == ("badge_template.changed", THIN["id"], THIN["id"])
    assert notice.account == THIN["organization_id"]
    assert notice.at == datetime(2026, 2, 3, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"id": "x"}, {"event_type": "badge.created"}, {**THIN, "id": 5}]
)
def test_what_is_no_event_is_refused(body: Any) -> None:
    with pytest.raises(WrongUse):
        read(body, {})


def test_an_event_name_nobody_knows_is_kept() -> None:
    (notice,) = read({**THIN, "event_type": "employee.accepted"}, {})
    assert notice.type == "employee.accepted"


def test_an_event_of_another_organization_is_not_believed() -> None:
    (notice,) = read(THIN, {})
    own(notice, {"organization_id": THIN["organization_id"]})
    for settings in ({"organization_id": "another"}, {}):
        with pytest.raises(BadSignature):
            own(notice, settings)


def test_webhooks_are_unsigned_and_answered_with_exactly_200() -> None:
    hooks = catalog.connector("credly").webhooks
    assert hooks is not None
    assert (hooks.signed, hooks.accepted, hooks.shared) == (False, 200, False)


def fetched(known: dict[str, Any], answer: Any, record: str = "e1") -> tuple[Any, list[Any]]:
    fetch = CONNECTOR.trigger("badges.changed").fetch
    assert fetch is not None
    return drive(fetch(record, known, {}), lambda command: answer)


def test_the_badge_of_a_webhook_is_fetched_with_its_event() -> None:
    row, asked = fetched({"event_type": "badge.created"}, EVENT)
    assert row == ROW
    assert asked == [Read("events.get", {"event_id": "e1"})]


def test_an_event_that_is_not_there_brings_nothing() -> None:
    row, _ = fetched({"event_type": "badge.created"}, Outcome(error=NotFound("Not there.")))
    assert row is None


def test_a_deleted_badge_is_shown_for_the_last_time() -> None:
    row = badge_of({**EVENT, "event_type": "badge.deleted", "occurred_at": "2026-11-21T11:00:00.000Z"})
    assert row is not None
    assert (row["state"], row["updated_at"]) == ("deleted", "2026-11-21T11:00:00.000Z")


@pytest.mark.parametrize("template", [None, {}, "x", {"name": "bare"}])
def test_the_event_of_a_deleted_template_may_hold_nothing(template: Any) -> None:
    assert template_of({"event_type": "badge_template.deleted", "badge_template": template}) is None


def test_a_badge_is_read_again_among_those_of_its_earner() -> None:
    known = {"issuer_earner_id": "abc123", "badge_template_id": "t", "recipient_email": "test@example.com"}
    row, asked = fetched(known, listed([SHORT, ISSUED]), ISSUED["id"])
    assert row == ROW
    assert asked[0].values["filter"] == "issuer_earner_id::abc123|badge_template_id::t"


@pytest.mark.parametrize(
    ("there", "outcome"),
    [
        ("", "set"),
        ("https://hub.example.com/hooks/credly/k", "same"),
        ("https://other.example.com/", "refused"),
    ],
)
def test_the_one_address_for_webhooks_is_not_taken_from_somebody_else(there: str, outcome: str) -> None:
    url = "https://hub.example.com/hooks/credly/k"

    def answer(command: Read | Write) -> Any:
        return {"webhook_url": url} if isinstance(command, Write) else {"webhook_url": there}

    script = CONNECTOR.procedure("ensure_webhook").run({"url": url}, SITUATION)
    if outcome == "refused":
        with pytest.raises(Refused, match="elsewhere already"):
            drive(script, answer)
        return
    found, asked = drive(script, answer)
    assert found == {"webhook_url": url, "changed": outcome == "set"}
    assert [type(command) for command in asked] == ([Read, Write] if outcome == "set" else [Read])


# --- issuing --------------------------------------------------------------------------------------

ADA = {
    "recipient_email": "Ada@Example.org",
    "issued_to_first_name": "Ada",
    "issued_to_last_name": "Lovelace",
    "badge_template_id": "t",
    "issuer_earner_id": "con1",
}


def issued(values: dict[str, Any], standing: list[dict[str, Any]] | None = None) -> tuple[Any, list[Any]]:
    def answer(command: Read | Write) -> Any:
        return ISSUED if isinstance(command, Write) else listed(standing or [])

    return drive(CONNECTOR.procedure("issue_badge").run(values, SITUATION), answer)


def body_of(asked: list[Any]) -> dict[str, Any]:
    (write,) = [command for command in asked if isinstance(command, Write)]
    return dict(write.values)


def test_a_badge_is_issued_now_in_small_letters_and_with_the_contacts_id() -> None:
    badge, asked = issued(ADA)
    assert body_of(asked) == {
        **ADA,
        "recipient_email": "ada@example.org",
        "issued_at": "2026-11-21 12:00:00 +0000",
    }
    assert (badge["id"], badge["already"]) == (ISSUED["id"], False)


def test_who_has_it_already_gets_no_second_one() -> None:
    badge, asked = issued(ADA, [ISSUED])
    assert badge["already"] is True
    assert not [command for command in asked if isinstance(command, Write)]


@pytest.mark.parametrize("state", ["revoked", "deleted"])
def test_one_that_was_taken_back_may_be_issued_again(state: str) -> None:
    assert issued(ADA, [{**ISSUED, "state": state}])[0]["already"] is False


def refused_with(then: list[dict[str, Any]]) -> Callable[[Any], Any]:
    lists = iter([[], [], then, then])

    def answer(command: Read | Write) -> Any:
        if isinstance(command, Write):
            return Outcome(error=Refused("Credly refused “Issue a badge”: User already has this badge."))
        return listed(next(lists))

    return answer


def test_a_refusal_is_work_done_already_when_the_badge_is_there() -> None:
    badge, _ = drive(CONNECTOR.procedure("issue_badge").run(ADA, SITUATION), refused_with([ISSUED]))
    assert (badge["id"], badge["already"]) == (ISSUED["id"], True)


def test_any_other_refusal_stays_one() -> None:
    with pytest.raises(Refused, match="already has this badge"):
        drive(CONNECTOR.procedure("issue_badge").run(ADA, SITUATION), refused_with([]))


NAMES = [
    ("both", {}, ("Ada", "Lovelace")),
    (
        "whole name",
        {"issued_to_first_name": "", "issued_to_last_name": "", "name": "Ada King Lovelace"},
        ("Ada King", "Lovelace"),
    ),
    ("one word, repeated", {"issued_to_last_name": ""}, ("Ada", "Ada")),
    ("one word, dashed", {"issued_to_last_name": "", "one_word": "dash"}, ("Ada", "-")),
    ("only a last name", {"issued_to_first_name": None, "one_word": "dash"}, ("Lovelace", "-")),
]


@pytest.mark.parametrize(("given", "names"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES])
def test_a_first_and_a_last_name_are_found(given: dict[str, Any], names: tuple[str, str]) -> None:
    body = body_of(issued({**ADA, **given})[1])
    assert (body["issued_to_first_name"], body["issued_to_last_name"]) == names


@pytest.mark.parametrize(
    "given",
    [
        {"issued_to_last_name": "", "one_word": "ask"},
        {"issued_to_first_name": "", "issued_to_last_name": "", "name": ""},
        {"issued_at": "yesterday"},
    ],
)
def test_what_cannot_be_issued_is_told_before_anything_is_sent(given: dict[str, Any]) -> None:
    with pytest.raises(MappingFailed):
        issued({**ADA, **given})


def test_links_in_notes_are_evidence_and_plain_notes_only_where_that_is_wanted() -> None:
    notes = ["<p>See https://academy.example.com/exams/1</p>", "Passed with distinction."]
    link = {
        "type": "UrlEvidence",
        "value": "https://academy.example.com/exams/1",
        "name": "Evidence",
        "description": "See https://academy.example.com/exams/1",
    }
    assert body_of(issued({**ADA, "notes": notes})[1])["evidence"] == [link]
    both = body_of(issued({**ADA, "notes": notes, "text_evidence": True})[1])["evidence"]
    assert both == [link, {"type": "TextEvidence", "value": "Passed with distinction.", "name": "Note"}]


# --- rules ----------------------------------------------------------------------------------------

LEAD, CUSTOMER = "t-lead", "t-customer"
RULES = {"Lead": LEAD, "customer": CUSTOMER}


def badge(template: str, **more: Any) -> dict[str, Any]:
    of = {"id": template, "name": template.upper()}
    return {**ISSUED, "id": f"b-{template}", "issuer_earner_id": "con1", "badge_template": of, **more}


def weighed(words: Any, there: list[dict[str, Any]], **more: Any) -> dict[str, list[str]]:
    values = {
        "issuer_earner_id": "con1",
        "recipient_email": "a@example.org",
        "words": words,
        "rules": RULES,
        **more,
    }
    found, _ = drive(CONNECTOR.procedure("weigh_rules").run(values, SITUATION), lambda command: listed(there))
    return {
        "issue": [row["badge_template_id"] for row in found["issue"]],
        "replace": [f"{row['badge_id']}→{row['badge_template_id']}" for row in found["replace"]],
        "revoke": [row["id"] for row in found["revoke"]],
    }


def test_a_word_earns_its_badge_whatever_its_capitals() -> None:
    assert weighed(["lead", "other"], []) == {"issue": [LEAD], "replace": [], "revoke": []}


def test_who_has_the_badge_earns_nothing_more() -> None:
    assert weighed("lead", [badge(LEAD)])["issue"] == []
    assert weighed("lead", [badge(LEAD, issuer_earner_id=None)])["issue"] == [], "found by e-mail alone"


def test_a_badge_that_no_rule_asks_for_any_more_is_surplus() -> None:
    assert weighed("", [badge(LEAD)])["revoke"] == ["b-t-lead"]


@pytest.mark.parametrize(
    "there", [badge(LEAD, issuer_earner_id=None), badge(LEAD, issuer_earner_id="other"), badge("t-unruled")]
)
def test_somebody_elses_badge_is_never_surplus(there: dict[str, Any]) -> None:
    assert weighed("", [there])["revoke"] == []


def test_another_status_replaces_the_badge_where_that_is_chosen() -> None:
    assert weighed("customer", [badge(LEAD)], surplus="replace") == {
        "issue": [],
        "replace": ["b-t-lead→t-customer"],
        "revoke": [],
    }
    assert weighed("customer", [badge(LEAD)]) == {"issue": [CUSTOMER], "replace": [], "revoke": ["b-t-lead"]}


def test_a_rule_may_name_the_template_and_be_written_as_text() -> None:
    assert weighed("lead", [badge(LEAD)], rules="lead = T-LEAD; customer=t-customer")["issue"] == []
    with pytest.raises(MappingFailed, match="word = badge template id"):
        weighed("lead", [], rules="lead")


def test_a_rules_word_may_stand_inside_a_text() -> None:
    assert weighed(["Call the Lead back", None], [], inside=True)["issue"] == [LEAD]
    assert weighed(["Call the Lead back"], [])["issue"] == []


def test_the_word_may_be_the_value_of_one_custom_field() -> None:
    fields = [{"id": "f1", "value": "Lead"}, {"id": "f2", "value": "customer"}]
    assert weighed(fields, [], field="f1")["issue"] == [LEAD]
    assert weighed(fields, [])["issue"] == []


def test_an_earner_is_found_by_e_mail_where_no_badge_has_their_id() -> None:
    def answer(command: Read) -> Any:
        return listed([SHORT] if "recipient_email_all" in command.values["filter"] else [])

    values = {"issuer_earner_id": "con1", "recipient_email": "User10001@example.com"}
    found, asked = drive(CONNECTOR.procedure("find_badges").run(values, SITUATION), answer)
    assert [command.values["filter"] for command in asked] == [
        "issuer_earner_id::con1",
        "recipient_email_all::user10001@example.com",
    ]
    assert (found["count"], found["latest"]["state"], found["email_differs"]) == (1, "accepted", False)


def test_a_badge_at_another_address_is_told() -> None:
    values = {"issuer_earner_id": "abc123", "recipient_email": "new@example.com"}
    found, _ = drive(
        CONNECTOR.procedure("find_badges").run(values, SITUATION), lambda command: listed([ISSUED])
    )
    assert found["email_differs"] is True


# --- after an unknown outcome ---------------------------------------------------------------------


def attempt(**values: Any) -> Attempt:
    return Attempt(values=values, mark="m", claimed_at=datetime(2014, 4, 1, 14, 40, 30, tzinfo=UTC))


def test_only_a_badge_made_since_the_claim_is_ours() -> None:
    wanted = {"issuer_earner_id": "abc123", "badge_template_id": "t"}
    older = {**ISSUED, "created_at": "2014-04-01T14:30:00.000Z"}
    assert drive(find_issued(attempt(**wanted)), lambda c: listed([older, ISSUED]))[0] == ISSUED
    assert drive(find_issued(attempt(**wanted)), lambda c: listed([older]))[0] is None


def test_a_revocation_and_a_replacement_are_found_where_they_show() -> None:
    revoked = {**ISSUED, "state": "revoked"}
    found, asked = drive(find_revoked(attempt(badge_id=ISSUED["id"])), lambda c: listed([SHORT, revoked]))
    assert (found, asked[0].values["filter"]) == (revoked, "state::revoked")
    # Badges/replace.json: the new badge names the one it took the place of.
    new = {**ISSUED, "id": "new", "replaces_badge_id": "old"}
    wanted = attempt(badge_id="old", badge_template_id="t")
    assert drive(find_replacement(wanted), lambda c: listed([SHORT, new]))[0] == new


# --- employees ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "did"),
    [
        ([], "employees.create"),
        ([{"id": "1", "external_id": "con1", "email": "old@example.org"}], "employees.update"),
        ([{"id": "1", "external_id": None, "email": "ADA@example.org"}], "employees.update"),
        ([{"id": "1", "external_id": "con1", "email": "ada@example.org", "first_name": "Ada"}], ""),
    ],
)
def test_an_employee_is_made_once_and_changed_only_when_different(
    there: list[dict[str, Any]], did: str
) -> None:
    values = {"external_id": "con1", "email": "ada@example.org", "first_name": "Ada", "team": ""}
    _, asked = drive(
        CONNECTOR.procedure("upsert_employee").run(values, SITUATION),
        lambda command: listed(there) if isinstance(command, Read) else {"id": "1"},
    )
    assert [command.operation for command in asked if isinstance(command, Write)] == ([did] if did else [])
