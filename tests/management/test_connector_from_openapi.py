"""An app added from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets"},
    "servers": [{"url": "https://pets.example.com"}],
    "paths": {"/pets": {"get": {"operationId": "listPets", "responses": {}}}},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


def test_it_writes_the_file_and_says_what_is_in_it(ask: Any, file: Path, tmp_path: Path) -> None:
    said = ask("connector_from_openapi", str(file), "--output", str(tmp_path / "pets.py"), "--json")

    assert said.json == {"slug": "pets", "file": str(tmp_path / "pets.py"), "operations": 1, "left_out": []}
    assert "CONNECTOR = Connector(" in (tmp_path / "pets.py").read_text()


def test_yaml_is_read_too_and_can_be_printed(ask: Any, tmp_path: Path) -> None:
    path = tmp_path / "pets-v1.yaml"
    path.write_text(
        "openapi: 3.0.0\nservers: [{url: 'https://p.example.com'}]\npaths: {/p: {get: {responses: {}}}}\n"
    )

    said = ask("connector_from_openapi", str(path), "--output", "-")

    assert 'slug="pets_v1"' in said.out


def test_a_file_that_is_there_is_never_overwritten(ask: Any, file: Path, tmp_path: Path) -> None:
    (tmp_path / "pets.py").write_text("mine")

    said = ask("connector_from_openapi", str(file), "--output", str(tmp_path / "pets.py"))

    assert said.status == 2
    assert "exists already" in said.err
    assert (tmp_path / "pets.py").read_text() == "mine"


WRONG = [
    (["no-such.json"], "cannot be read"),
    (["pyproject.toml"], "holds neither JSON nor YAML"),
    (["README.md", "--slug", "x y"], "is no name for an app"),
    (["README.md", "--slug", "ghl"], "There is an app “ghl” already"),
]


@pytest.mark.parametrize(("argv", "told"), WRONG, ids=lambda value: str(value)[:40])
def test_bad_input_gets_one_sentence(ask: Any, argv: list[str], told: str) -> None:
    said = ask("connector_from_openapi", *argv)

    assert said.status == 2
    assert told in said.err
