"""What somebody should know of, once for each cause, and whom the hub tells.

Team 1--* Alert, 1--0..1 AlertSettings

An alert is open as long as its cause is there. It is told when it begins, when it gets worse, again after a
while, and when it is over.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from integrations.models.connections import Connection
from integrations.models.teams import Team, TeamManager


class AlertKind(models.TextChoices):
    CONNECTION = "connection", "Connection"
    RUNS = "runs", "Runs"
    LOOKS = "looks", "Looks at a source"
    QUOTA = "quota", "Quota"
    KEY = "key", "Key"
    CLUSTER = "cluster", "Workers"
    WEBHOOKS = "webhooks", "Webhooks"
    DELIVERIES = "deliveries", "Deliveries"
    SILENCE = "silence", "Silence"
    REGISTRATION = "registration", "Registration"
    REFERENCES = "references", "What workflows name"


class AlertLevel(models.TextChoices):
    INFO = "info", "Good to know"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


class Alert(models.Model):
    """One cause, from its first look to its last. `cause` is its key: one open alert each.

    `stage` is how many percent of a limit are reached (0: there is none), never less while it is open.
    `count` is how many things it is about. `told_as` is the weight it was told with, `tellings` how often;
    `over_told_at` when its end was told. `path` leads to where on the hub something can be done.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=20, choices=AlertKind.choices)
    cause = models.CharField(max_length=120)
    level = models.CharField(max_length=10, choices=AlertLevel.choices)
    stage = models.PositiveSmallIntegerField(default=0)
    sentence = models.TextField()
    advice = models.TextField(blank=True)
    path = models.CharField(max_length=300, blank=True)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    told_as = models.PositiveSmallIntegerField(default=0)
    tellings = models.PositiveIntegerField(default=0)
    resolved_at = models.DateTimeField(null=True, blank=True)
    over_told_at = models.DateTimeField(null=True, blank=True)

    objects = TeamManager()

    class Meta:
        ordering = ("-last_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("team", "cause"), condition=Q(resolved_at=None), name="one_open_alert_a_cause"
            ),
        )
        indexes = (models.Index(fields=("team", "resolved_at"), name="alert_open"),)

    def __str__(self) -> str:
        return self.sentence

    @property
    def weight(self) -> int:
        """Grows when it gets worse, by level and then by stage."""
        return 200 * AlertLevel.values.index(self.level) + self.stage + 1


class AlertSettings(models.Model):
    """Whom a team's alerts are told. `mails` are addresses; none: everybody of the team who may operate.

    `connection` is where they are sent as signed events. `told_at` is when a message last went out,
    `problem` why the last mail did not ("": it did).
    """

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="alert_settings")
    by_mail = models.BooleanField(default=True)
    mails = models.JSONField(default=list, blank=True)
    connection = models.ForeignKey(
        Connection, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    least = models.CharField(max_length=10, choices=AlertLevel.choices, default=AlertLevel.INFO)
    again_h = models.PositiveSmallIntegerField(
        default=24, validators=[MinValueValidator(1), MaxValueValidator(24 * 30)]
    )
    told_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    objects = TeamManager()

    class Meta:
        verbose_name_plural = "alert settings"

    def __str__(self) -> str:
        return f"alerts of {self.team}"
