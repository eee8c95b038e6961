"""What the hub may touch, and with which secrets.

Connection 1--* Credential     keys and client secrets, encrypted, by name
           1--1 OAuthToken     the pair that is refreshed, encrypted, with its refresh lease
           1--* Connection     an agency's, whose token is exchanged for those of its locations
           1--* SubAccount     what there is under an agency: connected, to be connected, or just known
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings as conf
from django.db import models
from django.utils import timezone

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
    """One authorised account of one app. Its environment is for good.

    `account` is whose it is, in the app's own words (GHL: the location's id), so that what the app sends
    finds its way; "" as long as nobody knows. It is taken from the settings whenever they are saved. `parent`
    is the wider connection that its token is exchanged from. `read_only`: nothing is ever written over it.
    `hook_key` is the unguessable part of its own webhook address; "" until it has one.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="connections")
    connector = models.CharField(max_length=40, choices=connector_choices)
    name = models.CharField(max_length=100)
    environment = models.CharField(max_length=12, choices=Environment.choices, default=Environment.PRODUCTION)
    auth = models.CharField(max_length=40)
    account = models.CharField(max_length=200, blank=True, db_index=True)
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children"
    )
    settings = models.JSONField(default=dict, blank=True)
    read_only = models.BooleanField(default=False)
    hook_key = models.CharField(max_length=64, blank=True, db_index=True)
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

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if self.connector in catalog.CONNECTORS:
            self.account = catalog.connector(self.connector).account(self.settings)[:200]
        if update_fields is not None and "settings" in update_fields:
            update_fields = {*update_fields, "account"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def usable(self) -> bool:
        return self.state in USABLE


class Credential(models.Model):
    """A secret in use, or (`standby`) its twin while it is rotated: the vendor takes both until `until`.

    `entered_at` is when a person gave it, `refused_at` when the app last refused the twin. On a secret in use
    `until` is the lease of whoever has the app make the next one.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="credentials")
    key = models.CharField(max_length=40)
    value = EncryptedTextField()
    standby = models.BooleanField(default=False)
    until = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("connection", "key", "standby"), name="credential_once"),
        )

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


class SubAccountState(models.TextChoices):
    LISTED = "listed", "Not connected"
    QUEUED = "queued", "Is being connected"
    CONNECTED = "connected", "Connected"
    FAILED = "failed", "Could not be connected"


class SubAccount(models.Model):
    """One account under a wide connection, as the vendor listed it, and how far its own connection is.

    A row that is queued is work to do: taken when it is due, under a lease, never twice. `problem` says in
    words what went wrong last.
    """

    parent = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="sub_accounts")
    account = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=SubAccountState.choices, default=SubAccountState.LISTED)
    connection = models.ForeignKey(
        Connection, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_by = models.ForeignKey(conf.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "account")
        constraints = (models.UniqueConstraint(fields=("parent", "account"), name="sub_account_once"),)
        indexes = (models.Index(fields=("state", "due_at"), name="sub_account_due"),)

    def __str__(self) -> str:
        return self.name or self.account
