"""Custom objects, their records, and relations between records, in the simulated GHL."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Ghl

PET = {
    "labels": {"singular": "Pet", "plural": "Pets"},
    "key": "pet",
    "primaryDisplayPropertyDetails": {"key": "name", "name": "Name", "dataType": "TEXT"},
}


def create_object(ghl: Ghl, **more: Any) -> httpx.Response:
    """Only an agency may, as the official file has it."""
    agency = ghl.client_with(ghl.known["agency_integration_token"])
    return agency.post("/objects/", json={"locationId": ghl.location, **PET, **more})


def record(ghl: Ghl, name: str, **more: Any) -> httpx.Response:
    body = {"locationId": ghl.location, "properties": {"name": name}, **more}
    return ghl.client.post("/objects/custom_objects.pet/records", json=body)


def search(ghl: Ghl, query: str, page: int = 1, limit: int = 10) -> list[str]:
    body = {"locationId": ghl.location, "page": page, "pageLimit": limit, "query": query, "searchAfter": []}
    answer = ghl.client.post("/objects/pet/records/search", json=body)
    assert answer.status_code == 200, answer.text
    return [row["properties"]["name"] for row in answer.json()["records"]]


def test_an_object_is_known_with_and_without_its_prefix(ghl: Ghl) -> None:
    made = create_object(ghl)
    assert made.status_code == 201
    assert made.json()["object"]["key"] == "custom_objects.pet"
    assert made.json()["object"]["primaryDisplayProperty"] == "custom_objects.pet.name"
    for key in ("pet", "custom_objects.pet"):
        found = ghl.client.get(f"/objects/{key}", params={"locationId": ghl.location}).json()
        assert found["object"]["id"] == made.json()["object"]["id"]
    listed = ghl.client.get("/objects/", params={"locationId": ghl.location}).json()["objects"]
    assert [row["key"] for row in listed] == ["contact", "opportunity", "business", "custom_objects.pet"]
    assert create_object(ghl).status_code == 400


def test_a_standard_object_is_not_changed(ghl: Ghl) -> None:
    create_object(ghl)
    body = {
        "locationId": ghl.location,
        "searchableProperties": ["custom_objects.pet.name"],
        "labels": {"plural": "All"},
    }
    changed = ghl.client.put("/objects/pet", json=body).json()["object"]
    assert changed["labels"] == {"singular": "Pet", "plural": "All"}
    assert ghl.client.put("/objects/contact", json=body).status_code == 400
    assert ghl.client.put("/objects/boat", json=body).status_code == 404


def test_an_object_shows_its_fields_unless_they_are_not_wanted(ghl: Ghl) -> None:
    create_object(ghl)
    field = {
        "locationId": ghl.location,
        "name": "Breed",
        "showInForms": True,
        "dataType": "TEXT",
        "fieldKey": "custom_objects.pet.breed",
        "objectKey": "custom_objects.pet",
        "parentId": "",
    }
    assert ghl.client.post("/custom-fields/", json={**field, "parentId": "x"}).status_code == 201
    params = {"locationId": ghl.location}
    assert [row["name"] for row in ghl.client.get("/objects/pet", params=params).json()["fields"]] == [
        "Breed"
    ]
    without = ghl.client.get("/objects/pet", params={**params, "fetchProperties": "false"})
    assert without.json()["fields"] == []


def test_a_record_keeps_the_properties_that_are_not_named(ghl: Ghl) -> None:
    create_object(ghl)
    made = record(ghl, "Buddy", owner=["u1"])
    assert made.status_code == 201
    row = made.json()["record"]
    path = f"/objects/custom_objects.pet/records/{row['id']}"
    changed = ghl.client.put(
        path, params={"locationId": ghl.location}, json={"properties": {"breed": "Beagle"}}
    )
    assert changed.json()["record"]["properties"] == {"name": "Buddy", "breed": "Beagle"}
    assert ghl.client.get(path).json()["record"]["owner"] == ["u1"]
    assert ghl.client.get(f"/objects/custom_objects.boat/records/{row['id']}").status_code == 404
    gone = ghl.client.delete(path).json()
    assert (gone["id"], gone["success"]) == (row["id"], True)
    assert ghl.client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"owner": ["u1", "u2"]}, "owner must contain no more than 1 elements"),
        ({"properties": None}, "properties must be an object"),
        ({"breed": "Beagle"}, "property breed should not exist"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(ghl: Ghl, more: dict[str, Any], message: str) -> None:
    create_object(ghl)
    answer = record(ghl, "Buddy", **more)
    assert (answer.status_code, answer.json()["message"]) == (422, [message])


def test_records_are_searched_in_all_properties_or_in_one(ghl: Ghl) -> None:
    create_object(ghl)
    for name in ("Buddy", "Bella", "Rex"):
        record(ghl, name)
    assert search(ghl, "b") == ["Buddy", "Bella"]
    assert search(ghl, "name:rex") == ["Rex"]
    assert search(ghl, "breed:rex") == []
    assert search(ghl, "", page=2, limit=2) == ["Rex"]


def test_two_records_are_related_and_found_from_both_sides(ghl: Ghl) -> None:
    body = {
        "locationId": ghl.location,
        "key": "owner_pet",
        "firstObjectLabel": "owner",
        "firstObjectKey": "contact",
        "secondObjectLabel": "pet",
        "secondObjectKey": "custom_objects.pet",
    }
    association = ghl.client.post("/associations/", json=body).json()["id"]
    assert ghl.client.post("/associations/", json=body).status_code == 400
    sides = {"firstRecordId": "c1", "secondRecordId": "p1"}
    relation = ghl.client.post(
        "/associations/relations",
        json={"locationId": ghl.location, "associationId": association, **sides},
    )
    assert (relation.status_code, relation.json()["key"]) == (201, "owner_pet")
    asked = {"locationId": ghl.location, "skip": 0, "limit": 10}
    for record_id, count in (("c1", 1), ("p1", 1), ("other", 0)):
        found = ghl.client.get(f"/associations/relations/{record_id}", params=asked).json()
        assert (found["total"], len(found["relations"])) == (count, count)
        assert found["locationId"] == ghl.location
    by_key = ghl.client.get("/associations/key/owner_pet", params={"locationId": ghl.location})
    assert by_key.json()["id"] == association
    by_object = ghl.client.get("/associations/objectKey/contact", params={"locationId": ghl.location})
    assert by_object.json()["id"] == association
    assert ghl.client.delete(f"/associations/{association}").json()["deleted"] is True
    assert ghl.client.get("/associations/relations/c1", params=asked).json()["total"] == 0


def test_a_folder_goes_and_its_fields_stay(ghl: Ghl) -> None:
    named = {"locationId": ghl.location, "objectKey": "custom_objects.pet", "name": "About"}
    folder = ghl.client.post("/custom-fields/folder", json=named).json()["id"]
    field = {**named, "showInForms": True, "dataType": "TEXT", "fieldKey": "k", "parentId": folder}
    made = ghl.client.post("/custom-fields/", json=field).json()["field"]["id"]
    params = {"locationId": ghl.location}
    listed = ghl.client.get("/custom-fields/object-key/custom_objects.pet", params=params).json()
    assert ([row["id"] for row in listed["fields"]], [row["id"] for row in listed["folders"]]) == (
        [made],
        [folder],
    )
    gone = ghl.client.delete(f"/custom-fields/folder/{folder}", params=params)
    assert (gone.status_code, gone.json()["id"]) == (200, folder)
    assert ghl.client.get(f"/custom-fields/{made}").json()["field"]["parentId"] == ""
