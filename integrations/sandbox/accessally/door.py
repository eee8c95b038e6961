"""Who may come in: application passwords over HTTP Basic, and what plugins close.

An application password that is wrong fails every call to the REST API, also those anybody may make
(wp-includes, rest_application_password_check_errors); where they are switched off, the header is ignored.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox import rates
from integrations.sandbox.accessally.refusals import Refusal, wrong
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

USERS = "users"
REVOKED = "revoked"
PAGE = "<!DOCTYPE html><html><head><title>Harbour Academy</title></head><body>Nothing here.</body></html>"
RATE, WINDOW_S = 600, 60


def count(tx: Tx) -> None:
    """The host's own limit (setting `rate_limit`, calls a minute)."""
    if rates.spent(tx, "host", WINDOW_S) >= int(tx.setting("rate_limit", RATE)):
        raise Refusal(429, "<html><body><h1>429 Too Many Requests</h1></body></html>")
    rates.spend(tx, "host", WINDOW_S)


def admit(tx: Tx, request: httpx.Request) -> JsonObject | None:
    """The user signed in, or None for a visitor; a Refusal where the REST API is closed."""
    closed = tx.setting("rest_api", "open")
    if closed == "page":
        raise Refusal(404, PAGE)
    if closed == "off":
        raise wrong(403, "rest_disabled", "The REST API on this site has been disabled.")
    user = _user(tx, request.headers.get("Authorization", ""))
    if user is None and closed == "members":
        raise wrong(401, "rest_login_required", "REST API restricted to authenticated users.")
    return user


def may_manage(tx: Tx, user: JsonObject | None) -> bool:
    """Whether it has list_users, create_users and edit_users, as administrators do."""
    return user is not None and "administrator" in user["roles"]


def revoke(tx: Tx, account: str) -> None:
    tx.put(REVOKED, "password", {"at": tx.now.isoformat()})


def _user(tx: Tx, authorization: str) -> JsonObject | None:
    if tx.setting("application_passwords", "on") == "off":
        return None
    given = _basic(authorization)
    if given is None:
        return None
    name, password = given
    user = next((row for row in tx.all(USERS) if name in (row["username"], row["email"])), None)
    if user is None:
        raise wrong(401, "invalid_username", "Unknown username. Check again or try your email address.")
    known = own_credentials(tx)
    good = hmac.compare_digest(_bare(password), _bare(known["application_password"]))
    if user["username"] != known["wp_username"] or not good or tx.get(REVOKED, "password"):
        raise wrong(401, "incorrect_password", "The provided password is an invalid application password.")
    return user


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(token.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


def _bare(password: str) -> bytes:
    """WordPress shows an application password in groups of four; only its letters and digits count."""
    return re.sub(r"[^A-Za-z0-9]", "", password).encode()
