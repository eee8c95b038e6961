"""Ways to sign in to Active Knocker.

`x-api-key` is what one customer's client sends (alma29v1/big-beautiful-server); another tried a bearer token,
the header and a parameter without proof (anchorpointmen/nsr-sales-report, scripts/probe-activeknocker.js). So
the operator chooses.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.engine import standard_webhooks
from integrations.engine.spec import Auth, Field

OUTBOUND_SECRET = "outbound_secret"  # noqa: S105 - the name of the field
ENVELOPE = {"id", "type", "data"}

KEY = Field(
    key="api_key",
    label="API key",
    required=True,
    secret=True,
    help="Web portal: Configuration, Integration, API Key.",
)
SIGNING = Field(
    key=OUTBOUND_SECRET,
    label="Secret that signs what we send",
    secret=True,
    help="Only for events that the hub sends to your own address: signed as Standard Webhooks. Base64, with "
    "or without whsec_ before it; of other text the bytes are taken. Empty: they are not signed.",
)
NAME = Field(
    key="auth_name",
    label="Name of the parameter",
    default="api_key",
    help="UNKNOWN: under which name Active Knocker would take a key in the address.",
)
WHERE = "In Active Knocker's web portal open Configuration, Integration, API Key, and copy the key."
TRY = "Should the test say that the key is not accepted, try another way to sign in: none is documented."


def sign_event(secrets: Mapping[str, str], content: bytes, now: datetime) -> Mapping[str, str]:
    """Headers for an event of ours; nothing else is signed so, and nothing where no secret was entered."""
    secret = secrets.get(OUTBOUND_SECRET)
    envelope = _envelope(content) if secret else None
    return standard_webhooks.headers(_base64(secret), envelope, content, now) if secret and envelope else {}


def _base64(secret: str) -> str:
    """Whoever types a password of their own has it signed with, too."""
    return secret if standard_webhooks.is_secret(secret) else base64.b64encode(secret.encode()).decode()


def _envelope(content: bytes) -> str:
    """The id of the event in this body; "" where it is another body."""
    try:
        found = json.loads(content or b"null")
    except ValueError:
        return ""
    return str(found["id"]) if isinstance(found, dict) and set(found) >= ENVELOPE else ""


def in_address(secrets: Mapping[str, str], settings: Mapping[str, Any]) -> Mapping[str, str]:
    return {str(settings.get(NAME.key) or NAME.default): secrets[KEY.key]}


AUTHS = (
    Auth(
        key="x_api_key",
        title="Key in the header x-api-key",
        sign=lambda secrets: {"x-api-key": secrets[KEY.key]},
        sign_body=sign_event,
        secrets=(KEY, SIGNING),
        hears=True,
        setup=(WHERE, "LIKELY the right way: a customer's own client signs in so. " + TRY),
    ),
    Auth(
        key="bearer",
        title="Key as a bearer token",
        sign=lambda secrets: {"Authorization": f"Bearer {secrets[KEY.key]}"},
        sign_body=sign_event,
        secrets=(KEY, SIGNING),
        hears=True,
        setup=(WHERE, TRY),
    ),
    Auth(
        key="query",
        title="Key as a parameter of the address",
        sign=lambda secrets: {},
        sign_query=in_address,
        sign_body=sign_event,
        secrets=(KEY, SIGNING),
        settings=(NAME,),
        hears=True,
        setup=(WHERE, "Addresses end up in logs: take another way where one works. " + TRY),
    ),
    Auth(
        key="none",
        title="No key: only events through the bridge",
        sign=lambda secrets: {},
        sign_body=sign_event,
        secrets=(SIGNING,),
        hears=True,
        setup=("For accounts whose events come by Zapier or another tool, and that are never asked.",),
    ),
)
