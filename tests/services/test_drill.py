"""What a trial of a drill does, step by step, in this process: signing in, webhooks of the event, time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import yaml

from integrations.models import Connection, Event, EventSource, OAuthToken, Run, RunState
from integrations.recipes import ALL
from integrations.sandbox import faults
from integrations.services.clients import sandbox
from integrations.services.drill import rounds, signing_in, stage, swift, trial, troubles
from integrations.services.drill.footprint import Footprint
from integrations.services.drill.rights import Right, Rights
from integrations.services.drill.stage import Scene
from integrations.services.drill.verdicts import Verdict
from integrations.services.samples import trigger_of

BY_WEBHOOK = "ghl.group_milestones"
UNREADABLE = "accessally.team_to_group"
EMPTY = Footprint({}, {})
TOLD = Right(left=EMPTY, own=EMPTY, calls=[("ghl", "GET /contacts/"), ("ghl", "POST /x")], waits=False)
TROUBLES = {one.key: one for one in troubles.ALL}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(settings: Any) -> Scene:
    settings.HUB_SANDBOX_ENABLED = True
    return stage.example(BY_WEBHOOK)


def tried(scene: Scene, right: Right, key: str) -> Verdict:
    rights = Rights(told=right, pair=right, acted=right, readable=scene.readable)
    return trial.Trial(scene, rights, TROUBLES[key], 0).tried()


# --- signing in -------------------------------------------------------------------------------------


def test_apps_with_a_consent_page_are_signed_in_to_there(scene: Scene) -> None:
    crm = Connection.objects.get(connector="ghl")

    assert (crm.auth, crm.state) == ("oauth", "connected")
    assert OAuthToken.objects.get(connection=crm).access_token
    assert not crm.credentials.exists()


def test_what_was_taken_back_on_the_way_is_allowed_again_on_the_page(scene: Scene) -> None:
    before = OAuthToken.objects.get().access_token
    sandbox().set_fault("ghl", faults.REVOKE_TOKEN)
    trial._tell(scene, 1)

    rounds.come_to_an_end()

    assert OAuthToken.objects.get().access_token != before
    assert Connection.objects.get(connector="ghl").state == "connected"
    assert [run.state for run in Run.objects.all()] == [RunState.SUCCEEDED]


def test_nobody_signs_in_where_all_is_well(scene: Scene) -> None:
    before = OAuthToken.objects.get().access_token

    signing_in.again()

    assert OAuthToken.objects.get().access_token == before


# --- quotas ----------------------------------------------------------------------------------------


def test_during_a_drill_the_apps_announce_large_quotas(scene: Scene) -> None:
    crm = Connection.objects.get(connector="ghl")
    token = OAuthToken.objects.get(connection=crm).access_token
    asked = httpx.Request(
        "GET",
        f"https://services.leadconnectorhq.com/locations/{crm.account}",
        headers={"Authorization": f"Bearer {token}", "Version": "2021-07-28"},
    )

    answer = sandbox().handle("ghl", asked)

    assert answer.status_code == 200
    assert int(answer.headers["X-RateLimit-Max"]) == 10_000


def test_every_app_with_a_limit_has_room_to_make() -> None:
    limited = {
        slug
        for slug, app in sandbox().apps().items()
        if any(knob.key in ("rate_limit", "burst_limit") and knob.default for knob in app.settings)
    }

    assert limited == {slug for slug, app in sandbox().apps().items() if app.roomy}


def test_a_worker_of_a_drill_puts_its_clock_on_instead_of_waiting(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("it slept"))
    worker = swift.Swift(timedelta(0))
    worker.wave.active = {1: object()}  # type: ignore[dict-item]
    monkeypatch.setattr(worker.wave, "patience_s", lambda: 0.8)
    before = datetime.now(UTC)

    assert worker._gather() == []

    assert worker.clock() - before >= timedelta(seconds=0.8)


# --- webhooks of the event --------------------------------------------------------------------------


def test_what_happens_in_the_app_is_heard_of_by_its_webhook(scene: Scene) -> None:
    right = trial.undisturbed(scene, acted=True)

    assert right.problem == ""
    assert right.sources == {EventSource.WEBHOOK}
    assert right.webhooks >= 1


def test_a_dropped_webhook_is_found_by_looking_and_marked_recovered(scene: Scene) -> None:
    sandbox().set_fault("ghl", faults.WEBHOOK_DROPPED, count=9)
    stage.done(scene.happens)

    rounds.come_to_an_end(look=stage.look)

    (run,) = Run.objects.exclude(state=RunState.SKIPPED)
    assert (run.state, run.event.source) == (RunState.SUCCEEDED, EventSource.RECOVERED)


def test_without_the_look_a_dropped_webhook_counts_as_lost(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "look", lambda: None)
    right = Right(
        left=Footprint({("ghl", "contacts"): Counter({"x": 1})}, {}),
        own=EMPTY,
        calls=TOLD.calls,
        waits=False,
        sources=frozenset({EventSource.WEBHOOK}),
    )

    assert tried(scene, right, "webhook_dropped").lost >= 1


@pytest.mark.parametrize("key", ["webhook_doubled", "webhook_shuffled"])
def test_a_webhook_that_comes_twice_or_late_starts_one_run(scene: Scene, key: str) -> None:
    right = replace(TOLD, sources=frozenset({EventSource.WEBHOOK}))

    verdict = tried(scene, right, key)

    assert verdict.stuck == 0
    assert Event.objects.filter(type="appointment.updated").count() == 1
    assert Run.objects.filter(state=RunState.SUCCEEDED).count() == 1


def test_every_recipe_that_hears_webhooks_has_an_act_that_brings_its_event_about() -> None:
    words = yaml.safe_load((stage.EXAMPLES / "drill.yaml").read_text(encoding="utf-8"))
    hearing = {key for key in stage.examples() if hears(key)}

    assert {key for key in hearing if not (words.get(key) or {}).get("happens")} == set()
    assert len(hearing) >= 15


def hears(recipe: str) -> bool:
    workflow = ALL[recipe].workflow
    trigger = trigger_of(workflow)
    return bool(trigger.hears)


# --- what cannot befall a workflow -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "right", "readable", "says"),
    [
        ("slow", TOLD, True, ""),
        ("slow", replace(TOLD, calls=[]), True, "makes no call"),
        ("answer_lost", TOLD, True, ""),
        ("answer_lost", replace(TOLD, calls=TOLD.calls[:1]), True, "writes nothing"),
        ("slot_taken", TOLD, True, "no free time"),
        ("webhook_doubled", TOLD, True, "No webhook tells"),
        ("webhook_doubled", replace(TOLD, webhooks=1), True, ""),
        ("webhook_dropped", replace(TOLD, sources=frozenset({"webhook"})), True, ""),
        ("webhook_dropped", replace(TOLD, sources=frozenset({"webhook"})), False, "cannot be read"),
        ("in_order", replace(TOLD, waits=True), True, "by itself"),
        ("database_restarted", TOLD, True, "a file"),
        ("killed_after_send", TOLD, False, ""),
    ],
)
def test_a_trouble_that_cannot_befall_a_workflow_is_not_tried_and_it_says_why(
    key: str, right: Right, readable: bool, says: str
) -> None:
    why = Rights(told=right, pair=right, acted=right, readable=readable).unfit(TROUBLES[key])

    assert says in why
    assert bool(says) == bool(why)
