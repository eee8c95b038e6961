"""Users, teams, memberships, and who did what."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from integrations.admin.base import ReadOnly, TeamScoped
from integrations.models import AuditEntry, Membership, Stop, Team

admin.site.unregister(User)
admin.site.unregister(Group)


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    extra = 0
    autocomplete_fields = ("user", "team")


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (MembershipInline,)
    list_display = ("username", "email", "is_active", "is_superuser", "last_login")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    pass


@admin.register(Team)
class TeamAdmin(TeamScoped):
    team_path = ""
    list_display = ("name", "created_at")
    search_fields = ("name",)
    inlines = (MembershipInline,)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "team", "actor", "action", "subject")
    list_filter = ("action", "team")
    search_fields = ("subject", "action")
    date_hierarchy = "at"


@admin.register(Stop)
class StopAdmin(ReadOnly):
    list_display = ("made_at", "team", "connection", "why", "made_by")
