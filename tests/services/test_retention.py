"""What is let go of, and what stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.models import (
    ApiCall,
    AuditEntry,
    Effect,
    Event,
    Notice,
    RecordLink,
    Run,
    RunState,
    SeenRow,
    StepRun,
)
from integrations.services import retention, samples
from integrations.services.drafts import compile_draft
from integrations.services.stories import view_of
from tests.hub import Hub
from tests.services.handmade import ANSWER, live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

LATER = timedelta(days=91)


def prune(after: timedelta = LATER) -> int:
    return retention.prune(datetime.now(UTC) + after)


@pytest.fixture
def done(hub: Hub) -> Hub:
    hub.issue()
    (run,) = hub.run_all()
    assert run.state == "succeeded"
    return hub


def test_what_is_older_than_the_retention_goes_and_the_keys_stay(done: Hub) -> None:
    stay = (Effect, RecordLink, SeenRow, AuditEntry, Event, Run)
    before = [kind.objects.count() for kind in stay]
    assert prune() == 1
    assert [kind.objects.count() for kind in stay] == before
    assert not (ApiCall.objects.exists() or StepRun.objects.exists())
    assert Event.objects.get().payload == {}
    run = Run.objects.get()
    assert (run.begun_with, run.state) == (None, "succeeded")
    assert view_of(run).steps == []
    assert prune() == 0


@pytest.mark.parametrize(("days", "after"), [(90, timedelta(days=89)), (0, timedelta(days=9999))])
def test_what_is_younger_stays_and_never_is_a_choice(
    done: Hub, settings: Any, days: int, after: timedelta
) -> None:
    settings.HUB_RETENTION_DAYS = days
    calls = ApiCall.objects.count()
    assert prune(after) == 0
    assert ApiCall.objects.count() == calls
    assert Event.objects.get().payload


def test_a_run_that_is_not_over_keeps_all_it_needs(done: Hub) -> None:
    Run.objects.update(state=RunState.HELD, finished_at=None)
    assert prune() == 0
    assert StepRun.objects.exists()
    assert Event.objects.get().payload


def test_an_event_that_another_run_still_needs_keeps_its_payload(done: Hub) -> None:
    other = live(done, ANSWER)
    event = Event.objects.get()
    waiting = Run.objects.create(
        team=done.team, workflow=other, version=other.live, event=event, record="1", state=RunState.WAITING
    )
    assert prune() == 1
    assert Event.objects.get().payload
    Run.objects.filter(pk=waiting.pk).update(
        state=RunState.FAILED, finished_at=datetime.now(UTC), begun_with={"now": "x"}
    )
    assert prune() == 1  # also where the event had been let go of for the first
    assert Event.objects.get().payload == {}


def test_an_event_heard_again_after_that_is_still_known(done: Hub) -> None:
    prune()
    SeenRow.objects.all().delete()
    done.look()
    assert Event.objects.exclude(payload={}).count() + 1 == Event.objects.count()
    record = Run.objects.earliest("id").record
    assert Run.objects.filter(record=record).count() == 1


def test_an_emptied_event_is_no_sample(done: Hub) -> None:
    prune()
    found = samples.sample_events(done.workflow, compile_draft(done.workflow))
    assert all(found.values())


def told(days_ago: int, **more: Any) -> Notice:
    notice = Notice.objects.create(
        connector="ghl",
        environment="sandbox",
        key=f"{days_ago}{more}",
        type="ContactUpdate",
        payload={"id": "1"},
        **{"state": "heard", **more},
    )
    Notice.objects.filter(pk=notice.pk).update(received_at=datetime.now(UTC) - timedelta(days=days_ago))
    return notice


@pytest.mark.django_db
def test_what_apps_told_is_let_go_of_and_its_keys_stay() -> None:
    old, young, unheard = told(91), told(1), told(91, state="new")
    prune(timedelta())
    payloads = dict(Notice.objects.values_list("pk", "payload"))
    assert payloads == {old.pk: {}, young.pk: {"id": "1"}, unheard.pk: {"id": "1"}}


@pytest.mark.django_db
def test_what_waits_for_an_account_that_nobody_connects_is_given_up(settings: Any) -> None:
    settings.HUB_RETENTION_DAYS = 0
    old, young = told(31, state="waiting"), told(29, state="waiting")
    prune(timedelta())
    states = dict(Notice.objects.values_list("pk", "state"))
    assert states == {old.pk: "ignored", young.pk: "waiting"}


def test_what_effects_remember_of_answers_is_let_go_of(done: Hub) -> None:
    assert Effect.objects.exclude(shown=None).exists()
    prune()
    assert not Effect.objects.exclude(shown=None).exists()
