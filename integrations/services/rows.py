"""What a drain's turn has to write down, gathered first and stored together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from integrations.engine.errors import Duplicate
from integrations.engine.execute import Issue
from integrations.engine.redact import HIDDEN
from integrations.engine.spec import Hold, Invite, Operation, Outcome, Read, Wait, Write
from integrations.engine.transport import CallRecord
from integrations.models import ApiCall, Effect, RecordLink, Run, StepRun
from integrations.services.statements import insert, update, upsert

RUN_FIELDS = [
    "state", "lane", "due_at", "attempts", "trying_since", "starts", "reason", "error_kind", "answer",
    "parked_on", "lease_owner", "lease_until", "finished_at",
]  # fmt: skip
CLAIM_FIELDS = ["state", "lease_owner", "lease_until", "starts", "started_at", "begun_with", "parked_on"]
EFFECT_FIELDS = [
    "run", "state", "claimed_at", "landing_by", "settled_at", "record_id", "shown", "adopted", "sends",
]  # fmt: skip
LINK_KEY = ["workflow", "mode", "record", "name", "item"]
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


def step_row(run: Run, issue: Issue, outcome: Outcome, request_hash: str) -> StepRun:
    """The outcome of one command of a journey, as it is stored."""
    command, error = issue.command, outcome.error
    assert not isinstance(command, Wait)
    return StepRun(
        run=run,
        address=str(issue.address),
        step=issue.address.step,
        operation="" if isinstance(command, Hold | Invite) else command.operation,
        values=_said(command, issue.operation),
        outcome=outcome.value,
        record_id=outcome.record_id,
        error_kind=error.kind if error else "",
        error=error.sentence if error else "",
        error_record=error.record_id if isinstance(error, Duplicate) else "",
        request_hash=request_hash,
    )


def kept(operation: Operation | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """What of a call's values stays with the run: a password does not."""
    secret = {field.key for field in operation.fields if field.secret} if operation else set()
    return {key: HIDDEN if key in secret else value for key, value in values.items()}


def is_hold(step: StepRun) -> bool:
    """Whether the stored command asked for times to be held."""
    return not step.operation and "wanted" in step.values


def times_kept(step: StepRun) -> list[str]:
    """The times that a stored command kept from other flows."""
    return [str(time) for time in step.outcome or ()] if is_hold(step) and step.values["wanted"] else []


def _said(command: Read | Write | Hold | Invite, operation: Operation | None) -> dict[str, Any]:
    if isinstance(command, Hold):
        return _held(command)
    return asdict(command) if isinstance(command, Invite) else kept(operation, command.values)


def _held(hold: Hold) -> dict[str, Any]:
    """Of all the times that were offered, how many there were will do."""
    return {**asdict(hold), "times": len(hold.times)}


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
    insert(ApiCall, calls)
    insert(StepRun, [row for rows in gathered for row in rows.steps])
    insert(StepRun, [row for rows in gathered for row in rows.waits], ignore_conflicts=True)
    _save_effects([row for rows in gathered for row in rows.effects])
    links = {_link_key(row): row for rows in gathered for row in rows.links}
    upsert(RecordLink, links.values(), LINK_KEY, LINK_FIELDS)
    for rows in gathered:
        for name, record_id in rows.ended_links:
            RecordLink.objects.filter(name=name, **_whose_links(rows.run)).filter(
                **({"record_id": record_id} if record_id else {})
            ).update(ended_at=now)
    save_runs([rows.run for rows in gathered if rows.changed])


def _whose_links(run: Run) -> dict[str, Any]:
    """The record whose links the run's writes end: its own, or that of the run that it undoes."""
    undone: dict[str, Any] | None = (run.begun_with or {}).get("undoes")
    return undone or {"workflow": run.workflow_id, "mode": run.mode, "record": run.record}


def save_runs(runs: list[Run], fields: list[str] = RUN_FIELDS) -> None:
    update(Run, runs, fields)


def _save_effects(effects: list[Effect]) -> None:
    latest = {effect.key: effect for effect in effects}
    update(Effect, latest.values(), EFFECT_FIELDS)


def _link_key(row: RecordLink) -> tuple[int, str, str, str, str]:
    return (row.workflow_id, row.mode, row.record, row.name, row.item)
