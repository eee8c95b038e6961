"""The configuration as YAML: out, in again, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError

from integrations.engine.errors import WrongUse
from integrations.models import Connection, ConnectionState, Credential, Team, Workflow, WorkflowState
from integrations.services import config, connect, drafts, lifecycle, verification
from integrations.services.config_import import import_config
from tests.hub import Hub


@pytest.fixture
def exported(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The hub's configuration, with the environment that its references point to."""
    for credential in Credential.objects.select_related("connection"):
        name = f"HUB_SECRET_{credential.connection.name}_{credential.key}".upper()
        monkeypatch.setenv(name, credential.value)
    document: dict[str, Any] = config.parse(config.export_text())
    return document


@pytest.fixture
def emptied(exported: dict[str, Any]) -> dict[str, Any]:
    """The same, with a database as on the first day."""
    Workflow.objects.all().delete()
    Connection.objects.all().delete()
    Team.objects.all().delete()
    return exported


def test_an_export_holds_no_secret(hub: Hub) -> None:
    text = config.export_text()

    for credential in Credential.objects.all():
        assert credential.value not in text
    assert "env:HUB_SECRET_GHL_PRIVATE_INTEGRATION_TOKEN" in text


def test_what_was_exported_and_imported_is_exported_the_same(emptied: dict[str, Any]) -> None:
    imported = import_config(emptied)

    assert imported.made == [
        "team “Acme”",
        "connection “Accredible”",
        "connection “GHL”",
        "workflow “Follow up”",
    ]
    assert config.parse(config.export_text()) == emptied
    assert config.export() == emptied


def test_who_owns_which_field_and_how_often_that_is_compared_goes_with_it(
    hub: Hub, exported: dict[str, Any]
) -> None:
    assert "compare" not in exported["teams"][0]["workflows"][0]
    said = {"every_h": 24, "heals": True, "owners": {"contact.*": "left"}}
    exported["teams"][0]["workflows"][0]["compare"] = said

    assert import_config(exported).changed == ["workflow “Follow up”"]
    assert not import_config(exported).changed

    row = Workflow.objects.get(pk=hub.workflow.pk)
    assert (row.compares_h, row.heals, row.owners) == (24, True, {"contact.*": "left"})
    assert config.export()["teams"][0]["workflows"][0]["compare"] == said


def test_an_imported_hub_works(emptied: dict[str, Any]) -> None:
    import_config(emptied)
    workflow = Workflow.objects.get()

    for connection in Connection.objects.all():
        assert connection.state == ConnectionState.NEW
        assert verification.verify(connection).ok
    assert workflow.state == WorkflowState.DRAFT
    assert workflow.live is None
    assert lifecycle.problems(workflow, with_test=False) == []


def test_importing_again_changes_nothing_and_stops_nothing(hub: Hub, exported: dict[str, Any]) -> None:
    before = drafts.draft_hash(hub.workflow)

    imported = import_config(exported)

    assert (imported.made, imported.changed) == ([], [])
    hub.workflow.refresh_from_db()
    assert drafts.draft_hash(hub.workflow) == before
    assert lifecycle.tested(hub.workflow)
    assert hub.workflow.state == WorkflowState.LIVE
    assert set(Connection.objects.values_list("state", flat=True)) == {ConnectionState.CONNECTED}


def test_a_change_reaches_the_draft_and_not_what_is_live(hub: Hub, exported: dict[str, Any]) -> None:
    workflow = exported["teams"][0]["workflows"][0]
    workflow["options"]["days_after"] = 9
    workflow["mappings"]["contact"][3] = {"target": "source", "default": "Academy"}

    assert import_config(exported).changed == ["workflow “Follow up”"]

    hub.workflow.refresh_from_db()
    assert hub.workflow.live is not None
    assert hub.workflow.live.spec["options"]["days_after"] == 3
    spec = drafts.compile_draft(hub.workflow)
    assert spec.options["days_after"] == 9
    assert spec.step("contact").mappings[3].default == "Academy"
    assert not lifecycle.tested(hub.workflow)


