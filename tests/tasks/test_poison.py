"""Runs at which their workers die, each time and by a real signal: they stop, and take no other with them."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests import processes
from tests.tasks.poisoned import ANSWERED, RECKONED

pytestmark = pytest.mark.kill

MOST_WORKERS = 12
PILE = 6
RUNS = "SELECT record, state, reason FROM integrations_run ORDER BY id"
GOING_ON = "SELECT 1 FROM integrations_run WHERE state IN ('queued', 'waiting', 'running')"


def test_runs_that_kill_their_workers_are_stopped_after_three_starts(tmp_path: Path) -> None:
    poisoned = {"DJANGO_SETTINGS_MODULE": "tests.tasks.poisoned"}
    with processes.start_hub(tmp_path, HUB_LEASE_S="6", **poisoned) as hub:
        hub.manage("shell", "-c", f"from tests.tasks import piles; piles.make([{PILE}])")
        deaths = 0
        while hub.rows(GOING_ON) and deaths < MOST_WORKERS:
            deaths += dies(hub)
        # They were taken together twice; which of all it was is found out by starting each alone.
        assert deaths == 2 + 2, hub.output()
        ends = {record: (state, reason) for record, state, reason in hub.rows(RUNS)}
        (held, why), (failed, why_too) = ends.pop(ANSWERED), ends.pop(RECKONED)
        assert list(ends.values()) == [("succeeded", "")] * (PILE - 2)
        assert (held, failed) == ("held", "failed")
        assert "This run has ended its worker 3 times; it is not started again." in why
        assert "This run has ended its worker 3 times; it is not started again." in why_too


def dies(hub: processes.Hub) -> bool:
    """Start a worker; whether it is killed before nothing goes on any more."""
    worker = hub.start("work")
    processes.wait_until(
        lambda: worker.poll() is not None or not hub.rows(GOING_ON), for_s=120, every_s=0.5, what=hub.output()
    )
    return worker.poll() == -signal.SIGKILL
