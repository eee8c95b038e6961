"""The simulated site: its door, its people, what its addresses do, and what it tells the hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from integrations.connectors.accessally import CONNECTOR
from integrations.engine import bridged, standard_webhooks
from integrations.engine.errors import BadSignature, WrongUse
from integrations.sandbox import Sandbox

SITE = "https://academy.example.com"
USERS = "/wp-json/wp/v2/users"
SECRET = standard_webhooks.new_secret()


@pytest.fixture
def known(sandbox: Sandbox) -> dict[str, str]:
    return sandbox.apps()["accessally"].credentials()


def client(sandbox: Sandbox, user: str = "", password: str = "") -> httpx.Client:
    auth = httpx.BasicAuth(user, password) if user else None
    return httpx.Client(transport=sandbox.transport("accessally"), base_url=SITE, auth=auth)


@pytest.fixture
def owner(sandbox: Sandbox, known: dict[str, str]) -> httpx.Client:
    return client(sandbox, known["wp_username"], known["application_password"])


def rows(sandbox: Sandbox, collection: str) -> list[dict[str, Any]]:
    return sandbox.dump()["accessally"][collection]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- the door -------------------------------------------------------------------------------------


def test_the_site_tells_a_visitor_its_name_and_shows_nobody(sandbox: Sandbox) -> None:
    visitor = client(sandbox)
    index = visitor.get("/wp-json/").json()
    assert (index["name"], "wp/v2" in index["namespaces"]) == ("Harbour Academy", True)
    assert code(visitor.get(f"{USERS}/me?context=edit")) == (401, "rest_not_logged_in")
    assert code(visitor.get(f"{USERS}?context=edit")) == (401, "rest_forbidden_context")
    assert "omar" not in visitor.get(USERS).text


def test_an_application_password_is_taken_with_its_blanks_and_without(
    sandbox: Sandbox, known: dict[str, str]
) -> None:
    password = known["application_password"]
    assert " " in password
    for given in (password, password.replace(" ", "")):
        me = client(sandbox, known["wp_username"], given).get(f"{USERS}/me?context=edit").json()
        assert (me["username"], me["roles"]) == (known["wp_username"], ["administrator"])


@pytest.mark.parametrize(
    ("user", "password", "refused"),
    [
        ("hub", "wrong", "incorrect_password"),
        ("nobody", "wrong", "invalid_username"),
        ("lena", "{good}", "incorrect_password"),
    ],
)
def test_a_wrong_password_fails_every_call_even_those_anybody_may_make(
    sandbox: Sandbox, known: dict[str, str], user: str, password: str, refused: str
) -> None:
    caller = client(sandbox, user, password.format(good=known["application_password"]))
    for path in ("/wp-json/", f"{USERS}/me"):
        assert code(caller.get(path)) == (401, refused)


def test_a_revoked_password_and_the_one_made_after_it(
    sandbox: Sandbox, owner: httpx.Client, known: dict[str, str]
) -> None:
    sandbox.set_fault("accessally", "revoke_token")
    assert code(owner.get("/wp-json/")) == (401, "incorrect_password")
    sandbox.act("accessally", "new_application_password", {})
    assert code(owner.get("/wp-json/")) == (401, "incorrect_password")
    fresh = sandbox.apps()["accessally"].credentials()["application_password"]
    assert client(sandbox, "hub", fresh).get("/wp-json/").status_code == 200


@pytest.mark.parametrize(
    ("knob", "value", "status", "words"),
    [
        ("rest_api", "off", 403, "rest_disabled"),
        ("rest_api", "page", 404, "<!DOCTYPE html>"),
        ("application_passwords", "off", 401, "rest_not_logged_in"),
    ],
)
def test_what_plugins_close_stays_closed(
    sandbox: Sandbox, owner: httpx.Client, knob: str, value: str, status: int, words: str
) -> None:
    sandbox.turn("accessally", {knob: value})
    answer = owner.get(f"{USERS}/me?context=edit")
    assert (answer.status_code, words in answer.text) == (status, True)


def test_a_site_may_be_closed_to_visitors_alone(sandbox: Sandbox, owner: httpx.Client) -> None:
    sandbox.turn("accessally", {"rest_api": "members"})
    assert code(client(sandbox).get("/wp-json/")) == (401, "rest_login_required")
    assert owner.get("/wp-json/").status_code == 200


def test_the_host_answers_too_many_calls_with_a_page(sandbox: Sandbox, owner: httpx.Client) -> None:
    sandbox.turn("accessally", {"rate_limit": 1})
    assert owner.get("/wp-json/").status_code == 200
    answer = owner.get("/wp-json/")
    assert (answer.status_code, "<h1>" in answer.text) == (429, True)


# --- people ---------------------------------------------------------------------------------------

NIA = {"username": "nia", "email": "nia@example.org", "password": "s3cret", "first_name": "Nia"}


def test_people_come_in_pages_with_their_totals_in_the_headers(owner: httpx.Client) -> None:
    answer = owner.get(USERS, params={"context": "edit", "per_page": 3, "page": 2})
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("4", "2")
    assert len(answer.json()) == 1
    assert owner.get(USERS, params={"context": "edit", "per_page": 3, "page": 3}).json() == []


@pytest.mark.parametrize(
    ("params", "refused"),
    [
        ({"per_page": 101}, "per_page must be between 1 (inclusive) and 100 (inclusive)"),
        ({"per_page": 0}, "per_page must be between 1 (inclusive) and 100 (inclusive)"),
        ({"page": "two"}, "page is not of type integer."),
        ({"context": "all"}, "context is not one of view, embed, and edit."),
    ],
)
def test_a_wrong_parameter_is_named(owner: httpx.Client, params: dict[str, Any], refused: str) -> None:
    answer = owner.get(USERS, params=params)
    assert code(answer) == (400, "rest_invalid_param")
    assert list(answer.json()["data"]["params"].values()) == [refused]


def test_a_person_is_made_found_and_changed(owner: httpx.Client) -> None:
    made = owner.post(USERS, json=NIA)
    assert (made.status_code, made.json()["roles"]) == (201, ["subscriber"])
    assert "password" not in made.json()
    found = owner.get(USERS, params={"search": "nia@", "context": "edit"}).json()
    assert [row["email"] for row in found] == ["nia@example.org"]
    changed = owner.put(f"{USERS}/{made.json()['id']}", json={"last_name": "Cole", "nonsense": 1})
    assert (changed.status_code, changed.json()["last_name"]) == (200, "Cole")
    assert "nonsense" not in changed.json()


@pytest.mark.parametrize(
    ("given", "status", "refused"),
    [
        ({"email": ""}, 400, "rest_missing_callback_param"),
        ({"email": "nobody"}, 400, "rest_invalid_param"),
        ({"roles": ["king"]}, 400, "rest_user_invalid_role"),
        ({"username": "omar"}, 500, "existing_user_login"),
        ({"email": "Omar.Haddad@example.com"}, 500, "existing_user_email"),
    ],
)
def test_a_person_wordpress_would_not_make_is_not_made(
    sandbox: Sandbox, owner: httpx.Client, given: dict[str, Any], status: int, refused: str
) -> None:
    before = rows(sandbox, "users")
    assert code(owner.post(USERS, json={**NIA, **given})) == (status, refused)
    assert rows(sandbox, "users") == before


@pytest.mark.parametrize(
    ("path", "given", "status", "refused"),
    [
        ("/999", {}, 404, "rest_user_invalid_id"),
        ("/1", {"username": "other"}, 400, "rest_user_invalid_argument"),
        ("/1", {"email": "omar.haddad@example.com"}, 400, "rest_user_invalid_email"),
        ("/x", {}, 404, "rest_no_route"),
    ],
)
def test_a_change_wordpress_would_not_make_is_not_made(
    owner: httpx.Client, path: str, given: dict[str, Any], status: int, refused: str
) -> None:
    assert code(owner.put(f"{USERS}{path}", json=given)) == (status, refused)


# --- addresses that do something ------------------------------------------------------------------


def operation(sandbox: Sandbox, name: str = "Release the course") -> str:
    return next(row["url"] for row in rows(sandbox, "operations") if row["name"] == name)


def test_an_operation_does_its_work_for_the_contact_it_is_told_of(sandbox: Sandbox) -> None:
    caller = client(sandbox)
    caller.post(operation(sandbox), data={"email": "Omar.Haddad@example.com"})
    (released,) = [row for row in rows(sandbox, "contacts") if row["email"].startswith("omar")]
    assert released["offerings"] == [rows(sandbox, "offerings")[0]["offering_id"]]
    before = rows(sandbox, "teams")[0]["size"]
    for _ in range(2):
        caller.post(operation(sandbox, "One seat more for the team"), data={"contact_id": released["id"]})
    assert rows(sandbox, "teams")[0]["size"] == before + 2, "twice is twice"
    assert len(rows(sandbox, "operation_runs")) == 3


@pytest.mark.parametrize(
    ("settings", "sent", "runs"),
    [
        ({}, {"json": {"email": "omar.haddad@example.com"}}, 0),
        ({"operation_style": "json"}, {"json": {"email": "omar.haddad@example.com"}}, 1),
        ({"operation_email": "mail"}, {"data": {"email": "omar.haddad@example.com"}}, 0),
        ({"operation_email": "mail"}, {"data": {"mail": "omar.haddad@example.com"}}, 1),
    ],
)
def test_an_operation_finds_its_fields_only_where_the_site_has_them(
    sandbox: Sandbox, settings: dict[str, Any], sent: dict[str, Any], runs: int
) -> None:
    sandbox.turn("accessally", settings)
    assert client(sandbox).post(operation(sandbox), **sent).status_code == 200
    assert len(sandbox.dump()["accessally"].get("operation_runs", [])) == runs


def test_whether_a_contact_nobody_knows_is_refused_is_a_setting(sandbox: Sandbox) -> None:
    caller, nobody = client(sandbox), {"email": "nobody@example.org"}
    assert caller.post(operation(sandbox), data=nobody).status_code == 200
    sandbox.turn("accessally", {"unknown_contact": "refuse"})
    assert caller.post(operation(sandbox), data=nobody).status_code == 404


def test_wp_fusion_adds_a_person_once(sandbox: Sandbox, known: dict[str, str]) -> None:
    sandbox.act("accessally", "examples", {})
    asked = {"wpf_action": "add", "contact_id": "900007", "access_key": known["access_key"]}
    caller, before = client(sandbox), len(rows(sandbox, "users"))
    first, second = caller.post("/", params=asked).json(), caller.post("/", params=asked).json()
    assert first == second == {"result": "success", "user_id": first["user_id"]}
    assert len(rows(sandbox, "users")) == before + 1
    assert caller.post("/", params={**asked, "access_key": "guess"}).status_code == 403


# --- what it tells the hub ------------------------------------------------------------------------

TARGET = "/hooks/sandbox/accessally/k"
Sent = list[tuple[dict[str, str], bytes]]


def told(sandbox: Sandbox) -> Sent:
    sent: Sent = []

    def send(app: str, target: str, headers: Mapping[str, str], body: bytes) -> int:
        assert target == TARGET
        sent.append((dict(headers), body))
        return 200

    sandbox.deliver(send)
    return sent


def test_what_the_hub_did_not_take_is_not_sent_again(sandbox: Sandbox) -> None:
    """The snippet lets no page wait for the answer, so it never hears that there was none."""
    sandbox.introduce("accessally", "1", TARGET, {bridged.SECRET: SECRET})
    sandbox.act("accessally", "make_team", {"name": "Readers two"})
    assert sandbox.deliver(lambda app, target, headers, body: 0) == 1
    assert told(sandbox) == []
    assert not sandbox.has_deliveries(datetime.now(UTC) + timedelta(days=2))


def test_without_the_snippet_the_site_tells_nothing(sandbox: Sandbox) -> None:
    sandbox.act("accessally", "make_team", {"name": "Readers two"})
    assert told(sandbox) == []


def test_with_it_every_change_is_told_signed(sandbox: Sandbox) -> None:
    sandbox.act("accessally", "paste_snippet", {"url": f"https://hub{TARGET}", "secret": SECRET})
    act = sandbox.act
    offering = act(
        "accessally",
        "make_offering",
        {"calendar_name": "Evenings", "color": "#2e7d32", "reminders": ["60 sms"]},
    )["id"]
    act("accessally", "change_offering", {"offering": offering, "calendar_name": "Late evenings"})
    act("accessally", "delete_offering", {"offering": offering})
    team = act("accessally", "make_team", {"name": "Readers two"})["id"]
    act("accessally", "change_team", {"team": team, "status": "inactive"})
    act("accessally", "delete_team", {"team": team})
    act("accessally", "change_member", {"email": "ada@example.org", "first_name": "Ada", "tags": ["student"]})

    hooks = CONNECTOR.webhooks
    assert hooks is not None
    events = []
    for headers, body in told(sandbox):
        standard_webhooks.verify([SECRET], headers, body, datetime.now(UTC))
        with pytest.raises(BadSignature):
            standard_webhooks.verify([standard_webhooks.new_secret()], headers, body, datetime.now(UTC))
        events += hooks.read(json.loads(body), {})
    assert [event.type for event in events] == [
        "offering.created",
        "offering.updated",
        "offering.deleted",
        "team.created",
        "team.updated",
        "team.deleted",
        "member.updated",
    ]
    assert [event.record for event in events] == [offering] * 3 + [team] * 3 + ["ada@example.org"]
    assert events[0].payload["reminders"] == [{"minutes_before": 60, "channel": "sms"}]
    assert events[1].payload["calendar_name"] == "Late evenings"
    assert events[4].payload["status"] == "inactive"


@pytest.mark.parametrize(
    ("action", "values", "words"),
    [
        ("change_team", {"team": "999"}, "no such record 999"),
        ("make_offering", {"calendar_name": "x", "reminders": ["soon"]}, "1440 email"),
        ("paste_snippet", {"url": "https://hub/hooks/x", "secret": "not base64!"}, "whsec_"),
        ("paste_snippet", {"url": "hub", "secret": SECRET}, "connection's page"),
    ],
)
def test_what_cannot_be_done_is_said(
    sandbox: Sandbox, action: str, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(WrongUse, match=words):
        sandbox.act("accessally", action, values)


def test_the_examples_stand_under_ids_of_their_own_and_may_be_put_in_twice(sandbox: Sandbox) -> None:
    for _ in range(2):
        sandbox.act("accessally", "examples", {})
    assert [row["offering_id"] for row in rows(sandbox, "offerings")].count("900421") == 1
    assert [row["team_id"] for row in rows(sandbox, "teams")].count("900031") == 1


def test_no_secret_of_the_site_is_in_its_dump(sandbox: Sandbox, known: dict[str, str]) -> None:
    sandbox.act("accessally", "paste_snippet", {"url": "https://hub/hooks/x", "secret": SECRET})
    shown = json.dumps(sandbox.dump())
    assert SECRET not in shown
    assert not any(known[key] in shown for key in ("application_password", "access_key"))
