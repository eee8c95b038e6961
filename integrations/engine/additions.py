"""Apps of one's own: HUB_APPS_DIR names a folder with `connectors/`, `sandbox/` and `recipes/` in it.

What lies there is found exactly like what came with the hub, so an app can be added, kept in a repository of
its own, and taken along through updates, without an edit in this one.
"""

from __future__ import annotations

import os
from pathlib import Path


def additions(room: str) -> list[str]:
    """Where else modules of that room are looked for; none where the setting, or that folder, is missing."""
    folder = os.environ.get("HUB_APPS_DIR", "").strip()
    path = Path(folder).expanduser().resolve() / room if folder else None
    return [str(path)] if path is not None and path.is_dir() else []
