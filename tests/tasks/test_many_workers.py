"""Four workers share one pile of runs, and one of them is ended by SIGKILL in the middle of it."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from integrations.sandbox import Sandbox
from tests import processes

pytestmark = pytest.mark.kill

WORKERS = 4
CERTIFICATES = 40
REVOKED = 6
SMALL_HANDS = "tests.tasks.small_hands"  # else the first worker would take the whole pile

SET_UP = """
from tests.hub import make_hub
hub = make_hub(start="dictated")
certificates = []
for n in range({certificates}):
    day, hour = divmod(n, 8)
    at = "2027-03-%02d %02d:00" % (day + 1, hour + 9)
    certificates.append(hub.issue(recipient_email="person%d@example.org" % n, appointment_at=at))
hub.look()
for certificate in certificates[:{revoked}]:
    hub.revoke(certificate)
hub.look()
"""


def test_many_workers_do_everything_once_in_order_and_within_quota_though_one_is_killed(
    tmp_path: Path,
) -> None:
    with processes.start_hub(tmp_path, HUB_LEASE_S="6", DJANGO_SETTINGS_MODULE=SMALL_HANDS) as hub:
        hub.manage("shell", "-c", SET_UP.format(certificates=CERTIFICATES, revoked=REVOKED))
        sandbox = Sandbox(tmp_path / "sandbox.sqlite3")
        hung = work_and_kill_one(hub, sandbox)
        shares = [int(n) for n in re.findall(r"(\d+) runs finished", hub.output())]
        assert sum(n > 0 for n in shares) >= WORKERS - 1, f"they did not share: {shares}"
        hub.start("work")  # it finishes what is left of what the killed one held
        processes.wait_until(lambda: unfinished(hub) == 0, what=hub.output())
        told = str(hub.rows("SELECT id, state, reason FROM integrations_run ORDER BY id")) + hub.output()
        assert states(hub) == {"succeeded": CERTIFICATES + REVOKED}, told
        assert "Traceback" not in hub.output(), hub.output()
        assert refused_for_quota(sandbox) == []
        assert out_of_order(hub) == []
        assert_once_each(hub, sandbox)
        assert hub.rows("SELECT adopted, sends FROM integrations_effect WHERE mark = %s", hung) == [(True, 1)]


def work_and_kill_one(hub: processes.Hub, sandbox: Sandbox) -> str:
    """All start together; the one whose first booking hangs, made and not answered, is killed. Its mark."""
    sandbox.set_fault("ghl", "hang_after_commit", match="POST /calendars/events/appointments", seconds=60)
    workers = {str(worker.pid): worker for worker in (hub.start("work", "--once") for _ in range(WORKERS))}
    before: set[Any] = set()
    mark, owner = processes.wait_until(lambda: hangs(hub, sandbox, before), what="a booking hangs")
    killed = workers.pop(owner.split(":")[1])
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait(timeout=10) == -signal.SIGKILL
    others = list(workers.values())
    processes.wait_until(lambda: only_these_are_left(hub, owner, others), for_s=60, what=hub.output())
    for worker in others:
        assert worker.wait(timeout=30) == 0, hub.output()
    return mark


def only_these_are_left(hub: processes.Hub, owner: str, workers: list[Popen[str]]) -> bool:
    """Whether all is done but what `owner` holds and what stands in line behind that.

    Until then every worker that found nothing due is followed by another, as wake-ups do.
    """
    ((left,),) = hub.rows(
        "SELECT count(*) FROM integrations_run WHERE finished_at IS NULL AND record NOT IN"
        " (SELECT record FROM integrations_run WHERE lease_owner = %s)",
        owner,
    )
    for place, worker in enumerate(workers):
        if left and worker.poll() is not None:
            assert worker.returncode == 0, hub.output()
            workers[place] = hub.start("work", "--once")
    return not left


def hangs(hub: processes.Hub, sandbox: Sandbox, before: set[Any]) -> tuple[str, str] | None:
    """Mark and owner of a booking that the app had made already when looked at `before`, still unsettled."""
    made = " ".join(str(row.get("description")) for row in documents(sandbox, "appointments"))
    rows = hub.rows(
        "SELECT effect.mark, run.lease_owner FROM integrations_effect effect JOIN integrations_run run"
        " ON run.id = effect.run_id WHERE effect.operation = 'appointments.create'"
        " AND effect.state = 'claimed' AND run.state = 'running'"
    )
    now = {(mark, owner) for mark, owner in rows if mark in made}
    still = sorted(now & before)
    before |= now
    return still[0] if still else None


def unfinished(hub: processes.Hub) -> int:
    return int(hub.rows("SELECT count(*) FROM integrations_run WHERE finished_at IS NULL")[0][0])


def states(hub: processes.Hub) -> dict[str, int]:
    return dict(hub.rows("SELECT state, count(*) FROM integrations_run GROUP BY state"))


def refused_for_quota(sandbox: Sandbox) -> list[Any]:
    return [request for request in sandbox.requests() if request["status"] == 429]


def out_of_order(hub: processes.Hub) -> list[tuple[Any, ...]]:
    """Runs that began before an earlier one of the same record had finished."""
    return hub.rows(
        "SELECT later.id FROM integrations_run later JOIN integrations_run earlier"
        " ON earlier.record = later.record AND earlier.workflow_id = later.workflow_id"
        " AND earlier.id < later.id WHERE later.started_at < earlier.finished_at"
    )


def assert_once_each(hub: processes.Hub, sandbox: Sandbox) -> None:
    made = documents(sandbox, "appointments")
    assert len({row["startTime"] for row in made}) == len(made) == CERTIFICATES
    assert len({row["contactId"] for row in made}) == len(documents(sandbox, "contacts")) == CERTIFICATES
    assert [row["appointmentStatus"] for row in made].count("cancelled") == REVOKED
    assert len(documents(sandbox, "notifications")) == 1
    assert hub.rows("SELECT key FROM integrations_effect WHERE state <> 'done'") == []
    keys = [
        json.dumps(row) for row in hub.rows("SELECT connection_id, record_id FROM integrations_recordlink")
    ]
    assert len(keys) == len(set(keys)) == 2 * CERTIFICATES


def documents(sandbox: Sandbox, collection: str) -> list[dict[str, Any]]:
    store = sandbox.apps()["ghl"].store
    assert store is not None
    with store.reading("ghl") as tx:
        return list(tx.all(collection))
