"""What of a call may be written down: no token, no key, no password, and not too much of anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

HIDDEN = "[hidden]"
BODY_LIMIT = 16 * 1024
SHORTEST_SECRET = 4  # shorter ones would black out ordinary words and numbers

SECRET_WORDS = (
    "authorization", "proxyauthorization", "cookie", "setcookie", "token", "accesstoken", "refreshtoken",
    "idtoken", "apitoken", "authtoken", "xapitoken", "apikey", "xapikey", "key", "clientkey", "privatekey",
    "accesskey", "clientsecret", "secret", "password", "authorizationcode", "jwt", "codeverifier",
)  # fmt: skip
_GRANT_KEYS = {"granttype", "redirecturi"}  # beside one of these, `code` is an authorisation code
_PAIR = re.compile(
    r"(?i)((?:access|refresh|id|api|auth)[_-]?token|client[_-]?secret|api[_-]?key|password)"
    r"(\\?[\"']?\s*[:=]\s*\\?[\"']?)[^\"'&\s,}\\]+"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic|token)(\s+(?:token=)?)[A-Za-z0-9._~+/=-]{12,}")
_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")


def is_secret(name: str) -> bool:
    """Whether what stands under this name of a header or field is never written down."""
    return re.sub(r"[^a-z]", "", name.lower()) in SECRET_WORDS


def text(value: str, secrets: Iterable[str] = ()) -> str:
    """The text without the secrets themselves and without what looks like one."""
    for secret in sorted({s for s in secrets if len(s) >= SHORTEST_SECRET}, key=len, reverse=True):
        for form in {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}:
            value = value.replace(form, HIDDEN)
    value = _PAIR.sub(rf"\1\2{HIDDEN}", value)
    return _JWT.sub(HIDDEN, _BEARER.sub(rf"\1\2{HIDDEN}", value))


def headers(values: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
    return {name: HIDDEN if is_secret(name) else text(value, secrets) for name, value in values.items()}


def query(values: Iterable[tuple[str, str]], secrets: Iterable[str] = ()) -> str:
    """A query for reading, where `code` is always an authorisation code."""
    shown = [(k, HIDDEN if is_secret(k) or k == "code" else text(v, secrets)) for k, v in values]
    return urlencode(shown, safe="[]")


def body(value: Any, secrets: Iterable[str] = ()) -> str:
    """A body as text to keep: JSON for values, at most 16 KiB. Nothing is "" ."""
    if value is None:
        return ""
    known = tuple(secrets)
    if isinstance(value, str):
        return shorten(text(value, known))
    try:
        return shorten(json.dumps(_plain(value, known), ensure_ascii=False))
    except (RecursionError, TypeError, ValueError):
        return "[could not be shown]"


def shorten(value: str, limit: int = BODY_LIMIT) -> str:
    data = value.encode("utf-8", "replace")
    if len(data) <= limit:
        return data.decode()
    return f"{data[:limit].decode('utf-8', 'ignore')}… [{len(data):,} bytes in all]"


def _plain(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return text(value, secrets)
    if isinstance(value, Mapping):
        names = {re.sub(r"[^a-z]", "", str(key).lower()) for key in value}
        coded = bool(names & _GRANT_KEYS)
        return {
            text(str(key), secrets): HIDDEN
            if (is_secret(str(key)) or (coded and key == "code")) and isinstance(item, str)
            else _plain(item, secrets)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(item, secrets) for item in value]
    return value


def said(words: str) -> str:
    """An app's own words for a sentence of ours: one line, at most 200 characters, no secret in them."""
    line = " ".join(text(words).split())
    return f"“{line[:199]}…”" if len(line) > 200 else f"“{line}”"
