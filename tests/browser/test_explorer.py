"""The explorer on a phone: found, tried, confirmed, sent; and a guide's words taken as what they mean."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect

from integrations.models import Membership
from tests.hub import Hub, make_hub

PHONE = {"width": 390, "height": 844}
GUIDE = """{"title": "Review", "start_time": "2030-11-25T10:00:00-06:00", "attendees": ["ada@example.org"],
 "calendarName": "Certificate review"}"""


@pytest.fixture
def hub(site: str, page: Page) -> Hub:
    """Ada is signed in on her phone."""
    made = make_hub(deploy=False)
    ada = User.objects.create_user("ada", "ada@example.com", "correct horse battery")
    Membership.objects.create(team=made.team, user=ada, role="operator")
    client = Client()
    client.force_login(ada)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return made


def fits(page: Page) -> bool:
    return not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_call_is_found_tried_and_sent_on_a_phone(
    site: str, page: Page, hub: Hub, console: list[str]
) -> None:
    page.goto(f"{site}/explore/{hub.ghl.pk}/")
    page.get_by_label("Search").fill("POST /contacts/upsert")
    page.get_by_role("link", name="Create or update a contact").click()
    page.get_by_label("E-mail email").fill("ada@example.org")
    page.get_by_role("button", name="Try as dry run").click()
    expect(page.get_by_text("It would make 1 write: 1 to create.")).to_be_visible()
    assert fits(page)

    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Yes, send it").click()

    expect(page.get_by_text("The whole answer as JSON")).to_be_visible()
    expect(page.locator(".hub-tree").get_by_text("ada@example.org").first).to_be_visible()
    assert fits(page)
    assert [row["email"] for row in hub.contacts()] == ["ada@example.org"]
    assert not console


def test_the_guides_event_becomes_an_appointment_with_one_click(
    site: str, page: Page, hub: Hub, console: list[str]
) -> None:
    page.goto(f"{site}/explore/{hub.ghl.pk}/calendars.create/")
    page.get_by_text("As JSON", exact=True).click()
    page.get_by_label("Fields as one object, beside those above").fill(GUIDE)
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Book an appointment instead").click()
    expect(page.get_by_text("It would make 2 writes: 2 to create.")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Yes, send it").click()

    expect(page.get_by_text("Succeeded")).to_be_visible()
    assert fits(page)
    assert [row["title"] for row in hub.appointments()] == ["Review"]
    assert not console
