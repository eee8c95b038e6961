"""The drain: takes due runs, makes their calls, settles what came back, until nothing is due.

It works in turns. In one transaction what came back is settled and new runs are claimed; in the next, quota
is reserved and the writes to come are entered in the ledger (where nothing was claimed, both are one). Only
after the commit are the calls sent, in threads that do HTTP and nothing else. While they are out the next
turn settles and claims for others. Only the main thread touches the ORM.

A claim is committed before the run's journey begins, so that a run whose mere reckoning ends its worker has
been counted as started.
"""

from __future__ import annotations

import gc
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from integrations.services import pulse
from integrations.services.calls import Called, Job, RefreshJob
from integrations.services.clients import POOL
from integrations.services.leases import owner_name
from integrations.services.wave import Wave

log = logging.getLogger(__name__)

CAPACITY = 2 * POOL
MOST_IN_HAND = 8 * POOL
IN_HAND_S = 1.0
GATHER_S = 0.004


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did: runs brought to an end, calls made."""

    finished: int
    calls: int


def in_hand(came_back: int, passed_s: float) -> int:
    """How many runs to have in hand, after a turn of `passed_s` seconds in which so many calls came back.

    As many as come back in IN_HAND_S. A turn costs much the same however many runs it is for, so where calls
    come back fast, there are few large turns. Where they are slow no more are taken than soon have their go:
    what is in hand is held under a lease, and kept from other workers.
    """
    return min(MOST_IN_HAND, max(CAPACITY, int(came_back / max(passed_s, 0.001) * IN_HAND_S)))


@cache
def settle_in() -> None:
    """Once a process: what is loaded by now stays, and need not be gone through at each garbage collection.

    A sixth of a busy drain's time was that (bench/drain.py).
    """
    gc.collect()
    gc.freeze()


class Drain:
    """One worker's hold on the due runs. `only` limits it to these run ids."""

    def __init__(
        self, *, only: Iterable[int] | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.owner = owner_name()
        self.clock = clock or (lambda: datetime.now(UTC))
        self.wave = Wave(self.owner, self.clock, only=list(only) if only is not None else None)
        self.back: queue.SimpleQueue[Called] = queue.SimpleQueue()
        self.lines = threading.BoundedSemaphore(POOL)
        self.out = 0
        self.calls = 0
        self.turned_at = time.monotonic()

    def run(self, *, for_s: float = 60.0, progress: Callable[[int], None] | None = None) -> Drained:
        """Drain until nothing is due, or `for_s` seconds have passed; what is under way is always settled."""
        settle_in()
        until = time.monotonic() + for_s
        try:
            # More threads than lines: a call that waits for its moment keeps no line busy.
            with ThreadPoolExecutor(max_workers=CAPACITY, thread_name_prefix="call") as pool:
                while self._turn(pool, claiming=time.monotonic() < until):
                    if progress:
                        progress(self.wave.finished)
        finally:  # the pool has waited for the calls that were out
            self._let_go()
        return Drained(finished=self.wave.finished, calls=self.calls)

    def _turn(self, pool: ThreadPoolExecutor, *, claiming: bool) -> bool:
        """One turn; whether there is anything left to wait for."""
        came_back = self._gather()
        self.wave.take_back(came_back)
        turned_at, self.turned_at = self.turned_at, time.monotonic()
        most = in_hand(len(came_back), self.turned_at - turned_at)
        room = max(0, most - self.wave.held()) if claiming else 0
        jobs = self._commit(room)
        if self.wave.has_claimed():
            jobs = self._commit(0)
        for job in jobs:
            self.out += 1
            self.calls += 1
            pool.submit(self._make, job)
        pulse.touch(self.clock())
        return bool(self.out or (claiming and self.wave.active))

    def _make(self, job: Job | RefreshJob) -> None:
        """In a thread: HTTP, and the way back to the main thread."""
        job.wait()
        with self.lines:
            self.back.put(job.make())

    def _commit(self, room: int) -> list[Job | RefreshJob]:
        """The turn's transaction. A database that is locked, or away, is waited for; nothing is lost by it.

        An IntegrityError is a race that another worker has won: the next look sees what it did.
        """
        for attempt in range(5):
            try:
                with transaction.atomic():
                    jobs = self.wave.settle_and_claim(room)
            except (OperationalError, InterfaceError, IntegrityError):
                log.warning("the database is busy; settling again in a moment", exc_info=True)
                self.wave.forget_turn()
                time.sleep(0.2 * 2**attempt)
            else:
                self.wave.turn_done()
                return jobs
        raise OperationalError(
            "The database stayed locked; what was sent will be looked up by the next worker."
        )

    def _gather(self) -> list[Called]:
        """What has come back: waits for the first, then for those right behind it, one after the other."""
        patience_s = self.wave.patience_s()
        if not self.out:
            if self.wave.active:  # everything held back, by quota or by a refresh elsewhere
                time.sleep(patience_s)
            return []
        came_back = []
        try:
            came_back.append(self.back.get(timeout=patience_s))
            enough = max(1, self.out // 2, self.out - POOL)  # the others keep the lines busy meanwhile
            while len(came_back) < enough:
                came_back.append(self.back.get(timeout=GATHER_S))
        except queue.Empty:
            pass
        self.out -= len(came_back)
        return came_back + self._rest()

    def _rest(self) -> list[Called]:
        """What has come back and needs no waiting for."""
        came_back = []
        while not self.back.empty():
            came_back.append(self.back.get_nowait())
        self.out -= len(came_back)
        return came_back

    def _let_go(self) -> None:
        """Settle what came back last, and give back what is in hand: nobody has to wait for a lease."""
        self.wave.take_back(self._rest())
        with transaction.atomic():
            self.wave.release_idle()


def drain_once(run_ids: Iterable[int] | None = None, *, for_s: float = 60.0) -> Drained:
    """Drain what is due now (or only these runs) in this process."""
    return Drain(only=run_ids).run(for_s=for_s)
