"""Versions on the workflow's page."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from integrations.models import Workflow
from tests.hub import Hub
from tests.proving import proved
from tests.web.pages import said, text


def change(hub: Hub) -> None:
    hub.workflow.mappings.filter(step="contact", target="source").update(source="'Course'", default=None)
    proved(hub.workflow)


def test_the_page_tells_what_the_draft_changes_and_keeps_why(hub: Hub, ada: Client) -> None:
    change(hub)
    page = reverse("workflow-detail", args=[hub.workflow.pk])

    assert "What the draft changes" in text(ada.get(page))
    deploy = reverse("workflow-deploy", args=[hub.workflow.pk])
    assert "Version 2 is live." in said(ada, ada.post(deploy, {"why": "A better source."}))

    after = text(ada.get(page))
    assert "What the draft changes" not in after
    assert "A better source." in after
    assert "1 change since the one before" in after


def test_nothing_changed_is_said(hub: Hub, ada: Client) -> None:
    answer = ada.post(reverse("workflow-deploy", args=[hub.workflow.pk]))

    assert "Nothing has changed: version 1 stays live." in said(ada, answer)


def test_one_button_goes_back(hub: Hub, ada: Client) -> None:
    change(hub)
    ada.post(reverse("workflow-deploy", args=[hub.workflow.pk]))
    back = reverse("workflow-rollback", args=[hub.workflow.pk])

    assert "Version 3 is live and says what version 1 said." in said(ada, ada.post(back, {"to": "1"}))
    assert Workflow.objects.get(pk=hub.workflow.pk).live.number == 3  # type: ignore[union-attr]
    assert "says what is live already" in said(ada, ada.post(back, {"to": "1"}))
    assert "There is no version “9”" in said(ada, ada.post(back, {"to": "9"}))
