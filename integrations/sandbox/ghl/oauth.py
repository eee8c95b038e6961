"""Tokens of the simulated GHL: POST /oauth/token, and what an agency's token is exchanged for.

`/oauth/token` is form-encoded and without a Version header (official OpenAPI, oauth). Refresh tokens are used
once; the same client, secret and refresh token within 30 seconds get the same new pair (vendor's changelog,
"Smarter Refresh Token Handling"; setting `refresh_grace_s`). The refusals' sentences are the official ones;
that a wrong client is a 401, and how long a code lives (setting `code_lifetime_s`), are not published. Nor is
what locationToken says to a location that the app is not installed in.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import installs, tokens
from integrations.sandbox.ghl.calls import LOCATIONS, Call, Handlers
from integrations.sandbox.ghl.consent import CODES, CONSENT_PATHS, consent
from integrations.sandbox.ghl.refusals import bad_request, invalid, other_tenant
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

__all__ = ["CONSENT_PATHS", "HANDLERS", "TOKEN_PATH", "consent", "location_of", "token"]

TOKEN_PATH = "/oauth/token"  # noqa: S105
GRACE_S = 30
NOT_ACTIVE = "Location is not active"

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
    """Whose tokens a token request is about: a location's, or an agency's."""
    form = _form(request)
    known = tx.get(tokens.REFRESH_TOKENS, tokens.digest(form.get("refresh_token", "")))
    known = known or tx.get(CODES, tokens.digest(form.get("code", "")))
    return str(known["location_id"] or own_credentials(tx)["company_id"]) if known else ""


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
        return _refused(400, "invalid_grant", NOT_ACTIVE)
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
    grace = timedelta(seconds=float(tx.setting("refresh_grace_s", GRACE_S)))
    return not record["used_at"] or tx.now - datetime.fromisoformat(record["used_at"]) <= grace


def _grant(tx: Tx, owner: JsonObject) -> JsonObject:
    return tokens.grant(
        tx,
        client_id=owner["client_id"],
        location_id=owner["location_id"],
        user_id=owner["user_id"],
        scope=owner["scope"],
        approved=owner.get("approved"),
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


# --- with an agency's token -----------------------------------------------------------------------


def location_token(call: Call) -> JsonObject:
    """A location's token. It may hold the agency's own scopes besides (measured)."""
    location = _under(call, call.body["companyId"], call.body["locationId"])
    if location.get("suspended"):
        raise bad_request(NOT_ACTIVE)
    if not installs.is_installed(call.tx, location["id"]):
        raise bad_request("The app is not installed in this location")
    owner = {**call.token, "location_id": location["id"], "user_type": "Location"}
    answer: JsonObject = {
        "access_token": tokens.access_token(call.tx, owner),
        "token_type": "Bearer",
        "expires_in": tokens.lifetime_s(call.tx),
        "scope": owner["scope"],
        "locationId": location["id"],
        "userId": owner["user_id"],
        "appId": installs.app_id(owner["client_id"]),
        "versionId": installs.version_id(call.tx),
    }
    if call.tx.setting("location_tokens_refresh", False):  # not declared in this version, seen in the next
        answer["refresh_token"] = tokens.refresh_token(call.tx, owner)
    return answer


def installed_locations(call: Call) -> JsonObject:
    """In no order (reported); `count` is that of all locations of the agency (official OpenAPI)."""
    if call.query["companyId"] != call.token["company_id"]:
        raise other_tenant()
    if call.query["appId"] != installs.app_id(call.token["client_id"]):
        raise bad_request("Invalid appId")
    found = [
        location for location in call.tx.all(LOCATIONS) if location["companyId"] == call.query["companyId"]
    ]
    rows = [row for location in found if _is_asked_for(row := _listed(call.tx, location), call.query)]
    rows.sort(key=lambda row: hashlib.sha256(row["_id"].encode()).hexdigest())
    skip, limit = _number(call.query, "skip", 0), _number(call.query, "limit", 20)
    return {"locations": rows[skip : skip + limit], "count": len(found), "installToFutureLocations": False}


def _under(call: Call, company_id: str, location_id: str) -> JsonObject:
    location = call.tx.get(LOCATIONS, location_id)
    if company_id != call.token["company_id"] or location is None or location["companyId"] != company_id:
        raise other_tenant()
    return location


def _listed(tx: Tx, location: JsonObject) -> JsonObject:
    installed = tx.get(installs.INSTALLATIONS, location["id"])
    return {
        "_id": location["id"],
        "name": location["name"],
        "address": ", ".join(filter(None, (location.get("city"), location.get("country")))),
        "isInstalled": installed is not None,
        **(
            {"versionId": installs.version_id(tx), "installedAt": installed["installed_at"]}
            if installed
            else {}
        ),
    }


def _is_asked_for(row: JsonObject, query: Mapping[str, Any]) -> bool:
    wanted = str(query.get("isInstalled", "")).lower()
    if wanted and (wanted == "true") is not row["isInstalled"]:
        return False
    if query.get("locationId", row["_id"]) != row["_id"]:
        return False
    return str(query.get("query", "")).lower() in row["name"].lower()


def _number(query: Mapping[str, Any], name: str, default: int) -> int:
    text = str(query.get(name, default))
    if not text.isascii() or not text.isdigit():
        raise invalid(f"{name} must be a number string")
    return int(text)


HANDLERS: Handlers = {
    "oauth.location_token": location_token,
    "oauth.installed_locations": installed_locations,
}
