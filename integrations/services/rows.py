"""What a drain's turn has to write down, gathered first and stored together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from integrations.engine.transport import CallRecord
from integrations.models import ApiCall, Effect, RecordLink, Run, StepRun

RUN_FIELDS = [
    "state", "lane", "due_at", "attempts", "starts", "reason", "error_kind", "answer", "parked_on",
    "lease_owner", "lease_until", "finished_at",
]  # fmt: skip
CLAIM_FIELDS = ["state", "lease_owner", "lease_until", "starts", "started_at", "begun_with", "parked_on"]
EFFECT_FIELDS = ["run", "state", "claimed_at", "landing_by", "settled_at", "record_id", "adopted", "sends"]
LINK_FIELDS = ["connection", "record_id", "data", "fingerprint", "ended_at"]
CALL_FIELDS = (
    "method", "url", "operation", "status", "started_at", "duration_ms", "request_headers", "request_body",
    "response_headers", "response_body", "error_kind",
)  # fmt: skip


def call_row(record: CallRecord, *, team_id: int, connection_id: int, **more: object) -> ApiCall:
    """A call record as a row; it was redacted before it came here."""
    values = {name: getattr(record, name) for name in CALL_FIELDS}
    values["request_headers"] = dict(record.request_headers)
    values["response_headers"] = dict(record.response_headers)
    return ApiCall(team_id=team_id, connection_id=connection_id, **values, **more)


@dataclass(slots=True)
class RunRows:
    """What one run has brought this turn."""

    run: Run
    changed: bool = False
    steps: list[StepRun] = field(default_factory=list)
    waits: list[StepRun] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    links: list[RecordLink] = field(default_factory=list)
    ended_links: list[tuple[str, str]] = field(default_factory=list)

    def copy(self) -> RunRows:
        """As it stands now; what is added to this one later is not in the copy."""
        return RunRows(
            self.run,
            self.changed,
            [*self.steps],
            [*self.waits],
            [*self.effects],
            [*self.links],
            [*self.ended_links],
        )

    def beyond(self, stored: RunRows) -> RunRows:
        """What has been added since `stored` was copied."""
        return RunRows(
            self.run,
            self.changed,
            self.steps[len(stored.steps) :],
            self.waits[len(stored.waits) :],
            self.effects[len(stored.effects) :],
            self.links[len(stored.links) :],
            self.ended_links[len(stored.ended_links) :],
        )


def save(gathered: Collection[RunRows], calls: list[ApiCall], now: datetime) -> None:
    """Store it all, inside the caller's transaction."""
    ApiCall.objects.bulk_create(calls)
    StepRun.objects.bulk_create([row for rows in gathered for row in rows.steps])
    StepRun.objects.bulk_create([row for rows in gathered for row in rows.waits], ignore_conflicts=True)
    _save_effects([row for rows in gathered for row in rows.effects])
    links = {_link_key(row): row for rows in gathered for row in rows.links}
    RecordLink.objects.bulk_create(
        links.values(),
        update_conflicts=True,
        unique_fields=["workflow", "mode", "record", "name", "item"],
        update_fields=LINK_FIELDS,
    )
    for rows in gathered:
        for name, record_id in rows.ended_links:
            RecordLink.objects.filter(
                workflow_id=rows.run.workflow_id, mode=rows.run.mode, record=rows.run.record, name=name
            ).filter(**({"record_id": record_id} if record_id else {})).update(ended_at=now)
    save_runs([rows.run for rows in gathered if rows.changed])


def save_runs(runs: list[Run], fields: list[str] = RUN_FIELDS) -> None:
    """Update runs. Written as an upsert on the primary key: far cheaper than one CASE per field and row."""
    Run.objects.bulk_create(runs, update_conflicts=True, unique_fields=["id"], update_fields=fields)


def _save_effects(effects: list[Effect]) -> None:
    latest = {effect.key: effect for effect in effects}
    Effect.objects.bulk_create(
        latest.values(), update_conflicts=True, unique_fields=["id"], update_fields=EFFECT_FIELDS
    )


def _link_key(row: RecordLink) -> tuple[int, str, str, str, str]:
    return (row.workflow_id, row.mode, row.record, row.name, row.item)
