"""docs/adding-an-app.md, walked: three files in a folder, HUB_APPS_DIR, and no edit of the hub.

The app is copied to a folder of its own, and a hub is started that is told of it: commands, contract tests
and screens have it. Everything happens in other processes, because apps are found when the hub starts.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import processes

APP = processes.ROOT / "docs" / "guestbook"
PASSWORD = "a long password of no importance"
OPERATOR = f"""
from django.contrib.auth.models import User
from integrations.models import Membership, Role, Team
user = User.objects.create_superuser("olga", "olga@example.org", {PASSWORD!r})
Membership.objects.create(team=Team.objects.get(), user=user, role=Role.ADMIN)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("apps") / "mine"
    shutil.copytree(APP, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


@pytest.fixture(scope="module")
def hub(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[processes.Hub]:
    with processes.start_hub(tmp_path_factory.mktemp("hub"), HUB_APPS_DIR=str(folder)) as started:
        started.manage("config_import", str(folder / "config.yaml"))
        for connection in ("The book", "Contacts"):
            started.manage("verify", connection)
        yield started


def test_its_calls_and_its_trigger_are_in_the_catalogue(hub: processes.Hub) -> None:
    entries = json.loads(hub.manage("catalog", "--connector", "guestbook", "--json").stdout)

    assert [entry["key"] for entry in entries if entry["kind"] == "trigger"] == ["entries.signed"]
    assert "entries.thank" in [entry["key"] for entry in entries]


def test_its_recipe_is_in_the_gallery(hub: processes.Hub) -> None:
    recipes = json.loads(hub.manage("recipes", "--json").stdout)

    (own,) = [recipe for recipe in recipes if recipe["key"] == "guestbook.entry_to_contact"]
    assert sorted(own["apps"]) == ["ghl", "guestbook"]


def test_its_recipe_runs_in_its_sandbox(hub: processes.Hub, folder: Path) -> None:
    signed = hub.manage(
        "sandbox", "act", "guestbook", "sign_book",
        "--set", "name=Ada Lovelace", "--set", "email=ada@example.org", "--json",
    )  # fmt: skip
    entry = json.loads(signed.stdout)
    (folder / "event.json").write_text(json.dumps(entry))

    run = hub.manage("run", "Guests become contacts", "--event", str(folder / "event.json"), "--json")

    assert json.loads(run.stdout)["status"] == "succeeded"
    dump = json.loads(hub.manage("sandbox", "dump", "--json").stdout)
    (kept,) = dump["guestbook"]["entries"]
    assert kept["thanked"] is True
    assert [contact["email"] for contact in dump["ghl"]["contacts"]] == ["ada@example.org"]


def test_the_contract_tests_take_it_in(hub: processes.Hub) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "guestbook", "-p", "no:cacheprovider",
         "tests/connectors/test_contract.py"],
        cwd=processes.ROOT, env=hub.environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) >= 30


def test_its_screens_and_forms_are_there(hub: processes.Hub) -> None:
    hub.manage("shell", "-c", OPERATOR)
    server = hub.start("serve")
    base = f"http://127.0.0.1:{hub.environment['HUB_PORT']}"
    try:
        processes.wait_until(lambda: _answers(f"{base}/healthz"))
        with httpx.Client(base_url=base, follow_redirects=True) as browser:
            _sign_in(browser)
            apps = browser.get("/connections/add/").text
            gallery = browser.get("/workflows/recipes/").text
            form = browser.get("/connections/add/guestbook/api_key/production").text
            draft = browser.get("/workflows/new/guestbook.entry_to_contact/").text
            simulated = browser.get("/sandbox/?app=guestbook").text
    finally:
        server.terminate()
    assert "Guest book" in apps
    assert "Guest book entry to contact" in gallery
    assert "API key" in form and "inside of the cover" in form
    assert "The book" in draft
    assert "Sign the book" in simulated


def _answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code < 500
    except httpx.HTTPError:
        return False


def _sign_in(browser: httpx.Client) -> None:
    page = browser.get("/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    answer = browser.post(
        str(page.url),
        data={"csrfmiddlewaretoken": token[1], "login": "olga", "password": PASSWORD},
        headers={"Referer": str(page.url)},
    )
    assert "Dashboard" in answer.text


def test_without_the_setting_nobody_knows_of_it(hub: processes.Hub) -> None:
    done = hub.manage("catalog", "--connector", "guestbook", expect=2, HUB_APPS_DIR="")

    assert "There is no app “guestbook”" in done.stderr


def test_a_folder_that_is_not_there_adds_nothing(hub: processes.Hub) -> None:
    done = hub.manage("catalog", "--json", HUB_APPS_DIR=os.devnull)

    assert "guestbook" not in done.stdout
