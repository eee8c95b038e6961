"""Opportunities of the simulated GHL (official OpenAPI, opportunities).

One change of state fires two webhooks (issue 27): OpportunityUpdate and the one for what changed. A contact
may have one open opportunity in a pipeline where the location does not allow more; how a second is refused is
not published (here: 400), and neither is which one an upsert means without an id (here: the contact's in that
pipeline, else by name).
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import fields
from integrations.sandbox.ghl.calls import CONTACTS, Call, Handlers, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.followers import add_followers, remove_followers
from integrations.sandbox.ghl.pipelines import PIPELINES, stage_of
from integrations.sandbox.ghl.refusals import bad_request
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

OPPORTUNITIES = "opportunities"
TOLD = (
    "id", "locationId", "assignedTo", "contactId", "monetaryValue", "name", "pipelineId", "pipelineStageId",
    "source", "status", "dateAdded",
)  # fmt: skip
EVENTS = {
    "pipelineStageId": "OpportunityStageUpdate",
    "status": "OpportunityStatusUpdate",
    "monetaryValue": "OpportunityMonetaryValueUpdate",
    "assignedTo": "OpportunityAssignedToUpdate",
}


def create_opportunity(call: Call) -> JsonObject:
    location = call.enter(call.body["locationId"])
    contact = call.contact(call.body["contactId"])
    pipeline = call.found(PIPELINES.collection, call.body["pipelineId"], "Pipeline")
    if not location["settings"]["allowDuplicateOpportunity"] and _open(call.tx, pipeline, contact["id"]):
        raise bad_request("Can not create duplicate opportunity for the contact.")
    return {"opportunity": shown(call.tx, add(call.tx, pipeline, _cleaned(call.tx, location, call.body)))}


def get_opportunity(call: Call) -> JsonObject:
    return {"opportunity": shown(call.tx, found(call))}


def update_opportunity(call: Call) -> JsonObject:
    opportunity = found(call)
    location = call.enter(opportunity["locationId"])
    given = _cleaned(call.tx, location, call.body)
    pipeline_id = str(given.get("pipelineId", opportunity["pipelineId"]))
    pipeline = call.found(PIPELINES.collection, pipeline_id, "Pipeline")
    if "pipelineId" in given or "pipelineStageId" in given:
        given["pipelineStageId"] = stage_of(pipeline, given.get("pipelineStageId", ""))
    return {"opportunity": shown(call.tx, change(call.tx, opportunity, given))}


def set_status(call: Call) -> JsonObject:
    change(call.tx, found(call), call.body)
    return {"succeded": True}


def delete_opportunity(call: Call) -> JsonObject:
    remove(call.tx, found(call))
    return {"succeded": True}


def upsert_opportunity(call: Call) -> JsonObject:
    given: dict[str, Any] = dict(call.body)
    call.enter(given["locationId"])
    pipeline = call.found(PIPELINES.collection, given["pipelineId"], "Pipeline")
    known = _meant(call, pipeline)
    followers = _followers((known or {}).get("followers", []), given)
    for name in ("followers", "isRemoveAllFollowers", "followersActionType", "id"):
        given.pop(name, None)
    given["followers"] = followers
    if known is None:
        made = add(call.tx, pipeline, {"name": "", "status": "open", **given})
        return {"opportunity": shown(call.tx, made), "new": True}
    if "pipelineStageId" in given:
        given["pipelineStageId"] = stage_of(pipeline, given["pipelineStageId"])
    return {"opportunity": shown(call.tx, change(call.tx, known, given)), "new": False}


def add(tx: Tx, pipeline: JsonObject, given: JsonObject) -> JsonObject:
    moment = stamp(tx.now)
    opportunity = {
        "id": fresh_id(),
        "monetaryValue": 0,
        "source": "",
        "customFields": [],
        "followers": [],
        **given,
        "pipelineId": pipeline["id"],
        "pipelineStageId": stage_of(pipeline, given.get("pipelineStageId", "")),
        **dict.fromkeys(("createdAt", "updatedAt", "lastStatusChangeAt", "lastStageChangeAt"), moment),
    }
    _keep(tx, opportunity)
    _tell(tx, "OpportunityCreate", opportunity)
    return opportunity


def change(tx: Tx, opportunity: JsonObject, given: JsonObject) -> JsonObject:
    moment = stamp(tx.now)
    values = fields.merged(opportunity["customFields"], given.get("customFields", []))
    now = {**opportunity, **given, "customFields": values, "updatedAt": moment}
    for name, when in (("status", "lastStatusChangeAt"), ("pipelineStageId", "lastStageChangeAt")):
        if now[name] != opportunity[name]:
            now[when] = moment
    _keep(tx, now)
    _tell(tx, "OpportunityUpdate", now)
    for name, event in EVENTS.items():
        if now.get(name) != opportunity.get(name):
            _tell(tx, event, now)
    return now


def remove(tx: Tx, opportunity: JsonObject) -> None:
    tx.delete(OPPORTUNITIES, opportunity["id"])
    _tell(tx, "OpportunityDelete", opportunity)


def found(call: Call) -> JsonObject:
    return call.found(OPPORTUNITIES, call.path["id"], "Opportunity")


def shown(tx: Tx, opportunity: JsonObject) -> JsonObject:
    """With its contact, and the custom fields' values under `fieldValue`."""
    contact = tx.get(CONTACTS, opportunity.get("contactId", "")) or {}
    names = ("id", "name", "companyName", "email", "phone", "tags")
    return {
        **opportunity,
        "customFields": [
            {"id": item["id"], "fieldValue": item["value"]} for item in opportunity["customFields"]
        ],
        "contact": {name: contact[name] for name in names if contact.get(name) is not None},
    }


