"""The watch's judgement, with a clock and clusters that only pretend."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import OperationalError
from django_q.brokers import get_broker

from integrations import queue
from integrations.models import Heartbeat, RunState
from integrations.services import claims
from integrations.services.watch import Watch
from tests.hub import Hub

pytestmark = pytest.mark.django_db


@dataclass
class Cluster:
    """A child process that ends when it is told to."""

    name: str
    ended: bool = False
    killed: bool = False

    def kill(self) -> None:
        self.ended = self.killed = True

    def answer(self, at: datetime) -> None:
        Heartbeat.objects.update_or_create(name=self.name, defaults={"at": at})


@dataclass
class Scene:
    """A watch whose seconds pass when the test says so."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    clusters: list[Cluster] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.watch = Watch(start=self._start)  # type: ignore[arg-type]

    def _start(self, name: str) -> Cluster:
        self.clusters.append(Cluster(name))
        return self.clusters[-1]

    def pass_seconds(self, seconds: int, *, answering: bool = False) -> None:
        for _ in range(seconds):
            self.now += timedelta(seconds=1)
            if answering:
                self.clusters[-1].answer(self.now)
            self.watch.tick(self.now)


@pytest.fixture
def scene(settings: Any) -> Scene:
    settings.HUB_STALE_S = 8
    get_broker().purge_queue()  # Redis keeps what earlier tests have queued
    scene = Scene()
    scene.pass_seconds(1)
    return scene


def test_a_cluster_that_answers_stays(scene: Scene) -> None:
    scene.pass_seconds(60, answering=True)

    assert len(scene.clusters) == 1


def test_a_silent_cluster_is_killed_and_replaced(scene: Scene) -> None:
    scene.pass_seconds(20, answering=True)
    scene.pass_seconds(8)
    assert len(scene.clusters) == 1

    scene.pass_seconds(1)

    assert len(scene.clusters) == 2
    assert scene.clusters[0].killed
    assert not Heartbeat.objects.filter(name=scene.clusters[0].name).exists()


def test_a_cluster_that_never_answered_is_given_as_long_from_its_start(scene: Scene) -> None:
    scene.pass_seconds(8)
    assert len(scene.clusters) == 1

    scene.pass_seconds(1)
    assert len(scene.clusters) == 2

    scene.pass_seconds(8)
    assert len(scene.clusters) == 2


def test_clusters_that_never_answer_are_given_ever_longer(scene: Scene) -> None:
    starts = [scene.now]
    while len(scene.clusters) < 7:
        before = len(scene.clusters)
        scene.pass_seconds(1)
        starts += [scene.now] * (len(scene.clusters) - before)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(starts)]

    assert gaps[:5] == [9, 17, 33, 65, 65]


def test_one_that_has_answered_is_soon_missed_again(scene: Scene) -> None:
    scene.pass_seconds(9)
    scene.pass_seconds(5, answering=True)
    scene.pass_seconds(9)

    assert len(scene.clusters) == 3


def test_a_watch_that_stood_still_itself_does_not_judge(scene: Scene) -> None:
    scene.pass_seconds(5, answering=True)
    scene.now += timedelta(hours=8)

    scene.pass_seconds(9)
    assert len(scene.clusters) == 1

    scene.pass_seconds(1)
    assert len(scene.clusters) == 2


def test_while_the_database_was_away_nobody_could_answer(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(now: datetime) -> bool:
        raise OperationalError("the server is gone\nand more")

    with monkeypatch.context() as patched:
        patched.setattr(claims, "anything_due", away)
        scene.pass_seconds(7)
    scene.pass_seconds(7)

    assert len(scene.clusters) == 1
    assert "the watch cannot reach the database: the server is gone" in caplog.text


def test_a_cluster_that_ends_again_and_again_is_started_ever_later(scene: Scene) -> None:
    started = []
    for second in range(100):
        scene.clusters[-1].ended = True
        before = len(scene.clusters)
        scene.pass_seconds(1)
        if len(scene.clusters) > before:
            started.append(second)

    pauses = [later - earlier for earlier, later in pairwise(started)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 6
    assert pauses[-1] >= 30


def test_it_asks_for_a_sign_of_life_every_two_seconds_and_never_floods_the_queue(scene: Scene) -> None:
    scene.pass_seconds(2, answering=True)
    assert queue.waiting() == 1

    scene.pass_seconds(60, answering=True)
    assert queue.waiting() <= queue.FULL


def test_it_wakes_a_worker_for_what_is_due(
    scene: Scene, hub: Hub, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as quiet:
        scene.pass_seconds(1)
    assert quiet == []

    hub.issue()
    hub.look()
    scene.now = datetime.now(UTC)
    with django_capture_on_commit_callbacks() as woken:
        scene.pass_seconds(1)

    assert hub.workflow.runs.get().state == RunState.QUEUED
    assert len(woken) == 1
