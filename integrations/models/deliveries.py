"""What the hub sends to addresses of the operator's own, stored before it is sent.

    Run 1--* Delivery

A delivery is written in the transaction that claims its effect, and sent until the other side takes it or
its tries are used up. Every try carries the same id, so that a receiver takes it once.
"""

from __future__ import annotations

from django.db import models

from integrations.models.connections import Connection
from integrations.models.runs import Run
from integrations.models.teams import Team, TeamManager


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "To be sent"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Given up"


class Delivery(models.Model):
    """One write that is made apart from its run. `key` is its id on the wire, the same for the same effect.

    `values` are the call's fields. `status` is what was answered last (None: nothing), `problem` says in
    words why it was not taken.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="deliveries")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="deliveries")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="deliveries")
    key = models.CharField(max_length=80, unique=True)
    operation = models.CharField(max_length=200)
    values = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveIntegerField(null=True, blank=True)
    problem = models.TextField(blank=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = TeamManager()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "deliveries"
        indexes = (models.Index(fields=("state", "due_at"), name="delivery_due"),)

    def __str__(self) -> str:
        return self.key
