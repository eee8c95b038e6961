"""Promote: what a workflow in the sandbox says, live on real accounts, as a workflow of its own.

It is the version that went live in the sandbox, through its test and its drill: only its connections differ,
and what was picked in the one account is picked by its name in the other. As a workflow of its own it has its
own links and cursors, so its first look only notes what is there. Promoted again, it gets a new version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from integrations import catalog
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.freeze import thaw
from integrations.engine.spec import WorkflowSpec
from integrations.models import Connection, Environment, LookupTable, Workflow, WorkflowVersion
from integrations.services import (
    audit,
    drafts,
    lifecycle,
    linting,
    own_fields,
    repicking,
    tables,
    versions,
)
from integrations.services.repicking import Repicked
from integrations.services.versions import Content

NAMED = "{} (production)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A promotion before it is done: which `version` of the workflow goes where. `target` is the workflow it
    was promoted to before, None: it becomes one of that `name`."""

    workflow: Workflow
    version: WorkflowVersion
    spec: WorkflowSpec
    connections: Mapping[str, Connection]
    name: str
    target: Workflow | None
    found: Repicked

    @property
    def problems(self) -> list[str]:
        """What is still to be chosen, and what could not be read."""
        return [*self.found.unread, *(row.sentence for row in self.found.open if row.says)]

    @property
    def there(self) -> WorkflowSpec:
        """The workflow with what is named there in the place of what it names here."""
        return repicking.respelled(self.spec, self.found, self.name)

    @property
    def tables(self) -> list[str]:
        """In sentences, the lookup tables that become others there."""
        mine = self.there.tables.keys() - self.spec.tables.keys()
        return [
            f"The table “{name}” is written for it, with what there is there; rows changed in it by hand "
            "since the last time are written over."
            for name in sorted(mine)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """`version` went live; with `again` it was live before and says the same."""

    workflow: Workflow
    version: WorkflowVersion
    again: bool


def version_of(workflow: Workflow) -> WorkflowVersion:
    """What is promoted. Raises WrongUse where nothing went live in the sandbox."""
    if workflow.live is None:
        raise WrongUse(
            f"“{workflow.name}” has not gone live in the sandbox yet; deploy it there, and then promote it."
        )
    rows = lifecycle.bound_connections(workflow.live).values()
    if any(one.environment != Environment.SANDBOX for one in rows):
        raise WrongUse(
            f"“{workflow.name}” is on real accounts already; what is promoted comes from the sandbox."
        )
    if not workflow.live.proved:
        raise WrongUse(
            f"Version {workflow.live.number} of “{workflow.name}” went live without a drill; drill the "
            "draft, deploy it once more, and then promote it."
        )
    return workflow.live


def targets(workflow: Workflow) -> list[Workflow]:
    """The workflows that it was promoted to."""
    rows = Workflow.objects.of(workflow.team).filter(promoted_from=workflow)
    return list(rows.select_related("live", "team").order_by("pk"))


def connections_for(
    workflow: Workflow, given: Mapping[str, Connection], target: Workflow | None = None
) -> dict[str, Connection]:
    """A real connection for each role: the one given, else the one it is on already. Raises WrongUse for a
    role there is not, one without a connection, and a connection that does not fit."""
    roles = version_of(workflow).spec["roles"]
    for role in given:
        if role not in roles:
            raise WrongUse(did_you_mean(role, list(roles), "role"))
    found = {**(drafts.bound(target) if target else {}), **given}
    for role, slug in roles.items():
        app = catalog.connector(slug).title
        if role not in found:
            raise WrongUse(f"Say which real connection to {app} is “{role}” there.")
        one = found[role]
        if one.connector != slug or one.team_id != workflow.team_id:
            raise WrongUse(f"“{role}” needs a connection to {app} of this team; {one.name} is none.")
        if one.environment != Environment.PRODUCTION:
            raise WrongUse(f"{one.name} is a sandbox; promoting leads to real accounts.")
    return {role: found[role] for role in roles}


def look(
    workflow: Workflow,
    to: Mapping[str, Connection],
    *,
    picks: Mapping[str, str] | None = None,
    name: str = "",
) -> Outlook:
    """What would be promoted, with what it names there. It asks the accounts: never inside a transaction.

    `to` is role -> connection; roles left out stay as they are in the workflow that it was promoted to.
    """
    version = version_of(workflow)
    target, name = _target(workflow, name.strip())
    connections = connections_for(workflow, to, target)
    spec = thaw(version.spec)
    found = repicking.look(spec, lifecycle.bound_connections(version), connections)
    repicking.choose(found, picks or {})
    return Outlook(
        workflow=workflow,
        version=version,
        spec=spec,
        connections=connections,
        name=name,
        target=target,
        found=found,
    )


def _target(workflow: Workflow, name: str) -> tuple[Workflow | None, str]:
    """The workflow to promote to, None where it is to be made, and its name."""
    known = targets(workflow)
    if not name and len(known) > 1:
        names = ", ".join(row.name for row in known)
        raise WrongUse(f"“{workflow.name}” was promoted to several workflows; say by name to which: {names}.")
    if not name and known:
        return known[0], known[0].name
    name = name or NAMED.format(workflow.name)
    row = Workflow.everything.filter(team=workflow.team, name=name).select_related("live", "team").first()
    if row is None or row.promoted_from_id == workflow.pk or _may_become(row, workflow):
        return row, name
    raise WrongUse(f"“{name}” is another workflow; give it another name.")


def _may_become(row: Workflow, workflow: Workflow) -> bool:
    """A draft on real accounts that never went live, of the same recipe: a configuration file makes such."""
    real = all(one.environment == Environment.PRODUCTION for one in drafts.bound(row).values())
    return real and row.live is None and row.recipe == workflow.recipe and not row.by_hand


def promote(
    outlook: Outlook, *, first_n: int | None = None, actor: User | None = None, why: str = ""
) -> Promoted:
    """Make it live there. Raises WrongUse with what stands in the way, and then nothing has changed.

    `first_n` records only run until somebody takes the bound away. It asks the accounts: never inside a
    transaction.
    """
    if outlook.problems:
        raise WrongUse(" ".join(outlook.problems))
    wanted = outlook.there
    own_fields.look(wanted, outlook.connections)
    if missing := linting.of(wanted, outlook.connections).problems:
        raise WrongUse(" ".join(missing))
    with transaction.atomic():
        row = outlook.target or _made(outlook)
        before = row.live_id
        row.promoted_from, row.first_n = outlook.workflow, first_n or row.first_n
        row.save(update_fields=["promoted_from", "first_n", "changed_at"])
        bindings = {role: one.pk for role, one in outlook.connections.items()}
        _put_tables(row, outlook, wanted, actor)
        versions.put(row, Content(wanted, bindings))
        _same_tables(row, outlook, wanted)
        lifecycle.vouch(row)
        told = f"Promoted from “{outlook.workflow.name}”, version {outlook.version.number}."
        made = lifecycle.go_live(row, actor=actor, why=f"{told} {why}".strip())
        details = {"from": outlook.workflow.name, "version": outlook.version.number, "first": row.first_n}
        audit.note(row.team, actor, "workflow.promoted", row, **details)
    return Promoted(workflow=row, version=made, again=made.pk == before)


def _made(outlook: Outlook) -> Workflow:
    """With what belongs to no version: how often it looks, and who owns which field."""
    source = outlook.workflow
    made: Workflow = Workflow.objects.create(
        team=source.team,
        name=outlook.name,
        recipe=source.recipe,
        draft=outlook.version.spec,
        interval_min=source.interval_min,
        owners=source.owners,
    )
    return made


def _put_tables(row: Workflow, outlook: Outlook, wanted: WorkflowSpec, actor: User | None) -> None:
    """The lookup tables of its own there: as they were when it was promoted last, or new."""
    known = row.live.spec.get("tables", {}) if row.live else {}
    for name in sorted(wanted.tables.keys() - outlook.spec.tables.keys()):
        table = LookupTable.objects.of(row.team).filter(name=name).first()
        if table is None:
            table = tables.make(row.team, name, actor=actor)
        elif name not in known:
            raise WrongUse(f"There is a table “{name}” already, which is another; remove it, then promote.")
        tables.put(table, wanted.tables[name], actor=actor)


def _same_tables(row: Workflow, outlook: Outlook, wanted: WorkflowSpec) -> None:
    """Lookup tables belong to the team; what was tried with other rows in them was not this."""
    if drafts.compile_draft(row).tables != wanted.tables:
        names = ", ".join(sorted(outlook.spec.tables))
        raise WrongUse(
            f"The lookup tables ({names}) have changed since version {outlook.version.number} went live in "
            "the sandbox: test, drill and deploy it there once more, and then promote it."
        )
