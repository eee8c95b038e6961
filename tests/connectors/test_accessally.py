"""What is particular to AccessAlly: a WordPress site of the customer's own, and the hub's way into it.

Payloads: developer.wordpress.org (REST API, users), wp-includes of WordPress (what its users controller and
application passwords answer), wpfusion.com (about webhooks), kb.accessally.com (custom operations).
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from integrations.connectors.accessally import CONNECTOR, address, people, say_person, say_site
from integrations.connectors.accessally.bridge import SETUP, SNIPPET
from integrations.connectors.accessally.triggers import TYPES
from integrations.engine import bridged, standard_webhooks
from integrations.engine.errors import (
    BadSignature,
    CredentialRefused,
    Duplicate,
    FieldsMissing,
    HubError,
    NotFound,
    OutcomeUnknown,
    Refused,
    ScopeMissing,
    StopRun,
    WrongUse,
)
from integrations.engine.spec import Account, Answer, Attempt, Incoming, Outcome, Read, Situation, Write
from integrations.engine.transport import CallResult, Transport
from tests.connectors.driving import Command, drive

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
HOOK = "https://academy.example.com/?aal_operation=42"
ACCOUNT = Account(
    connector="accessally",
    environment="production",
    name="Academy",
    base_url="https://example.com/members",
    auth="application_password",
    settings={"site_url": "https://example.com/members", "operations": {"Release the course": HOOK}},
    secrets={"wp_username": "hub", "application_password": "abcd EFGH 1234"},
)


def wp(code: str, message: str, status: int | None, **data: Any) -> dict[str, Any]:
    """An error as WordPress writes it; without a status its data are empty."""
    return {"code": code, "message": message, "data": None if status is None else {"status": status, **data}}


def called(
    operation: str, values: Mapping[str, Any], answer: httpx.Response, account: Account = ACCOUNT
) -> tuple[CallResult, httpx.Request]:
    sent: list[httpx.Request] = []

    def give(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer

    transport = Transport(httpx.Client(transport=httpx.MockTransport(give)), lambda: NOW)
    return transport.call(CONNECTOR, CONNECTOR.operation(operation), account, values), sent[0]


# --- the site's address ---------------------------------------------------------------------------

SITES = [
    ("https://academy.example.com", "https://academy.example.com"),
    (" academy.example.com ", "https://academy.example.com"),
    ("https://academy.example.com/", "https://academy.example.com"),
    ("https://example.com/members", "https://example.com/members"),
    ("https://example.com/members/wp-admin/", "https://example.com/members"),
    ("https://example.com/wp-admin/profile.php?user=1#top", "https://example.com"),
    ("https://example.com/members/wp-json/wp/v2/users", "https://example.com/members"),
    ("https://example.com:8443/wp-login.php", "https://example.com:8443"),
]
NO_SITES = [
    ("http://academy.example.com", "must begin with https://"),
    ("ftp://academy.example.com", "must begin with https://"),
    ("https://", "as in the browser"),
    ("", "as in the browser"),
    ("https://me:secret@academy.example.com", "as in the browser"),
    ("my academy", "as in the browser"),
]


@pytest.mark.parametrize(("typed", "site"), SITES)
def test_the_site_is_what_stands_before_wordpress_own_paths(typed: str, site: str) -> None:
    assert address.site(typed) == site


@pytest.mark.parametrize(("typed", "words"), NO_SITES)
def test_what_is_no_site_is_answered_with_what_to_type(typed: str, words: str) -> None:
    with pytest.raises(WrongUse, match=re.escape(words)):
        address.site(typed)


def test_a_site_in_a_directory_is_called_there_and_signed_with_basic() -> None:
    result, sent = called("users.me", {}, httpx.Response(200, json=people.PERSON))
    assert result.error is None
    assert str(sent.url) == "https://example.com/members/wp-json/wp/v2/users/me?context=edit"
    scheme, _, token = sent.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(token).decode()) == ("Basic", "hub:abcd EFGH 1234")


# --- refusals -------------------------------------------------------------------------------------

REFUSALS: list[tuple[str, int, Any, type[HubError], str]] = [
    (
        "users.me",
        401,
        wp("incorrect_password", "The provided password is an invalid application password.", 401),
        CredentialRefused,
        "Users → Profile → Application Passwords",
    ),
    ("site.index", 401, wp("invalid_username", "Unknown username.", 401), CredentialRefused, "user name"),
    (
        "users.me",
        401,
        wp("rest_not_logged_in", "You are not currently logged in.", 401),
        CredentialRefused,
        "drops the Authorization header",
    ),
    (
        "users.search",
        403,
        wp("rest_forbidden_context", "Sorry, you are not allowed to list users.", 403),
        ScopeMissing,
        "list_users",
    ),
    ("users.create", 403, wp("rest_cannot_create_user", "Sorry.", 403), ScopeMissing, "create_users"),
    ("users.me", 403, wp("rest_disabled", "Disabled.", 403), CredentialRefused, "switched off"),
    (
        "site.index",
        401,
        wp("rest_unheard_of", "Only members may look.", 401),
        CredentialRefused,
        "a security plugin does that",
    ),
    (
        "users.create",
        500,
        wp("existing_user_email", "Sorry, that email address is already used!", None),
        Duplicate,
        "Find or make a person",
    ),
    ("users.create", 500, wp("existing_user_login", "Sorry!", None), Duplicate, "already"),
    (
        "users.create",
        400,
        wp("rest_invalid_param", "Invalid parameter(s): email", 400, params={"email": "Invalid email."}),
        Refused,
        "email: Invalid email.",
    ),
    (
        "users.create",
        400,
        wp("rest_missing_callback_param", "Missing parameter(s): email", 400, params=["email"]),
        Refused,
        "Missing parameter(s): email",
    ),
    ("users.get", 404, wp("rest_user_invalid_id", "Invalid user ID.", 404), NotFound, "Invalid user ID"),
    ("users.me", 404, "<!DOCTYPE html><p>Not here</p>", Refused, "Settings → Permalinks"),
    ("users.me", 403, "<html>Blocked by the firewall</html>", Refused, "security plugin or firewall"),
    ("users.me", 403, {"error": "blocked"}, Refused, "security plugin or firewall"),
    ("operations.run", 404, "Contact not found", NotFound, "status 404"),
    ("wp_fusion.add", 403, "<html>Invalid access key</html>", Refused, "status 403"),
]


@pytest.mark.parametrize(("operation", "status", "body", "kind", "words"), REFUSALS)
def test_a_refusal_says_what_to_do(
    operation: str, status: int, body: Any, kind: type[HubError], words: str
) -> None:
    error = CONNECTOR.refusal(Answer(status=status, headers={}, body=body), CONNECTOR.operation(operation))
    assert type(error) is kind
    assert words in error.sentence
    assert "<" not in error.sentence


def test_a_person_who_exists_is_a_definite_no_although_it_is_a_500() -> None:
    taken = wp("existing_user_email", "Sorry, that email address is already used!", None)
    given = {"email": "rosa@example.com", "username": "rosa", "password": "x"}
    result, _ = called("users.create", given, httpx.Response(500, json=taken))
    assert isinstance(result.error, Duplicate)
    assert result.final


def test_a_page_in_place_of_json_is_no_success() -> None:
    page = httpx.Response(200, html="<html>Welcome</html>")
    result, _ = called("site.index", {}, page)
    assert isinstance(result.error, Refused)
    assert "is not WordPress's REST API" in result.error.sentence
    given = {"email": "rosa@example.com", "username": "rosa", "password": "x"}
    result, _ = called("users.create", given, httpx.Response(200, html="<html>Welcome</html>"))
    assert isinstance(result.error, OutcomeUnknown), "a write may have happened behind the page"


# --- verifying ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "sentence"),
    [
        (
            {
                "name": "Academy",
                "url": "https://example.com",
                "namespaces": ["wp/v2"],
                "authentication": {"application-passwords": {}},
            },
            "Connected to Academy (https://example.com).",
        ),
        (
            {"name": "Academy", "namespaces": ["wp/v2"], "authentication": []},
            "Connected to Academy. Application passwords are switched off there.",
        ),
        ({}, "Connected to a site without a name."),
    ],
)
def test_the_site_says_its_name_and_whether_passwords_are_off(index: Any, sentence: str) -> None:
    assert say_site(index) == sentence


def test_whoever_is_signed_in_is_said_beside_it() -> None:
    assert say_person({"username": "ada", "roles": ["administrator"]}) == "Signed in as ada (administrator)."
    password = CONNECTOR.auth("application_password")
    assert password.verify is not None
    assert (CONNECTOR.verify.operation, password.verify.operation) == ("site.index", "users.me")
    assert CONNECTOR.auth("address").verify is None


# --- custom operations ----------------------------------------------------------------------------


def form(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.content.decode()))


def test_an_operation_is_run_at_the_address_pasted_for_it_and_told_no_password() -> None:
    given = {"operation": "release the course", "email": "ada@example.org"}
    result, sent = called("operations.run", given, httpx.Response(200, text=""))
    assert result.error is None
    assert (sent.method, str(sent.url)) == ("POST", HOOK)
    assert form(sent) == {"email": "ada@example.org"}
    assert "Authorization" not in sent.headers


def test_the_names_and_style_of_its_fields_are_the_operators() -> None:
    settings = {
        **ACCOUNT.settings,
        "operation_style": "json",
        "operation_email": "contact[email]",
        "operation_contact": "contactId",
    }
    account = Account(connector="accessally", environment="production", name="A", base_url="https://example.com",
                      auth="address", settings=settings)  # fmt: skip
    given = {"operation": "Release the course", "email": "ada@example.org", "contact_id": "7"}
    _, sent = called("operations.run", given, httpx.Response(200, text=""), account)
    assert sent.headers["Content-Type"] == "application/json"
    assert json.loads(sent.content) == {"contact[email]": "ada@example.org", "contactId": "7"}


@pytest.mark.parametrize(
    ("operations", "words"),
    [
        (None, "No operation is known yet"),
        ("https://academy.example.com", "No operation is known yet"),
        ({"Other": HOOK}, "choose one of: Other"),
        ({"Release": "http://academy.example.com/?x=1"}, "must begin with https://"),
    ],
)
def test_an_operation_without_a_good_address_is_not_called(operations: Any, words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        address.operation_url({"operations": operations}, {"operation": "Release"})


def test_a_missing_address_stops_the_run_before_anything_is_sent() -> None:
    transport = Transport(httpx.Client(transport=httpx.MockTransport(lambda r: 1 / 0)), lambda: NOW)  # type: ignore[arg-type,return-value]
    with pytest.raises(StopRun, match="custom operation"):
        transport.call(CONNECTOR, CONNECTOR.operation("operations.run"), ACCOUNT, {"operation": "None such"})


def test_running_one_is_asked_for_twice_and_never_repeated_blindly() -> None:
    operation = CONNECTOR.operation("operations.run")
    assert operation.reaches_people
    assert operation.proof is not None
    assert operation.proof.kind == "none"


# --- WP Fusion ------------------------------------------------------------------------------------


def test_wp_fusion_is_called_with_its_key_in_the_address() -> None:
    account = Account(connector="accessally", environment="production", name="A", base_url="https://example.com",
                      auth="wp_fusion", settings={}, secrets={"access_key": "k3y"})  # fmt: skip
    given = {"contact_id": "9001", "role": "customer", "send_notification": True}
    result, sent = called("wp_fusion.add", given, httpx.Response(200, json={"user_id": 7}), account)
    assert result.error is None
    assert dict(sent.url.params) == {
        "wpf_action": "add",
        "contact_id": "9001",
        "role": "customer",
        "send_notification": "true",
        "access_key": "k3y",
    }
    assert "k3y" not in repr(result.record)


# --- people ---------------------------------------------------------------------------------------

SITUATION = Situation(now=NOW, settings={})
ROSA = people.PERSON


def site_of(*rows: dict[str, Any]) -> Any:
    """A site that has these people, and makes or changes what it is told to."""

    def answer(command: Command) -> Any:
        if isinstance(command, Read):
            size, page = command.values["per_page"], command.values["page"]
            return list(rows[(page - 1) * size : page * size])
        return Outcome({**ROSA, **command.values}, str(command.values.get("id", "99")))

    return answer


def test_a_person_is_made_where_the_address_is_not_known() -> None:
    given = {"email": "new@example.com", "username": "new", "password": "x", "first_name": "Nia"}
    value, asked = drive(people.ensure_person(given, SITUATION), site_of(ROSA))
    assert value["created"] is True
    assert asked[-1] == Write("users.create", given)


def test_a_part_of_an_address_is_not_the_person() -> None:
    """WordPress searches for parts: “rosa@example.com” is found in “rosa@example.com.au”."""
    longer = {**ROSA, "id": 8, "email": "rosa@example.com.au"}
    value, _ = drive(people.find_person({"email": "Rosa@Example.com"}, SITUATION), site_of(longer, ROSA))
    assert value["id"] == ROSA["id"]
    with pytest.raises(NotFound, match="nobody"):
        drive(people.find_person({"email": "rosa@example"}, SITUATION), site_of(longer, ROSA))


def test_a_person_who_is_so_already_is_not_written() -> None:
    given = {"email": "rosa@example.com", "username": "rosa", "password": "x", "first_name": "Rosa"}
    value, asked = drive(people.ensure_person(given, SITUATION), site_of(ROSA))
    assert value == {"created": False, "person": ROSA}
    assert all(isinstance(command, Read) for command in asked)
    _, asked = drive(people.ensure_person({**given, "first_name": "Rosalind"}, SITUATION), site_of(ROSA))
    assert asked[-1] == Write("users.update", {"id": "7", "first_name": "Rosalind"})


def test_people_are_read_page_after_page() -> None:
    rows = [{**ROSA, "id": n, "email": f"p{n}@example.com"} for n in range(1, 231)]
    value, asked = drive(people.find_person({"email": "p230@example.com"}, SITUATION), site_of(*rows))
    assert value["id"] == 230
    assert [command.values["page"] for command in asked] == [1, 2, 3]


@pytest.mark.parametrize(
    ("registered", "ours"),
    [
        ("2026-11-21T10:00:30+00:00", True),
        ("2026-11-20T10:00:00+00:00", False),
        ("2026-11-21T10:00:30", False),
        ("", False),
    ],
)
def test_a_lost_answer_is_ours_only_where_the_person_appeared_since(registered: str, ours: bool) -> None:
    attempt = Attempt(values={"email": "rosa@example.com"}, mark="", claimed_at=NOW)
    row = {**ROSA, "registered_date": registered}
    found, _ = drive(people.find_made(attempt), site_of(row))
    assert (found is not None) is ours


# --- the bridge -----------------------------------------------------------------------------------

HOOKS = CONNECTOR.webhooks
assert HOOKS is not None
SECRET = standard_webhooks.new_secret()

LACKING = [
    ("offering.created", {"offering_id": "421"}, "calendar_name"),
    ("offering.updated", {"calendar_name": "Evenings"}, "offering_id"),
    ("offering.deleted", {}, "offering_id"),
    ("team.created", {"team_id": "31"}, "name"),
    ("team.deleted", {"name": "Readers"}, "team_id"),
    ("member.updated", {"wp_user_id": 7}, "email"),
    ("slots.requested", {"time_zone": "UTC"}, "offering_id or calendar_id"),
]


@pytest.mark.parametrize(("kind", "data", "field"), LACKING)
def test_an_event_that_lacks_what_it_is_about_is_refused_by_name(
    kind: str, data: dict[str, Any], field: str
) -> None:
    assert HOOKS is not None
    with pytest.raises(FieldsMissing, match=field):
        HOOKS.read({"id": "evt_1", "type": kind, "data": data}, {})


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "slots.requested"])
def test_every_event_is_heard_by_a_trigger_and_names_its_record(kind: str) -> None:
    assert HOOKS is not None
    (trigger,) = [one for one in CONNECTOR.triggers.values() if kind in one.hears]
    delivery = bridged.delivery(kind, trigger.sample[kind], SECRET, NOW, source="accessally")
    HOOKS.verify(delivery, {bridged.SECRET: SECRET})
    (told,) = HOOKS.read(json.loads(delivery.body), {})
    assert (told.type, told.record) == (kind, str(trigger.sample[kind][trigger.record_id]))


def test_the_other_ways_in_stand_in_the_order_they_are_offered() -> None:
    beginnings = ("Keep AccessAlly at version 3.5.7", "First", "Second", "Third", "Fourth")
    places = [next(n for n, step in enumerate(SETUP) if step.startswith(begin)) for begin in beginnings]
    assert places == sorted(places)


# --- the snippet ----------------------------------------------------------------------------------


def test_the_snippet_hooks_what_accessally_and_wordpress_offer() -> None:
    hooks = re.findall(r"add_action\( '(\w+)'", SNIPPET)
    assert {"accessally_update_user", "user_register", "profile_update"} <= set(hooks)
    assert (SNIPPET.count("{url}"), SNIPPET.count("{secret}")) == (1, 1)
    assert "'blocking' => false" in SNIPPET


def test_the_braces_of_the_snippet_leave_room_for_nothing_else() -> None:
    """Whatever puts the address in must not stumble over PHP's own braces."""
    assert set(re.findall(r"\{(\w+)\}", SNIPPET)) == {"url", "secret"}


