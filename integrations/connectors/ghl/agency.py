"""An agency's token, and how it is exchanged for those of its locations.

Sources: the official OpenAPI (oauth: locationToken, installedLocations), where both skip and limit are texts;
that locationToken answers 201 and without a refresh token, and that the list is in no order, was measured or
reported by third parties (issues 222 and 294 of the official docs repository).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations.connectors.ghl.grants import bearer
from integrations.connectors.ghl.operations import AGENCY, LOCATION, OPERATIONS
from integrations.engine.errors import VendorTrouble
from integrations.engine.spec import (
    Audience,
    Exchange,
    Field,
    FieldType,
    Grant,
    Kind,
    Listed,
    Verify,
)

AUDIENCE_SETTING = "connects"
PAGE = 100  # the documents give 20 as the default and no largest; public clients ask for 100 and more

# Called by the hub itself, over an agency's connection: asking for a token changes nothing at GoHighLevel.
LOCATION_TOKEN = replace(
    OPERATIONS["oauth.location_token"], kind=Kind.READ, proof=None, result="@", record_id=""
)
INSTALLED = replace(OPERATIONS["oauth.installed_locations"], result="@", record_id="")


def app_id(client_id: str) -> str:
    """A client id is the app's id, a dash and eight characters (the official SDK relies on it)."""
    return client_id.partition("-")[0]


def token_values(settings: Mapping[str, Any], location: str) -> Mapping[str, Any]:
    return {"companyId": settings.get("company_id"), "locationId": location}


def read_location_grant(body: Mapping[str, Any]) -> Grant:
    """The answer of locationToken. A refresh token is not in its documents; where one comes, it is kept."""
    location = body.get("locationId")
    if not isinstance(location, str) or not location:
        raise VendorTrouble("GoHighLevel answered with a token that names no location; a later try may help.")
    return bearer(body, {"location_id": location, AUDIENCE_SETTING: LOCATION})


def page_values(settings: Mapping[str, Any], app: str, skip: int) -> Mapping[str, Any]:
    return {
        "companyId": settings.get("company_id"),
        "appId": app,
        "isInstalled": True,
        "skip": str(skip),
        "limit": str(PAGE),
    }


def rows(answer: Any) -> Sequence[Listed]:
    found = answer.get("locations") if isinstance(answer, dict) else None
    return [
        Listed(
            account=str(row["_id"]),
            name=_text(row, "name"),
            detail=_text(row, "address"),
            installed=row.get("isInstalled") is not False,
        )
        for row in (found if isinstance(found, list) else [])
        if isinstance(row, dict) and row.get("_id")
    ]


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""


FOLLOW = Field(
    key="connect_new_locations",
    label="Connect new locations by themselves",
    type=FieldType.BOOLEAN,
    help="For an agency: a location where the app is installed later is connected without being chosen.",
)

EXCHANGE = Exchange(
    wide=AGENCY,
    narrow=LOCATION,
    token=LOCATION_TOKEN,
    token_values=token_values,
    read_grant=read_location_grant,
    listing=INSTALLED,
    page_values=page_values,
    rows=rows,
    page=PAGE,
    follow_setting=FOLLOW.key,
    source="official OpenAPI, oauth",
)


def say(answer: Any) -> str:
    """The agency's proof is a look at one of its locations: it needs no scope that a location does not."""
    found = answer if isinstance(answer, list) else []
    first = found[0].get("name") if found and isinstance(found[0], dict) else None
    return f"Connected to the agency{f' of {first}' if first else ', which has no location yet'}."


AUDIENCES = (
    Audience(
        key=LOCATION,
        title="location",
        plural="locations",
        account_setting="location_id",
        extra_token=(("user_type", "Location"),),
    ),
    Audience(
        key=AGENCY,
        title="agency",
        plural="agencies",
        account_setting="company_id",
        verify=Verify(
            operation="locations.search",
            say=say,
            values=lambda settings: {"companyId": settings.get("company_id"), "limit": "1"},
        ),
        extra_token=(("user_type", "Company"),),
    ),
)

CONNECTS = Field(
    key=AUDIENCE_SETTING,
    label="What is connected",
    choices=(
        (LOCATION, "One location (sub-account)"),
        (AGENCY, "A whole agency, with its locations"),
    ),
    default=LOCATION,
)
