"""What a person does inside the simulated GHL with opportunities, messages, custom objects, users and
locations."""

from __future__ import annotations

from collections.abc import Callable

from integrations.engine.spec import FieldType, JsonObject
from integrations.sandbox.ghl import conversations, locations, messages, opportunities, users
from integrations.sandbox.ghl.associations import ASSOCIATIONS, KEPT, RELATIONS
from integrations.sandbox.ghl.calls import CONTACTS, LOCATIONS
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.doing import (
    CONTACT,
    LOCATION,
    Values,
    actions,
    given,
    may,
    need,
    one_of,
    record,
)
from integrations.sandbox.ghl.objects import PREFIX, RECORDS, SCHEMAS
from integrations.sandbox.ghl.pipelines import PIPELINES
from integrations.sandbox.ghl.rows import Rows
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

OPPORTUNITY = need("opportunity", "Opportunity id")
STATUS = one_of("status", "Status", "open", "won", "lost", "abandoned")
VALUE = may("monetaryValue", "Value", type=FieldType.NUMBER)


def create_opportunity(tx: Tx, values: Values) -> JsonObject:
    contact = record(tx, CONTACTS, values["contact"], "contact")
    pipeline = record(tx, PIPELINES.collection, values["pipeline"], "pipeline")
    details = {"status": "open", **given(values, "name", "monetaryValue", "status")}
    return opportunities.add(
        tx, pipeline, {**details, "contactId": contact["id"], "locationId": pipeline["locationId"]}
    )


def change_opportunity(tx: Tx, values: Values) -> JsonObject:
    known = record(tx, opportunities.OPPORTUNITIES, values["opportunity"], "opportunity")
    details = given(values, "name", "monetaryValue", "status", "pipelineStageId", "assignedTo")
    return opportunities.change(tx, known, details)


def delete_opportunity(tx: Tx, values: Values) -> JsonObject:
    known = record(tx, opportunities.OPPORTUNITIES, values["opportunity"], "opportunity")
    opportunities.remove(tx, known)
    return known


def message(direction: str) -> Callable[[Tx, Values], JsonObject]:
    def run(tx: Tx, values: Values) -> JsonObject:
        contact = record(tx, CONTACTS, values["contact"], "contact")
        details = {"type": values.get("type", "SMS"), "body": values["body"]}
        return messages.add(tx, conversations.of_contact(tx, contact), details, direction)

    return run


def read_conversation(tx: Tx, values: Values) -> JsonObject:
    conversation = record(tx, conversations.CONVERSATIONS, values["conversation"], "conversation")
    now = conversations.change(tx, conversation, {"unreadCount": 0})
    conversations.tell_unread(tx, now)
    return now


def create_object(tx: Tx, values: Values) -> JsonObject:
    location = record(tx, LOCATIONS, values["location"], "location")
    key = f"{PREFIX}{values['key']}"
    labels = {"singular": values["name"], "plural": f"{values['name']}s"}
    return SCHEMAS.add(
        tx,
        {
            "key": key,
            "labels": labels,
            "locationId": location["id"],
            "standard": False,
            "primaryDisplayProperty": f"{key}.name",
            "searchableProperties": [],
        },
    )


def change_object(tx: Tx, values: Values) -> JsonObject:
    return SCHEMAS.change(tx, _of(tx, SCHEMAS, values, "object"), given(values, "description"))


def create_record(tx: Tx, values: Values) -> JsonObject:
    schema = _of(tx, SCHEMAS, values, "object")
    whole = {"schemaKey": schema["key"], "objectKey": schema["key"], "objectId": schema["id"]}
    whole |= {"locationId": schema["locationId"], "owner": [], "followers": []}
    return RECORDS.add(tx, {**whole, "properties": {"name": values["name"]}})


def change_record(tx: Tx, values: Values) -> JsonObject:
    known = _of(tx, RECORDS, values, "record")
    return RECORDS.change(tx, known, {"properties": {**known["properties"], "name": values["name"]}})


def create_association(tx: Tx, values: Values) -> JsonObject:
    location = record(tx, LOCATIONS, values["location"], "location")
    names = given(values, "key", "firstObjectKey", "secondObjectKey")
    labels = {"firstObjectLabel": values["firstObjectKey"], "secondObjectLabel": values["secondObjectKey"]}
    whole = {**names, **labels, "locationId": location["id"], "associationType": "USER_DEFINED"}
    return ASSOCIATIONS.add(tx, whole)


def change_association(tx: Tx, values: Values) -> JsonObject:
    known = _of(tx, ASSOCIATIONS, values, "association")
    return ASSOCIATIONS.change(tx, known, given(values, "firstObjectLabel", "secondObjectLabel"))


def create_relation(tx: Tx, values: Values) -> JsonObject:
    known = _of(tx, ASSOCIATIONS, values, "association")
    records = given(values, "firstRecordId", "secondRecordId")
    more = {"associationId": known["id"], "locationId": known["locationId"]}
    return RELATIONS.add(tx, {**{name: known[name] for name in KEPT}, **records, **more})


def gone(rows: Rows, name: str) -> Callable[[Tx, Values], JsonObject]:
    def run(tx: Tx, values: Values) -> JsonObject:
        known = _of(tx, rows, values, name)
        rows.drop(tx, known)
        return known

    return run


