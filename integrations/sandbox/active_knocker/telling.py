"""What speaks for the simulated Active Knocker: signed events to the hub's bridge, and a catch hook.

Where the hub listens, and what to sign with, was told by the hub or pasted (action `connect_bridge`); until
then nothing is sent. The catch hook stands for an address in Zapier that takes the hub's events on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from integrations.engine import bridged, standard_webhooks
from integrations.engine.spec import JsonObject
from integrations.sandbox import outbox
from integrations.sandbox.active_knocker.refusals import Refusal
from integrations.sandbox.transaction import Tx

PASTED = "pasted"
RECEIVED, TEAMS = "received", "teams"
CATCH = "/hooks/catch/"


def connect(tx: Tx, address: str, secret: str) -> None:
    """As somebody pastes them from the connection's page."""
    outbox.introduce(tx, PASTED, address, {bridged.SECRET: secret})


def tell(tx: Tx, kind: str, data: Mapping[str, Any]) -> JsonObject:
    """Queue one event for every address of the hub's, in the envelope of its bridge; the envelope."""
    envelope: JsonObject = {
        "id": f"evt_{tx.next_number('id:event'):06d}",
        "type": kind,
        "occurred_at": tx.now.isoformat(),
        "source": "active_knocker",
        "data": dict(data),
    }
    for known in outbox.addresses(tx):
        outbox.put(tx, event=kind, account="", body=envelope, target=known.target)
    return envelope


def sign_to(tx: Tx, target: str, body: bytes) -> Mapping[str, str]:
    """Signed with the secret of that address; without one it is not signed."""
    for known in outbox.addresses(tx):
        secret = known.secrets.get(bridged.SECRET)
        if known.target == target and secret:
            return standard_webhooks.headers(secret, json.loads(body)["id"], body, tx.now)
    return {}


def catch(tx: Tx, request: httpx.Request) -> JsonObject:
    """Take an event of the hub's on: kept once, however often it comes, and teams changed by it.

    `told_key`: the API key came along, which it never should.
    """
    try:
        event = json.loads(request.content)
        kind, number, data = event["type"], str(event["id"]), dict(event["data"])
    except (ValueError, KeyError, TypeError):
        raise Refusal(400, {"status": "error", "message": "id, type and data are needed"}) from None
    if tx.get(RECEIVED, number) is None:
        told_key = any(name in request.headers for name in ("x-api-key", "authorization"))
        signed = bool(request.headers.get(standard_webhooks.SIGNATURE))
        tx.put(RECEIVED, number, {**event, "told_key": told_key, "signed": signed})
        _take(tx, kind, data)
    return {"status": "success", "id": number}


def _take(tx: Tx, kind: str, data: JsonObject) -> None:
    team = str(data.get("team_id") or "")
    if not team:
        return
    if kind == "team.deleted":
        tx.delete(TEAMS, team)
    elif kind in ("team.created", "team.updated"):
        known = tx.get(TEAMS, team) or {"member_ids": [], "permissions": [], "active": True}
        tx.put(TEAMS, team, {**known, **data})
