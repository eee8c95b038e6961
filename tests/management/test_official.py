"""catalog_check against the official files, and against copies of them in which something changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.test_ghl_catalogue import NEEDS_FILES, OFFICIAL
from tests.hub import Hub

pytestmark = NEEDS_FILES


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(OFFICIAL, tmp_path / "ghl")
    (tmp_path / "ghl").chmod(0o755)
    for path in (tmp_path / "ghl").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return tmp_path / "ghl"


def edit(directory: Path, name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    path = directory / "apps" / f"{name}.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_the_catalogue_is_what_the_official_files_say(ask: Any) -> None:
    said = ask("catalog_check", str(OFFICIAL))

    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("187 calls in 13 files of GoHighLevel were compared")


def test_known_deviations_are_listed_with_their_evidence_on_request(ask: Any) -> None:
    said = ask("catalog_check", str(OFFICIAL), "--verbose")

    assert "Known: POST /contacts/search: body and answer are those of the search guide" in said.out


Change = Callable[[dict[str, Any]], Any]
CHANGES: list[tuple[str, Change, str]] = [
    (
        "contacts",
        lambda d: d["paths"]["/contacts/{contactId}"]["get"]["security"][0].update(bearer=["all"]),
        "GET /contacts/{contactId}: the security was bearer (contacts.readonly) and is bearer (all).",
    ),
    (
        "calendars",
        lambda d: d["paths"]["/calendars/groups"]["get"]["parameters"][0]["schema"].update(enum=["v3"]),
        "GET /calendars/groups: the header Version was 2021-04-15 and is v3.",
    ),
    (
        "workflows",
        lambda d: d["paths"].pop("/workflows/"),
        "GET /workflows/ is gone from the files.",
    ),
    (
        "contacts",
        lambda d: d["components"]["schemas"]["TagsDTO"]["properties"].pop("tags"),
        "contacts/TagsDTO: the field tags is gone.",
    ),
    (
        "opportunities",
        lambda d: d["components"]["schemas"]["CreateDto"]["required"].append("assignedTo"),
        "opportunities/CreateDto: the field assignedTo is now required.",
    ),
]


@pytest.mark.parametrize(("name", "change", "says"), CHANGES)
def test_a_change_in_a_copy_is_named_and_the_check_does_not_hold(
    ask: Any, copied: Path, name: str, change: Change, says: str
) -> None:
    edit(copied, name, change)

    said = ask("catalog_check", str(copied))

    assert said.status == 1
    assert f"- {says}" in said.out.splitlines()
    assert "not explained" in said.err


def test_as_json_the_change_comes_with_the_operations_and_the_workflows_it_touches(
    ask: Any, hub: Hub, copied: Path
) -> None:
    edit(copied, "contacts", lambda d: d["paths"]["/contacts/upsert"]["post"].update(deprecated=True))

    said = ask("catalog_check", str(copied), "--json")

    assert said.status == 1
    assert said.json["differences"][0] == {
        "at": "POST /contacts/upsert",
        "says": "POST /contacts/upsert: deprecated was false and is true.",
        "operations": ["contacts.upsert"],
    }
    [workflow] = said.json["workflows"]
    assert workflow["name"] == "Follow up"
    assert workflow["operations"] == ["contacts.upsert"]
    told = f"Workflow {hub.workflow.pk} “Follow up” uses contacts.upsert."
    assert told in ask("catalog_check", str(copied)).out


def test_a_wrong_path_is_wrong_usage(ask: Any, tmp_path: Path) -> None:
    said = ask("catalog_check", str(tmp_path / "nowhere"))

    assert said.status == 2
    assert "is no directory" in said.err


def test_a_sync_from_the_same_files_leaves_the_table_as_it_is(ask: Any) -> None:
    said = ask("catalog_sync", str(OFFICIAL))

    assert said.out == "The table of GoHighLevel was written with 187 calls: nothing changed.\n"
