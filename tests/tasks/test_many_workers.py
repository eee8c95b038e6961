"""Four workers share one pile of runs, and one of them is ended by SIGKILL in the middle of it."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox import Sandbox
from tests import processes

pytestmark = pytest.mark.kill

WORKERS = 4
CERTIFICATES = 40
REVOKED = 6

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
    with processes.start_hub(tmp_path, HUB_LEASE_S="6") as hub:
        hub.manage("shell", "-c", SET_UP.format(certificates=CERTIFICATES, revoked=REVOKED))
        sandbox = Sandbox(tmp_path / "sandbox.sqlite3")
        work_and_kill_one(hub, sandbox)
        hub.start("work")  # it finishes what the killed one held
        processes.wait_until(lambda: unfinished(hub) == 0, what=hub.output())
        told = str(hub.rows("SELECT id, state, reason FROM integrations_run ORDER BY id")) + hub.output()
        assert states(hub) == {"succeeded": CERTIFICATES + REVOKED}, told
        assert "Traceback" not in hub.output(), hub.output()
        assert refused_for_quota(sandbox) == []
        assert out_of_order(hub) == []
        assert_once_each(hub, sandbox)


def work_and_kill_one(hub: processes.Hub, sandbox: Sandbox) -> None:
    """All start together; one that has a booking made and not yet written down is killed."""
    sandbox.set_fault("ghl", "hang_after_commit", match="POST /calendars/events/appointments", seconds=60)
    workers = {str(worker.pid): worker for worker in (hub.start("work", "--once") for _ in range(WORKERS))}
    owner = processes.wait_until(
        lambda: holds_a_booking(hub, sandbox), every_s=0.02, what="a booking is made"
    )
    killed = workers.pop(owner.split(":")[1])
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait(timeout=10) == -signal.SIGKILL
    for worker in workers.values():
        assert worker.wait(timeout=60) == 0, hub.output()


def holds_a_booking(hub: processes.Hub, sandbox: Sandbox) -> str:
    """The owner of a run whose booking the app has, and the hub has not settled; "" while there is none."""
    made = " ".join(str(row.get("description")) for row in appointments(sandbox))
    under_way = hub.rows(
        "SELECT effect.mark, run.lease_owner FROM integrations_effect effect JOIN integrations_run run"
        " ON run.id = effect.run_id WHERE effect.operation = 'appointments.create'"
        " AND effect.state = 'claimed' AND run.state = 'running'"
    )
    return next((str(owner) for mark, owner in under_way if mark in made), "")


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
    made = appointments(sandbox)
    assert len({row["startTime"] for row in made}) == len(made) == CERTIFICATES
    assert len({row["contactId"] for row in made}) == len(documents(sandbox, "contacts")) == CERTIFICATES
    assert [row["appointmentStatus"] for row in made].count("cancelled") == REVOKED
    assert len(documents(sandbox, "notifications")) == 1
    assert hub.rows("SELECT key FROM integrations_effect WHERE state <> 'done'") == []
    keys = [
        json.dumps(row) for row in hub.rows("SELECT connection_id, record_id FROM integrations_recordlink")
    ]
    assert len(keys) == len(set(keys)) == 2 * CERTIFICATES


def appointments(sandbox: Sandbox) -> list[dict[str, Any]]:
    return documents(sandbox, "appointments")


def documents(sandbox: Sandbox, collection: str) -> list[dict[str, Any]]:
    store = sandbox.apps()["ghl"].store
    assert store is not None
    with store.reading("ghl") as tx:
        return list(tx.all(collection))
