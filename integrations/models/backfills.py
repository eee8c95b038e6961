"""Old records taken through a workflow in batches, with where it stands: paused, gone on with, counted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.models.teams import Team, TeamManager
from integrations.models.workflows import Workflow


class BackfillState(models.TextChoices):
    RUNNING = "running", "Under way"
    PAUSED = "paused", "Paused"
    STOPPED = "stopped", "Stopped: needs a person"
    DONE = "done", "Done"


class Backfill(models.Model):
    """`position` is the last seen row that was taken, `last` the last that was there when it began; rows that
    a look brings afterwards are news and none of its business. `batch` are the runs it waits for.

    `total` counts records at the start, `taken` those gone through; of their runs, how they ended. `unread`
    are records that the app would not show any more, or that mean nothing to the workflow.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="backfills")
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="backfills")
    state = models.CharField(max_length=10, choices=BackfillState.choices, default=BackfillState.RUNNING)
    reason = models.TextField(blank=True)
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
    lease_until = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TeamManager()

    class Meta:
        ordering = ("-id",)
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
