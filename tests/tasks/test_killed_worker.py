"""A worker is ended by SIGKILL after the app has done a write and before the hub has settled it.

For every write of the recipe: real processes, a real signal, a second worker that finds out what happened.
The cases run at the same time, each on a hub of its own, because most of their time is waiting: for the
dead worker's lease, and until the app's lists can be trusted to show the write.
"""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox import Sandbox
from tests import processes

pytestmark = pytest.mark.kill

LEASE_S = "6"

SET_UP = """
from tests.hub import make_hub
hub = make_hub(**{options!r})
certificate = hub.issue(**{certificate!r})
hub.look()
"""
REVOKE = """
from integrations.services.drain import drain_once
from integrations.models import Workflow
from integrations.services import sweeps
from integrations.services.clients import sandbox
drain_once()
sandbox().act("accredible", "revoke_certificate", {"certificate": {certificate!r}})
sweeps.sweep(Workflow.objects.select_related("live").get())
"""


@dataclass(frozen=True)
class Case:
    """`call` is the write after which the worker dies; `revoked`: it belongs to the run of the revocation."""

    call: str
    options: dict[str, Any] = field(default_factory=dict)
    certificate: dict[str, Any] = field(default_factory=dict)
    revoked: bool = False
    contacts: int = 1
    appointments: int = 1
    status: str = "confirmed"


GUESTS = {"options": {"attendees": "each"}, "certificate": {"attendees": "guest@example.org"}}
DICTATED = {"options": {"start": "dictated"}, "certificate": {"appointment_at": "2027-03-01 10:00"}}

CASES = {
    "the contact": Case("POST /contacts/upsert"),
    "the calendar's reminder": Case("POST /calendars/{calendar}/notifications"),
    "the appointment at a free time": Case("POST /calendars/events/appointments"),
    "the appointment at a dictated time": Case("POST /calendars/events/appointments", **DICTATED),
    "a guest's contact": Case("POST /contacts/upsert#2", contacts=2, appointments=2, **GUESTS),
    "a guest's appointment": Case(
        "POST /calendars/events/appointments#2", contacts=2, appointments=2, **GUESTS
    ),
    "the cancelled appointment": Case(
        "PUT /calendars/events/appointments/", revoked=True, status="cancelled"
    ),
    "the deleted appointment": Case(
        "DELETE /calendars/events/", options={"on_revoke": "delete"}, revoked=True, appointments=0
    ),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What became of each case: all started together, each waited for by its own test."""
    with ThreadPoolExecutor(max_workers=len(CASES)) as pool:
        yield {
            name: pool.submit(play, case, tmp_path_factory.mktemp("killed")) for name, case in CASES.items()
        }


@pytest.mark.parametrize("name", CASES)
def test_a_worker_killed_before_it_settled_leaves_exactly_one(
    name: str, outcomes: dict[str, Future[Any]]
) -> None:
    outcome, case = outcomes[name].result(timeout=240), CASES[name]
    assert outcome.killed_with == -signal.SIGKILL
    assert outcome.states == ["succeeded"] * len(outcome.states), outcome.told
    assert len(outcome.contacts) == case.contacts
    assert len(outcome.appointments) == case.appointments
    assert {a["appointmentStatus"] for a in outcome.appointments} <= {case.status}
    assert outcome.reminders == 1
    assert outcome.open_effects == 0


@dataclass
class Outcome:
    killed_with: int
    states: list[str]
    told: str
    contacts: list[dict[str, Any]]
    appointments: list[dict[str, Any]]
    reminders: int
    open_effects: int


def play(case: Case, directory: Path) -> Outcome:
    with processes.start_hub(directory, HUB_LEASE_S=LEASE_S) as hub:
        hub.manage("shell", "-c", SET_UP.format(options=case.options, certificate=case.certificate))
        sandbox = Sandbox(directory / "sandbox.sqlite3")
        if case.revoked:
            (certificate,) = hub.rows("SELECT record FROM integrations_event")[0]
            hub.manage("shell", "-c", REVOKE.replace("{certificate!r}", repr(certificate)))
        killed_with = kill_after_commit(hub, sandbox, case)
        hub.start("work")
        processes.wait_until(lambda: all_over(hub), for_s=120, what=f"{case.call}: {hub.output()}")
        store = sandbox.apps()["ghl"].store
        assert store is not None
        with store.reading("ghl") as tx:
            contacts, appointments = tx.all("contacts"), tx.all("appointments")
            reminders = len(tx.all("notifications"))
        return Outcome(
            killed_with=killed_with,
            states=[state for (state,) in hub.rows("SELECT state FROM integrations_run ORDER BY id")],
            told=str(hub.rows("SELECT id, state, reason FROM integrations_run")),
            contacts=contacts,
            appointments=appointments,
            reminders=reminders,
            open_effects=len(
                hub.rows("SELECT 1 FROM integrations_effect WHERE state NOT IN ('done', 'refused')")
            ),
        )


def kill_after_commit(hub: processes.Hub, sandbox: Sandbox, case: Case) -> int:
    """Start a worker, wait until the app has committed the write and keeps it waiting, and end it."""
    call, _, nth = case.call.partition("#")
    call = call.replace("{calendar}", calendar_of(sandbox))
    method, path = call.split(" ", 1)
    before = made(sandbox, method, path)
    if nth:
        sandbox.set_fault("ghl", "slow", match=call, count=int(nth) - 1, seconds=0)
    sandbox.set_fault("ghl", "hang_after_commit", match=call, seconds=60)
    worker = hub.start("work")
    wanted = before + int(nth or 1)
    processes.wait_until(
        lambda: made(sandbox, method, path) >= wanted or worker.poll() is not None, what=f"{call} is made"
    )
    os.kill(worker.pid, signal.SIGKILL)
    return worker.wait(timeout=10)


def made(sandbox: Sandbox, method: str, path: str) -> int:
    return len(sandbox.requests(app="ghl", method=method, path_contains=path))


def calendar_of(sandbox: Sandbox) -> str:
    store = sandbox.apps()["ghl"].store
    assert store is not None
    with store.reading("ghl") as tx:
        return next(c["id"] for c in tx.all("calendars") if c["name"] == "Certificate review")


def all_over(hub: processes.Hub) -> bool:
    rows = hub.rows("SELECT finished_at FROM integrations_run")
    return bool(rows) and all(finished for (finished,) in rows)
