"""Signing in to the simulated GHL: the consent page, the exchange, the rotation of refresh tokens."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox.conftest import GHL_URL, Ghl

REDIRECT = "https://hub.example/oauth/callback?from=ghl"
SCOPE = "contacts.readonly locations.readonly"
GONE = {"error": "UnAuthorized!", "error_description": "Authorization code not found"}


class Visitor:
    """A person's browser and the hub's server, both without a token."""

    def __init__(self, ghl: Ghl) -> None:
        self.ghl = ghl
        self.client = httpx.Client(transport=ghl.sandbox.transport("ghl"), base_url=GHL_URL)
        self.asked = {
            "response_type": "code",
            "client_id": ghl.known["client_id"],
            "redirect_uri": REDIRECT,
            "scope": SCOPE,
            "state": "s t&te",
        }

    def choose(self, path: str = "/v2/oauth/chooselocation", **choice: str) -> dict[str, str]:
        answer = self.client.post(path, params=self.asked, data=choice)
        assert answer.status_code == 302, answer.text
        assert answer.headers["Location"].startswith("https://hub.example/oauth/callback?from=ghl&")
        return {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def code(self, location: str = "") -> str:
        return self.choose(location_id=location or self.ghl.location)["code"]

    def token(self, **form: str) -> httpx.Response:
        secrets = {name: self.ghl.known[name] for name in ("client_id", "client_secret")}
        return self.client.post("/oauth/token", data={**secrets, **form})

    def exchange(self, code: str, **more: str) -> httpx.Response:
        return self.token(grant_type="authorization_code", code=code, **more)

    def refresh(self, token: str, **more: str) -> httpx.Response:
        return self.token(grant_type="refresh_token", refresh_token=token, **more)

    def connected(self, location: str = "") -> dict[str, Any]:
        answer = self.exchange(self.code(location))
        assert answer.status_code == 200
        return answer.json()


@pytest.fixture
def visitor(ghl: Ghl) -> Visitor:
    return Visitor(ghl)


def pair(answer: httpx.Response) -> tuple[str, str]:
    return answer.json()["access_token"], answer.json()["refresh_token"]


@pytest.mark.parametrize("path", ["/v2/oauth/chooselocation", "/oauth/chooselocation"])
def test_the_page_lets_a_person_choose(visitor: Visitor, path: str) -> None:
    page = visitor.client.get(path, params=visitor.asked)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="en">' in page.text
    assert '<form method="post" action="">' in page.text
    assert "<script" not in page.text
    assert page.text.count('name="location_id"') == 3
    buttons = ("Allow Harbour Academy New York", "Allow the agency", "Cancel")
    for text in (visitor.ghl.location, *buttons, "contacts.readonly"):
        assert text in page.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"response_type": "token"}, "response_type must be"),
        ({"client_id": ""}, "lacks client_id"),
        ({"client_id": "<b>someone</b>"}, "No app has this client_id"),
        ({"redirect_uri": "javascript:alert(1)"}, "must be a web address"),
        ({"scope": ""}, "lacks scope"),
        ({"location_id": "unknown"}, "no such location"),
    ],
)
def test_a_wrong_address_is_explained_on_the_page(visitor: Visitor, wrong: dict[str, str], said: str) -> None:
    page = visitor.client.get("/oauth/chooselocation", params={**visitor.asked, **wrong})
    assert page.status_code == 400
    assert said in page.text


def test_what_came_in_the_address_cannot_write_html(visitor: Visitor) -> None:
    visitor.asked["scope"] = "<img src=x>"
    page = visitor.client.get("/oauth/chooselocation", params=visitor.asked)
    assert "<img" not in page.text


def test_a_choice_goes_back_with_a_code_and_the_state(visitor: Visitor) -> None:
    answer = visitor.choose(location_id=visitor.ghl.location)
    assert set(answer) == {"from", "code", "state"}
    assert answer["state"] == "s t&te"
    by_get = {**visitor.asked, "location_id": visitor.ghl.location}
    assert visitor.client.get("/oauth/chooselocation", params=by_get).status_code == 302


def test_a_refusal_goes_back_without_a_code(visitor: Visitor) -> None:
    assert visitor.choose(cancel="1") == {"from": "ghl", "error": "access_denied", "state": "s t&te"}


def test_a_code_is_exchanged_for_tokens_of_its_location(visitor: Visitor) -> None:
    other = visitor.ghl.other_location()
    grant = visitor.connected(other)
    assert {
        name: grant[name] for name in ("token_type", "expires_in", "scope", "userType", "locationId")
    } == {
        "token_type": "Bearer",
        "expires_in": 86_399,
        "scope": SCOPE,
        "userType": "Location",
        "locationId": other,
    }
    assert grant["companyId"] == visitor.ghl.known["company_id"]
    assert {"refresh_token", "userId", "approvedLocations", "isBulkInstallation"} <= set(grant)
    client = visitor.ghl.client_with(grant["access_token"])
    assert client.get(f"/locations/{other}").json()["location"]["timezone"] == "Europe/Berlin"
    assert client.get(f"/locations/{visitor.ghl.location}").status_code == 403
    assert client.get("/users/", params={"locationId": other}).status_code == 401


@pytest.mark.parametrize("secrets", [{}, {"client_secret": "wrong"}], ids=["right", "wrong"])
def test_a_code_works_once_and_is_looked_at_before_the_secret(
    visitor: Visitor, secrets: dict[str, str]
) -> None:
    code = visitor.code()
    assert visitor.exchange(code).status_code == 200
    again = visitor.exchange(code, **secrets)
    assert again.status_code == 401
    assert {name: again.json()[name] for name in GONE} == GONE


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"client_secret": "wrong"}, 401),
        ({"redirect_uri": "https://elsewhere.example/"}, 400),
        ({"redirect_uri": REDIRECT, "user_type": "Location"}, 200),
    ],
)
def test_an_exchange_wants_the_right_app_and_address(
    visitor: Visitor, form: dict[str, str], status: int
) -> None:
    assert visitor.exchange(visitor.code(), **form).status_code == status


def test_a_code_grows_old(visitor: Visitor) -> None:
    code = visitor.code()
    visitor.ghl.sandbox.store.move_clock(601)
    assert visitor.exchange(code).status_code == 401


def test_a_body_that_is_not_form_encoded_is_not_read(visitor: Visitor) -> None:
    body = {"grant_type": "authorization_code", "code": visitor.code()}
    assert visitor.client.post("/oauth/token", json=body).status_code == 400


def test_an_access_token_lives_a_day(visitor: Visitor) -> None:
    client = visitor.ghl.client_with(visitor.connected()["access_token"])
    visitor.ghl.sandbox.store.move_clock(86_390)
    assert client.get(f"/locations/{visitor.ghl.location}").status_code == 200
    visitor.ghl.sandbox.store.move_clock(10)
    answer = client.get(f"/locations/{visitor.ghl.location}")
    assert (answer.status_code, answer.json()["message"]) == (401, "Invalid token: access token is invalid")


def test_a_refresh_gives_a_new_pair_and_the_same_one_within_30_seconds(visitor: Visitor) -> None:
    old = visitor.connected()["refresh_token"]
    first = visitor.refresh(old)
    assert first.status_code == 200
    assert first.json()["refresh_token"] != old
    visitor.ghl.sandbox.store.move_clock(29)
    assert pair(visitor.refresh(old)) == pair(first)
    visitor.ghl.sandbox.store.move_clock(2)
    late = visitor.refresh(old)
    assert (late.status_code, late.json()["error_description"]) == (
        400,
        "Invalid grant: refresh token is invalid",
    )
    assert visitor.refresh(first.json()["refresh_token"]).status_code == 200


def test_the_grace_is_for_the_same_app_only(visitor: Visitor) -> None:
    old = visitor.connected()["refresh_token"]
    assert visitor.refresh(old).status_code == 200
    assert visitor.refresh(old, client_secret="wrong").status_code == 401


def test_a_refresh_token_lives_a_year(visitor: Visitor) -> None:
    old = visitor.connected()["refresh_token"]
    visitor.ghl.sandbox.store.move_clock(366 * 86_400)
    assert visitor.refresh(old).status_code == 400


@pytest.mark.parametrize(
    ("form", "description"),
    [
        ({"grant_type": "password"}, "Invalid parameter: grantType"),
        ({"grant_type": "refresh_token"}, "Missing parameter: refreshToken"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "Invalid grant: refresh token is invalid"),
    ],
)
def test_a_senseless_token_request_is_refused(
    visitor: Visitor, form: dict[str, str], description: str
) -> None:
    answer = visitor.token(**form)
    assert (answer.status_code, answer.json()["error_description"]) == (400, description)


def test_a_suspended_location_refreshes_again_with_the_same_token(visitor: Visitor) -> None:
    act, where = visitor.ghl.sandbox.act, {"location": visitor.ghl.location}
    old = visitor.connected()["refresh_token"]
    act("ghl", "suspend_location", where)
    refused = visitor.refresh(old)
    assert (refused.status_code, refused.json()["error_description"]) == (400, "Location is not active")
    act("ghl", "resume_location", where)
    assert visitor.refresh(old).status_code == 200


def test_revoked_tokens_neither_work_nor_refresh_until_connected_again(visitor: Visitor) -> None:
    grant = visitor.connected()
    other = visitor.connected(visitor.ghl.other_location())
    visitor.ghl.sandbox.set_fault("ghl", "revoke_token", match="GET ", account=visitor.ghl.location)
    client = visitor.ghl.client_with(grant["access_token"])
    assert client.get(f"/locations/{visitor.ghl.location}").status_code == 401
    assert visitor.refresh(grant["refresh_token"]).status_code == 400
    assert visitor.refresh(other["refresh_token"]).status_code == 200
    fresh = visitor.ghl.client_with(visitor.connected()["access_token"])
    assert fresh.get(f"/locations/{visitor.ghl.location}").status_code == 200


def test_a_fault_can_hit_the_refreshes_of_one_location(visitor: Visitor) -> None:
    mine, other = visitor.connected(), visitor.connected(visitor.ghl.other_location())
    visitor.ghl.sandbox.set_fault("ghl", "lost_answer", match="/oauth/token", account=visitor.ghl.location)
    assert visitor.refresh(other["refresh_token"]).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        visitor.refresh(mine["refresh_token"])
    assert visitor.refresh(mine["refresh_token"]).status_code == 200


def test_an_agency_install_gives_a_token_that_no_location_takes(visitor: Visitor) -> None:
    grant = visitor.connected(visitor.ghl.known["company_id"])
    assert grant["userType"] == "Company"
    assert "locationId" not in grant
    asked = {"locationId": visitor.ghl.location}
    answer = visitor.ghl.client_with(grant["access_token"]).get("/contacts/", params=asked)
    assert answer.status_code == 401
    assert "authClass" in answer.json()["message"]
