"""The dry run: the whole journey with real reads and no writes. It is the same journey with a destination
that only remembers, so the plan shows what a run would do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jmespath

from integrations import catalog
from integrations.engine.errors import HubError, WrongUse, did_you_mean
from integrations.engine.execute import Start
from integrations.engine.spec import WorkflowSpec
from integrations.models import Connection, RecordLink, Workflow
from integrations.services.drafts import bound, compile_draft
from integrations.services.rehearsal import Plan, PlannedWrite, rehearse
from integrations.services.samples import sample_events, trigger_of
from integrations.services.specimens import instead_of_sample

__all__ = ["Plan", "PlannedWrite", "links_of", "plan", "sentence_of"]


def plan(workflow: Workflow, event_type: str = "", payload: Mapping[str, Any] | None = None) -> Plan:
    """Dry-run the draft on one event: the one given, else the latest of its type (else the trigger's sample).

    Raises WrongUse for what there is not, and the error of the tree that a read ended in.
    """
    spec = compile_draft(workflow)
    connections = bound(workflow)
    for role, slug in spec.roles.items():
        if role not in connections:
            raise WrongUse(f"Choose a connection to {catalog.connector(slug).title}.")
    events = sample_events(workflow, spec)
    event_type = event_type or next(iter(events))
    if event_type not in events:
        raise WrongUse(did_you_mean(event_type, list(events), "event here"))
    event = instead_of_sample(
        payload if payload is not None else events[event_type],
        event_type,
        connections[spec.trigger_role],
        trigger_of(spec),
        spec.trigger_settings,
    )
    return rehearse(spec, connections, _start(workflow, spec, connections, event_type, event))


def _start(
    workflow: Workflow,
    spec: WorkflowSpec,
    connections: Mapping[str, Connection],
    event_type: str,
    event: Mapping[str, Any],
) -> Start:
    now = datetime.now(UTC)
    record = str(jmespath.search(trigger_of(spec).record_id, dict(event)) or "")
    return Start(
        run_key="plan",
        event=event,
        trigger={"type": event_type, "id": "plan", "at": now.isoformat(), "record": record},
        now=now,
        links=links_of(workflow, record),
        accounts={role: connection.settings for role, connection in connections.items()},
    )


def links_of(workflow: Workflow, record: str) -> dict[str, list[dict[str, Any]]]:
    """What this record of the source is elsewhere, by the links' names."""
    links: dict[str, list[dict[str, Any]]] = {}
    for row in RecordLink.objects.filter(workflow=workflow, mode="live", record=record, ended_at=None):
        links.setdefault(row.name, []).append({"id": row.record_id, "item": row.item, "data": row.data})
    return links


def sentence_of(made: Plan) -> str:
    """The plan in a line."""
    if made.finish is not None and made.finish.error is not None:
        error: HubError = made.finish.error
        return f"It would fail: {error.sentence}"
    if made.barred:
        return f"It would fail: {made.barred}"
    if not made.writes:
        return "Nothing would be written."
    kinds = {kind: sum(1 for w in made.writes if w.kind == kind) for kind in ("create", "update", "delete")}
    told = [f"{count} to {kind}" for kind, count in kinds.items() if count]
    return f"It would make {len(made.writes)} write{'s'[: len(made.writes) > 1]}: {', '.join(told)}."
