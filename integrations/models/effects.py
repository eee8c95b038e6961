"""The ledger of writes, and what they left behind.

    Run 1--* Effect 0..1--* RecordLink

An effect is claimed before its call and settled after it. What was claimed and never settled may have
happened: it is looked up before it is ever repeated.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from integrations.models.connections import Connection
from integrations.models.runs import Run
from integrations.models.teams import Team, TeamManager
from integrations.models.workflows import Workflow


class EffectState(models.TextChoices):
    CLAIMED = "claimed", "Under way"
    READY = "ready", "Known not to have happened: may be sent"
    UNKNOWN = "unknown", "May have happened: to be looked up"
    HELD = "held", "May have happened: a person decides"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused by the app"


OPEN = (EffectState.CLAIMED, EffectState.UNKNOWN, EffectState.HELD)


class Effect(models.Model):
    """One write. `key` is (workflow, event, replay, mode, address): the same write has the same key for ever.

    `target` is the identity written to: at most one open effect each. `landing_by` is when a call that was
    sent can at the latest still arrive at the app. `shown` is what the app's answer showed of the fields that
    were written: the change they cause is an echo of ours. `prior` is what stood there before the write:
    {"record": the fields that it writes, or None where there was no record} or {"why": what kept the hub from
    reading it}; None of what makes something new, and where no call shows it.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="effects")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="effects")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="effects")
    key = models.CharField(max_length=255, unique=True)
    address = models.CharField(max_length=200)
    operation = models.CharField(max_length=200)
    target = models.CharField(max_length=255)
    mark = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=EffectState.choices, default=EffectState.CLAIMED)
    request_hash = models.CharField(max_length=64, blank=True)
    claimed_at = models.DateTimeField()
    landing_by = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    record_id = models.CharField(max_length=200, blank=True)
    shown = models.JSONField(null=True, blank=True)
    prior = models.JSONField(null=True, blank=True)
    adopted = models.BooleanField(default=False)
    sends = models.PositiveIntegerField(default=1)

    objects = TeamManager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "target"), condition=Q(state__in=OPEN), name="one_open_effect_a_target"
            ),
        )
        indexes = (
            models.Index(fields=("connection", "operation", "record_id"), name="effect_owner"),
            models.Index(fields=("connection", "record_id", "settled_at"), name="effect_record"),
        )

    def __str__(self) -> str:
        return f"{self.operation} {self.target}"


class SlotHold(models.Model):
    """A time in a calendar that one of our own flows is offering or booking, so that no other offers it.

    `holder` names the step of a run, or the person it is held for; each holds one of the time's `seats`.
    `run` is the run that made it and ends it, None where it outlives that run.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="slot_holds")
    calendar = models.CharField(max_length=100)
    start_at = models.DateTimeField()
    holder = models.CharField(max_length=240)
    seats = models.PositiveIntegerField(default=1)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, blank=True, related_name="slot_holds")
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "calendar", "start_at", "holder"), name="one_hold_a_holder"
            ),
        )

    def __str__(self) -> str:
        return f"{self.calendar} {self.start_at:%Y-%m-%d %H:%M}"


class RecordLink(models.Model):
    """This record there is that record here: `record` at the source, `record_id` at `connection`.

    `kept` are fields left as the app has them, though the workflow would write otherwise: field ->
    {"left", "right", "at"}, what both sides are taken to have agreed on then.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="links")
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="links")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="links")
    mode = models.CharField(max_length=10, default="live")
    record = models.CharField(max_length=200)
    name = models.CharField(max_length=60)
    item = models.CharField(max_length=120, blank=True)
    record_id = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    kept = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TeamManager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("workflow", "mode", "record", "name", "item"), name="one_link_a_record"
            ),
        )

    def __str__(self) -> str:
        return f"{self.record} is {self.name} {self.record_id}"
