"""The API key of the simulated Active Knocker, in whichever place the knob says; and the pace.

In the header x-api-key is what a customer's client does (alma29v1/big-beautiful-server); no limit is known.
"""

from __future__ import annotations

import hashlib
import hmac

import httpx

from integrations.sandbox import rates
from integrations.sandbox.active_knocker.refusals import Refusal, bad_key
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

REVOKED = "revoked"
LIMIT = 5
STYLES = ("x-api-key", "bearer", "query")


def admit(tx: Tx, request: httpx.Request) -> None:
    """Let the request in and count it, or raise the Refusal it earns."""
    if not _is_good(tx, given(tx, request)):
        raise bad_key(str(tx.setting("bad_key", "401")))
    limit = int(tx.setting("rate_limit", LIMIT))
    if limit and rates.spent(tx, "key", 1.0) >= limit:
        raise Refusal(429, {"message": "Too many requests"})
    rates.spend(tx, "key", 1.0)


def given(tx: Tx, request: httpx.Request) -> str:
    """The key, from the one place where it is looked for; "" where it is not there."""
    style = tx.setting("auth_style", "x-api-key")
    if style == "bearer":
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return key.strip() if scheme == "Bearer" else ""
    if style == "query":
        return str(request.url.params.get(str(tx.setting("auth_name", "api_key")), ""))
    return str(request.headers.get("x-api-key", ""))


def throttled(tx: Tx, request: httpx.Request) -> httpx.Response:
    """That there is such an answer at all is a guess."""
    return httpx.Response(429, json={"message": "Too many requests"})


def revoke(tx: Tx, account: str) -> None:
    tx.put(REVOKED, _digest(own_credentials(tx)["api_key"]), {"at": tx.now.isoformat()})


def _is_good(tx: Tx, key: str) -> bool:
    known = own_credentials(tx)["api_key"]
    return hmac.compare_digest(key.encode(), known.encode()) and tx.get(REVOKED, _digest(key)) is None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
