"""What hangs on a certificate of the simulated Accredible: evidence, PDF, login link, who looked at it.

Evidence comes back wrapped in the official OpenAPI 25.08.0 and bare in what a first-party client recorded:
setting `evidence`, "wrapped" to begin with, or "bare".
"""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.accredible import certificates
from integrations.sandbox.accredible.calls import Call, need, paged
from integrations.sandbox.accredible.certificates import CERTIFICATES, stamp
from integrations.sandbox.accredible.refusals import Refusal, invalid
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

EVENTS = "certificate_events"
CATEGORIES = ("file", "url", "video", "grade", "transcript")
NO_ITEM = {"errors": "No Evidence Item with the id given on the credential"}


def create_item(call: Call) -> JsonObject:
    known, given = certificates.find(call.tx, call.ids[0]), call.part("evidence_item")
    need(given, "description")
    if given.get("category", "url") not in CATEGORIES:
        raise invalid(category=["is not included in the list"])
    item = {"id": call.tx.next_number("id:evidence") + 800, "position": len(_items(known)) + 1}
    return _kept(call, known, [*_items(known), _filled(item, given)], item["id"])


def update_item(call: Call) -> JsonObject:
    known, item = _found(call)
    others = [_filled(row, call.part("evidence_item")) if row is item else row for row in _items(known)]
    return _kept(call, known, others, item["id"])


def delete_item(call: Call) -> JsonObject:
    known, item = _found(call)
    keep(call.tx, known, [row for row in _items(known) if row is not item])
    return _shown(call.tx, item)


def _found(call: Call) -> tuple[JsonObject, JsonObject]:
    known = certificates.find(call.tx, call.ids[0])
    item = next((row for row in _items(known) if str(row["id"]) == call.ids[1]), None)
    if item is None:
        raise Refusal(404, NO_ITEM)
    return known, item


def _items(known: JsonObject) -> list[JsonObject]:
    found: list[JsonObject] = known.setdefault("evidence_items", [])
    return found


def _filled(item: JsonObject, given: JsonObject) -> JsonObject:
    """`type` in an answer is what a request calls `category`."""
    return {
        "preview_image_url": None,
        "link_url": None,
        "string_object": None,
        "supplemental": False,
        "type": "url",
        **item,
        **{key: given[key] for key in ("description", "string_object", "supplemental") if key in given},
        **({"link_url": given["url"]} if given.get("url") else {}),
        **({"link_url": given["file"]} if given.get("file") else {}),
        **({"type": given["category"]} if given.get("category") else {}),
    }


def keep(tx: Tx, known: JsonObject, items: list[JsonObject]) -> None:
    certificates.keep(tx, {**known, "evidence_items": items, "updated_at": stamp(tx.now)})


def _kept(call: Call, known: JsonObject, items: list[JsonObject], item_id: int) -> JsonObject:
    keep(call.tx, known, items)
    return _shown(call.tx, next(row for row in items if row["id"] == item_id))


def _shown(tx: Tx, item: JsonObject) -> JsonObject:
    return item if tx.setting("evidence", "wrapped") == "bare" else {"evidence_item": item}


# --- PDF, login link, statistics ------------------------------------------------------------------


def pdf(call: Call) -> JsonObject:
    known = certificates.find(call.tx, call.ids[0])
    if not known["approve"]:
        raise Refusal(404, {"error": "No Published Credential with this attribute"})
    return {"file": f"https://files.accredible.example/{known['id']}.pdf"}


def login_link(call: Call) -> JsonObject:
    given = call.body if isinstance(call.body, dict) else {}
    wanted = {
        "id": str(given.get("credential_id") or ""),
        "recipient_id": str(given.get("recipient_id") or ""),
        "recipient_email": str(given.get("recipient_email") or "").lower(),
    }
    for row in call.tx.all(CERTIFICATES):
        if row["approve"] and any(value and str(row[key]).lower() == value for key, value in wanted.items()):
            return {"link": f"https://www.credential.net/sso/{fresh_id(32)}"}
    raise Refusal(404, {"error": "No Published Credential with this attribute"})


def note(tx: Tx, certificate: JsonObject, event: str) -> JsonObject:
    """Something that somebody did with a certificate."""
    body: JsonObject = {"credential_id": certificate["id"], "event": event, "created_at": stamp(tx.now)}
    tx.put(EVENTS, f"{tx.next_number('id:event'):09d}", body)
    return body


def events_of_one(call: Call) -> JsonObject:
    known = certificates.find(call.tx, call.ids[0])
    return {"analytics": [row for row in call.tx.all(EVENTS) if row["credential_id"] == known["id"]]}


def events_of_all(call: Call) -> JsonObject:
    """By day; `group_id` narrows it down."""
    query = call.query
    first, last = query.get("start_date", ""), query.get("end_date", "9999-12-31")
    found = [
        {**row, "date": row["created_at"][:10]}
        for row in call.tx.all(EVENTS)
        if first <= row["created_at"][:10] <= last and _in_group(call.tx, row, query.get("group_id", ""))
    ]
    page, meta = paged(found, {"page_size": 100, **query})
    return {"analytics": page, "meta": meta}


def _in_group(tx: Tx, row: JsonObject, group: str) -> bool:
    known = tx.get(CERTIFICATES, str(row["credential_id"])) or {}
    return not group or str(known.get("group", {}).get("id")) == group
