"""What hangs on a contact of the simulated GHL: notes, tasks, tags, followers, campaigns, appointments."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Ghl

DUE = "2027-02-03T10:00:00.000Z"


def task(ghl: Ghl, contact: str, **more: Any) -> httpx.Response:
    body = {"title": "Send the certificate", "dueDate": DUE, "completed": False, **more}
    return ghl.client.post(f"/contacts/{contact}/tasks", json=body)


def search_tasks(ghl: Ghl, **asked: Any) -> list[str]:
    answer = ghl.client.post(f"/locations/{ghl.location}/tasks/search", json=asked)
    assert answer.status_code == 200, answer.text
    return [row["title"] for row in answer.json()["tasks"]]


def test_a_note_is_written_read_changed_and_deleted(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    made = ghl.client.post(f"/contacts/{contact}/notes", json={"body": "Called.", "color": "#FFAA00"})
    assert made.status_code == 201
    note = made.json()["note"]
    assert (note["body"], note["contactId"], note["color"]) == ("Called.", contact, "#FFAA00")
    assert "locationId" not in note
    path = f"/contacts/{contact}/notes/{note['id']}"
    assert ghl.client.put(path, json={"pinned": True}).json()["note"] == {**note, "pinned": True}
    assert ghl.client.get(path).json()["note"]["body"] == "Called."
    assert ghl.client.delete(path).json()["succeded"] is True
    assert ghl.client.get(f"/contacts/{contact}/notes").json()["notes"] == []


def test_a_note_of_another_contact_is_not_found_under_this_one(ghl: Ghl) -> None:
    ada, bo = ghl.contact()["id"], ghl.contact("bo@example.com")["id"]
    note = ghl.client.post(f"/contacts/{ada}/notes", json={"body": "x"}).json()["note"]["id"]
    assert ghl.client.get(f"/contacts/{bo}/notes/{note}").status_code == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"completed": None}, "completed must be a boolean value"),
        ({"dueDate": "tomorrow"}, "dueDate must be a valid ISO 8601 date string"),
        ({"status": "open"}, "property status should not exist"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(ghl: Ghl, body: dict[str, Any], message: str) -> None:
    answer = task(ghl, ghl.contact()["id"], **body)
    assert (answer.status_code, answer.json()["message"]) == (422, [message])


def test_a_task_is_completed_opened_again_and_deleted(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    made = task(ghl, contact, body="By post")
    assert made.status_code == 201
    one = made.json()["task"]
    assert set(one) == {"id", "title", "body", "dueDate", "completed", "contactId"}
    path = f"/contacts/{contact}/tasks/{one['id']}"
    for done in (True, False):
        now = ghl.client.put(f"{path}/completed", json={"completed": done}).json()["task"]
        assert now["completed"] is done
    assert ghl.client.put(path, json={"title": "Post it"}).json()["task"]["title"] == "Post it"
    assert ghl.client.get(f"/contacts/{contact}/tasks").json()["tasks"][0]["title"] == "Post it"
    assert ghl.client.delete(path).json()["succeded"] is True
    assert ghl.client.get(path).status_code == 404


def test_the_tasks_of_a_location_are_searched(ghl: Ghl) -> None:
    ada, bo = ghl.contact()["id"], ghl.contact("bo@example.com")["id"]
    task(ghl, ada, title="One", assignedTo="u1")
    task(ghl, ada, title="Two", completed=True)
    task(ghl, bo, title="Three", body="about the course")
    assert search_tasks(ghl) == ["One", "Two", "Three"]
    assert search_tasks(ghl, contactId=[ada]) == ["One", "Two"]
    assert search_tasks(ghl, completed=False) == ["One", "Three"]
    assert search_tasks(ghl, assignedTo=["u1"]) == ["One"]
    assert search_tasks(ghl, query="COURSE") == ["Three"]
    assert search_tasks(ghl, limit=1, skip=1) == ["Two"]


def test_with_a_contact_its_notes_and_tasks_go(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    task(ghl, contact)
    ghl.client.post(f"/contacts/{contact}/notes", json={"body": "x"})
    ghl.client.delete(f"/contacts/{contact}")
    held = ghl.sandbox.dump()["ghl"]
    assert not held.get("contact_notes") and not held.get("contact_tasks")
    assert search_tasks(ghl) == []


def test_tags_are_added_and_removed_one_by_one(ghl: Ghl) -> None:
    contact = ghl.contact(tags=["new"])["id"]
    path = f"/contacts/{contact}/tags"
    added = ghl.client.post(path, json={"tags": ["vip", "new", "vip"]})
    assert (added.status_code, added.json()["tags"]) == (201, ["new", "vip"])
    assert added.json()["tagsAdded"] == ["vip"]
    removed = ghl.client.request("DELETE", path, json={"tags": ["new", "unknown"]})
    assert (removed.status_code, removed.json()["tags"]) == (200, ["vip"])


def test_an_update_and_an_upsert_replace_all_tags(ghl: Ghl) -> None:
    contact = ghl.contact(tags=["a", "b"])["id"]
    assert ghl.contact(tags=["c"])["tags"] == ["c"]
    changed = ghl.client.put(f"/contacts/{contact}", json={"tags": ["d"]})
    assert changed.json()["contact"]["tags"] == ["d"]


@pytest.mark.parametrize(
    ("kind", "body", "tags", "added", "removed"),
    [
        ("add", {"tags": ["b", "c"]}, ["a", "b", "c"], ["c"], []),
        ("remove", {"tags": ["b", "c"]}, ["a"], [], ["b"]),
        ("remove", {"tags": [], "removeAllTags": True}, [], [], ["a", "b"]),
        ("add", {"tags": [], "removeAllTags": True}, ["a", "b"], [], []),
    ],
)
def test_tags_of_many_contacts_are_changed_at_once(
    ghl: Ghl, kind: str, body: dict[str, Any], tags: list[str], added: list[str], removed: list[str]
) -> None:
    contact = ghl.contact(tags=["a", "b"])["id"]
    whole = {"contacts": [contact, "nobody"], "locationId": ghl.location, **body}
    answer = ghl.client.post(f"/contacts/bulk/tags/update/{kind}", json=whole)
    assert answer.status_code == 201
    told = answer.json()
    assert told["errorCount"] == 1
    assert (told["responses"][0]["tagsAdded"], told["responses"][0]["tagsRemoved"]) == (added, removed)
    assert told["responses"][1]["type"] == "error"
    assert ghl.client.get(f"/contacts/{contact}").json()["contact"]["tags"] == tags


def test_tags_are_added_or_removed_in_bulk_and_nothing_else(ghl: Ghl) -> None:
    body = {"contacts": [], "tags": [], "locationId": ghl.location}
    assert ghl.client.post("/contacts/bulk/tags/update/replace", json=body).status_code == 422


def test_contacts_of_another_location_are_left_alone_in_bulk(ghl: Ghl) -> None:
    theirs = ghl.sandbox.act("ghl", "create_contact", {"location": ghl.other_location(), "firstName": "Bo"})
    body = {"contacts": [theirs["id"]], "tags": ["x"], "locationId": ghl.location}
    told = ghl.client.post("/contacts/bulk/tags/update/add", json=body).json()
    assert (told["errorCount"], told["responses"][0]["type"]) == (1, "error")


def test_contacts_are_put_into_a_business_and_out_of_it(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    made = ghl.client.post("/businesses/", json={"name": "Quay Ltd", "locationId": ghl.location})
    business = made.json()["buiseness"]["id"]
    body = {"locationId": ghl.location, "ids": [contact], "businessId": business}
    assert ghl.client.post("/contacts/bulk/business", json=body).json()["ids"] == [contact]
    listed = f"/contacts/business/{business}?locationId={ghl.location}&limit=5&skip=0"
    assert [row["id"] for row in ghl.client.get(listed).json()["contacts"]] == [contact]
    ghl.client.post("/contacts/bulk/business", json={**body, "businessId": None})
    assert ghl.client.get(listed).json()["contacts"] == []


def test_followers_come_and_go(ghl: Ghl) -> None:
    path = f"/contacts/{ghl.contact()['id']}/followers"
    added = ghl.client.post(path, json={"followers": ["u1", "u2"]})
    assert (added.status_code, added.json()["followersAdded"]) == (201, ["u1", "u2"])
    again = ghl.client.post(path, json={"followers": ["u2", "u3"]}).json()
    assert (again["followers"], again["followersAdded"]) == (["u1", "u2", "u3"], ["u3"])
    gone = ghl.client.request("DELETE", path, json={"followers": ["u1"]}).json()
    assert (gone["followers"], gone["followersRemoved"]) == (["u2", "u3"], ["u1"])


def test_a_contact_goes_through_campaigns_and_workflows(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]

    def held(name: str) -> Any:
        return ghl.sandbox.dump()["ghl"]["contacts"][0].get(name, [])

    for campaign in ("c1", "c2", "c3"):
        assert ghl.client.post(f"/contacts/{contact}/campaigns/{campaign}", json={}).status_code == 201
    ghl.client.delete(f"/contacts/{contact}/campaigns/c1")
    assert held("campaignIds") == ["c2", "c3"]
    ghl.client.delete(f"/contacts/{contact}/campaigns/removeAll")
    assert held("campaignIds") == []
    start = {"eventStartTime": "2027-02-01T10:00:00+01:00"}
    assert ghl.client.post(f"/contacts/{contact}/workflow/w1", json=start).json()["succeded"] is True
    assert held("workflowIds") == ["w1"]
    wrong = ghl.client.post(f"/contacts/{contact}/workflow/w2", json={"eventStartTime": "soon"})
    assert wrong.status_code == 422
    ghl.client.request("DELETE", f"/contacts/{contact}/workflow/w1", json=start)
    assert held("workflowIds") == []
    assert "workflowIds" not in ghl.client.get(f"/contacts/{contact}").json()["contact"]


def test_a_contacts_appointments_have_local_times_without_an_offset(ghl: Ghl) -> None:
    booked = ghl.book("2027-02-01T10:00:00-05:00").json()
    contact = ghl.contact()["id"]
    [event] = ghl.client.get(f"/contacts/{contact}/appointments").json()["events"]
    assert (event["id"], event["startTime"]) == (booked["id"], "2027-02-01 10:00:00")
    assert (event["endTime"], event["dateAdded"]) == ("2027-02-01 10:30:00", "2027-02-01 01:00:00")


def test_contacts_are_listed_newest_first_by_the_last_rows_place(ghl: Ghl) -> None:
    for name in ("ada", "bo", "cy"):
        ghl.contact(f"{name}@example.com")
        ghl.sandbox.store.move_clock(1)
    params: dict[str, Any] = {"locationId": ghl.location, "limit": 2}
    first = ghl.client.get("/contacts/", params=params).json()
    assert [row["email"] for row in first["contacts"]] == ["cy@example.com", "bo@example.com"]
    assert (first["count"], first["meta"]["total"]) == (3, 3)
    after = {name: first["meta"][name] for name in ("startAfter", "startAfterId")}
    second = ghl.client.get("/contacts/", params=params | after).json()
    assert [row["email"] for row in second["contacts"]] == ["ada@example.com"]
    assert "startAfter" not in second["meta"]
    found = ghl.client.get("/contacts/", params={**params, "query": "BO@"}).json()
    assert found["count"] == 1
