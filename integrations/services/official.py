"""The vendors' own OpenAPI files: read from where somebody has them, written as a table, held against it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.db import DatabaseError

from integrations import catalog
from integrations.engine.drift import Difference, differences, unexplained
from integrations.engine.errors import StopRun, WrongUse
from integrations.engine.freeze import thaw
from integrations.engine.openapi import Call, Table, read_documents
from integrations.engine.spec import Connector, Official, StepKind, WorkflowSpec
from integrations.engine.table_file import read_table, write_table
from integrations.models import Workflow
from integrations.services.trouble import database_sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A workflow that uses operations which have changed."""

    workflow: Workflow
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a look at the files gave. `keys`: call name -> key, of the calls before and now.

    `unknown` says why the workflows could not be looked at; "": they were.
    """

    connector: Connector
    calls: int
    found: tuple[Difference, ...]
    keys: Mapping[str, str]
    touched: tuple[Touched, ...] = ()
    unknown: str = ""


def chosen(slug: str | None) -> tuple[Connector, Official]:
    """The app of that name, or the only one that has such files."""
    having = {found.slug: found for found in catalog.CONNECTORS.values() if found.official}
    if slug is None and len(having) != 1:
        raise WrongUse(f"Say which app with --connector: {', '.join(having) or 'none has a table'}.")
    connector = catalog.connector(slug) if slug else next(iter(having.values()))
    if connector.official is None:
        raise WrongUse(f"{connector.title} has no official files; those that have are {', '.join(having)}.")
    return connector, connector.official


def check(connector: Connector, official: Official, directory: Path) -> Checked:
    """Hold the files against the table and the operations. Changes nothing."""
    was, keys_before = _table(official)
    now = read(official, directory)
    found = (*differences(was, now), *unexplained(connector, now))
    keys = {**_keys(official, keys_before, now), **keys_before}
    told = {difference.says: difference for difference in found}
    checked = Checked(connector=connector, calls=len(now.calls), found=tuple(told.values()), keys=keys)
    return _concerning(checked)


def sync(connector: Connector, official: Official, directory: Path) -> Checked:
    """Write the table anew from the files; the answer says what was different."""
    was, keys_before = _table(official)
    now = read(official, directory)
    keys = _keys(official, keys_before, now)
    try:
        Path(official.table).write_text(write_table(now, keys), encoding="utf-8")
    except OSError as error:
        raise StopRun(f"The table {official.table} cannot be written: {error.strerror}.") from error
    found = tuple(differences(was, now))
    known = {**keys, **keys_before}
    return _concerning(Checked(connector=connector, calls=len(now.calls), found=found, keys=known))


# --- files ----------------------------------------------------------------------------------------


def read(official: Official, directory: Path) -> Table:
    """The table of the files below `directory`; WrongUse where they are not there, or are something else."""
    if not directory.is_dir():
        raise WrongUse(f"{directory} is no directory; it should hold {official.files[0]} and its like.")
    missing = [name for name in official.files if not (directory / name).is_file()]
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        raise WrongUse(f"{directory} lacks {missing[0]}{more}; give the directory of the official files.")
    return read_documents(official.files, _loader(directory))


def _loader(directory: Path) -> Callable[[str], Any]:
    root = directory.resolve()

    def load(name: str) -> Any:
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise WrongUse(f"A file refers to {name}, which lies outside {directory}.")
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise WrongUse(f"{path} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise WrongUse(f"{path} holds no JSON.") from error

    return load


def _table(official: Official) -> tuple[Table, dict[str, str]]:
    """The table as it stands; an empty one where there is none yet."""
    path = Path(official.table)
    if not path.is_file():
        return Table(calls={}, schemas={}), {}
    return read_table(path.read_text(encoding="utf-8"))


def _keys(official: Official, before: Mapping[str, str], now: Table) -> dict[str, str]:
    """A key for each call: the connector's, else the one it has, else one made of file and operation id."""
    found = {name: official.keys.get(name) or before.get(name, "") for name in now.calls}
    taken = set(found.values())
    for name, call in now.calls.items():
        if not found[name]:
            found[name] = _made(call, taken)
            taken.add(found[name])
    return found


def _made(call: Call, taken: Iterable[str]) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", f"{call.operation_id or call.method + call.path}".lower()).strip("_")
    key = f"{re.sub(r'[^a-z0-9]+', '_', call.file.lower())}.{words}"
    return key if key not in taken else f"{key}_{call.method.lower()}"


# --- whom it concerns -----------------------------------------------------------------------------


def _concerning(checked: Checked) -> Checked:
    """With the workflows that it concerns; what changed is told even where the database is of no use."""
    keys = {checked.keys[name] for difference in checked.found for name in difference.calls}
    try:
        return replace(checked, touched=tuple(_touched(checked.connector, keys)))
    except DatabaseError as error:
        return replace(checked, unknown=database_sentence(error))


def _touched(connector: Connector, keys: set[str]) -> list[Touched]:
    """The workflows, of all teams, that use one of these operations now or in their draft."""
    if not keys:
        return []
    found = []
    for workflow in Workflow.objects.select_related("live", "team").order_by("team", "name"):
        specs = [thaw(workflow.draft), *([thaw(workflow.live.spec)] if workflow.live else [])]
        used = {key for spec in specs for key in _used(connector, spec)} & keys
        if used:
            found.append(Touched(workflow=workflow, operations=tuple(sorted(used))))
    return found


def _used(connector: Connector, spec: WorkflowSpec) -> set[str]:
    """Every operation of the app that the workflow may call: in steps, procedures, sweeps and look-ups."""
    mine = {role for role, slug in spec.roles.items() if slug == connector.slug}
    keys: set[str] = set()
    for step in spec.steps:
        if step.role in mine and step.kind is StepKind.PROCEDURE:
            keys |= set(connector.procedures[step.operation].operations)
        elif step.role in mine:
            keys |= set(step.calls)
    if spec.trigger_role in mine and spec.trigger in connector.triggers:
        trigger = connector.triggers[spec.trigger]
        keys |= {*trigger.operations, *([trigger.reread] if trigger.reread else [])}
    proofs = [connector.operations[key].proof for key in keys if key in connector.operations]
    return keys | {key for proof in proofs if proof for key in proof.operations}