def create_user(tx: Tx, values: Values) -> JsonObject:
    location = record(tx, LOCATIONS, values["location"], "location")
    details = given(values, "firstName", "lastName", "email")
    places = {"companyId": location["companyId"], "locationIds": [location["id"]]}
    return users.add(tx, fresh_id(), {**details, **places})


def change_location(tx: Tx, values: Values) -> JsonObject:
    location = record(tx, LOCATIONS, values["location"], "location")
    return locations.change(tx, location, given(values, "name", "email", "timezone"))


def create_location(tx: Tx, values: Values) -> JsonObject:
    pattern = tx.all(LOCATIONS)[0]
    details = {"id": fresh_id(), "companyId": pattern["companyId"], **given(values, "name", "timezone")}
    return locations.add(tx, details)


def change_plan(tx: Tx, values: Values) -> JsonObject:
    """The location changes to another plan of the app: nothing in it changes but what the app is told."""
    location = record(tx, LOCATIONS, values["location"], "location")
    plans = {"currentPlanId": values["before"], "newPlanId": values["after"]}
    payload = {"companyId": location["companyId"], "locationId": location["id"], "userId": ""}
    changed(tx, "PLAN_CHANGE", location["id"], {**payload, **plans})
    return location


def suspend(wanted: bool) -> Callable[[Tx, Values], JsonObject]:
    def run(tx: Tx, values: Values) -> JsonObject:
        location = {**record(tx, LOCATIONS, values["location"], "location"), "suspended": wanted}
        tx.put(LOCATIONS, location["id"], location)
        return location

    return run


def _of(tx: Tx, rows: Rows, values: Values, name: str) -> JsonObject:
    return record(tx, rows.collection, values[name], name)


TEXT = (CONTACT, need("body", "Text"), one_of("type", "Channel", "SMS", "Email", "WhatsApp", "Live_Chat"))
LABELS = (may("firstObjectLabel", "First label"), may("secondObjectLabel", "Second label"))
ASSOCIATION, RELATION = need("association", "Association id"), need("relation", "Relation id")
OBJECT, RECORD, NAME = need("object", "Object id"), need("record", "Record id"), need("name", "Name")
KEYS = (need("key", "Key"), need("firstObjectKey", "First object's key"), need("secondObjectKey", "Second's"))
SIDES = (need("firstRecordId", "First record's id"), need("secondRecordId", "Second record's id"))

ACTIONS = (
    *actions(
        "Opportunities and messages",
        (
            "create_opportunity",
            "Create an opportunity",
            create_opportunity,
            (CONTACT, need("pipeline", "Pipeline id"), NAME, VALUE),
        ),
        (
            "change_opportunity",
            "Change an opportunity",
            change_opportunity,
            (
                OPPORTUNITY,
                may("name", "Name"),
                STATUS,
                VALUE,
                may("pipelineStageId", "Stage id"),
                may("assignedTo", "User id"),
            ),
        ),
        ("delete_opportunity", "Delete an opportunity", delete_opportunity, (OPPORTUNITY,)),
        ("receive_message", "A contact writes", message(messages.IN), TEXT),
        ("send_message", "A user writes to a contact", message(messages.OUT), TEXT),
        (
            "read_conversation",
            "Read a conversation",
            read_conversation,
            (need("conversation", "Conversation id"),),
        ),
    ),
    *actions(
        "Custom objects",
        ("create_object", "Create an object", create_object, (LOCATION, need("key", "Key"), NAME)),
        ("change_object", "Change an object", change_object, (OBJECT, need("description", "Description"))),
        ("create_record", "Create a record", create_record, (OBJECT, NAME)),
        ("change_record", "Change a record", change_record, (RECORD, NAME)),
        ("delete_record", "Delete a record", gone(RECORDS, "record"), (RECORD,)),
        ("create_association", "Associate two objects", create_association, (LOCATION, *KEYS)),
        ("change_association", "Change an association", change_association, (ASSOCIATION, *LABELS)),
        ("delete_association", "Delete an association", gone(ASSOCIATIONS, "association"), (ASSOCIATION,)),
        ("create_relation", "Relate two records", create_relation, (ASSOCIATION, *SIDES)),
        ("delete_relation", "Delete a relation", gone(RELATIONS, "relation"), (RELATION,)),
    ),
    *actions(
        "Users and locations",
        (
            "create_user",
            "Create a user",
            create_user,
            (
                LOCATION,
                need("firstName", "First name"),
                need("lastName", "Last name"),
                need("email", "E-mail", type=FieldType.EMAIL),
            ),
        ),
        (
            "change_location",
            "Change a location",
            change_location,
            (LOCATION, may("name", "Name"), may("email", "E-mail"), may("timezone", "Time zone")),
        ),
        ("create_location", "Create a location", create_location, (NAME, may("timezone", "Time zone"))),
        (
            "change_plan",
            "Change a location's plan of the app",
            change_plan,
            (LOCATION, need("before", "Plan before"), need("after", "Plan after")),
        ),
        ("suspend_location", "Suspend a location", suspend(True), (LOCATION,)),
        ("resume_location", "Resume a location", suspend(False), (LOCATION,)),
    ),
)
