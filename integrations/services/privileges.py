"""What a connection is asked for and holds, scope by scope, with the workflows that need each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from integrations.engine.freeze import thaw
from integrations.models import Connection, Environment, Workflow
from integrations.services import scopes
from integrations.services.drafts import compile_draft

ORDER = ("missing", "later", "wanted", "allowed", "surplus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one workflow needs of a connection. `enabled`: it runs now."""

    workflow: Workflow
    scopes: frozenset[str]
    enabled: bool


def needs(connection: Connection) -> list[Need]:
    """What each workflow over this connection needs of it: to run, where it does, and to go live besides; and
    what those of the sandbox would need, should they be promoted to it."""
    rows = scopes.with_app(connection)
    return [need for row in rows for need in _needs(row, connection)] + _to_promote(rows, connection)


def _needs(row: Workflow, connection: Connection) -> list[Need]:
    ids, slug = {connection.pk}, connection.connector
    live = scopes.roles_of(row.live.bindings, ids) if row.live else set()
    held = frozenset(scopes.of_workflow(thaw(row.live.spec), slug, live) if row.live and live else ())
    running = held if scopes.is_enabled(row) else frozenset[str]()
    drafted = scopes.drafted_over(row, ids)
    besides = (held | scopes.of_workflow(compile_draft(row), slug, drafted) if drafted else held) - running
    found = [Need(workflow=row, scopes=running, enabled=True)] if running else []
    return [*found, *([Need(workflow=row, scopes=besides, enabled=False)] if besides else [])]


def _to_promote(rows: Sequence[Workflow], connection: Connection) -> list[Need]:
    if connection.environment != Environment.PRODUCTION:
        return []
    team = Connection.objects.of(connection.team)
    sandbox = set(team.filter(environment=Environment.SANDBOX).values_list("pk", flat=True))
    live = [(row, row.live) for row in rows if row.live and set(row.live.bindings.values()) <= sandbox]
    return [
        Need(
            workflow=row,
            scopes=frozenset(scopes.of_workflow(thaw(version.spec), connection.connector)),
            enabled=False,
        )
        for row, version in live
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One scope as the connection's page shows it.

    `state`: missing, allowed, wanted (not asked for yet), later (only what does not run needs it) or surplus.
    `workflows` are those that need it.
    """

    scope: str
    state: str
    workflows: list[Workflow]


def lines(connection: Connection) -> list[Line]:
    """Every scope that is asked for, held, or needed by something over it; missing ones first."""
    asked, held = set(scopes.wanted(connection)), set(connection.scopes)
    found = needs(connection)
    every = asked | held | {scope for need in found for scope in need.scopes}
    made = [
        Line(
            scope=scope,
            state=_state(scope, asked, held),
            workflows=list(
                {need.workflow.pk: need.workflow for need in found if scope in need.scopes}.values()
            ),
        )
        for scope in sorted(every)
    ]
    return sorted(made, key=lambda line: ORDER.index(line.state))


def _state(scope: str, asked: Collection[str], held: Collection[str]) -> str:
    if scope in asked:
        return "allowed" if scope in held else "missing" if held else "wanted"
    return "surplus" if scope in held else "later"


def waiting_drafts(connection: Connection) -> list[Need]:
    """What does not run yet over this connection, and could not with the scopes it has."""
    held = set(connection.scopes)
    return [need for need in needs(connection) if held and not need.enabled and need.scopes - held]