def _cleaned(tx: Tx, location: JsonObject, body: JsonObject) -> JsonObject:
    given = dict(body)
    if "customFields" in given:
        given["customFields"] = fields.values(tx, location["id"], "opportunity", given["customFields"])
    return given


def _open(tx: Tx, pipeline: JsonObject, contact_id: str) -> bool:
    rows = tx.by_key(OPPORTUNITIES, pipeline["locationId"])
    return any(
        row["status"] == "open" and row.get("contactId") == contact_id and row["pipelineId"] == pipeline["id"]
        for row in rows
    )


def _meant(call: Call, pipeline: JsonObject) -> JsonObject | None:
    """The opportunity that an upsert is about: its followers are declared as the contact."""
    given: dict[str, Any] = call.body
    if given.get("id"):
        return call.found(OPPORTUNITIES, given["id"], "Opportunity")
    rows = [
        row
        for row in call.tx.by_key(OPPORTUNITIES, pipeline["locationId"])
        if row["pipelineId"] == pipeline["id"]
    ]
    return next((row for row in rows if given.get("name") and row["name"] == given["name"]), None)


def _followers(known: list[str], given: JsonObject) -> list[str]:
    if given["isRemoveAllFollowers"]:
        known = []
    if given["followersActionType"] == "remove":
        return [user for user in known if user not in given["followers"]]
    return list(dict.fromkeys([*known, *given["followers"]]))


def _keep(tx: Tx, opportunity: JsonObject) -> None:
    tx.put(OPPORTUNITIES, opportunity["id"], opportunity, [opportunity["locationId"]])


def _tell(tx: Tx, event: str, opportunity: JsonObject) -> None:
    told = {**opportunity, "dateAdded": opportunity["createdAt"]}
    payload = {name: told[name] for name in TOLD if told.get(name) is not None}
    changed(tx, event, opportunity["locationId"], payload)


HANDLERS: Handlers = {
    "opportunities.create": create_opportunity,
    "opportunities.get": get_opportunity,
    "opportunities.update": update_opportunity,
    "opportunities.set_status": set_status,
    "opportunities.delete": delete_opportunity,
    "opportunities.upsert": upsert_opportunity,
    "opportunities.add_followers": add_followers(found, change),
    "opportunities.remove_followers": remove_followers(found, change),
}
