"""Polling: looking at what changed at the source.

The first look of a binding is a baseline: it stores what exists and fires nothing. The watermark moves only
after the last page, to the look's start minus the trigger's overlap. Where the app sends webhooks, a look is
there to find what none told of: its events are marked recovered.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q

from integrations.engine.errors import HubError, WrongUse
from integrations.engine.freeze import thaw
from integrations.engine.own_triggers import trigger_in
from integrations.engine.spec import Connector, Trigger, WorkflowSpec
from integrations.models import Connection, Cursor, EventSource, SeenRow, Workflow
from integrations.services import intervals, looks, missing, stops
from integrations.services.accounts import connector_of
from integrations.services.leases import owner_name
from integrations.services.looks import LEASE, Look, Swept
from integrations.services.sightings import Source

__all__ = ["Swept", "source_of", "sweep"]


def sweep(workflow: Workflow) -> Swept:
    """Look at the workflow's source once. `busy` when another worker is at it already.

    Raises the error that stopped it, after noting it on the cursor; the next look starts where this one did.
    """
    source = _source(workflow)
    if source is None:
        return Swept(busy=True)
    now = datetime.now(UTC)
    swept = Swept(baseline=source.cursor.watermark is None)
    look = Look(source, swept, _how(source), now, missing.parents_of(source, now), now)
    try:
        looks.pages(look)
        if not swept.baseline:
            looks.beyond(look)
    except HubError as error:
        _close(look, error.sentence)
        raise
    _close(look, "")
    return swept


def source_of(spec: WorkflowSpec, workflow: Workflow) -> tuple[Connection, Connector, Trigger]:
    """The connection and trigger a workflow listens to, by its live bindings."""
    bindings = workflow.live.bindings if workflow.live else {}
    connection = Connection.objects.get(pk=bindings[spec.trigger_role])
    connector = connector_of(connection)
    return connection, connector, trigger_in(connector, spec.trigger, spec.trigger_settings)


def _how(source: Source) -> EventSource:
    """What a look finds where webhooks should have told of it, is recovered."""
    told = source.trigger.hears and source.connector.auth(source.connection.auth).hears
    return EventSource.RECOVERED if told else EventSource.POLL


def _source(workflow: Workflow) -> Source | None:
    if workflow.live is None:
        raise WrongUse(f"“{workflow.name}” has not been deployed yet; deploy it first.")
    spec = thaw(workflow.live.spec)
    connection, connector, trigger = source_of(spec, workflow)
    if trigger.sweep is None:
        raise WrongUse(f"“{trigger.title}” is not polled; nothing to look at.")
    cursor, _ = Cursor.objects.get_or_create(workflow=workflow, connection=connection, trigger=trigger.key)
    stops.refuse(connection.team_id, [connection.pk])
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
        cursor=cursor,
        settings=spec.trigger_settings,
    )


def _close(look: Look, problem: str) -> None:
    """Give the lease back; after a whole look, with the new watermark and when to look next."""
    cursor, swept, now = look.source.cursor, look.swept, datetime.now(UTC)
    values: dict[str, Any] = {"lease_owner": "", "lease_until": None, "problem": problem, "swept_at": now}
    if not problem:
        values["rows_seen"] = SeenRow.objects.filter(cursor=cursor).exclude(hash="").count()
        values["calls"] = swept.calls
        if not swept.unsure or swept.baseline:
            values["watermark"] = look.begun - timedelta(seconds=look.source.trigger.overlap_s)
    Cursor.objects.filter(pk=cursor.pk, lease_owner=cursor.lease_owner).update(**values)
    intervals.settle(look.source, now)
