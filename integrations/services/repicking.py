"""A workflow's choices carried over to other accounts: rows of their lists that go by the same name.

What was picked in one account (calendars, users, groups, tags, templates, fields of its own) is looked for in
the other by its name. What is not there, is there twice, or holds another kind of value, a person chooses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.engine import fixed
from integrations.engine.errors import HubError, WrongUse, did_you_mean
from integrations.engine.keyed import picked_in
from integrations.engine.lookups import tables_in
from integrations.engine.own_triggers import FINISHED
from integrations.engine.spec import Field, FieldMapping, Step, WorkflowSpec
from integrations.models import Connection, Team, Workflow
from integrations.recipes import ALL
from integrations.services import linting, own_fields, picklists
from integrations.services.accounts import connector_of
from integrations.services.config_picks import picked
from integrations.services.drafts import target_fields
from integrations.services.picklists import Pick
from integrations.services.samples import trigger_of

Swap = Callable[[str, str, Any], Any]
"""(role, list, what was picked) -> what is to be picked."""

TABLE_NAME = 80
WORKFLOWS = "hub.workflows"
"""The hub's own list, of workflows that others begin after."""


@dataclass(slots=True, kw_only=True)
class Repick:
    """One thing that the workflow names: `label` in the account it comes from, `to` in the other ("": to be
    chosen among `choices`, because of what it `says`; "" where its list could not be read). `where` says in
    words what names it."""

    role: str
    reference: str
    title: str
    id: str
    label: str
    where: list[str] = field(default_factory=list)
    to: str = ""
    to_label: str = ""
    choices: Sequence[Pick] = ()
    says: str = ""

    @property
    def key(self) -> str:
        return f"{self.role}.{self.reference}.{self.id}"

    @property
    def sentence(self) -> str:
        if self.to:
            return f"{self.title}: “{self.label}” is “{self.to_label}” there."
        return f"{self.title}: {self.says}"


@dataclass(frozen=True, slots=True)
class Repicked:
    """All that is named, which lists could not be read, and where own fields are read (with their role)."""

    rows: list[Repick]
    unread: list[str]
    places: list[tuple[str, own_fields.Place]]

    @property
    def open(self) -> list[Repick]:
        return [row for row in self.rows if not row.to]


def look(spec: WorkflowSpec, old: Mapping[str, Connection], new: Mapping[str, Connection]) -> Repicked:
    """What the workflow names, each with its namesake where there is one. It asks the accounts: never
    inside a transaction."""
    found = Repicked([], [], _places(spec, old))
    by_key: dict[tuple[str, str, str], Repick] = {}
    lists: dict[tuple[str, str], list[Pick] | None] = {}
    for where, role, reference, id_ in _named(spec, old, found.places):
        rules = connector_of(new[role]).references.get(reference)
        if rules is None:
            continue
        if (role, reference) not in lists:
            lists[role, reference] = _read(new[role], reference, rules.title, found.unread)
        row = by_key.get((role, reference, id_))
        if row is None:
            was = _was(old[role], reference, id_, found.unread, rules.title)
            row = Repick(role=role, reference=reference, title=rules.title, id=id_, label=was.label)
            by_key[role, reference, id_] = row
            if (rows := lists[role, reference]) is not None:
                _match(row, was, rows, new[role].name)
        if where not in row.where:
            row.where.append(where)
    found.rows.extend(by_key.values())
    if spec.trigger == FINISHED:
        found.rows.append(_followed(spec, new[spec.trigger_role].team))
    return found


def choose(found: Repicked, picks: Mapping[str, str]) -> None:
    """Take a person's choices: by `key`, id or name of the row as it was, what it is there (id or name).

    Raises WrongUse for a choice of nothing, and for what is not in the list.
    """
    for said, value in picks.items():
        for row in _meant(found.rows, said):
            row.to = str(picked(row.choices, value, row.label))
            row.to_label = next((one.label for one in row.choices if one.id == row.to), row.to)


# --- what is named --------------------------------------------------------------------------------


