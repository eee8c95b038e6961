"""What is true of every command of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError

from integrations.management.base import columns
from integrations.services.trouble import database_sentence
from tests import processes

COMMANDS = sorted(
    path.stem for path in (processes.ROOT / "integrations/management/commands").glob("[a-z]*.py")
)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(ask: Any, capsys: Any, name: str) -> None:
    with pytest.raises(SystemExit) as left:
        ask(name, "--help")

    assert left.value.code == 0
    assert f"manage.py {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_wrong_usage_in_one_sentence(ask: Any, name: str) -> None:
    said = ask(name, "--no-such-option")

    assert said.status == 2
    assert "\n" not in said.err
    assert said.err.endswith(f"see manage.py {name} --help.")


WRONG_USAGE = [
    (["runs", "--state", "happy"], "invalid choice: 'happy'"),
    (["runs", "nothing"], "a whole number from 1 is needed"),
    (["runs", "99"], "There is no run 99"),
    (["run", "Nix"], "There is no workflow “Nix”; choose one of: Follow up."),
    (["deploy", "Nix"], "There is no workflow “Nix”; choose one of: Follow up."),
    (["verify", "Nix"], "There is no connection “Nix”; choose one of: Accredible, GHL."),
    (["run", "Follow up", "--event", "no-such-file.json"], "no-such-file.json cannot be read"),
    (["run", "Follow up", "--event-type", "certificate.lost"], "There is no event here “certificate.lost”"),
    (["emit", "Accredible", "certificate.issued", "pyproject.toml"], "pyproject.toml holds no JSON (line 1"),
    (["catalog", "--connector", "gohighlevel"], "There is no app “gohighlevel”"),
    (["sandbox"], "The following arguments are required"),
    (["sandbox", "fault", "flood", "--app", "ghl"], "There is no fault “flood”"),
    (["sandbox", "fault", "slow"], "Say which app has the fault"),
    (["sandbox", "act", "ghl", "dance"], "There is no action of GoHighLevel “dance”"),
    (["sandbox", "act", "ghl", "suspend_location", "--set", "location"], "is no FIELD=VALUE"),
    (
        ["sandbox", "act", "ghl", "add_locations", "--set", "count=many"],
        "count needs a number, and “many” is",
    ),
    (["sandbox", "act", "ghl", "delete_contact", "--set", "contact=x"], "has no contact x"),
    (["sandbox", "act", "ghl", "delete_contact"], "“Delete a contact” needs Contact id"),
    (["sandbox", "set", "ghl", "gravity=9"], "There is no setting of GoHighLevel “gravity”"),
    (["sandbox", "set", "ghl", "group_with_calendars=burn"], "choose one of: detach, refuse"),
    (["sandbox", "set", "ghl", "daily_limit=few"], "daily_limit needs a number, and “few” is none"),
    (["sandbox", "set", "gohighlevel"], "There is no simulated app “gohighlevel”"),
    (["resume", "Follow up"], "“Follow up” is not paused."),
]


@pytest.mark.parametrize(("argv", "told"), WRONG_USAGE, ids=lambda value: " ".join(value)[:40])
def test_wrong_usage_is_answered_with_one_sentence_and_status_two(
    ask: Any, hub: object, argv: list[str], told: str
) -> None:
    said = ask(*argv)

    assert said.status == 2
    assert told in said.err
    assert "\n" not in said.err
    assert said.out == ""


def test_a_mistake_of_the_hub_is_told_without_a_traceback(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.catalog.entries", lambda slug: 1 / 0)

    said = ask("catalog")

    assert said.status == 1
    assert said.err.startswith("The hub made a mistake (ZeroDivisionError: division by zero)")


DATABASE_TROUBLE = [
    ("no such table: integrations_run", "run ./manage.py migrate"),
    ('relation "integrations_run" does not exist', "run ./manage.py migrate"),
    ("database is locked", "The database is busy"),
    ("connection refused\nIs the server running?", "cannot be used: connection refused."),
]


@pytest.mark.parametrize(("text", "told"), DATABASE_TROUBLE)
def test_a_database_in_trouble_is_told_in_a_sentence(text: str, told: str) -> None:
    assert told in database_sentence(OperationalError(text))


def test_columns_stand_under_each_other() -> None:
    assert columns([("run", "state"), (7, "ok"), (12, None)]) == ["run  state", "7    ok", "12"]


def test_called_from_code_a_wrong_use_is_a_command_error(hub: object) -> None:
    with pytest.raises(CommandError, match="There is no workflow") as raised:
        call_command("deploy", "Nix")

    assert raised.value.returncode == 2


def test_without_a_database_every_listing_says_to_migrate(tmp_path: Path) -> None:
    with processes.start_hub(tmp_path, migrate=False) as hub:
        done = hub.manage("runs", "--json", expect=1)

    assert done.stdout == ""
    assert done.stderr == "The database is not set up for this version of the hub; run ./manage.py migrate.\n"


def test_a_reader_that_has_gone_is_no_trouble(tmp_path: Path) -> None:
    with processes.start_hub(tmp_path, migrate=False) as hub:
        command = f"{sys.executable} manage.py catalog --json | head -c 10"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=processes.ROOT,
            env=hub.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert (done.stdout.strip()[:1], done.stderr) == ("[", "")
