"""Workflows and their versions. Drafts are edited on the workflow's own pages."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from integrations.admin.base import COLOURS, ReadOnly, TeamScoped
from integrations.models import (
    Binding,
    Clock,
    Cursor,
    Drill,
    FieldMapping,
    Finding,
    LookupRow,
    LookupTable,
    Reconcile,
    RecordLink,
    SeenRow,
    Workflow,
    WorkflowVersion,
)


class BindingInline(TabularInline):  # type: ignore[misc]
    model = Binding
    fields = readonly_fields = ("role", "connection")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Workflow)
class WorkflowAdmin(TeamScoped):
    list_display = ("name", "standing", "recipe", "live", "interval_min", "changed_at", "team")
    list_filter = ("state", "recipe", "team")
    search_fields = ("name",)
    readonly_fields = (
        "team",
        "recipe",
        "state",
        "draft",
        "live",
        "tested_hash",
        "tested_at",
        "drilled_hash",
        "drilled_at",
        "promoted_from",
        "first_n",
        "created_at",
        "changed_at",
    )
    inlines = (BindingInline,)

    @display(description="State", label=COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def standing(self, row: Workflow) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # made from a recipe


@admin.register(WorkflowVersion)
class WorkflowVersionAdmin(ReadOnly):
    team_path = "workflow__team"
    list_display = ("workflow", "number", "test", "why", "made_by", "made_at")
    list_filter = ("test", "workflow")


@admin.register(Drill)
class DrillAdmin(ReadOnly):
    list_display = ("workflow", "state", "done", "total", "reason", "started_by", "started_at")
    list_filter = ("state", "workflow")


@admin.register(FieldMapping)
class FieldMappingAdmin(ReadOnly):
    team_path = "workflow__team"
    list_display = ("workflow", "step", "target", "source", "required")
    list_filter = ("workflow", "step", "required")
    search_fields = ("target", "source")


@admin.register(LookupTable)
class LookupTableAdmin(ReadOnly):
    list_display = ("name", "team", "changed_at")


@admin.register(LookupRow)
class LookupRowAdmin(ReadOnly):
    team_path = "table__team"
    list_display = ("table", "key", "value")
    search_fields = ("key", "value")


@admin.register(Clock)
class ClockAdmin(ReadOnly):
    team_path = "workflow__team"
    list_display = ("workflow", "next_at", "done_until")


@admin.register(Cursor)
class CursorAdmin(ReadOnly):
    team_path = "workflow__team"
    list_display = ("workflow", "trigger", "connection", "watermark", "swept_at", "rows_seen", "problem")


@admin.register(SeenRow)
class SeenRowAdmin(ReadOnly):
    team_path = "cursor__workflow__team"
    list_display = ("record", "cursor", "checked_at", "missing_since")
    search_fields = ("record",)


@admin.register(RecordLink)
class RecordLinkAdmin(ReadOnly):
    list_display = ("record", "name", "record_id", "connection", "workflow", "mode", "made_at", "ended_at")
    list_filter = ("name", "mode", "workflow", "connection__connector")
    search_fields = ("record", "record_id")


@admin.register(Reconcile)
class ReconcileAdmin(ReadOnly):
    list_display = ("workflow", "state", "total", "in_sync", "excluded", "failing", "drifted", "started_at")
    list_filter = ("state", "workflow")


@admin.register(Finding)
class FindingAdmin(ReadOnly):
    team_path = "reconcile__team"
    list_display = ("record", "kind", "name", "field", "side", "state", "winner", "record_id")
    list_filter = ("kind", "state", "reconcile__workflow")
    search_fields = ("record", "record_id")
