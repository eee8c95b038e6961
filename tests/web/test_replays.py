"""Running again from the pages and from the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import ReplayBatch, Run
from integrations.services import replays
from integrations.services.drain import drain_once
from tests.hub import Hub, connected
from tests.management.conftest import ask
from tests.services.conftest import plenty
from tests.services.handmade import live
from tests.services.test_replays import CONTACT, NOTE, failed
from tests.web.pages import said, text

__all__ = ["plenty"]

pytestmark = pytest.mark.usefixtures("plenty")


@pytest.fixture
def run(hub: Hub) -> Run:
    return failed(hub, live(hub, CONTACT, NOTE))


def test_the_failed_runs_of_a_filter_are_run_again_after_an_estimate(hub: Hub, run: Run, ada: Client) -> None:
    where = f"{reverse('runs-replay')}?workflow={run.workflow_id}&state=&record="
    assert reverse("runs-replay") in text(ada.get(reverse("run-list")))
    assert "would be run again" in text(ada.get(where))
    assert not ReplayBatch.objects.exists()

    page = said(ada, ada.post(where))

    batch = ReplayBatch.objects.get()
    assert batch.what == "Failed runs of By hand"
    assert reverse("replay-cancel", args=[batch.pk]) in page
    page = said(ada, ada.post(reverse("replay-cancel", args=[batch.pk])))
    assert "1 runs were cancelled" in page


def test_what_failed_of_a_connection_since_a_moment_is_run_again(hub: Hub, run: Run, ada: Client) -> None:
    where, source = reverse("runs-replay"), run.event.connection
    before, after = f"{run.made_at:%Y-%m-%dT%H:%M}", f"{run.made_at + timedelta(minutes=1):%Y-%m-%dT%H:%M}"
    other = connected(run.team, "credly", "Another")
    assert "Run them again" not in text(ada.get(where, {"connection": source.pk, "since": after}))
    page = text(ada.get(where, {"connection": other.pk, "since": before}))
    assert "No run of Another, since " in page
    assert "Run them again" not in page
    assert "Run them again" in text(ada.get(where, {"connection": source.pk, "since": before}))
    runs = f"{reverse('run-list')}?connection={source.pk}"
    assert runs in text(ada.get(reverse("connection-detail", args=[source.pk])))
    assert reverse("run-detail", args=[run.pk]) in text(ada.get(runs))

    said(ada, ada.post(f"{where}?connection={source.pk}&since={before}"))

    batch = ReplayBatch.objects.get()
    assert batch.what == f"Failed runs of {source.name}, since {before.replace('T', ' ')} UTC"
    assert batch.runs.count() == 1


UNREADABLE = ["workflow=999", "connection=999", "since=yesterday"]


@pytest.mark.parametrize("query", UNREADABLE)
def test_a_filter_that_cannot_be_read_runs_nothing_again(run: Run, ada: Client, query: str) -> None:
    where = f"{reverse('runs-replay')}?{query}"

    assert "The filter cannot be read" in text(ada.get(where))
    assert "The filter cannot be read" in text(ada.post(where))
    assert not ReplayBatch.objects.exists()


def test_a_run_with_an_edited_event_says_so_on_its_page(hub: Hub, run: Run, ada: Client) -> None:
    where = reverse("run-replay", args=[run.pk])
    assert "has to be one JSON object" in said(ada, ada.post(where, {"payload": "[1]"}))

    page = said(ada, ada.post(where, {"payload": '{"email": "p1@example.org", "note": "Hi"}'}))

    assert "edited event" in page
    assert Run.objects.get(edited_of=run).event.payload["note"] == "Hi"


def test_a_run_behind_a_newer_success_is_only_run_again_when_that_is_said(
    hub: Hub, run: Run, ada: Client
) -> None:
    newer = failed(hub, run.workflow, note="Newer")
    where = reverse("run-replay", args=[run.pk])
    assert "is newer and succeeded" in text(ada.get(reverse("run-detail", args=[run.pk])))
    assert f"Run {newer.pk} of the same record is newer" in said(ada, ada.post(where))

    ada.post(where, {"behind": "yes"})

    assert Run.objects.filter(event=run.event, replay=1).exists()


def test_everything_since_a_time_by_command(hub: Hub, run: Run) -> None:
    since = ("replay", "--connection", "GHL", "--since", "2000-01-01T00:00+00:00")

    told = ask(*since)
    done = ask(*since, "--yes", "--json")

    assert (told.status, "1 run would be run again." in told.out) == (0, True)
    assert "Nothing was done; add --yes" in told.out
    assert (done.status, done.json["failed"], done.json["left"]) == (1, 1, 0)
    assert ask("replay", "--connection", "GHL").status == 2
    assert ask("replay", "--connection", "GHL", "--since", "yesterday").status == 2


def test_a_batch_is_cancelled_by_command(hub: Hub, run: Run) -> None:
    batch = replays.start(hub.team, replays.outlook(replays.again(hub.team)), "All", None)

    assert ask("replay", "--cancel", str(batch.pk), "--json").json == {"batch": batch.pk, "cancelled": 1}
    assert ask("replay", "--cancel", "404").status == 2


def test_one_run_with_an_edited_event_by_command(hub: Hub, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"email": "p1@example.org", "note": "Hi"}), encoding="utf-8")

    told = ask("replay", str(run.pk), "--edit", str(file), "--json")

    assert (told.status, told.json["status"], told.json["edited"]) == (0, "succeeded", True), told.err
    assert ask("replay", str(run.pk)).status == 2
    drain_once(for_s=1)
