"""Polling: a sweep over what changed at the source, page by page, and what each change means.

The first sweep of a binding is a baseline: it stores what exists and fires nothing. The watermark moves only
after the last page, to the sweep's start minus the trigger's overlap. Each page is stored in one transaction
with the events and runs it brings. No transaction is open over a call.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jmespath
from django.db import transaction
from django.db.models import Q

from integrations.engine.errors import HubError, NotFound, TryAgain, WrongUse
from integrations.engine.fingerprint import fingerprint
from integrations.engine.freeze import thaw
from integrations.engine.spec import Connector, Outcome, Page, Read, Since, Trigger, WorkflowSpec
from integrations.models import (
    Connection,
    Cursor,
    EventSource,
    RecordLink,
    SeenRow,
    Workflow,
)
from integrations.services import direct, pulse
from integrations.services.accounts import connector_of
from integrations.services.ingest import Arrival, accept
from integrations.services.leases import owner_name

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
REREADS = 20
REREAD_AFTER = timedelta(minutes=1)


@dataclass(slots=True)
class Swept:
    """What a sweep did. `baseline`: it was the first, so `events` is 0 by intent."""

    rows: int = 0
    events: int = 0
    runs: int = 0
    baseline: bool = False
    busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The polled side of a live workflow."""

    workflow: Workflow
    connection: Connection
    connector: Connector
    trigger: Trigger
    spec: WorkflowSpec
    cursor: Cursor


def sweep(workflow: Workflow) -> Swept:
    """Look at the workflow's source once. `busy` when another worker is at it already.

    Raises the error that stopped it, after noting it on the cursor; the next sweep starts where this one did.
    """
    source = _source(workflow)
    if source is None:
        return Swept(busy=True)
    baseline = source.cursor.watermark is None
    swept = Swept(baseline=baseline)
    begun = datetime.now(UTC)
    try:
        _pages(source, swept)
        if not baseline:
            _reread(source, swept)
    except HubError as error:
        _close(source, None, swept, error.sentence)
        raise
    _close(source, begun - timedelta(seconds=source.trigger.overlap_s), swept, "")
    return swept


def source_of(spec: WorkflowSpec, workflow: Workflow) -> tuple[Connection, Connector, Trigger]:
    """The connection and trigger a workflow listens to, by its live bindings."""
    bindings = workflow.live.bindings if workflow.live else {}
    connection = Connection.objects.get(pk=bindings[spec.trigger_role])
    connector = connector_of(connection)
    return connection, connector, connector.trigger(spec.trigger)


def _source(workflow: Workflow) -> Source | None:
    if workflow.live is None:
        raise WrongUse(f"“{workflow.name}” has not been deployed yet; deploy it first.")
    spec = thaw(workflow.live.spec)
    connection, connector, trigger = source_of(spec, workflow)
    if trigger.sweep is None:
        raise WrongUse(f"“{trigger.title}” is not polled; nothing to look at.")
    cursor, _ = Cursor.objects.get_or_create(workflow=workflow, connection=connection, trigger=trigger.key)
    now = datetime.now(UTC)
    if not connection.usable:
        why = f"{connection.name} is not connected: {connection.state_reason or 'connect it again.'}"
        Cursor.objects.filter(pk=cursor.pk).update(problem=why, swept_at=now)
        raise WrongUse(why)
    taken = (
        Cursor.objects.filter(pk=cursor.pk)
        .filter(Q(lease_until=None) | Q(lease_until__lte=now))
        .update(lease_owner=owner_name(), lease_until=now + LEASE)
    )
    if not taken:
        return None
    cursor.refresh_from_db()
    return Source(
        workflow=workflow,
        connection=connection,
        connector=connector,
        trigger=trigger,
        spec=spec,
        cursor=cursor,
    )


def _pages(source: Source, swept: Swept) -> None:
    assert source.trigger.sweep is not None
    script = source.trigger.sweep(
        Since(moment=source.cursor.watermark, settings=source.spec.trigger_settings)
    )
    answer: Outcome | None = None
    try:
        command = next(script)
        while True:
            if isinstance(command, Page):
                _store(source, [dict(row) for row in command.rows], swept)
                answer = None
            else:
                answer = _ask(source, command)
            command = script.send(answer)
    except StopIteration:
        return


def _ask(source: Source, command: Read) -> Outcome:
    outcome = direct.read_patiently(source.connection, command.operation, command.values, purpose="sweep")
    pulse.touch(datetime.now(UTC))
    if outcome.error is not None:
        raise outcome.error
    return outcome


