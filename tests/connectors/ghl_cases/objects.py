"""Custom objects, their fields, folders and records, and how records belong together."""

from __future__ import annotations

from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.world import World

CASES = Cases()


@CASES.of("objects.create")
def a_kind_of_record(world: World) -> Script:
    key = f"custom_objects.{world.name('badge')}"
    made = yield {
        "labels": {"singular": "Badge", "plural": "Badges"},
        "key": key,
        "locationId": world.location_id,
        "description": "What people wear.",
        "primaryDisplayPropertyDetails": {"key": f"{key}.name", "name": "Name", "dataType": "TEXT"},
    }
    assert made.value["key"] == key
    assert key in [row["key"] for row in world.call("objects.list")]


@CASES.of("objects.list")
def all_kinds_of_records(world: World) -> Script:
    key = world.object()
    found = yield {}
    assert key in [row["key"] for row in found.value]


@CASES.of("objects.get")
def one_kind_of_record(world: World) -> Script:
    key = world.object()
    found = yield {"key": key, "fetchProperties": "true"}
    assert key in str(found.value)


@CASES.of("objects.update")
def another_label(world: World) -> Script:
    key = world.object()
    yield {
        "key": key,
        "labels": {"singular": "Pin", "plural": "Pins"},
        "searchableProperties": [f"{key}.name"],
    }
    labels = {row["key"]: row["labels"] for row in world.call("objects.list")}
    assert labels[key] == {"singular": "Pin", "plural": "Pins"}


@CASES.of("records.create")
def a_record(world: World) -> Script:
    key = world.object()
    made = yield {"schemaKey": key, "properties": {"name": "Gold"}, "owner": [world.user]}
    record = world.call("records.get", schemaKey=key, id=made.record_id)
    assert (record["properties"], record["owner"]) == ({"name": "Gold"}, [world.user])


@CASES.of("records.get")
def one_record(world: World) -> Script:
    key = world.object()
    record = world.record(key)
    found = yield {"schemaKey": key, "id": record}
    assert found.value["id"] == record


@CASES.of("records.update")
def other_properties(world: World) -> Script:
    key = world.object()
    record = world.record(key, name="Gold")
    yield {"schemaKey": key, "id": record, "properties": {"name": "Silver"}}
    assert world.call("records.get", schemaKey=key, id=record)["properties"] == {"name": "Silver"}


@CASES.of("records.search")
def records_found_by_a_word(world: World) -> Script:
    key = world.object()
    record = world.record(key, name="Gold")
    world.record(key, name="Silver")
    found = yield {"schemaKey": key, "query": "Gold", "page": 1, "pageLimit": 10}
    assert [row["id"] for row in found.value["records"]] == [record]


@CASES.of("records.delete")
def a_record_that_is_worn_out(world: World) -> Script:
    key = world.object()
    record = world.record(key)
    yield {"schemaKey": key, "id": record}
    assert world.is_gone("records.get", schemaKey=key, id=record)


@CASES.of("object_folders.create")
def a_folder_for_fields(world: World) -> Script:
    key = world.object()
    made = yield {"objectKey": key, "name": "Material"}
    assert (made.value["name"], made.value["objectKey"]) == ("Material", key)


@CASES.of("object_folders.update")
def another_name_for_a_folder(world: World) -> Script:
    folder = world.folder(world.object())
    changed = yield {"id": folder, "name": "Finish"}
    assert changed.value["name"] == "Finish"


@CASES.of("object_folders.delete")
def a_folder_that_is_empty(world: World) -> Script:
    key = world.object()
    folder = world.folder(key)
    yield {"id": folder}
    assert folder not in str(world.call("object_fields.list", objectKey=key))


@CASES.of("object_fields.create")
def a_field_with_options(world: World) -> Script:
    key = world.object()
    made = yield {
        "objectKey": key,
        "parentId": world.folder(key),
        "fieldKey": f"{key}.metal",
        "name": "Metal",
        "dataType": "SINGLE_OPTIONS",
        "showInForms": True,
        "options": [{"key": "gold", "label": "Gold"}, {"key": "tin", "label": "Tin"}],
        "allowCustomOption": False,
    }
    field = world.call("object_fields.get", id=made.record_id)
    assert (field["name"], len(field["options"])) == ("Metal", 2)


