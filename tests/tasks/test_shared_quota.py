"""Eight worker processes and the quotas they share, counted by the simulated app's own log of requests."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from integrations.sandbox import Sandbox
from tests import processes

pytestmark = pytest.mark.kill

WORKERS = 8
CALLS = 2  # of each run: what stands there is read, and then written
ALLOWED, WINDOW_S = 100, 10.0
PATIENCE_S = 150.0


def drain(tmp_path: Path, sizes: list[int]) -> dict[str, list[float]]:
    """Eight workers drain a pile for each location; when each location's requests came, in seconds."""
    with processes.start_hub(tmp_path) as hub:
        hub.manage("shell", "-c", f"from tests.tasks import piles; piles.make({sizes})")
        for _ in range(WORKERS):
            hub.start("work")
        processes.wait_until(lambda: left(hub) == 0, for_s=PATIENCE_S, every_s=0.5, what=hub.output())
        assert hub.rows("SELECT state, count(*) FROM integrations_run GROUP BY state") == [
            ("succeeded", sum(sizes))
        ]
        assert "Traceback" not in hub.output(), hub.output()
        assert hub.rows("SELECT count(*) FROM integrations_apicall WHERE status = 429") == [(0,)]
    return requests(Sandbox(tmp_path / "sandbox.sqlite3"))


def left(hub: processes.Hub) -> int:
    return int(hub.rows("SELECT count(*) FROM integrations_run WHERE finished_at IS NULL")[0][0])


def requests(sandbox: Sandbox) -> dict[str, list[float]]:
    """Of each location, the moments at which its calls came, in order; none of them was refused."""
    found = defaultdict(list)
    for request in sandbox.requests("ghl", path_contains="/contacts/"):
        assert request["status"] == 200, request
        found[request["account"]].append(datetime.fromisoformat(request["at"]).timestamp())
    return {location: sorted(moments) for location, moments in found.items()}


def fullest_window(moments: list[float]) -> int:
    """The most calls in any ten seconds, both ends counted."""
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > WINDOW_S:
            first += 1
        most = max(most, last - first + 1)
    return most


def share_used(moments: list[float]) -> float:
    """What part of the allowed rate was used while there was always more to do.

    The call after the next hundred may come ten seconds after a call, and no sooner: that would be all of it.
    """
    gaps = [later - call for call, later in zip(moments, moments[ALLOWED:], strict=False)]
    return WINDOW_S * len(gaps) / sum(gaps)


def test_eight_workers_use_nearly_all_of_one_locations_quota_and_are_never_refused(tmp_path: Path) -> None:
    (moments,) = drain(tmp_path, [300]).values()
    assert len(Sandbox(tmp_path / "sandbox.sqlite3").requests("ghl", "POST", "/contacts/upsert")) == 300
    # A drain lasts a minute: what it read for a write that it then hands on, the next one reads again.
    assert 300 * CALLS <= len(moments) <= 300 * CALLS * 1.05
    assert fullest_window(moments) <= ALLOWED
    print(f"{share_used(moments):.1%} of the allowed rate, at most {fullest_window(moments)} in 10 s")  # noqa: T201
    assert share_used(moments) >= 0.95


def test_the_budgets_of_twenty_locations_stay_separate(tmp_path: Path) -> None:
    """One has more to do than fits into a window: its own limit holds it back, and none of the others."""
    sizes = [75, *[27] * 19]
    found = drain(tmp_path, sizes)
    assert sorted(map(len, found.values()), reverse=True) == [CALLS * size for size in sizes]
    assert all(fullest_window(moments) <= ALLOWED for moments in found.values())
    together = sorted(moment for moments in found.values() for moment in moments)
    print(f"at most {fullest_window(together)} calls of all together in 10 s")  # noqa: T201
    assert fullest_window(together) >= 3 * ALLOWED
