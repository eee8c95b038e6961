"""Accounts. Secrets and tokens are never shown, not even encrypted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from integrations.admin.base import COLOURS, ReadOnly, TeamScoped
from integrations.models import Budget, Connection, Credential, Heartbeat, OAuthToken, SubAccount


class CredentialInline(TabularInline):  # type: ignore[misc]
    """Which secrets there are and when they were changed; new ones are typed on the connection's page."""

    model = Credential
    fields = readonly_fields = ("key", "standby", "until", "entered_at", "changed_at")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Connection)
class ConnectionAdmin(TeamScoped):
    list_display = ("name", "connector", "environment", "standing", "read_only", "verified_at", "team")
    list_filter = ("state", "connector", "environment", "read_only", "team")
    search_fields = ("name",)
    readonly_fields = (
        "team",
        "connector",
        "environment",
        "auth",
        "account",
        "parent",
        "settings",
        "read_only",
        "scopes",
        "state",
        "state_reason",
        "verified_at",
        "verified_text",
        "created_at",
    )
    inlines = (CredentialInline,)

    @display(description="State", label=COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def standing(self, row: Connection) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # an account is connected on its own page, where it is tried


@admin.register(SubAccount)
class SubAccountAdmin(ReadOnly):
    team_path = "parent__team"
    list_display = ("name", "account", "parent", "state", "connection", "problem")
    list_filter = ("state", "parent")
    search_fields = ("name", "account")


@admin.register(Credential)
class CredentialAdmin(ReadOnly):
    team_path = "connection__team"
    list_display = fields = ("connection", "key", "standby", "until", "entered_at", "changed_at")
    list_filter = ("connection__connector", "key")


@admin.register(OAuthToken)
class OAuthTokenAdmin(ReadOnly):
    team_path = "connection__team"
    list_display = ("connection", "issued_at", "expires_at", "generation", "lease_until")
    fields = ("connection", "issued_at", "expires_at", "generation", "lease_owner", "lease_until")


class SharedReadOnly(ReadOnly):
    """Rows that belong to no team: for superusers."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        user = request.user
        if isinstance(user, User) and user.is_superuser:
            return super().get_queryset(request)
        return self.model._default_manager.none()  # type: ignore[no-any-return]


@admin.register(Budget)
class BudgetAdmin(SharedReadOnly):
    list_display = ("scope", "changed_at")
    search_fields = ("scope",)


@admin.register(Heartbeat)
class HeartbeatAdmin(SharedReadOnly):
    list_display = ("name", "at")
