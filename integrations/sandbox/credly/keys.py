"""The authorization tokens of the simulated Credly: HTTP Basic with an empty password, 180 days, what each
may do.

A token row has `expires_at`, `read_enabled`, `write_enabled` and `delete_enabled` (www.credly.com/docs).
Whether the organization of another token is 403 or 404 is not known: setting `other_organization`. Nor is a
limit published: setting `rate_limit`, calls in a minute, 0 for none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from datetime import datetime, timedelta

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox import rates
from integrations.sandbox.credly.refusals import Refusal, no
from integrations.sandbox.simulation import keep_credentials, own_credentials
from integrations.sandbox.transaction import Tx

TOKENS = "tokens"
LIFE = timedelta(days=180)
WINDOW_S = 60
NEEDS = {"GET": "read_enabled", "DELETE": "delete_enabled"}


def admit(tx: Tx, request: httpx.Request) -> None:
    """Let the request in and count it, or raise the Refusal it earns."""
    row = _row(tx, _token(request.headers.get("Authorization", "")))
    if row is None or datetime.fromisoformat(row["expires_at"]) <= tx.now:
        raise no(401, "Unauthorized")
    if not row[NEEDS.get(request.method, "write_enabled")]:
        raise no(403, "This token is not allowed to do that")
    limit = int(tx.setting("rate_limit", 0))
    if limit and rates.spent(tx, "organization", WINDOW_S) >= limit:
        raise no(429, "Too many requests")
    rates.spend(tx, "organization", WINDOW_S)


def ensure_row(tx: Tx) -> JsonObject:
    """The row of the token that this sandbox file was made with."""
    token = own_credentials(tx)["token"]
    return _row(tx, token) or keep(tx, token)


def keep(tx: Tx, token: str) -> JsonObject:
    row = {
        "created_at": tx.now.isoformat(),
        "expires_at": (tx.now + LIFE).isoformat(),
        "read_enabled": True,
        "write_enabled": True,
        "delete_enabled": True,
    }
    tx.put(TOKENS, _digest(token), row)
    return row


def rotate(tx: Tx) -> str:
    """A new token; the one before it stops working at once (how long Credly keeps it is not known)."""
    known = own_credentials(tx)
    tx.delete(TOKENS, _digest(known["token"]))
    token = secrets.token_urlsafe(27)
    keep_credentials(tx, {**known, "token": token})
    keep(tx, token)
    return token


def expire(tx: Tx) -> JsonObject:
    return _change(tx, expires_at=(tx.now - timedelta(minutes=1)).isoformat())


def limit_to(tx: Tx, **may: bool) -> JsonObject:
    return _change(tx, **may)


def _change(tx: Tx, **values: object) -> JsonObject:
    row = {**ensure_row(tx), **values}
    tx.put(TOKENS, _digest(own_credentials(tx)["token"]), row)
    return row


def revoke(tx: Tx, account: str) -> None:
    expire(tx)


def throttled(tx: Tx, request: httpx.Request) -> httpx.Response:
    """A 429 is not documented, and neither is a header with it."""
    return httpx.Response(429, json={"data": {"message": "Too many requests"}})


def wrong_organization(tx: Tx) -> Refusal:
    if tx.setting("other_organization", "forbidden") == "forbidden":
        return no(403, "You are not allowed to see this organization")
    return Refusal(404, {"message": "resource not found"})


def _row(tx: Tx, token: str) -> JsonObject | None:
    if not token:
        return None
    found = tx.get(TOKENS, _digest(token))
    if found is None and secrets.compare_digest(token.encode(), own_credentials(tx)["token"].encode()):
        found = keep(tx, token)
    return found


def _token(authorization: str) -> str:
    """The user name of HTTP Basic; a password beside it is refused."""
    scheme, _, coded = authorization.partition(" ")
    try:
        user, colon, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return user if scheme.lower() == "basic" and colon and not password else ""


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
