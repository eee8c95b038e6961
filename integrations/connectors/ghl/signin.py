"""Signing in to one GoHighLevel location: a Marketplace app's OAuth, or a Private Integration Token.

Sources: the official OpenAPI (oauth, `POST /oauth/token`) and authorisation guide; the refusals of a refresh
as the v3 file of the same specification words them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.errors import message
from integrations.engine import redact
from integrations.engine.errors import (
    AccountSuspended,
    ContractBroken,
    CredentialRefused,
    HubError,
    Refused,
    VendorTrouble,
    WrongTenant,
    WrongUse,
)
from integrations.engine.spec import Answer, Auth, Field, Grant, OAuth2

DAY_S = 86_399  # what the documents give for `expires_in`


def read_grant(body: Mapping[str, Any]) -> Grant:
    """The token answer of one location. WrongTenant: it is an agency's token, which names no location."""
    access_token = body.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise VendorTrouble("GoHighLevel answered the sign-in without an access token.")
    location = body.get("locationId")
    if not isinstance(location, str) or not location:
        raise WrongTenant(
            "GoHighLevel gave a token for the whole agency. Open the sign-in from inside the sub-account "
            "(not the agency view), or install the app for that one sub-account, and connect again."
        )
    settings = {"location_id": location}
    if isinstance(body.get("companyId"), str):
        settings["company_id"] = body["companyId"]
    return Grant(
        access_token=access_token,
        refresh_token=str(body.get("refresh_token") or ""),
        expires_in_s=_seconds(body.get("expires_in")),
        scopes=_scopes(body.get("scope")),
        settings=settings,
    )


def _seconds(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return DAY_S


def _scopes(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def read_refusal(answer: Answer) -> HubError:
    """A refused exchange or refresh: which of them must be done again by a person, and which come right."""
    words = message(answer.body)
    lowered = words.lower()
    if "location is not active" in lowered:
        return AccountSuspended(
            "The GoHighLevel location is paused or its agency inactive. The stored token stays good and "
            "works again once the location is active."
        )
    if "authorization code" in lowered:
        return WrongUse("The authorisation code was used or is too old; begin the sign-in again.")
    if "invalid parameter" in lowered or "missing parameter" in lowered:
        return ContractBroken(f"GoHighLevel does not read the hub's sign-in: {redact.said(words)}")
    if "invalid grant" in lowered or _code(answer.body) == "invalid_grant":
        return CredentialRefused(
            "GoHighLevel no longer accepts the stored refresh token: it was revoked, used or has expired. "
            "Connect the location again."
        )
    if "client" in lowered or _code(answer.body) == "invalid_client":
        return CredentialRefused("GoHighLevel does not know the app's client id and secret; check both.")
    said = f": {redact.said(words)}" if words else f" (status {answer.status})."
    return Refused(f"GoHighLevel refused the sign-in{said}")


def _code(body: Any) -> str:
    return str(body.get("error", "")).lower() if isinstance(body, dict) else ""


OAUTH = Auth(
    key="oauth",
    title="Marketplace app (OAuth)",
    sign=lambda secrets: {"Authorization": f"Bearer {secrets['access_token']}"},
    secrets=(
        Field(key="client_id", label="Client id", required=True, help="From the app's Auth page."),
        Field(
            key="client_secret",
            label="Client secret",
            required=True,
            secret=True,
            help="Shown once, when the client key is made.",
        ),
    ),
    oauth2=OAuth2(
        authorize_url="https://marketplace.gohighlevel.com/v2/oauth/chooselocation",
        token_path="/oauth/token",  # noqa: S106
        read_grant=read_grant,
        read_refusal=read_refusal,
        account_key="location_id",
        extra_authorize=(("loginWindowOpenMode", "self"),),
        extra_token=(("user_type", "Location"),),
        source="official OpenAPI, oauth; authorisation page as changed on 2026-05-27",
    ),
    setup=(
        "In the Marketplace developer portal, make a private app with target user Sub-account.",
        "Enter the hub's callback address as redirect URL, letter for letter, and choose the scopes shown.",
        "Make a client key and enter its id and secret here.",
        "Sign in and choose one sub-account. From the agency view the token would be the agency's.",
    ),
)

PIT = Auth(
    key="pit",
    title="Private Integration Token",
    sign=lambda secrets: {"Authorization": f"Bearer {secrets['private_integration_token']}"},
    secrets=(
        Field(
            key="private_integration_token",
            label="Private Integration Token",
            required=True,
            secret=True,
            help="Begins with “pit-”. The documents call it API key.",
        ),
    ),
    setup=(
        "In the sub-account, open Settings, Private Integrations, and make one with the scopes shown here.",
        "Enter the token here, and the location id from the sub-account's Business Profile.",
        "Rotate it every 90 days; old and new both work for seven days. It gets no webhooks: triggers poll.",
    ),
)
