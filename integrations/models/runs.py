"""One event through one workflow version, step by step, call by call.

    Event 1--* Run 1--* StepRun    the outcome of each command, by its address in the journey
                   1--* ApiCall    what went over the wire, redacted
                   1--* Effect     (effects.py) each write, claimed before and settled after its call

A run's story (mappings, skipped steps, lineage) is not stored: it is the journey fed these outcomes again.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.models.connections import Connection
from integrations.models.events import Event
from integrations.models.teams import Team, TeamManager
from integrations.models.workflows import Workflow, WorkflowVersion


class RunState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    WAITING = "waiting", "Waiting"
    PARKED = "parked", "Parked: a connection needs attention"
    HELD = "held", "Held: needs a person"
    SUCCEEDED = "succeeded", "Succeeded"
    SKIPPED = "skipped", "Skipped"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


FINISHED = (RunState.SUCCEEDED, RunState.SKIPPED, RunState.FAILED, RunState.CANCELLED)
UNFINISHED = (RunState.QUEUED, RunState.RUNNING, RunState.WAITING, RunState.PARKED, RunState.HELD)


class RunMode(models.TextChoices):
    LIVE = "live", "Live"
    TEST = "test", "Sandbox test"
    REQUEST = "request", "Answered on request"
    CALL = "call", "Called by hand"


class ReplayBatch(models.Model):
    """Runs that are run again together; `what` says which in words, `left_out` why some are not, each in a
    sentence. How far it is stands in its runs."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="replay_batches")
    what = models.CharField(max_length=200)
    left_out = models.JSONField(default=list)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = TeamManager()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "replay batches"

    def __str__(self) -> str:
        return self.what


class Run(models.Model):
    """`begun_with` is what the journey started from (now, links, accounts), kept so that it replays alike.

    `due_at` None with state waiting means: until a person decides. `starts` counts claims, so that a run
    that kills its worker stops coming back. `lane` orders claims, smaller first; a run that is over has
    none, so that looking for open runs stays quick however many are over. `attempts` and `trying_since` are
    of the step in trouble: how often it was tried, and since when. `edited_of` is the run whose event it
    takes up with another payload; `batch` the replay it belongs to.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="runs")
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(WorkflowVersion, on_delete=models.PROTECT, related_name="runs")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="runs")
    replay = models.PositiveIntegerField(default=0)
    mode = models.CharField(max_length=10, choices=RunMode.choices, default=RunMode.LIVE)
    record = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    lane = models.PositiveSmallIntegerField(null=True, blank=True, default=1)
    due_at = models.DateTimeField(null=True, blank=True)
    begun_with = models.JSONField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    trying_since = models.DateTimeField(null=True, blank=True)
    starts = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)
    error_kind = models.CharField(max_length=40, blank=True)
    answer = models.JSONField(null=True, blank=True)
    parked_on = models.ForeignKey(
        Connection, on_delete=models.SET_NULL, null=True, blank=True, related_name="parked_runs"
    )
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    edited_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="edited_runs"
    )
    batch = models.ForeignKey(
        ReplayBatch, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TeamManager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("workflow", "event", "replay", "mode"), name="run_once"),
            models.UniqueConstraint(
                fields=("workflow", "record"), condition=Q(state="running"), name="one_running_a_record"
            ),
        )
        indexes = (
            models.Index(fields=("workflow", "lane", "id"), name="run_line"),
            models.Index(fields=("state", "due_at"), name="run_due"),
            models.Index(fields=("workflow", "record", "id"), name="run_order"),
            models.Index(fields=("team", "-id"), name="run_team"),
        )

    def __str__(self) -> str:
        return f"run {self.pk}"


class StepRun(models.Model):
    """The outcome of one command of the journey. For a wait, `outcome` is None until it is over."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    address = models.CharField(max_length=200)
    step = models.CharField(max_length=60)
    operation = models.CharField(max_length=200, blank=True)
    values = models.JSONField(default=dict)
    done = models.BooleanField(default=True)
    outcome = models.JSONField(null=True)
    record_id = models.CharField(max_length=200, blank=True)
    error_kind = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    error_record = models.CharField(max_length=200, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    request_hash = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("run", "address"), name="one_outcome_an_address"),)

    def __str__(self) -> str:
        return self.address


class ApiCall(models.Model):
    """One request and its answer, redacted before it came here. `run` is None for verify and polls."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="calls")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="calls")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, blank=True, related_name="calls")
    address = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=20, default="step")
    operation = models.CharField(max_length=200)
    method = models.CharField(max_length=8)
    url = models.TextField()
    status = models.PositiveSmallIntegerField(null=True)
    started_at = models.DateTimeField(db_index=True)
    duration_ms = models.PositiveIntegerField(default=0)
    request_headers = models.JSONField(default=dict)
    request_body = models.TextField(blank=True)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)
    error_kind = models.CharField(max_length=40, blank=True)

    objects = TeamManager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.method} {self.operation} {self.status}"
