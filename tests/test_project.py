"""The project as a whole: migrations, system checks, the README's settings, what lies at the top."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from ghlhub import navigation

ROOT = Path(__file__).resolve().parent.parent

TOP = {
    ".ci",
    ".gitignore",
    "LICENSE",
    "Makefile",
    "README.md",
    "bench",
    "deploy",
    "docs",
    "ghlhub",
    "integrations",
    "manage.py",
    "pyproject.toml",
    "requirements.lock",
    "static",
    "templates",
    "tests",
}


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_system_checks_are_clean() -> None:
    call_command("check", fail_level="INFO")


def test_the_system_checks_for_deployment_are_clean_behind_https() -> None:
    environment = {**os.environ, "HUB_BASE_URL": "https://hub.example.com", "HUB_PROXIES": "1"}
    del environment["DJANGO_ALLOW_ASYNC_UNSAFE"]  # the tests' own, which is refused there

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_every_entry_of_the_sidebar_leads_somewhere() -> None:
    links = [str(item["link"]) for group in navigation.sidebar() for item in group["items"]]

    assert reverse("dashboard") in links
    assert len(links) == len(set(links))


def names_read_from_the_environment(source: str) -> set[str]:
    """The first argument of every env_*(...) call, where it is written out."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = (
                node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            )
            if function.startswith("env_"):
                found.add(node.args[0].value)
    return found


def test_names_read_from_the_environment_are_found() -> None:
    source = "A = env.env_int('HUB_A', 1)\nB = env_str('HUB_B')\nC = other('HUB_C')"

    assert names_read_from_the_environment(source) == {"HUB_A", "HUB_B"}


def test_the_readme_names_every_setting() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "ghlhub").glob("*.py")]
    names = set().union(*(names_read_from_the_environment(source) for source in sources))
    assert {"HUB_DATA_DIR", "DATABASE_URL", "REDIS_URL"} <= names
    names |= {"HUB_OAUTH_GHL_CLIENT_ID", "HUB_OAUTH_GHL_CLIENT_SECRET"}

    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert not sorted(name for name in names if name not in readme)


def test_the_example_environment_names_only_settings_that_exist() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "ghlhub").glob("*.py")]
    known = set().union(*(names_read_from_the_environment(source) for source in sources))
    lines = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8").splitlines()
    given = {line.split("=")[0] for line in lines if line and not line.startswith("#")}

    strangers = {name for name in given - known if not name.startswith("HUB_OAUTH_")}

    assert strangers == {"POSTGRES_PASSWORD"}


def test_nothing_lies_at_the_top_that_was_not_agreed_on() -> None:
    tracked = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\n")
    top = {line.split("/")[0] for line in tracked if line}
    if not top:
        pytest.skip("this is no git clone, or nothing is committed yet")

    assert top == TOP
