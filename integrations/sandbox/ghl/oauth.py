"""POST /oauth/token of the simulated GHL (official OpenAPI, oauth; form-encoded, no Version header).

Refresh tokens are used once; the same client, secret and refresh token within 30 seconds get the same new
pair (vendor's changelog, "Smarter Refresh Token Handling"). The refusals' sentences are the official ones;
that a wrong client is a 401, and how long a code lives (setting `code_lifetime_s`), are not published.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import tokens
from integrations.sandbox.ghl.calls import LOCATIONS
from integrations.sandbox.ghl.consent import CODES, consent
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

__all__ = ["CONSENT_PATHS", "TOKEN_PATH", "consent", "location_of", "token"]

TOKEN_PATH = "/oauth/token"  # noqa: S105
CONSENT_PATHS = ("/v2/oauth/chooselocation", "/oauth/chooselocation")
GRACE = timedelta(seconds=30)

Answer = tuple[int, JsonObject]


def token(tx: Tx, request: httpx.Request) -> Answer:
    form = _form(request)
    kind = form.get("grant_type", "")
    if kind == "authorization_code":
        return _exchange(tx, form)
    if kind == "refresh_token":
        return _refresh(tx, form)
    return _refused(400, "invalid_request", "Invalid parameter: grantType")


def location_of(tx: Tx, request: httpx.Request) -> str:
    """Whose tokens a token request is about."""
    form = _form(request)
    known = tx.get(tokens.REFRESH_TOKENS, tokens.digest(form.get("refresh_token", "")))
    known = known or tx.get(CODES, tokens.digest(form.get("code", "")))
    return str(known["location_id"]) if known else ""


def _exchange(tx: Tx, form: Mapping[str, str]) -> Answer:
    """A code is looked at before the client's credentials are (measured)."""
    key = tokens.digest(form.get("code", ""))
    code = tx.get(CODES, key)
    lifetime = timedelta(seconds=float(tx.setting("code_lifetime_s", 600)))
    if code is None or code["used"] or datetime.fromisoformat(code["issued_at"]) + lifetime < tx.now:
        return _refused(401, "UnAuthorized!", "Authorization code not found")
    if not _is_client(tx, form) or form["client_id"] != code["client_id"]:
        return _refused(401, "UnAuthorized!", "Invalid client credentials")
    if form.get("redirect_uri", code["redirect_uri"]) != code["redirect_uri"]:
        return _refused(400, "invalid_request", "Invalid parameter: redirectUri")
    tx.put(CODES, key, {**code, "used": True})
    return 200, _grant(tx, code)


def _refresh(tx: Tx, form: Mapping[str, str]) -> Answer:
    if not form.get("refresh_token"):
        return _refused(400, "invalid_request", "Missing parameter: refreshToken")
    if not _is_client(tx, form):
        return _refused(401, "UnAuthorized!", "Invalid client credentials")
    key = tokens.digest(form["refresh_token"])
    record = tx.get(tokens.REFRESH_TOKENS, key)
    if record is None or not _is_usable(tx, key, record):
        return _refused(400, "invalid_grant", "Invalid grant: refresh token is invalid")
    location = tx.get(LOCATIONS, record["location_id"])
    if location is not None and location.get("suspended"):
        return _refused(400, "invalid_grant", "Location is not active")
    if record["used_at"]:
        return 200, record["successor"]
    pair = _grant(tx, record)
    used: dict[str, Any] = {**record, "used_at": tx.now.isoformat(), "successor": pair}
    tx.put(tokens.REFRESH_TOKENS, key, used)
    return 200, pair


def _is_usable(tx: Tx, key: str, record: JsonObject) -> bool:
    if tokens.is_revoked(tx, tokens.REFRESH_TOKENS, key):
        return False
    if datetime.fromisoformat(record["expires_at"]) <= tx.now:
        return False
    return not record["used_at"] or tx.now - datetime.fromisoformat(record["used_at"]) <= GRACE


def _grant(tx: Tx, owner: JsonObject) -> JsonObject:
    return tokens.grant(
        tx,
        client_id=owner["client_id"],
        location_id=owner["location_id"],
        user_id=owner["user_id"],
        scope=owner["scope"],
    )


def _is_client(tx: Tx, form: Mapping[str, str]) -> bool:
    known = own_credentials(tx)
    return all(
        hmac.compare_digest(form.get(name, "").encode(), known[name].encode())
        for name in ("client_id", "client_secret")
    )


def _form(request: httpx.Request) -> dict[str, str]:
    """A body of another kind than form-encoded is not read, as if nothing had been sent."""
    if not request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return dict(parse_qsl(request.content.decode(errors="replace"), keep_blank_values=True))


def _refused(status: int, error: str, description: str) -> Answer:
    return status, {"error": error, "error_description": description}
