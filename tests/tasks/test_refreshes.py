"""One refresh, whoever asks: many callers in several processes, and a holder that is ended by SIGKILL.

Real processes on a database of their own, real threads, a real signal.
"""

from __future__ import annotations

import os
import signal
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox import Sandbox
from tests import processes

pytestmark = pytest.mark.kill

PROCESSES, THREADS = 5, 10
GRACE_S = 30

SET_UP = """
from datetime import UTC, datetime, timedelta
from integrations.models import OAuthToken, Team
from tests.services.connections import give_consent, oauth_connection
office = oauth_connection(Team.objects.create(name="Acme"), "Office")
assert give_consent(office).ok
now = datetime.now(UTC)
OAuthToken.objects.update(issued_at=now - timedelta(hours=24), expires_at=now)
"""
CALLERS = """
import pathlib, threading, time
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from integrations.models import Connection
from integrations.services import tokens
directory, name, threads = pathlib.Path({directory!r}), {name!r}, {threads}
office = Connection.objects.get(name="Office")
together = threading.Barrier(threads + 1)
def call(_):
    together.wait()
    try:
        return tokens.fresh(office).account.secrets["access_token"]
    finally:
        connection.close()
with ThreadPoolExecutor(threads) as pool:
    calls = [pool.submit(call, n) for n in range(threads)]
    (directory / f"ready-{{name}}").touch()
    while not (directory / "go").exists():
        time.sleep(0.01)
    together.wait()
    (directory / f"used-{{name}}").write_text("\\n".join(one.result() for one in calls))
"""
DIES = """
import pathlib, time
from integrations.models import Connection
from integrations.services import tokens
def never(*args):
    pathlib.Path({mark!r}).touch()
    time.sleep(120)
tokens.settle = never
tokens.fresh(Connection.objects.get(name="Office"))
"""
TOKEN = "SELECT generation, access_token, lease_owner FROM integrations_oauthtoken"


def refreshes(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Every request to the token endpoint after the sign-in."""
    return sandbox.requests(app="ghl", method="POST", path_contains="/oauth/token")[1:]


def test_fifty_callers_in_five_processes_cause_one_refresh_request(tmp_path: Path) -> None:
    with processes.start_hub(tmp_path) as hub:
        hub.manage("shell", "-c", SET_UP)
        names = [str(number) for number in range(PROCESSES)]
        started = [
            hub.start("shell", "-c", CALLERS.format(directory=str(tmp_path), name=name, threads=THREADS))
            for name in names
        ]
        processes.wait_until(
            lambda: all((tmp_path / f"ready-{n}").exists() for n in names), what=hub.output()
        )
        (tmp_path / "go").touch()
        assert [one.wait(timeout=processes.PATIENCE_S) for one in started] == [0] * PROCESSES, hub.output()

        used = [token for n in names for token in (tmp_path / f"used-{n}").read_text().split()]
        assert len(used) == PROCESSES * THREADS
        assert len(set(used)) == 1
        assert [row["status"] for row in refreshes(Sandbox(tmp_path / "sandbox.sqlite3"))] == [200]
        assert hub.rows("SELECT generation FROM integrations_oauthtoken") == [(2,)]


def test_a_crash_between_the_answer_and_the_commit_is_repaired_within_the_grace(tmp_path: Path) -> None:
    """Nobody calls meanwhile: the watch alone notices what was begun and never settled."""
    with processes.start_hub(tmp_path) as hub:
        hub.manage("shell", "-c", SET_UP)
        sandbox = Sandbox(tmp_path / "sandbox.sqlite3")
        hub.start("watch")
        dies = hub.start("shell", "-c", DIES.format(mark=str(tmp_path / "answered")))
        processes.wait_until(lambda: (tmp_path / "answered").exists(), what=hub.output())
        os.kill(dies.pid, signal.SIGKILL)
        assert dies.wait(timeout=10) == -signal.SIGKILL
        ((generation, _, owner),) = hub.rows(TOKEN)
        assert (generation, bool(owner)) == (1, True), "it has an answer, and nothing is stored"

        processes.wait_until(lambda: hub.rows(TOKEN)[0][0] == 2, what=hub.output())

        first, again = refreshes(sandbox)
        between = datetime.fromisoformat(again["at"]) - datetime.fromisoformat(first["at"])
        assert (first["status"], again["status"]) == (200, 200)
        assert between.total_seconds() < GRACE_S
        assert hub.rows(TOKEN)[0][2] == ""
        assert hub.rows("SELECT state FROM integrations_connection") == [("connected",)]
        hub.manage("verify", "Office")
