"""Linked records compared: how a comparison stands, and what it found of each record.

Workflow 1--* Reconcile 1--* Finding
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.models.connections import Connection
from integrations.models.runs import Run
from integrations.models.underway import UnderWay


class ReconcileState(models.TextChoices):
    RUNNING = "running", "Under way"
    STOPPED = "stopped", "Stopped: needs a person"
    CANCELLED = "cancelled", "Cancelled"
    DONE = "done", "Done"


class Reconcile(UnderWay):
    """`position` is the last record that was compared, in the order of ids; counts are of records."""

    state = models.CharField(max_length=10, choices=ReconcileState.choices, default=ReconcileState.RUNNING)
    position = models.CharField(max_length=200, blank=True)
    total = models.PositiveIntegerField(default=0)
    in_sync = models.PositiveIntegerField(default=0)
    excluded = models.PositiveIntegerField(default=0)
    failing = models.PositiveIntegerField(default=0)
    drifted = models.PositiveIntegerField(default=0)
    heals = models.BooleanField(default=False)

    class Meta(UnderWay.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("workflow",), condition=Q(state=ReconcileState.RUNNING), name="one_open_reconcile"
            ),
        )

    def __str__(self) -> str:
        return f"comparison of {self.workflow}"

    @property
    def seen(self) -> int:
        return self.in_sync + self.excluded + self.failing + self.drifted

    @property
    def percent(self) -> int:
        done = self.state == ReconcileState.DONE or not self.total
        return 100 if done else min(99, 100 * self.seen // self.total)


class FindingKind(models.TextChoices):
    IN_SYNC = "in_sync", "In sync"
    EXCLUDED = "excluded", "Excluded"
    FAILING = "failing", "Failing"
    FIELD = "field", "A field differs"
    GONE = "gone", "Gone in the app"
    LOST = "lost", "The link was lost"


DRIFTS = (FindingKind.FIELD, FindingKind.GONE, FindingKind.LOST)


class FindingState(models.TextChoices):
    SEEN = "seen", "Nothing to do"
    ASK = "ask", "A person decides"
    READY = "ready", "To be brought in line"
    HEALING = "healing", "Being brought in line"
    KEPT = "kept", "Left as it is"


class Finding(models.Model):
    """What was found of one record, and of a drifted one of each field.

    `name` and `item` are those of the record link, `connection` and `record_id` where it leads. `side` has
    moved; `agreed`, `left` and `right` are {"value": …}: what both last agreed on, what the workflow would
    write now, what the app holds. `winner` is who wins ("left", "right"), `moved_hash` the right side as it
    was when that was decided; `repair` what is sent for it where the left side wins, `back` what is sent to
    the source where the right one does: {"why"} says why nothing can be. `run` is the one that brings it in
    line.
    """

    reconcile = models.ForeignKey(Reconcile, on_delete=models.CASCADE, related_name="findings")
    record = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=FindingKind.choices)
    state = models.CharField(max_length=10, choices=FindingState.choices, default=FindingState.SEEN)
    why = models.TextField(blank=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=60, blank=True)
    item = models.CharField(max_length=120, blank=True)
    record_id = models.CharField(max_length=200, blank=True)
    field = models.CharField(max_length=160, blank=True)
    side = models.CharField(max_length=5, blank=True)
    agreed = models.JSONField(default=dict)
    left = models.JSONField(default=dict)
    right = models.JSONField(default=dict)
    winner = models.CharField(max_length=5, blank=True)
    moved_hash = models.CharField(max_length=64, blank=True)
    repair = models.JSONField(default=dict)
    back = models.JSONField(default=dict)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("reconcile", "kind"), name="finding_kind"),
            models.Index(fields=("state", "reconcile"), name="finding_state"),
        )

    def __str__(self) -> str:
        return f"{self.record}: {self.kind} {self.field}".strip()

    @property
    def writes_back(self) -> bool:
        """Whether the source is brought in line where the app's record wins."""
        return "operation" in self.back
