"""The dry run's plan is applied by a button, once; refused, it says what moved."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Plan, Run
from integrations.services.drain import drain_once
from tests.hub import Hub
from tests.services.conftest import plenty
from tests.web.pages import said, text

__all__ = ["plenty"]

pytestmark = pytest.mark.usefixtures("plenty")


def made_by(client: Client, hub: Hub) -> Plan:
    hub.issue()
    page = text(client.post(reverse("workflow-dry-run", args=[hub.workflow.pk])))
    plan = Plan.objects.get()
    assert reverse("plan-apply", args=[plan.pk]) in page and "Apply exactly this plan" in page
    return plan


def test_a_plan_is_applied_from_the_page_once_even_when_clicked_twice(hub: Hub, ada: Client) -> None:
    plan = made_by(ada, hub)
    where = reverse("plan-apply", args=[plan.pk])

    first, second = ada.post(where), ada.post(where)
    drain_once(for_s=20)

    run = Run.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == reverse("run-detail", args=[run.pk])
    assert len(hub.appointments()) == 1
    page = text(ada.get(reverse("plan-detail", args=[plan.pk])))
    assert f"run {run.pk}" in page and "Apply exactly this plan" not in page


def test_a_refused_plan_says_on_its_page_what_has_moved(hub: Hub, ada: Client) -> None:
    plan = made_by(ada, hub)
    hub.sandbox.act("accredible", "delete_certificate", {"certificate": plan.record})

    page = said(ada, ada.post(reverse("plan-apply", args=[plan.pk])))

    assert "was not applied, and nothing was written" in page
    assert "Something has moved since" in page
    assert "Apply exactly this plan" not in page
    assert hub.appointments() == []


def test_a_viewer_sees_the_plan_and_no_button(hub: Hub, ada: Client, vera: Client) -> None:
    plan = made_by(ada, hub)

    page = text(vera.get(reverse("plan-detail", args=[plan.pk])))

    assert "appointments.create" in page
    assert "Apply exactly this plan" not in page
