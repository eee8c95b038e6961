"""Webhooks in a hub of real processes: over HTTP, and through the deaths of those who deal with them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from integrations.sandbox import Sandbox
from tests import processes

pytestmark = pytest.mark.kill

SET_UP = """
from tests.services.telling import COPY, listening, pair
two = pair()
listening(two, "contacts.changed", COPY)
"""
CREATE = """
from integrations.models import Connection
from integrations.services.clients import sandbox
from tests.services.telling import Pair
source, target = Connection.objects.get(name="Source"), Connection.objects.get(name="Target")
Pair(source.team, source, target, sandbox()).create("Rosa", lastName="Diaz")
"""
DELIVER_AND_DIE = """
import os, signal
from integrations.services import deliveries
deliveries.within()
os.kill(os.getpid(), signal.SIGKILL)
"""


def copies(sandbox: Sandbox) -> list[str]:
    """The contacts called Diaz, one in each location."""
    store = sandbox.apps()["ghl"].store
    assert store is not None
    with store.reading("ghl") as tx:
        rows = [row for row in tx.all("contacts") if row.get("lastName") == "Diaz"]
    return sorted(str(row["locationId"]) for row in rows)


def assert_told_once(hub: processes.Hub, sandbox: Sandbox) -> None:
    assert len(set(copies(sandbox))) == len(copies(sandbox)) == 2
    assert hub.rows("SELECT type, source FROM integrations_event") == [("contact.created", "webhook")]
    assert hub.rows("SELECT state FROM integrations_run") == [("succeeded",)]
    assert hub.rows("SELECT state FROM integrations_effect") == [("done",)]


def test_what_was_accepted_outlives_whoever_accepted_it(tmp_path: Path) -> None:
    with processes.start_hub(tmp_path) as hub:
        hub.manage("shell", "-c", SET_UP + CREATE)
        hub.manage("shell", "-c", DELIVER_AND_DIE, expect=-signal.SIGKILL)
        assert hub.rows("SELECT state, type FROM integrations_notice") == [("new", "ContactCreate")]

        hub.manage("work", "--once")

        assert_told_once(hub, Sandbox(tmp_path / "sandbox.sqlite3"))


def test_a_worker_killed_while_it_reads_leaves_the_notice_to_another(tmp_path: Path) -> None:
    with processes.start_hub(tmp_path, HUB_LEASE_S="6") as hub:
        hub.manage("shell", "-c", SET_UP + CREATE)
        sandbox = Sandbox(tmp_path / "sandbox.sqlite3")
        sandbox.set_fault("ghl", "hang_after_commit", match="GET /contacts/", seconds=60)
        worker = hub.start("work")
        processes.wait_until(
            lambda: sandbox.requests(app="ghl", method="GET", path_contains="/contacts/"),
            what=f"the record is read: {hub.output()}",
        )
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(timeout=10)
        assert hub.rows("SELECT count(*) FROM integrations_event") == [(0,)]

        hub.start("work")

        processes.wait_until(
            lambda: hub.rows("SELECT 1 FROM integrations_run WHERE state = 'succeeded'"), what=hub.output()
        )
        assert_told_once(hub, sandbox)
        assert "Traceback" not in hub.output(), hub.output()


def test_while_the_hub_serves_a_change_reaches_the_other_location_by_itself(tmp_path: Path) -> None:
    """The simulated app posts to the hub's own address, as the real one would."""
    with processes.start_hub(tmp_path) as hub:
        hub.manage("shell", "-c", SET_UP)
        sandbox = Sandbox(tmp_path / "sandbox.sqlite3")
        hub.start("serve")
        hub.manage("shell", "-c", CREATE)

        processes.wait_until(
            lambda: hub.rows("SELECT 1 FROM integrations_run WHERE state = 'succeeded'"), what=hub.output()
        )

        assert_told_once(hub, sandbox)
        processes.wait_until(
            lambda: {row["state"] for row in sandbox.dump()["ghl"]["outbox"]} == {"delivered"},
            what="all was delivered",
        )
