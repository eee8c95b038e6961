"""Making a configuration so: all of it or nothing, again and again with the same result, drafts only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from integrations import catalog
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.spec import Auth, Connector
from integrations.engine.transforms import transform_named
from integrations.models import (
    Binding,
    Connection,
    ConnectionState,
    Credential,
    Environment,
    Team,
    Workflow,
)
from integrations.recipes import recipe
from integrations.services import audit, connect, drafts
from integrations.services.config import REFERENCE
from integrations.services.samples import trigger_of

CONNECTION_WORDS = {
    "name": str,
    "app": str,
    "environment": str,
    "auth": str,
    "settings": dict,
    "secrets": dict,
}
WORKFLOW_WORDS = {
    "name": str,
    "recipe": str,
    "connections": dict,
    "interval_min": int,
    "trigger_settings": dict,
    "options": dict,
    "mappings": dict,
}
KINDS = {str: "a text", dict: "words with values", list: "a list", int: "a whole number"}


@dataclass(slots=True)
class Imported:
    """What an import has made and changed, by name; what was so already is in neither."""

    made: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def import_config(document: Any) -> Imported:
    """Make the database say what the document says. Raises WrongUse, having changed nothing."""
    top = _words(document, {"teams": list}, "the file", needed=("teams",))
    imported = Imported()
    with transaction.atomic():
        for entry in top["teams"]:
            _team(entry, imported)
    return imported


def _team(entry: Any, imported: Imported) -> None:
    words = _words(entry, {"name": str, "connections": list, "workflows": list}, "a team", needed=("name",))
    team, made = Team.objects.get_or_create(name=_name(words, "a team"))
    if made:
        imported.made.append(f"team “{team.name}”")
    for connection in words.get("connections", []):
        _connection(team, connection, imported)
    for workflow in words.get("workflows", []):
        _workflow(team, workflow, imported)


# --- connections ----------------------------------------------------------------------------------


def _connection(team: Team, entry: Any, imported: Imported) -> None:
    words = _words(entry, CONNECTION_WORDS, "a connection", needed=("name", "app", "environment", "auth"))
    name = _name(words, "a connection")
    with _about(f"connection “{name}”"):
        app = catalog.connector(words["app"])
        way = app.auth(words["auth"])
        settings = words.get("settings", {})
        _known(settings, [f.key for f in app.settings], "setting")
        _known(words.get("secrets", {}), [f.key for f in way.secrets], "secret")
        own, place = _sandbox_own(app, way, words["environment"])
        given = {key: _secret(key, value, own.get(key)) for key, value in words.get("secrets", {}).items()}
        secrets = {**own, **given}
        if own and secrets == own:
            settings = {**settings, **place}
        row = Connection.objects.filter(team=team, name=name).first()
        if row is None:
            connect.add(
                team,
                app.slug,
                name=name,
                environment=words["environment"],
                auth=way.key,
                settings_=settings,
                secrets=secrets,
            )
            imported.made.append(f"connection “{name}”")
        else:
            _same_account(row, words)
            if _change_connection(row, app, settings, secrets):
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


def _change_connection(
    row: Connection, app: Connector, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> bool:
    """What the app itself told (its time zone) stays where the file says nothing."""
    has = {credential.key: credential.value for credential in row.credentials.all()}
    fresh = {key: value for key, value in secrets.items() if has.get(key) != value}
    merged = {**row.settings, **{key: value for key, value in settings.items() if value not in (None, "")}}
    if not fresh and merged == row.settings:
        return False
    for key, value in fresh.items():
        Credential.objects.update_or_create(connection=row, key=key, defaults={"value": value})
    row.settings, row.state = merged, ConnectionState.NEW
    row.save(update_fields=["settings", "state"])
    audit.note(row.team, None, "connection.imported", row, app=app.slug)
    return True


# --- workflows ------------------------------------------------------------------------------------


def _workflow(team: Team, entry: Any, imported: Imported) -> None:
    words = _words(entry, WORKFLOW_WORDS, "a workflow", needed=("name", "recipe"))
    name = _name(words, "a workflow")
    with _about(f"workflow “{name}”"):
        bindings = {
            role: _connection_named(team, chosen) for role, chosen in words.get("connections", {}).items()
        }
        row = Workflow.objects.filter(team=team, name=name).first()
        before = None if row is None else (drafts.draft_hash(row), row.interval_min)
        if row is None:
            row = drafts.make_draft(
                team, words["recipe"], name=name, bindings=bindings, options=words.get("options", {})
            )
            imported.made.append(f"workflow “{name}”")
        elif row.recipe != words["recipe"]:
            raise WrongUse(f"It was made from the recipe “{row.recipe}”; give this one another name.")
        _draft(row, words, bindings)
        if before is not None and before != (drafts.draft_hash(row), row.interval_min):
            audit.note(team, None, "workflow.imported", row)
            imported.changed.append(f"workflow “{name}”")


def _draft(row: Workflow, words: Mapping[str, Any], bindings: Mapping[str, Connection]) -> None:
    Binding.objects.filter(workflow=row).exclude(role__in=bindings).delete()
    drafts.bind(row, bindings)
    drafts.save_options(row, words.get("options", {}))
    spec = drafts.compile_draft(row)
    trigger = trigger_of(spec)
    chosen = words.get("trigger_settings", {})
    _known(chosen, [f.key for f in trigger.fields], "trigger setting")
    drafts.save_trigger_settings(row, chosen)
    row.interval_min = words.get("interval_min", trigger.interval_min)
    if row.interval_min < 1:
        raise WrongUse("“interval_min” must be a whole number of minutes from 1.")
    row.save(update_fields=["interval_min"])
    _mappings(row, words.get("mappings", {}))


def _mappings(row: Workflow, by_step: Mapping[str, Any]) -> None:
    """Steps that the file does not name have the recipe's own mappings."""
    own = {step.id: step.mappings for step in recipe(row.recipe).workflow.steps}
    _known(by_step, list(own), "step")
    drafts.save_mappings(row, {step: mappings for step, mappings in own.items() if step not in by_step})
    for step, lines in by_step.items():
        with _about(f"step “{step}”"):
            drafts.save_mappings_json(row, step, [_line(line) for line in _as(lines, list, "its mappings")])


