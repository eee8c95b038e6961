"""Signing in to GoHighLevel: what a token answer says, which refusals need a person, agency and location.

Payloads: the official OpenAPI files (GoHighLevel/highlevel-api-docs, apps/oauth.json) where marked "spec";
the rest as third parties measured and published them in 2026.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.connectors.ghl import CONNECTOR
from integrations.connectors.ghl.agency import EXCHANGE, app_id, read_location_grant
from integrations.connectors.ghl.installs import installation
from integrations.connectors.ghl.operations import OPERATIONS
from integrations.connectors.ghl.signin import read_grant, read_refusal
from integrations.engine.errors import (
    AccountSuspended,
    ContractBroken,
    CredentialRefused,
    HubError,
    Refused,
    StopRun,
    VendorTrouble,
    WrongUse,
)
from integrations.engine.oauth2 import authorize_url
from integrations.engine.request import prepare
from integrations.engine.spec import Account, Answer, Installation, Listed, Notice, OAuth2

TOKEN_ANSWER = {  # spec, POST /oauth/token
    "access_token": "ab12dc0ae1234a7898f9ff06d4f69gh",
    "token_type": "Bearer",
    "expires_in": 86399,
    "refresh_token": "xy34dc0ae1234a4858f9ff06d4f66ba",
    "scope": "conversations/message.readonly conversations/message.write",
    "userType": "Location",
    "locationId": "l1C08ntBrFjLS0elLIYU",
    "companyId": "c1C08ntBrFjLS0elLIYU",
    "approvedLocations": ["l1C08ntBrFjLS0elLIYU"],
    "userId": "u1C08ntBrFjLS0elLIYU",
    "planId": "p1C08ntBrFjLS0elLIYU",
    "refreshTokenId": "unknown keys are tolerated",
}
LOCATION_TOKEN_ANSWER = {  # spec, POST /oauth/locationToken: no refresh token, no company
    "access_token": "ab12dc0ae1234a7898f9ff06d4f69gh",
    "token_type": "Bearer",
    "expires_in": 86399,
    "scope": "conversations/message.readonly oauth.readonly oauth.write",
    "locationId": "l1C08ntBrFjLS0elLIYU",
    "planId": "l1C08ntBrFjLS0elLIYU",
    "userId": "l1C08ntBrFjLS0elLIYU",
    "appId": "6578278e879ad2646715ba9c",
    "versionId": "6578278e879ad2646715ba9c",
}


def without(answer: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in keys}


def oauth2() -> OAuth2:
    rules = CONNECTOR.auth("oauth").oauth2
    assert rules is not None
    return rules


# --- what a token answer says ---------------------------------------------------------------------


@pytest.mark.parametrize("scope", [TOKEN_ANSWER["scope"], str(TOKEN_ANSWER["scope"]).split()])
def test_a_location_token_tells_whose_it_is(scope: Any) -> None:
    grant = read_grant({**TOKEN_ANSWER, "scope": scope})
    assert grant.settings == {
        "connects": "location",
        "location_id": "l1C08ntBrFjLS0elLIYU",
        "company_id": "c1C08ntBrFjLS0elLIYU",
    }
    assert grant.scopes == ("conversations/message.readonly", "conversations/message.write")
    assert grant.expires_in_s == 86399


@pytest.mark.parametrize(
    "body",
    [
        {**without(TOKEN_ANSWER, "locationId"), "userType": "Company"},
        without(TOKEN_ANSWER, "locationId", "userType"),
        {**TOKEN_ANSWER, "userType": "Company"},
    ],
    ids=["as measured", "of no declared kind", "that names a location too"],
)
def test_an_agency_token_is_the_agencys(body: dict[str, Any]) -> None:
    grant = read_grant(body)
    assert grant.settings == {"connects": "agency", "company_id": "c1C08ntBrFjLS0elLIYU"}
    assert CONNECTOR.account(grant.settings) == "c1C08ntBrFjLS0elLIYU"


@pytest.mark.parametrize(
    "body",
    [
        {**TOKEN_ANSWER, "access_token": None},
        {**TOKEN_ANSWER, "access_token": ""},
        without(TOKEN_ANSWER, "locationId", "companyId"),
    ],
)
def test_an_answer_that_cannot_be_used_is_the_vendors_trouble(body: dict[str, Any]) -> None:
    with pytest.raises(VendorTrouble):
        read_grant(body)


def test_a_location_token_from_an_agencys_has_no_refresh_token_and_may_have_one() -> None:
    grant = read_location_grant(LOCATION_TOKEN_ANSWER)
    assert (grant.refresh_token, grant.settings["location_id"]) == ("", "l1C08ntBrFjLS0elLIYU")
    assert read_location_grant({**LOCATION_TOKEN_ANSWER, "refresh_token": "r"}).refresh_token == "r"
    with pytest.raises(VendorTrouble, match="names no location"):
        read_location_grant(without(LOCATION_TOKEN_ANSWER, "locationId"))


SIGN_IN_REFUSALS = [
    (400, {"message": "Invalid grant: refresh token is invalid"}, CredentialRefused),  # spec, v3
    (
        400,
        {"error": "invalid_grant", "error_description": "This refresh token is invalid"},
        CredentialRefused,
    ),
    (400, {"message": "Location is not active"}, AccountSuspended),  # spec, v3
    (400, {"error": "invalid_grant", "error_description": "Location is not active"}, AccountSuspended),
    (400, {"message": "Invalid parameter: grantType"}, ContractBroken),  # spec, v3
    (400, {"message": "Missing parameter: clientId"}, ContractBroken),  # spec, v3
    (401, {"error": "UnAuthorized!", "error_description": "Authorization code not found"}, WrongUse),
    (401, {"error": "invalid_client"}, CredentialRefused),
    (400, {"message": "Something new"}, Refused),
    (400, "plain", Refused),
]


@pytest.mark.parametrize(("status", "body", "kind"), SIGN_IN_REFUSALS)
def test_a_refused_sign_in_says_whether_a_person_has_to_act(
    status: int, body: Any, kind: type[HubError]
) -> None:
    assert type(read_refusal(Answer(status=status, headers={}, body=body))) is kind


# --- the consent page -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "page"),
    [
        ("", "https://marketplace.gohighlevel.com/v2/oauth/chooselocation"),
        ("standard", "https://marketplace.gohighlevel.com/v2/oauth/chooselocation"),
        ("white_label", "https://marketplace.leadconnectorhq.com/v2/oauth/chooselocation"),
    ],
)
def test_the_consent_page_is_the_one_documented_since_2026_05(choice: str, page: str) -> None:
    url = authorize_url(
        oauth2(),
        "app-1",
        "https://hub.example/cb",
        ["contacts.write", "calendars/groups.write"],
        "s",
        extra={"version_id": "v"},
        choice=choice,
    )
    asked = {key: value for key, (value,) in parse_qs(urlsplit(url).query).items()}
    assert url.split("?")[0] == page
    assert asked == {
        "response_type": "code",
        "client_id": "app-1",
        "redirect_uri": "https://hub.example/cb",
        "scope": "contacts.write calendars/groups.write",
        "state": "s",
        "loginWindowOpenMode": "self",
        "version_id": "v",
    }


def test_the_white_label_page_of_the_sandbox_keeps_the_name_of_its_host() -> None:
    url = authorize_url(
        oauth2(), "a", "https://h/cb", [], "s", base="https://hub/sandbox/ghl", choice="white_label"
    )
    assert urlsplit(url).path == "/sandbox/ghl/marketplace.leadconnectorhq.com/v2/oauth/chooselocation"


# --- an agency and its locations ------------------------------------------------------------------


def test_the_calls_of_the_exchange_are_those_of_the_table() -> None:
    for call in (EXCHANGE.token, EXCHANGE.listing):
        declared = OPERATIONS[call.key]
        assert (call.method, call.path, call.needed_scopes) == (
            declared.method,
            declared.path,
            declared.needed_scopes,
        )


AGENCY = Account(
    connector="ghl",
    environment="production",
    name="Harbour Agency",
    base_url="https://services.leadconnectorhq.com",
    auth="oauth",
    settings={"connects": "agency", "company_id": "com1"},
    secrets={"access_token": "t"},
)
OFFICE = Account(
    connector="ghl",
    environment="production",
    name="Office",
    base_url="https://services.leadconnectorhq.com",
    auth="oauth",
    settings={"connects": "location", "location_id": "loc1", "company_id": "com1"},
    secrets={"access_token": "t"},
)


def test_a_location_token_is_asked_for_in_a_form() -> None:
    made = prepare(CONNECTOR, EXCHANGE.token, AGENCY, EXCHANGE.token_values(AGENCY.settings, "loc1"))
    assert made.url == "https://services.leadconnectorhq.com/oauth/locationToken"
    assert made.content == b"companyId=com1&locationId=loc1"
    assert made.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert made.headers["Version"] == "2021-07-28"


def test_the_list_is_asked_for_page_by_page_with_texts() -> None:
    values = EXCHANGE.page_values(AGENCY.settings, app_id("6578278e879ad2646715ba9c-lvq1abcd"), 100)
    made = prepare(CONNECTOR, EXCHANGE.listing, AGENCY, values)
    assert dict(made.query) == {
        "companyId": "com1",
        "appId": "6578278e879ad2646715ba9c",
        "isInstalled": "true",
        "skip": "100",
        "limit": "100",
    }


def test_a_page_of_the_list_is_read_whatever_it_lacks() -> None:
    answer = {
        "locations": [
            {"_id": "l1", "name": " Harbour ", "address": "47 W 13th St, New York", "isInstalled": True},
            {"_id": "l2", "name": None, "isInstalled": False},
            {"name": "without an id"},
            "not a location",
        ],
        "count": 1231,
    }
    assert EXCHANGE.rows(answer) == [
        Listed(account="l1", name="Harbour", detail="47 W 13th St, New York"),
        Listed(account="l2", name="", installed=False),
    ]
    assert EXCHANGE.rows("<html>") == []


@pytest.mark.parametrize(
    ("account", "operation", "says"),
    [
        (AGENCY, "contacts.get", "is connected to the whole agency, and “"),
        (AGENCY, "contacts.get", "open “Locations” on its page, choose the location"),
        (OFFICE, "oauth.installed_locations", "is a matter of the agency, and Office is one location"),
    ],
)
def test_a_call_over_the_wrong_kind_of_token_is_refused_before_it_is_made(
    account: Account, operation: str, says: str
) -> None:
    with pytest.raises(StopRun) as told:
        prepare(CONNECTOR, CONNECTOR.operation(operation), account, {"contactId": "c"})
    assert says in told.value.sentence


def test_a_call_whose_scope_is_known_to_be_missing_is_refused_before_it_is_made() -> None:
    office = Account(
        connector="ghl",
        environment="production",
        name="Office",
        base_url="https://services.leadconnectorhq.com",
        settings=OFFICE.settings,
        scopes=("contacts.readonly",),
    )
    assert prepare(CONNECTOR, CONNECTOR.operation("contacts.get"), office, {"contactId": "c"})
    with pytest.raises(StopRun, match=r"Office may not do “.*”: it lacks contacts\.write; connect it again"):
        prepare(CONNECTOR, CONNECTOR.operation("contacts.delete"), office, {"contactId": "c"})


@pytest.mark.parametrize(
    ("kind", "payload", "told"),
    [
        (
            "INSTALL",
            {"appId": "a", "companyId": "com1", "locationId": "loc1"},
            Installation(audience="location", account="loc1", within="com1", app="a"),
        ),
        (
            "INSTALL",
            {"appId": "a", "companyId": "com1"},
            Installation(audience="agency", account="com1", app="a"),
        ),
        ("INSTALL", {"locationId": "loc1"}, Installation(audience="location", account="loc1")),
        (
            "UNINSTALL",
            {"appId": "a", "locationId": "loc1"},
            Installation(audience="location", account="loc1", app="a", removed=True),
        ),
        (
            "UNINSTALL",
            {"appId": "a", "companyId": "com1"},
            Installation(audience="agency", account="com1", app="a", removed=True),
        ),
        ("INSTALL", {}, Installation(audience="agency", account="")),
        ("ContactCreate", {"locationId": "loc1"}, None),
    ],
)
def test_a_notice_of_the_apps_own_coming_and_going_is_read(
    kind: str, payload: dict[str, Any], told: Installation | None
) -> None:
    assert installation(Notice(type=kind, payload=payload)) == told
