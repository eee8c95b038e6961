"""The simulated GHL's agency: its tokens, its list of locations, installs, and rotated private tokens."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Ghl
from tests.sandbox.test_ghl_oauth import Visitor

AGENCY_SCOPE = "contacts.readonly locations.readonly oauth.readonly oauth.write"


@pytest.fixture
def visitor(ghl: Ghl) -> Visitor:
    made = Visitor(ghl)
    made.asked["scope"] = AGENCY_SCOPE
    return made


@pytest.fixture
def agency(visitor: Visitor) -> httpx.Client:
    """The agency's token at work; the app is in both locations."""
    return visitor.ghl.client_with(visitor.connected(visitor.ghl.known["company_id"])["access_token"])


def asked(ghl: Ghl, **more: str) -> dict[str, str]:
    app = ghl.known["client_id"].split("-")[0]
    return {"companyId": ghl.known["company_id"], "appId": app, **more}


def exchanged(agency: httpx.Client, ghl: Ghl, location: str = "", **more: str) -> httpx.Response:
    form = {"companyId": ghl.known["company_id"], "locationId": location or ghl.location, **more}
    return agency.post("/oauth/locationToken", data=form)


def told(ghl: Ghl) -> list[tuple[str, str]]:
    return [(row["event"], row["location_id"]) for row in ghl.sandbox.dump()["ghl"].get("changes", [])]


# --- the token ------------------------------------------------------------------------------------


def test_an_agencys_token_is_exchanged_for_a_locations(agency: httpx.Client, ghl: Ghl) -> None:
    answer = exchanged(agency, ghl)
    assert answer.status_code == 201  # measured; the documents say 200
    body = answer.json()
    assert (body["locationId"], body["token_type"], body["expires_in"]) == (ghl.location, "Bearer", 86_399)
    assert body["scope"] == AGENCY_SCOPE
    assert "refresh_token" not in body
    assert {"userId", "appId", "versionId"} <= set(body)
    client = ghl.client_with(body["access_token"])
    assert client.get(f"/locations/{ghl.location}").status_code == 200
    assert client.get(f"/locations/{ghl.other_location()}").status_code == 403
    assert client.get("/oauth/installedLocations", params=asked(ghl)).status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"locationId": "nowhere"}, 403, "does not have access to this location"),
        ({"companyId": "another"}, 403, "does not have access to this location"),
        ({"more": "1"}, 422, "property more should not exist"),
    ],
)
def test_an_exchange_that_cannot_be_is_refused(
    agency: httpx.Client, ghl: Ghl, form: dict[str, str], status: int, says: str
) -> None:
    body = {"companyId": ghl.known["company_id"], "locationId": ghl.location, **form}
    answer = agency.post("/oauth/locationToken", data=body)
    assert (answer.status_code, says in str(answer.json()["message"])) == (status, True)


def test_a_suspended_location_and_one_without_the_app_are_refused(agency: httpx.Client, ghl: Ghl) -> None:
    ghl.sandbox.act("ghl", "suspend_location", {"location": ghl.location})
    ghl.sandbox.act("ghl", "uninstall_app", {"account": ghl.other_location()})
    suspended, without = exchanged(agency, ghl), exchanged(agency, ghl, ghl.other_location())
    assert (suspended.status_code, suspended.json()["message"]) == (400, "Location is not active")
    assert (without.status_code, "not installed" in without.json()["message"]) == (400, True)


def test_only_an_agencys_token_with_the_scope_may_do_it(visitor: Visitor) -> None:
    own = visitor.ghl.client_with(visitor.connected()["access_token"])
    assert exchanged(own, visitor.ghl).status_code == 401
    visitor.asked["scope"] = "oauth.readonly"
    lesser = visitor.ghl.client_with(visitor.connected(visitor.ghl.known["company_id"])["access_token"])
    assert exchanged(lesser, visitor.ghl).json()["message"] == "The token is not authorized for this scope."


def test_a_refresh_token_comes_with_it_where_that_is_set(agency: httpx.Client, visitor: Visitor) -> None:
    visitor.ghl.sandbox.set_setting("ghl", "location_tokens_refresh", True)
    refresh = exchanged(agency, visitor.ghl).json()["refresh_token"]
    assert visitor.refresh(refresh).json()["locationId"] == visitor.ghl.location


def test_lives_can_be_shortened(visitor: Visitor) -> None:
    for setting in ("access_lifetime_s", "refresh_lifetime_s"):
        visitor.ghl.sandbox.set_setting("ghl", setting, 60)
    grant = visitor.connected()
    assert grant["expires_in"] == 60
    visitor.ghl.sandbox.store.move_clock(61)
    assert visitor.refresh(grant["refresh_token"]).status_code == 400


# --- the list -------------------------------------------------------------------------------------


def test_the_list_is_paged_in_texts_and_in_no_order(agency: httpx.Client, ghl: Ghl) -> None:
    ghl.sandbox.act("ghl", "add_locations", {"count": 48, "install": True})
    pages = [
        agency.get("/oauth/installedLocations", params=asked(ghl, skip=str(skip), limit="20")).json()
        for skip in (0, 20, 40)
    ]
    rows = [row for page in pages for row in page["locations"]]
    assert [len(page["locations"]) for page in pages] == [20, 20, 10]
    assert {page["count"] for page in pages} == {50}
    assert len({row["_id"] for row in rows}) == 50
    assert [row["name"] for row in rows] != sorted(row["name"] for row in rows)
    assert {"_id", "name", "address", "isInstalled", "versionId", "installedAt"} <= set(rows[0])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"isInstalled": "true"}, 2),
        ({"isInstalled": "false"}, 3),
        ({"query": "branch"}, 3),
        ({"query": "berlin"}, 1),
        ({}, 5),
    ],
)
def test_the_list_is_narrowed(agency: httpx.Client, ghl: Ghl, query: dict[str, str], found: int) -> None:
    ghl.sandbox.act("ghl", "add_locations", {"count": 3})
    answer = agency.get("/oauth/installedLocations", params=asked(ghl, **query)).json()
    assert (len(answer["locations"]), answer["count"]) == (found, 5)


