"""The sandbox test, the dry run, deploying, pausing, looking now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from integrations.models import Heartbeat, Run, Workflow
from integrations.services import connect, drafts, lifecycle
from tests.hub import Hub, make_hub
from tests.web.conftest import member
from tests.web.pages import said, text


@pytest.fixture
def draft(db: None) -> Hub:
    return make_hub(deploy=False)


@pytest.fixture
def operator(draft: Hub) -> Client:
    return member("ada", draft.team, "operator")


def at(hub: Hub, what: str, *more: int) -> str:
    return reverse(what, args=[hub.workflow.pk, *more])


def press(client: Client, hub: Hub, what: str, **given: Any) -> str:
    return said(client, client.post(at(hub, what), given))


def workflow(hub: Hub) -> Workflow:
    return Workflow.objects.select_related("live").get(pk=hub.workflow.pk)


def test_an_untested_draft_is_not_deployed_and_the_reason_is_said(draft: Hub, operator: Client) -> None:
    page = press(operator, draft, "workflow-deploy")

    assert "Run the sandbox test of this draft" in page
    assert workflow(draft).state == "draft"


def test_a_test_without_a_worker_is_run_on_the_spot_and_opens_the_gate(draft: Hub, operator: Client) -> None:
    page = press(operator, draft, "workflow-test")
    run = Run.objects.get()
    assert "No worker answers" in page
    assert "Run it here now" in page

    operator.post(at(draft, "workflow-test-here", run.pk))
    page = text(operator.post(at(draft, "workflow-test-state", run.pk)))

    assert "The draft passed its test and may be drilled" in page
    assert "Drill it" in page
    assert "every 1s" not in page
    lifecycle.note_drill(workflow(draft), True)
    assert "Version 1 is live." in press(operator, draft, "workflow-deploy")
    assert workflow(draft).state == "live"
    assert not Heartbeat.objects.exists(), "a web request is no sign of life of a worker"


def test_while_a_worker_answers_the_page_waits_for_it(draft: Hub, operator: Client) -> None:
    Heartbeat.objects.create(name="cluster:1", at=datetime.now(UTC))

    page = press(operator, draft, "workflow-test")

    assert "A worker takes it now" in page
    assert "every 1s" in page
    assert "Run it here now" not in page


def test_a_draft_that_was_changed_meanwhile_has_not_passed(draft: Hub, operator: Client) -> None:
    operator.post(at(draft, "workflow-test"))
    run = Run.objects.get()
    drafts.save_options(draft.workflow, {**draft.workflow.draft["options"], "days_after": 9})
    operator.post(at(draft, "workflow-test-here", run.pk))

    page = text(operator.post(at(draft, "workflow-test-state", run.pk)))

    assert "The draft was changed after this test had begun; test it again." in page
    assert not workflow(draft).tested_hash


def test_a_test_that_fails_closes_the_gate_again(draft: Hub, operator: Client) -> None:
    operator.post(at(draft, "workflow-test"))
    run = Run.objects.get()
    Run.objects.filter(pk=run.pk).update(state="failed", reason="The calendar is gone.")

    page = text(operator.post(at(draft, "workflow-test-state", run.pk)))

    assert "The draft did not pass." in page
    assert "The calendar is gone." in page
    assert not workflow(draft).tested_hash


def test_the_dry_run_shows_the_writes_and_makes_none(draft: Hub, operator: Client) -> None:
    before = draft.appointments()

    page = text(operator.post(at(draft, "workflow-dry-run")))

    assert "It would make" in page
    assert "appointments.create" in page
    assert "nothing was written" in page
    assert draft.appointments() == before
    assert not Run.objects.exists()


def test_a_dry_run_that_cannot_read_says_why(draft: Hub, operator: Client) -> None:
    draft.sandbox.act("accredible", "new_api_key", {})

    page = text(operator.post(at(draft, "workflow-dry-run")))

    assert 'role="alert"' in page
    assert "Accredible" in page


def test_pause_and_resume(hub: Hub, ada: Client) -> None:
    assert "Events are still collected" in press(ada, hub, "workflow-pause")
    assert workflow(hub).state == "paused"
    assert "is not live, so there is nothing to pause" in press(ada, hub, "workflow-pause")
    assert "It is live again" in press(ada, hub, "workflow-resume")
    assert workflow(hub).state == "live"
    assert "is not paused" in press(ada, hub, "workflow-resume")


def test_looking_now_is_left_to_a_worker_that_answers(
    hub: Hub, ada: Client, django_capture_on_commit_callbacks: Any
) -> None:
    Heartbeat.objects.update_or_create(name="cluster:1", defaults={"at": datetime.now(UTC)})
    waiting = OrmQ.objects.count()

    with django_capture_on_commit_callbacks(execute=True):
        page = press(ada, hub, "workflow-look")

    assert "A worker is looking" in page
    assert OrmQ.objects.count() == waiting + 1


def test_without_a_worker_the_request_looks_itself(hub: Hub, ada: Client) -> None:
    Heartbeat.objects.all().delete()
    hub.issue()

    page = press(ada, hub, "workflow-look", back="sandbox")

    assert "Looked: 1 events, 1 new runs." in page
    assert "Do something there" in page  # back where the button was pressed


def test_a_draft_has_nothing_to_look_at(draft: Hub, operator: Client) -> None:
    assert "has not been deployed yet" in press(operator, draft, "workflow-look")


def test_real_connections_are_offered_the_dry_run_and_no_test(draft: Hub, operator: Client) -> None:
    real = connect.add(
        draft.team,
        "ghl",
        name="Real",
        environment="production",
        auth="pit",
        secrets={"private_integration_token": "pit-1"},
    )
    draft.workflow.bindings.filter(role="crm").update(connection=real)

    page = text(operator.get(at(draft, "workflow-detail")))

    assert at(draft, "workflow-dry-run") in page
    assert at(draft, "workflow-test") not in page


def test_a_busy_database_is_told_on_the_page(
    draft: Hub, operator: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(lifecycle, "pause", locked)

    answer = operator.post(at(draft, "workflow-pause"))

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert "another process is writing to it. Try again in a moment." in text(answer)
    assert "Traceback" not in caplog.text
