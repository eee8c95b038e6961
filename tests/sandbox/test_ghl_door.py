"""The front door of the simulated GHL: what is refused before an operation is reached, and the limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integrations.connectors.ghl.overrides import CALLS, scopes_override
from integrations.sandbox import Sandbox
from integrations.sandbox.ghl.declared import contract, every_scope
from integrations.sandbox.ghl.handlers import HANDLERS
from integrations.sandbox.ghl.router import ROUTES
from tests.sandbox.conftest import GHL_URL, Ghl


def problem(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()["message"]


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({"Version": None}, 401, "version header was not found."),
        ({"Version": "1999-01-01"}, 401, "version header is invalid"),
        ({"Authorization": None}, 401, "Invalid token: access token is invalid"),
        ({"Authorization": "Bearer nonsense"}, 401, "Invalid token: access token is invalid"),
        ({"Authorization": "Basic nonsense"}, 401, "Invalid token: access token is invalid"),
    ],
)
def test_bad_headers_are_refused(ghl: Ghl, headers: dict[str, str | None], status: int, message: str) -> None:
    wanted = {"Version": "2021-07-28", "Authorization": ghl.client.headers["Authorization"], **headers}
    sent = {name: value for name, value in wanted.items() if value is not None}
    client = httpx.Client(transport=ghl.sandbox.transport("ghl"), base_url=GHL_URL, headers=sent)
    assert problem(client.get(f"/locations/{ghl.location}")) == (status, message)


@pytest.mark.parametrize("version", ["2021-04-15", "2021-07-28", "2023-02-21"])
def test_every_published_date_version_is_taken(ghl: Ghl, version: str) -> None:
    client = ghl.client_with(ghl.known["private_integration_token"], version)
    assert client.get(f"/locations/{ghl.location}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/nowhere", 404, "Cannot GET /nowhere"),
        ("GET", "/calendars", 404, "Cannot GET /calendars"),
        ("POST", "/contacts", 404, "Cannot POST /contacts"),
        ("GET", "/users", 404, "Cannot GET /users"),
        ("POST", "/contacts/upsert/", 404, "Cannot POST /contacts/upsert/"),
        ("PATCH", "/contacts/abc", 404, "Cannot PATCH /contacts/abc"),
        (
            "DELETE",
            "/calendars/events/appointments/abc",
            401,
            "This route is not yet supported by the IAM Service. Please update your IAM config.",
        ),
    ],
)
def test_a_wrong_route_is_told(ghl: Ghl, method: str, path: str, status: int, message: str) -> None:
    assert problem(ghl.client.request(method, path)) == (status, message)


SIGNED = sorted(key for key in CALLS if key != "oauth.token")
MARK = "abc"


def ask(client: httpx.Client, key: str) -> httpx.Response:
    """The call with a word for each parameter of its path, and nothing else."""
    call = CALLS[key]
    path = "/".join(MARK if part.startswith("{") else part for part in call.path.split("/"))
    return client.request(call.method, path)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ghl]:
    """One sandbox for the tests that go through all calls and change nothing in it."""
    made = Ghl(Sandbox(tmp_path_factory.mktemp("standing") / "sandbox.sqlite3"))
    made.sandbox.set_setting("ghl", "burst_limit", 1_000_000)
    yield made
    made.sandbox.store.close()


def whoever_may(ghl: Ghl, key: str) -> httpx.Client:
    only_agency = contract(key).audiences == {"agency"}
    which = "agency_integration_token" if only_agency else "private_integration_token"
    return ghl.client_with(ghl.known[which])


def test_every_call_of_the_official_files_is_answered_by_somebody() -> None:
    assert set(HANDLERS) == set(SIGNED)


@pytest.mark.parametrize("key", SIGNED)
def test_a_call_is_routed_to_itself(key: str) -> None:
    call = CALLS[key]
    names = [part.strip("{}") for part in call.path.split("/") if part.startswith("{")]
    path = "/".join(f"the-{part.strip('{}')}" if "{" in part else part for part in call.path.split("/"))
    found = ROUTES.find(call.method, path)
    assert found is not None
    assert (found[0].key, found[1]) == (key, {name: f"the-{name}" for name in names})


@pytest.mark.parametrize("key", SIGNED)
def test_a_call_without_version_or_token_is_refused(standing: Ghl, key: str) -> None:
    client = whoever_may(standing, key)
    del client.headers["Version"]
    assert problem(ask(client, key)) == (401, "version header was not found.")
    nobody = standing.client_with("pit-nobodys")
    assert problem(ask(nobody, key)) == (401, "Invalid token: access token is invalid")


@pytest.mark.parametrize("key", SIGNED)
def test_a_call_asks_for_its_scope_and_for_no_other(standing: Ghl, key: str) -> None:
    """A lifted scope is told by another answer than the refusal: the words in the path lead nowhere."""
    client, needed = whoever_may(standing, key), contract(key).scopes
    assert needed == {*CALLS[key].scopes, *scopes_override(CALLS[key])}
    assert needed
    refusal = (401, "The token is not authorized for this scope.")
    standing.sandbox.set_setting("ghl", "pit_scopes", " ".join(sorted(every_scope() - needed)))
    assert problem(ask(client, key)) == refusal
    standing.sandbox.set_setting("ghl", "pit_scopes", " ".join(needed))
    answer = ask(client, key)
    assert answer.status_code != 401
    assert "Cannot" not in answer.text


@pytest.mark.parametrize("key", SIGNED)
def test_a_token_of_the_wrong_class_is_refused(standing: Ghl, key: str) -> None:
    standing.sandbox.set_setting("ghl", "pit_scopes", " ".join(every_scope()))
    tokens = {"agency": "agency_integration_token", "location": "private_integration_token"}
    refused = {
        name
        for name, token in tokens.items()
        if ask(standing.client_with(standing.known[token]), key).status_code == 401
    }
    assert refused == set(tokens) - contract(key).audiences


@pytest.mark.parametrize(
    ("token", "path"),
    [("agency_integration_token", "/contacts/x"), ("private_integration_token", "/companies/x")],
)
def test_a_private_token_of_the_wrong_class_is_told_so(ghl: Ghl, token: str, path: str) -> None:
    answer = ghl.client_with(ghl.known[token]).get(path)
    assert problem(answer) == (401, "Token's user type mismatch!")


@pytest.mark.parametrize("refuses", [True, False])
def test_a_suspended_location_is_told_so_unless_that_is_switched_off(ghl: Ghl, refuses: bool) -> None:
    ghl.sandbox.act("ghl", "suspend_location", {"location": ghl.location})
    ghl.sandbox.set_setting("ghl", "suspended_refuses_calls", refuses)
    answer = ghl.client.get(f"/locations/{ghl.location}")
    if refuses:
        assert problem(answer) == (400, "Location is not active")
    else:
        assert answer.status_code == 200
    ghl.sandbox.act("ghl", "resume_location", {"location": ghl.location})
    assert ghl.client.get(f"/locations/{ghl.location}").status_code == 200


def test_nothing_of_another_location_is_reached(ghl: Ghl) -> None:
    other = ghl.other_location()
    calendar = ghl.calendar(location=other)["id"]
    contact = ghl.contact()["id"]
    appointment = {
        "calendarId": calendar,
        "locationId": ghl.location,
        "contactId": contact,
        "startTime": "2027-02-01T10:00:00-05:00",
    }
    answers = [
        ghl.client.get(f"/locations/{other}"),
        ghl.client.get("/locations/unknown"),
        ghl.client.get("/users/", params={"locationId": other}),
        ghl.client.get("/users/search", params={"companyId": "another"}),
        ghl.client.get("/calendars/", params={"locationId": other}),
        ghl.client.get(f"/calendars/{calendar}"),
        ghl.client.get(f"/calendars/{calendar}/notifications"),
        ghl.client.post("/contacts/upsert", json={"locationId": other, "email": "a@example.com"}),
        ghl.client.post("/contacts/search", json={"locationId": other, "pageLimit": 1}),
        ghl.client.post("/calendars/", json={"locationId": other, "name": "x"}),
        ghl.client.post("/calendars/events/appointments", json=appointment),
    ]
    refusal = (403, "The token does not have access to this location.")
    assert [problem(answer) for answer in answers] == [refusal] * len(answers)


@pytest.mark.parametrize("body", [b"{not json", b'{"locationId": NaN}', b"\xff"])
def test_a_broken_body_is_a_bad_request(ghl: Ghl, body: bytes) -> None:
    assert problem(ghl.client.post("/contacts/upsert", content=body)) == (400, "Unexpected token in JSON")


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"7"])
def test_a_body_of_another_kind_is_refused(ghl: Ghl, body: bytes) -> None:
    assert problem(ghl.client.post("/contacts/upsert", content=body)) == (422, ["body must be an object"])


def test_every_answer_has_a_trace(ghl: Ghl) -> None:
    answers = [
        ghl.client.get(f"/locations/{ghl.location}"),
        ghl.client.get("/nowhere"),
        ghl.client.post("/contacts/upsert", json={}),
    ]
    assert len({answer.json()["traceId"] for answer in answers}) == 3


def test_every_answer_says_what_is_left(ghl: Ghl) -> None:
    for number, path in enumerate([f"/locations/{ghl.location}", "/nowhere", "/contacts/unknown"], start=1):
        headers = ghl.client.get(path).headers
        assert headers["X-RateLimit-Max"] == "100"
        assert headers["X-RateLimit-Remaining"] == str(100 - number)
        assert headers["X-RateLimit-Interval-Milliseconds"] == "10000"
        assert headers["X-RateLimit-Limit-Daily"] == "200000"
        assert headers["X-RateLimit-Daily-Remaining"] == str(200_000 - number)
        assert 0 < int(headers["X-RateLimit-Daily-Reset"]) <= 86_400_000


def test_the_burst_is_used_up_and_comes_back_after_the_window(ghl: Ghl) -> None:
    ghl.sandbox.set_setting("ghl", "burst_limit", 3)
    statuses = [ghl.client.get(f"/locations/{ghl.location}").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    ghl.sandbox.store.move_clock(10.1)
    assert ghl.client.get(f"/locations/{ghl.location}").status_code == 200


def test_the_day_is_used_up_and_comes_back_tomorrow(ghl: Ghl) -> None:
    ghl.sandbox.set_setting("ghl", "daily_limit", 1)
    assert ghl.client.get(f"/locations/{ghl.location}").status_code == 200
    ghl.sandbox.store.move_clock(60)
    refused = ghl.client.get(f"/locations/{ghl.location}")
    assert (refused.status_code, refused.headers["X-RateLimit-Daily-Remaining"]) == (429, "0")
    ghl.sandbox.store.move_clock(86_400)
    assert ghl.client.get(f"/locations/{ghl.location}").status_code == 200
