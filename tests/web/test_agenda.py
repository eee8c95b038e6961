"""The team's calendars in one view, and as a feed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import ApiCall, Connection, Team
from integrations.services import addresses
from tests.hub import Hub, calendar_of, connected
from tests.web.pages import text

HERE = "/agenda/"


@pytest.fixture
def start(hub: Hub) -> datetime:
    """When Ada's appointment of the examples begins, where the location is."""
    hub.sandbox.act("ghl", "examples", {})
    (booked,) = hub.appointments()
    return datetime.fromisoformat(booked["startTime"])


def test_appointments_stand_under_their_day_in_the_zone_that_was_chosen(
    start: datetime, ada: Client, hub: Hub
) -> None:
    there = start.astimezone(ZoneInfo("Asia/Tokyo"))
    page = text(ada.get(HERE, {"from": there.date().isoformat(), "span": "day", "zone": "Asia/Tokyo"}))
    assert f"{there:%H:%M}" in page
    assert "Evening class" in page
    assert "1 of 1 account read" in page
    before = text(ada.get(HERE, {"from": "2026-01-01", "span": "day", "zone": "Asia/Tokyo"}))
    assert "Nothing stands in these calendars" in before


def test_what_was_read_is_shown_again_for_a_minute_without_another_call(start: datetime, ada: Client) -> None:
    asked = {"from": start.date().isoformat()}
    ada.get(HERE, asked)
    calls = ApiCall.objects.filter(purpose="agenda").count()
    ada.get(HERE, asked)
    assert 0 < calls == ApiCall.objects.filter(purpose="agenda").count()


def test_an_account_that_cannot_be_read_is_named_and_the_others_are_shown(
    start: datetime, ada: Client, hub: Hub
) -> None:
    other = connected(hub.team, "ghl", "Second")
    Connection.objects.filter(pk=other.pk).update(settings={**other.settings, "location_id": "gone"})
    page = text(ada.get(HERE, {"from": start.date().isoformat()}))
    assert "Second is missing below" in page
    assert "Evening class" in page
    assert "1 of 2 accounts read" in page


def test_it_is_narrowed_to_a_calendar_of_one_account(start: datetime, ada: Client, hub: Hub) -> None:
    asked = {"from": start.date().isoformat()}
    other, own = calendar_of(hub.ghl), "ExampleCalendar00001"
    assert "Nothing stands in these calendars" in text(ada.get(HERE, {**asked, "calendarId": other}))
    assert "Nothing stands" not in text(ada.get(HERE, {**asked, "calendarId": own}))
    assert "Nothing stands" not in text(ada.get(HERE, {**asked, "groupId": "ExampleGroup00000001"}))


@pytest.mark.parametrize(
    "asked", [{"from": "soon"}, {"zone": "Mars"}, {"span": "year"}, {"connection": "x"}, {"calendarId": "x"}]
)
def test_a_nonsensical_wish_is_passed_over(asked: dict[str, str], ada: Client) -> None:
    assert ada.get(HERE, asked).status_code == 200


def test_a_calendar_program_reads_the_feed_at_its_own_address(start: datetime, hub: Hub) -> None:
    address = reverse("agenda-feed", args=[addresses.agenda_key(hub.team)])
    answer = Client().get(address)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    lines = answer.content.decode().split("\r\n")
    assert f"DTSTART:{start.astimezone(UTC):%Y%m%dT%H%M%SZ}" in lines
    assert lines.count("BEGIN:VEVENT") == 1
    assert "STATUS:CONFIRMED" in lines
    addresses.renew_agenda(hub.team, None)
    assert Client().get(address).status_code == 404


def test_a_feed_is_whole_or_comes_later(start: datetime, hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "server_error", count=5)
    address = reverse("agenda-feed", args=[addresses.agenda_key(hub.team)])
    answer = Client().get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


def test_a_team_sees_its_own_calendars_alone(start: datetime, otto: Client, hub: Hub) -> None:
    assert "No connected account of your team has calendars yet" in text(otto.get(HERE))
    other = Team.objects.get(name="Elsewhere")
    feed = Client().get(reverse("agenda-feed", args=[addresses.agenda_key(other)])).content.decode()
    assert "VEVENT" not in feed


def test_a_viewer_does_not_see_the_address_of_the_feed(vera: Client, ada: Client, hub: Hub) -> None:
    key = addresses.agenda_key(hub.team)
    assert key in text(ada.get(HERE))
    assert key not in text(vera.get(HERE))


def test_an_agenda_that_takes_too_long_says_so(ada: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("integrations.services.agenda.PATIENCE_S", timedelta(0).total_seconds())
    assert "no time left to read it" in text(ada.get(HERE))
