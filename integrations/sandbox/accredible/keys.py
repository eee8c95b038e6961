"""The API key of the simulated Accredible: the forms it may come in, its region, and the limit per key.

2,000 requests in 5 minutes (official spec; setting `rate_limit`). A key works in one region only: on one of
the vendor's own hosts the host decides (setting `region`: us, eu or sandbox); any other host is taken as
the right one.
"""

from __future__ import annotations

import hashlib
import hmac
import re

import httpx

from integrations.sandbox import rates
from integrations.sandbox.accredible.refusals import Refusal
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

REGIONS = {
    "api.accredible.com": "us",
    "eu.api.accredible.com": "eu",
    "sandbox.api.accredible.com": "sandbox",
}
LIMIT = 2000
WINDOW_S = 300
REVOKED = "revoked"


def admit(tx: Tx, request: httpx.Request) -> None:
    """Let the request in and count it, or raise the Refusal it earns."""
    key = _key(request.headers.get("Authorization", ""))
    if not key:
        raise Refusal(401, "HTTP Token: Access denied.")
    if not _is_good(tx, key, request.url.host):
        raise Refusal(401, {"success": False, "data": "issuer_token not valid"})
    if rates.spent(tx, "key", WINDOW_S) >= int(tx.setting("rate_limit", LIMIT)):
        raise Refusal(429, "Retry later")
    rates.spend(tx, "key", WINDOW_S)


def throttled(tx: Tx, request: httpx.Request) -> httpx.Response:
    """The vendor's 429: the status is documented, a body or a Retry-After is not."""
    return httpx.Response(429, text="Retry later")


def revoke(tx: Tx, account: str) -> None:
    tx.put(REVOKED, _digest(own_credentials(tx)["api_key"]), {"at": tx.now.isoformat()})


def _is_good(tx: Tx, key: str, host: str) -> bool:
    known = own_credentials(tx)["api_key"]
    region = REGIONS.get(host)
    return (
        hmac.compare_digest(key.encode(), known.encode())
        and tx.get(REVOKED, _digest(key)) is None
        and region in (None, tx.setting("region", "us"))
    )


def _key(authorization: str) -> str:
    """`Token token=KEY` is documented; `Token KEY` and `Bearer KEY` work in first-party and large clients."""
    found = re.fullmatch(r'(?:Token\s+(?:token=)?|Bearer\s+)"?([^\s"]+)"?', authorization.strip())
    return found[1] if found else ""


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
