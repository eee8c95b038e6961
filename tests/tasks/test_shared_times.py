"""Several worker processes book in one calendar: none is ever offered a time that another is taking."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.sandbox import Sandbox
from tests import processes
from tests.tasks.test_many_workers import documents, states, unfinished

pytestmark = pytest.mark.kill

WORKERS, FLOWS, EACH = 3, 2, 10
SMALL_HANDS = "tests.tasks.small_hands"  # else the first worker would take them all


def test_flows_in_several_processes_never_book_the_same_time(tmp_path: Path) -> None:
    with processes.start_hub(tmp_path, DJANGO_SETTINGS_MODULE=SMALL_HANDS) as hub:
        given = f"{FLOWS}, {EACH}, '2027-03-01'"
        hub.manage("shell", "-c", f"from tests.tasks import piles; piles.bookings({given})")
        for _ in range(WORKERS):
            hub.start("work")
        processes.wait_until(lambda: unfinished(hub) == 0, for_s=90, what=hub.output())
        assert states(hub) == {"succeeded": FLOWS * EACH}, hub.output()
    sandbox = Sandbox(tmp_path / "sandbox.sqlite3")
    booked = sandbox.requests("ghl", "POST", "/calendars/events/appointments")
    assert [request["status"] for request in booked] == [200] * FLOWS * EACH
    assert len({row["startTime"] for row in documents(sandbox, "appointments")}) == FLOWS * EACH
