"""Events given by hand, as if the app had delivered them, and runs that somebody waits for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jmespath

from integrations.engine.errors import ContractBroken, WrongUse, did_you_mean
from integrations.engine.spec import Connector, Trigger, TriggerKind
from integrations.models import (
    FINISHED,
    Connection,
    ConnectionState,
    Environment,
    Event,
    EventSource,
    Notice,
    NoticeState,
    Run,
    RunMode,
    Workflow,
)
from integrations.services import asking, hearing, hooks, lifecycle, listening, verification
from integrations.services.accounts import connector_of
from integrations.services.drafts import bound, compile_draft
from integrations.services.drain import drain_once
from integrations.services.ingest import Arrival, accept
from integrations.services.samples import trigger_of

PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Emitted:
    """A stored event, the runs it has newly started, and those that it had started before."""

    event: Event
    runs: list[Run]
    earlier: list[Run]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of a webhook given by hand. `known`: the same one had come before, and did nothing now."""

    notice: Notice
    known: bool
    events: list[Event]
    runs: list[Run]


def emit(connection: Connection, event_type: str, payload: Mapping[str, Any]) -> Emitted:
    """Store the event and start a run for every live workflow that listens and has not had it."""
    trigger = trigger_with(connector_of(connection), event_type)
    return _emit(connection, trigger, event_type, payload, listening.to(connection).get(trigger.key, []))


def is_webhook(connection: Connection, event_type: str) -> bool:
    """Whether the app sends webhooks of that name."""
    hooks_ = connector_of(connection).webhooks
    return hooks_ is not None and event_type in hooks_.types


def deliver(connection: Connection, event_type: str, payload: Mapping[str, Any]) -> Delivered:
    """A webhook as if the app had sent it: stored, looked into at once, and told to who listens."""
    notice = hooks.by_hand(connection, event_type, payload, datetime.now(UTC))
    known = notice.state != NoticeState.NEW
    if not known:
        hearing.hear_once(only=[notice.pk])
    notice.refresh_from_db()
    events = list(notice.events.order_by("pk"))
    runs = list(Run.objects.filter(event__in=events).select_related("workflow").order_by("pk"))
    return Delivered(notice=notice, known=known, events=events, runs=runs)


def start(workflow: Workflow, event_type: str, payload: Mapping[str, Any] | None) -> Run:
    """A run to wait for: a sandbox test of the draft on sandbox connections, the live version on real ones.

    An event that a live version has had already is not run again: its run is returned. A sandbox connection
    that nobody has verified yet is verified now: it costs nothing, and nobody outside is asked.
    """
    _verify_simulated(workflow)
    connections = bound(workflow)
    if all(c.environment == Environment.SANDBOX for c in connections.values()):
        return lifecycle.sandbox_test(
            workflow, event_type=event_type, payload=None if payload is None else dict(payload)
        )
    if workflow.live is None:
        raise WrongUse(f"“{workflow.name}” is not deployed; deploy it first, or add --dry-run.")
    if asks(trigger_of(compile_draft(workflow)), event_type):
        asked = asking.asked(workflow)
        return asking.ask(asked, asking.question(asked.trigger, {}, payload or {}))
    if payload is None:
        raise WrongUse("These connections are real: give the event with --event FILE, or add --dry-run.")
    spec = compile_draft(workflow)
    source = connections[spec.trigger_role]
    trigger = trigger_with(connector_of(source), event_type)
    emitted = _emit(source, trigger, event_type, payload, [workflow])
    return (emitted.runs or emitted.earlier)[0]


def _verify_simulated(workflow: Workflow) -> None:
    for connection in bound(workflow).values():
        if connection.environment == Environment.SANDBOX and connection.state == ConnectionState.NEW:
            verification.verify(connection)


def asks(trigger: Trigger, event_type: str) -> bool:
    """Whether the event is a question, which is answered at once."""
    return trigger.kind is TriggerKind.REQUEST and event_type != trigger.picked


def event_type_of(workflow: Workflow, given: str, payload: Mapping[str, Any] | None) -> str:
    """The event's type: as given, else what the payload itself means, else the trigger's first."""
    trigger = trigger_of(compile_draft(workflow))
    known = [key for key, _ in trigger.events]
    if given and given not in known:
        raise WrongUse(did_you_mean(given, known, "event here"))
    meant = _meaning(trigger, payload) if payload is not None else {}
    return given or next(iter(meant), known[0])


def trigger_with(connector: Connector, event_type: str) -> Trigger:
    """The trigger that tells this type of event."""
    for trigger in connector.triggers.values():
        if event_type in dict(trigger.events):
            return trigger
    known = [key for trigger in connector.triggers.values() for key, _ in trigger.events]
    raise WrongUse(did_you_mean(event_type, known, f"event of {connector.title}"))


def wait_for(run: Run, timeout_s: float) -> Run:
    """Drain this run in this process until it is over or `timeout_s` have passed; the run as it stands."""
    until = time.monotonic() + timeout_s
    while True:
        drain_once([run.pk], for_s=max(0.0, until - time.monotonic()))
        run = Run.objects.select_related("workflow", "version", "event").get(pk=run.pk)
        if run.state in FINISHED or time.monotonic() >= until:
            return run
        time.sleep(PAUSE_S)


def _emit(
    connection: Connection,
    trigger: Trigger,
    event_type: str,
    payload: Mapping[str, Any],
    workflows: list[Workflow],
) -> Emitted:
    record = str(jmespath.search(trigger.record_id, dict(payload)) or "")
    if record in ("", "null"):
        raise WrongUse(f"The payload does not say which record it is about: “{trigger.record_id}” is empty.")
    key = key_of(trigger, event_type, record, payload)
    arrival = Arrival(type=event_type, key=key, record=record, payload=dict(payload))
    runs = accept(connection, trigger.key, [arrival], workflows, EventSource.MANUAL)
    event = Event.objects.get(connection=connection, dedupe_key=key[:200])
    had = Run.objects.filter(event=event, workflow__in=workflows, mode=RunMode.LIVE)
    return Emitted(event, runs, list(had.exclude(pk__in=[run.pk for run in runs])))


def key_of(trigger: Trigger, event_type: str, record: str, payload: Mapping[str, Any]) -> str:
    """What names the happening for ever, as a sweep would name it."""
    return _meaning(trigger, payload).get(event_type, f"{event_type}:{record}")


def _meaning(trigger: Trigger, payload: Mapping[str, Any]) -> dict[str, str]:
    """What a sweep would say of this row if it had never been seen: event type -> key."""
    if trigger.happenings is None:
        return {}
    try:
        found = trigger.happenings(None, dict(payload), datetime.now(UTC))
    except (KeyError, TypeError, ValueError, ContractBroken):
        return {}
    return {what.type: what.key for what in found}