PHP_HARNESS = """<?php
define('ABSPATH', '/');
function add_action(...$given) {}
function wp_generate_uuid4() { return '00000000-0000-4000-8000-000000000001'; }
function wp_json_encode($value) { return json_encode($value); }
function wp_remote_post($url, $args) { echo json_encode(array('url' => $url, 'args' => $args)); }
function get_userdata($id) {
	return (object) array('ID' => $id, 'user_email' => 'ada@example.org', 'first_name' => 'Ada',
		'last_name' => 'Lovelace');
}
require $argv[1];
ghl_hub_member(7);
ghl_hub_member(7, '9001');
ghl_hub_member(7);
ghl_hub_flush();
"""


@pytest.mark.skipif(shutil.which("php") is None, reason="PHP is not installed")
def test_what_the_snippet_sends_is_taken_by_the_hub(tmp_path: Path) -> None:
    assert HOOKS is not None
    plugin, harness = tmp_path / "hub-bridge.php", tmp_path / "harness.php"
    plugin.write_text(SNIPPET.replace("{url}", "https://hub.example.com/hooks/x").replace("{secret}", SECRET))
    harness.write_text(PHP_HARNESS)
    done = subprocess.run(["php", str(harness), str(plugin)], capture_output=True, text=True, check=True)
    sent = json.loads(done.stdout)
    incoming = Incoming(
        headers={key.lower(): value for key, value in sent["args"]["headers"].items()},
        query={},
        body=sent["args"]["body"].encode(),
        received_at=datetime.now(UTC),
    )
    HOOKS.verify(incoming, {bridged.SECRET: SECRET})
    (told,) = HOOKS.read(json.loads(incoming.body), {})
    assert (told.type, told.record, told.payload["contact_id"]) == (
        "member.updated",
        "ada@example.org",
        "9001",
    )
    with pytest.raises(BadSignature):
        HOOKS.verify(incoming, {bridged.SECRET: standard_webhooks.new_secret()})
