"""Putting a workflow together on screen."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Workflow
from integrations.services import drafts
from tests.hub import Hub
from tests.web.pages import said, text


@pytest.fixture
def blank(hub: Hub, ada: Client) -> Workflow:
    begins = f"{hub.accredible.pk}:credentials.changed"
    ada.post(reverse("workflow-blank"), {"name": "By hand", "begins": begins, "others": [hub.ghl.pk]})
    return Workflow.objects.get(name="By hand")


def at(name: str, workflow: Workflow, *step: str) -> str:
    return reverse(name, args=[workflow.pk, *step])


def test_a_blank_workflow_has_the_roles_that_were_chosen(blank: Workflow) -> None:
    assert drafts.compile_draft(blank).roles == {"accredible": "accredible", "ghl": "ghl"}


def test_what_is_wrong_with_the_beginning_is_said(hub: Hub, ada: Client) -> None:
    page = text(ada.post(reverse("workflow-blank"), {"name": "Follow up", "begins": "1:nonsense"}))

    assert "Select a valid choice" in page
    assert Workflow.objects.count() == 1


def test_an_operation_is_searched_for_and_becomes_a_step(hub: Hub, ada: Client, blank: Workflow) -> None:
    found = text(ada.get(at("workflow-step-new", blank), {"connection": hub.ghl.pk, "q": "upsert contact"}))
    answer = ada.post(
        at("workflow-step-new", blank), {"connection": hub.ghl.pk, "operation": "contacts.upsert"}
    )

    assert 'value="contacts.upsert"' in found
    assert 'value="calendars.create"' not in found
    assert answer.headers["Location"] == at("workflow-step", blank, "contacts_upsert")
    assert "Say what goes into each of its fields" in said(ada, answer)


def test_another_teams_connection_is_not_there_to_be_used(hub: Hub, ada: Client, blank: Workflow) -> None:
    page = text(ada.post(at("workflow-step-new", blank), {"connection": "99", "operation": "contacts.get"}))

    assert "Choose the connection" in page
    assert not drafts.compile_draft(blank).steps


def test_if_else_is_chosen_without_an_expression(hub: Hub, ada: Client, blank: Workflow) -> None:
    for kind in ("filter", "answer"):
        ada.post(at("workflow-step-new", blank), {"kind": kind})
    only_if = {
        "title": "Paid",
        "taking": "comparison",
        "source": "event.status",
        "how": "is",
        "value": "paid",
    }
    ada.post(at("workflow-step-form", blank, "filter"), only_if)
    ada.post(
        at("workflow-step-form", blank, "answer"),
        {"title": "Else", "taking": "otherwise", "others": ["filter"]},
    )
    blank.refresh_from_db()
    steps = drafts.compile_draft(blank).steps

    assert [step.when for step in steps] == ["to_string(event.status) == 'paid'", "!(taken.filter)"]
    page = text(ada.get(at("workflow-step-form", blank, "answer")))
    assert 'value="filter"' in page
    assert "checked" in page


def test_a_condition_that_cannot_be_read_is_said_and_not_saved(
    hub: Hub, ada: Client, blank: Workflow
) -> None:
    ada.post(at("workflow-step-new", blank), {"kind": "filter"})
    words = {"title": "Paid", "taking": "expression", "expression": "event.status =="}

    page = text(ada.post(at("workflow-step-form", blank, "filter"), words))

    assert "cannot be read" in page
    blank.refresh_from_db()
    assert drafts.compile_draft(blank).steps[0].when == ""


def test_a_step_is_moved_and_taken_out(hub: Hub, ada: Client, blank: Workflow) -> None:
    for kind in ("filter", "answer"):
        ada.post(at("workflow-step-new", blank), {"kind": kind})

    ada.post(at("workflow-step-move", blank, "answer"), {"where": "up"})
    page = said(ada, ada.post(at("workflow-step-remove", blank, "filter")))

    blank.refresh_from_db()
    assert [step.id for step in drafts.compile_draft(blank).steps] == ["answer"]
    assert "taken out" in page


def test_an_answer_takes_any_name_on_its_page(hub: Hub, ada: Client, blank: Workflow) -> None:
    ada.post(at("workflow-step-new", blank), {"kind": "answer"})

    page = text(
        ada.post(at("workflow-step-shape", blank, "answer"), {"change": "add", "new-target": "greeting"})
    )

    assert 'value="greeting"' in page
