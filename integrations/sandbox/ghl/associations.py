"""Associations between objects, and relations between records, in the simulated GHL (official OpenAPI,
associations).

The file declares one association as the answer of its lists. The lists here answer with the first one's
fields, as declared, and with all of them beside it, under the names that public code reads (`associations`,
`relations`, `total`). That a key is taken once, and the refusal of a second, are assumed.
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import Call, Handlers
from integrations.sandbox.ghl.refusals import bad_request, not_found
from integrations.sandbox.ghl.rows import Rows, flat, location_of, page
from integrations.sandbox.transaction import Tx


def association_told(tx: Tx, association: JsonObject) -> JsonObject:
    return {name: association[name] for name in ("id", "locationId", *KEPT)}


def relation_told(tx: Tx, relation: JsonObject) -> JsonObject:
    names = ("id", "locationId", "firstObjectKey", "secondObjectKey", *SIDES)
    return {name: relation[name] for name in names}


ASSOCIATIONS = Rows(
    collection="associations",
    what="Association",
    param="associationId",
    events=("AssociationCreate", "AssociationUpdate", "AssociationDelete"),
    told=association_told,
)
RELATIONS = Rows(
    collection="relations",
    what="Relation",
    param="relationId",
    events=("RelationCreate", "", "RelationDelete"),
    told=relation_told,
)
KEPT = (
    "key",
    "firstObjectLabel",
    "firstObjectKey",
    "secondObjectLabel",
    "secondObjectKey",
    "associationType",
)
SIDES = ("associationId", "firstRecordId", "secondRecordId")


def list_associations(call: Call) -> JsonObject:
    call.enter(call.query["locationId"])
    return _listed(call, "associations", ASSOCIATIONS.of(call.tx, call.query["locationId"]))


def list_by_object(call: Call) -> JsonObject:
    location_id = location_of(call)
    call.enter(location_id)
    wanted = call.path["objectKey"]
    rows = [
        row
        for row in ASSOCIATIONS.of(call.tx, location_id)
        if wanted in (row["firstObjectKey"], row["secondObjectKey"])
    ]
    return _listed(call, "associations", rows)


def get_by_key(call: Call) -> Any:
    call.enter(call.query["locationId"])
    for row in ASSOCIATIONS.of(call.tx, call.query["locationId"]):
        if row["key"] == call.path["key_name"]:
            return flat(call, row)
    raise not_found("Association not found")


def create_association(call: Call) -> Any:
    call.enter(call.body["locationId"])
    rows = ASSOCIATIONS.of(call.tx, call.body["locationId"])
    if any(row["key"] == call.body["key"] for row in rows):
        raise bad_request("An association with this key exists already.")
    made = ASSOCIATIONS.add(call.tx, {**call.body, "associationType": "USER_DEFINED"})
    return flat(call, made)


def delete_association(call: Call) -> JsonObject:
    association = ASSOCIATIONS.find(call)
    for row in RELATIONS.of(call.tx, association["locationId"]):
        if row["associationId"] == association["id"]:
            RELATIONS.drop(call.tx, row)
    ASSOCIATIONS.drop(call.tx, association)
    return {"deleted": True, "id": association["id"], "message": "Association deleted successfully"}


def create_relation(call: Call) -> Any:
    call.enter(call.body["locationId"])
    association = call.found(ASSOCIATIONS.collection, call.body["associationId"], "Association")
    known = {name: association[name] for name in KEPT}
    return _relation(call, RELATIONS.add(call.tx, {**known, **call.body}))


def list_relations(call: Call) -> JsonObject:
    """Those of one record, on whichever side it stands."""
    call.enter(call.query["locationId"])
    wanted = call.query.get("associationIds")
    rows = [
        row
        for row in RELATIONS.of(call.tx, call.query["locationId"])
        if call.path["recordId"] in (row["firstRecordId"], row["secondRecordId"])
        and (not wanted or row["associationId"] in wanted)
    ]
    return _listed(call, "relations", rows)


def delete_relation(call: Call) -> JsonObject:
    relation = RELATIONS.find(call)
    RELATIONS.drop(call.tx, relation)
    return _relation(call, relation)


def _relation(call: Call, relation: JsonObject) -> JsonObject:
    return {**shown(call.contract.key, "", relation), **{name: relation[name] for name in SIDES}}


def _listed(call: Call, name: str, rows: list[JsonObject]) -> JsonObject:
    part = page(call, rows, 0)
    first = shown(call.contract.key, "", part[0]) if part else {"locationId": location_of(call)}
    return {**first, name: part, "total": len(rows)}


HANDLERS: Handlers = {
    "associations.list": list_associations,
    "associations.list_by_object": list_by_object,
    "associations.get_by_key": get_by_key,
    "associations.get": ASSOCIATIONS.get(flat),
    "associations.create": create_association,
    "associations.update": ASSOCIATIONS.update(flat),
    "associations.delete": delete_association,
    "relations.create": create_relation,
    "relations.list": list_relations,
    "relations.delete": delete_relation,
}
