"""The simulated apps on screen and over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.hub import Hub
from tests.web.pages import said, text

ISSUE = {"recipient_name": "Rosa Diaz", "recipient_email": "rosa@example.com", "approve": "on"}


def act(app: str, action: str) -> str:
    return reverse("sandbox-act", args=[app, action])


def test_a_person_issues_a_certificate_there(hub: Hub, ada: Client) -> None:
    page = said(ada, ada.post(act("accredible", "issue_certificate"), ISSUE))

    assert "Done: Issue a certificate" in page
    assert "Press “Look now”" in page
    assert "rosa@example.com" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"recipient_name": ""}, "This field is required."),
        ({"recipient_email": "nobody"}, "Enter a valid email address."),
        ({"issued_on": "yesterday"}, "Enter a valid date."),
        ({"group": "99"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_issued(
    hub: Hub, ada: Client, changes: dict[str, str], sentence: str
) -> None:
    before = hub.documents("accredible", "certificates")

    page = text(ada.post(act("accredible", "issue_certificate"), {**ISSUE, **changes}))

    assert sentence in page
    assert hub.documents("accredible", "certificates") == before


def test_what_the_app_itself_refuses_is_said_on_the_form(hub: Hub, ada: Client) -> None:
    calendar = hub.documents("ghl", "calendars")[0]["id"]

    page = text(ada.post(act("ghl", "book_appointment"), {"calendar": calendar, "start": "tomorrow"}))

    assert "The start needs a date and time with an offset" in page


def test_there_is_no_such_app_or_action(hub: Hub, ada: Client) -> None:
    assert ada.post(act("ghl", "nothing")).status_code == 404
    assert ada.post(act("hubspot", "nothing")).status_code == 404


def test_troubles_are_switched_on_and_off(hub: Hub, ada: Client) -> None:
    where = reverse("sandbox-fault", args=["ghl"])

    said(ada, ada.post(where, {"kind": "throttle", "count": "2", "match": "POST /contacts"}))
    assert [(f["kind"], f["remaining"]) for f in hub.sandbox.faults()] == [("throttle", 2)]

    refused = text(ada.post(where, {"kind": "throttle", "count": "0"}))
    assert "greater than or equal to 1" in refused
    assert len(hub.sandbox.faults()) == 1

    ada.post(reverse("sandbox-clear-faults", args=["ghl"]))
    assert not hub.sandbox.faults()


def test_how_an_app_behaves_is_set_and_what_is_unknown_is_said(hub: Hub, ada: Client) -> None:
    page = text(ada.get(reverse("sandbox"), {"app": "ghl"}))
    assert "A group with calendars is deleted" in page
    assert "What GoHighLevel does is not known." in page
    given = {field.key: value for field, value in hub.sandbox.settings("ghl") if value is not False}
    where = reverse("sandbox-set", args=["ghl"])

    said(ada, ada.post(where, {**given, "group_with_calendars": "detach", "burst_limit": ""}))
    now = {field.key: value for field, value in hub.sandbox.settings("ghl")}
    assert (now["group_with_calendars"], now["burst_limit"]) == ("detach", 100)
    assert "Nothing was changed." in said(ada, ada.post(where, {**given, "group_with_calendars": "detach"}))

    refused = text(ada.post(where, {**given, "group_with_calendars": "burn"}))
    assert "Select a valid choice." in refused
    assert ada.post(reverse("sandbox-set", args=["hubspot"]), given).status_code == 404


def test_a_reset_is_asked_about_and_then_made(hub: Hub, ada: Client) -> None:
    hub.issue(recipient_email="rosa@example.com")
    page = f"{reverse('sandbox')}?app=accredible"
    assert "rosa@example.com" in text(ada.get(page))

    assert "Reset the sandbox" in text(ada.get(reverse("sandbox-reset")))
    said(ada, ada.post(reverse("sandbox-reset")))

    assert "rosa@example.com" not in text(ada.get(page))


# --- over HTTP ------------------------------------------------------------------------------------


def test_a_simulated_app_asks_for_its_own_key_and_for_no_session(hub: Hub, client: Client) -> None:
    key = hub.accredible.credentials.get().value

    without = client.get("/sandbox/accredible/v1/issuer/details")
    with_key = client.get(
        "/sandbox/accredible/v1/issuer/details", headers={"Authorization": f"Token token={key}"}
    )

    assert without.status_code == 401
    assert with_key.json()["issuer"]["name"] == "Harbour Academy"


def test_bodies_and_queries_reach_it(hub: Hub, client: Client) -> None:
    key = hub.ghl.credentials.get().value
    headers: Any = {"Authorization": f"Bearer {key}", "Version": "2021-07-28"}
    location = hub.ghl.settings["location_id"]

    made = Client(enforce_csrf_checks=True).post(
        "/sandbox/ghl/contacts/upsert",
        json.dumps({"locationId": location, "email": "rosa@example.com"}),
        content_type="application/json",
        headers=headers,
    )
    refused = client.get("/sandbox/ghl/calendars/", {"locationId": "elsewhere"}, headers=headers)

    assert made.status_code in (200, 201), made.content
    assert made.json()["contact"]["email"] == "rosa@example.com"
    assert refused.status_code in (400, 401, 403)


def test_the_consent_page_may_style_itself_and_lead_back_and_no_more(hub: Hub, client: Client) -> None:
    page = client.get("/sandbox/ghl/v2/oauth/chooselocation")

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy
    assert "form-action 'self' http" in policy


def test_an_app_that_is_not_simulated_is_not_there(hub: Hub, client: Client) -> None:
    assert client.get("/sandbox/hubspot/anything").status_code == 404


def test_without_a_sandbox_nothing_is_served(hub: Hub, client: Client, settings: Any) -> None:
    settings.HUB_SANDBOX_ENABLED = False

    assert client.get("/sandbox/accredible/v1/issuer/details").status_code == 404
