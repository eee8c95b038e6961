"""Alerts as they were raised, told and over."""

from __future__ import annotations

from django.contrib import admin

from integrations.admin.base import ReadOnly
from integrations.models import Alert, AlertSettings, SelfTest, SourceHour, SourceWatch, Stock


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ("id", "kind", "level", "stage", "sentence", "count", "first_at", "last_at", "resolved_at")
    list_filter = ("kind", "level")
    search_fields = ("sentence", "cause")
    date_hierarchy = "first_at"


@admin.register(AlertSettings)
class AlertSettingsAdmin(ReadOnly):
    list_display = ("team", "by_mail", "connection", "least", "again_h", "told_at", "problem")


@admin.register(SourceWatch)
class SourceWatchAdmin(ReadOnly):
    team_path = "connection__team"
    list_display = ("connection", "trigger", "since", "counted_to", "last_at", "heard_from", "looked_at")


@admin.register(SourceHour)
class SourceHourAdmin(ReadOnly):
    team_path = "watch__connection__team"
    list_display = ("watch", "hour", "count", "quiet_from", "quiet_to")


@admin.register(SelfTest)
class SelfTestAdmin(ReadOnly):
    team_path = "connection__team"
    list_display = ("connection", "at", "ok", "near", "failures", "worked_at", "sentence")


@admin.register(Stock)
class StockAdmin(ReadOnly):
    team_path = "connection__team"
    list_display = ("connection", "what", "left", "most", "at")
