"""The simulated Accredible: its key, its searches, its certificates, and its dashboard."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from integrations.engine.errors import WrongUse
from integrations.sandbox import Sandbox

NOBODY = {"success": False, "data": "No credential with the id given in your account"}


@pytest.fixture
def key(sandbox: Sandbox) -> str:
    return sandbox.apps()["accredible"].credentials()["api_key"]


def groups(client: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    return client.post("/v1/issuer/groups/search", json=asked).json()["groups"]


def found(client: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    answer = client.post("/v2/credentials/search", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["credentials"]


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["recipient_name"].split()[0] for row in rows]


def issue(client: httpx.Client, email: str = "zoe@example.com", **more: Any) -> httpx.Response:
    credential = {
        "recipient": {"name": "Zoe Hart", "email": email},
        "group_id": groups(client)[0]["id"],
        **more,
    }
    return client.post("/v1/credentials", json={"credential": credential})


def test_the_issuer_answers_a_good_key(accredible: httpx.Client) -> None:
    issuer = accredible.get("/v1/issuer/details").json()["issuer"]
    assert (issuer["name"], issuer["certificate_left"] > 1000) == ("Harbour Academy", True)


@pytest.mark.parametrize("form", ["Token token={}", "Token {}", 'Token token="{}"', "Bearer {}"])
def test_the_key_may_come_in_the_known_forms(accredible: httpx.Client, key: str, form: str) -> None:
    answer = accredible.get("/v1/issuer/details", headers={"Authorization": form.format(key)})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("authorization", "body"),
    [
        ("", "HTTP Token: Access denied."),
        ("Basic abc", "HTTP Token: Access denied."),
        ("Token token=wrong", '{"success":false,"data":"issuer_token not valid"}'),
    ],
)
def test_a_bad_key_is_refused_in_two_shapes(accredible: httpx.Client, authorization: str, body: str) -> None:
    answer = accredible.get("/v1/issuer/details", headers={"Authorization": authorization})
    assert (answer.status_code, answer.text.replace(": false", ":false")) == (401, body)


@pytest.mark.parametrize(
    ("host", "region", "status"),
    [
        ("api.accredible.com", "us", 200),
        ("eu.api.accredible.com", "us", 401),
        ("sandbox.api.accredible.com", "us", 401),
        ("eu.api.accredible.com", "eu", 200),
        ("api.accredible.com", "eu", 401),
        ("127.0.0.1", "us", 200),
        ("127.0.0.1", "eu", 200),
    ],
)
def test_a_key_works_in_its_region_only(
    sandbox: Sandbox, accredible: httpx.Client, host: str, region: str, status: int
) -> None:
    sandbox.set_setting("accredible", "region", region)
    assert accredible.get(f"https://{host}/v1/issuer/details").status_code == status


def test_the_limit_of_a_key_comes_back_after_five_minutes(sandbox: Sandbox, accredible: httpx.Client) -> None:
    sandbox.set_setting("accredible", "rate_limit", 2)
    assert [accredible.get("/v1/issuer/details").status_code for _ in range(3)] == [200, 200, 429]
    sandbox.store.move_clock(301)
    assert accredible.get("/v1/issuer/details").status_code == 200


def test_there_are_old_certificates_for_a_baseline(sandbox: Sandbox, accredible: httpx.Client) -> None:
    rows = found(accredible)
    recently = (sandbox.store.now() - timedelta(days=14)).isoformat()
    assert len(rows) == 5
    assert all(row["approve"] and row["published_on"] and row["updated_at"] < recently for row in rows)


def test_rows_are_flat_and_reads_are_nested(accredible: httpx.Client) -> None:
    row = found(accredible)[0]
    assert isinstance(row["id"], int)
    assert "url" not in row
    read = accredible.get(f"/v1/credentials/{row['id']}").json()["credential"]
    assert (read["id"], read["recipient"]["email"]) == (str(row["id"]), row["recipient_email"])
    assert read["url"].startswith("https://")
    assert (read["group_id"], read["evidence_items"]) == (row["group"]["id"], [])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/credentials/1", NOBODY),
        ("PUT", "/v1/credentials/none", NOBODY),
        ("GET", "/v1/nowhere", {"error": "Not found"}),
        ("POST", "/v1/credentials/1/evidence", {"error": "Not found"}),
    ],
)
def test_what_is_not_there_is_404(
    accredible: httpx.Client, method: str, path: str, body: dict[str, Any]
) -> None:
    answer = accredible.request(method, path, json={"credential": {}})
    assert (answer.status_code, answer.json()) == (404, body)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, ["Ada", "Ben", "Chiara", "Dmitri", "Esther"]),
        ({"recipient_email": "ADA.moreno@example.com"}, ["Ada"]),
        ({"recipient_email[in]": ["ada.moreno@example.com", "ben.okafor@example.com"]}, ["Ada", "Ben"]),
        ({"approve": False}, []),
        ({"updated_at[gte]": "2100-01-01"}, []),
        ({"issued_on[gte]": "{50}"}, ["Chiara", "Dmitri", "Esther"]),
        ({"issued_on[lt]": "{50}"}, ["Ada", "Ben"]),
        ({"updated_at[gte]": "{45}"}, ["Chiara", "Dmitri", "Esther"]),
        ({"updated_at[gt]": "{45}"}, ["Dmitri", "Esther"]),
        ({"created_at[lte]": "{61}"}, ["Ada", "Ben"]),
        ({"issued_on": "{38}"}, ["Dmitri"]),
        ({"issued_on[in]": ["{38}", "{24}"]}, ["Dmitri", "Esther"]),
        ({"expired_on[gte]": "2000-01-01"}, ["Ada", "Ben", "Esther"]),
        ({"expired_on[lt]": "{1}"}, []),
        ({"meta_data": {"mark": "x"}}, []),
    ],
)
def test_certificates_are_searched_by_day(
    sandbox: Sandbox, accredible: httpx.Client, query: dict[str, Any], wanted: list[str]
) -> None:
    """{n}: the day so many days ago."""

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(item) for item in value]
        if isinstance(value, str) and value.startswith("{"):
            return (sandbox.store.now() - timedelta(days=int(value[1:-1]))).date().isoformat()
        return value

    asked = {name: filled(value) for name, value in query.items()}
    assert names(found(accredible, query=asked)) == wanted


def test_a_group_is_searched_by_number(accredible: httpx.Client) -> None:
    first, second = groups(accredible)
    assert names(found(accredible, query={"group.id[in]": [second["id"]]})) == ["Chiara", "Dmitri"]
    assert len(found(accredible, query={"group.id[in]": [first["id"], second["id"]]})) == 5


def test_a_search_sees_our_mark(accredible: httpx.Client) -> None:
    made = issue(accredible, meta_data={"mark": "x", "more": 1}).json()["credential"]
    rows = found(accredible, query={"meta_data": {"mark": "x"}})
    assert [str(row["id"]) for row in rows] == [made["id"]]


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ({"issued_on": "desc"}, "Esther"),
        ({"issued_on": "asc"}, "Ada"),
        ({"recipient_name": "desc"}, "Esther"),
        ({"group.name": "asc", "id": "desc"}, "Dmitri"),
        ({"expired_on": "desc"}, "Ben"),
    ],
)
def test_rows_are_sorted(accredible: httpx.Client, sort: dict[str, str], first: str) -> None:
    assert names(found(accredible, sort=sort))[0] == first


@pytest.mark.parametrize(
    "asked",
    [
        {"sort": {"updated_at": "desc"}},
        {"sort": {"id": "down"}},
        {"query": {"name": "x"}},
        {"query": {"recipient_email[gte]": "x"}},
        {"query": {"updated_at[after]": "2026-01-01"}},
        {"query": {"updated_at[gte]": "yesterday"}},
        {"query": {"group.id[in]": 5}},
        {"query": []},
        {"page": {"size": 50, "from": 0, "cursor": "abc"}},
        {"page": {"size": 5, "from": 9_996}},
        {"page": {"size": 10_001}},
        {"page": {"size": 0}},
        {"page": {"size": "50"}},
        {"page": {"number": 1}},
        {"page": {"cursor": "nonsense"}},
        {"filter": {}},
        [],
    ],
)
def test_a_search_it_does_not_know_is_refused(accredible: httpx.Client, asked: Any) -> None:
    answer = accredible.post("/v2/credentials/search", json=asked)
    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (400, 400, "invalid_search_query")


def test_pages_go_on_by_offset_or_by_cursor(sandbox: Sandbox, accredible: httpx.Client) -> None:
    def page(**asked: Any) -> dict[str, Any]:
        return accredible.post("/v2/credentials/search", json={"page": {"size": 2, **asked}}).json()

    by_offset = [row["id"] for start in (0, 2, 4, 6) for row in page(**{"from": start})["credentials"]]
    answer = page()
    assert answer["meta"]["count"] == 5
    by_cursor = [row["id"] for row in answer["credentials"]]
    sandbox.act("accredible", "delete_certificate", {"certificate": by_cursor[0]})
    while answer["meta"]["cursor"]:
        answer = page(cursor=answer["meta"]["cursor"])
        by_cursor += [row["id"] for row in answer["credentials"]]
    assert by_cursor == by_offset
    assert len(by_cursor) == 5


def test_the_index_can_lag(sandbox: Sandbox, accredible: httpx.Client) -> None:
    sandbox.set_setting("accredible", "search_lag_s", 30)
    issue(accredible)
    assert len(found(accredible)) == 5
    sandbox.store.move_clock(31)
    assert len(found(accredible)) == 6


def test_an_issued_certificate_is_published_today(sandbox: Sandbox, accredible: httpx.Client) -> None:
    answer = issue(
        accredible, "Zoe@example.com", expired_on="31/12/2030", custom_attributes={"location": "Kiel"}
    )
    assert answer.status_code == 200
    made = answer.json()["credential"]
    assert made["issued_on"] == sandbox.store.now().date().isoformat()
    assert (made["expired_on"], made["approve"]) == ("2030-12-31", True)
    assert made["published_on"] is not None
    assert made["custom_attributes"] == {"location": "Kiel"}
    assert issue(accredible, "held@example.com", approve=False).json()["credential"]["published_on"] is None


@pytest.mark.parametrize(
    ("credential", "errors"),
    [
        ({"recipient": {}}, {"recipient_name": ["can't be blank"], "recipient_email": ["can't be blank"]}),
        ({"recipient": {"name": "x", "email": "y"}}, {"recipient_email": ["is invalid"]}),
        ({"group_id": 1}, "Invalid Group"),
        ({"issued_on": "soon"}, {"issued_on": ["is invalid"]}),
        ({"custom_attributes": []}, {"custom_attributes": ["is invalid"]}),
        (None, {"credential": ["is missing"]}),
    ],
)
def test_a_certificate_that_does_not_fit_is_refused_and_costs_nothing(
    accredible: httpx.Client, credential: dict[str, Any] | None, errors: Any
) -> None:
    before = accredible.get("/v1/issuer/details").json()
    good = {
        "recipient": {"name": "Zoe", "email": "zoe@example.com"},
        "group_id": groups(accredible)[0]["id"],
    }
    body = {} if credential is None else {"credential": {**good, **credential}}
    answer = accredible.post("/v1/credentials", json=body)
    assert (answer.status_code, answer.json()) == (422, {"errors": errors})
    assert accredible.get("/v1/issuer/details").json() == before
    assert len(found(accredible)) == 5


def test_a_group_allows_a_second_certificate_or_not(accredible: httpx.Client) -> None:
    strict, generous = groups(accredible)
    assert (strict["allow_duplicate_credentials"], generous["allow_duplicate_credentials"]) == (False, True)
    again = [
        issue(accredible, email, group_id=strict["id"]) for email in ("zoe@example.com", "ZOE@example.com")
    ]
    assert [answer.status_code for answer in again] == [200, 422]
    assert again[1].json() == {"errors": {"recipient_email": ["has already been taken"]}}
    twice = [issue(accredible, group_id=generous["id"]).status_code for _ in range(2)]
    assert twice == [200, 200]


def test_without_credits_a_certificate_stays_unpublished(sandbox: Sandbox, accredible: httpx.Client) -> None:
    with sandbox.store.transaction("accredible") as tx:
        issuer = tx.get("issuer", "1") or {}
        tx.put("issuer", "1", {**issuer, "certificate_left": 1})
    approved = [issue(accredible, f"{n}@example.com").json()["credential"]["approve"] for n in range(2)]
    assert approved == [True, False]


@pytest.mark.parametrize(("setting", "kept"), [("replace", {"b": "2"}), ("merge", {"a": "1", "b": "2"})])
def test_custom_attributes_are_replaced_or_merged_as_set(
    sandbox: Sandbox, accredible: httpx.Client, setting: str, kept: dict[str, str]
) -> None:
    sandbox.set_setting("accredible", "custom_attributes", setting)
    made = issue(accredible, custom_attributes={"a": "1"}).json()["credential"]
    body = {"credential": {"custom_attributes": {"b": "2"}, "name": "New"}}
    changed = accredible.put(f"/v1/credentials/{made['id']}", json=body).json()["credential"]
    assert (changed["custom_attributes"], changed["name"]) == (kept, "New")


def test_a_certificate_is_found_by_our_own_id_and_deleted(accredible: httpx.Client) -> None:
    made = issue(accredible, id="ours-7").json()["credential"]
    assert accredible.get("/v1/credentials/ours-7").json()["credential"]["id"] == made["id"]
    assert accredible.delete(f"/v1/credentials/{made['id']}").json()["credential"]["id"] == made["id"]
    assert accredible.get("/v1/credentials/ours-7").status_code == 404


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 2),
        ({"name": "SAFETY"}, 1),
        ({"ids": [1]}, 0),
        ({"start_updated_date": "2100-01-01"}, 0),
        ({"end_updated_date": "2000-01-01"}, 0),
        ({"meta_data": {"a": 1}}, 0),
        ({"page_size": 1, "page": 2}, 1),
    ],
)
def test_groups_are_searched(accredible: httpx.Client, asked: dict[str, Any], count: int) -> None:
    assert len(groups(accredible, **asked)) == count


def test_groups_come_in_numbered_pages(accredible: httpx.Client) -> None:
    answer = accredible.post("/v1/issuer/groups/search", json={"page": 1, "page_size": 1}).json()
    assert {name: answer["meta"][name] for name in ("current_page", "next_page", "total_count")} == {
        "current_page": 1,
        "next_page": 2,
        "total_count": 2,
    }


def act(sandbox: Sandbox, key: str, **values: Any) -> dict[str, Any]:
    return sandbox.act("accredible", key, values)


def made_by_hand(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    values = {"recipient_name": "Zoe Hart", "recipient_email": "zoe@example.com", **more}
    return act(sandbox, "issue_certificate", **values)


def test_a_person_issues_a_certificate(sandbox: Sandbox, accredible: httpx.Client) -> None:
    details = {"location": "Kiel", "appointment_at": "2027-02-08T10:00", "attendees": ["a@x.de", "b@x.de"]}
    made = made_by_hand(sandbox, issued_on="2026-01-02", **details)
    [row] = found(accredible, query={"recipient_email": "zoe@example.com"})
    assert row["id"] == made["id"]
    assert (row["issued_on"], row["approve"]) == ("2026-01-02", True)
    assert row["custom_attributes"] == {**details, "attendees": "a@x.de, b@x.de"}
    with pytest.raises(WrongUse, match="has already been taken"):
        made_by_hand(sandbox)


def test_a_person_changes_revokes_unpublishes_and_deletes(sandbox: Sandbox, accredible: httpx.Client) -> None:
    number = made_by_hand(sandbox, location="Kiel")["id"]
    act(sandbox, "change_certificate", certificate=number, appointment_at="noon", name="Renamed")
    read = accredible.get(f"/v1/credentials/{number}").json()["credential"]
    assert (read["name"], read["custom_attributes"]) == (
        "Renamed",
        {"location": "Kiel", "appointment_at": "noon"},
    )
    yesterday = (sandbox.store.now() - timedelta(days=1)).date().isoformat()
    assert act(sandbox, "revoke_certificate", certificate=number)["expired_on"] == yesterday
    assert act(sandbox, "unpublish_certificate", certificate=number)["approve"] is False
    act(sandbox, "delete_certificate", certificate=number)
    assert accredible.get(f"/v1/credentials/{number}").status_code == 404


def test_a_change_of_an_old_certificate_shows_in_a_search_by_day(
    sandbox: Sandbox, accredible: httpx.Client
) -> None:
    today = sandbox.store.now().date().isoformat()
    assert found(accredible, query={"updated_at[gte]": today}) == []
    number = found(accredible)[0]["id"]
    act(sandbox, "revoke_certificate", certificate=number)
    assert [row["id"] for row in found(accredible, query={"updated_at[gte]": today})] == [number]


def test_a_certificate_expires_by_time_and_not_by_a_change(
    sandbox: Sandbox, accredible: httpx.Client
) -> None:
    before = made_by_hand(sandbox, expired_on="2030-06-30")
    act(sandbox, "expire_certificate", certificate=before["id"])
    assert sandbox.store.now("accredible").date().isoformat() == "2030-07-01"
    assert sandbox.store.now("ghl").year < 2030
    assert found(accredible, query={"recipient_email": "zoe@example.com"})[0] == {
        name: value for name, value in before.items() if name not in ("private", "complete", "description")
    }
    with pytest.raises(WrongUse, match="expired already"):
        act(sandbox, "expire_certificate", certificate=before["id"])
    lasting = made_by_hand(sandbox, recipient_email="other@example.com")
    with pytest.raises(WrongUse, match="never expires"):
        act(sandbox, "expire_certificate", certificate=lasting["id"])
