"""What a connection's page says: old keys, two keys at once, scopes and the workflows they are for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Binding, Connection, Credential, Workflow
from integrations.services import connect
from tests import madeup
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


def test_a_key_that_ends_is_renewed_with_a_button(
    hub: Hub, ada: Client, vera: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    madeup.settle(monkeypatch)
    connection = madeup.add(hub.team)
    at = reverse("connection-renew-key", args=[connection.pk])
    assert "Press “Renew the key now”" not in text(ada.get(page_of(connection)))
    Credential.objects.filter(connection=connection).update(entered_at=timezone.now() - timedelta(days=179))
    for page in (page_of(connection), reverse("dashboard")):
        assert "ends tomorrow" in text(ada.get(page))
        assert "Press “Renew the key now”" in text(ada.get(page))
    assert at in text(ada.get(page_of(connection)))
    assert at not in text(vera.get(page_of(connection)))
    assert vera.post(at).status_code == 403

    page = said(ada, ada.post(at))

    assert "The key is renewed. Connected as Ada." in page
    assert "second-key" not in page and "ends tomorrow" not in page
    assert Credential.objects.get(connection=connection).value == "second-key"


def test_a_connection_is_made_read_only_with_a_switch_and_says_so(hub: Hub, ada: Client) -> None:
    at = reverse("connection-settings", args=[hub.accredible.pk])
    listed = reverse("connection-list")
    assert "read-only" not in text(ada.get(page_of(hub.accredible))).split("Change it")[0]
    assert 'name="only_reads"' in text(ada.get(page_of(hub.accredible)))
    for switched in (True, False):
        page = said(ada, ada.post(at, {"region": "us", "only_reads": "on"} if switched else {"region": "us"}))
        assert ("Nothing is ever written over it" in page.split("Change it")[0]) is switched
        assert ("read-only" in text(ada.get(listed))) is switched
        assert Connection.objects.get(pk=hub.accredible.pk).read_only is switched


def test_a_renewal_that_is_refused_says_so(hub: Hub, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    madeup.settle(monkeypatch).renewed = {}
    connection = madeup.add(hub.team)
    page = said(ada, ada.post(reverse("connection-renew-key", args=[connection.pk])))
    assert "answered without a new key. The old key is kept" in page


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
