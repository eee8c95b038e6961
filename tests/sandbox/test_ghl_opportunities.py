"""Opportunities, pipelines and custom fields of the simulated GHL."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Ghl


def pipeline(ghl: Ghl) -> dict[str, Any]:
    answer = ghl.client.get("/opportunities/pipelines", params={"locationId": ghl.location})
    found: dict[str, Any] = answer.json()["pipelines"][0]
    return found


def create(ghl: Ghl, email: str = "ada@example.com", **more: Any) -> httpx.Response:
    body = {
        "locationId": ghl.location,
        "pipelineId": pipeline(ghl)["id"],
        "name": "Course",
        "status": "open",
        "contactId": ghl.contact(email)["id"],
        **more,
    }
    return ghl.client.post("/opportunities/", json=body)


def search(ghl: Ghl, **asked: Any) -> dict[str, Any]:
    params = {"location_id": ghl.location, **asked}
    answer = ghl.client.get("/opportunities/search", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [row["name"] for row in found["opportunities"]]


def test_an_opportunity_starts_in_the_first_stage_with_its_contact(ghl: Ghl) -> None:
    made = create(ghl, monetaryValue=500)
    assert made.status_code == 201
    row = made.json()["opportunity"]
    assert row["pipelineStageId"] == pipeline(ghl)["stages"][0]["id"]
    assert (row["status"], row["monetaryValue"], row["contact"]["email"]) == ("open", 500, "ada@example.com")
    assert ghl.client.get(f"/opportunities/{row['id']}").json()["opportunity"] == row


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"status": "maybe"}, 422, "status must be one of the following values: open, won, lost"),
        ({"pipelineId": "nothing"}, 404, "Pipeline not found"),
        ({"pipelineStageId": "nothing"}, 400, "The pipeline has no such stage."),
        ({"contactId": "nobody"}, 400, "Contact not found for id:nobody"),
        ({"monetaryValue": "much"}, 422, "monetaryValue must be a number"),
    ],
)
def test_an_opportunity_that_does_not_fit_is_refused(
    ghl: Ghl, changes: dict[str, Any], status: int, message: str
) -> None:
    answer = create(ghl, **changes)
    said = answer.json()["message"]
    assert answer.status_code == status
    assert (said[0] if isinstance(said, list) else said).startswith(message)


def test_a_contact_has_one_open_opportunity_in_a_pipeline(ghl: Ghl) -> None:
    first = create(ghl).json()["opportunity"]["id"]
    assert create(ghl).status_code == 400
    answer = ghl.client.put(f"/opportunities/{first}/status", json={"status": "won"})
    assert answer.json()["succeded"] is True
    assert create(ghl).status_code == 201


def test_a_new_stage_is_one_of_the_pipelines(ghl: Ghl) -> None:
    row = create(ghl).json()["opportunity"]
    second = pipeline(ghl)["stages"][1]["id"]
    path = f"/opportunities/{row['id']}"
    now = ghl.client.put(path, json={"pipelineStageId": second}).json()["opportunity"]
    assert now["pipelineStageId"] == second
    assert ghl.client.put(path, json={"pipelineStageId": "nothing"}).status_code == 400
    assert ghl.client.delete(path).json()["succeded"] is True
    assert ghl.client.get(path).status_code == 404


def test_an_upsert_finds_the_opportunity_by_id_or_by_name(ghl: Ghl) -> None:
    body = {
        "locationId": ghl.location,
        "pipelineId": pipeline(ghl)["id"],
        "name": "Course",
        "followers": ["u1"],
        "isRemoveAllFollowers": False,
        "followersActionType": "add",
    }
    first = ghl.client.post("/opportunities/upsert", json=body).json()
    again = ghl.client.post("/opportunities/upsert", json={**body, "followers": ["u2"]}).json()
    assert (first["new"], again["new"]) == (True, False)
    assert again["opportunity"]["followers"] == ["u1", "u2"]
    named = {**body, "id": first["opportunity"]["id"], "name": "Renamed", "followersActionType": "remove"}
    changed = ghl.client.post("/opportunities/upsert", json=named).json()["opportunity"]
    assert (changed["name"], changed["followers"]) == ("Renamed", ["u2"])
    del body["followers"]
    assert ghl.client.post("/opportunities/upsert", json=body).status_code == 422


def test_opportunities_are_searched_by_their_own_names(ghl: Ghl) -> None:
    for number, name in enumerate(("First aid", "Fire safety", "Rescue")):
        create(ghl, f"pupil{number}@example.com", name=name)
        ghl.sandbox.store.move_clock(86_400)
    won = search(ghl)["opportunities"][1]
    ghl.client.put(f"/opportunities/{won['id']}/status", json={"status": "won"})
    assert names(search(ghl)) == ["First aid", "Fire safety", "Rescue"]
    assert names(search(ghl, status="won")) == ["Fire safety"]
    assert names(search(ghl, q="rescue")) == ["Rescue"]
    assert names(search(ghl, contact_id=won["contactId"])) == ["Fire safety"]
    assert names(search(ghl, date="02-02-2027", endDate="02-02-2027")) == ["Fire safety"]
    first = search(ghl, limit=2)
    after = {name: first["meta"][name] for name in ("startAfter", "startAfterId")}
    assert names(search(ghl, limit=2, **after)) == ["Rescue"]
    assert names(search(ghl, limit=2, page=2)) == ["Rescue"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"limit": 101}, "limit must not be greater than 100"),
        ({"date": "2027-02-01"}, "date must be in mm-dd-yyyy format"),
        ({"startAfter": "yesterday"}, "startAfter must be epoch milliseconds"),
        ({"pipelineId": "x"}, "property pipelineId should not exist"),
    ],
)
def test_a_search_that_does_not_fit_is_refused(ghl: Ghl, asked: dict[str, Any], message: str) -> None:
    answer = ghl.client.get("/opportunities/search", params={"location_id": ghl.location, **asked})
    assert (answer.status_code, answer.json()["message"]) == (422, [message])


def test_the_other_search_goes_on_after_the_last_row(ghl: Ghl) -> None:
    for number in range(3):
        create(ghl, f"pupil{number}@example.com", name=f"Course {number}")
        ghl.sandbox.store.move_clock(1)
    details = dict.fromkeys(("notes", "tasks", "calendarEvents", "unReadConversations"), False)
    body = {"locationId": ghl.location, "query": "", "limit": 2, "page": 1, "additionalDetails": details}
    first = ghl.client.post("/opportunities/search", json={**body, "searchAfter": []}).json()
    assert (names(first), first["total"]) == (["Course 0", "Course 1"], 3)
    after = [str(part) for part in first["opportunities"][-1]["searchAfter"]]
    assert names(ghl.client.post("/opportunities/search", json={**body, "searchAfter": after}).json()) == [
        "Course 2"
    ]


# --- custom fields --------------------------------------------------------------------------------


def fields(ghl: Ghl, model: str = "contact") -> dict[str, str]:
    answer = ghl.client.get(f"/locations/{ghl.location}/customFields", params={"model": model})
    return {row["fieldKey"]: row["id"] for row in answer.json()["customFields"]}


@pytest.mark.parametrize(("model", "count"), [("contact", 4), ("opportunity", 1), ("all", 5)])
def test_custom_fields_are_listed_by_what_they_are_for(ghl: Ghl, model: str, count: int) -> None:
    assert len(fields(ghl, model)) == count


def test_a_new_custom_field_gets_its_key_from_its_name(ghl: Ghl) -> None:
    body = {"name": "Next course (date)", "dataType": "DATE", "model": "contact"}
    made = ghl.client.post(f"/locations/{ghl.location}/customFields", json=body)
    assert made.status_code == 201
    field = made.json()["customField"]
    assert (field["fieldKey"], field["dataType"]) == ("contact.next_course_date", "DATE")
    path = f"/locations/{ghl.location}/customFields/{field['id']}"
    assert ghl.client.put(path, json={"name": "Next"}).json()["customField"]["fieldKey"] == field["fieldKey"]
    assert ghl.client.delete(path).json()["succeded"] is True
    assert ghl.client.get(path).status_code == 404


@pytest.mark.parametrize("by", ["id", "key", "short key"])
@pytest.mark.parametrize("value", ["A-1", 7, ["a", "b"]])
def test_a_value_is_written_by_id_or_key_and_read_by_id(ghl: Ghl, by: str, value: Any) -> None:
    number = fields(ghl)["contact.certificate_number"]
    named = {
        "id": {"id": number},
        "key": {"key": "contact.certificate_number"},
        "short key": {"key": "certificate_number"},
    }[by]
    contact = ghl.contact(customFields=[{**named, "field_value": value}])
    assert contact["customFields"] == [{"id": number, "value": value}]


def test_an_opportunitys_values_are_read_under_another_name(ghl: Ghl) -> None:
    course = fields(ghl, "opportunity")["opportunity.course"]
    made = create(ghl, customFields=[{"key": "opportunity.course", "field_value": "First aid"}])
    assert made.json()["opportunity"]["customFields"] == [{"id": course, "fieldValue": "First aid"}]


@pytest.mark.parametrize(
    ("wish", "status", "kept"), [("keep", 200, 1), ("ignore", 200, 0), ("refuse", 422, 0)]
)
def test_what_becomes_of_a_value_without_a_field_is_a_setting(
    ghl: Ghl, wish: str, status: int, kept: int
) -> None:
    contact = ghl.contact()["id"]
    ghl.sandbox.set_setting("ghl", "unknown_custom_fields", wish)
    body = {"customFields": [{"id": "nothing", "field_value": "x"}]}
    assert ghl.client.put(f"/contacts/{contact}", json=body).status_code == status
    assert len(ghl.client.get(f"/contacts/{contact}").json()["contact"]["customFields"]) == kept
