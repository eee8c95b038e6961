"""Do the things a workflow names still exist? Calendars, groups, users, tags, templates, own fields.

Every choice that was picked from a list of the account, and every field of the account's own that is written,
is held against that list as it is now. What is missing, or holds another kind of value than before, is
noted on the workflow with a proposal: the row whose name is nearest.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.engine import fixed
from integrations.engine.errors import HubError
from integrations.engine.freeze import thaw
from integrations.engine.spec import Field, FieldMapping, FieldType, WorkflowSpec
from integrations.models import Connection, Team, Workflow, WorkflowState, WorkflowVersion
from integrations.recipes import ALL
from integrations.services import picklists
from integrations.services.accounts import connector_of
from integrations.services.drafts import bound, compile_draft, target_fields
from integrations.services.picklists import Pick
from integrations.services.samples import trigger_of

NEAR = 0.6

Known = dict[str, dict[str, str]]
Last = dict[str, dict[str, Pick]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One row of a list of an account that a workflow names, by the connection in a role. `where` says in
    words what names it."""

    where: str
    role: str
    connection: Connection
    reference: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A row that is not there any more, or is of another kind; `proposal` is the label of the nearest."""

    where: str
    connection: str
    reference: str
    id: str
    label: str
    says: str
    proposal: str = ""
    proposal_id: str = ""

    @property
    def sentence(self) -> str:
        offer = f" Did you mean “{self.proposal}”?" if self.proposal else ""
        return f"{self.where}: {self.says}{offer}"


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found, and which lists could not be read."""

    broken: list[Broken]
    unread: list[str]

    @property
    def problems(self) -> list[str]:
        """Both in sentences, for who must be sure that all is there."""
        unsure = [f"{sentence} So nobody knows whether all is there; try again." for sentence in self.unread]
        return [*(one.sentence for one in self.broken), *unsure]


def lint(workflow: Workflow, last: Last | None = None) -> Linted:
    """Check the live version against its accounts, and note on the workflow what was found.

    What a name stood for when this version was first checked is noted too: when it is gone, its label and
    kind are known for as long as the version is live. `last` is shared by workflows checked together: the
    lists as they were before.
    """
    same = workflow.lint.get("version") == workflow.live_id
    known: Known = dict(workflow.lint.get("known") or {}) if same else {}
    named = [] if workflow.live is None else list(_named_in(workflow.live))
    found = _check(named, known, {} if last is None else last)
    workflow.lint = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": workflow.live_id,
        "known": known,
        "broken": [{**asdict(one), "sentence": one.sentence} for one in found.broken],
        "unread": found.unread,
    }
    Workflow.objects.filter(pk=workflow.pk).update(lint=workflow.lint)
    return found


def of_draft(workflow: Workflow) -> Linted:
    """The same for the draft, noted nowhere. It asks the accounts: never inside a transaction."""
    return of(compile_draft(workflow), bound(workflow))


def of(spec: WorkflowSpec, connections: Mapping[str, Connection]) -> Linted:
    return _check(list(named_in(spec, connections)), {}, {})


def lint_all() -> None:
    """Every workflow that is live or paused; each account's list is read once for all of them."""
    going = Workflow.objects.exclude(state=WorkflowState.DRAFT).exclude(live=None)
    last: Last = {}
    for workflow in going.select_related("live"):
        lint(workflow, last)


def hurt(team: Team) -> list[Workflow]:
    """The team's workflows that name something that is not there."""
    rows = Workflow.objects.of(team).exclude(state=WorkflowState.DRAFT).exclude(lint={})
    return [workflow for workflow in rows if workflow.lint.get("broken")]


# --- what is named --------------------------------------------------------------------------------


def _named_in(version: WorkflowVersion) -> Iterator[Named]:
    by_id = Connection.objects.in_bulk(set(version.bindings.values()))
    connections = {role: by_id[pk] for role, pk in version.bindings.items() if pk in by_id}
    return named_in(thaw(version.spec), connections)


def named_in(spec: WorkflowSpec, connections: Mapping[str, Connection]) -> Iterator[Named]:
    """Everything that was picked: options, the trigger's settings, fixed values, own fields."""
    recipe = ALL.get(spec.recipe)
    for field in recipe.options if recipe else ():
        yield from _of_option(field, spec.options.get(field.key), connections)
    source = connections.get(spec.trigger_role)
    for field in trigger_of(spec).fields if source else ():
        assert source is not None
        for picked in _ids(spec.trigger_settings.get(field.key)) if field.reference else ():
            yield Named(
                where=field.title,
                role=spec.trigger_role,
                connection=source,
                reference=field.reference,
                id=picked,
            )
    for step in spec.steps:
        if (connection := connections.get(step.role)) is not None:
            fields = {field.key: field for field in target_fields(step, spec)}
            for mapping in step.mappings:
                for reference, picked, table in _of_mapping(mapping, fields, spec.tables):
                    yield Named(
                        where=f"Step “{step.title}”" + (f", table “{table}”" if table else ""),
                        role=step.role,
                        connection=connection,
                        reference=reference,
                        id=picked,
                    )


