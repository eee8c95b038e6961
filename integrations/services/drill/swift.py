"""A drain that waits for no quota."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from integrations.services.calls import Called, Job, RefreshJob
from integrations.services.drain import Drain


class Swift(Drain):
    """A worker whose clock is `later`, and is put on by what it would have to wait.

    The simulated apps announce so much that they refuse nothing for coming early; the hub obeys all the same
    what their documents allow, and a drill would spend most of its time on that.
    """

    def __init__(self, later: timedelta) -> None:
        self.later = later
        super().__init__(clock=lambda: datetime.now(UTC) + self.later)

    def _make(self, job: Job | RefreshJob) -> None:
        with self.lines:
            self.back.put(job.make())

    def _gather(self) -> list[Called]:
        if self.out or not self.wave.active:
            return super()._gather()
        self.later += timedelta(seconds=self.wave.patience_s())
        return []
