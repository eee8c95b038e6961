"""An event of the hub's own at its webhook addresses: known by a signature of ours, answered, and forgotten.

The hub does not have the keys that most apps sign with. So its event carries a header that this hub alone can
make, over the body and the address; it is looked at before the app's own signature is, and starts nothing.
The answer is signed as well: what else may answer at that address is not taken for the hub.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core import signing

from integrations.engine.spec import Incoming
from integrations.services.doors import Door

HEADER = "X-Hub-Self-Test"
ASKS, ANSWERS = "hub.self-test", "hub.self-test.answer"
GOOD_FOR_S = 120


@dataclass(frozen=True, slots=True)
class Question:
    """What to post, and what only this hub can answer it with."""

    headers: Mapping[str, str]
    body: bytes
    nonce: str

    def answered_by(self, body: bytes) -> bool:
        """Whether it was this hub that gave this answer, and took the event."""
        try:
            said = json.loads(body)
            proof = said["self_test"] if isinstance(said, dict) else None
            return bool(signing.loads(str(proof), salt=ANSWERS, max_age=GOOD_FOR_S) == self.nonce)
        except (ValueError, KeyError, signing.BadSignature):
            return False


def question(door: Door, made: Incoming | None) -> Question:
    """For that address; `made` is a delivery as its app would sign it, where the hub has the secret."""
    nonce = secrets.token_hex(16)
    body = made.body if made else json.dumps({"type": "hub.self_test", "id": nonce}).encode()
    asked = {"nonce": nonce, "body": hashlib.sha256(body).hexdigest(), "door": _named(door)}
    headers = {**(made.headers if made else {"content-type": "application/json"})}
    return Question({**headers, HEADER: signing.dumps(asked, salt=ASKS)}, body, nonce)


def asked(incoming: Incoming) -> bool:
    return HEADER.lower() in incoming.headers


def answer(door: Door, incoming: Incoming) -> str:
    """The proof to answer with; "" where the event is not this hub's own, for this address, and unchanged."""
    try:
        told: dict[str, Any] = signing.loads(incoming.headers[HEADER.lower()], salt=ASKS, max_age=GOOD_FOR_S)
    except signing.BadSignature:
        return ""
    whole = told["body"] == hashlib.sha256(incoming.body).hexdigest() and told["door"] == _named(door)
    return signing.dumps(told["nonce"], salt=ANSWERS) if whole else ""


def _named(door: Door) -> str:
    return f"{door.app.slug}:{door.environment}:{door.connection.pk if door.connection else ''}"
