"""A visitor with a phone, in a zone of their own, picks a time and is booked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from integrations.services import slot_links
from tests.hub import Hub, answering, make_hub

ZONE = "Australia/Adelaide"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def hub(site: str) -> Hub:
    return make_hub(deploy=False)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Nobody is signed in on it."""
    context = browser.new_context(viewport=PHONE, timezone_id=ZONE)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def fits(page: Page) -> bool:
    return not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def readable(page: Page) -> bool:
    found = Axe().run(page).response["violations"]
    return not [hit["id"] for hit in found if hit["impact"] in {"serious", "critical"}]


def test_a_person_picks_a_time_on_a_phone_and_is_booked_at_that_instant(phone: Page, hub: Hub) -> None:
    complaints: list[str] = []
    phone.on("pageerror", lambda error: complaints.append(str(error)))
    phone.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    phone.goto(slot_links.make(answering(hub)))
    expect(phone.get_by_role("heading", name="Certificate review")).to_be_visible()
    expect(phone.get_by_label("Times are shown in")).to_have_value(ZONE)
    assert fits(phone)
    assert readable(phone)

    slot = phone.locator(".hub-slot").first
    shown = slot.inner_text()
    slot.click()
    phone.get_by_label("Your name").fill("Ada Lovelace")
    phone.get_by_label("Your e-mail").fill("ada@example.org")
    assert fits(phone)
    assert readable(phone)
    phone.get_by_role("button", name="Book this time").click()

    expect(phone.get_by_role("heading", name="You are booked")).to_be_visible()
    expect(phone.get_by_text(shown)).to_be_visible()
    assert fits(phone)
    assert readable(phone)
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Add to your calendar").click()
    assert download.value.suggested_filename == "appointment.ics"

    (booked,) = hub.appointments()
    start = datetime.fromisoformat(booked["startTime"])
    assert f"{start.astimezone(ZoneInfo(ZONE)):%H:%M}" == shown
    location = ZoneInfo(hub.ghl.settings["timezone"])  # GoHighLevel tells times in it, whoever booked them
    assert start.utcoffset() == start.astimezone(location).utcoffset()
    assert [contact["email"] for contact in hub.contacts()] == ["ada@example.org"]
    assert not complaints
