"""Calls of one's own, steps that look first, outbound webhooks and lists that go on, made on screen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from integrations.engine.spec import FieldMapping, Finding
from integrations.models import Workflow
from integrations.services import building, connect, drafts
from integrations.services.drain import drain_once
from tests.hub import Hub
from tests.services.handmade import CONTACT, happen, live
from tests.web.pages import said, text
from tests.web.test_building import at

LETTER = {"method": "POST", "path": "/notes/{contactId}", "does": "changes", "form": "", "id": ""}


@pytest.fixture
def blank(hub: Hub) -> Workflow:
    return building.start_blank(hub.team, name="By hand", source=hub.ghl, trigger="hub.by_hand")


def steps(workflow: Workflow) -> list:  # type: ignore[type-arg]
    workflow.refresh_from_db()
    return list(drafts.compile_draft(workflow).steps)


def test_a_call_of_ones_own_is_added_and_its_page_says_what_a_repeat_does(
    hub: Hub, ada: Client, blank: Workflow
) -> None:
    offered = text(ada.get(at("workflow-step-new", blank)))
    assert "A call of your own" in offered
    assert "Update or create" in offered
    answer = ada.post(at("workflow-call-new", blank), {"connection": hub.ghl.pk, **LETTER})
    page = said(ada, answer)

    (step,) = steps(blank)
    assert step.operation == "http POST /notes/{contactId}"
    assert "a person decides in doubt" in page
    assert "does not know which scopes this call needs" in page
    assert "query.page" in page  # how parameters are named


def test_it_is_changed_on_its_own_page(hub: Hub, ada: Client, blank: Workflow) -> None:
    building.add_call(blank, hub.ghl, "http POST /notes")
    form = text(ada.get(at("workflow-call", blank, "http_post_notes")))
    assert 'value="/notes"' in form
    change = {**LETTER, "method": "PUT", "does": "repeatable"}
    page = said(ada, ada.post(at("workflow-call", blank, "http_post_notes"), change))

    (step,) = steps(blank)
    assert step.operation == "http PUT /notes/{contactId} repeatable"
    assert step.title == "PUT /notes/{contactId}"
    assert "sending it twice does no harm" in page


@pytest.mark.parametrize("path", ["https://elsewhere.example/x", "//elsewhere.example/x", "/a/../b", "notes"])
def test_a_path_that_would_leave_the_app_is_refused_in_words(
    hub: Hub, ada: Client, blank: Workflow, path: str
) -> None:
    page = text(ada.post(at("workflow-call-new", blank), {"connection": hub.ghl.pk, **LETTER, "path": path}))
    assert "never goes to another host" in page or "as a part" in page
    assert steps(blank) == []


def test_where_only_signed_events_go_out_no_call_of_ones_own_is_offered(
    hub: Hub, ada: Client, blank: Workflow
) -> None:
    bridge = connect.add(hub.team, "bridge", name="Our shop", environment="sandbox", auth="signed")
    form = text(ada.get(at("workflow-call-new", blank)))
    assert f'<option value="{bridge.pk}"' not in form
    page = (
        said(
            ada,
            ada.post(at("workflow-step-new", blank), {"connection": bridge.pk, "operation": "http GET /x"}),
        )
        if False
        else text(
            ada.post(
                at("workflow-step-new", blank),
                {"connection": bridge.pk, "operation": "http GET /x"},
                follow=True,
            )
        )
    )
    assert "only sends to the address that its connection names" in page


def test_an_outbound_webhook_is_chosen_and_says_its_proof(hub: Hub, ada: Client, blank: Workflow) -> None:
    assert "add one among the connections first" in text(ada.get(at("workflow-step-new", blank)))
    bridge = connect.add(hub.team, "bridge", name="Our shop", environment="sandbox", auth="signed")
    page = text(ada.get(at("workflow-step-new", blank)))
    assert "Outbound webhook: send an event over Our shop" in page

    sent = {"connection": bridge.pk, "operation": "events.send"}
    page = said(ada, ada.post(at("workflow-step-new", blank), sent))
    assert [step.operation for step in steps(blank)] == ["events.send"]
    assert "every try carries the same id" in page


FOUND = {
    "by": "email",
    "look": "contacts.list",
    "filter": "query",
    "update": "contacts.update",
    "id": "id",
    "visible_after_s": "30",
}


def test_update_or_create_is_put_together_from_three_calls(hub: Hub, ada: Client, blank: Workflow) -> None:
    where = at("workflow-upsert-new", blank)
    first = text(ada.get(where, {"connection": hub.ghl.pk}))
    assert "(contacts.create)" in first
    there = f"{where}?connection={hub.ghl.pk}&create=contacts.create"
    second = text(ada.get(there))
    assert 'value="contacts.update" selected' in second
    page = said(ada, ada.post(there, FOUND))

    (step,) = steps(blank)
    assert step.finds == Finding(
        operation="contacts.list",
        by="email",
        filter="query",
        update="contacts.update",
        update_id="contactId",
        visible_after_s=30,
    )
    assert "It looks first by email" in page
    assert "several end the run" in page


def test_only_if_absent_is_a_choice_and_looking_can_be_given_up(
    hub: Hub, ada: Client, blank: Workflow
) -> None:
    building.add_call(blank, hub.ghl, "contacts.create")
    ada.post(at("workflow-finding", blank, "contacts_create"), {**FOUND, "update": ""})
    (step,) = steps(blank)
    assert step.finds is not None and step.finds.update == ""
    page = text(ada.get(at("workflow-step", blank, "contacts_create")))
    assert "one record is left as it is" in page

    ada.post(at("workflow-finding-remove", blank, "contacts_create"))
    assert steps(blank)[0].finds is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"filter": "mail"}, "There is no parameter of contacts.list “mail”"),
        ({"by": "mail"}, "There is no field of contacts.create “mail”"),
        ({"look": ""}, "Choose the list or search"),
        ({"own_look": "http GET https://x.example"}, "never goes to another host"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_added(
    hub: Hub, ada: Client, blank: Workflow, wrong: dict[str, str], sentence: str
) -> None:
    there = f"{at('workflow-upsert-new', blank)}?connection={hub.ghl.pk}&create=contacts.create"
    assert sentence in text(ada.post(there, {**FOUND, **wrong}))
    assert steps(blank) == []


def test_what_happens_when_an_item_fails_is_chosen_in_words(hub: Hub, ada: Client, blank: Workflow) -> None:
    building.add_call(blank, hub.ghl, "contacts.upsert")
    words = {"title": "Each", "taking": "always", "for_each": "event.people", "goes_on": "go-on"}
    page = text(ada.get(at("workflow-step-form", blank, "contacts_upsert")))
    assert "Stop at the first" in page
    ada.post(at("workflow-step-form", blank, "contacts_upsert"), words)
    assert steps(blank)[0].goes_on
    page = text(ada.get(at("workflow-step", blank, "contacts_upsert")))
    assert "An item that fails does not end the run" in page


def test_a_step_that_creates_nothing_cannot_look_first(hub: Hub, ada: Client, blank: Workflow) -> None:
    building.add_call(blank, hub.ghl, "contacts.get")
    assert ada.get(at("workflow-finding", blank, "contacts_get")).status_code == 404
    assert ada.get(at("workflow-call", blank, "contacts_get")).status_code == 404
    assert ada.get(reverse("workflow-call", args=[blank.pk, "nothing"])).status_code == 404


def test_a_run_page_tells_which_items_failed_and_offers_to_repeat_them(hub: Hub, ada: Client) -> None:
    needed = (FieldMapping(target="email", source="item.mail", required=True),)
    each = replace(CONTACT, for_each="event.people", item_key="n", goes_on=True, mappings=needed)
    run = happen(hub, live(hub, each), people=[{"n": "ann"}, {"n": "bob", "mail": "bob@example.org"}])
    drain_once(for_s=30)
    page = text(ada.get(reverse("run-detail", args=[run.pk])))

    assert "1 of 2 items failed, and the others are done" in page
    assert "needs a value" in page
    assert "Run it again" in page
    assert "items failed" in text(ada.get(reverse("run-list")))
    ada.post(reverse("run-replay", args=[run.pk]))
    assert run.workflow.runs.count() == 2
