"""What a configuration file picks by name: rows of a reference (a calendar, a user, a group), to their ids.

A list may hold several, and a table (`Field.table`) names rows on either side. Lists are read before the
import's transaction begins, from connections that the hub has; only a simulated app, which answers within
this process, is read inside it. What cannot be read yet (a connection that nobody has signed in to) stays as
it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from integrations.engine.errors import HubError, WrongUse, did_you_mean
from integrations.engine.spec import Field, Recipe
from integrations.models import Connection, ConnectionState, Environment, Team
from integrations.recipes import ALL
from integrations.services import picklists
from integrations.services.accounts import connector_of
from integrations.services.picklists import Pick

Rows = Callable[[str], Sequence[Pick] | None]
"""The rows of a reference by its name; None where nobody can read them yet."""


def options_by_name(
    chosen: Recipe | None, options: Mapping[str, Any], bindings: Mapping[str, Connection]
) -> dict[str, Any]:
    """The options, with ids where they name rows. Raises WrongUse for a name that no row or several have."""

    def rows(reference: str) -> Sequence[Pick] | None:
        role, _, own = reference.partition(".")
        return _rows(bindings.get(role), own)

    return _by_name(chosen.options if chosen else (), options, rows)


def settings_by_name(
    fields: Sequence[Field], settings: Mapping[str, Any], source: Connection | None
) -> dict[str, Any]:
    """The same for what a trigger listens to."""
    return _by_name(fields, settings, lambda reference: _rows(source, reference))


def warm(document: Any) -> None:
    """Read the lists that the file may name rows of, as far as the hub has their connections already."""
    for connection, reference in _asked(document):
        _rows(connection, reference)


def _by_name(fields: Sequence[Field], values: Mapping[str, Any], rows: Rows) -> dict[str, Any]:
    return {key: _picked(_field(fields, key), value, rows) for key, value in values.items()}


def _field(fields: Sequence[Field], key: str) -> Field:
    return next((field for field in fields if field.key == key), Field(key=key))


def _picked(field: Field, value: Any, rows: Rows) -> Any:
    if isinstance(value, Mapping) and any(field.table):
        keys, meanings = field.table
        return {_row(field, keys, k, rows): _row(field, meanings, v, rows) for k, v in value.items()}
    if isinstance(value, list):
        return [_row(field, field.reference, item, rows) for item in value]
    return _row(field, field.reference, value, rows)


def _row(field: Field, reference: str, value: Any, rows: Rows) -> Any:
    if not reference or value in (None, "") or isinstance(value, bool | list | dict):
        return value
    found = rows(reference)
    return value if found is None else picked(found, value, field.title)


def picked(rows: Sequence[Pick], value: Any, what: str) -> Any:
    """The id of the row that goes by this id or name. An id stays written as it was."""
    text = str(value).strip()
    if any(row.id == text for row in rows):
        return value
    named = [row.id for row in rows if row.label == text]
    if len(named) > 1:
        raise WrongUse(f"“{what}”: several are called “{text}”; give the id of one: {', '.join(named)}.")
    if not named:
        raise WrongUse(f"“{what}”: {did_you_mean(text, [row.label for row in rows], 'row in the list')}")
    return named[0]


def _rows(connection: Connection | None, reference: str) -> Sequence[Pick] | None:
    if connection is None:
        return None
    simulated = connection.environment == Environment.SANDBOX
    if not simulated and connection.state != ConnectionState.CONNECTED:
        return None
    try:
        return picklists.rows(connection, reference)
    except HubError:  # what is chosen stands as the file has it; what is wrong is told before it goes live
        return None


def _asked(document: Any) -> Iterator[tuple[Connection, str]]:
    """What the file's workflows may name rows of; a file of another shape is refused later, in words."""
    for team in _entries(document, "teams"):
        row = Team.objects.filter(name=team.get("name")).first()
        for workflow in _entries(team, "workflows") if row else ():
            roles = workflow.get("connections")
            for role, name in roles.items() if isinstance(roles, dict) else ():
                connection = Connection.objects.filter(team=row, name=name).first()
                if connection is not None:
                    yield from ((connection, key) for key in _references(workflow, role, connection))


def _entries(value: Any, word: str) -> list[dict[str, Any]]:
    found = value.get(word) if isinstance(value, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _references(workflow: Mapping[str, Any], role: str, connection: Connection) -> list[str]:
    """The references of this role that the workflow's choices are of."""
    chosen = ALL.get(str(workflow.get("recipe")))
    if chosen is None:
        return []
    given = workflow.get("options") or {}
    asked = [name for f in chosen.options if f.key in given for name in (f.reference, *f.table) if name]
    own = [name.partition(".")[2] for name in asked if name.startswith(f"{role}.")]
    if role == chosen.workflow.trigger_role:
        listening = workflow.get("trigger_settings") or {}
        trigger = connector_of(connection).triggers.get(chosen.workflow.trigger)
        own += [
            f.reference for f in (trigger.fields if trigger else ()) if f.key in listening and f.reference
        ]
    return list(dict.fromkeys(own))