def _line(line: Any) -> dict[str, Any]:
    words: dict[str, Any] = _as(line, dict, "a field mapping")
    for word in ("target", "source"):
        _as(words.get(word, ""), str, f"“{word}” of a field mapping")
    for use in _as(words.get("transforms", []), list, "“transforms” of a field mapping"):
        transform_named(str(_as(use, dict, "a transform").get("name", "")))
        _as(use.get("args", {}), dict, "“args” of a transform")
    return words


def _connection_named(team: Team, name: Any) -> Connection:
    row = Connection.objects.filter(team=team, name=name).first()
    if row is None:
        known = list(Connection.objects.of(team).values_list("name", flat=True))
        raise WrongUse(did_you_mean(str(name), known, f"connection of team “{team.name}”"))
    found: Connection = row
    return found


# --- the words of the file ------------------------------------------------------------------------


def _words(value: Any, known: Mapping[str, type], what: str, needed: Iterable[str] = ()) -> dict[str, Any]:
    """The entry, when it has the words it needs, none that are unknown, and each of its kind."""
    entry: dict[str, Any] = _as(value, dict, what)
    _known(entry, list(known), f"word in {what}")
    for word in needed:
        if word not in entry:
            raise WrongUse(f"{_capital(what)} needs “{word}”; add it.")
    given = {word: found for word, found in entry.items() if found is not None}
    for word, found in given.items():
        _as(found, known[word], f"“{word}” in {what}")
    return given


def _as(value: Any, kind: Callable[..., Any], what: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):  # type: ignore[arg-type]
        raise WrongUse(f"{_capital(what)} must be {KINDS[kind]}.")  # type: ignore[index]
    return value


def _known(given: Iterable[Any], known: list[str], what: str) -> None:
    for word in given:
        if word not in known:
            raise WrongUse(did_you_mean(str(word), known, what))


def _name(words: Mapping[str, Any], what: str) -> str:
    name = str(words.get("name", "")).strip()
    if not name or len(name) > 100:
        raise WrongUse(f"{_capital(what)} needs a “name” of at most 100 characters.")
    return name


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


@contextmanager
def _about(what: str) -> Iterator[None]:
    """Say in which entry it was."""
    try:
        yield
    except WrongUse as error:
        raise WrongUse(f"In {what}: {error.sentence}") from error
