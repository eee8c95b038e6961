"""Workflows: edited as a draft, frozen as a version.

Workflow 1--* Workflow          on real accounts, promoted from one in the sandbox
         1--* Binding           which connection plays which role
         1--* FieldMapping      the draft's mappings, one row a target field
         1--1 Clock             when it begins next, where it is on a schedule
         1--* WorkflowVersion   what was deployed, never changed again
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from integrations.models.connections import Connection
from integrations.models.teams import Team, TeamManager


class WorkflowState(models.TextChoices):
    DRAFT = "draft", "Draft"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"


class WorkflowManager(TeamManager[Any]):
    """The workflows people have made; not what the hub keeps calls by hand under."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(by_hand=False)


class Workflow(models.Model):
    """`draft` holds the WorkflowSpec as JSON without its mappings, which stand in FieldMapping rows.

    `tested_hash` is the hash of the draft that last passed its sandbox test, `drilled_hash` of the one that
    last passed its drill; only a draft that passed both may go live. `promoted_from` is the sandbox workflow
    that one on real accounts came from. `first_n`: of what is live now only so many records run until a
    person lets it take all (None: no bound).
    `by_hand` marks the one of each team that single calls are made under, so that they too have their run
    and their place in the ledger: it is listed nowhere. `ask_key` is the unguessable part of the address that
    it answers at, and what its slot links hang on; "" until it has one. `owners` says who wins where a linked
    record differs ("contact.email", "contact.*", "*" -> left, right, newest, ask); `compares_h` hours lie
    between two comparisons (0: by hand only), and `heals` says that what has an owner is then healed. `lint`
    is what the last check of the things it names found: {"at", "broken", "unread"}.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="workflows")
    name = models.CharField(max_length=120)
    recipe = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=WorkflowState.choices, default=WorkflowState.DRAFT)
    draft = models.JSONField(default=dict)
    live = models.ForeignKey(
        "WorkflowVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    interval_min = models.PositiveIntegerField(default=5, help_text="Minutes between two looks.")
    tested_hash = models.CharField(max_length=64, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    drilled_hash = models.CharField(max_length=64, blank=True)
    drilled_at = models.DateTimeField(null=True, blank=True)
    promoted_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="promoted"
    )
    first_n = models.PositiveIntegerField(null=True, blank=True)
    by_hand = models.BooleanField(default=False, editable=False)
    ask_key = models.CharField(max_length=64, blank=True, db_index=True)
    owners = models.JSONField(default=dict)
    compares_h = models.PositiveIntegerField(default=0)
    heals = models.BooleanField(default=False)
    lint = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = WorkflowManager()
    everything = TeamManager()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("team", "name"), name="workflow_name_in_team"),)

    def __str__(self) -> str:
        return self.name


class Binding(models.Model):
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="bindings")
    role = models.CharField(max_length=40)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="bindings")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("workflow", "role"), name="one_binding_a_role"),)

    def __str__(self) -> str:
        return f"{self.role}: {self.connection}"


class Clock(models.Model):
    """When a workflow on a schedule begins next; its strokes up to `done_until` are dealt with."""

    workflow = models.OneToOneField(Workflow, on_delete=models.CASCADE, related_name="clock")
    done_until = models.DateTimeField()
    next_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.workflow}: {self.next_at:%Y-%m-%d %H:%M}"


class FieldMapping(models.Model):
    """One line of the draft's mapping table. `transforms` is a list of {"name", "args"}."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="mappings")
    step = models.CharField(max_length=60)
    position = models.PositiveIntegerField(default=0)
    target = models.CharField(max_length=120)
    source = models.TextField(blank=True)
    transforms = models.JSONField(default=list, blank=True)
    default = models.JSONField(null=True, blank=True)
    required = models.BooleanField(default=False)

    class Meta:
        ordering = ("workflow", "step", "position", "id")
        constraints = (models.UniqueConstraint(fields=("workflow", "step", "target"), name="target_once"),)

    def __str__(self) -> str:
        return f"{self.step}.{self.target}"


class WorkflowVersion(models.Model):
    """A workflow as it was deployed: `spec` is the whole WorkflowSpec, `bindings` role -> connection id.

    `why` is what whoever deployed it said, or what it came from; `proved` that its test and its drill passed.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.JSONField()
    bindings = models.JSONField()
    test = models.BooleanField(default=False, help_text="Made for a sandbox test; never live.")
    why = models.CharField(max_length=300, blank=True)
    proved = models.BooleanField(default=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("workflow", "test", "number"), name="version_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.workflow} v{self.number}"