def _of_option(field: Field, value: Any, connections: Mapping[str, Connection]) -> Iterator[Named]:
    if field.reference:
        yield from _of_roles(field.title, field.reference, _ids(value), connections)
    keys, values = field.table
    if isinstance(value, Mapping):
        yield from _of_roles(field.title, keys, [str(key) for key in value], connections)
        yield from _of_roles(field.title, values, _ids(list(value.values())), connections)


def _of_roles(
    where: str, named: str, ids: Sequence[str], connections: Mapping[str, Connection]
) -> Iterator[Named]:
    role, _, reference = named.partition(".")
    if reference and role in connections:
        for picked in ids:
            yield Named(where=where, role=role, connection=connections[role], reference=reference, id=picked)


def _of_mapping(
    mapping: FieldMapping, fields: Mapping[str, Field], tables: fixed.Tables
) -> Iterator[tuple[str, str, str]]:
    """(list, id, lookup table) of the own field that a mapping fills, and of each value that an operator has
    picked for a field."""
    key, _, own = mapping.target.partition(".")
    field = fields.get(key)
    if field is None or not field.reference:
        return
    if own and field.keyed is not None:
        yield field.reference, own, ""
    elif not own:
        for value, table in fixed.values(mapping, tables):
            for picked in _ids(value):
                yield field.reference, picked, table


def _ids(value: Any) -> list[str]:
    if isinstance(value, list):
        return [one for item in value for one in _ids(item)]
    return (
        [str(value)] if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else []
    )


# --- whether it is there --------------------------------------------------------------------------


def _check(named: Sequence[Named], known: Known, last: Last) -> Linted:
    """Each list is read once. What is not known yet is learned from the list as it was when last read."""
    broken: list[Broken] = []
    unread: dict[str, None] = {}
    for place in dict.fromkeys(_place(one) for one in named):
        connection, reference = place
        rules = connector_of(connection).references.get(reference)
        if rules is None:
            continue
        if (key := picklists.key_of(connection, reference)) not in last:
            last[key] = {row.id: row for row in picklists.last_known(connection, reference)}
        before = last[key]
        try:
            now = _rows(connection, reference, {one.id for one in named if _place(one) == place})
        except HubError as error:
            unread[f"{rules.title} of {connection.name} could not be read: {error.sentence}"] = None
            continue
        for one in named:
            if _place(one) == place:
                broken += _broken(one, rules.title, _as_known(known, one, before, now), now)
    return Linted(broken, list(unread))


def _place(one: Named) -> tuple[Connection, str]:
    return one.connection, one.reference


def _rows(connection: Connection, reference: str, wanted: set[str]) -> list[Pick]:
    """As last read within the minute; where that lacks something, as they are now."""
    rows = picklists.rows(connection, reference)
    if wanted <= {row.id for row in rows}:
        return rows
    picklists.forget(connection, reference)
    return picklists.rows(connection, reference)


def _as_known(known: Known, one: Named, before: Mapping[str, Pick], now: Sequence[Pick]) -> Pick | None:
    """The row as it was when it was first seen; None: nobody has ever seen it."""
    key = f"{one.connection.pk} {one.reference} {one.id}"
    if key not in known:
        row = before.get(one.id) or next((row for row in now if row.id == one.id), None)
        if row is None:
            return None
        known[key] = {"label": row.label, "type": row.type.value}
    return Pick(one.id, known[key]["label"], FieldType(known[key]["type"]))


def _broken(one: Named, title: str, before: Pick | None, now: Sequence[Pick]) -> Iterator[Broken]:
    here = next((row for row in now if row.id == one.id), None)
    label = before.label if before and before.label else one.id
    common = {
        "where": one.where,
        "connection": one.connection.name,
        "reference": title,
        "id": one.id,
        "label": label,
    }
    if here is None:
        says = f"“{label}” is not among the {title.lower()} of {one.connection.name} any more."
        near = _nearest(label, now) if before else None
        yield Broken(
            **common, says=says, proposal=near.label if near else "", proposal_id=near.id if near else ""
        )
    elif before is not None and before.type is not here.type:
        says = f"“{label}” holds {here.type.value} now; when last seen it held {before.type.value}."
        yield Broken(**common, says=says)


def _nearest(label: str, rows: Sequence[Pick]) -> Pick | None:
    by_label = {row.label.casefold(): row for row in rows if row.label}
    near = difflib.get_close_matches(label.casefold(), list(by_label), n=1, cutoff=NEAR)
    return by_label[near[0]] if near else None
