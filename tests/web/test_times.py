"""A visitor without a sign-in picks a time and is booked."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.test import Client

from integrations.engine.errors import WrongUse
from integrations.models import Run, Workflow
from integrations.services import addresses, lifecycle, slot_links
from integrations.services.asking import ask, asked, question
from tests.hub import Hub, answering
from tests.web.pages import text

BERLIN = "Europe/Berlin"
ADA = {"name": "Ada Lovelace", "email": "ada@example.org"}


@pytest.fixture
def workflow(hub: Hub) -> Workflow:
    return answering(hub)


@pytest.fixture
def link(workflow: Workflow) -> str:
    return slot_links.make(workflow).partition("//")[2].partition("/")[2].join(("/", ""))


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


def offered(page: HttpResponse) -> list[str]:
    return [
        found.replace("%3A", ":").replace("%2B", "+")
        for found in re.findall(r"start=([^&]+)&amp;", page.content.decode())
    ]


def choice(visitor: Client, link: str, start: str, **more: str) -> dict[str, str]:
    """What the second page sends, filled in by Ada."""
    page = visitor.get(link, {"zone": BERLIN, "start": start, "title": "Certificate review"})
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    return {**hidden, **ADA, **more}


def test_a_visitor_sees_free_times_in_their_zone_and_is_booked_at_the_one_they_pick(
    visitor: Client, link: str, hub: Hub
) -> None:
    page = visitor.get(link, {"zone": BERLIN})
    assert page.status_code == 200
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    start = offered(page)[0]
    assert datetime.fromisoformat(start).utcoffset() == datetime.now(ZoneInfo(BERLIN)).utcoffset()

    answer = visitor.post(link, choice(visitor, link, start))
    shown = visitor.get(answer.headers["Location"])

    (booked,) = hub.appointments()
    (contact,) = hub.contacts()
    assert datetime.fromisoformat(booked["startTime"]) == datetime.fromisoformat(start)
    assert (contact["email"], contact["firstName"]) == ("ada@example.org", "Ada")
    assert booked["contactId"] == contact["id"]
    assert "You are booked" in text(shown)
    assert f"{datetime.fromisoformat(start).astimezone(ZoneInfo(BERLIN)):%H:%M}" in text(shown)


def test_a_second_click_and_a_reload_book_nothing_again(visitor: Client, link: str, hub: Hub) -> None:
    said = choice(visitor, link, offered(visitor.get(link))[0])
    first, again = visitor.post(link, said), visitor.post(link, said)
    assert first.status_code == again.status_code == 302
    assert len(hub.appointments()) == 1
    assert Run.objects.filter(mode="live").count() == 1


def test_a_time_that_was_taken_meanwhile_is_told_and_others_are_offered(
    visitor: Client, link: str, hub: Hub
) -> None:
    start = offered(visitor.get(link))[0]
    ada, bea = choice(visitor, link, start), choice(visitor, link, start, email="bea@example.org", name="Bea")
    visitor.post(link, ada)
    answer = visitor.post(link, bea)
    assert answer.status_code == 200
    assert "That time has just been taken" in text(answer)
    assert start not in offered(answer)
    assert offered(answer)
    assert [contact["email"] for contact in hub.contacts()] == ["ada@example.org"]
    assert len(hub.appointments()) == 1


def test_the_booking_can_be_taken_along_as_a_calendar_file(visitor: Client, link: str) -> None:
    start = offered(visitor.get(link))[0]
    answer = visitor.post(link, choice(visitor, link, start))
    file = visitor.get(answer.headers["Location"] + "appointment.ics")
    utc = datetime.fromisoformat(start).astimezone(UTC)
    assert file.headers["Content-Type"].startswith("text/calendar")
    assert f"DTSTART:{utc:%Y%m%dT%H%M%SZ}\r\n" in file.content.decode()
    assert "SUMMARY:Certificate review\r\n" in file.content.decode()


def test_who_is_named_in_the_link_is_not_asked_again_and_stands_in_no_address(
    visitor: Client, workflow: Workflow, hub: Hub
) -> None:
    url = slot_links.make(workflow, person={**ADA, "phone": "+12125550123"})
    link = "/" + url.split("/", 3)[3]
    start = offered(visitor.get(link))[0]
    page = visitor.get(link, {"start": start, "zone": BERLIN})
    assert "Ada" not in url
    assert "booking as Ada Lovelace, ada@example.org" in text(page)
    assert 'name="email"' not in page.content.decode()
    said = choice(visitor, link, start, email="else@example.org", name="Else")
    visitor.post(link, said)
    (contact,) = hub.contacts()
    assert (contact["email"], contact["phone"]) == ("ada@example.org", "+12125550123")


BAD: list[tuple[dict[str, str], str]] = [
    ({"email": "nobody"}, "valid email"),
    ({"name": ""}, "required"),
    ({"start": "soon"}, "no time that was offered"),
    ({"start": "2020-01-01T10:00:00+01:00"}, "This time is over"),
    ({"start": "2030-01-01T10:00:00"}, "no time that was offered"),
    ({"end": "2099-01-01T10:00:00+01:00"}, "no time that was offered"),
    ({"zone": "Mars/Base"}, "no time that was offered"),
]


@pytest.mark.parametrize(("wrong", "says"), BAD)
def test_what_cannot_be_booked_is_told_in_a_sentence(
    wrong: dict[str, str], says: str, visitor: Client, link: str, hub: Hub
) -> None:
    said = {**choice(visitor, link, offered(visitor.get(link))[0]), **wrong}
    answer = visitor.post(link, said)
    assert answer.status_code == 200
    assert says in text(answer)
    assert hub.appointments() == []


@pytest.mark.parametrize("start", ["soon", "2020-01-01T10:00:00+01:00", "\x00"])
def test_a_time_nobody_offered_is_no_page(start: str, visitor: Client, link: str) -> None:
    answer = visitor.get(link, {"start": start})
    assert "choose one of those below" in text(answer)
    assert offered(answer)


def test_a_link_ends_with_its_days_and_with_the_address_of_its_workflow(
    visitor: Client, workflow: Workflow, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = datetime.now(UTC) + timedelta(days=slot_links.DAYS + 1)
    with monkeypatch.context() as patched:
        patched.setattr(slot_links.time, "time", later.timestamp)
        assert visitor.get(link).status_code == 410
    assert visitor.get(link).status_code == 200
    addresses.renew_ask(workflow, None)
    answer = visitor.get(link)
    assert answer.status_code == 410
    assert "This link has ended" in text(answer)


def test_a_changed_link_is_no_link(visitor: Client, link: str) -> None:
    for wrong in ("/times/x/", link[:-9] + "AAAAAAAA/", link.replace("/times/", "/times/booked/")):
        assert visitor.get(wrong).status_code == 410


@pytest.mark.parametrize("days", [0, 731])
def test_a_link_is_good_for_a_sensible_while(days: int, workflow: Workflow) -> None:
    with pytest.raises(WrongUse, match="1 to 730 days"):
        slot_links.make(workflow, days=days)


def test_a_paused_workflow_books_nothing(visitor: Client, link: str, workflow: Workflow) -> None:
    lifecycle.pause(workflow)
    assert visitor.get(link).status_code == 503
    assert visitor.post(link, ADA).status_code == 503


def test_a_visitor_comes_no_more_often_than_a_person_would(visitor: Client, link: str, settings: Any) -> None:
    settings.HUB_ASKS_PER_MIN = 1
    assert [visitor.get(link).status_code for _ in range(2)] == [200, 429]
    assert Client(REMOTE_ADDR="192.0.2.9").get(link).status_code == 200


def test_a_booking_whose_answer_is_lost_is_made_once(visitor: Client, link: str, hub: Hub) -> None:
    said = choice(visitor, link, offered(visitor.get(link))[0])
    hub.sandbox.set_fault("ghl", "lost_answer", match="appointments")
    visitor.post(link, said)
    visitor.post(link, said)
    assert len(hub.appointments()) == 1


def test_the_page_offers_what_the_address_answers(visitor: Client, workflow: Workflow, link: str) -> None:
    page = visitor.get(link, {"zone": BERLIN})
    found = asked(workflow)
    run = ask(found, question(found.trigger, {"time_zone": BERLIN}, {}))
    answered = [slot["start"] for day in (run.answer or {})["days"] for slot in day["slots"]]
    assert offered(page)[: len(answered)] == answered
