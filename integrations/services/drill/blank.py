"""A hub's empty database, made once for this version and copied to every lane: to make one takes as long as
a dozen trials."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from integrations.services.drill.copies import FILES

KEPT = "drill-blank-"


def bring(directory: Path, environment: Mapping[str, str]) -> None:
    """Put it into a lane's data directory. Where it cannot be made, the lane says why."""
    file = Path(settings.HUB_DATA_DIR) / f"{KEPT}{_version()}.sqlite3"
    if not file.exists():
        _make(file, environment)
    with contextlib.suppress(FileNotFoundError):
        shutil.copy2(file, directory / FILES[0])


def _make(file: Path, environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix="ghlhub-drill-") as place:
        subprocess.run(
            [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "migrate", "-v", "0"],
            env={**environment, "HUB_DATA_DIR": place},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        made = Path(place) / FILES[0]
        if not made.exists():
            return
        for old in file.parent.glob(f"{KEPT}*"):
            old.unlink(missing_ok=True)
        whole = file.with_suffix(f".{os.getpid()}")
        shutil.copy2(made, whole)
        whole.replace(file)


def _version() -> str:
    """Another for every set of migrations."""
    names = sorted(MigrationLoader(None).disk_migrations)
    return sha256(repr(names).encode()).hexdigest()[:16]