@CASES.of("object_fields.list")
def the_fields_of_an_object(world: World) -> Script:
    key = world.object()
    field = world.object_field(key)
    found = yield {"objectKey": key}
    assert field in str(found.value)


@CASES.of("object_fields.get")
def one_field_of_an_object(world: World) -> Script:
    field = world.object_field(world.object())
    found = yield {"id": field}
    assert found.value["id"] == field


@CASES.of("object_fields.update")
def another_name_for_a_field(world: World) -> Script:
    field = world.object_field(world.object())
    yield {"id": field, "name": "Weight", "showInForms": False}
    now = world.call("object_fields.get", id=field)
    assert (now["name"], now["showInForms"]) == ("Weight", False)


@CASES.of("object_fields.delete")
def a_field_that_is_not_used(world: World) -> Script:
    field = world.object_field(world.object())
    yield {"id": field}
    assert world.is_gone("object_fields.get", id=field)


@CASES.of("associations.create")
def a_way_to_belong_together(world: World) -> Script:
    key = world.object()
    made = yield {
        "key": world.name("wears"),
        "firstObjectLabel": "Wearer",
        "firstObjectKey": "contact",
        "secondObjectLabel": "Badge",
        "secondObjectKey": key,
    }
    found = world.call("associations.get", associationId=made.record_id)
    assert (found["secondObjectKey"], found["firstObjectLabel"]) == (key, "Wearer")


@CASES.of("associations.list")
def all_ways_to_belong_together(world: World) -> Script:
    association = world.association(world.object())
    found = yield {"skip": 0, "limit": 100}
    assert association in str(found.value)


@CASES.of("associations.get")
def one_way_to_belong_together(world: World) -> Script:
    association = world.association(world.object())
    found = yield {"associationId": association}
    assert found.value["id"] == association


@CASES.of("associations.get_by_key")
def one_way_by_its_key(world: World) -> Script:
    name = world.name("wears")
    association = world.association(world.object(), key=name)
    found = yield {"key_name": name}
    assert found.value["id"] == association


@CASES.of("associations.list_by_object")
def the_ways_of_an_object(world: World) -> Script:
    key = world.object()
    association = world.association(key)
    found = yield {"objectKey": key}
    assert association in str(found.value)


@CASES.of("associations.update")
def other_labels(world: World) -> Script:
    association = world.association(world.object())
    yield {"associationId": association, "firstObjectLabel": "Holder", "secondObjectLabel": "Pin"}
    now = world.call("associations.get", associationId=association)
    assert (now["firstObjectLabel"], now["secondObjectLabel"]) == ("Holder", "Pin")


@CASES.of("associations.delete")
def a_way_that_nobody_goes(world: World) -> Script:
    association = world.association(world.object())
    yield {"associationId": association}
    assert world.is_gone("associations.get", associationId=association)


@CASES.of("relations.create")
def a_contact_and_a_badge(world: World) -> Script:
    key = world.object()
    contact, record = world.contact(), world.record(key)
    made = yield {
        "associationId": world.association(key),
        "firstRecordId": contact,
        "secondRecordId": record,
    }
    assert made.record_id in str(world.call("relations.list", recordId=contact, skip=0, limit=10))


@CASES.of("relations.list")
def what_belongs_to_a_contact(world: World) -> Script:
    contact, relation = world.relation()
    found = yield {"recordId": contact, "skip": 0, "limit": 10}
    assert relation in str(found.value)


@CASES.of("relations.delete")
def a_badge_that_is_given_back(world: World) -> Script:
    contact, relation = world.relation()
    yield {"relationId": relation}
    assert relation not in str(world.call("relations.list", recordId=contact, skip=0, limit=10))
