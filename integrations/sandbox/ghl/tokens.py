"""Access tokens of the simulated GHL: who they speak for, which scopes they hold, until when.

One day for an access token, one year for an unused refresh token (official OpenAPI, oauth); a private
integration token has no end, unless it is being rotated. Stored under a digest, so that no list of ids shows
a token. The settings `access_lifetime_s` and `refresh_lifetime_s` shorten the two lives.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.declared import every_scope
from integrations.sandbox.ghl.refusals import PIT_CLIENT
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

ACCESS_LIFETIME_S = 86_399
REFRESH_LIFETIME_S = 365 * 86_400
TOKENS = "tokens"
REFRESH_TOKENS = "refresh_tokens"
NOT_FOR_PRIVATE = ("oauth.", "locations.internal")

# What nobody gets for a private integration: the vendor's own calls, and the installs of an app.
PIT_SCOPES = " ".join(sorted(scope for scope in every_scope() if not scope.startswith(NOT_FOR_PRIVATE)))


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def keep_private_token(tx: Tx, token: str, ends_at: str = "") -> None:
    """Make `token` the location's private integration token. Its scopes follow the setting `pit_scopes`."""
    known = own_credentials(tx)
    body = {
        "client_id": PIT_CLIENT,
        "location_id": known["location_id"],
        "company_id": known["company_id"],
        "user_type": "Location",
        "user_id": "",
        "scope": None,
        "expires_at": ends_at,
    }
    tx.put(TOKENS, digest(token), body)


def grant(
    tx: Tx, *, client_id: str, location_id: str, user_id: str, scope: str, approved: list[str] | None = None
) -> JsonObject:
    """A new pair of tokens, as POST /oauth/token answers it. Without a location: a Company token.

    `approved`: the locations that an agency let the app into.
    """
    company_id = own_credentials(tx)["company_id"]
    user_type = "Location" if location_id else "Company"
    owner: JsonObject = {
        "client_id": client_id,
        "location_id": location_id,
        "company_id": company_id,
        "user_type": user_type,
        "user_id": user_id,
        "scope": scope,
    }
    listed = [location_id] if location_id else approved or []
    return {
        "access_token": access_token(tx, owner),
        "token_type": "Bearer",
        "expires_in": lifetime_s(tx),
        "refresh_token": refresh_token(tx, {**owner, "approved": listed}),
        "scope": scope,
        "userType": user_type,
        **({"locationId": location_id} if location_id else {}),
        "companyId": company_id,
        "userId": user_id,
        "approvedLocations": listed,
        "isBulkInstallation": not location_id,
        "installToFutureLocations": False,
        "approveAllLocations": False,
    }


def lifetime_s(tx: Tx) -> int:
    return int(tx.setting("access_lifetime_s", ACCESS_LIFETIME_S))


def access_token(tx: Tx, owner: JsonObject) -> str:
    token = secrets.token_urlsafe(48)
    ends = tx.now + timedelta(seconds=lifetime_s(tx))
    tx.put(TOKENS, digest(token), {**owner, "expires_at": ends.isoformat()})
    return token


def refresh_token(tx: Tx, owner: JsonObject) -> str:
    token = secrets.token_urlsafe(48)
    ends = tx.now + timedelta(seconds=float(tx.setting("refresh_lifetime_s", REFRESH_LIFETIME_S)))
    tx.put(REFRESH_TOKENS, digest(token), {**owner, "expires_at": ends.isoformat(), "used_at": ""})
    return token


def find(tx: Tx, token: str) -> JsonObject | None:
    """The token's record, unless it has ended or was taken back."""
    found = tx.get(TOKENS, digest(token))
    if found is None or is_revoked(tx, TOKENS, digest(token)):
        return None
    if found["expires_at"] and datetime.fromisoformat(found["expires_at"]) <= tx.now:
        return None
    if found["scope"] is None:
        found["scope"] = tx.setting("pit_scopes", PIT_SCOPES)
    return found


def owner_of(record: JsonObject) -> str:
    """Whose a token is: a location, or an agency."""
    return str(record["location_id"] or record["company_id"])


def revoke(tx: Tx, account: str, client_id: str = "") -> None:
    """Every token there is, of one location or agency or ("") of all, stops working until a reset.

    `client_id`: only those of this app.
    """
    for collection in (TOKENS, REFRESH_TOKENS):
        for key, record in tx.rows(collection):
            if account in ("", owner_of(record)) and client_id in ("", record["client_id"]):
                tx.put("revoked", f"{collection}:{key}", {"at": tx.now.isoformat()})


def is_revoked(tx: Tx, collection: str, key: str) -> bool:
    return tx.get("revoked", f"{collection}:{key}") is not None


def bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def scopes_of(record: JsonObject) -> set[str]:
    scope: Any = record["scope"]
    return set(str(scope).split())
