"""The button on a run's page, the plan it leads to, and what both runs say afterwards."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import strip_tags

from integrations.models import Plan, Run
from integrations.services.drain import drain_once
from tests.hub import Hub
from tests.services.conftest import plenty
from tests.web.conftest import member
from tests.web.pages import text

__all__ = ["plenty"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


def read(response: HttpResponse) -> str:
    """The page's words, without its tags."""
    return " ".join(strip_tags(text(response)).split())


def booked(hub: Hub) -> Run:
    hub.issue()
    (run,) = [run for run in hub.run_all() if run.mode == "live"]
    assert run.state == "succeeded", run.reason
    return run


def test_the_plan_is_shown_first_and_applied_from_its_page(hub: Hub) -> None:
    run, ada = booked(hub), member("ada", hub.team, "operator")
    page = reverse("run-detail", args=[run.pk])
    assert "Plan its undo" in read(ada.get(page))

    planned = read(ada.post(reverse("run-undo", args=[run.pk]), follow=True))
    plan = Plan.objects.get()
    assert f"What would take back the writes of run {run.pk}." in planned
    assert "Delete an appointment" in planned and "Delete a contact" in planned
    assert "What stays as it is" in planned and "has already told people" in planned
    assert hub.appointments() != []

    ada.post(reverse("plan-apply", args=[plan.pk]))
    drain_once(for_s=20)
    plan.refresh_from_db()
    assert plan.run is not None
    assert f"Run {plan.run.pk} took back writes of this one (succeeded)." in read(ada.get(page))
    back = read(ada.get(reverse("run-detail", args=[plan.run.pk])))
    assert f"Takes back the writes of run {run.pk}" in back
    assert f"Plan {plan.pk} says what was to be taken back" in back
    assert "undo" in read(ada.get(reverse("run-list")))


def test_a_plan_with_nothing_in_it_has_no_button(hub: Hub) -> None:
    run, ada = booked(hub), member("ada", hub.team, "operator")
    run.effects.exclude(operation="contacts.upsert").delete()
    run.effects.update(prior={"why": "The token may not read."})

    page = read(ada.post(reverse("run-undo", args=[run.pk]), follow=True))

    assert "Nothing would be written." in page
    assert "Apply exactly this plan" not in page
    assert "Whether the record was there before is not known (The token may not read), so it stays." in page


def test_what_cannot_be_planned_is_said_on_the_run_s_page(hub: Hub) -> None:
    run, ada = booked(hub), member("ada", hub.team, "operator")
    Run.objects.update(begun_with=None)
    page = read(ada.post(reverse("run-undo", args=[run.pk]), follow=True))
    assert "is no longer kept, so the hub cannot undo it" in page


def test_who_may_only_look_sees_no_button(hub: Hub) -> None:
    run = booked(hub)
    page = read(member("vic", hub.team, "viewer").get(reverse("run-detail", args=[run.pk])))
    assert "Plan its undo" not in page