def _named(
    spec: WorkflowSpec, connections: Mapping[str, Connection], places: Sequence[tuple[str, own_fields.Place]]
) -> Iterator[tuple[str, str, str, str]]:
    """(where, role, list, id) of everything picked, own fields that an expression reads among them."""
    for one in linting.named_in(spec, connections):
        yield one.where, one.role, one.reference, one.id
    for role, place in places:
        for step in spec.steps:
            for text in _expressions(step):
                for own in picked_in(text, place.field):
                    yield f"Step “{step.title}”", role, place.field.reference, own


def _places(spec: WorkflowSpec, connections: Mapping[str, Connection]) -> list[tuple[str, own_fields.Place]]:
    roles = {row.pk: role for role, row in connections.items()}
    return [(roles[place.connection.pk], place) for place in own_fields.places(spec, connections)]


def _followed(spec: WorkflowSpec, team: Team) -> Repick:
    """Which workflow it begins after: the one that the followed one was promoted to."""
    name = str(spec.trigger_settings.get("workflow") or "")
    promoted = Workflow.objects.of(team).exclude(promoted_from=None).select_related("promoted_from")
    row = Repick(role="", reference=WORKFLOWS, title="Workflow that it begins after", id=name, label=name)
    row.where, row.choices = ["Trigger"], [Pick(one.name, one.name) for one in promoted]
    same = [one.name for one in promoted if one.promoted_from and one.promoted_from.name == name]
    if len(same) == 1:
        row.to = row.to_label = same[0]
    else:
        row.says = f"“{name}” was promoted {len(same) or 'no'} times; " + (
            "choose to which it belongs." if same else "promote that first."
        )
    return row


def _expressions(step: Step) -> list[str]:
    return [step.when, step.for_each, *(mapping.source for mapping in step.mappings)]


def _read(connection: Connection, reference: str, title: str, unread: list[str]) -> list[Pick] | None:
    try:
        return picklists.rows(connection, reference)
    except HubError as error:
        unread.append(f"{title} of {connection.name} could not be read: {error.sentence}")
        return None


def _was(connection: Connection, reference: str, id_: str, unread: list[str], title: str) -> Pick:
    """The row in the account it was picked in; by its id alone where nobody knows it there any more."""
    rows = _read(connection, reference, title, unread) or picklists.last_known(connection, reference)
    return next((row for row in rows if row.id == id_), Pick(id_, id_))


def _match(row: Repick, was: Pick, rows: Sequence[Pick], account: str) -> None:
    row.choices = rows
    same = [one for one in rows if one.label == was.label]
    same = same or [one for one in rows if one.label.casefold() == was.label.casefold()]
    if len(same) > 1:
        row.says = f"several are called “{was.label}” in {account}; choose one."
    elif not same:
        row.says = f"nothing is called “{was.label}” in {account}; choose what to take in its place."
    elif same[0].type is not was.type:
        row.says = (
            f"“{was.label}” holds {same[0].type.value} in {account}, but {was.type.value} in the sandbox; "
            "choose another, or have it changed there."
        )
    else:
        row.to, row.to_label = same[0].id, same[0].label


def _meant(rows: Sequence[Repick], said: str) -> list[Repick]:
    for word in ("key", "id", "label"):
        if found := [row for row in rows if getattr(row, word) == said]:
            if len({(row.role, row.reference, row.id) for row in found}) == 1:
                return found
            keys = ", ".join(row.key for row in found)
            raise WrongUse(f"Several things are called “{said}” here; say which: {keys}.")
    raise WrongUse(did_you_mean(said, [row.label for row in rows], "thing that it names"))


# --- the other spec -------------------------------------------------------------------------------


def respelled(spec: WorkflowSpec, found: Repicked, name: str) -> WorkflowSpec:
    """The workflow with the chosen rows in the place of those it named; nothing else differs.

    A lookup table that names them becomes another one there, called after the workflow's new `name`.
    """
    by_key = {(row.role, row.reference, row.id): row.to for row in found.rows if row.to}

    def swap(role: str, reference: str, value: Any) -> Any:
        """Lists of them too; a number stays one."""
        if isinstance(value, list | tuple):
            return [swap(role, reference, one) for one in value]
        new = by_key.get((role, reference, str(value)))
        if new is None or isinstance(value, bool):
            return value
        return int(new) if isinstance(value, int) and new.isdecimal() else new

    tables = _tables(spec, swap)
    names = {table: f"{table}, {name}"[:TABLE_NAME] for table in tables}
    steps = tuple(_step(step, spec, swap, found.places, names) for step in spec.steps)
    made = replace(spec, options=_options(spec, swap), trigger_settings=_settings(spec, swap), steps=steps)
    given_up = tables_in(spec) - tables_in(made)
    kept = {table: rows for table, rows in spec.tables.items() if table not in given_up}
    return replace(made, tables={**kept, **{names[table]: rows for table, rows in tables.items()}})


