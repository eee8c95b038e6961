"""Custom objects, their records, and how records hang together."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import Area, named, picked
from integrations.engine.spec import Kind

PAGE = {"limit": {"label": "At most", "default": 100}, "skip": {"label": "Leave out the first", "default": 0}}
RECORD = {
    "id": {"label": "Record id"},
    "properties": {"label": "Values", "help": "Field keys without the object's prefix, and their values."},
    "owner": picked("Owner", "users"),
    "followers": picked("Followers", "users"),
}
SEARCH = {
    "page": {"default": 1},
    "pageLimit": {"label": "Records a page", "default": 20},
    "searchAfter": {"default": []},
    "query": {"label": "Search words", "help": "Such as name:Buddy, for a searchable property."},
}

AREA = Area(
    fields={
        "key": {"label": "Object key", "help": "Such as custom_objects.pet."},
        "schemaKey": picked("Object", "objects"),
        "objectKey": picked("Object", "objects"),
        "labels": {"label": "Names"},
        "associationId": picked("Association", "associations"),
        "associationIds": picked("Associations", "associations"),
        "firstObjectLabel": {"label": "First object's label"},
        "firstObjectKey": picked("First object", "objects"),
        "secondObjectLabel": {"label": "Second object's label"},
        "secondObjectKey": picked("Second object", "objects"),
        "recordId": {"label": "Record id"},
        "firstRecordId": {"label": "First record's id"},
        "secondRecordId": {"label": "Second record's id"},
        "relationId": {"label": "Relation id"},
        "key_name": {"label": "Key"},
    },
    calls=(
        named("objects.list", "List objects", "GET /objects/"),
        named("objects.get", "Read an object's schema", "GET /objects/{key}",
              fields={"fetchProperties": {"label": "With its fields", "help": "The words true or false."}}),
        named("objects.create", "Create a custom object", "POST /objects/"),
        named("objects.update", "Update a custom object", "PUT /objects/{key}"),
        named("records.search", "Search records of an object", "POST /objects/{schemaKey}/records/search",
              kind=Kind.READ, fields=SEARCH),
        named("records.get", "Read a record", "GET /objects/{schemaKey}/records/{id}", fields=RECORD),
        named("records.create", "Create a record", "POST /objects/{schemaKey}/records", fields=RECORD),
        named("records.update", "Update a record", "PUT /objects/{schemaKey}/records/{id}", fields=RECORD),
        named("records.delete", "Delete a record", "DELETE /objects/{schemaKey}/records/{id}",
              fields=RECORD),
        named("associations.list", "List associations", "GET /associations/", fields=PAGE),
        named("associations.create", "Create an association", "POST /associations/",
              fields={"key": {"label": "Key", "help": "No two associations share one."}}),
        named("associations.get_by_key", "Find an association by its key",
              "GET /associations/key/{key_name}"),
        named("associations.list_by_object", "List the associations of an object",
              "GET /associations/objectKey/{objectKey}"),
        named("associations.get", "Read an association", "GET /associations/{associationId}"),
        named("associations.update", "Rename an association", "PUT /associations/{associationId}"),
        named("associations.delete", "Delete an association", "DELETE /associations/{associationId}"),
        named("relations.list", "List the relations of a record", "GET /associations/relations/{recordId}",
              fields=PAGE),
        named("relations.create", "Relate two records", "POST /associations/relations"),
        named("relations.delete", "Remove a relation", "DELETE /associations/relations/{relationId}"),
    ),
)  # fmt: skip
