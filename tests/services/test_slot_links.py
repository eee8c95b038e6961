"""A step that asks for a booking link."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.engine.freeze import thaw
from integrations.engine.spec import StepKind
from integrations.models import Run, Workflow, WorkflowVersion
from integrations.services import planning, requests, slot_links
from integrations.services.drain import drain_once
from integrations.services.lifecycle import pause
from tests.hub import Hub, answering, make_hub
from tests.services.handmade import ANSWER, happen, live, mapped, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

LINK = step(
    "link",
    StepKind.PROCEDURE,
    role="crm",
    operation="booking_link",
    mappings=mapped(page="event.page", email="event.email", name="event.name", days="event.days"),
)
TELL = replace(ANSWER, mappings=mapped(url="steps.link.url", days="steps.link.days"))


@pytest.fixture
def hub() -> Hub:
    return make_hub(deploy=False)


@pytest.fixture
def page(hub: Hub) -> Workflow:
    return answering(hub, "Advice")


def told(hub: Hub, **payload: Any) -> Run:
    run = happen(hub, live(hub, LINK, TELL), **{"page": "Advice", **payload})
    drain_once(for_s=5)
    run.refresh_from_db()
    return run


def visit(url: str) -> slot_links.Visit:
    return slot_links.read(url.rstrip("/").rpartition("/")[2])


def test_a_run_is_given_a_link_for_the_person_it_is_about(hub: Hub, page: Workflow) -> None:
    run = told(hub, email="ada@example.org", name="Ada Lovelace", days="3")
    assert (run.state, run.reason) == ("succeeded", "")
    assert run.answer is not None
    assert run.answer["days"] == 3
    assert visit(run.answer["url"]).workflow == page
    assert visit(run.answer["url"]).person == {"email": "ada@example.org", "name": "Ada Lovelace"}


def test_a_run_that_is_resumed_keeps_the_link_it_was_given(hub: Hub, page: Workflow) -> None:
    run = told(hub)
    (kept,) = run.steps.all()
    assert kept.outcome == (run.answer or {})["url"]
    assert (kept.operation, kept.values["page"]) == ("", "Advice")


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"page": "Advise"}, "There is no workflow with a booking page “Advise”; choose one of: Advice"),
        ({"days": "soon"}, "`days` needs a whole number"),
        ({"days": "999"}, "1 to 730 days"),
    ],
)
def test_a_link_that_cannot_be_made_fails_in_words(
    payload: dict[str, str], says: str, hub: Hub, page: Workflow
) -> None:
    run = told(hub, **payload)
    assert run.state == "failed"
    assert says in run.reason


def test_a_page_that_is_not_live_has_no_links(hub: Hub, page: Workflow) -> None:
    pause(page)
    assert "“Advice” is not live" in told(hub).reason


def test_a_page_of_another_team_is_not_found(hub: Hub) -> None:
    answering(make_hub("Elsewhere", deploy=False), "Advice")
    assert "There is no workflow with a booking page" in told(hub).reason


def test_whoever_asks_may_be_answered_with_a_link(hub: Hub, page: Workflow) -> None:
    run = requests.answer(live(hub, LINK, TELL), hub.accredible, "asked", {"page": "Advice"})
    assert visit((run.answer or {})["url"]).workflow == page


def test_a_dry_run_shows_a_link_too(hub: Hub, page: Workflow) -> None:
    workflow = live(hub, LINK, TELL)
    spec = thaw(WorkflowVersion.objects.get(workflow=workflow).spec)
    plan = planning.rehearse(
        spec,
        {"crm": hub.ghl, "certificates": hub.accredible},
        planning._start(workflow, spec, {"crm": hub.ghl}, "asked", {"page": "Advice"}),
    )
    assert plan.finish is not None
    assert visit(plan.finish.answer["url"]).workflow == page
