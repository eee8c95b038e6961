"""The simulated Accredible beyond certificates: many at once, evidence, groups, team, departments."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from integrations.sandbox import Sandbox

FLAGS = dict.fromkeys(("designs", "emails", "credential_attributes", "analytics", "settings"), False)
BARE = {"name": "welding", "course_name": "Welding", "course_description": "Hot work."}


def group_id(client: httpx.Client) -> int:
    return int(client.post("/v1/issuer/groups/search", json={}).json()["groups"][0]["id"])


def credential(client: httpx.Client, email: str = "zoe@example.com", **more: Any) -> dict[str, Any]:
    return {"recipient": {"name": "Zoe Hart", "email": email}, "group_id": group_id(client), **more}


def issued(client: httpx.Client, email: str = "zoe@example.com", **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/credentials", json={"credential": credential(client, email, **more)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["credential"]
    return found


def set_credits(sandbox: Sandbox, credits: int) -> None:
    sandbox.act("accredible", "set_credits", {"credits": credits})


# --- many at once, and credits --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("emails", "status", "made", "codes"),
    [
        (["a@example.com", "b@example.com"], 200, 2, []),
        (["a@example.com", "a@example.com"], 207, 1, ["invalid"]),
        (["nobody", "no one"], 422, 0, ["invalid", "invalid"]),
    ],
)
def test_many_are_issued_all_some_or_none(
    accredible: httpx.Client, emails: list[str], status: int, made: int, codes: list[str]
) -> None:
    rows = [credential(accredible, email) for email in emails]
    answer = accredible.post("/v2/credentials/bulk_create", json={"credentials": rows})
    assert answer.status_code == status
    assert len(answer.json()["credentials"]) == made
    assert [error["code"] for error in answer.json()["errors"]] == codes


@pytest.mark.parametrize("count", [0, 31])
def test_at_most_thirty_go_at_once(accredible: httpx.Client, count: int) -> None:
    rows = [credential(accredible, f"p{number}@example.com") for number in range(count)]
    assert accredible.post("/v2/credentials/bulk_create", json={"credentials": rows}).status_code == 422


def test_without_credits_the_rest_is_made_and_told_of(sandbox: Sandbox, accredible: httpx.Client) -> None:
    set_credits(sandbox, 1)
    rows = [credential(accredible, f"p{number}@example.com") for number in range(2)]
    answer = accredible.post("/v2/credentials/bulk_create", json={"credentials": rows})
    assert (answer.status_code, len(answer.json()["credentials"])) == (207, 2)
    assert [error["code"] for error in answer.json()["errors"]] == ["insufficient_credits"]


def test_one_that_is_held_is_published_as_soon_as_there_is_a_credit(
    sandbox: Sandbox, accredible: httpx.Client
) -> None:
    set_credits(sandbox, 0)
    held = issued(accredible)
    publish = {"credential": {"approve": True}}
    path = f"/v1/credentials/{held['id']}"
    assert accredible.put(path, json=publish).json()["credential"]["approve"] is False
    set_credits(sandbox, 1)
    published = accredible.put(path, json=publish).json()["credential"]
    assert published["approve"] is True
    assert published["published_on"]
    assert accredible.get("/v1/issuer/details").json()["issuer"]["certificate_left"] == 0


def test_attributes_without_a_key_are_refused_where_it_is_set_so(
    sandbox: Sandbox, accredible: httpx.Client
) -> None:
    sandbox.turn("accredible", {"unknown_attributes": "refuse"})
    body = {"credential": credential(accredible, custom_attributes={"location": "Kiel", "shoe_size": "42"})}
    assert accredible.post("/v1/credentials", json=body).json()["errors"]["custom_attributes"]
    accredible.post("/v1/attribute_keys", json={"attribute_key": {"name": "shoe_size"}})
    assert accredible.post("/v1/credentials", json=body).status_code == 200


# --- what hangs on a certificate ------------------------------------------------------------------


@pytest.mark.parametrize(("form", "wrapped"), [("wrapped", True), ("bare", False)])
def test_evidence_is_added_changed_and_taken_away(
    sandbox: Sandbox, accredible: httpx.Client, form: str, wrapped: bool
) -> None:
    sandbox.turn("accredible", {"evidence": form})
    path = f"/v1/credentials/{issued(accredible)['id']}/evidence_items"
    item = {"evidence_item": {"description": "Final Grade", "category": "grade", "string_object": "80"}}
    answer = accredible.post(path, json=item).json()
    assert ("evidence_item" in answer) is wrapped
    made = answer["evidence_item"] if wrapped else answer
    assert (made["type"], made["string_object"]) == ("grade", "80")
    accredible.put(f"{path}/{made['id']}", json={"evidence_item": {"description": "Grade"}})
    shown = accredible.get(path.removesuffix("/evidence_items")).json()["credential"]["evidence_items"]
    assert [row["description"] for row in shown] == ["Grade"]
    assert accredible.delete(f"{path}/{made['id']}").status_code == 200
    gone = accredible.delete(f"{path}/{made['id']}")
    assert (gone.status_code, gone.json()) == (
        404,
        {"errors": "No Evidence Item with the id given on the credential"},
    )


def test_a_pdf_and_a_login_link_are_of_published_ones_only(accredible: httpx.Client) -> None:
    held = issued(accredible, approve=False)
    nobody = {"error": "No Published Credential with this attribute"}
    pdf = f"/v1/credentials/generate_single_pdf/{held['id']}"
    link = {"recipient_email": "zoe@example.com"}
    assert accredible.post(pdf).json() == nobody
    assert accredible.post("/v1/sso/generate_link", json=link).json() == nobody
    accredible.put(f"/v1/credentials/{held['id']}", json={"credential": {"approve": True}})
    assert accredible.post(pdf).json()["file"].endswith(".pdf")
    first, second = (accredible.post("/v1/sso/generate_link", json=link).json()["link"] for _ in range(2))
    assert first != second


def test_who_opened_a_certificate_is_told(sandbox: Sandbox, accredible: httpx.Client) -> None:
    number = issued(accredible)["id"]
    sandbox.act("accredible", "view_certificate", {"certificate": number})
    (event,) = accredible.post(f"/v1/credentials/analytics/{number}").json()["analytics"]
    assert (event["credential_id"], event["event"]) == (int(number), "recipient_view_certificate")
    of_group = accredible.get("/v1/analytics", params={"group_id": group_id(accredible)}).json()["analytics"]
    assert len(of_group) == 1
    assert accredible.get("/v1/analytics", params={"end_date": "2000-01-01"}).json()["analytics"] == []


# --- groups ---------------------------------------------------------------------------------------


def test_a_group_is_made_read_changed_and_deleted(accredible: httpx.Client) -> None:
    made = accredible.post("/v1/issuer/groups", json={"group": BARE}).json()["group"]
    path = f"/v1/issuer/groups/{made['id']}"
    changed = accredible.put(path, json={"group": {"meta_data": {"a": "1"}}}).json()["group"]
    assert (changed["name"], changed["meta_data"]) == ("welding", {"a": "1"})
    found = accredible.post("/v1/issuer/groups/search", json={"meta_data": {"a": "1"}}).json()["groups"]
    assert [row["id"] for row in found] == [made["id"]]
    assert accredible.delete(path).status_code == 200
    assert accredible.get(path).json() == {"errors": "Doesn't exist"}


@pytest.mark.parametrize("missing", ["name", "course_name", "course_description"])
def test_a_group_needs_its_three_words(accredible: httpx.Client, missing: str) -> None:
    answer = accredible.post("/v1/issuer/groups", json={"group": {**BARE, missing: ""}})
    assert (answer.status_code, answer.json()) == (422, {"errors": {missing: ["can't be blank"]}})


def test_a_group_with_certificates_is_not_deleted(accredible: httpx.Client) -> None:
    assert accredible.delete(f"/v1/issuer/groups/{group_id(accredible)}").status_code == 422


# --- people ---------------------------------------------------------------------------------------


def member(groups: list[int], department: int = 34, **permissions: Any) -> dict[str, Any]:
    may = {**FLAGS, "role": "viewer", "groups": groups, **permissions}
    rows = [{"department_id": department, "permissions": may}]
    return {"team_member": {"name": "Nora", "email": "Nora@Example.com", "department_permissions": rows}}


def test_a_team_member_is_let_in_once_and_permissions_are_replaced(accredible: httpx.Client) -> None:
    made = accredible.post("/v1/team_members", json=member([group_id(accredible)])).json()["team_member"]
    assert made["email"] == "nora@example.com"
    assert made["department_permissions"][0]["department"] == 34
    again = accredible.post("/v1/team_members", json=member([]))
    assert (again.status_code, again.json()) == (422, {"errors": {"email": ["has already been taken"]}})
    body = {"team_member": {"department_permissions": []}}
    changed = accredible.put(f"/v1/team_members/{made['id']}", json=body).json()["team_member"]
    assert changed["department_permissions"] == []
    assert accredible.delete(f"/v1/team_members/{made['id']}").status_code == 200
    assert accredible.get(f"/v1/team_members/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (member([], analytics=None), 422),
        (member([], role="owner"), 422),
        (member([1]), 422),
        (member([], department=1), 404),
        ({"team_member": {"name": "Nora"}}, 422),
        ({}, 422),
    ],
)
def test_a_team_member_that_does_not_fit_is_refused(
    accredible: httpx.Client, body: dict[str, Any], status: int
) -> None:
    assert accredible.post("/v1/team_members", json=body).status_code == status


def test_departments_are_listed_or_shown_as_one(sandbox: Sandbox, accredible: httpx.Client) -> None:
    def search() -> Any:
        return accredible.post("/v1/departments/search", json={}).json()["departments"]

    assert search() == [{"id": 34, "name": "Courses"}]
    sandbox.turn("accredible", {"departments": "object"})
    assert search() == {"id": 34, "name": "Courses"}
    accredible.post("/v1/departments", json={"department": {"name": "Exams"}})
    assert [row["name"] for row in search()] == ["Courses", "Exams"]
    assert accredible.get("/v1/departments/1").json() == {"errors": "No department found"}


# --- the records of docs/examples -----------------------------------------------------------------


def test_example_records_are_put_in_once(sandbox: Sandbox) -> None:
    first = sandbox.act("accredible", "examples", {})
    held = sandbox.dump()["accredible"]
    assert first == {"made": [12472, 10250012]}
    assert sandbox.act("accredible", "examples", {}) == {"made": []}
    assert sandbox.dump()["accredible"] == held
    assert sandbox.act("ghl", "examples", {})["made"][0] == "ExampleContactAda001"
    assert sandbox.act("ghl", "examples", {}) == {"made": []}
