"""Plans that were kept: what a run would write, so that exactly this can be done later, or not at all.

    Workflow 1--* Plan 0..1--1 Run     the run that made its writes
    Run      1--* Plan                 what would take the run's writes back

A plan is applied once. What it was made from is read again before that, and compared.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from integrations.models.runs import Run
from integrations.models.teams import Team, TeamManager
from integrations.models.workflows import Workflow


class PlanKind(models.TextChoices):
    RUN = "run", "A run of the workflow"
    UNDO = "undo", "The undoing of a run"


class PlanState(models.TextChoices):
    OPEN = "open", "May be applied"
    STALE = "stale", "Something has moved since"
    APPLIED = "applied", "Applied"


class Plan(models.Model):
    """`spec` and `bindings` are the journey as it was planned, `begun_with` what it started from.

    `writes` are rows of step, item, address, operation, kind, values and changes; `reads` what they rest on:
    operation, what it is about, and the fingerprint of what was read. `left` says in sentences what the plan
    leaves undone, and why. `reason` says what had moved when the plan was refused.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="plans")
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="plans")
    kind = models.CharField(max_length=10, choices=PlanKind.choices, default=PlanKind.RUN)
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.OPEN)
    spec = models.JSONField()
    bindings = models.JSONField()
    event_type = models.CharField(max_length=80)
    record = models.CharField(max_length=200, blank=True)
    payload = models.JSONField(default=dict)
    begun_with = models.JSONField()
    writes = models.JSONField(default=list)
    reads = models.JSONField(default=list)
    left = models.JSONField(default=list)
    sentence = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    run = models.OneToOneField(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="plan")
    undoes = models.ForeignKey(
        Run, on_delete=models.CASCADE, null=True, blank=True, related_name="undo_plans"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = TeamManager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"plan {self.pk}"
