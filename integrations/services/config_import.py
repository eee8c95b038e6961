"""Making a configuration so: all of it or nothing, again and again with the same result, drafts only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from integrations import catalog
from integrations.engine.errors import WrongUse
from integrations.engine.spec import Auth, Connector
from integrations.models import (
    Connection,
    ConnectionState,
    Credential,
    Environment,
    LookupTable,
    Team,
)
from integrations.services import audit, connect, tables, twins
from integrations.services.clients import sandbox
from integrations.services.config import REFERENCE
from integrations.services.config_picks import warm
from integrations.services.config_words import about, check_known, connection_named, entry_words, name_of
from integrations.services.config_workflows import import_workflow
from integrations.services.exchange import exchange_of

EXAMPLES = "examples"
CONNECTION_WORDS = {
    "name": str,
    "app": str,
    "environment": str,
    "auth": str,
    "under": str,
    "settings": dict,
    "secrets": dict,
    "read_only": bool,
}


@dataclass(slots=True)
class Imported:
    """What an import has made and changed, by name; what was so already is in neither."""

    made: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_config(document: Any, *, convert: bool = False) -> Imported:
    """Make the database say what the document says. Raises WrongUse, having changed nothing in it.

    The simulated apps under `examples` get their example records first, where they have them not: they stay.

    `convert` puts steps right that follow a public guide; what is to be known of them stands in `notes`.
    """
    top = entry_words(document, {"teams": list, "examples": list}, "the file", needed=("teams",))
    for app in top.get("examples", []):
        sandbox().act(str(app), EXAMPLES, {})
    warm(document)
    imported = Imported()
    with transaction.atomic():
        for entry in top["teams"]:
            _team(entry, imported, convert)
    return imported


def _team(entry: Any, imported: Imported, convert: bool) -> None:
    words = entry_words(
        entry,
        {"name": str, "connections": list, "tables": list, "workflows": list},
        "a team",
        needed=("name",),
    )
    team, made = Team.objects.get_or_create(name=name_of(words, "a team"))
    if made:
        imported.made.append(f"team “{team.name}”")
    for connection in words.get("connections", []):
        _connection(team, connection, imported)
    for table in words.get("tables", []):
        _table(team, table, imported)
    for workflow in words.get("workflows", []):
        draft = import_workflow(team, workflow, convert=convert)
        name = f"workflow “{draft.row.name}”"
        imported.made += [name] * draft.made
        imported.changed += [name] * draft.changed
        imported.notes += [f"In {name}: {note}" for note in draft.notes]


def _table(team: Team, entry: Any, imported: Imported) -> None:
    words = entry_words(entry, {"name": str, "rows": dict}, "a table", needed=("name", "rows"))
    name = name_of(words, "a table")
    with about(f"table “{name}”"):
        row = LookupTable.objects.filter(team=team, name=name).first()
        imported.made += [f"table “{name}”"] * (row is None)
        made = row or tables.make(team, name)
        before = tables.rows_of(made)
        after = {str(key): "" if value is None else str(value) for key, value in words["rows"].items()}
        tables.put(made, after)
        imported.changed += [f"table “{name}”"] * (row is not None and before != after)


# --- connections ----------------------------------------------------------------------------------


def _connection(team: Team, entry: Any, imported: Imported) -> None:
    words = entry_words(
        entry, CONNECTION_WORDS, "a connection", needed=("name", "app", "environment", "auth")
    )
    name = name_of(words, "a connection")
    with about(f"connection “{name}”"):
        app = catalog.connector(words["app"])
        way = app.auth(words["auth"])
        settings = words.get("settings", {})
        check_known(settings, [f.key for f in connect.fields_of(app, way)], "setting")
        check_known(words.get("secrets", {}), [f.key for f in way.secrets], "secret")
        own, place = _sandbox_own(app, way, words["environment"])
        given = {key: _secret(key, value, own.get(key)) for key, value in words.get("secrets", {}).items()}
        secrets = {**own, **given}
        if own and secrets == own:
            settings = {**settings, **place}
        row = Connection.objects.filter(team=team, name=name).first()
        if row is None:
            row = connect.add(
                team,
                app.slug,
                name=name,
                environment=words["environment"],
                auth=way.key,
                settings_=settings,
                secrets=secrets,
                read_only=words.get("read_only", False),
            )
            _put_under(row, words)
            imported.made.append(f"connection “{name}”")
        else:
            _same_account(row, words)
            moved = _put_under(row, words)
            moved |= connect.set_read_only(row, words.get("read_only", row.read_only))
            if _change_connection(row, app, settings, secrets) or moved:
                imported.changed.append(f"connection “{name}”")


def _sandbox_own(app: Connector, way: Auth, environment: str) -> tuple[dict[str, str], dict[str, str]]:
    """The simulated app's own key and account: nobody is shown them, so nobody can put them in a variable."""
    if environment != Environment.SANDBOX or app.slug not in connect.simulated():
        return {}, {}
    return connect.sandbox_secrets(app.slug, way.key)


