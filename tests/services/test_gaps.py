"""“Why is this empty?”, for each of the four ways, in the service, on the page and on the command line."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from integrations.engine.spec import FieldMapping, StepKind, TransformUse
from integrations.models import Run, StepRun
from integrations.services import gaps
from integrations.services.drain import drain_once
from integrations.services.gaps import Cause
from integrations.services.stories import view_of
from tests.hub import Hub
from tests.management.conftest import ask
from tests.services.handmade import happen, live, step
from tests.web.conftest import member
from tests.web.pages import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

PERSON = step(
    "contact",
    StepKind.WRITE,
    role="crm",
    operation="contacts.upsert",
    mappings=(
        FieldMapping(target="email", source="event.recipient_email"),
        FieldMapping(target="firstName", source="event.expired_on"),
        FieldMapping(target="lastName", source="event.recipient_nmae"),
        FieldMapping(
            target="phone", source="event.name", transforms=(TransformUse(name="pick", args={"path": "x"}),)
        ),
        FieldMapping(target="companyName", source="event.name"),
    ),
)
WAYS = [
    ("firstName", Cause.ABSENT, "this record has nothing there"),
    ("lastName", Cause.WRONG_PATH, "The path is wrong: `event.recipient_nmae` is not in this event"),
    ("phone", Cause.TRANSFORM, "The transform pick was given a value and left nothing of it."),
    ("companyName", Cause.IGNORED, "It was sent, but the record in the app's answer does not show it."),
]


@pytest.fixture
def run(hub: Hub) -> Run:
    """A run whose app answers without the company's name, as one does that ignores a field."""
    made = happen(hub, live(hub, PERSON), recipient_email="ada@example.org", name="Rocketry")
    drain_once(for_s=10)
    made.refresh_from_db()
    assert made.state == "succeeded", made.reason
    row = StepRun.objects.get(run=made, step="contact")
    assert row.outcome.get("companyName") == "Rocketry"
    StepRun.objects.filter(pk=row.pk).update(outcome={**row.outcome, "companyName": None})
    return Run.objects.select_related("workflow", "version", "event").get(pk=made.pk)


def found(run: Run) -> dict[str, Any]:
    (of_step,) = gaps.of_run(run, view_of(run).steps).values()
    return of_step


@pytest.mark.parametrize(("target", "cause", "says"), WAYS)
def test_an_empty_field_says_which_hop_lost_it(run: Run, target: str, cause: Cause, says: str) -> None:
    gap = found(run)[target]
    assert gap.cause is cause
    assert says in gap.sentence


def test_a_field_that_arrived_has_no_gap(run: Run) -> None:
    assert "email" not in found(run)


@pytest.mark.parametrize(("target", "cause", "says"), WAYS)
def test_the_page_says_it(run: Run, target: str, cause: Cause, says: str) -> None:
    page = text(member("ada", run.team, "operator").get(reverse("run-detail", args=[run.pk])))
    assert cause.value in page
    assert says in page


@pytest.mark.parametrize(("target", "cause", "says"), WAYS)
def test_the_command_line_says_it(run: Run, target: str, cause: Cause, says: str) -> None:
    lines = ask("runs", str(run.pk)).out.splitlines()
    (line,) = [line for line in lines if line.strip().startswith(f"{target} = ")]
    assert f"[{cause.value}] " in line and says in line


def test_run_with_lineage_says_it_as_json(hub: Hub) -> None:
    said = ask("run", "Follow up", "--lineage", "--json")
    steps = {step["id"]: step for step in said.json["steps"]}
    assert steps["booking"]["empty"]["address"] == Cause.ABSENT.value
    assert all(
        cause in (Cause.ABSENT.value,) for step in steps.values() for cause in step["empty"].values()
    ), "an ordinary run has no wrong path, and nothing is ignored"
