"""The page of linked records, and the inbox of differences that nobody owns."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Finding
from integrations.services.drain import drain_once
from tests.hub import Hub, make_hub
from tests.services.conftest import plenty
from tests.services.test_reconcile import compared, contact, link, made_for, rename
from tests.web.conftest import member
from tests.web.pages import said, text

__all__ = ["plenty"]

pytestmark = pytest.mark.usefixtures("plenty")


@pytest.fixture
def drifted(db: None) -> tuple[Hub, str]:
    hub = make_hub(reminder_channel="none")
    (record,) = made_for(hub, 1)
    rename(hub, record)
    compared(hub)
    return hub, record


def test_a_difference_is_shown_and_a_persons_word_brings_it_in_line(drifted: tuple[Hub, str]) -> None:
    hub, record = drifted
    operator = member("opal", hub.team, "operator")
    at = reverse("workflow-compare", args=[hub.workflow.pk])
    assert at in text(operator.get(reverse("workflow-detail", args=[hub.workflow.pk])))
    page = text(operator.get(at))
    assert "contact.firstName" in page
    assert "Somebody" in page
    assert "1</span> difference" in text(operator.get(reverse("dashboard")))
    inbox = text(operator.get(reverse("conflict-list")))
    assert "Workflow wins" in inbox
    row = Finding.objects.get(state="ask")
    assert "Decided." in said(
        operator, operator.post(reverse("conflict-decide", args=[row.pk]), {"winner": "left"})
    )
    drain_once(for_s=20)
    assert contact(hub, record)["firstName"] == "Person0"
    assert "No conflict" in text(operator.get(reverse("conflict-list")))


def test_owners_and_hours_are_saved_compared_and_healed(drifted: tuple[Hub, str]) -> None:
    hub, record = drifted
    operator = member("opal", hub.team, "operator")

    def press(what: str, **given: str) -> str:
        return said(
            operator, operator.post(reverse(f"workflow-compare-{what}", args=[hub.workflow.pk]), given)
        )

    assert "Saved" in press("owner", link="contact", field="", policy="left")
    assert "choose one of" in press("owner", link="contact", field="x", policy="mine")
    press("owner", hours="24", heals="on")
    hub.workflow.refresh_from_db()
    assert (hub.workflow.owners, hub.workflow.compares_h, hub.workflow.heals) == (
        {"contact.*": "left"},
        24,
        True,
    )
    press("start")
    press("here")
    press("here")
    assert "1 runs bring records in line" in press("heal")
    drain_once(for_s=20)
    assert contact(hub, record)["firstName"] == "Person0"
    assert "is not being compared" in press("cancel")
    assert link(record).ended_at is None


def test_another_teams_difference_is_not_there(drifted: tuple[Hub, str], client: Client) -> None:
    row = Finding.objects.get(state="ask")
    other = make_hub("Other", deploy=False)
    operator = member("otto", other.team, "operator")
    assert operator.post(reverse("conflict-decide", args=[row.pk]), {"winner": "left"}).status_code == 404
