"""Worker processes of a drill: forked, so that they begin at once; really killed, with SIGKILL."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from datetime import timedelta

from django.db import connections

from integrations.services import clients
from integrations.services.calls import Called, Job, RefreshJob
from integrations.services.drill.rounds import DRAIN_S, drain
from integrations.services.drill.swift import Swift
from integrations.services.drill.troubles import Boundary


class Mortal(Swift):
    """A drain that is struck the `nth` time that it comes to a boundary (the first is 0)."""

    def __init__(self, later: timedelta, boundary: Boundary, nth: int, strike: Callable[[], None]) -> None:
        super().__init__(later)
        self.boundary = boundary
        self.left = nth
        self.strike = strike
        settle = self.wave.settle_and_claim

        def settle_and_claim(room: int) -> list[Job | RefreshJob]:
            jobs = settle(room)
            self._comes_to(Boundary.BEFORE_COMMIT)
            return jobs

        self.wave.settle_and_claim = settle_and_claim  # type: ignore[method-assign]

    def _commit(self, room: int) -> list[Job | RefreshJob]:
        jobs = super()._commit(room)
        self._comes_to(Boundary.AFTER_COMMIT)
        return jobs

    def _make(self, job: Job | RefreshJob) -> None:
        self._comes_to(Boundary.BEFORE_SEND)
        super()._make(job)

    def _gather(self) -> list[Called]:
        came_back = super()._gather()
        if came_back:
            self._comes_to(Boundary.AFTER_SEND)
        return came_back

    def _comes_to(self, boundary: Boundary) -> None:
        if boundary is not self.boundary:
            return
        self.left -= 1
        if self.left == -1:
            self.strike()


def killed_once(boundary: Boundary, nth: int) -> Callable[[timedelta], None]:
    """A worker's turn in a process of its own; the first one is killed at the boundary."""
    return _struck_once(boundary, nth, lambda: os.kill(os.getpid(), signal.SIGKILL))


def cut_off_once(boundary: Boundary, nth: int, cut: Callable[[], None]) -> Callable[[timedelta], None]:
    """The same; `cut` takes the database away from under the first one, and brings it back."""
    return _struck_once(boundary, nth, cut)


def _struck_once(boundary: Boundary, nth: int, strike: Callable[[], None]) -> Callable[[timedelta], None]:
    first = True

    def work(later: timedelta) -> None:
        nonlocal first
        struck, first = first, False

        def turn() -> None:
            if struck:
                Mortal(later, boundary, nth, strike).run(for_s=DRAIN_S)
            else:
                drain(later)

        _wait([_fork(turn)])

    return work


def rivals(later: timedelta) -> None:
    """Two workers' turns at once, each in a process of its own."""
    _wait([_fork(lambda: drain(later)) for _ in range(2)])


def _fork(turn: Callable[[], None]) -> int:
    """The process id of a child that does `turn` and ends. Neither side keeps the other's connections."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        clients.forget()
        turn()
        connections.close_all()
        status = 0
    except BaseException:  # noqa: BLE001 - nothing of the child may run on in the parent's code
        traceback.print_exc()
    finally:
        os._exit(status)


def _wait(pids: list[int]) -> None:
    try:
        for pid in pids:
            os.waitpid(pid, 0)
    except KeyboardInterrupt:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        raise
