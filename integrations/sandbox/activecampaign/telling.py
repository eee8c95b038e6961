"""What the simulated ActiveCampaign sends: forms with bracketed keys, once, to each webhook that wants them.

Nothing is signed and nothing sent again; an answer of 410 switches the webhook off for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from integrations.engine.form_bodies import FORM
from integrations.engine.spec import JsonObject
from integrations.sandbox import outbox
from integrations.sandbox.activecampaign.rows import (
    CONTACT_TAGS,
    FIELD_VALUES,
    HOOKS,
    TAGS,
    stamp,
)
from integrations.sandbox.parcels import Parcel
from integrations.sandbox.transaction import Tx

ADMIN, API = "admin", "api"
GONE = 410


def tell(tx: Tx, kind: str, source: str, **parts: Any) -> None:
    """Tell every webhook that listens to this kind of event, brought about by this source."""
    envelope = {
        "type": kind,
        "date_time": stamp(tx),
        "initiated_from": source,
        "initiated_by": source,
        "list": "0",
    }
    body = form({**envelope, **parts})
    for hook in tx.all(HOOKS):
        if hook["state"] == "1" and kind in hook["events"] and source in hook["sources"]:
            outbox.put(tx, event=kind, account="", body=body, content_type=FORM, target=hook["url"])


def tell_from_automation(tx: Tx, contact: JsonObject, series: str) -> int:
    """What the step “Webhook” of an automation posts: no type, and its series. To how many addresses."""
    told = {"seriesid": series, "date_time": stamp(tx), "contact": {**contact_block(tx, contact), "ip4": ""}}
    addresses = outbox.addresses(tx)
    for address in addresses:
        outbox.put(
            tx,
            event="automation_webhook",
            account="",
            body=form(told),
            content_type=FORM,
            target=address.target,
        )
    return len(addresses)


def contact_block(tx: Tx, contact: JsonObject) -> JsonObject:
    """Tags in one text; own fields by their ids."""
    rows = tx.by_key(CONTACT_TAGS, f"contact:{contact['id']}")
    names = [tag["tag"] for row in rows if (tag := tx.get(TAGS, row["tag"]))]
    values = tx.by_key(FIELD_VALUES, f"contact:{contact['id']}")
    return {
        "id": contact["id"],
        "email": contact["email"],
        "first_name": contact["firstName"],
        "last_name": contact["lastName"],
        "phone": contact["phone"],
        "tags": ", ".join(names),
        "orgname": "",
        "ip": "",
        "fields": {row["field"]: row["value"] for row in values},
    }


def answered(tx: Tx, parcel: Parcel, status: int) -> None:
    if status != GONE:
        return
    for hook in tx.all(HOOKS):
        if hook["url"] == parcel.target:
            tx.put(HOOKS, hook["id"], {**hook, "state": "0"})


def form(told: Mapping[str, Any]) -> bytes:
    return urlencode(list(_pairs(told, ""))).encode()


def _pairs(part: Mapping[str, Any], outer: str) -> Iterator[tuple[str, str]]:
    for key, value in part.items():
        name = f"{outer}[{key}]" if outer else key
        if isinstance(value, Mapping):
            yield from _pairs(value, name)
        else:
            yield name, str(value)
