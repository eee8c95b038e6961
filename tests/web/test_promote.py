"""The drill's page, and promoting on screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Connection, Drill, Run, Workflow, WorkflowState
from integrations.services import cycles, drafts, lifecycle, sweeps
from integrations.services.drain import drain_once
from integrations.services.drill import gate
from integrations.services.drill.driver import Report
from tests.hub import Hub, calendar_of, make_hub
from tests.real import World, world
from tests.web.conftest import member
from tests.web.pages import said, text


def at(row: Workflow, what: str) -> str:
    return reverse(what, args=[row.pk])


# --- the drill ------------------------------------------------------------------------------------


@pytest.fixture
def draft(db: None) -> Hub:
    made = make_hub(deploy=False)
    lifecycle.note_test(made.workflow, True)
    return made


@pytest.fixture
def operator(draft: Hub) -> Client:
    return member("ada", draft.team, "operator")


def finds(**counts: int) -> Any:
    def drilled(workflow: Workflow, *, progress: Any, **more: Any) -> Report:
        row = {
            "workflow": "Follow up",
            "trouble": "slow",
            "words": (),
            "lost": 0,
            "doubled": 0,
            "stuck": 0,
            "held": 0,
        }
        progress(1, {**row, **counts})
        return Report(trials=[{**row, **counts}])

    return drilled


def test_a_tested_draft_is_drilled_on_its_page_and_then_deployed(
    draft: Hub, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "drilled", finds())
    assert "Drill this draft" in said(operator, operator.post(at(draft.workflow, "workflow-deploy")))

    page = said(operator, operator.post(at(draft.workflow, "workflow-drill-start")))
    assert "No worker answers, so nobody takes it." in page
    assert "every 1s" in page

    page = said(operator, operator.post(at(draft.workflow, "workflow-drill-here")))
    assert "The draft came through its drill." in page
    assert "every 1s" not in page
    assert "Version 1 is live." in said(operator, operator.post(at(draft.workflow, "workflow-deploy")))


def test_what_the_drill_found_stands_on_its_page(
    draft: Hub, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "drilled", finds(doubled=1))
    operator.post(at(draft.workflow, "workflow-drill-start"))

    page = said(operator, operator.post(at(draft.workflow, "workflow-drill-here")))

    assert "The draft did not come through." in page
    assert "A slow app did not hold: 1 doubled" in page


def test_a_drill_is_cancelled_and_a_second_is_not_begun_beside_it(draft: Hub, operator: Client) -> None:
    operator.post(at(draft.workflow, "workflow-drill-start"))
    again = said(operator, operator.post(at(draft.workflow, "workflow-drill-start")))
    assert "is being drilled already" in again

    page = said(operator, operator.post(at(draft.workflow, "workflow-drill-cancel")))

    assert "The last drill was cancelled." in page
    assert Drill.objects.get().state == "cancelled"


def test_a_round_keeps_a_draft_from_going_live_until_somebody_owns_the_field(
    draft: Hub, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rounds(workflow: Workflow, spec: Any) -> list[str]:
        return [] if workflow.owners else ["What it writes comes back to it."]

    monkeypatch.setattr(cycles, "problems", rounds)
    lifecycle.note_drill(draft.workflow, True)
    assert "What it writes comes back to it." in said(
        operator, operator.post(at(draft.workflow, "workflow-deploy"))
    )
    assert at(draft.workflow, "workflow-compare") in text(operator.get(at(draft.workflow, "workflow-detail")))
    assert operator.get(at(draft.workflow, "workflow-compare")).status_code == 200

    owner = {"link": "contact", "field": "", "policy": "left"}
    operator.post(at(draft.workflow, "workflow-compare-owner"), owner)

    assert Workflow.objects.get().owners
    assert "Version 1 is live." in said(operator, operator.post(at(draft.workflow, "workflow-deploy")))


# --- promoting ------------------------------------------------------------------------------------


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world(tmp_path, monkeypatch)


@pytest.fixture
def given(hub: Hub, real: World) -> dict[str, Any]:
    crm = real.connect(hub.team, "ghl", "Real GHL")
    certificates = real.connect(hub.team, "accredible", "Real Accredible")
    return {"role_crm": crm.pk, "role_certificates": certificates.pk, "name": "For real"}


def test_it_is_looked_through_and_then_promoted(hub: Hub, ada: Client, given: dict[str, Any]) -> None:
    where = at(hub.workflow, "workflow-promote")
    assert where in text(ada.get(at(hub.workflow, "workflow-detail")))
    assert "Real GHL" in text(ada.get(where))

    page = text(ada.post(where, {**given, "look": "1"}))
    assert "Calendars: Certificate review" in page
    assert "Everything is there." in page
    assert Workflow.objects.count() == 1

    page = said(ada, ada.post(where, {**given, "go": "1", "first_n": "5"}))

    there = Workflow.objects.get(name="For real")
    assert "Version 1 is live on real accounts." in page
    assert "Promoted from “Follow up”, version 1." in page
    assert "Only its first 5 records run: 0 so far." in page
    assert (there.state, there.first_n, there.promoted_from) == (WorkflowState.LIVE, 5, hub.workflow)
    assert "For real" in text(ada.get(at(hub.workflow, "workflow-detail")))


def test_what_is_not_there_is_chosen_from_a_list(
    hub: Hub, ada: Client, given: dict[str, Any], real: World
) -> None:
    where = at(hub.workflow, "workflow-promote")
    real.without_calendar("Certificate review")

    page = text(ada.post(where, {**given, "go": "1"}))
    assert "nothing is called “Certificate review” in Real GHL" in page
    assert Workflow.objects.count() == 1

    crm = Connection.objects.get(name="Real GHL")
    assert hub.workflow.live is not None
    key = f"pick:crm.calendars.{hub.workflow.live.spec['options']['calendar_id']}"
    assert key in page
    ada.post(where, {**given, "go": "1", key: calendar_of(crm, "Advice call")})

    live = Workflow.objects.select_related("live").get(name="For real").live
    assert live is not None
    assert live.spec["options"]["calendar_id"] == calendar_of(crm, "Advice call")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"role_crm": "0"}, "Select a valid choice"),
        ({"name": ""}, "This field is required"),
        ({"first_n": "0"}, "greater than or equal to 1"),
        ({"name": "Follow up"}, "“Follow up” is another workflow"),
    ],
)
def test_wrong_input_stands_at_its_field(
    hub: Hub, ada: Client, given: dict[str, Any], wrong: dict[str, str], says: str
) -> None:
    page = text(ada.post(at(hub.workflow, "workflow-promote"), {**given, **wrong, "go": "1"}))

    assert says in page
    assert Workflow.objects.count() == 1


def test_without_a_real_connection_the_page_says_where_to_add_one(hub: Hub, ada: Client) -> None:
    page = text(ada.get(at(hub.workflow, "workflow-promote")))

    assert "There is no real connection to GoHighLevel yet." in page
    assert reverse("connection-apps") in page


def test_a_workflow_on_real_accounts_has_nothing_to_promote(
    hub: Hub, ada: Client, given: dict[str, Any]
) -> None:
    ada.post(at(hub.workflow, "workflow-promote"), {**given, "go": "1"})
    there = Workflow.objects.get(name="For real")

    page = text(ada.get(at(there, "workflow-promote")))

    assert "is on real accounts already" in page
    assert at(there, "workflow-promote") not in text(ada.get(at(there, "workflow-detail")))
    assert at(there, "workflow-drill") not in text(ada.get(at(there, "workflow-detail")))


def test_all_records_are_taken_by_one_button(
    hub: Hub, ada: Client, given: dict[str, Any], real: World
) -> None:
    ada.post(at(hub.workflow, "workflow-promote"), {**given, "go": "1", "first_n": "1"})
    there = Workflow.objects.select_related("live").get(name="For real")
    sweeps.sweep(there)
    for name in ("one", "two"):
        real.issue(recipient_email=f"{name}@example.org")
    sweeps.sweep(there)
    assert Run.objects.filter(workflow=there, state="held").count() == 1

    page = said(ada, ada.post(at(there, "workflow-take-all")))

    assert "It takes all records from here on; 1 runs waited for that." in page
    drain_once(for_s=20)
    assert not Run.objects.filter(workflow=there, state="held").exists()
    again = said(ada, ada.post(at(there, "workflow-take-all")))
    assert "takes all records already" in again


def test_of_another_team_nothing_is_offered(hub: Hub, otto: Client, given: dict[str, Any]) -> None:
    assert otto.post(at(hub.workflow, "workflow-promote"), {**given, "go": "1"}).status_code == 404
    assert drafts.bound(hub.workflow)["crm"] == hub.ghl