def _tables(spec: WorkflowSpec, swap: Swap) -> dict[str, dict[str, str]]:
    """The lookup tables that hold other rows there, by their names here."""
    found: dict[str, dict[str, str]] = {}
    for step in spec.steps:
        fields = {one.key: one for one in target_fields(step, spec)}
        for mapping in step.mappings:
            target = fields.get(mapping.target)
            for table in fixed.looked_up(mapping) if target and target.reference else ():
                assert target is not None
                rows = found.get(table, dict(spec.tables.get(table, {})))
                there = {word: swap(step.role, target.reference, value) for word, value in rows.items()}
                if there != rows:
                    found[table] = there
    return found


def _options(spec: WorkflowSpec, swap: Swap) -> dict[str, Any]:
    recipe = ALL.get(spec.recipe)
    fields = {one.key: one for one in recipe.options} if recipe else {}
    return {key: _option(fields.get(key), value, swap) for key, value in spec.options.items()}


def _option(own: Field | None, value: Any, swap: Swap) -> Any:
    if own is None:
        return value
    if isinstance(value, Mapping) and any(own.table):
        keys, meanings = own.table
        return {_by_name(keys, one, swap): _by_name(meanings, of, swap) for one, of in value.items()}
    return _by_name(own.reference, value, swap)


def _by_name(name: str, value: Any, swap: Swap) -> Any:
    role, _, reference = name.partition(".")
    return swap(role, reference, value) if reference else value


def _settings(spec: WorkflowSpec, swap: Swap) -> dict[str, Any]:
    if spec.trigger == FINISHED:
        return {
            **spec.trigger_settings,
            "workflow": swap("", WORKFLOWS, spec.trigger_settings.get("workflow")),
        }
    lists = {one.key: one.reference for one in trigger_of(spec).fields if one.reference}
    return {
        key: swap(spec.trigger_role, lists[key], value) if key in lists else value
        for key, value in spec.trigger_settings.items()
    }


def _step(
    step: Step,
    spec: WorkflowSpec,
    swap: Swap,
    places: Sequence[tuple[str, own_fields.Place]],
    tables: Mapping[str, str],
) -> Step:
    fields = {one.key: one for one in target_fields(step, spec)}

    def reworded(expression: str) -> str:
        return _reworded(expression, swap, places)

    return replace(
        step,
        when=reworded(step.when),
        for_each=reworded(step.for_each),
        mappings=tuple(
            _mapping(replace(one, source=reworded(one.source)), step.role, fields, swap, tables)
            for one in step.mappings
        ),
    )


def _mapping(
    mapping: FieldMapping, role: str, fields: Mapping[str, Field], swap: Swap, tables: Mapping[str, str]
) -> FieldMapping:
    key, _, own = mapping.target.partition(".")
    target = fields.get(key)
    if target is None or not target.reference:
        return mapping
    if own and target.keyed is not None:
        return replace(mapping, target=f"{key}.{swap(role, target.reference, own)}")
    if own:
        return mapping
    return fixed.swapped(mapping, lambda value: swap(role, target.reference, value), tables)


def _reworded(expression: str, swap: Swap, places: Sequence[tuple[str, own_fields.Place]]) -> str:
    """An expression that asks for own fields by their ids, asking for the others."""
    for role, place in places:
        keyed = place.field.keyed
        if keyed is not None and place.path in expression:
            asked = rf"({re.escape(place.path)}\[\?{re.escape(keyed.id)}==?\s*')([^']+)(')"
            expression = re.sub(asked, _with(swap, role, place.field.reference), expression)
    return expression


def _with(swap: Swap, role: str, reference: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found[1]}{swap(role, reference, found[2])}{found[3]}"
