"""The door in a real browser: it looks like the rest, breaks no policy, and can be used by everybody."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = [("light", 1400), ("dark", 1400), ("light", 390)]


def serious(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [hit["id"] for hit in found if hit["impact"] in {"serious", "critical"}]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_an_operator_signs_in(
    live_server: LiveServer, page: Page, console: list[str], scheme: Any, width: int
) -> None:
    User.objects.create_superuser("ada", "ada@example.com", "correct horse battery")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live_server.url}/accounts/login/?next=/accounts/2fa/")
    expect(page.get_by_role("main")).to_have_count(1)
    assert not serious(page)

    page.get_by_label("Login").fill("ada@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("heading", name="Two-Factor Authentication")).to_be_visible()
    expect(page.get_by_role("main")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not serious(page)
    assert not console