def _store(source: Source, rows: list[dict[str, Any]], swept: Swept) -> None:
    """One page: what it means, and what it looked like, in one transaction."""
    now = datetime.now(UTC)
    by_record = {_record(source.trigger, row): row for row in rows}
    with transaction.atomic():
        known = {
            seen.record: seen for seen in SeenRow.objects.filter(cursor=source.cursor, record__in=by_record)
        }
        arrivals = []
        if not swept.baseline:
            for record, row in by_record.items():
                arrivals += _arrivals(source, record, known.get(record), row, now)
        runs = accept(source.connection, source.trigger.key, arrivals, [source.workflow], EventSource.POLL)
        _remember(source, by_record, now)
        _renew(source, now)
    swept.rows += len(rows)
    swept.events += len(arrivals)
    swept.runs += len(runs)


def _renew(source: Source, now: datetime) -> None:
    """Hold on to the lease, in the page's transaction. Raises TryAgain when another worker has it by now."""
    ours = Cursor.objects.filter(pk=source.cursor.pk, lease_owner=source.cursor.lease_owner)
    if not ours.update(lease_until=now + LEASE):
        raise TryAgain(f"Another worker has taken over the look for “{source.workflow.name}”.")


def _arrivals(
    source: Source, record: str, seen: SeenRow | None, row: dict[str, Any] | None, now: datetime
) -> list[Arrival]:
    happenings = source.trigger.happenings
    if happenings is None or (seen and row and seen.hash == _hash(source.trigger, row)):
        return []
    before = seen.data if seen else None
    return [
        Arrival(type=what.type, key=what.key, record=record, payload=row if row is not None else before or {})
        for what in happenings(before, row, now)
    ]


def _remember(source: Source, by_record: dict[str, dict[str, Any]], now: datetime) -> None:
    SeenRow.objects.bulk_create(
        [
            SeenRow(
                cursor=source.cursor,
                record=record,
                hash=_hash(source.trigger, row),
                data=_kept(source.trigger, row),
                checked_at=now,
                missing_since=None,
            )
            for record, row in by_record.items()
        ],
        update_conflicts=True,
        unique_fields=["cursor", "record"],
        update_fields=["hash", "data", "checked_at", "missing_since"],
    )


def _reread(source: Source, swept: Swept) -> None:
    """Rows that something was made of are read again now and then: some apps never tell of what vanished."""
    operation = source.trigger.reread
    if not operation:
        return
    linked = RecordLink.objects.filter(workflow=source.workflow, mode="live", ended_at=None).values("record")
    oldest = SeenRow.objects.filter(
        cursor=source.cursor,
        record__in=linked,
        missing_since=None,
        checked_at__lt=datetime.now(UTC) - REREAD_AFTER,
    ).order_by("checked_at")[:REREADS]
    path_field = source.connector.operation(operation).fields[0].key
    for seen in oldest:
        outcome = direct.read_patiently(
            source.connection, operation, {path_field: seen.record}, purpose="re-read"
        )
        if isinstance(outcome.error, NotFound):
            _gone(source, seen, swept)
        elif outcome.error is None and isinstance(outcome.value, dict):
            _store(source, [outcome.value], swept)
        else:  # others come first the next time
            SeenRow.objects.filter(pk=seen.pk).update(checked_at=datetime.now(UTC))
            log.info("re-read of %s was refused: %s", seen.record, outcome.error)


def _gone(source: Source, seen: SeenRow, swept: Swept) -> None:
    now = datetime.now(UTC)
    with transaction.atomic():
        arrivals = _arrivals(source, seen.record, seen, None, now)
        runs = accept(source.connection, source.trigger.key, arrivals, [source.workflow], EventSource.POLL)
        seen.missing_since = seen.checked_at = now
        seen.save(update_fields=["missing_since", "checked_at"])
    swept.events += len(arrivals)
    swept.runs += len(runs)


def _close(source: Source, watermark: datetime | None, swept: Swept, problem: str) -> None:
    now = datetime.now(UTC)
    values: dict[str, Any] = {"lease_owner": "", "lease_until": None, "problem": problem, "swept_at": now}
    if watermark is not None:
        values["watermark"] = watermark
        values["rows_seen"] = SeenRow.objects.filter(cursor=source.cursor).count()
    Cursor.objects.filter(pk=source.cursor.pk, lease_owner=source.cursor.lease_owner).update(**values)


def _record(trigger: Trigger, row: dict[str, Any]) -> str:
    return str(jmespath.search(trigger.record_id, row))


def _kept(trigger: Trigger, row: dict[str, Any]) -> dict[str, Any]:
    return {key: row.get(key) for key in trigger.remember}


def _hash(trigger: Trigger, row: dict[str, Any]) -> str:
    return fingerprint(_kept(trigger, row))
