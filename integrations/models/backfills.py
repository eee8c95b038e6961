"""Old records taken through a workflow in batches, with where it stands: paused, gone on with, counted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from integrations.models.underway import UnderWay


class BackfillState(models.TextChoices):
    RUNNING = "running", "Under way"
    PAUSED = "paused", "Paused"
    STOPPED = "stopped", "Stopped: needs a person"
    DONE = "done", "Done"


class Backfill(UnderWay):
    """`position` is the last seen row that was taken, `last` the last that was there when it began; rows that
    a look brings afterwards are news and none of its business. `batch` are the runs it waits for.

    `total` counts records at the start, `taken` those gone through; of their runs, how they ended. `unread`
    are records that the app would not show any more, or that mean nothing to the workflow.
    """

    state = models.CharField(max_length=10, choices=BackfillState.choices, default=BackfillState.RUNNING)
    position = models.PositiveBigIntegerField(default=0)
    last = models.PositiveBigIntegerField(default=0)
    batch = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0)
    succeeded = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)

    class Meta(UnderWay.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("workflow",), condition=~Q(state=BackfillState.DONE), name="one_open_backfill"
            ),
        )

    def __str__(self) -> str:
        return f"old records of {self.workflow}"

    @property
    def percent(self) -> int:
        return 100 if self.total == 0 else min(100, 100 * self.taken // self.total)

    @property
    def left(self) -> int:
        return max(0, self.total - self.taken)
