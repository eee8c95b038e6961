"""The API key of the simulated ActiveCampaign, and its five calls a second for the whole account."""

from __future__ import annotations

import hashlib
import hmac

import httpx

from integrations.sandbox import rates
from integrations.sandbox.activecampaign.refusals import forbidden
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

LIMIT = 5
WINDOW_S = 1.0
REVOKED = "revoked"


def admit(tx: Tx, request: httpx.Request) -> None:
    """A bad key is 403, never 401 (public clients)."""
    key, known = request.headers.get("Api-Token", ""), own_credentials(tx)["api_key"]
    if not hmac.compare_digest(key.encode(), known.encode()) or tx.get(REVOKED, _digest(key)):
        raise forbidden()


def too_many(tx: Tx) -> bool:
    """Whether this call is one too many; else it is counted."""
    if rates.spent(tx, "account", WINDOW_S) >= limit(tx):
        return True
    rates.spend(tx, "account", WINDOW_S)
    return False


def headers(tx: Tx) -> dict[str, str]:
    left = max(0, limit(tx) - rates.spent(tx, "account", WINDOW_S))
    return {"RateLimit-Limit": str(limit(tx)), "RateLimit-Remaining": str(left)}


def limit(tx: Tx) -> int:
    return int(tx.setting("rate_limit", LIMIT))


def throttled(tx: Tx, request: httpx.Request) -> httpx.Response:
    sent = {"RateLimit-Limit": str(limit(tx)), "RateLimit-Remaining": "0", "Retry-After": "1"}
    return httpx.Response(429, headers=sent, json={"message": "Rate limit exceeded."})


def revoke(tx: Tx, account: str) -> None:
    tx.put(REVOKED, _digest(own_credentials(tx)["api_key"]), {"at": tx.now.isoformat()})


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
