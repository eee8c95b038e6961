"""Resources of the simulated GHL without a will of their own: one journey for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from integrations.sandbox.ghl.declared import every_scope
from tests.sandbox.conftest import Ghl

EVERY_DAY = {
    "intervalType": "daily",
    "interval": 1,
    "startDate": "2027-02-01T10:00:00.000Z",
    "dueAfterSeconds": 600,
}


@dataclass(frozen=True)
class Plain:
    """Paths with {location} and {id} in them; `wraps`: the keys around the answers' record and rows."""

    path: str
    new: dict[str, Any]
    change: dict[str, Any]
    wraps: tuple[str, str, str]
    rows: str = ""
    one: str = "{path}/{id}"
    query: dict[str, str] = field(default_factory=dict)


PLAIN = {
    "tags": Plain("/locations/{location}/tags", {"name": "new"}, {"name": "old"}, ("tag",) * 3, "tags"),
    "custom values": Plain(
        "/locations/{location}/customValues",
        {"name": "Booking page", "value": "https://a.example"},
        {"name": "Booking page", "value": "https://b.example"},
        ("customValue",) * 3,
        "customValues",
    ),
    "recurring tasks": Plain(
        "/locations/{location}/recurring-tasks",
        {"title": "Count the beds", "rruleOptions": EVERY_DAY, "owners": ["u1"], "contactIds": ["c1"]},
        {"title": "Count the chairs"},
        ("recurringTask",) * 3,
    ),
    "businesses": Plain(
        "/businesses/",
        {"locationId": "{location}", "name": "Quay Ltd"},
        {"name": "Quay and Sons"},
        ("buiseness", "business", "buiseness"),
        "businesses",
        one="{path}{id}",
        query={"locationId": "{location}"},
    ),
    "object fields": Plain(
        "/custom-fields/",
        {
            "locationId": "{location}",
            "name": "Breed",
            "showInForms": True,
            "dataType": "TEXT",
            "fieldKey": "custom_objects.pet.breed",
            "objectKey": "custom_objects.pet",
            "parentId": "folder",
        },
        {"locationId": "{location}", "name": "Race", "showInForms": False},
        ("field",) * 3,
        one="{path}{id}",
    ),
    "object folders": Plain(
        "/custom-fields/folder",
        {"locationId": "{location}", "name": "About", "objectKey": "custom_objects.pet"},
        {"locationId": "{location}", "name": "Details"},
        ("", "", ""),
        query={"locationId": "{location}"},
    ),
    "associations": Plain(
        "/associations/",
        {
            "locationId": "{location}",
            "key": "owner_pet",
            "firstObjectLabel": "owner",
            "firstObjectKey": "contact",
            "secondObjectLabel": "pet",
            "secondObjectKey": "custom_objects.pet",
        },
        {"firstObjectLabel": "keeper", "secondObjectLabel": "animal"},
        ("", "", ""),
        "associations",
        one="{path}{id}",
        query={"locationId": "{location}", "skip": "0", "limit": "10"},
    ),
}
READABLE = [name for name in PLAIN if name != "object folders"]


def filled(value: Any, ghl: Ghl) -> Any:
    if isinstance(value, dict):
        return {name: filled(part, ghl) for name, part in value.items()}
    return value.replace("{location}", ghl.location) if isinstance(value, str) else value


def inside(body: dict[str, Any], key: str) -> dict[str, Any]:
    record: dict[str, Any] = body[key] if key else body
    return record


def make(ghl: Ghl, plain: Plain) -> dict[str, Any]:
    answer = ghl.client.post(filled(plain.path, ghl), json=filled(plain.new, ghl))
    assert answer.status_code in (200, 201), answer.text
    return inside(answer.json(), plain.wraps[0])


def path_of(ghl: Ghl, plain: Plain, record_id: str) -> str:
    return plain.one.format(path=filled(plain.path, ghl), id=record_id)


