"""Finding runs, reading one, deciding about one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Effect, Run, StepRun
from tests.hub import Hub
from tests.web.pages import said, text


@pytest.fixture
def run(hub: Hub) -> Run:
    hub.issue(recipient_name="Rosa Diaz", recipient_email="rosa@example.com")
    return hub.run_all()[0]


def page_of(client: Client, run: Run) -> str:
    return text(client.get(reverse("run-detail", args=[run.pk])))


def test_a_run_tells_what_was_sent_and_why(run: Run, ada: Client) -> None:
    page = page_of(ada, run)

    assert "Book the first free time" in page
    assert "POST" in page
    assert "/contacts/upsert" in page
    assert "Taken from event.recipient_email: “rosa@example.com”" in page
    assert "5 steps did not apply" in page
    assert "carries the hub's mark, so it can be found again" in page


def test_a_field_that_was_left_empty_is_explained(run: Run, ada: Client) -> None:
    page = page_of(ada, run)

    assert "empty, not sent" in page
    assert "Taken from options.assigned_user_id" in page


def test_a_run_under_way_refreshes_itself_and_a_finished_one_rests(run: Run, ada: Client) -> None:
    assert "every 2s" not in page_of(ada, run)

    Run.objects.filter(pk=run.pk).update(state="running")

    fragment = ada.get(reverse("run-detail", args=[run.pk]), headers={"HX-Request": "true"})
    assert "every 2s" in text(fragment)
    assert "<html" not in text(fragment)


def test_a_story_that_differs_from_what_was_sent_says_so(run: Run, ada: Client) -> None:
    step = StepRun.objects.get(run=run, step="contact")
    step.values = {**step.values, "email": "other@example.com"}
    step.save()

    assert "differs from what was sent" in page_of(ada, run)


FILTERS = [
    ({"state": "succeeded"}, True),
    ({"state": "failed"}, False),
    ({"record": "400"}, True),
    ({"record": "nothing like it"}, False),
    ({"state": "made-up"}, True),
]


@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_runs_are_found_by_state_and_record(
    run: Run, ada: Client, query: dict[str, str], found: bool
) -> None:
    page = text(ada.get(reverse("run-list"), query))

    assert (reverse("run-detail", args=[run.pk]) in page) is found


def test_runs_are_found_by_workflow(run: Run, ada: Client) -> None:
    page = text(ada.get(reverse("run-list"), {"workflow": run.workflow_id}))

    assert reverse("run-detail", args=[run.pk]) in page


def test_a_long_list_has_pages(run: Run, ada: Client) -> None:
    Run.objects.bulk_create(
        Run(
            team=run.team,
            workflow=run.workflow,
            version=run.version,
            event=run.event,
            record=run.record,
            replay=number,
            state="failed",
        )
        for number in range(1, 31)
    )

    first = text(ada.get(reverse("run-list"), {"state": "failed"}))
    second = text(ada.get(reverse("run-list"), {"state": "failed", "page": "2"}))

    assert "Page 1 of 2, 30 runs" in first
    assert "?state=failed&page=2" in first
    assert first.count("/runs/") > second.count("/runs/")


def test_a_failed_run_is_run_again(run: Run, ada: Client) -> None:
    Run.objects.filter(pk=run.pk).update(state="failed", reason="The calendar is gone.")
    assert "The calendar is gone." in page_of(ada, run)

    page = said(ada, ada.post(reverse("run-replay", args=[run.pk])))

    assert "what was written the first time is not written twice" in page
    assert Run.objects.get(replay=1).event_id == run.event_id


def test_a_run_that_succeeded_is_not_run_again(run: Run, ada: Client) -> None:
    page = said(ada, ada.post(reverse("run-replay", args=[run.pk])))

    assert "Only a run that failed or was cancelled is run again" in page
    assert Run.objects.count() == 1


def test_a_run_that_waits_is_cancelled(run: Run, ada: Client) -> None:
    assert "there is nothing to cancel" in said(ada, ada.post(reverse("run-cancel", args=[run.pk])))

    Run.objects.filter(pk=run.pk).update(state="parked", parked_on=run.event.connection)
    said(ada, ada.post(reverse("run-cancel", args=[run.pk])))

    run.refresh_from_db()
    assert run.state == "cancelled"


@pytest.fixture
def held(run: Run) -> Effect:
    effect = Effect.objects.filter(run=run, operation="appointments.create").get()
    effect.state = "held"
    effect.save()
    StepRun.objects.filter(run=run, address=effect.address).delete()
    Run.objects.filter(pk=run.pk).update(state="held", reason="The answer was lost.")
    return effect


DECISIONS: list[tuple[dict[str, str], str, str]] = [
    ({"happened": "yes", "record_id": "apt1"}, "Noted; the run goes on.", "done"),
    ({"happened": "no"}, "Noted; the run goes on.", "ready"),
    ({"happened": "yes"}, "Give the id of the record that was made", "held"),
    ({}, "Say first whether the record is there.", "held"),
]


@pytest.mark.parametrize(("given", "sentence", "state"), DECISIONS)
def test_a_person_says_whether_a_write_happened(
    run: Run, held: Effect, ada: Client, given: dict[str, str], sentence: str, state: str
) -> None:
    assert "Did this happen?" in page_of(ada, run)

    page = said(ada, ada.post(reverse("run-held", args=[run.pk, held.pk]), given))

    held.refresh_from_db()
    assert sentence in page
    assert held.state == state


def test_another_team_decides_nothing(run: Run, held: Effect, otto: Client) -> None:
    answer = otto.post(reverse("run-held", args=[run.pk, held.pk]), {"happened": "no"})

    held.refresh_from_db()
    assert answer.status_code == 404
    assert held.state == "held"


@pytest.fixture
def asking(run: Run) -> StepRun:
    Run.objects.filter(pk=run.pk).update(state="waiting", due_at=None, reason="May this go out?")
    return StepRun.objects.create(run=run, address="ask//0/0", step="ask", done=False)


@pytest.mark.parametrize(("answer", "outcome"), [("yes", True), ("no", False)])
def test_a_person_answers_a_step_that_asks(
    run: Run, asking: StepRun, ada: Client, answer: str, outcome: bool
) -> None:
    where = reverse("run-decide", args=[run.pk, asking.pk])
    assert "May this go out?" in page_of(ada, run)

    ada.post(where, {"answer": answer})
    again = said(ada, ada.post(where, {"answer": "yes"}))

    asking.refresh_from_db()
    assert (asking.done, asking.outcome) == (True, outcome)
    assert "does not wait for a person (any more)" in again


def test_a_viewer_sees_no_buttons_to_decide_with(run: Run, held: Effect, vera: Client) -> None:
    page = page_of(vera, run)

    assert "Did this happen?" in page
    assert "It is not there" not in page


def test_bodies_are_shown_without_their_secrets(hub: Hub, run: Run, ada: Client) -> None:
    secrets: list[Any] = [row.value for row in hub.ghl.credentials.all()]

    page = page_of(ada, run)

    assert not [secret for secret in secrets if secret in page]
