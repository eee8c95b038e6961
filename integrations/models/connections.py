"""What the hub may touch, and with which secrets.

Connection 1--* Credential     keys and client secrets, encrypted, by name
           1--1 OAuthToken     the pair that is refreshed, encrypted, with its refresh lease
"""

from __future__ import annotations

from django.db import models

from integrations import catalog
from integrations.models.fields import EncryptedTextField
from integrations.models.teams import Team, TeamManager


def connector_choices() -> list[tuple[str, str]]:
    return [(slug, connector.title) for slug, connector in catalog.CONNECTORS.items()]


class Environment(models.TextChoices):
    SANDBOX = "sandbox", "Sandbox"
    PRODUCTION = "production", "Production"


class ConnectionState(models.TextChoices):
    NEW = "new", "Not verified yet"
    CONNECTED = "connected", "Connected"
    NEEDS_RECONNECT = "needs_reconnect", "Needs reconnection"
    SUSPENDED = "suspended", "Paused at the vendor"
    DISCONNECTED = "disconnected", "Disconnected"


USABLE = (ConnectionState.NEW, ConnectionState.CONNECTED)


class Connection(models.Model):
    """One authorised account of one app. Its environment is for good."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="connections")
    connector = models.CharField(max_length=40, choices=connector_choices)
    name = models.CharField(max_length=100)
    environment = models.CharField(max_length=12, choices=Environment.choices, default=Environment.PRODUCTION)
    auth = models.CharField(max_length=40)
    settings = models.JSONField(default=dict, blank=True)
    scopes = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=20, choices=ConnectionState.choices, default=ConnectionState.NEW)
    state_reason = models.TextField(blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TeamManager()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("team", "name"), name="connection_name_in_team"),)

    def __str__(self) -> str:
        return self.name

    @property
    def usable(self) -> bool:
        return self.state in USABLE


class Credential(models.Model):
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="credentials")
    key = models.CharField(max_length=40)
    value = EncryptedTextField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("connection", "key"), name="credential_once"),)

    def __str__(self) -> str:
        return f"{self.key} of {self.connection}"


class OAuthToken(models.Model):
    """The current pair. `generation` counts refreshes; whoever holds the lease may make the next."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="token")
    access_token = EncryptedTextField()
    refresh_token = EncryptedTextField(blank=True)
    expires_at = models.DateTimeField(db_index=True)
    issued_at = models.DateTimeField()
    generation = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"token of {self.connection}"
