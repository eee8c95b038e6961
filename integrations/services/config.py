"""The configuration as YAML: teams, connections, workflows. Never a secret, only where to find it.

    teams:
      - name: Academy
        connections:
          - name: Certificates
            app: accredible
            environment: production
            auth: api_key
            settings: {region: eu}
            secrets: {api_key: env:HUB_SECRET_CERTIFICATES_API_KEY}
            read_only: true         # nothing is ever written over it
          - name: Office
            app: ghl
            environment: production
            auth: oauth
            under: Agency           # the connection its token is exchanged from; has to stand before it
            settings: {location_id: abc}
        tables:
          - {name: Levels, rows: {gold: VIP, silver: Regular}}
        workflows:
          - name: Follow-up
            recipe: accredible.certificate_to_appointment
            connections: {certificates: Certificates, crm: Office}
            options: {...}
            mappings: {contact: [{target: email, source: event.recipient_email, transforms: [{name: trim}]}]}
            compare: {every_h: 24, heals: true, owners: {"contact.*": left}}   # see manage.py reconcile
          - name: Tag the graduates          # without a recipe: its own roles, trigger and steps
            connections: {certificates: Certificates, crm: Office}
            roles: {certificates: accredible, crm: ghl}
            trigger: {role: certificates, key: credentials.changed}
            steps:
              - {id: contact, title: Find the contact, kind: write, role: crm, operation: contacts.upsert}
            mappings: {contact: [{target: email, source: event.recipient_email}]}

What an option or a trigger setting picks from an app's list may be written by its name.
`examples: [ghl, accredible]` beside `teams` puts the example records of docs/examples/ into simulated apps.

`export_text` writes it, `parse` reads the text, `config_import.import_config` makes it so.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import yaml

from integrations.engine.errors import WrongUse
from integrations.engine.freeze import freeze
from integrations.engine.spec import Step, WorkflowSpec
from integrations.models import Connection, LookupTable, Team, Workflow
from integrations.recipes import ALL
from integrations.services import connect, tables
from integrations.services.accounts import connector_of
from integrations.services.drafts import bound, compile_draft, work_of

REFERENCE = "env:"
LEFT_AS_TEXT = ("timestamp", "int", "float")
HEAD = (
    "# Secrets are not in here: each “env:NAME” is read from the environment when this file is imported;\n"
    "# a sandbox connection whose variable is not set takes the simulated app's own key.\n"
    "# An import makes drafts; what is live stays as it is until somebody deploys.\n"
)


def export_text() -> str:
    """The whole configuration as YAML."""
    document = export()
    return HEAD + yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def export() -> dict[str, Any]:
    """The whole configuration as plain data, in a stable order."""
    names = _Names()
    return {"teams": [_team(team, names) for team in Team.objects.order_by("name")]}


def parse(text: str) -> Any:
    """The YAML as plain data. Raises WrongUse with the line that cannot be read."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WrongUse(f"This is no YAML: line {line}: {error.problem}.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise WrongUse(f"This is no YAML: {str(error).splitlines()[0]}.") from error


class _Loader(yaml.SafeLoader):
    """Days and times of day stay the texts they are; a word that stands twice is not silently the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"“{key.value}” stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# YAML 1.1 reads 17:00 as 1020, sixty to the hour, and 2026-11-20 as a date.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in LEFT_AS_TEXT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+\.[0-9]*(e[-+][0-9]+)?$"), list("-+0123456789")
)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stand as they are."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = "|" if "\n" in data else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)


class _Names:
    """Names of environment variables, each given once."""

    def __init__(self) -> None:
        self.given: set[str] = set()

    def new(self, connection: str, key: str) -> str:
        base = "_".join(["HUB_SECRET", _upper(connection) or "CONNECTION", _upper(key)])
        name, number = base, 1
        while name in self.given:
            number += 1
            name = f"{base}_{number}"
        self.given.add(name)
        return name


def _upper(text: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")


def _team(team: Team, names: _Names) -> dict[str, Any]:
    return {
        "name": team.name,
        "connections": [_connection(row, names) for row in _connections(team)],
        **_tables(team),
        "workflows": [_workflow(row) for row in Workflow.objects.of(team).order_by("name")],
    }


def _tables(team: Team) -> dict[str, Any]:
    rows = LookupTable.objects.of(team)
    return {"tables": [{"name": row.name, "rows": tables.rows_of(row)} for row in rows]} if rows else {}


def _connections(team: Team) -> list[Connection]:
    """By name; what stands under another comes after it, so that an import finds it."""
    rows = Connection.objects.of(team).select_related("parent").order_by("name")
    return sorted(rows, key=lambda row: row.parent_id is not None)


def _connection(row: Connection, names: _Names) -> dict[str, Any]:
    app = connector_of(row)
    known = {field.key for field in connect.fields_of(app, app.auth(row.auth)) if not field.secret}
    typed = [field.key for field in app.auth(row.auth).secrets]
    held = row.credentials.filter(standby=False, key__in=typed)
    keys = held.order_by("key").values_list("key", flat=True)
    return {
        "name": row.name,
        "app": row.connector,
        "environment": row.environment,
        "auth": row.auth,
        **({"under": row.parent.name} if row.parent else {}),
        **({"read_only": True} if row.read_only else {}),
        "settings": {key: value for key, value in sorted(row.settings.items()) if key in known},
        "secrets": {key: f"{REFERENCE}{names.new(row.name, key)}" for key in keys},
    }


def _workflow(row: Workflow) -> dict[str, Any]:
    spec = compile_draft(row)
    frozen = freeze(spec)
    return {
        "name": row.name,
        **({"recipe": row.recipe} if row.recipe else {}),
        "connections": {role: connection.name for role, connection in bound(row).items()},
        "interval_min": row.interval_min,
        "trigger_settings": frozen.get("trigger_settings", {}),
        "options": frozen.get("options", {}),
        **_steps(row, spec, frozen),
        "mappings": {
            step.id: as_frozen.get("mappings", [])
            for step, as_frozen in zip(spec.steps, frozen["steps"], strict=True)
            if as_frozen.get("mappings") or work_of(step, spec) is not None
        },
        **_compare(row),
    }


def _compare(row: Workflow) -> dict[str, Any]:
    """How often what it wrote is compared, and who owns which field; nothing where that is up to a person."""
    said = {"every_h": row.compares_h, "heals": row.heals, "owners": row.owners}
    return {"compare": {word: value for word, value in said.items() if value}} if any(said.values()) else {}


def _steps(row: Workflow, spec: WorkflowSpec, frozen: dict[str, Any]) -> dict[str, Any]:
    """The steps, where no recipe says them; and what they hang on, where there is no recipe at all."""
    steps = [{word: value for word, value in step.items() if word != "mappings"} for step in frozen["steps"]]
    if not row.recipe:
        trigger = {"role": spec.trigger_role, "key": spec.trigger}
        return {"roles": dict(spec.roles), "trigger": trigger, "steps": steps}
    own = ALL.get(row.recipe)
    same = own is not None and [_bare(step) for step in own.workflow.steps] == [_bare(s) for s in spec.steps]
    return {} if same else {"steps": steps}


def _bare(step: Step) -> Step:
    return replace(step, mappings=())
