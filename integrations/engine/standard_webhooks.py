"""Signatures and headers as the Standard Webhooks specification has them (1.0.0), by its own library.

Signed are id, time and the bytes as they came; the time may be WINDOW_S away from ours. Several signatures
may stand in one header, and several secrets may hold at once, while one is replaced by another.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets as random_bytes
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from standardwebhooks import Webhook

from integrations.engine.errors import BadSignature, WrongUse

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
WINDOW_S = 300
SECRET_BYTES = 32  # the specification asks for 24 to 64
VERSION = "v1"


def new_secret() -> str:
    return PREFIX + base64.b64encode(random_bytes.token_bytes(SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Whether it can be signed with: base64 of something, with or without its prefix."""
    bare = text.removeprefix(PREFIX).rstrip("=")
    try:
        return bool(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except (binascii.Error, ValueError):
        return False


def headers(secret: str, id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers for a body. Raises WrongUse for a secret that is none."""
    return {ID: id, TIMESTAMP: str(int(now.timestamp())), SIGNATURE: _signature(secret, id, body, now)}


def verify(secrets: Iterable[str], given: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raises BadSignature unless one of the secrets has signed these bytes, about now.

    `given` are the headers, their names in lower case.
    """
    missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not given.get(name)]
    if missing:
        raise BadSignature(f"It is not signed: {', '.join(missing)} did not come with it.")
    signed_at = _moment(given[TIMESTAMP])
    if abs((now - signed_at).total_seconds()) > WINDOW_S:
        raise BadSignature(
            f"It was signed at {signed_at:%Y-%m-%d %H:%M:%S} UTC, more than {WINDOW_S // 60} minutes from "
            "now: it is an old one, or one of the two clocks is wrong."
        )
    passed = [one.partition(",")[2] for one in given[SIGNATURE].split() if one.startswith(f"{VERSION},")]
    made = [_signature(secret, given[ID], body, signed_at).partition(",")[2] for secret in secrets if secret]
    if not any(hmac.compare_digest(one.encode(), other.encode()) for one in made for other in passed):
        raise BadSignature("The signature in webhook-signature was not made with this address's secret.")


def _signature(secret: str, id: str, body: bytes, at: datetime) -> str:
    try:
        signed: str = Webhook(secret).sign(id, at.astimezone(UTC), body.decode())
    except UnicodeDecodeError:
        raise BadSignature("The body is not UTF-8.") from None
    except (binascii.Error, ValueError):
        raise WrongUse("The signing secret is not base64; copy all of it, from whsec_ on.") from None
    return signed


def _moment(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadSignature("webhook-timestamp is not a number of seconds.") from None
