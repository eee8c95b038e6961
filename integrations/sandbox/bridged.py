"""How a simulated app speaks through the bridge: signed envelopes to every address of the hub that it knows.

The addresses are told to it when a sandbox connection is added, with the secrets made for them. An envelope
is signed when it is sent, because its time is part of what is signed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.engine import bridged, standard_webhooks
from integrations.engine.spec import JsonObject
from integrations.sandbox import outbox
from integrations.sandbox.transaction import Tx


def tell(tx: Tx, kind: str, data: Mapping[str, Any], *, source: str, account: str = "") -> JsonObject:
    """Queue an event for every address; the envelope, with how many addresses it goes to."""
    envelope: JsonObject = {
        "id": f"evt_{tx.next_number('id:event'):08d}",
        "type": kind,
        "occurred_at": tx.now.isoformat(),
        "source": source,
        "data": dict(data),
    }
    known = outbox.addresses(tx)
    body = json.dumps(envelope, ensure_ascii=False).encode()
    for address in known:
        outbox.put(tx, event=kind, account=account, body=body, target=address.target)
    return {**envelope, "addresses": len(known)}


def sign(tx: Tx, body: bytes) -> dict[str, str]:
    """`Simulation.sign` of an app that has no address but those of connections."""
    return {}


def sign_to(tx: Tx, target: str, body: bytes) -> dict[str, str]:
    """`Simulation.sign_to`: with the secret that belongs to the address; unsigned where there is none."""
    secrets = {address.target: address.secrets for address in outbox.addresses(tx)}.get(target, {})
    secret = secrets.get(bridged.SECRET)
    if not secret:
        return {}
    return standard_webhooks.headers(secret, json.loads(body)["id"], body, datetime.now(UTC))
