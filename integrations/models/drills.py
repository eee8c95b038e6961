"""A draft taken through every trouble before it may go live, with where that stands: watched, cancelled."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from integrations.models.underway import UnderWay


class DrillState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Under way"
    PASSED = "passed", "Passed"
    FAILED = "failed", "Did not hold"
    CANCELLED = "cancelled", "Cancelled"
    BROKEN = "broken", "Not finished"


class Drill(UnderWay):
    """`draft_hash` says which draft; `total` how many troubles there are.

    `trials` are rows of trouble, lost, doubled, stuck, held and words, as they were tried; `unfit` rows of
    trouble and why it cannot befall the workflow. `problems` are sentences, one for each trouble that it did
    not hold; `reason` says why there is no result.
    """

    draft_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=DrillState.choices, default=DrillState.QUEUED)
    total = models.PositiveIntegerField(default=0)
    trials = models.JSONField(default=list)
    unfit = models.JSONField(default=list)
    problems = models.JSONField(default=list)

    class Meta(UnderWay.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("workflow",),
                condition=Q(state__in=(DrillState.QUEUED, DrillState.RUNNING)),
                name="one_open_drill",
            ),
        )

    def __str__(self) -> str:
        return f"drill of {self.workflow}"

    @property
    def is_open(self) -> bool:
        return self.state in (DrillState.QUEUED, DrillState.RUNNING)

    @property
    def done(self) -> int:
        return len(self.trials) + len(self.unfit)

    @property
    def lost(self) -> int:
        return self._sum("lost")

    @property
    def doubled(self) -> int:
        return self._sum("doubled")

    @property
    def stuck(self) -> int:
        return self._sum("stuck")

    @property
    def held(self) -> int:
        return self._sum("held")

    def _sum(self, key: str) -> int:
        return sum(row[key] for row in self.trials)

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0
