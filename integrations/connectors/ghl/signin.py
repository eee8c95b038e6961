"""Signing in to GoHighLevel: a Marketplace app's OAuth, or a Private Integration Token.

A token is one location's, or a whole agency's (`agency`). Sources: the official OpenAPI (oauth,
`POST /oauth/token`) and authorisation guide; the refusals of a refresh as the v3 file of the same
specification words them; private integrations as the official help describes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.agency import AUDIENCE_SETTING, EXCHANGE, FOLLOW, app_id
from integrations.connectors.ghl.errors import message
from integrations.connectors.ghl.grants import bearer
from integrations.connectors.ghl.operations import AGENCY, LOCATION
from integrations.engine import redact
from integrations.engine.errors import (
    AccountSuspended,
    ContractBroken,
    CredentialRefused,
    HubError,
    Refused,
    VendorTrouble,
    WrongUse,
)
from integrations.engine.spec import Answer, Auth, Field, Grant, OAuth2, Rotation

WHITE_LABEL = "white_label"


def read_grant(body: Mapping[str, Any]) -> Grant:
    """The token answer of a location, or of an agency, which names no location.

    An installation begun in the agency's view answers with the agency's token, even when one location was
    picked there (measured).
    """
    location, company = body.get("locationId"), body.get("companyId")
    if body.get("userType") != "Company" and isinstance(location, str) and location:
        return bearer(body, {"location_id": location, AUDIENCE_SETTING: LOCATION})
    if isinstance(company, str) and company:
        return bearer(body, {AUDIENCE_SETTING: AGENCY})
    bearer(body, {})  # an answer without any token is told as that
    raise VendorTrouble("GoHighLevel gave a token that names no location and no agency; sign in again.")


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
            "Connect it again."
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
    hears=True,
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
    settings=(
        Field(
            key="consent_domain",
            label="Consent page",
            choices=(
                ("standard", "GoHighLevel's own"),
                (WHITE_LABEL, "Without GoHighLevel's name"),
            ),
            default="standard",
        ),
        Field(
            key="version_id",
            label="App version id",
            help="Only where the consent page asks for it (error.noversionid), as a private app's may.",
        ),
        FOLLOW,
    ),
    oauth2=OAuth2(
        authorize_url="https://marketplace.gohighlevel.com/v2/oauth/chooselocation",
        other_urls={WHITE_LABEL: "https://marketplace.leadconnectorhq.com/v2/oauth/chooselocation"},
        url_setting="consent_domain",
        authorize_settings={"version_id": "version_id"},
        token_path="/oauth/token",  # noqa: S106
        read_grant=read_grant,
        read_refusal=read_refusal,
        extra_authorize=(("loginWindowOpenMode", "self"),),
        refresh_ahead_s=600,
        refresh_spread_s=300,
        app=app_id,
        exchange=EXCHANGE,
        source="official OpenAPI, oauth; authorisation page as changed on 2026-05-27",
    ),
    setup=(
        "In the Marketplace developer portal, make a private app with target user Sub-account, which both "
        "an agency and a sub-account may install.",
        "Enter the hub's callback address as redirect URL, letter for letter, and choose the scopes shown.",
        "Make a client key and enter its id and secret here.",
        "Sign in. Inside a sub-account you connect that one; in the agency's view the whole agency, and the "
        "hub then lists the locations where the app is installed.",
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
    rotation=Rotation(
        key="private_integration_token",
        every_days=90,
        both_days=7,
        source="official help, private integrations: rotate every 90 days; old and new both work for 7 days",
    ),
    setup=(
        "In the sub-account, open Settings, Private Integrations, and make one with the scopes shown here.",
        "Enter the token here, and the location id from the sub-account's Business Profile.",
        "For a whole agency, make it in the agency's settings, and enter the agency's id instead.",
        "Rotate it every 90 days; old and new both work for seven days. It gets no webhooks: triggers poll.",
    ),
)
