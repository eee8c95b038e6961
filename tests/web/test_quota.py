"""The quota on screen: drawn by lane, with what waits for it and until when; and what a workflow costs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from integrations.models import Budget, Run
from integrations.services.drain import drain_once
from tests.hub import Hub
from tests.web import pages


def text_of(answer: Any) -> str:
    """What people read, without the tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", pages.text(answer)).split())


def connection_page(ada: Client, hub: Hub) -> str:
    return text_of(ada.get(f"/connections/{hub.ghl.pk}/"))


def test_the_card_shows_what_is_used_by_lane_and_by_whom(ada: Client, hub: Hub) -> None:
    hub.issue()
    hub.run_all()
    answer = ada.get(f"/connections/{hub.ghl.pk}/")
    page = text_of(answer)
    assert "of 200,000 calls in a day" in page
    assert "people and requests 2" in page
    assert "events 7" in page
    assert "Calls of the last 24 hours Follow up 7" in page
    assert 'class="hub-lane-trigger" style="width: 0.00%"' in answer.content.decode()


def test_when_the_day_is_used_up_the_page_says_until_when_and_what_waits(ada: Client, hub: Hub) -> None:
    hub.sandbox.set_setting("ghl", "daily_limit", 14)
    for n in range(4):
        hub.issue(recipient_email=f"person{n}@example.org")
    hub.look()
    drain_once(for_s=20)
    page = connection_page(ada, hub)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert f"The calls that GHL may make in a day are used up; it goes on at {tomorrow} 00:00:00 UTC." in page
    assert "wait for it. Nothing is lost." in page
    assert "What is left is kept for people who wait." in page
    assert "This account has fewer than the usual 200,000." in page
    waits = Run.objects.filter(state="waiting").first()
    assert waits is not None
    assert "used up; it goes on at" in text_of(ada.get(f"/runs/{waits.pk}/"))


def test_a_connection_that_was_never_called_says_so(ada: Client, hub: Hub) -> None:
    Budget.objects.all().delete()
    assert "Not called yet." in connection_page(ada, hub)


def test_a_workflow_says_what_its_events_and_looks_will_cost(ada: Client, hub: Hub) -> None:
    page = text_of(ada.get(f"/workflows/{hub.workflow.pk}/"))
    assert "100 events of “Follow up” (5 calls each, counted from its steps): about 500 calls to GHL." in page
    assert "A day of looks, one every 5 minutes" in page
