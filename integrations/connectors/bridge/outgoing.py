"""What goes out: events posted to one address, signed, with an id that every try carries."""

from __future__ import annotations

import json
import secrets as random_text
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.engine import bridged, standard_webhooks
from integrations.engine.errors import HubError, NotFound, Refused, WrongUse
from integrations.engine.spec import (
    Answer,
    Field,
    FieldType,
    Inverse,
    JsonObject,
    Kind,
    Operation,
    Proof,
    ProofKind,
)

OUTGOING = "outgoing_secret"
TARGET = "target_url"
SOURCE = "Standard Webhooks 1.0.0"
SAMPLE = {"accepted": True}
EVENT = "event.sent"


def target(settings: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Where events are sent. Raises WrongUse where that is nowhere."""
    url = str(settings.get(TARGET) or "").strip()
    if not url:
        raise WrongUse("fill in where events are to be sent, among the connection's settings.")
    return url


def sign_body(secrets: Mapping[str, str], content: bytes, now: datetime) -> Mapping[str, str]:
    """The id is the event's own, the same in every try. While a secret is replaced both sign."""
    id = str(json.loads(content)["id"])
    signed = standard_webhooks.headers(secrets[OUTGOING], id, content, now)
    if before := secrets.get(f"{OUTGOING}_before"):
        older = standard_webhooks.headers(before, id, content, now)[standard_webhooks.SIGNATURE]
        signed[standard_webhooks.SIGNATURE] += f" {older}"
    return {**signed, "idempotency-key": id}


def ping() -> JsonObject:
    """An event that means nothing."""
    return {"id": f"evt_test_{random_text.token_hex(8)}"}


def nothing_to_prove(settings: Mapping[str, Any]) -> str:
    return "" if settings.get(TARGET) else "Ready to receive; it sends nothing, because no address is given."


def say(answer: Any) -> str:
    return "The other side took a signed test event."


def refusal(answer: Answer, operation: Operation) -> HubError:
    """Whoever receives has shapes of its own: only the status says something."""
    if answer.status in (401, 403):
        return Refused(
            f"The other side does not accept the signature (status {answer.status}): give it the secret of "
            "what goes out once more, or make a new one."
        )
    if answer.status in (404, 410):
        return NotFound(
            f"There is nobody at that address (status {answer.status}); check where events are sent."
        )
    return Refused(f"The other side refused the event (status {answer.status}).")


_ENVELOPE = (
    Field(key="type", label="Type of the event", required=True, help="Such as booking.made.", default=EVENT),
    Field(key="source", label="Who says so", default="ghl-hub"),
)

_OPERATIONS = (
    Operation(
        key="events.send",
        title="Send an event",
        method="POST",
        path="/",
        kind=Kind.CREATE,
        inverse=Inverse(never="What was sent has been received."),
        address=target,
        queued=True,
        fields=(
            Field(key="id", fills="delivery_id"),
            *_ENVELOPE,
            Field(key="occurred_at", fills="delivery_at"),
            Field(key="data", label="Data", type=FieldType.OBJECT, required=True, default={}),
        ),
        success=(200, 201, 202, 204),
        record_id="",
        proof=Proof(kind=ProofKind.IDEMPOTENT, source=f"{SOURCE}: webhook-id is the idempotency key"),
        sample=SAMPLE,
        source=SOURCE,
    ),
    Operation(
        key="target.ping",
        title="Send an event that means nothing",
        method="POST",
        path="/",
        kind=Kind.READ,
        address=target,
        fields=(
            Field(key="id", label="Id of the event", required=True),
            Field(key="type", label="Type of the event", default=bridged.TEST),
            Field(key="data", label="Data", type=FieldType.OBJECT, default={}),
        ),
        success=(200, 201, 202, 204),
        sample=SAMPLE,
        source=SOURCE,
        record_id="",
    ),
)
OPERATIONS = {operation.key: operation for operation in _OPERATIONS}
