"""Custom objects: their schemas, records, associations and relations. Handed on as they come.

The documented examples have no `type`; where a delivery has none either, its address has to say it (see the
set-up steps). Scopes are presumed: the table of scopes leaves these events out.
"""

from __future__ import annotations

from integrations.connectors.ghl.triggers.told import Told, fields
from integrations.engine.spec import JsonObject

LOCATION = "loc0000000000000001"
WORDS = {"Create": "created", "Update": "changed", "Delete": "deleted"}

SCHEMA: JsonObject = {
    "key": "custom_objects.course",
    "locationId": LOCATION,
    "labels": {"singular": "Course", "plural": "Courses"},
    "description": "What is taught.",
    "searchableProperties": ["custom_objects.course.title"],
    "primaryDisplayProperty": "custom_objects.course.title",
    "objectType": "USER_DEFINED",
}
RECORD: JsonObject = {
    "id": "rec0000000000000001",
    "locationId": LOCATION,
    "owners": ["usr0000000000000001"],
    "followers": [],
    "properties": [{"key": "title", "valueString": "First Aid"}],
}
ASSOCIATION: JsonObject = {
    "id": "asc0000000000000001",
    "locationId": LOCATION,
    "associationType": "USER_DEFINED",
    "firstObjectKey": "custom_objects.course",
    "firstObjectLabel": "Course",
    "secondObjectKey": "contact",
    "secondObjectLabel": "Student",
    "key": "student",
}
RELATION: JsonObject = {
    "id": "rel0000000000000001",
    "locationId": LOCATION,
    "associationId": "asc0000000000000001",
    "firstObjectKey": "custom_objects.course",
    "firstRecordId": "rec0000000000000001",
    "secondObjectKey": "contact",
    "secondRecordId": "con0000000000000001",
}


def _all(
    noun: str, words: str, kinds: str, scope: str, declared: str, sample: JsonObject, record: str = "id"
) -> list[Told]:
    return [
        Told(
            type=f"{noun}{kind}",
            title=f"{words} is {WORDS[kind]} ({noun}{kind})",
            scope=scope,
            fields=fields(declared),
            sample=sample,
            record=(record, "id") if record != "id" else ("id",),
        )
        for kind in kinds.split()
    ]


TOLD = (
    *_all(
        "Record",
        "A record of a custom object, or a business,",
        "Create Update Delete",
        "objects/record.readonly",
        "id locationId owners:l followers:l properties:l",
        RECORD,
    ),
    *_all(
        "Relation",
        "A relation between two records",
        "Create Delete",
        "associations/relation.readonly",
        "id locationId associationId firstObjectKey firstRecordId secondObjectKey secondRecordId",
        RELATION,
    ),
    *_all(
        "Association",
        "An association between two objects",
        "Create Update Delete",
        "associations.readonly",
        "id locationId associationType firstObjectKey firstObjectLabel secondObjectKey secondObjectLabel key",
        ASSOCIATION,
    ),
    *_all(
        "ObjectSchema",
        "A custom object",
        "Create Update",
        "objects/schema.readonly",
        "key locationId labels:o description searchableProperties:l primaryDisplayProperty objectType "
        "createdBy:o updatedBy:o",
        SCHEMA,
        record="key",
    ),
)
