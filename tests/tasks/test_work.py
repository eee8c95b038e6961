"""Draining without the cluster, as a real process."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.processes import start_hub, wait_until

pytestmark = pytest.mark.kill


def test_work_drains_what_comes_until_ctrl_c(tmp_path: Path) -> None:
    with start_hub(tmp_path) as hub:
        hub.manage("demo", "--once")
        work = hub.start("work")
        issue = ("sandbox", "act", "accredible", "issue_certificate")
        who = ("--set", "recipient_name=Grace Hopper", "--set", "recipient_email=grace@example.org")
        hub.manage(*issue, *who)
        hub.manage("sweep", "Certificate to appointment")

        wait_until(lambda: "1 runs finished" in hub.output(), what="the run was drained")
        work.send_signal(signal.SIGINT)

        assert work.wait(timeout=30) == 0
        assert "Traceback" not in hub.output()
