"""Workflows that people start on screen."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Run, Workflow
from integrations.services import drafts, starts
from tests.hub import Hub
from tests.services.test_own_triggers import live
from tests.web.pages import said, text


def test_a_workflow_without_an_app_begins_behind_the_account_it_works_with(hub: Hub, ada: Client) -> None:
    words = {"name": "Own", "begins": ":hub.by_hand"}
    assert "Choose at least one account" in text(ada.post(reverse("workflow-blank"), words))

    ada.post(reverse("workflow-blank"), {**words, "others": [hub.ghl.pk]})

    made = Workflow.objects.get(name="Own")
    assert drafts.compile_draft(made).trigger == "hub.by_hand"
    assert drafts.bound(made) == {"ghl": hub.ghl}
    page = text(ada.get(reverse("workflow-settings", args=[made.pk])))
    assert "What is asked for" in page


def test_an_operator_starts_it_and_sees_the_run(hub: Hub, ada: Client) -> None:
    made = live(hub, "hub.by_hand", {"fields": ["Email* (email)"]})
    where = reverse("workflow-start", args=[made.pk])
    assert "Start it now" in text(ada.get(reverse("workflow-detail", args=[made.pk])))

    refused = said(ada, ada.post(where, {"email": "nobody"}))
    answer = ada.post(where, {"email": "rosa@example.com"})

    assert "Nothing was started" in refused
    run = Run.objects.get(workflow=made)
    assert answer.headers["Location"] == reverse("run-detail", args=[run.pk])
    assert run.event.payload["by"] == "ada"


@pytest.fixture
def form(hub: Hub) -> tuple[Workflow, str]:
    made = live(
        hub, "hub.form", {"title": "Tell us", "fields": ["Name*", "Email (email)"], "thanks": "Thanks!"}
    )
    return made, reverse("form", args=[starts.form_url(made).rstrip("/").rpartition("/")[2]])


def test_a_stranger_fills_in_the_form_once(form: tuple[Workflow, str]) -> None:
    made, where = form
    stranger, given = Client(enforce_csrf_checks=True), {"name": "Rosa", "once": str(uuid.uuid4())}
    assert "Tell us" in text(stranger.get(where))

    answers: list[Any] = [stranger.post(where, given) for _ in range(2)]

    assert ["Thanks!" in text(answer) for answer in answers] == [True, True]
    (run,) = Run.objects.filter(workflow=made)
    assert run.event.payload["values"] == {"name": "Rosa"}


@pytest.mark.parametrize("given", [{"name": ""}, {"name": "Rosa", "email": "nobody"}])
def test_what_is_lacking_is_said_and_nothing_begins(
    form: tuple[Workflow, str], given: dict[str, str]
) -> None:
    made, where = form

    page = text(Client().post(where, {**given, "once": str(uuid.uuid4())}))

    assert "hub-field-error" in page
    assert not Run.objects.filter(workflow=made).exists()


def test_a_paused_form_is_not_taken(form: tuple[Workflow, str], ada: Client) -> None:
    made, where = form
    ada.post(reverse("workflow-pause", args=[made.pk]))

    answer = Client().post(where, {"name": "Rosa", "once": str(uuid.uuid4())})

    assert answer.status_code == 503
    assert not Run.objects.filter(workflow=made).exists()


def test_a_link_that_the_hub_has_not_made_is_closed(db: None) -> None:
    assert Client().get(reverse("form", args=["made-up"])).status_code == 410
