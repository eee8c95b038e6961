"""Making a workflow of a recipe, and its choices."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Workflow
from integrations.services import drafts
from tests.hub import RECIPE, Hub, calendar_of
from tests.services.test_drain import unprovable
from tests.web.pages import said, text


def new_address() -> str:
    return reverse("workflow-new", args=[RECIPE])


def given(hub: Hub, **changes: Any) -> dict[str, Any]:
    return {"name": "Second", "role_crm": hub.ghl.pk, "role_certificates": hub.accredible.pk, **changes}


def test_the_gallery_says_what_a_recipe_is_and_what_it_asks_for(hub: Hub, ada: Client) -> None:
    page = text(ada.get(reverse("recipe-list")))

    assert "Certificate issued → follow-up appointment" in page
    assert "polled" in page
    assert "calendars/events.write" in page
    assert "That call creates a calendar" in page


def test_a_recipe_becomes_a_draft_and_leads_to_its_choices(hub: Hub, ada: Client) -> None:
    answer = ada.post(new_address(), given(hub))

    made = Workflow.objects.get(name="Second")
    assert answer.headers["Location"] == reverse("workflow-settings", args=[made.pk])
    assert made.state == "draft"
    assert "Choose: Calendar to book in." in text(ada.get(reverse("workflow-detail", args=[made.pk])))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Follow up"}, "There is a workflow “Follow up” already; choose another name."),
        ({"role_crm": ""}, "This field is required."),
        ({"role_crm": "99999"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_no_draft_is_made(
    hub: Hub, ada: Client, changes: dict[str, str], sentence: str
) -> None:
    page = text(ada.post(new_address(), given(hub, **changes)))

    assert sentence in page
    assert Workflow.objects.count() == 1


def test_another_teams_connection_cannot_be_chosen(hub: Hub, otto: Client) -> None:
    page = text(otto.post(new_address(), given(hub)))

    assert "There is no connection to GoHighLevel yet." in page
    assert hub.ghl.name not in page.replace("GHL Hub", "")
    assert Workflow.objects.count() == 1


def choices(hub: Hub, **changes: Any) -> dict[str, Any]:
    return {
        "role_crm": hub.ghl.pk,
        "role_certificates": hub.accredible.pk,
        "option_calendar_id": calendar_of(hub.ghl),
        "option_start": "first_free",
        "option_days_after": "5",
        "option_attendees": "line",
        "option_reminder_channel": "email",
        "option_reminder_hours": "24",
        "option_on_revoke": "cancel",
        "interval_min": "15",
        **changes,
    }


def test_the_choices_are_saved_and_what_is_live_stays_as_it_was(hub: Hub, ada: Client) -> None:
    where = reverse("workflow-settings", args=[hub.workflow.pk])

    page = said(ada, ada.post(where, choices(hub)))

    hub.workflow.refresh_from_db()
    assert "What is live goes on as it was" in page
    assert "draft differs" in page
    assert hub.workflow.draft["options"]["days_after"] == 5
    assert hub.workflow.draft["options"]["notify"] is False
    assert hub.workflow.interval_min == 15
    assert hub.workflow.live is not None
    assert hub.workflow.live.spec["options"]["days_after"] == 3


def test_the_groups_to_listen_to_are_picked_by_name(hub: Hub, ada: Client) -> None:
    where = reverse("workflow-settings", args=[hub.workflow.pk])
    group = hub.documents("accredible", "groups")[0]
    assert group["name"] in text(ada.get(where))

    ada.post(where, choices(hub, trigger_group_ids=[str(group["id"])]))

    hub.workflow.refresh_from_db()
    assert hub.workflow.draft["trigger_settings"] == {"group_ids": [str(group["id"])]}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"option_start": "whenever"}, "Select a valid choice."),
        ({"option_days_after": "soon"}, "Enter a whole number."),
        ({"interval_min": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"option_calendar_id": "made-up"}, "Select a valid choice."),
    ],
)
def test_a_wrong_choice_is_said_and_nothing_is_saved(
    hub: Hub, ada: Client, changes: dict[str, str], sentence: str
) -> None:
    before = Workflow.objects.values().get()

    page = text(ada.post(reverse("workflow-settings", args=[hub.workflow.pk]), choices(hub, **changes)))

    assert sentence in page
    assert Workflow.objects.values().get() == before


def test_a_list_that_cannot_be_read_takes_the_id_instead(hub: Hub, ada: Client, settings: Any) -> None:
    hub.sandbox.act("ghl", "suspend_location", {"location": hub.ghl.settings["location_id"]})
    hub.sandbox.act("ghl", "new_private_token", {})

    page = text(ada.get(reverse("workflow-settings", args=[hub.workflow.pk])))

    assert "The list could not be read, so enter the id." in page
    assert 'type="text" name="option_assigned_user_id"' in page


def test_a_workflow_shows_its_steps_and_which_event_takes_which(hub: Hub, ada: Client) -> None:
    page = text(ada.get(reverse("workflow-detail", args=[hub.workflow.pk])))

    assert "Cancel the appointment" in page
    assert "not with these choices" in page
    assert "Certificate review" in page  # the calendar by its name, not by its id
    assert "Guides call this" in page


def test_changing_the_draft_asks_for_a_new_test(hub: Hub, ada: Client) -> None:
    drafts.save_options(hub.workflow, {**hub.workflow.draft["options"], "days_after": 9})

    page = text(ada.get(reverse("workflow-detail", args=[hub.workflow.pk])))

    assert "Run the sandbox test of this draft" in page


def test_a_write_that_cannot_be_found_again_is_labelled_on_the_workflow_and_its_step(
    hub: Hub, ada: Client
) -> None:
    with unprovable():
        page = text(ada.get(reverse("workflow-detail", args=[hub.workflow.pk])))
    assert "The run is then held for a person" in page
    assert "The run is then held for a person" not in text(
        ada.get(reverse("workflow-detail", args=[hub.workflow.pk]))
    )
