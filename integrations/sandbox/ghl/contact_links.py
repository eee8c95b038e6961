"""What hangs on a contact of the simulated GHL: tags, followers, campaigns, workflows, business.

Official OpenAPI, contacts. Adding tags answers with all tags and those added (how much of that the live
answer holds is not known). That campaigns and workflows have to exist is not asked: what the vendor says
otherwise is not known.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import contact_records as records
from integrations.sandbox.ghl.calls import CONTACTS, Call, Handler, Handlers
from integrations.sandbox.ghl.followers import add_followers, remove_followers
from integrations.sandbox.ghl.refusals import invalid

CAMPAIGNS, WORKFLOWS = "campaignIds", "workflowIds"


def add_tags(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    added = _new(contact["tags"], call.body["tags"])
    records.save(call.tx, contact, {"tags": contact["tags"] + added})
    return {"tags": contact["tags"] + added, "tagsAdded": added}


def remove_tags(call: Call) -> JsonObject:
    contact = call.contact(call.path["contactId"])
    kept = [tag for tag in contact["tags"] if tag not in call.body["tags"]]
    records.save(call.tx, contact, {"tags": kept})
    removed = [tag for tag in contact["tags"] if tag not in kept]
    return {"tags": kept, "tagsRemoved": removed}


def bulk_tags(call: Call) -> JsonObject:
    """Many contacts at once. A contact that is not there is counted as an error; the others are done."""
    call.enter(call.body["locationId"])
    if call.path["type"] not in ("add", "remove"):
        raise invalid("type must be one of the following values: add, remove")
    answers = [_tagged(call, contact_id) for contact_id in call.body["contacts"]]
    errors = sum(answer["type"] == "error" for answer in answers)
    return {"succeded": True, "errorCount": errors, "responses": answers}


def bulk_business(call: Call) -> JsonObject:
    """Puts contacts into a business, or out of any with null."""
    location = call.enter(call.body["locationId"])
    business_id = call.body["businessId"]
    if business_id is not None:
        call.found("businesses", business_id, "Business")
    ids = [contact_id for contact_id in call.body["ids"] if _of_location(call, contact_id, location["id"])]
    for contact_id in ids:
        records.save(call.tx, call.contact(contact_id), {"businessId": business_id})
    return {"success": True, "ids": ids}


def joins(list_name: str, param: str) -> Handler:
    def handler(call: Call) -> JsonObject:
        contact = call.contact(call.path["contactId"])
        _check_start(call.body)
        known = contact.get(list_name, [])
        records.save(call.tx, contact, {list_name: known + _new(known, [call.path[param]])})
        return {"succeded": True}

    return handler


def leaves(list_name: str, param: str = "") -> Handler:
    """Out of one, or (without `param`) out of all."""

    def handler(call: Call) -> JsonObject:
        contact = call.contact(call.path["contactId"])
        kept = [one for one in contact.get(list_name, []) if param and one != call.path[param]]
        records.save(call.tx, contact, {list_name: kept})
        return {"succeded": True}

    return handler


def _tagged(call: Call, contact_id: str) -> JsonObject:
    if not _of_location(call, contact_id, call.body["locationId"]):
        return {"contactId": contact_id, "message": "Contact not found", "type": "error"}
    contact = call.contact(contact_id)
    old, tags = contact["tags"], call.body["tags"]
    added = _new(old, tags) if call.path["type"] == "add" else []
    everything = call.path["type"] == "remove" and call.body.get("removeAllTags")
    removed = [tag for tag in old if call.path["type"] == "remove" and (everything or tag in tags)]
    records.save(call.tx, contact, {"tags": [tag for tag in old if tag not in removed] + added})
    return {
        "contactId": contact_id,
        "message": "Tags updated",
        "type": "success",
        "oldTags": old,
        "tagsAdded": added,
        "tagsRemoved": removed,
    }


def _of_location(call: Call, contact_id: str, location_id: str) -> bool:
    contact = call.tx.get(CONTACTS, contact_id)
    return contact is not None and contact["locationId"] == location_id


def _new(known: list[str], given: list[str]) -> list[str]:
    return [one for one in dict.fromkeys(given) if one not in known]


def _check_start(body: Any) -> None:
    start = body.get("eventStartTime")
    if not start:
        return
    try:
        datetime.fromisoformat(start.upper())
    except ValueError:
        raise invalid("eventStartTime must be a valid ISO 8601 date string") from None


HANDLERS: Handlers = {
    "contacts.add_tags": add_tags,
    "contacts.remove_tags": remove_tags,
    "contacts.bulk_tags": bulk_tags,
    "contacts.bulk_business": bulk_business,
    "contacts.add_followers": add_followers(lambda call: call.contact(call.path["contactId"]), records.save),
    "contacts.remove_followers": remove_followers(
        lambda call: call.contact(call.path["contactId"]), records.save
    ),
    "contacts.add_to_campaign": joins(CAMPAIGNS, "campaignId"),
    "contacts.remove_from_campaign": leaves(CAMPAIGNS, "campaignId"),
    "contacts.remove_from_all_campaigns": leaves(CAMPAIGNS),
    "contacts.add_to_workflow": joins(WORKFLOWS, "workflowId"),
    "contacts.remove_from_workflow": leaves(WORKFLOWS, "workflowId"),
}
