"""An app added from its OpenAPI file: a connector file to edit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import CommandParser

from integrations import catalog, connectors
from integrations.engine.errors import WrongUse
from integrations.engine.scaffold import scaffold
from integrations.management.base import Answer, HubCommand


class Command(HubCommand):
    help = (
        "Make a connector file from any OpenAPI 3 document (JSON or YAML). It works as it is, and is yours "
        "to edit: docs/adding-an-app.md tells how. It is put into HUB_APPS_DIR where that is set."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--slug", default="", help="the app's name in the hub; else the file's")
        parser.add_argument("--title", default="", help="as people read it; else the document's")
        parser.add_argument("--base-url", default="", help="where the app's API is; else the document's")
        parser.add_argument("--output", metavar="FILE", type=Path, help="where to write it (- prints it)")

    def answer(self, options: dict[str, Any]) -> Answer:
        slug = options["slug"] or _slug(options["file"])
        if not re.fullmatch(r"[a-z][a-z0-9_]*", slug):
            raise WrongUse(f"“{slug}” is no name for an app: give one of a-z, 0-9 and _ with --slug.")
        if slug in catalog.CONNECTORS:
            raise WrongUse(f"There is an app “{slug}” already; give another name with --slug.")
        made = scaffold(_document(options["file"]), slug, options["title"], options["base_url"])
        target = options["output"] or Path(connectors.__path__[-1]) / f"{slug}.py"
        if str(target) == "-":
            return Answer(document={"slug": slug, "source": made.source}, lines=[made.source])
        _write(target, made.source)
        return Answer(
            document={
                "slug": slug,
                "file": str(target),
                "operations": made.operations,
                "left_out": list(made.left_out),
            },
            lines=[
                f"{target} was written: {made.operations} calls.",
                *(f"Left out: {sentence}" for sentence in made.left_out),
                f"See manage.py catalog --connector {slug}; what is marked EDIT in the file is a guess.",
            ],
        )


def _slug(file: Path) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", file.stem.lower()))


def _document(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file} cannot be read: {getattr(error, 'strerror', 'it is no text')}.") from None
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError):
        raise WrongUse(f"{file} holds neither JSON nor YAML.") from None
    if not isinstance(found, dict):
        raise WrongUse(f"{file} is no OpenAPI 3 document.")
    return found


def _write(target: Path, source: str) -> None:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(source)
    except FileExistsError:
        raise WrongUse(
            f"{target} exists already and is left as it is; give another place with --output."
        ) from None
    except OSError as error:
        raise WrongUse(f"{target} cannot be written: {error.strerror}.") from None
