"""The official files with their defects mended, in a copy; the originals are never touched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.conformance.defects import DEFECTS
from tests.conformance.edits import Stale
from tests.conformance.measured import MEASURED

PATCHES = (*DEFECTS, *MEASURED)


def copy(source: Path, target: Path) -> list[Path]:
    """A patched copy of `apps/` and `common/` under `target`; the paths of its documents, in order.

    Stale: a patch does not apply.
    """
    shutil.rmtree(target, ignore_errors=True)
    for room in ("apps", "common"):
        shutil.copytree(source / room, target / room)
    documents = sorted((target / "apps").glob("*.json"))
    for patch in PATCHES:
        path = target / "apps" / f"{patch.file}.json"
        if not path.is_file():
            raise Stale(f"{path.name} is not among the official files")
        document = json.loads(path.read_text(encoding="utf-8"))
        for change in patch.changes:
            change.apply(document)
        path.write_text(json.dumps(document), encoding="utf-8")
    return documents


def told() -> list[str]:
    """Each patch with its places, for people."""
    lines = []
    for title, patches in (
        ("Defects of the files", DEFECTS),
        ("What the live API does otherwise", MEASURED),
    ):
        lines.append(f"{title}:")
        for patch in patches:
            lines.append(f"  {patch.file}: {patch.why}")
            lines += [f"    {change.told()}" for change in patch.changes]
    return lines
