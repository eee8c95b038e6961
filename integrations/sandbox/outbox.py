"""What the simulated apps have to tell the hub: queued with the change, sent later, and again when it failed.

A delivery is a document of its app. It is queued in the transaction of the change that it tells, so a change
that is rolled back is never told. Sending is the caller's: `due` hands out what is to be sent, under a lease,
and `settle` notes what came of it. What is not answered with 2xx is sent again up to RETRIES times, with
growing gaps (the number is GoHighLevel's; its delays are not published: setting `webhook_retry_s`), unless
the app does otherwise (`Simulation.retries`, `.satisfied`).

A delivery goes to the address that is registered in the app for all its accounts, or to a `target`: one that
a connection has of its own. Those addresses, with what the hub made to sign with, are told to the app as a
person would copy them over (`introduce`), or registered by calls of the app's own.

Troubles (`faults`): webhooks that are never sent, sent twice, in any order, or late. They are decided on when
a delivery is queued.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox import faults, simulation
from integrations.sandbox.parcels import JSON, RETRIES, Parcel
from integrations.sandbox.simulation import Table
from integrations.sandbox.transaction import Tx

__all__ = ["RETRIES", "Address", "Parcel", "addresses", "anything_due", "due", "introduce", "put", "settle"]

OUTBOX = "outbox"
ADDRESSES = "hub_addresses"
RETRY_S = 10.0
LEASE = timedelta(seconds=60)
SHUFFLED_WITHIN_S = 60.0
KEPT = 300
TIDY_EVERY = 100

DUE, OVER = "due:", "over:"
END = "~"  # sorts after every time

WAITING, DELIVERED, GIVEN_UP, DROPPED = "waiting", "delivered", "given up", "dropped"


@dataclass(frozen=True, slots=True)
class Address:
    """One of the hub's, as the app knows it, with what to sign with."""

    target: str
    secrets: dict[str, str]


def introduce(tx: Tx, connection: str, target: str, secrets: dict[str, str]) -> None:
    """Tell the app where a connection is told of things. Told again, the last holds."""
    tx.put(ADDRESSES, connection, {"target": target, **tx.seal.close(secrets)})


def addresses(tx: Tx) -> list[Address]:
    """All that the app was told."""
    return [Address(row["target"], tx.seal.open(row)) for row in tx.all(ADDRESSES)]


def put(
    tx: Tx,
    *,
    event: str,
    account: str,
    body: JsonObject | bytes,
    content_type: str = JSON,
    target: str = "",
) -> None:
    """Queue one delivery to the hub, with whatever trouble is switched on."""
    now = datetime.now(UTC)
    line = f"WEBHOOK {event}"
    told = {
        "event": event,
        "account": account,
        "body": json.dumps(body) if isinstance(body, dict) else body.decode("utf-8", "surrogateescape"),
        "content_type": content_type,
        "target": target,
    }
    if faults.take(tx, line, account, (faults.WEBHOOK_DROPPED,)):
        _keep(tx, _fresh(tx, told, now), state=DROPPED)
        return
    copies = 2 if faults.take(tx, line, account, (faults.WEBHOOK_DOUBLED,)) else 1
    for _ in range(copies):
        delay_s = 0.0
        if fault := faults.take(tx, line, account, (faults.WEBHOOK_SHUFFLED,)):
            delay_s += faults.chance(tx) * (fault.seconds or SHUFFLED_WITHIN_S)
        if fault := faults.take(tx, line, account, (faults.WEBHOOK_LATE,)):
            delay_s += fault.seconds
        _keep(tx, _fresh(tx, told, now), state=WAITING, due_at=now + timedelta(seconds=delay_s))


def anything_due(tx: Tx, now: datetime) -> bool:
    return bool(tx.between(OUTBOX, DUE, f"{DUE}{now.isoformat()}"))


def due(tx: Tx, now: datetime, most: int) -> list[Parcel]:
    """What is to be sent by now, in the order of its time, taken so that nobody else sends it meanwhile."""
    found = tx.between(OUTBOX, DUE, f"{DUE}{now.isoformat()}")[:most]
    for document in found:
        _keep(tx, document, state=WAITING, due_at=now + LEASE, attempts=document["attempts"] + 1)
    return [
        Parcel(
            number=document["number"],
            event=document["event"],
            account=document["account"],
            body=document["body"].encode("utf-8", "surrogateescape"),
            attempt=document["attempts"] + 1,
            content_type=document.get("content_type", JSON),
            target=document.get("target", ""),
        )
        for document in found
    ]


def settle(
    tx: Tx, parcel: Parcel, status: int, now: datetime, *, satisfied: bool, retries: int = RETRIES
) -> None:
    """What the hub answered (0: nothing), and whether that is what the app wants to hear."""
    document = tx.get(OUTBOX, parcel.number)
    if document is None:  # the sandbox was reset meanwhile
        return
    if satisfied:
        _keep(tx, document, state=DELIVERED, status=status)
    elif parcel.attempt > retries:
        _keep(tx, document, state=GIVEN_UP, status=status)
    else:
        gap_s = float(tx.setting("webhook_retry_s", RETRY_S)) * 2 ** (parcel.attempt - 1)
        again_at = now + timedelta(seconds=gap_s * (1 + faults.chance(tx)))
        _keep(tx, document, state=WAITING, status=status, due_at=again_at)


def tables(tx: Tx) -> list[Table]:
    """For the state screen, oldest first."""
    columns = ("event", "account", "state", "attempts", "status", "at", "due_at")
    return simulation.tables(tx, {"Webhooks": (OUTBOX, columns)})


def _fresh(tx: Tx, told: JsonObject, now: datetime) -> JsonObject:
    return {
        "number": f"{tx.next_number('id:delivery'):09d}",
        **told,
        "at": now.isoformat(),
        "attempts": 0,
        "status": 0,
    }


def _keep(tx: Tx, document: JsonObject, *, due_at: datetime | None = None, **changes: Any) -> None:
    known = {**document, **changes, "due_at": due_at.isoformat() if due_at else ""}
    key = f"{DUE}{known['due_at']}" if due_at else f"{OVER}{known['number']}"
    tx.put(OUTBOX, known["number"], known, [key])
    if not due_at and int(known["number"]) % TIDY_EVERY == 0:
        for old in tx.between(OUTBOX, OVER, f"{OVER}{END}")[:-KEPT]:
            tx.delete(OUTBOX, old["number"])