def _secret(key: str, value: Any, known: str | None) -> str:
    """What the reference stands for, else what is known. A value in clear is not repeated in the sentence."""
    if not isinstance(value, str) or not value.startswith(REFERENCE):
        raise WrongUse(
            f"“{key}” must be a reference such as env:HUB_SECRET_{key.upper()}, not the secret itself."
        )
    variable = value.removeprefix(REFERENCE).strip()
    found = os.environ.get(variable, "").strip() or known
    if not found:
        raise WrongUse(f"The environment variable {variable} is not set; “{key}” is to be read from it.")
    return found


def _same_account(row: Connection, words: Mapping[str, Any]) -> None:
    for word, is_now in (("app", row.connector), ("environment", row.environment), ("auth", row.auth)):
        if words[word] != is_now:
            raise WrongUse(
                f"Its {word} is “{is_now}” for good; give the one with “{words[word]}” another name."
            )


def _put_under(row: Connection, words: Mapping[str, Any]) -> bool:
    """Under the connection its token is exchanged from; whether that was new."""
    if not words.get("under") or (row.parent and row.parent.name == words["under"]):
        return False
    above = connection_named(row.team, words["under"])
    if above.connector != row.connector or above.environment != row.environment or not exchange_of(above):
        raise WrongUse(f"“{above.name}” gives no tokens to others; “under” must name one that does.")
    row.parent = above
    row.save(update_fields=["parent"])
    return True


def _change_connection(
    row: Connection, app: Connector, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> bool:
    """What the app itself told (its time zone) stays where the file says nothing."""
    has = {credential.key: credential.value for credential in row.credentials.filter(standby=False)}
    fresh = {key: value for key, value in secrets.items() if has.get(key) != value}
    merged = {**row.settings, **{key: value for key, value in settings.items() if value not in (None, "")}}
    if not fresh and merged == row.settings:
        return False
    moved = {key: value for key, value in merged.items() if row.settings.get(key) != value}
    connect.checked_settings(app, connect.fields_of(app, app.auth(row.auth)), row.environment, moved)
    _put_secrets(row, fresh)
    row.settings, row.state = merged, ConnectionState.NEW
    row.save(update_fields=["settings", "state"])
    audit.note(row.team, None, "connection.imported", row, app=app.slug)
    return True


def _put_secrets(row: Connection, fresh: Mapping[str, str]) -> None:
    """They are not tried here, so what they replace stands by: it is used where the app refuses them."""
    now = datetime.now(UTC)
    known = {credential.key: credential for credential in row.credentials.filter(standby=False)}
    for key, value in fresh.items():
        if key in known:
            twins.put_beside(known[key], value, now, until=now + twins.KEPT)
        else:
            Credential.objects.create(connection=row, key=key, value=value, entered_at=now)
