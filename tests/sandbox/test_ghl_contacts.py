"""Contacts of the simulated GHL: what is kept, what is refused, what is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.conftest import Ghl


def ids(answer: Any) -> list[str]:
    return [contact["id"] for contact in answer.json()["contacts"]]


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({"color": "red"}, ["property color should not exist"]),
        ({"locationId": None}, ["locationId must be a string"]),
        ({"locationId": ""}, ["locationId should not be empty"]),
        ({"firstName": 7}, ["firstName must be a string"]),
        ({"dnd": "yes"}, ["dnd must be a boolean value"]),
        ({"tags": "new"}, ["tags must be an array"]),
        ({"tags": ["new", 2]}, ["tags.1 must be a string"]),
        ({"email": "nobody"}, ["email must be an email"]),
        ({"phone": "12"}, ["phone must be a valid phone number"]),
        (
            {"dndSettings": {"SMS": {"status": "off"}}},
            ["dndSettings.SMS.status must be one of the following values: active, inactive, permanent"],
        ),
        ({"dndSettings": {"Fax": {}}}, ["dndSettings.property Fax should not exist"]),
        ({"customFields": [{"field_value": 1}]}, ["customFields.0.id should not be empty"]),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_a_list(
    ghl: Ghl, body: dict[str, Any], messages: list[str]
) -> None:
    answer = ghl.client.post(
        "/contacts/upsert", json={"locationId": ghl.location, "email": "a@example.com", **body}
    )
    told = answer.json()
    assert (answer.status_code, told["message"]) == (422, messages)
    assert (told["error"], told["statusCode"]) == ("Unprocessable Entity", 422)


def test_a_missing_location_is_told(ghl: Ghl) -> None:
    answer = ghl.client.post("/contacts/", json={"email": "a@example.com"})
    assert answer.status_code == 422
    assert "locationId should not be empty" in answer.json()["message"]


def test_an_upsert_makes_a_contact_once(ghl: Ghl) -> None:
    body = {"locationId": ghl.location, "email": "Ada@Example.com", "name": "Ada Moreno de Luz"}
    first = ghl.client.post("/contacts/upsert", json=body)
    assert (first.status_code, first.json()["new"]) == (200, True)
    contact = first.json()["contact"]
    assert (contact["firstName"], contact["lastName"]) == ("Ada", "Moreno de Luz")
    assert contact["emailLowerCase"] == "ada@example.com"
    second = ghl.client.post("/contacts/upsert", json={**body, "email": "ada@example.com", "city": "Bonn"})
    assert (second.json()["new"], second.json()["contact"]["id"]) == (False, contact["id"])
    read = ghl.client.get(f"/contacts/{contact['id']}").json()["contact"]
    assert (read["city"], read["name"]) == ("Bonn", "Ada Moreno de Luz")


def test_upserts_of_one_person_at_once_make_one_contact(ghl: Ghl) -> None:
    with ThreadPoolExecutor(4) as pool:
        contacts = list(pool.map(lambda _: ghl.contact("ada@example.com"), range(4)))
    assert len({contact["id"] for contact in contacts}) == 1


@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("(212) 555-0199", "+12125550199"),
        ("+49 30 5550 0199", "+493055500199"),
        ("0212 5550199", "+12125550199"),
    ],
)
def test_a_phone_is_kept_in_international_form(ghl: Ghl, phone: str, kept: str) -> None:
    assert ghl.contact(phone=phone)["phone"] == kept


def test_an_upsert_needs_an_address_of_some_kind(ghl: Ghl) -> None:
    answer = ghl.client.post("/contacts/upsert", json={"locationId": ghl.location, "name": "Nobody"})
    assert answer.status_code == 422


def test_a_phone_finds_a_contact_too(ghl: Ghl) -> None:
    known = ghl.contact("ada@example.com", phone="+12125550199")
    answer = ghl.client.post(
        "/contacts/upsert", json={"locationId": ghl.location, "phone": "+1 212 555 0199"}
    )
    assert (answer.json()["new"], answer.json()["contact"]["id"]) == (False, known["id"])


def test_the_phone_of_another_contact_is_silently_ignored(ghl: Ghl) -> None:
    ada = ghl.contact("ada@example.com", phone="+12125550111")
    ben = ghl.contact("ben@example.com", phone="+12125550122")
    again = ghl.contact("ada@example.com", phone="+12125550122")
    assert (again["id"], again["phone"]) == (ada["id"], "+12125550111")
    assert ghl.client.get(f"/contacts/{ben['id']}").json()["contact"]["phone"] == "+12125550122"


def test_tags_of_an_upsert_replace_and_added_tags_add(ghl: Ghl) -> None:
    contact = ghl.contact(tags=["a", "b"])
    added = ghl.client.post(f"/contacts/{contact['id']}/tags", json={"tags": ["b", "c"]})
    assert (added.status_code, added.json()["tags"]) == (201, ["a", "b", "c"])
    assert ghl.contact(tags=["z"])["tags"] == ["z"]
    assert ghl.contact()["tags"] == ["z"]


def test_gender_is_taken_by_an_upsert_and_refused_by_an_update(ghl: Ghl) -> None:
    contact = ghl.contact(gender="female")
    assert "gender" not in contact
    answer = ghl.client.put(f"/contacts/{contact['id']}", json={"gender": "female"})
    assert answer.json()["message"] == ["property gender should not exist"]


def test_custom_fields_are_written_as_field_value_and_read_as_value(ghl: Ghl) -> None:
    contact = ghl.contact(customFields=[{"id": "f1", "field_value": "x"}, {"key": "f2", "field_value": [1]}])
    assert contact["customFields"] == [{"id": "f1", "value": "x"}, {"id": "f2", "value": [1]}]
    assert ghl.contact(customFields=[{"id": "f1", "field_value": "y"}])["customFields"] == [
        {"id": "f1", "value": "y"},
        {"id": "f2", "value": [1]},
    ]


@pytest.mark.parametrize("field", ["email", "phone"])
def test_a_duplicate_names_the_contact_in_the_way(ghl: Ghl, field: str) -> None:
    same = {"email": "ada@example.com", "phone": "+12125550111"}
    known = ghl.contact(**same)
    body = {"locationId": ghl.location, "email": "other@example.com", field: same[field]}
    answer = ghl.client.post("/contacts/", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"] == "This location does not allow duplicated contacts."
    assert answer.json()["meta"] == {
        "contactId": known["id"],
        "contactName": "Ada Moreno",
        "matchingField": field,
    }


def test_a_contact_is_created_changed_and_deleted(ghl: Ghl) -> None:
    made = ghl.client.post("/contacts/", json={"locationId": ghl.location, "email": "ada@example.com"})
    assert made.status_code == 201
    path = f"/contacts/{made.json()['contact']['id']}"
    changed = ghl.client.put(path, json={"firstName": "Ada", "phone": None})
    assert (changed.status_code, changed.json()["succeded"]) == (200, True)
    assert changed.json()["contact"]["name"] == "Ada"
    assert ghl.client.put(path, json={"locationId": ghl.location}).status_code == 422
    assert ghl.client.delete(path).json()["succeded"] is True
    gone = ghl.client.get(path)
    assert (gone.status_code, gone.json()["message"].partition(":")[0]) == (400, "Contact not found for id")


def test_an_update_into_somebody_else_is_a_duplicate(ghl: Ghl) -> None:
    ada, ben = ghl.contact("ada@example.com"), ghl.contact("ben@example.com")
    answer = ghl.client.put(f"/contacts/{ben['id']}", json={"email": "ADA@example.com"})
    assert (answer.status_code, answer.json()["meta"]["contactId"]) == (400, ada["id"])


def test_the_same_person_in_two_locations_is_two_contacts(ghl: Ghl) -> None:
    ghl.contact("ada@example.com")
    duplicate = ghl.client.get(
        "/contacts/search/duplicate", params={"locationId": ghl.location, "email": "ADA@example.com"}
    )
    assert duplicate.json()["contact"]["email"] == "ada@example.com"
    nobody = ghl.client.get(
        "/contacts/search/duplicate", params={"locationId": ghl.location, "number": "+1999"}
    )
    assert nobody.json()["contact"] is None


def range_of(**value: Any) -> list[dict[str, Any]]:
    return [{"field": "dateUpdated", "operator": "range", "value": value}]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["chiara", "ben", "ada"]),
        ({"query": "BEN"}, ["ben"]),
        ({"filters": [{"field": "email", "operator": "eq", "value": "ADA@example.com"}]}, ["ada"]),
        ({"filters": [{"field": "tags", "operator": "contains", "value": "vip"}]}, ["ben"]),
        ({"filters": [{"field": "phone", "operator": "exists"}]}, ["chiara"]),
        ({"filters": [{"field": "phone", "operator": "not_exists"}]}, ["ben", "ada"]),
        (
            {
                "filters": [
                    {
                        "group": "OR",
                        "filters": [
                            {"field": "firstName", "operator": "eq", "value": "ada"},
                            {"field": "firstName", "operator": "eq", "value": "ben"},
                        ],
                    }
                ]
            },
            ["ben", "ada"],
        ),
        ({"filters": range_of(gte="2027-02-01T06:30:00Z")}, ["chiara", "ben"]),
        ({"filters": range_of(gte="2027-02-01T06:30:00Z", lte="2027-02-01T07:30:00+00:00")}, ["ben"]),
        ({"sort": [{"field": "email", "direction": "asc"}]}, ["ada", "ben", "chiara"]),
        ({"pageLimit": 2}, ["chiara", "ben"]),
        ({"pageLimit": 2, "page": 2}, ["ada"]),
    ],
)
def test_contacts_are_searched(ghl: Ghl, asked: dict[str, Any], found: list[str]) -> None:
    for name, more in (("ada", {}), ("ben", {"tags": ["vip"]}), ("chiara", {"phone": "+12125550111"})):
        ghl.contact(f"{name}@example.com", name=name, **more)
        ghl.sandbox.store.move_clock(3600)
    answer = ghl.client.post("/contacts/search", json={"locationId": ghl.location, "pageLimit": 10, **asked})
    assert answer.status_code == 200, answer.text
    assert [contact["firstName"] for contact in answer.json()["contacts"]] == found


def test_a_search_goes_on_after_a_row(ghl: Ghl) -> None:
    made = {ghl.contact(f"{n}@example.com")["id"] for n in range(5)}
    asked: dict[str, Any] = {"locationId": ghl.location, "pageLimit": 2}
    seen: list[str] = []
    while page := ghl.client.post("/contacts/search", json=asked).json()["contacts"]:
        seen += [contact["id"] for contact in page]
        asked["searchAfter"] = page[-1]["searchAfter"]
    assert (len(seen), set(seen)) == (5, made)


@pytest.mark.parametrize(
    "asked",
    [
        {"pageLimit": 501},
        {"pageLimit": None},
        {"query": "x" * 76},
        {"page": 1, "searchAfter": [1, "x"]},
        {"filters": [{"field": "email", "operator": "gte", "value": "x"}]},
        {"filters": range_of(gt="2027-02-01T06:30:00Z")},
        {"startAfter": 5},
    ],
)
def test_a_senseless_search_is_refused(ghl: Ghl, asked: dict[str, Any]) -> None:
    ghl.contact()
    body = {"locationId": ghl.location, "pageLimit": 10, **asked}
    assert ghl.client.post("/contacts/search", json=body).status_code == 422


def test_pages_end_at_ten_thousand(ghl: Ghl) -> None:
    body = {"locationId": ghl.location, "pageLimit": 500, "page": 21}
    assert ghl.client.post("/contacts/search", json=body).status_code == 400


def test_the_index_can_lag_while_the_duplicate_check_does_not(ghl: Ghl) -> None:
    ghl.sandbox.set_setting("ghl", "search_lag_s", 5)
    ghl.contact("ada@example.com")
    body = {"locationId": ghl.location, "pageLimit": 10}
    params = {"locationId": ghl.location, "email": "ada@example.com"}
    assert ids(ghl.client.post("/contacts/search", json=body)) == []
    assert ghl.client.get("/contacts/search/duplicate", params=params).json()["contact"] is not None
    ghl.sandbox.store.move_clock(6)
    assert len(ids(ghl.client.post("/contacts/search", json=body))) == 1
