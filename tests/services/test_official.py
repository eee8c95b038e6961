"""A vendor's own files become the table, and are held against it; here with a vendor of pets."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from integrations import catalog
from integrations.engine.errors import StopRun, WrongUse
from integrations.engine.spec import Connector, Official
from integrations.engine.table_file import read_table
from integrations.services import official
from tests.hub import Hub

pytestmark = pytest.mark.django_db

PETS: dict[str, Any] = {
    "openapi": "3.0.0",
    "paths": {
        "/pets": {
            "get": {"operationId": "list-pets", "responses": {"200": {}}},
            "post": {"operationId": "makePet", "responses": {"201": {}}},
        }
    },
}


@pytest.fixture
def vendor(tmp_path: Path) -> Official:
    """Files below `files/`, no table yet; one call has a key of ours."""
    (tmp_path / "files" / "apps").mkdir(parents=True)
    write(tmp_path, PETS)
    return Official(
        files=("apps/pets.json",), table=str(tmp_path / "table.json"), keys={"GET /pets": "pets.list"}
    )


def write(tmp_path: Path, document: Any) -> None:
    (tmp_path / "files" / "apps" / "pets.json").write_text(json.dumps(document))


@pytest.fixture
def bare() -> Connector:
    """An app without operations."""
    return replace(catalog.connector("accredible"), operations={})


def test_a_first_sync_writes_every_call_with_our_key_or_one_made_of_its_own_names(
    bare: Connector, vendor: Official, tmp_path: Path
) -> None:
    done = official.sync(bare, vendor, tmp_path / "files")

    table, keys = read_table(Path(vendor.table).read_text())
    assert (done.calls, len(table.calls)) == (2, 2)
    assert keys == {"GET /pets": "pets.list", "POST /pets": "pets.makepet"}
    assert [found.says for found in done.found] == [
        "GET /pets is new in the files.",
        "POST /pets is new in the files.",
    ]


def test_a_second_sync_changes_nothing_and_keeps_the_keys(
    bare: Connector, vendor: Official, tmp_path: Path
) -> None:
    official.sync(bare, vendor, tmp_path / "files")
    before = Path(vendor.table).read_text()

    done = official.sync(bare, replace(vendor, keys={}), tmp_path / "files")

    assert not done.found
    assert Path(vendor.table).read_text() == before


def test_a_check_names_the_change_and_writes_nothing(
    bare: Connector, vendor: Official, tmp_path: Path
) -> None:
    official.sync(bare, vendor, tmp_path / "files")
    before = Path(vendor.table).read_text()
    changed = copy.deepcopy(PETS)
    changed["paths"]["/pets"]["post"]["deprecated"] = True
    write(tmp_path, changed)

    checked = official.check(replace(bare, official=vendor), vendor, tmp_path / "files")

    says = [found.says for found in checked.found]
    assert "POST /pets: deprecated was false and is true." in says
    assert Path(vendor.table).read_text() == before


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"swagger": "2.0"}, "no OpenAPI 3 document"),
        (
            {
                **PETS,
                "paths": {"/pets": {"get": {"responses": {"200": {"$ref": "../../../secret.json#/x"}}}}},
            },
            "lies outside",
        ),
    ],
)
def test_what_is_no_official_file_is_refused(
    bare: Connector, vendor: Official, tmp_path: Path, document: Any, words: str
) -> None:
    write(tmp_path, document)

    with pytest.raises(WrongUse, match=words):
        official.sync(bare, vendor, tmp_path / "files")


def test_a_file_that_is_no_json_is_refused(bare: Connector, vendor: Official, tmp_path: Path) -> None:
    (tmp_path / "files" / "apps" / "pets.json").write_text("<html>")

    with pytest.raises(WrongUse, match="holds no JSON"):
        official.read(vendor, tmp_path / "files")


@pytest.mark.parametrize(
    ("directory", "words"), [("nowhere", "is no directory"), (".", "lacks apps/pets.json")]
)
def test_a_wrong_directory_is_answered_with_what_is_needed(
    vendor: Official, tmp_path: Path, directory: str, words: str
) -> None:
    with pytest.raises(WrongUse, match=words):
        official.read(vendor, tmp_path / directory)


def test_a_table_that_cannot_be_written_is_told(bare: Connector, vendor: Official, tmp_path: Path) -> None:
    with pytest.raises(StopRun, match="cannot be written"):
        official.sync(bare, replace(vendor, table=str(tmp_path / "no" / "table.json")), tmp_path / "files")


def test_the_workflows_that_use_what_changed_are_named(hub: Hub, tmp_path: Path, vendor: Official) -> None:
    ghl = catalog.connector("ghl")
    renamed = replace(vendor, keys={"GET /pets": "pets.list", "POST /pets": "contacts.upsert"})

    done = official.sync(ghl, renamed, tmp_path / "files")

    [touched] = done.touched
    assert touched.workflow.name == "Follow up"
    assert touched.operations == ("contacts.upsert",)


def test_an_app_without_files_says_which_have_some() -> None:
    with pytest.raises(WrongUse, match="Accredible has no official files; those that have are ghl"):
        official.chosen("accredible")
    assert official.chosen(None)[0].slug == "ghl"
