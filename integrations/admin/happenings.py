"""Events, runs, calls, effects: history, so nothing here can be changed."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from integrations.admin.base import COLOURS, ReadOnly
from integrations.admin.connections import SharedReadOnly
from integrations.models import (
    ApiCall,
    Backfill,
    Delivery,
    Effect,
    Event,
    Notice,
    Plan,
    ReplayBatch,
    Run,
    SlotHold,
    StepRun,
    Tally,
)
from integrations.services.tallies import COUNTS


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("id", "type", "record", "source", "connection", "received_at")
    list_filter = ("type", "source", "connection__connector")
    search_fields = ("record", "dedupe_key")
    date_hierarchy = "received_at"


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    team_path = "connection__team"
    list_display = ("id", "type", "record", "standing", "late", "connection", "attempts", "received_at")
    list_filter = ("state", "type", "late", "connection__connector")
    search_fields = ("record", "key")
    date_hierarchy = "received_at"

    @display(description="State", label=COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def standing(self, row: Notice) -> tuple[str, str]:
        return row.state, row.get_state_display()


@admin.register(Tally)
class TallyAdmin(SharedReadOnly):
    list_display = ("hour", "account", "type", *COUNTS)
    list_filter = ("connector", "environment", "type")
    search_fields = ("account",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = (
        "id",
        "operation",
        "connection",
        "standing",
        "attempts",
        "status",
        "made_at",
        "settled_at",
    )
    list_filter = ("state", "connection")
    search_fields = ("key",)
    date_hierarchy = "made_at"

    @display(description="State", label=COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def standing(self, row: Delivery) -> tuple[str, str]:
        return row.state, row.get_state_display()


@admin.register(Backfill)
class BackfillAdmin(ReadOnly):
    list_display = ("id", "workflow", "standing", "taken", "total", "failed", "started_at", "finished_at")
    list_filter = ("state",)

    @display(description="State", label=COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def standing(self, row: Backfill) -> tuple[str, str]:
        return row.state, row.get_state_display()


class StepRunInline(TabularInline):  # type: ignore[misc]
    model = StepRun
    fields = readonly_fields = ("address", "operation", "done", "record_id", "error", "at")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ("id", "workflow", "record", "standing", "mode", "attempts", "made_at", "finished_at")
    list_filter = ("state", "mode", "workflow", "event__connection__connector")
    search_fields = ("record",)
    date_hierarchy = "made_at"
    inlines = (StepRunInline,)

    @display(description="State", label=COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def standing(self, row: Run) -> tuple[str, str]:
        return row.state, row.get_state_display()


@admin.register(StepRun)
class StepRunAdmin(ReadOnly):
    team_path = "run__team"
    list_display = ("run", "address", "operation", "done", "record_id", "error_kind", "at")
    list_filter = ("done", "error_kind", "operation")
    search_fields = ("address", "record_id")


@admin.register(ApiCall)
class ApiCallAdmin(ReadOnly):
    list_display = ("id", "method", "operation", "status", "duration_ms", "connection", "run", "started_at")
    list_filter = ("status", "method", "connection__connector", "purpose")
    search_fields = ("operation", "url")
    date_hierarchy = "started_at"


@admin.register(Effect)
class EffectAdmin(ReadOnly):
    list_display = ("id", "operation", "target", "standing", "record_id", "adopted", "claimed_at")
    list_filter = ("state", "operation", "adopted", "connection__connector")
    search_fields = ("target", "record_id", "key")

    @display(description="State", label=COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def standing(self, row: Effect) -> tuple[str, str]:
        return row.state, row.get_state_display()


@admin.register(ReplayBatch)
class ReplayBatchAdmin(ReadOnly):
    list_display = ("id", "what", "made_by", "made_at", "cancelled_at")


@admin.register(Plan)
class PlanAdmin(ReadOnly):
    list_display = ("id", "workflow", "kind", "standing", "sentence", "run", "made_by", "made_at")
    list_filter = ("state", "kind", "workflow")
    search_fields = ("record",)

    @display(description="State", label=COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def standing(self, row: Plan) -> tuple[str, str]:
        return row.state, row.get_state_display()


@admin.register(SlotHold)
class SlotHoldAdmin(ReadOnly):
    team_path = "connection__team"
    list_display = ("connection", "calendar", "start_at", "holder", "until")
    list_filter = ("connection",)
    search_fields = ("calendar", "holder")