def test_a_sandbox_connection_needs_no_variable(
    emptied: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in re.findall(r"env:(HUB_\w+)", str(emptied)):
        monkeypatch.delenv(name)
    del emptied["teams"][0]["connections"][0]["secrets"]
    emptied["teams"][0]["connections"][1]["settings"]["location_id"] = "of-another-sandbox"

    assert len(import_config(emptied).made) == 4
    assert import_config(emptied).changed == []

    assert all(verification.verify(connection).ok for connection in Connection.objects.all())


def test_a_new_secret_in_the_environment_is_taken_and_waits_for_its_proof(
    hub: Hub, exported: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_SECRET_ACCREDIBLE_API_KEY", "another")

    assert import_config(exported).changed == ["connection “Accredible”"]

    hub.accredible.refresh_from_db()
    assert hub.accredible.credentials.get(standby=False).value == "another"
    assert hub.accredible.state == ConnectionState.NEW


def test_without_mappings_a_workflow_has_the_recipes_own(emptied: dict[str, Any]) -> None:
    mappings = emptied["teams"][0]["workflows"][0].pop("mappings")

    import_config(emptied)

    assert config.export()["teams"][0]["workflows"][0]["mappings"] == mappings


def test_two_connections_of_like_names_have_two_variables(hub: Hub) -> None:
    for name in ("accredible", "ac-credible", "北"):
        connect.add(
            hub.team,
            "accredible",
            name=name,
            environment="sandbox",
            auth="api_key",
            secrets={"api_key": "k"},
        )

    names = re.findall(r"env:(HUB_\w+)", config.export_text())

    assert sorted(names) == [
        "HUB_SECRET_ACCREDIBLE_API_KEY",
        "HUB_SECRET_ACCREDIBLE_API_KEY_2",
        "HUB_SECRET_AC_CREDIBLE_API_KEY",
        "HUB_SECRET_CONNECTION_API_KEY",
        "HUB_SECRET_GHL_PRIVATE_INTEGRATION_TOKEN",
    ]


def test_times_and_days_are_texts_and_lines_stay_lines() -> None:
    assert config.parse("{a: 17:00, b: 2026-11-20, c: 12, d: 0.5, e: yes}") == {
        "a": "17:00",
        "b": "2026-11-20",
        "c": 12,
        "d": 0.5,
        "e": True,
    }


BROKEN_YAML = [
    ("teams: [", "line 1"),
    ("teams:\n  - name: a\n bad: 1", "line 3"),
    ("teams: []\nteams: []", "line 2: “teams” stands twice"),
    ("teams: !!python/object:os.system []", "line 1"),
]


@pytest.mark.parametrize(("text", "told"), BROKEN_YAML)
def test_broken_yaml_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(WrongUse, match=re.escape(told)):
        config.parse(text)


def at(document: Any, path: str) -> tuple[Any, Any]:
    """(container, last key) of a path such as "teams.0.name"."""
    *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    for part in way:
        document = document[part]
    return document, last


ACCREDIBLE, WORKFLOW = "teams.0.connections.0", "teams.0.workflows.0"

REFUSED = [
    ("teams", 5, "“teams” in the file must be a list."),
    ("team", [], "There is no word in the file “team”; choose one of: examples, teams."),
    ("teams.0.name", None, "A team needs a “name”"),
    ("teams.0.name", "x" * 101, "A team needs a “name”"),
    ("teams.0.colour", "red", "There is no word in a team “colour”"),
    (f"{ACCREDIBLE}.app", "acredible", "There is no app “acredible”"),
    (f"{ACCREDIBLE}.auth", "password", "There is no way to sign in to Accredible “password”"),
    (f"{ACCREDIBLE}.environment", "production", "Its environment is “sandbox” for good"),
    (f"{ACCREDIBLE}.settings.colour", "red", "There is no setting “colour”"),
    (f"{ACCREDIBLE}.secrets.password", "env:X", "There is no secret “password”"),
    (f"{ACCREDIBLE}.secrets.api_key", "0a1b2c3d", "“api_key” must be a reference such as env:"),
    (f"{ACCREDIBLE}.secrets.api_key", 1234, "“api_key” must be a reference such as env:"),
    (
        "teams.0.connections.2",
        {
            "name": "Real",
            "app": "accredible",
            "environment": "production",
            "auth": "api_key",
            "secrets": {"api_key": "env:HUB_NIX"},
        },
        "In connection “Real”: The environment variable HUB_NIX is not set",
    ),
    (f"{WORKFLOW}.recipe", "accredible.nix", "It was made from the recipe"),
    (f"{WORKFLOW}.connections.crm", "Nix", "There is no connection of team “Acme” “Nix”"),
    (f"{WORKFLOW}.connections.nix", "GHL", "There is no role “nix”"),
    (f"{WORKFLOW}.connections.crm", "Accredible", "“crm” needs a connection to GoHighLevel"),
    (f"{WORKFLOW}.options.nix", 1, "There is no option “nix”"),
    (f"{WORKFLOW}.options.start", "never", "There is no When is the appointment? “never”"),
    (f"{WORKFLOW}.trigger_settings.nix", 1, "There is no trigger setting “nix”"),
    (f"{WORKFLOW}.interval_min", 0, "“interval_min” must be a whole number of minutes from 1."),
    (f"{WORKFLOW}.interval_min", True, "“interval_min” in a workflow must be a whole number."),
    (f"{WORKFLOW}.compare", {"every_h": -1}, "“every_h” must be a whole number of hours from 0."),
    (f"{WORKFLOW}.compare", {"owners": {"contact.*": "me"}}, "There is no policy “me”"),
    (f"{WORKFLOW}.compare", {"owners": {"contract.*": "left"}}, "There is no linked record “contract”"),
    (f"{WORKFLOW}.compare", {"colour": "red"}, "There is no word in “compare” “colour”"),
    (f"{WORKFLOW}.mappings.nix", [], "There is no step “nix”"),
    (f"{WORKFLOW}.mappings.contact", {}, "Its mappings must be a list."),
    (f"{WORKFLOW}.mappings.contact.0.colour", 1, "There is no word in a field mapping “colour”"),
    (f"{WORKFLOW}.mappings.contact.0.transforms.0.name", "trimm", "There is no transform “trimm”"),
    (f"{WORKFLOW}.mappings.contact.0.transforms.0", "trim", "A transform must be words with values."),
    (f"{WORKFLOW}.mappings.contact.0", {"source": "x"}, "A field mapping needs “target”"),
]


@pytest.mark.parametrize(("path", "value", "told"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_is_one_sentence_and_changes_nothing(
    exported: dict[str, Any], path: str, value: Any, told: str
) -> None:
    before = config.export_text()
    container, last = at(exported, path)
    if isinstance(container, list) and last == len(container):
        container.append(value)
    else:
        container[last] = value
    if isinstance(exported["teams"], list):
        exported["teams"].insert(0, {"name": "Another team"})

    with pytest.raises(WrongUse) as refused:
        import_config(exported)

    assert told in refused.value.sentence
    assert "\n" not in refused.value.sentence
    assert config.export_text() == before
    assert not Team.objects.filter(name="Another team").exists()


def test_a_secret_in_clear_is_not_repeated(exported: dict[str, Any]) -> None:
    container, last = at(exported, f"{ACCREDIBLE}.secrets.api_key")
    container[last] = "0a1b2c3d"

    with pytest.raises(WrongUse) as refused:
        import_config(exported)

    assert "0a1b2c3d" not in refused.value.sentence


def test_a_workflow_of_an_unknown_recipe_is_refused(emptied: dict[str, Any]) -> None:
    container, last = at(emptied, f"{WORKFLOW}.recipe")
    container[last] = "accredible.nix"

    with pytest.raises(
        WrongUse, match=re.escape("In workflow “Follow up”: There is no recipe “accredible.nix”")
    ):
        import_config(emptied)

    assert not Team.objects.exists()


def test_the_commands_write_and_read_a_file(emptied: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text(yaml.safe_dump(emptied), encoding="utf-8")

    call_command("config_import", str(file))
    call_command("config_export", str(file))

    assert config.parse(file.read_text(encoding="utf-8")) == emptied


def test_a_refused_import_is_wrong_usage(db: None, tmp_path: Path) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text("teams:\n  - nme: Acme", encoding="utf-8")

    with pytest.raises(CommandError, match="There is no word in a team “nme”") as refused:
        call_command("config_import", str(file))

    assert refused.value.returncode == 2