@pytest.mark.parametrize("name", PLAIN)
def test_a_record_is_made_changed_and_deleted(ghl: Ghl, name: str) -> None:
    plain = PLAIN[name]
    record = make(ghl, plain)
    path = path_of(ghl, plain, record["id"])
    now = inside(ghl.client.put(path, json=filled(plain.change, ghl)).json(), plain.wraps[2])
    assert now["id"] == record["id"]
    for field_name, value in filled(plain.change, ghl).items():
        assert now[field_name] == value
    if name in READABLE:
        assert inside(ghl.client.get(path).json(), plain.wraps[1])["id"] == record["id"]
    params = filled(plain.query, ghl) if name == "object folders" else {}
    assert ghl.client.delete(path, params=params).status_code == 200
    assert ghl.client.put(path, json=filled(plain.change, ghl)).status_code == 404


@pytest.mark.parametrize("name", [name for name, plain in PLAIN.items() if plain.rows])
def test_a_record_is_listed_in_its_location_alone(ghl: Ghl, name: str) -> None:
    plain = PLAIN[name]
    params = filled(plain.query, ghl)
    before = ghl.client.get(filled(plain.path, ghl), params=params).json()[plain.rows]
    record = make(ghl, plain)
    after = ghl.client.get(filled(plain.path, ghl), params=params).json()[plain.rows]
    assert [row["id"] for row in after] == [*[row["id"] for row in before], record["id"]]
    theirs, ghl.location = ghl.location, ghl.other_location()
    assert ghl.client.get(filled(plain.path, ghl), params=filled(plain.query, ghl)).status_code == 403
    assert theirs != ghl.location


@pytest.mark.parametrize("name", READABLE)
def test_a_record_of_another_location_is_out_of_reach(ghl: Ghl, name: str) -> None:
    plain = PLAIN[name]
    record = make(ghl, plain)
    path = path_of(ghl, plain, record["id"])
    ghl.client = signed_in(ghl, ghl.other_location())
    for answer in (ghl.client.get(path), ghl.client.delete(path)):
        assert answer.status_code == 403


def signed_in(ghl: Ghl, location: str) -> Any:
    """The app's client in another location, with every scope."""
    from_page = {
        "response_type": "code",
        "client_id": ghl.known["client_id"],
        "redirect_uri": "https://hub.example/",
        "scope": " ".join(every_scope()),
    }
    page = ghl.client.post("/oauth/chooselocation", params=from_page, data={"location_id": location})
    form = {
        "grant_type": "authorization_code",
        "code": page.headers["Location"].partition("code=")[2],
        "client_id": ghl.known["client_id"],
        "client_secret": ghl.known["client_secret"],
    }
    return ghl.client_with(ghl.client.post("/oauth/token", data=form).json()["access_token"])


@pytest.mark.parametrize(
    ("skip", "limit", "names"), [("0", "2", ["A", "B"]), ("2", "2", ["C"]), ("9", "2", [])]
)
def test_a_page_is_asked_for_with_texts(ghl: Ghl, skip: str, limit: str, names: list[str]) -> None:
    for name in "ABC":
        ghl.client.post("/businesses/", json={"locationId": ghl.location, "name": name})
    asked = {"locationId": ghl.location, "skip": skip, "limit": limit}
    rows = ghl.client.get("/businesses/", params=asked).json()["businesses"]
    assert [row["name"] for row in rows] == names


def test_workflows_and_templates_are_only_listed(ghl: Ghl) -> None:
    workflows = ghl.client.get("/workflows/", params={"locationId": ghl.location}).json()["workflows"]
    assert [(row["name"], row["status"]) for row in workflows] == [
        ("Welcome", "published"),
        ("Follow-up", "draft"),
    ]
    path = f"/locations/{ghl.location}/templates"
    found = ghl.client.get(path, params={"originId": "x", "type": "sms"}).json()
    assert (found["totalCount"], found["templates"][0]["name"]) == (1, "Reminder")
    assert ghl.client.delete(f"{path}/{found['templates'][0]['id']}").status_code == 200
    assert ghl.client.get(path, params={"originId": "x"}).json()["totalCount"] == 1
