"""Troubles that can be switched on: which request they hit, how often, and what they leave behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from integrations.engine.errors import WrongUse
from integrations.sandbox import Sandbox
from tests.sandbox.conftest import Ghl, listed

UPSERT = "POST /contacts/upsert"


def upsert(ghl: Ghl, email: str = "ada@example.com") -> httpx.Response:
    return ghl.client.post("/contacts/upsert", json={"locationId": ghl.location, "email": email})


def stored(ghl: Ghl) -> int:
    return len(ghl.sandbox.dump()["ghl"].get("contacts", []))


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [("throttle", 429, 0), ("server_error", 500, 0), ("slow", 200, 1), ("hang_after_commit", 200, 1)],
)
def test_a_fault_hits_as_often_as_it_was_set_for(ghl: Ghl, kind: str, status: int, done: int) -> None:
    ghl.sandbox.set_fault("ghl", kind, match=UPSERT, count=2)
    assert [upsert(ghl, f"{n}@example.com").status_code for n in range(3)] == [status, status, 200]
    assert stored(ghl) == 2 * done + 1
    assert [row["fault"] for row in ghl.sandbox.requests("ghl")] == [kind, kind, ""]
    assert ghl.sandbox.faults() == []


def test_a_server_error_is_a_page_of_html(ghl: Ghl) -> None:
    ghl.sandbox.set_fault("ghl", "server_error")
    assert upsert(ghl).headers["content-type"].startswith("text/html")


def test_a_throttled_answer_carries_the_rate_headers(ghl: Ghl) -> None:
    ghl.sandbox.set_fault("ghl", "throttle")
    answer = upsert(ghl)
    assert answer.headers["X-RateLimit-Max"] == "100"
    assert "Retry-After" not in answer.headers


def test_a_lost_answer_is_work_done_and_a_timeout(ghl: Ghl) -> None:
    ghl.sandbox.set_fault("ghl", "lost_answer")
    with pytest.raises(httpx.ReadTimeout):
        upsert(ghl)
    assert stored(ghl) == 1
    [logged] = ghl.sandbox.requests("ghl")
    assert (logged["status"], logged["fault"]) == (200, "lost_answer")


def test_over_http_a_lost_answer_is_a_504(ghl: Ghl) -> None:
    ghl.sandbox.set_fault("ghl", "lost_answer")
    request = ghl.client.build_request("GET", f"/locations/{ghl.location}")
    assert ghl.sandbox.handle("ghl", request).status_code == 504


def test_while_the_answer_hangs_the_work_is_already_committed(
    ghl: Ghl, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr("integrations.sandbox.time.sleep", lambda seconds: seen.append(stored(ghl)))
    ghl.sandbox.set_fault("ghl", "hang_after_commit", seconds=5)
    assert upsert(ghl).status_code == 200
    assert seen == [1]


def test_a_slow_answer_waits_before_the_work(ghl: Ghl, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[tuple[float, int]] = []
    monkeypatch.setattr(
        "integrations.sandbox.time.sleep", lambda seconds: slept.append((seconds, stored(ghl)))
    )
    ghl.sandbox.set_fault("ghl", "slow", seconds=3)
    upsert(ghl)
    assert slept == [(3.0, 0)]


@pytest.mark.parametrize(
    ("match", "account", "hit"),
    [
        ("", "", True),
        ("/contacts", "", True),
        (UPSERT, "", True),
        ("GET /contacts", "", False),
        ("", "mine", True),
        ("", "somebody-elses", False),
    ],
)
def test_a_fault_hits_what_it_was_set_for(ghl: Ghl, match: str, account: str, hit: bool) -> None:
    whose = ghl.location if account == "mine" else account
    ghl.sandbox.set_fault("ghl", "throttle", match=match, account=whose)
    assert (upsert(ghl).status_code == 429) is hit


def test_a_fault_of_one_app_does_not_hit_another(ghl: Ghl) -> None:
    ghl.sandbox.set_fault("accredible", "throttle")
    assert upsert(ghl).status_code == 200
    assert len(ghl.sandbox.faults()) == 1


def test_callers_at_once_do_not_spend_the_same_fault(ghl: Ghl) -> None:
    ghl.sandbox.set_fault("ghl", "throttle", count=3)
    together = threading.Barrier(6)

    def call(number: int) -> int:
        together.wait()
        return upsert(ghl, f"{number}@example.com").status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(call, range(6)))
    assert sorted(statuses) == [200, 200, 200, 429, 429, 429]


def test_faults_are_cleared(ghl: Ghl) -> None:
    ghl.sandbox.set_fault("ghl", "throttle", count=9)
    ghl.sandbox.clear_faults()
    assert upsert(ghl).status_code == 200


@pytest.mark.parametrize(("kind", "count"), [("earthquake", 1), ("throttle", 0)])
def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, kind: str, count: int) -> None:
    with pytest.raises(WrongUse):
        sandbox.set_fault("ghl", kind, count=count)


def test_revoked_keys_stay_dead_until_a_new_one_is_made(ghl: Ghl, accredible: httpx.Client) -> None:
    ghl.sandbox.set_fault("accredible", "revoke_token")
    assert [accredible.get("/v1/issuer/details").status_code for _ in range(2)] == [401, 401]
    assert upsert(ghl).status_code == 200
    ghl.sandbox.act("accredible", "new_api_key", {})
    key = ghl.sandbox.apps()["accredible"].credentials()["api_key"]
    fresh = {"Authorization": f"Token token={key}"}
    assert accredible.get("/v1/issuer/details", headers=fresh).status_code == 200


def test_a_reset_brings_revoked_tokens_back(ghl: Ghl) -> None:
    ghl.sandbox.set_fault("ghl", "revoke_token")
    assert upsert(ghl).status_code == 401
    ghl.sandbox.reset()
    assert upsert(ghl).status_code == 200


def test_a_new_private_token_replaces_the_old_one(ghl: Ghl) -> None:
    ghl.sandbox.set_fault("ghl", "revoke_token")
    assert upsert(ghl).status_code == 401
    ghl.sandbox.act("ghl", "new_private_token", {})
    assert upsert(ghl).status_code == 401
    assert upsert(Ghl(ghl.sandbox)).status_code == 200


@pytest.mark.parametrize("name", ["Certificate review", "Advice call"])
def test_somebody_else_takes_the_first_slot_right_after_it_was_listed(ghl: Ghl, name: str) -> None:
    calendar = ghl.calendar(name)
    now = ghl.sandbox.store.now()
    members = [member["userId"] for member in calendar["teamMembers"]]
    narrow = {"userId": members[0]} if members else {}
    ghl.sandbox.set_fault("ghl", "slot_taken")
    ghl.client.get("/calendars/", params={"locationId": ghl.location})
    assert len(ghl.sandbox.faults()) == 1
    first = listed(ghl.slots(calendar["id"], now, now + timedelta(days=2), **narrow))
    assert ghl.sandbox.faults() == []
    again = listed(ghl.slots(calendar["id"], now, now + timedelta(days=2), **narrow))
    assert again == first[1:]
    assigned = {"assignedUserId": members[0]} if members else {}
    taken = ghl.book(first[0], calendarId=calendar["id"], **assigned)
    assert (taken.status_code, taken.json()["message"]) == (
        400,
        "The slot you have selected is no longer available.",
    )
    assert ghl.book(first[1], calendarId=calendar["id"], **assigned).status_code == 200