@pytest.mark.parametrize(
    ("wrong", "status"), [({"companyId": "another"}, 403), ({"appId": "another"}, 400), ({"skip": "x"}, 422)]
)
def test_a_list_of_another_agency_or_app_is_refused(
    agency: httpx.Client, ghl: Ghl, wrong: dict[str, str], status: int
) -> None:
    answer = agency.get("/oauth/installedLocations", params={**asked(ghl), **wrong})
    assert answer.status_code == status


# --- installs -------------------------------------------------------------------------------------


def test_the_agency_lets_the_app_into_the_locations_that_are_ticked(visitor: Visitor) -> None:
    company, other = visitor.ghl.known["company_id"], visitor.ghl.other_location()
    code = visitor.choose(location_id=company, picked="1", into=other)["code"]
    assert visitor.exchange(code).json()["approvedLocations"] == [other]
    assert [location for event, location in told(visitor.ghl) if event == "INSTALL"] == ["", other]


def test_an_install_is_told_before_the_code_is_exchanged_and_once(visitor: Visitor) -> None:
    visitor.code()
    visitor.code()
    assert told(visitor.ghl) == [("INSTALL", visitor.ghl.location)]


def test_an_uninstalled_app_is_told_and_its_tokens_end(visitor: Visitor) -> None:
    mine, other = visitor.connected(), visitor.connected(visitor.ghl.other_location())
    visitor.ghl.sandbox.act("ghl", "uninstall_app", {"account": visitor.ghl.location})
    assert told(visitor.ghl)[-1] == ("UNINSTALL", visitor.ghl.location)
    assert visitor.refresh(mine["refresh_token"]).status_code == 400
    assert visitor.refresh(other["refresh_token"]).status_code == 200
    assert visitor.ghl.client.get(f"/locations/{visitor.ghl.location}").status_code == 200  # a private token


def test_an_uninstall_from_the_agency_takes_all_its_locations_along(
    agency: httpx.Client, visitor: Visitor
) -> None:
    token = exchanged(agency, visitor.ghl).json()["access_token"]
    visitor.ghl.sandbox.act("ghl", "uninstall_app", {"account": visitor.ghl.known["company_id"]})
    assert told(visitor.ghl)[-1] == ("UNINSTALL", "")
    assert agency.get("/oauth/installedLocations", params=asked(visitor.ghl)).status_code == 401
    assert visitor.ghl.client_with(token).get(f"/locations/{visitor.ghl.location}").status_code == 401


def test_whoever_is_installed_stays_so_after_a_reset(agency: httpx.Client, ghl: Ghl) -> None:
    ghl.sandbox.reset()
    assert exchanged(agency, ghl).status_code == 201


# --- the consent page -----------------------------------------------------------------------------


def test_the_white_label_page_names_nobody(visitor: Visitor) -> None:
    path = "/marketplace.leadconnectorhq.com/v2/oauth/chooselocation"
    page = visitor.client.get(path, params=visitor.asked)
    assert page.status_code == 200
    assert "Choose a location" in page.text
    assert "GoHighLevel" not in page.text
    assert set(visitor.choose(path, location_id=visitor.ghl.location)) == {"from", "code", "state"}


def test_the_page_may_want_the_apps_version(visitor: Visitor) -> None:
    visitor.ghl.sandbox.set_setting("ghl", "needs_version_id", True)
    page = visitor.client.get("/v2/oauth/chooselocation", params=visitor.asked)
    assert (page.status_code, "error.noversionid" in page.text) == (400, True)
    versioned = {**visitor.asked, "version_id": "v1"}
    assert visitor.client.get("/v2/oauth/chooselocation", params=versioned).status_code == 200


# --- private tokens -------------------------------------------------------------------------------


def works(ghl: Ghl, token: str) -> bool:
    return ghl.client_with(token).get(f"/locations/{ghl.location}").status_code == 200


def present(ghl: Ghl) -> str:
    return str(ghl.sandbox.apps()["ghl"].credentials()["private_integration_token"])


@pytest.mark.parametrize(
    ("then", "old_works", "new_works"),
    [
        (lambda sandbox: None, True, True),
        (lambda sandbox: sandbox.store.move_clock(6 * 86_400), True, True),
        (lambda sandbox: sandbox.store.move_clock(8 * 86_400), False, True),
        (lambda sandbox: sandbox.act("ghl", "cancel_rotation", {}), True, False),
    ],
    ids=["at once", "after six days", "after eight", "cancelled"],
)
def test_while_a_private_token_is_rotated_both_work(
    ghl: Ghl, then: Any, old_works: bool, new_works: bool
) -> None:
    old = present(ghl)
    ghl.sandbox.act("ghl", "rotate_private_token", {})
    new = present(ghl)
    then(ghl.sandbox)
    assert (works(ghl, old), works(ghl, new)) == (old_works, new_works)


def test_a_private_token_that_expires_now_is_gone(ghl: Ghl) -> None:
    old = present(ghl)
    ghl.sandbox.act("ghl", "new_private_token", {})
    assert (works(ghl, old), works(ghl, present(ghl))) == (False, True)
