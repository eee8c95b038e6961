"""The simulated Active Knocker: its key, its calls as customers' code has them, its knobs, what it tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from integrations.engine import bridged, standard_webhooks
from integrations.engine.errors import WrongUse
from integrations.sandbox import Sandbox

URL = "https://api.activeknocker.com"
SECRET = standard_webhooks.new_secret()


@pytest.fixture
def key(sandbox: Sandbox) -> str:
    return sandbox.apps()["active_knocker"].credentials()["api_key"]


@pytest.fixture
def client(sandbox: Sandbox, key: str) -> httpx.Client:
    sandbox.set_setting("active_knocker", "rate_limit", 0)
    transport = sandbox.transport("active_knocker")
    return httpx.Client(transport=transport, base_url=URL, headers={"x-api-key": key})


def listed(client: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get("/knock-pins", params={"page": 1, "limit": 100, "date": "Last 30 days", **asked})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()
    return found


def book(sandbox: Sandbox, **values: Any) -> dict[str, Any]:
    given = {"name": "Ada Lovelace", "email": "ada@example.org", "start": "2026-12-01 10:00", **values}
    return sandbox.act("active_knocker", "book_visit", given)


# --- the key --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "headers", "query", "status"),
    [
        ("x-api-key", {"x-api-key": "{}"}, {}, 200),
        ("x-api-key", {"authorization": "Bearer {}"}, {}, 401),
        ("bearer", {"authorization": "Bearer {}"}, {}, 200),
        ("bearer", {"authorization": "Basic {}"}, {}, 401),
        ("query", {}, {"api_key": "{}"}, 200),
        ("query", {"x-api-key": "{}"}, {}, 401),
        ("x-api-key", {"x-api-key": "wrong"}, {}, 401),
    ],
)
def test_the_key_is_looked_for_in_one_place(
    sandbox: Sandbox, key: str, style: str, headers: dict[str, str], query: dict[str, str], status: int
) -> None:
    sandbox.turn("active_knocker", {"auth_style": style})
    bare = httpx.Client(transport=sandbox.transport("active_knocker"), base_url=URL)
    answer = bare.get(
        "/pins",
        headers={name: value.format(key) for name, value in headers.items()},
        params={name: value.format(key) for name, value in query.items()},
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [("401", 401, "Unauthorized"), ("object", 200, "Invalid API key"), ("page", 200, "<html>")],
)
def test_a_bad_key_is_answered_as_the_knob_says(
    sandbox: Sandbox, client: httpx.Client, kind: str, status: int, words: str
) -> None:
    sandbox.turn("active_knocker", {"bad_key": kind})
    answer = client.get("/pins", headers={"x-api-key": "wrong"})
    assert (answer.status_code, words in answer.text) == (status, True)


def test_a_new_key_ends_the_old_one(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.act("active_knocker", "new_api_key", {})
    assert client.get("/pins").status_code == 401


def test_calls_that_come_too_fast_are_too_many(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.set_setting("active_knocker", "rate_limit", 2)
    assert [client.get("/pins").status_code for _ in range(3)] == [200, 200, 429]


# --- reading --------------------------------------------------------------------------------------


def test_statuses_and_tags_are_bare_lists(client: httpx.Client) -> None:
    assert {"id": 2, "meaning": "Appointment Set"} in client.get("/pins").json()
    assert {"id": 12, "tag_caption_name": "Evening courses"} in client.get("/tags").json()


def test_visits_come_newest_first_in_pages_of_the_window(sandbox: Sandbox, client: httpx.Client) -> None:
    first = book(sandbox)
    rows = listed(client)
    assert rows[0]["id"] == first["id"]
    assert len(rows) == 6
    assert [len(listed(client, page=page, limit=4)) for page in (1, 2, 3)] == [4, 2, 0]
    assert len(listed(client, date="Last 10 days")) == 3
    assert len(listed(client, limit=5000)) == 6


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"date": "whenever"}, "Invalid date"), ({"page": "x"}, "page"), ({"limit": 0}, "limit")],
)
def test_a_no_comes_with_status_200(client: httpx.Client, asked: dict[str, Any], words: str) -> None:
    answer = client.get("/knock-pins", params=asked)
    assert answer.status_code == 200
    assert answer.json()["status"] is False
    assert words in answer.json()["msg"]


def test_pages_may_repeat_themselves(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.turn("active_knocker", {"pages": "repeat"})
    assert listed(client, limit=2) == listed(client, limit=2, page=2)


@pytest.mark.parametrize(
    ("shape", "name", "start"),
    [
        ("flat", lambda row: row["name"], lambda row: row["appointment_date"]),
        ("nested", lambda row: row["contact"]["name"], lambda row: row["appointment"]["date"]),
    ],
)
def test_where_a_visits_name_is_turns_with_the_knob(
    sandbox: Sandbox, client: httpx.Client, shape: str, name: Any, start: Any
) -> None:
    sandbox.turn("active_knocker", {"shape": shape})
    book(sandbox)
    row = listed(client)[0]
    assert (name(row), start(row)) == ("Ada Lovelace", "2026-12-01 10:00")


def test_a_bare_visit_has_only_what_was_ever_seen(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.turn("active_knocker", {"shape": "bare"})
    assert set(listed(client)[0]) == {
        "id", "pin_id", "notes", "created_at", "address", "latitude", "longitude", "created_user_id",
    }  # fmt: skip


# --- writing --------------------------------------------------------------------------------------


def test_a_visit_is_made_by_json_or_by_parameters(client: httpx.Client) -> None:
    body = {
        "address": {"street": "1 Quay", "city": "Austin", "state": "Texas", "country": "United States"},
        "latitude": 30.2,
        "longitude": -97.7,
        "notes": "Hello",
        "created_user_id": 7,
    }
    made = client.post("/knock-pin", json=body).json()
    other = client.post(
        "/knock-pin", params={"latitude": 1, "longitude": 2, "pin_id": 2, "notes": "Hi"}
    ).json()
    rows = {row["id"]: row for row in listed(client)}
    assert rows[made["id"]]["address"]["state"] == "Texas"
    assert (rows[other["id"]]["pin_id"], rows[other["id"]]["notes"]) == (2, "Hi")


@pytest.mark.parametrize(
    ("knobs", "sent", "words"),
    [
        ({}, {"json": {"notes": "no place"}}, "latitude is required"),
        ({}, {"json": [1]}, "Invalid request"),
        ({}, {"content": b"{"}, "Invalid request"),
        ({}, {"params": {"latitude": 1, "longitude": 2, "pin_id": 99}}, "Pin not found"),
        ({"create_style": "query"}, {"json": {"latitude": 1, "longitude": 2}}, "Invalid request"),
        ({"create_style": "json"}, {"params": {"latitude": 1, "longitude": 2}}, "Invalid request"),
    ],
)
def test_a_visit_that_cannot_be_made_is_a_no_and_leaves_nothing(
    sandbox: Sandbox, client: httpx.Client, knobs: dict[str, str], sent: dict[str, Any], words: str
) -> None:
    sandbox.turn("active_knocker", knobs)
    answer = client.post("/knock-pin", **sent)
    assert (answer.status_code, answer.json()) == (200, {"status": False, "msg": words})
    assert len(listed(client)) == 5


def test_the_answer_may_be_without_the_id(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.turn("active_knocker", {"create_answer": "status"})
    made = client.post("/knock-pin", json={"latitude": 1, "longitude": 2}).json()
    assert made == {"status": True, "msg": "Knock pin created"}
    assert len(listed(client)) == 6


@pytest.mark.parametrize(("knob", "ids"), [("add", [11, 12]), ("replace", [12])])
def test_tags_are_added_or_replace(sandbox: Sandbox, client: httpx.Client, knob: str, ids: list[int]) -> None:
    sandbox.turn("active_knocker", {"tags": knob})
    number = book(sandbox)["id"]
    for tag in (11, 12):
        assert client.post(f"/knock-pin/applyTags/{number}", params={"tag_ids": tag}).json()["status"] is True
    visits = sandbox.dump()["active_knocker"]["visits"]
    assert next(row for row in visits if row["id"] == number)["tag_ids"] == ids


def test_an_address_is_changed_in_the_parts_given(sandbox: Sandbox, client: httpx.Client) -> None:
    number = book(sandbox, street="1 Quay", city="Austin")["id"]
    client.post(f"/knock-pin/updateAddressDetail/{number}", params={"street": "2 Quay", "postalCode": "7"})
    assert listed(client)[0]["address"] == {"street": "2 Quay", "city": "Austin", "postalCode": "7"}


@pytest.mark.parametrize(
    ("path", "params"), [("applyTags/1", {"tag_ids": 12}), ("updateAddressDetail/1", {"street": "x"})]
)
def test_a_visit_that_is_not_there_is_a_no(client: httpx.Client, path: str, params: dict[str, Any]) -> None:
    answer = client.post(f"/knock-pin/{path}", params=params).json()
    assert answer == {"status": False, "msg": "Knock pin not found"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/pins"), ("POST", "/teams"), ("GET", "/knock-pin")])
def test_what_nobody_has_seen_is_not_there(client: httpx.Client, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 404


# --- telling the hub ------------------------------------------------------------------------------


def delivered(sandbox: Sandbox) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """What the app sends, with the address it goes to."""
    sent: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    def take(app: str, target: str, headers: Any, body: bytes) -> int:
        sent.append((target, dict(headers), json.loads(body)))
        given = {name.lower(): value for name, value in headers.items()}
        standard_webhooks.verify([SECRET], given, body, datetime.now(UTC))
        return 200

    sandbox.deliver(take, datetime.now(UTC) + timedelta(seconds=1))
    return sent


@pytest.fixture
def told(sandbox: Sandbox) -> Sandbox:
    sandbox.introduce("active_knocker", "1", "/hooks/sandbox/active_knocker/k", {bridged.SECRET: SECRET})
    return sandbox


def test_until_the_hub_is_known_nothing_is_sent(sandbox: Sandbox) -> None:
    book(sandbox)
    assert delivered(sandbox) == []


def test_a_booking_is_told_signed_in_the_bridges_envelope(told: Sandbox) -> None:
    number = book(told, phone="(212) 555-0123", rep=7, duration=30, timezone="America/Chicago")["id"]
    ((target, _, event),) = delivered(told)
    assert target == "/hooks/sandbox/active_knocker/k"
    assert (event["type"], event["source"]) == ("lead.booked", "active_knocker")
    assert event["data"] == {
        "lead_id": str(number),
        "name": "Ada Lovelace",
        "email": "ada@example.org",
        "phone": "(212) 555-0123",
        "start": "2026-12-01 10:00",
        "duration_minutes": 30,
        "timezone": "America/Chicago",
        "rep_id": "7",
        "rep_email": "nora.quist@example.com",
        "lat": 40.71,
        "lng": -74.0,
        "status": "Appointment Set",
    }


def test_every_change_of_bookings_reps_and_teams_is_told(told: Sandbox) -> None:
    number = book(told)["id"]
    for action, values in (
        ("change_visit", {"visit": number, "start": "2026-12-02 11:00"}),
        ("cancel_visit", {"visit": number}),
        ("set_busy", {"rep": 7, "date": "2026-12-01", "busy": "10:00-12:00, 14:00-15:00"}),
        ("save_team", {"team": "T-9", "name": "North", "permissions": "book, see"}),
        ("save_team", {"team": "T-9", "name": "North side"}),
        ("delete_team", {"team": "T-9"}),
        ("mark_visit", {"visit": number, "status": "Sold"}),
        ("lose_visit", {"visit": number}),
    ):
        told.act("active_knocker", action, values)
    sent = [event for _, _, event in delivered(told)]
    assert [event["type"] for event in sent] == [
        "lead.booked", "lead.updated", "lead.cancelled", "availability.updated",
        "team.created", "team.updated", "team.deleted",
    ]  # fmt: skip
    assert sent[3]["data"]["busy"] == [
        {"start": "2026-12-01T10:00", "end": "2026-12-01T12:00"},
        {"start": "2026-12-01T14:00", "end": "2026-12-01T15:00"},
    ]
    assert sent[5]["data"]["permissions"] == ["book", "see"]


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("cancel_visit", {"visit": 1}),
        ("set_busy", {"rep": 99, "date": "2026-12-01"}),
        ("delete_team", {"team": "T-99"}),
        ("save_team", {"team": "T-99"}),
        ("mark_visit", {"visit": 90001, "status": "Nonsense"}),
    ],
)
def test_what_cannot_be_done_is_said(sandbox: Sandbox, action: str, values: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        sandbox.act("active_knocker", action, values)


# --- taking what the hub tells --------------------------------------------------------------------


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {"id": f"e-{kind}", "type": kind, "data": {"team_id": "T-7", **data}}


def test_the_catch_hook_keeps_an_event_once_and_teams_follow_it(sandbox: Sandbox) -> None:
    bare = httpx.Client(transport=sandbox.transport("active_knocker"), base_url="https://hooks.example.com")
    for name in ("North", "the same event, changed on its way"):
        assert bare.post("/hooks/catch/1", json=event("team.updated", name=name)).status_code == 200
    held = sandbox.dump()["active_knocker"]
    assert [row["told_key"] for row in held["received"]] == [False]
    assert [row["name"] for row in held["teams"]] == ["Harbour side", "North"]
    bare.post("/hooks/catch/1", json=event("team.deleted"))
    assert len(sandbox.dump()["active_knocker"]["teams"]) == 1


def test_the_catch_hook_notices_a_key_that_came_along(sandbox: Sandbox, client: httpx.Client) -> None:
    client.post("/hooks/catch/1", json=event("team.updated", name="North"))
    assert sandbox.dump()["active_knocker"]["received"][0]["told_key"] is True


def test_what_is_no_event_is_refused_by_the_catch_hook(client: httpx.Client) -> None:
    assert client.post("/hooks/catch/1", json={"hello": 1}).status_code == 400


def test_the_examples_are_there_once(sandbox: Sandbox) -> None:
    for _ in range(2):
        assert sandbox.act("active_knocker", "examples", {}) == {"visit": 95001}
    assert len(sandbox.dump()["active_knocker"]["visits"]) == 6
