"""What happened in the simulated Credly: an event for each change, and a thin webhook of each to the hub.

A webhook holds `id`, `organization_id`, `event_type` and `occurred_at` (www.credly.com/docs). Whether a
change of state has an event of its own is known from public clients only: setting `state_events`. The event
of a deleted template may hold almost nothing: setting `bare_deletions`. Data services, without which there is
no list of events, are switched on by Credly's staff: setting `data_services`.
"""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from integrations.engine.spec import JsonObject
from integrations.sandbox import outbox
from integrations.sandbox.credly.refusals import no, not_found
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

EVENTS = "events"
ORGANIZATIONS = "organizations"
THIN = ("id", "organization_id", "event_type", "occurred_at")


def happened(tx: Tx, kind: str, **content: JsonObject) -> JsonObject | None:
    """Note an event and tell the hub of it, where the organization sends webhooks at all."""
    if kind == "badge.state.changed" and not tx.setting("state_events", True):
        return None
    number = tx.next_number("id:event")
    organization = own_credentials(tx)["organization_id"]
    event: JsonObject = {
        "id": str(uuid.uuid4()),
        "organization_id": organization,
        "event_type": kind,
        "occurred_at": stamp(tx),
        "number": number,
        **content,
    }
    if kind == "badge_template.deleted" and tx.setting("bare_deletions", False):
        event["badge_template"] = {}
    tx.put(EVENTS, event["id"], event)
    thin = {key: event[key] for key in THIN}
    for target in _addresses(tx, organization):
        outbox.put(tx, event=kind, account=organization, body=thin, target=target)
    return event


def _addresses(tx: Tx, organization: str) -> list[str]:
    """Where somebody had it send to, and the hub's addresses that it was told of; each once."""
    known = [address.target for address in outbox.addresses(tx)]
    own = (tx.get(ORGANIZATIONS, organization) or {}).get("webhook_url")
    return known if not own or urlsplit(own).path in known else [*known, own]


def newest_first(tx: Tx) -> list[JsonObject]:
    _served(tx)
    return [_shown(row) for row in sorted(tx.all(EVENTS), key=lambda row: -row["number"])]


def one(tx: Tx, event_id: str) -> JsonObject:
    found = tx.get(EVENTS, event_id)
    if found is None:
        raise not_found()
    return _shown(found)


def _served(tx: Tx) -> None:
    if not tx.setting("data_services", True):
        raise no(403, "Data services are not enabled for this organization")


def _shown(event: JsonObject) -> JsonObject:
    return {key: value for key, value in event.items() if key != "number"}


def stamp(tx: Tx) -> str:
    return tx.now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{tx.now.microsecond // 1000:03d}Z"
