"""The front door of the simulated GHL: what is refused before an operation is reached, and the limits."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

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


OPERATIONS = [
    ("GET", "/locations/{location}", "locations.readonly"),
    ("GET", "/users/?locationId={location}", "users.readonly"),
    ("GET", "/users/search?companyId={company}", "users.readonly"),
    ("POST", "/contacts/upsert", "contacts.write"),
    ("POST", "/contacts/", "contacts.write"),
    ("GET", "/contacts/x", "contacts.readonly"),
    ("PUT", "/contacts/x", "contacts.write"),
    ("DELETE", "/contacts/x", "contacts.write"),
    ("POST", "/contacts/search", "contacts.readonly"),
    ("GET", "/contacts/search/duplicate?locationId={location}", "contacts.readonly"),
    ("POST", "/contacts/x/tags", "contacts.write"),
    ("GET", "/calendars/?locationId={location}", "calendars.readonly"),
    ("GET", "/calendars/{calendar}", "calendars.readonly"),
    ("POST", "/calendars/", "calendars.write"),
    ("GET", "/calendars/{calendar}/free-slots", "calendars.readonly"),
    ("POST", "/calendars/events/appointments", "calendars/events.write"),
    ("PUT", "/calendars/events/appointments/x", "calendars/events.write"),
    ("GET", "/calendars/events/appointments/x", "calendars/events.readonly"),
    ("DELETE", "/calendars/events/x", "calendars/events.write"),
    ("GET", "/calendars/events", "calendars/events.readonly"),
    ("GET", "/calendars/{calendar}/notifications", "calendars/events.readonly"),
    ("POST", "/calendars/{calendar}/notifications", "calendars/events.write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_an_operation_asks_for_its_scope(ghl: Ghl, method: str, path: str, scope: str) -> None:
    known = {
        "location": ghl.location,
        "company": ghl.known["company_id"],
        "calendar": ghl.calendar()["id"],
    }
    url = path.format(**known)
    refusal = (401, "The token is not authorized for this scope.")
    others = {name for _, _, name in OPERATIONS} - {scope}
    ghl.sandbox.set_setting("ghl", "pit_scopes", " ".join(sorted(others)))
    assert problem(ghl.client.request(method, url)) == refusal
    ghl.sandbox.set_setting("ghl", "pit_scopes", scope)
    answer = ghl.client.request(method, url)
    assert answer.status_code not in (401, 403)
    assert "Cannot" not in answer.text


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


def test_a_broken_body_is_a_bad_request(ghl: Ghl) -> None:
    assert ghl.client.post("/contacts/upsert", content=b"{not json").status_code == 400


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
