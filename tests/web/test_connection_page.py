"""What a connection's page says: old keys, two keys at once, scopes and the workflows they are for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Binding, Connection, Credential, Workflow
from integrations.services import connect
from tests.hub import Hub
from tests.web.pages import said, text


def page_of(connection: Connection) -> str:
    return reverse("connection-detail", args=[connection.pk])


def test_an_old_key_is_reminded_of_on_its_page_and_on_the_dashboard(hub: Hub, ada: Client) -> None:
    for page in (page_of(hub.ghl), reverse("dashboard")):
        assert "days old" not in text(ada.get(page))
    Credential.objects.filter(connection=hub.ghl).update(entered_at=timezone.now() - timedelta(days=91))
    assert "Its key is 91 days old" in text(ada.get(page_of(hub.ghl)))
    assert "Its key is 91 days old; rotate it by" in text(ada.get(reverse("dashboard")))


@pytest.mark.parametrize(
    ("do", "left", "says"),
    [("back", "old", "Connected to Harbour Academy"), ("forget", "new", "The old key is forgotten")],
)
def test_a_new_key_is_taken_with_the_old_one_standing_by(
    hub: Hub, ada: Client, do: str, left: str, says: str
) -> None:
    keys = {"old": Credential.objects.get(connection=hub.ghl).value}
    hub.sandbox.act("ghl", "rotate_private_token", {})
    keys["new"] = hub.sandbox.apps()["ghl"].credentials()["private_integration_token"]

    page = said(ada, ada.post(reverse("connection-renew", args=[hub.ghl.pk]), {"beside": "1"}))

    assert "the old one stands by until" in page
    assert keys["old"] not in page and keys["new"] not in page
    page = said(ada, ada.post(reverse("connection-twin", args=[hub.ghl.pk]), {"do": do}))
    assert says in page
    assert "stands by until" not in page
    assert Credential.objects.get(connection=hub.ghl).value == keys[left]


def test_a_typed_key_stands_beside_the_old_one_or_in_its_place(hub: Hub, ada: Client) -> None:
    where = reverse("connection-keys", args=[hub.ghl.pk])
    hub.sandbox.act("ghl", "rotate_private_token", {})
    new = hub.sandbox.apps()["ghl"].credentials()["private_integration_token"]

    ada.post(where, {"private_integration_token": new, "beside": "on"})
    assert Credential.objects.filter(connection=hub.ghl).count() == 2
    ada.post(where, {"private_integration_token": new})
    assert Credential.objects.filter(connection=hub.ghl).count() == 1

    page = text(ada.post(where, {"private_integration_token": "pit-wrong", "beside": "on"}))
    assert "does not accept the token" in page
    assert "pit-wrong" not in page


def test_each_scope_is_told_with_the_workflows_it_is_for(hub: Hub, ada: Client) -> None:
    made = connect.add(hub.team, "ghl", name="By OAuth", environment="sandbox", auth="oauth")
    Connection.objects.filter(pk=made.pk).update(scopes=["contacts.write", "opportunities.write"])
    version = hub.workflow.live
    assert version is not None
    version.bindings = {**version.bindings, "crm": made.pk}
    version.save()

    page = text(ada.get(page_of(made)))

    scopes = page.split('class="hub-scopes"')[1].split("</ul>")[0]
    missing = scopes.split("calendars/events.write")[1].split("</li>")[0]
    assert "Stops" in missing and hub.workflow.name in missing and "missing" in missing
    surplus = scopes.split("opportunities.write")[1].split("</li>")[0]
    assert "not used" in surplus and hub.workflow.name not in surplus


def test_what_waits_for_a_scope_can_be_asked_for(hub: Hub, ada: Client) -> None:
    made = connect.add(hub.team, "ghl", name="By OAuth", environment="sandbox", auth="oauth")
    Connection.objects.filter(pk=made.pk).update(scopes=["locations.readonly"], state="connected")
    Workflow.objects.filter(pk=hub.workflow.pk).update(state="draft", live=None)
    Binding.objects.filter(workflow=hub.workflow, role="crm").update(connection=made)

    page = text(ada.get(page_of(made)))

    assert "Ask also for what these need to go live" in page
    assert f'name="also" value="{hub.workflow.pk}"' in page
