"""Somebody asks a workflow at its address, and is answered in JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Run, Workflow
from integrations.services import addresses, lifecycle, requests
from tests.hub import Hub, answering, calendar_of

JSON = "application/json"


@pytest.fixture
def workflow(hub: Hub) -> Workflow:
    return answering(hub)


@pytest.fixture
def there(workflow: Workflow) -> str:
    return reverse("ask", args=[addresses.ask_key(workflow)])


@pytest.fixture
def anybody() -> Client:
    return Client(enforce_csrf_checks=True)


def days_ahead(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def test_free_times_are_answered_day_by_day_with_offsets_of_the_zone_asked_for(
    there: str, anybody: Client
) -> None:
    asked = {"start_date": days_ahead(1), "end_date": days_ahead(7), "time_zone": "Asia/Kolkata"}
    answer = anybody.get(there, asked)
    found = answer.json()
    assert answer.status_code == 200
    assert (found["calendar"], found["zone"]) == ("Certificate review", "Asia/Kolkata")
    assert (found["first"], found["last"]) == (days_ahead(1), days_ahead(7))
    slots = [(day["date"], slot) for day in found["days"] for slot in day["slots"]]
    assert slots
    for day, slot in slots:
        start = datetime.fromisoformat(slot["start"])
        assert start.utcoffset() == timedelta(hours=5, minutes=30)
        assert start.astimezone(ZoneInfo("Asia/Kolkata")).date().isoformat() == day
        assert slot["end"] > slot["start"]


def test_json_is_answered_like_a_query_and_each_question_is_kept_as_a_run(
    there: str, anybody: Client, workflow: Workflow
) -> None:
    asked = {"start_date": days_ahead(1), "end_date": days_ahead(2), "who": "ada@example.org"}
    by_query = anybody.get(there, asked)
    by_json = anybody.post(there, asked, JSON)
    by_form = anybody.post(there, asked)
    assert by_query.json() == by_json.json() == by_form.json()
    runs = list(Run.objects.filter(workflow=workflow))
    assert [(run.mode, run.state, run.answer) for run in runs] == [
        ("request", "succeeded", by_json.json())
    ] * 3
    assert {run.event.payload["who"] for run in runs} == {"ada@example.org"}


def test_nothing_free_is_an_answer_too(there: str, anybody: Client, hub: Hub) -> None:
    answer = anybody.get(there, {"start_date": days_ahead(-9), "end_date": days_ahead(-8)})
    assert (answer.status_code, answer.json()["days"]) == (200, [])


BAD: list[tuple[dict[str, Any], int, str]] = [
    (
        {"data": {"day": "x"}, "content_type": JSON},
        422,
        "no field to ask with “day”; choose one of: calendar",
    ),
    ({"data": {"start_date": "soon"}, "content_type": JSON}, 422, "`start_date`"),
    ({"data": {"start_date": 5}, "content_type": JSON}, 422, "`start_date`"),
    ({"data": {"time_zone": "Berlin"}, "content_type": JSON}, 422, "There is no time zone “Berlin”"),
    ({"data": {"start_date": "2026-12-02", "end_date": "2026-12-01"}, "content_type": JSON}, 422, "swap"),
    ({"data": {"start_date": "2026-01-01", "end_date": "2028-01-01"}, "content_type": JSON}, 422, "too many"),
    ({"data": {"who": "x" * 501}, "content_type": JSON}, 422, "longer than 500"),
    ({"data": {"calendar_id": "another"}, "content_type": JSON}, 422, "answers for one calendar only"),
    ({"data": {"calendar": "Another"}, "content_type": JSON}, 422, "answers for one calendar only"),
    ({"data": "{", "content_type": JSON}, 400, "no JSON"),
    ({"data": "[1]", "content_type": JSON}, 400, "one JSON object"),
    ({"data": "[" * 9_000, "content_type": JSON}, 400, "no JSON"),
    ({"data": " " * 20_000, "content_type": JSON}, 413, "at most 16 KB"),
]


@pytest.mark.parametrize(("sent", "status", "says"), BAD)
def test_a_question_that_cannot_be_answered_is_told_why_in_a_sentence(
    sent: dict[str, Any], status: int, says: str, there: str, anybody: Client
) -> None:
    answer = anybody.post(there, **sent)
    assert answer.status_code == status
    assert says in answer.json()["message"]
    assert "\n" not in answer.json()["message"]


def test_any_calendar_may_be_asked_for_by_name_where_that_was_chosen(hub: Hub, anybody: Client) -> None:
    chosen = answering(hub, "Any", calendars="any")
    there = reverse("ask", args=[addresses.ask_key(chosen)])
    found = anybody.get(there, {"calendar": "certificate REVIEW"}).json()
    wrong = anybody.get(there, {"calendar": "Nobody's"})
    assert found["calendar_id"] == calendar_of(hub.ghl)
    assert (wrong.status_code, "no calendar “Nobody's”" in wrong.json()["message"]) == (422, True)


def test_an_unknown_address_answers_nothing(there: str, anybody: Client, workflow: Workflow) -> None:
    old = there
    addresses.renew_ask(workflow, None)
    assert anybody.get(reverse("ask", args=["guess"])).status_code == 404
    assert anybody.get(old).status_code == 404
    assert anybody.get(reverse("ask", args=[workflow.ask_key])).status_code == 200


def test_a_paused_workflow_says_that_it_does_not_answer(
    there: str, anybody: Client, workflow: Workflow
) -> None:
    lifecycle.pause(workflow)
    answer = anybody.get(there)
    assert answer.status_code == 503
    assert workflow.name not in answer.json()["message"]


def test_an_answer_that_takes_too_long_is_a_504_and_the_run_says_so(
    there: str, anybody: Client, settings: Any
) -> None:
    settings.HUB_ANSWER_S = 0
    answer = anybody.get(there)
    run = Run.objects.get()
    assert (answer.status_code, answer.json()["status"]) == (504, 504)
    assert "took too long" in answer.json()["message"]
    assert (run.state, run.error_kind) == ("failed", "overdue")
    assert "Nobody waits longer" in run.reason


def test_too_many_at_once_come_again_later(
    there: str, anybody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests._places, "acquire", lambda blocking: False)
    answer = anybody.get(there)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert not Run.objects.exists()


def test_an_address_is_not_asked_more_often_than_it_may_be(
    there: str, anybody: Client, hub: Hub, settings: Any
) -> None:
    settings.HUB_ASKS_PER_MIN = 2
    other = reverse("ask", args=[addresses.ask_key(answering(hub, "Other"))])
    statuses = [anybody.get(there, {"day": "x"}).status_code for _ in range(3)]
    assert statuses == [422, 422, 429]
    assert 0 < int(anybody.get(there).headers["Retry-After"]) <= 60
    assert anybody.get(other).status_code == 200


def test_what_is_wrong_with_our_account_is_not_told_to_outsiders(
    there: str, anybody: Client, hub: Hub
) -> None:
    hub.sandbox.set_fault("ghl", "server_error", count=9)
    answer = anybody.get(there)
    assert answer.status_code == 502
    assert "GoHighLevel" not in answer.json()["message"]
    assert "GoHighLevel" in Run.objects.get().reason


@pytest.mark.parametrize(
    ("allowed", "origin", "told"),
    [
        ([], "https://www.example.com", None),
        (["https://www.example.com"], "https://www.example.com", "https://www.example.com"),
        (["https://www.example.com"], "https://evil.example", None),
        (["*"], "https://any.example", "https://any.example"),
    ],
)
def test_only_the_sites_that_were_named_may_read_it_from_their_pages(
    allowed: list[str], origin: str, told: str | None, there: str, anybody: Client, settings: Any
) -> None:
    settings.HUB_ASK_ORIGINS = allowed
    before = anybody.options(there, headers={"origin": origin})
    answer = anybody.get(there, {"day": "x"}, headers={"origin": origin})
    assert before.status_code == 204
    for given in (before, answer):
        assert given.headers.get("Access-Control-Allow-Origin") == told
        assert "Origin" in given.headers["Vary"]


def test_other_methods_are_turned_away(there: str, anybody: Client) -> None:
    assert anybody.delete(there).status_code == 405
