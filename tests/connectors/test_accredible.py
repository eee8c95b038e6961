"""What is particular to Accredible.

Payloads: the official OpenAPI 25.08.0 (accredible/api-documentation) and the recorded answers of its own
clients (accredible/moodle-mod_accredible, accredible/accredible-learndash-add-on).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import jmespath
import pytest

from integrations.connectors.accredible import CONNECTOR
from integrations.connectors.accredible.certificates import ROW, happenings, sweep
from integrations.engine.errors import ContractBroken, CredentialRefused, HubError, NotFound, Refused
from integrations.engine.spec import Account, Answer, Outcome, Page, Since
from integrations.engine.transport import Transport, prepare

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
ACCOUNT = Account(
    connector="accredible",
    environment="production",
    name="Academy",
    base_url=CONNECTOR.hosts["eu"],
    settings={"region": "eu"},
    secrets={"api_key": "abcdef0123456789"},
)

REFUSALS: list[tuple[int, Any, type[HubError], str]] = [
    (
        400,
        {"code": 400, "message": "bad filter", "status": "invalid_search_query", "errors": {}},
        ContractBroken,
        "bad filter",
    ),
    (401, "HTTP Token: Access denied.", CredentialRefused, "region"),
    (401, {"success": False, "data": "issuer_token not valid"}, CredentialRefused, "region"),
    (
        401,
        {"success": False, "data": "Not enough or too many segments"},
        CredentialRefused,
        "not an Accredible API key",
    ),
    (403, {"errors": "Private Certificate, use key"}, Refused, "Private Certificate"),
    (404, {"errors": "Doesn't exist"}, NotFound, "Doesn't exist"),
    (404, {"error": "Not found"}, NotFound, "Not found"),
    (
        404,
        {"success": False, "data": "No credential with the id given in your account"},
        NotFound,
        "No credential",
    ),
    (422, {"errors": "Invalid Group"}, Refused, "Invalid Group"),
    (422, {"errors": {"course_name": ["can't be blank"]}}, Refused, "course_name can't be blank"),
    (500, {"errors": "Internal server error"}, Refused, "Internal server error"),
    (422, "<html>Oops</html>", Refused, "status 422"),
]


@pytest.mark.parametrize(("status", "body", "kind", "words"), REFUSALS)
def test_every_shape_of_refusal_is_read(status: int, body: Any, kind: type[HubError], words: str) -> None:
    operation = CONNECTOR.operation("credentials.update")
    error = CONNECTOR.refusal(Answer(status=status, headers={}, body=body), operation)
    assert type(error) is kind
    assert words in error.sentence


@pytest.mark.parametrize(
    ("issuer", "sentence"),
    [
        (
            {"id": 1, "name": "Academy", "email": "a@example.com", "certificate_left": 100},
            "Connected to Academy (a@example.com), 100 credits left.",
        ),
        (
            {"name": "Academy", "emil": "a@example.com", "certificate_left": 0},
            "Connected to Academy (a@example.com), 0 credits left.",
        ),
        ({"name": "Academy"}, "Connected to Academy, credits unknown."),
    ],
)
def test_verify_tells_name_and_credits_and_forgives_a_misspelt_key(issuer: Any, sentence: str) -> None:
    assert CONNECTOR.verify.say(issuer) == sentence


def test_the_key_is_signed_as_documented_and_a_change_is_wrapped() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=CONNECTOR.operation("credentials.get").sample)

    transport = Transport(httpx.Client(transport=httpx.MockTransport(answer)), lambda: NOW)
    operation = CONNECTOR.operation("credentials.update")
    result = transport.call(CONNECTOR, operation, ACCOUNT, {"id": "7", "expired_on": "2026-11-21"})
    assert seen[0].headers["authorization"] == "Token token=abcdef0123456789"
    assert str(seen[0].url) == "https://eu.api.accredible.com/v1/credentials/7"
    assert seen[0].content == b'{"credential":{"expired_on":"2026-11-21"}}'
    assert result.outcome.record_id == "10250012"


def test_a_credential_read_by_itself_has_the_names_of_a_search_row() -> None:
    operation = CONNECTOR.operation("credentials.get")
    row = jmespath.search(operation.result, operation.sample)
    assert (row["id"], row["recipient_email"], row["recipient_name"]) == (
        "10250012",
        "rosa@example.com",
        "Rosa Diaz",
    )
    assert row["group"] == {"id": 12472, "name": "first-aid-2026"}
    assert row["url"] == "https://www.credential.net/10250012"
    assert jmespath.search(operation.result, {"credential": {"id": 5}})["id"] == "5"


# --- polling --------------------------------------------------------------------------------------


def asked(since: Since) -> dict[str, Any]:
    return dict(next(sweep(since)).values)  # type: ignore[union-attr]


def test_a_sweep_filters_by_day_and_groups() -> None:
    since = Since(moment=datetime(2026, 11, 18, 23, 59, tzinfo=UTC), settings={"group_ids": ["12472", 7]})
    assert asked(since) == {
        "query": {"updated_at[gte]": "2026-11-18", "group.id[in]": [12472, 7]},
        "sort": {"id": "asc"},
        "page": {"size": 50, "from": 0},
    }
    prepare(CONNECTOR, CONNECTOR.operation("credentials.search"), ACCOUNT, asked(since))


@pytest.mark.parametrize(
    ("settings", "groups"), [({}, None), ({"group_ids": []}, None), ({"group_ids": "1, 2"}, [1, 2])]
)
def test_without_a_past_and_without_groups_everything_is_read(settings: Any, groups: Any) -> None:
    assert asked(Since(moment=None, settings=settings))["query"].get("group.id[in]") == groups
    assert "updated_at[gte]" not in asked(Since(moment=None, settings=settings))["query"]


def test_a_sweep_goes_past_ten_thousand_rows_with_the_cursor() -> None:
    script, outcome, seen = sweep(Since(moment=None, settings={})), None, 0
    total, with_cursor = 10_070, 0
    try:
        while True:
            command = script.send(outcome)
            outcome = None
            if isinstance(command, Page):
                seen += len(command.rows)
                continue
            page = command.values["page"]
            with_cursor += "cursor" in page
            start = page["from"] if "from" in page else int(page["cursor"])
            rows = [{"id": number} for number in range(start, min(start + 50, total))]
            outcome = Outcome({"credentials": rows, "meta": {"cursor": str(start + len(rows))}})
    except StopIteration:
        assert (seen, with_cursor) == (total, 2)


NESTED = jmespath.search(
    CONNECTOR.operation("credentials.get").result, CONNECTOR.operation("credentials.get").sample
)
HELD = {**ROW, "approve": False, "published_on": None}
TODAY, YESTERDAY, TOMORROW = "2026-11-21", "2026-11-20", "2026-11-22"

CHANGES: list[tuple[str, Any, Any, list[str]]] = [
    ("published, never seen", None, ROW, ["issued:10250012"]),
    ("held back, never seen", None, HELD, []),
    ("held back, then published", HELD, ROW, ["issued:10250012"]),
    ("approved but not out yet", None, {**ROW, "published_on": None}, []),
    ("out at last", {**ROW, "published_on": None}, ROW, ["issued:10250012"]),
    ("renamed", ROW, {**ROW, "name": "Second Aid"}, []),
    ("over when first seen", None, {**ROW, "expired_on": YESTERDAY}, []),
    ("gets an end in the future", ROW, {**ROW, "expired_on": TOMORROW}, []),
    ("ends in the ordinary way", {**ROW, "expired_on": TODAY}, {**ROW, "expired_on": TODAY, "name": "x"}, []),
    ("ended today", ROW, {**ROW, "expired_on": TODAY}, [f"revoked:10250012:expired:{TODAY}"]),
    (
        "end moved to the past",
        {**ROW, "expired_on": "2030-01-01"},
        {**ROW, "expired_on": YESTERDAY},
        [f"revoked:10250012:expired:{YESTERDAY}"],
    ),
    (
        "same end, written as a time",
        {**ROW, "expired_on": YESTERDAY},
        {**ROW, "expired_on": f"{YESTERDAY}T00:00:00.000Z"},
        [],
    ),
    ("unpublished", ROW, HELD, ["revoked:10250012:unpublished"]),
    ("deleted", ROW, None, ["revoked:10250012:gone"]),
    ("deleted before it was out", HELD, None, []),
    ("never seen and gone", None, None, []),
    ("read by itself, unchanged", ROW, NESTED, []),
    ("seen by search after being read by itself", NESTED, ROW, []),
    ("ended, read by itself", ROW, {**NESTED, "expired_on": TODAY}, [f"revoked:10250012:expired:{TODAY}"]),
    ("unpublished, read by itself", ROW, {**NESTED, "approve": False}, ["revoked:10250012:unpublished"]),
]


@pytest.mark.parametrize(
    ("before", "after", "keys"), [change[1:] for change in CHANGES], ids=[change[0] for change in CHANGES]
)
def test_what_a_change_means(before: Any, after: Any, keys: list[str]) -> None:
    trigger = CONNECTOR.trigger("credentials.changed")
    kept = None if before is None else {key: before.get(key) for key in trigger.remember}
    assert [what.key for what in happenings(kept, after, NOW)] == keys


def test_the_event_type_goes_with_the_key() -> None:
    assert happenings(None, ROW, NOW)[0].type == "certificate.issued"
    assert happenings(ROW, None, NOW)[0].type == "certificate.revoked"
