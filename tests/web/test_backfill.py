"""The page of old records: what they cost, how far they are, pause and go on."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Backfill
from integrations.services.drain import drain_once
from tests.services.bulk import PEOPLE, Bulk
from tests.services.conftest import plenty
from tests.web.conftest import member
from tests.web.pages import said, text

__all__ = ["plenty"]

pytestmark = pytest.mark.usefixtures("plenty")


@pytest.fixture
def bulk(db: None) -> Bulk:
    made = Bulk()
    made.look()
    return made


@pytest.fixture
def operator(bulk: Bulk) -> Client:
    return member("ada", bulk.workflow.team, "operator")


def at(bulk: Bulk, what: str = "") -> str:
    name = f"workflow-backfill-{what}" if what else "workflow-backfill"
    return reverse(name, args=[bulk.workflow.pk])


def press(client: Client, bulk: Bulk, what: str) -> str:
    return words(said(client, client.post(at(bulk, what))))


def words(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page)


def test_the_workflows_page_leads_there_and_it_says_what_it_would_take(bulk: Bulk, operator: Client) -> None:
    assert at(bulk) in operator.get(reverse("workflow-detail", args=[bulk.workflow.pk])).content.decode()
    page = words(text(operator.get(at(bulk))))
    assert f"{PEOPLE} records the workflow has not had" in page
    assert f"{PEOPLE} events of “A badge each”" in page
    assert "Take them" in page


def test_it_is_begun_followed_paused_and_gone_on_with(bulk: Bulk, operator: Client) -> None:
    assert f"0 of {PEOPLE} gone through" in press(operator, bulk, "start")
    page = press(operator, bulk, "here")
    assert f"20 of {PEOPLE} gone through" in page
    assert "90 %" in page
    assert "Paused." in press(operator, bulk, "pause")
    state = operator.get(at(bulk, "state")).content.decode()
    assert "every 2s" not in state
    assert "Go on" in state
    press(operator, bulk, "resume")
    assert "every 2s" in operator.get(at(bulk, "state")).content.decode()
    for _ in range(3):
        page = press(operator, bulk, "here")
    assert f"{PEOPLE} of {PEOPLE} gone through" in page
    assert "The workflow has had everything that was there before it." in page
    assert len(bulk.badges()) == PEOPLE


def test_why_it_stopped_stands_on_the_page(bulk: Bulk, operator: Client) -> None:
    press(operator, bulk, "start")
    bulk.sandbox.act("credly", "expire_token", {})
    drain_once(bulk.step().batch)
    bulk.step()
    page = text(operator.get(at(bulk)))
    assert "Stopped: needs a person" in page
    assert "does not accept the authorization token" in page


def test_before_the_first_look_the_page_says_so(db: None) -> None:
    bulk = Bulk(people=1)
    page = text(member("ada", bulk.workflow.team, "operator").get(at(bulk)))
    assert "has not looked yet" in page
    assert "Take them" not in page


def test_who_only_looks_sees_it_and_changes_nothing(bulk: Bulk) -> None:
    viewer = member("vera", bulk.workflow.team, "viewer")
    assert "Take them" not in text(viewer.get(at(bulk)))
    for what in ("start", "pause", "resume", "here"):
        assert viewer.post(at(bulk, what)).status_code == 403
    assert Backfill.objects.count() == 0


def test_it_is_the_teams_alone(bulk: Bulk) -> None:
    from_elsewhere = member("otto", type(bulk.workflow.team).objects.create(name="Elsewhere"), "operator")
    assert from_elsewhere.get(at(bulk)).status_code == 404
    assert from_elsewhere.post(at(bulk, "start")).status_code == 404
