"""Access tokens of the simulated GHL: who they speak for, which scopes they hold, until when.

One day for an access token, one year for an unused refresh token (official OpenAPI, oauth); a private
integration token has no end. Stored under a digest, so that no list of ids shows a token.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

ACCESS_LIFETIME_S = 86_399
REFRESH_LIFETIME = timedelta(days=365)
TOKENS = "tokens"
REFRESH_TOKENS = "refresh_tokens"
PIT_CLIENT = "private-integration"

PIT_SCOPES = (
    "calendars.readonly calendars.write calendars/groups.readonly calendars/groups.write "
    "calendars/resources.readonly calendars/resources.write calendars/events.readonly calendars/events.write "
    "contacts.readonly contacts.write locations.readonly locations/customFields.readonly "
    "locations/customFields.write locations/customValues.readonly locations/tags.readonly "
    "locations/tags.write locations/tasks.readonly users.readonly opportunities.readonly "
    "opportunities.write businesses.readonly businesses.write workflows.readonly "
    "conversations.readonly conversations/message.readonly conversations/message.write"
)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def keep_private_token(tx: Tx, token: str) -> None:
    """Make `token` the location's private integration token. Its scopes follow the setting `pit_scopes`."""
    known = own_credentials(tx)
    body = {
        "client_id": PIT_CLIENT,
        "location_id": known["location_id"],
        "company_id": known["company_id"],
        "user_type": "Location",
        "user_id": "",
        "scope": None,
        "expires_at": "",
    }
    tx.put(TOKENS, digest(token), body)


def grant(tx: Tx, *, client_id: str, location_id: str, user_id: str, scope: str) -> JsonObject:
    """A new pair of tokens, as POST /oauth/token answers it. Without a location: a Company token."""
    company_id = own_credentials(tx)["company_id"]
    user_type = "Location" if location_id else "Company"
    access, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
    owner: JsonObject = {
        "client_id": client_id,
        "location_id": location_id,
        "company_id": company_id,
        "user_type": user_type,
        "user_id": user_id,
        "scope": scope,
    }
    access_ends = tx.now + timedelta(seconds=ACCESS_LIFETIME_S)
    tx.put(TOKENS, digest(access), {**owner, "expires_at": access_ends.isoformat()})
    refresh_ends = tx.now + REFRESH_LIFETIME
    tx.put(REFRESH_TOKENS, digest(refresh), {**owner, "expires_at": refresh_ends.isoformat(), "used_at": ""})
    return {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": ACCESS_LIFETIME_S,
        "refresh_token": refresh,
        "scope": scope,
        "userType": user_type,
        **({"locationId": location_id} if location_id else {}),
        "companyId": company_id,
        "userId": user_id,
        "approvedLocations": [location_id] if location_id else [],
        "planId": None,
        "isBulkInstallation": False,
        "installToFutureLocations": False,
        "approveAllLocations": False,
    }


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


def revoke(tx: Tx, location_id: str) -> None:
    """Every token there is, of one location or of all, stops working until a reset."""
    for collection in (TOKENS, REFRESH_TOKENS):
        for key, record in tx.rows(collection):
            if location_id in ("", record["location_id"]):
                tx.put("revoked", f"{collection}:{key}", {"at": tx.now.isoformat()})


def is_revoked(tx: Tx, collection: str, key: str) -> bool:
    return tx.get("revoked", f"{collection}:{key}") is not None


def bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def scopes_of(record: JsonObject) -> set[str]:
    scope: Any = record["scope"]
    return set(str(scope).split())
