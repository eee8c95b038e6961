"""What happened in the simulated GHL, told once for each change of state, and sent to the hub.

Every handler and every action calls `changed` in the transaction that makes the change, so that a change
that is rolled back was never told. Events go to the app where it is installed; that it was put out is told
afterwards all the same. Whether live deliveries to an app in no location stop at once is not known.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from integrations.engine.spec import JsonObject
from integrations.sandbox import outbox
from integrations.sandbox.ghl.calls import stamp
from integrations.sandbox.simulation import own_credentials, steady_id
from integrations.sandbox.transaction import Tx

CHANGES = "changes"
KEPT = 1_000
INSTALLATIONS = "installations"  # as in installs, which tells its own changes through here
COMING_AND_GOING = ("INSTALL", "UNINSTALL")


def changed(tx: Tx, event: str, location_id: str, payload: JsonObject) -> None:
    """Tell that `event` happened in a location ("" for one of the agency's own).

    `event` is the `type` of the vendor's webhook (ContactCreate, AppointmentUpdate …); `payload` the flat
    fields of that webhook beside `type` and the envelope (`appId`, `timestamp`, `webhookId`).
    """
    number = tx.next_number("id:change")
    body = {"event": event, "location_id": location_id, "payload": payload, "at": stamp(tx.now)}
    tx.put(CHANGES, f"{number:09d}", body)
    if number > KEPT:
        tx.delete(CHANGES, f"{number - KEPT:09d}")
    known = own_credentials(tx)
    whose = location_id or known["company_id"]
    if event in COMING_AND_GOING or tx.get(INSTALLATIONS, whose) is not None:
        outbox.put(tx, event=event, account=whose, body=_delivery(tx, event, location_id, payload, known))


def _delivery(tx: Tx, event: str, location_id: str, payload: JsonObject, known: dict[str, str]) -> JsonObject:
    """The flat envelope. Its time is that of the world: the hub compares it with its own clock."""
    return {
        **payload,
        "type": event,
        **({"locationId": location_id} if location_id else {}),
        "appId": known["client_id"].partition("-")[0],
        "versionId": steady_id(tx, "app:version", 24),
        "timestamp": stamp(datetime.now(UTC)),
        "webhookId": str(uuid.uuid4()),
    }
