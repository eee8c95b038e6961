"""Locations, users and the agency of the simulated GHL, as a location's and as an agency's token see them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Ghl


@pytest.fixture
def agency(ghl: Ghl) -> httpx.Client:
    return ghl.client_with(ghl.known["agency_integration_token"])


def user(ghl: Ghl, client: httpx.Client, **more: Any) -> httpx.Response:
    body = {
        "companyId": ghl.known["company_id"],
        "firstName": "Mara",
        "lastName": "Lind",
        "email": "mara@example.com",
        "password": "x",
        "type": "account",
        "role": "user",
        "locationIds": [ghl.location],
        **more,
    }
    return client.post("/users/", json=body)


def test_a_location_sees_itself_and_an_agency_all_of_its_own(ghl: Ghl, agency: httpx.Client) -> None:
    mine = ghl.client.get("/locations/search").json()["locations"]
    assert [row["id"] for row in mine] == [ghl.location]
    company = {"companyId": ghl.known["company_id"]}
    assert len(agency.get("/locations/search", params=company).json()["locations"]) == 2
    assert agency.get("/locations/search", params={"companyId": "another"}).status_code == 403
    one = agency.get("/locations/search", params={**company, "limit": "1", "order": "desc"})
    assert [row["name"] for row in one.json()["locations"]] == ["Harbour Academy New York"]
    assert agency.get(f"/locations/{ghl.location}").json()["location"]["id"] == ghl.location
    assert "suspended" not in agency.get(f"/locations/{ghl.location}").json()["location"]


def test_an_agency_makes_and_changes_locations_and_a_location_does_not(
    ghl: Ghl, agency: httpx.Client
) -> None:
    body = {"companyId": ghl.known["company_id"], "name": "Harbour Academy Oslo", "timezone": "Europe/Oslo"}
    made = agency.post("/locations/", json=body)
    assert made.status_code == 200
    path = f"/locations/{made.json()['id']}"
    settings = {"settings": {"allowDuplicateContact": True}}
    changed = agency.put(path, json={**body, **settings, "city": "Oslo"}).json()
    assert (changed["city"], changed["settings"]["allowDuplicateContact"]) == ("Oslo", True)
    assert agency.get(path).json()["location"]["city"] == "Oslo"
    assert agency.post("/locations/", json={**body, "companyId": "another"}).status_code == 403
    refused = ghl.client.post("/locations/", json=body)
    assert (refused.status_code, refused.json()["message"]) == (401, "Token's user type mismatch!")


def test_nobody_holds_the_scope_to_delete_a_location(ghl: Ghl, agency: httpx.Client) -> None:
    path = f"/locations/{ghl.location}?deleteTwilioAccount=false"
    refused = agency.delete(path)
    assert refused.json()["message"] == "The token is not authorized for this scope."
    ghl.sandbox.set_setting("ghl", "pit_scopes", "locations.internal-access-only locations.readonly")
    assert agency.delete(path).json()["success"] is True
    assert agency.get(f"/locations/{ghl.location}").status_code == 403


def test_the_agency_is_shown_to_itself(ghl: Ghl, agency: httpx.Client) -> None:
    found = agency.get(f"/companies/{ghl.known['company_id']}").json()["company"]
    assert (found["name"], found["locationCount"]) == ("Harbour Agency", 2)
    assert agency.get("/companies/another").status_code == 403


def test_zones_are_listed_and_some_are_missing(ghl: Ghl) -> None:
    zones = ghl.client.get(f"/locations/{ghl.location}/timezones").json()["timezones"]
    assert {"America/New_York", "Europe/Berlin", "Australia/Lord_Howe"} <= set(zones)
    assert "Europe/Oslo" not in zones


def test_a_user_is_made_changed_and_deleted(ghl: Ghl) -> None:
    made = user(ghl, ghl.client)
    assert made.status_code == 201
    mara = made.json()
    assert (mara["name"], mara["roles"]["locationIds"]) == ("Mara Lind", [ghl.location])
    assert "password" not in str(ghl.sandbox.dump()["ghl"]["users"])
    path = f"/users/{mara['id']}"
    assert ghl.client.put(path, json={"lastName": "Berg", "role": "admin"}).json()["name"] == "Mara Berg"
    assert ghl.client.get(path).json()["roles"]["role"] == "admin"
    assert ghl.client.delete(path).json()["succeded"] is True
    assert ghl.client.get(path).status_code == 404


def test_a_user_of_another_location_is_out_of_reach(ghl: Ghl, agency: httpx.Client) -> None:
    theirs = user(ghl, agency, locationIds=[ghl.other_location()]).json()["id"]
    assert agency.get(f"/users/{theirs}").status_code == 200
    for answer in (
        ghl.client.get(f"/users/{theirs}"),
        ghl.client.delete(f"/users/{theirs}"),
        user(ghl, ghl.client, locationIds=[ghl.other_location()]),
        user(ghl, ghl.client, companyId="another"),
    ):
        assert answer.status_code == 403


def test_users_are_found_by_email_by_an_agency(ghl: Ghl, agency: httpx.Client) -> None:
    body = {"companyId": ghl.known["company_id"], "emails": "NORA.quist@example.com, nobody@example.com"}
    found = agency.post("/users/search/filter-by-email", json=body).json()
    assert ([row["firstName"] for row in found["users"]], found["count"]) == (["Nora"], 1)
    assert agency.post("/users/search/filter-by-email", json={**body, "companyId": "x"}).status_code == 403
