"""The simulated Credly: its token, lists, badges, events, webhooks, employees, and what people do there."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from integrations.engine.errors import WrongUse
from integrations.sandbox import Sandbox, outbox
from tests.sandbox.conftest import CREDLY_URL, Credly


def message(answer: httpx.Response) -> str:
    return str(answer.json()["data"]["message"])


# --- the token ------------------------------------------------------------------------------------


def test_the_organization_answers_a_good_token(credly: Credly) -> None:
    answer = credly.ask("GET", "")
    assert answer.json()["data"]["name"] == "Harbour Academy"
    assert answer.json()["metadata"] == {}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer {token}",
        "Basic {token}",
        "Basic {coded_without_colon}",
        "Basic {coded_with_password}",
        "Token {token}",
    ],
)
def test_the_token_is_a_user_name_with_an_empty_password(credly: Credly, header: str) -> None:
    forms = {
        "token": credly.token,
        "coded_without_colon": base64.b64encode(credly.token.encode()).decode(),
        "coded_with_password": base64.b64encode(f"{credly.token}:x".encode()).decode(),
    }
    client = httpx.Client(transport=credly.sandbox.transport("credly"), base_url=CREDLY_URL)
    path = f"/v1/organizations/{credly.organization}"
    assert client.get(path, headers={"Authorization": header.format(**forms)}).status_code == 401


def test_a_token_ends_after_180_days(credly: Credly) -> None:
    credly.ask("GET", "")
    credly.sandbox.store.move_clock(179 * 86_400)
    assert credly.ask("GET", "").status_code == 200
    credly.sandbox.store.move_clock(2 * 86_400)
    assert credly.ask("GET", "").status_code == 401


def test_a_token_that_may_not_write_is_refused_writing_only(credly: Credly) -> None:
    credly.sandbox.act("credly", "limit_token", {"write": False})
    assert (credly.ask("GET", "/badges").status_code, credly.issue().status_code) == (200, 403)


@pytest.mark.parametrize(("knob", "status"), [("forbidden", 403), ("unseen", 404)])
def test_another_organization_is_refused_in_the_way_that_is_set(
    credly: Credly, knob: str, status: int
) -> None:
    credly.sandbox.set_setting("credly", "other_organization", knob)
    credly.organization = "bc39eefb-c33e-4605-a702-424d188068b1"
    assert credly.ask("GET", "").status_code == status


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        ("data.token", ("data", "token")),
        ("data.authorization_token", ("data", "authorization_token")),
        ("token", ("token",)),
    ],
)
def test_a_rotation_gives_a_new_token_and_ends_the_old_one(
    credly: Credly, shape: str, path: tuple[str, ...]
) -> None:
    credly.sandbox.set_setting("credly", "rotate_answer", shape)
    found: Any = credly.ask("POST", "/authorization_tokens/rotate").json()
    for key in path:
        found = found[key]
    assert credly.ask("GET", "").status_code == 401
    assert credly.ask("GET", "", token=found).status_code == 200


def test_a_minutes_calls_can_be_limited(credly: Credly) -> None:
    credly.sandbox.set_setting("credly", "rate_limit", 2)
    assert [credly.ask("GET", "").status_code for _ in range(3)] == [200, 200, 429]
    credly.sandbox.store.move_clock(61)
    assert credly.ask("GET", "").status_code == 200


# --- lists ----------------------------------------------------------------------------------------


def test_lists_have_fifty_a_page_and_name_the_next_at_the_host_that_is_set(credly: Credly) -> None:
    for number in range(52):
        assert credly.issue(recipient_email=f"p{number}@example.com").status_code == 201
    credly.sandbox.set_setting("credly", "page_host", "api.youracclaim.com")
    first = credly.ask("GET", "/badges?sort=-issued_at").json()
    assert (len(first["data"]), first["metadata"]["total_count"], first["metadata"]["per"]) == (50, 56, 50)
    after = httpx.URL(first["metadata"]["next_page_url"])
    assert (after.host, after.params["page"], after.params["sort"]) == (
        "api.youracclaim.com",
        "2",
        "-issued_at",
    )
    second = credly.ask("GET", f"/badges?{after.query.decode()}").json()
    assert (len(second["data"]), second["metadata"]["next_page_url"]) == (6, None)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("filter=state::accepted", ["Ada", "Ben"]),
        ("filter[state]=accepted", ["Ada", "Ben"]),
        ("filter=state::pending|recipient_email_all::CHIARA.lund@example.com", ["Chiara"]),
        ("filter=state::pending|recipient_email::ada.moreno@example.com", []),
        ("filter=query::dmitri", ["Dmitri"]),
        ("sort=issued_at", ["Ada", "Ben", "Chiara", "Dmitri"]),
    ],
)
def test_badges_are_filtered_in_both_forms(credly: Credly, query: str, wanted: list[str]) -> None:
    sort = "" if "sort" in query else "&sort=issued_at"
    rows = credly.rows(f"/badges?{query}{sort}")
    assert [row["issued_to_first_name"] for row in rows] == wanted


@pytest.mark.parametrize("query", ["filter=name::x", "sort=colour", "page=0", "page=x"])
def test_a_list_it_does_not_know_is_refused(credly: Credly, query: str) -> None:
    assert credly.ask("GET", f"/badges?{query}").status_code == 400


def test_templates_are_found_by_state_and_name(credly: Credly) -> None:
    assert [row["name"] for row in credly.rows("/badge_templates?filter=state::active&sort=name")] == [
        "First Aid",
        "Volunteer",
        "Workplace Safety",
    ]
    assert [row["name"] for row in credly.rows("/badge_templates?filter=state::archived")] == [
        "First Aid 2019"
    ]
    assert credly.rows(f"/badge_templates/{credly.template('Volunteer')}")["name"] == "Volunteer"  # type: ignore[call-overload]


def test_the_bulk_search_shows_short_rows_and_the_next_page_alone(credly: Credly) -> None:
    answer = credly.ask("GET", "/high_volume_issued_badge_search").json()
    assert answer["metadata"] == {"next_page_url": None}
    assert "evidence" not in answer["data"][0]
    assert set(answer["data"][0]["badge_template"]) == {"id", "name"}


# --- badges ---------------------------------------------------------------------------------------


def test_an_issued_badge_waits_for_its_earner(credly: Credly) -> None:
    answer = credly.issue(issuer_earner_id="con1")
    badge = answer.json()["data"]
    assert answer.status_code == 201
    assert (badge["state"], badge["issuer_earner_id"]) == ("pending", "con1")
    assert badge["issued_at"] == "2026-02-03T19:05:00.000Z"
    assert badge["accept_badge_url"].endswith("/accept")
    assert credly.rows("/badges?filter=issuer_earner_id::con1")[0]["id"] == badge["id"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"issued_to_last_name": None}, "issued_to_last_name can't be blank"),
        ({"recipient_email": "zoe"}, "recipient_email is invalid"),
        ({"issued_at": "yesterday"}, "issued_at is invalid"),
        ({"issued_at": "2026-02-03 14:05:00"}, "issued_at is invalid"),
        ({"badge_template_id": "none"}, "Badge template not found"),
        ({"colour": "red"}, "colour is not a field of a badge"),
        ({"evidence": [{"type": "Rumour", "value": "x"}]}, "evidence is invalid"),
        ({"evidence": [{"type": "UrlEvidence"}]}, "evidence is invalid"),
    ],
)
def test_what_credly_would_not_issue_is_refused(credly: Credly, given: dict[str, Any], says: str) -> None:
    answer = credly.issue(**given)
    assert (answer.status_code, message(answer)) == (422, says)


def test_an_archived_template_is_refused(credly: Credly) -> None:
    assert "archived" in message(credly.issue("First Aid 2019"))


def test_a_second_badge_of_a_template_is_refused_by_e_mail_and_by_earner(credly: Credly) -> None:
    assert credly.issue("First Aid", issuer_earner_id="con1").status_code == 201
    for given in (
        {"recipient_email": "ZOE@example.com"},
        {"recipient_email": "new@example.com", "issuer_earner_id": "con1"},
    ):
        assert message(credly.issue("First Aid", **given)) == "User already has this badge"
    assert credly.issue("Workplace Safety").status_code == 201
    assert [credly.issue("Volunteer").status_code for _ in range(2)] == [201, 201], "it allows duplicates"


@pytest.mark.parametrize(("counts", "status"), [(False, 201), (True, 422)])
def test_whether_a_revoked_badge_counts_is_a_setting(credly: Credly, counts: bool, status: int) -> None:
    credly.sandbox.set_setting("credly", "revoked_counts", counts)
    badge = credly.issue("First Aid").json()["data"]["id"]
    assert credly.ask("PUT", f"/badges/{badge}/revoke", json={"reason": "x"}).status_code == 200
    assert credly.issue("First Aid").status_code == status


def test_a_badge_is_revoked_once_and_with_a_reason(credly: Credly) -> None:
    badge = credly.issue().json()["data"]["id"]
    assert message(credly.ask("PUT", f"/badges/{badge}/revoke", json={})) == "reason can't be blank"
    revoked = credly.ask("PUT", f"/badges/{badge}/revoke", json={"reason": "Mistake"}).json()["data"]
    assert (revoked["state"], revoked["revocation_reason"]) == ("revoked", "Mistake")
    assert credly.ask("PUT", f"/badges/{badge}/revoke", json={"reason": "x"}).status_code == 422
    assert credly.ask("PUT", "/badges/none/revoke", json={"reason": "x"}).json() == {
        "message": "resource not found"
    }


def test_a_replaced_badge_and_its_replacement_name_each_other(credly: Credly) -> None:
    old = credly.issue("First Aid", issuer_earner_id="con1").json()["data"]["id"]
    given = {
        "badge_template_id": credly.template("Workplace Safety"),
        "issued_at": "2026-02-04T00:00:00Z",
    }
    answer = credly.ask("POST", f"/badges/{old}/replace", json=given)
    new = answer.json()["data"]
    assert (answer.status_code, new["replaces_badge_id"], new["issuer_earner_id"]) == (201, old, "con1")
    (before,) = [row for row in credly.rows("/badges") if row["id"] == old]
    assert before["replacement_badge_id"] == new["id"]
    assert credly.ask("POST", f"/badges/{old}/replace", json=given).status_code == 422


def test_many_are_issued_in_order_or_none(credly: Credly) -> None:
    one = {
        "issued_to_first_name": "A",
        "issued_to_last_name": "B",
        "badge_template_id": credly.template("Volunteer"),
        "issued_at": "2026-02-03 14:05:00 -0500",
    }
    rows = [{**one, "recipient_email": f"p{number}@example.com"} for number in range(3)]
    answer = credly.ask("POST", "/badges/batch", json={"badges": rows})
    assert [row["recipient_email"] for row in answer.json()["data"]] == [
        row["recipient_email"] for row in rows
    ]
    before = len(credly.rows("/badges"))
    bad = credly.ask("POST", "/badges/batch", json={"badges": [*rows, {**one, "recipient_email": "x"}]})
    assert (bad.status_code, len(credly.rows("/badges"))) == (422, before)


def test_a_deleted_badge_is_gone(credly: Credly) -> None:
    badge = credly.issue().json()["data"]["id"]
    assert credly.ask("DELETE", f"/badges/{badge}").status_code == 204
    assert credly.ask("DELETE", f"/badges/{badge}").status_code == 404


# --- events and webhooks --------------------------------------------------------------------------


def test_every_change_is_an_event_newest_first(credly: Credly) -> None:
    assert credly.told() == [], "what was there on the first day is no news"
    badge = credly.issue().json()["data"]["id"]
    credly.sandbox.act("credly", "accept_badge", {"badge": badge})
    credly.sandbox.act("credly", "make_private", {"badge": badge})
    credly.sandbox.act("credly", "delete_badge", {"badge": badge})
    assert credly.told() == ["badge.created", "badge.state.changed", "badge.privacy.changed", "badge.deleted"]
    newest = credly.rows("/events")[0]
    assert newest["badge"]["id"] == badge
    assert credly.ask("GET", f"/events/{newest['id']}").json()["data"] == newest


def test_a_change_of_state_may_have_no_event(credly: Credly) -> None:
    credly.sandbox.set_setting("credly", "state_events", False)
    badge = credly.issue().json()["data"]["id"]
    credly.sandbox.act("credly", "reject_badge", {"badge": badge})
    assert credly.told() == ["badge.created"]


def test_without_data_services_there_is_no_list_of_events(credly: Credly) -> None:
    credly.sandbox.set_setting("credly", "data_services", False)
    assert credly.ask("GET", "/events").status_code == 403


@pytest.mark.parametrize("bare", [False, True])
def test_templates_are_made_changed_and_deleted(credly: Credly, bare: bool) -> None:
    credly.sandbox.set_setting("credly", "bare_deletions", bare)
    template = credly.sandbox.act("credly", "create_template", {"name": "Rescue"})["id"]
    credly.sandbox.act("credly", "change_template", {"template": template, "state": "archived"})
    credly.sandbox.act("credly", "delete_template", {"template": template})
    assert credly.told() == [
        "badge_template.created",
        "badge_template.changed",
        "badge_template.deleted",
    ]
    assert (credly.rows("/events")[0]["badge_template"] == {}) is bare


def deliveries(sandbox: Sandbox) -> list[tuple[str, dict[str, Any]]]:
    return [(row["target"], json.loads(row["body"])) for row in sandbox.dump()["credly"][outbox.OUTBOX]]


def test_webhooks_are_thin_and_go_where_the_organization_says(credly: Credly) -> None:
    credly.issue()
    assert outbox.OUTBOX not in credly.sandbox.dump()["credly"]
    url = "https://hub.example.com/hooks/sandbox/credly/key"
    assert credly.ask("PUT", "", json={"webhook_url": url}).json()["data"]["webhook_url"] == url
    credly.issue()
    ((target, body),) = deliveries(credly.sandbox)
    assert target == url
    assert set(body) == {"id", "organization_id", "event_type", "occurred_at"}
    assert body["organization_id"] == credly.organization


def test_the_address_for_webhooks_has_to_be_https(credly: Credly) -> None:
    assert credly.ask("PUT", "", json={"webhook_url": "http://hub.example.com/"}).status_code == 422


# --- employees ------------------------------------------------------------------------------------


def test_an_employee_is_made_changed_invited_and_removed(credly: Credly) -> None:
    made = credly.ask("POST", "/employees", json={"email": "Zoe@example.com", "external_id": "con1"})
    employee = made.json()["data"]
    assert (made.status_code, employee["state"], employee["email"]) == (201, "created", "zoe@example.com")
    path = f"/employees/{employee['id']}"
    assert credly.ask("PUT", path, json={"team": "Harbour"}).json()["data"]["team"] == "Harbour"
    credly.ask("POST", "/employees/send_invitations", json={})
    assert credly.rows("/employees")[0]["state"] == "pending"
    assert credly.ask("POST", "/employees", json={"email": "zoe@example.com"}).status_code == 422
    assert credly.ask("DELETE", path).status_code == 204
    assert credly.rows("/employees") == []


def test_not_every_organization_has_the_workforce_product(credly: Credly) -> None:
    credly.sandbox.set_setting("credly", "workforce_enabled", False)
    assert credly.ask("GET", "/employees").status_code == 403
    assert credly.ask("GET", "").json()["data"]["workforce_enabled"] is False


# --- what people do -------------------------------------------------------------------------------


def test_the_examples_are_put_in_once(credly: Credly) -> None:
    badge = credly.sandbox.act("credly", "examples", {})
    before = credly.sandbox.dump()["credly"]
    assert credly.sandbox.act("credly", "examples", {})["id"] == badge["id"]
    assert credly.sandbox.dump()["credly"] == before
    assert badge["issuer_earner_id"] == "ExampleContactAda001"


@pytest.mark.parametrize(
    ("action", "values", "says"),
    [
        ("accept_badge", {"badge": "none"}, "resource not found"),
        ("issue_badge", {"name": "Zoe Hart", "email": "zoe"}, "recipient_email is invalid"),
        ("change_template", {"template": "none"}, "no badge template none"),
    ],
)
def test_what_cannot_be_done_is_said(credly: Credly, action: str, values: dict[str, Any], says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        credly.sandbox.act("credly", action, values)


def test_a_token_can_end_or_be_made_anew_at_any_time(credly: Credly) -> None:
    credly.sandbox.act("credly", "expire_token", {})
    assert credly.ask("GET", "").status_code == 401
    credly.sandbox.act("credly", "new_token", {})
    fresh = credly.sandbox.apps()["credly"].credentials()["token"]
    assert credly.ask("GET", "", token=fresh).status_code == 200
