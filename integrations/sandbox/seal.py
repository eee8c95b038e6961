"""The simulated apps' own keys lie sealed in the sandbox file, as a real vendor would keep them.

The key to them is a file of its own beside it, readable by its owner alone, made with the first sandbox.
"""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet


class Seal:
    """Seals and opens small JSON documents with the key beside `sandbox_file`."""

    def __init__(self, sandbox_file: Path) -> None:
        self._fernet = Fernet(_key(sandbox_file.with_name(f"{sandbox_file.name}.key")))

    def close(self, document: dict[str, Any]) -> dict[str, Any]:
        return {"sealed": self._fernet.encrypt(json.dumps(document).encode()).decode()}

    def open(self, sealed: dict[str, Any] | None) -> dict[str, Any]:
        if not sealed:
            return {}
        document: dict[str, Any] = json.loads(self._fernet.decrypt(sealed["sealed"].encode()))
        return document


def _key(path: Path) -> bytes:
    """The key in the file; made where there is none, by whichever process comes first."""
    if not path.exists():
        draft = path.with_name(f".{uuid.uuid4().hex}.key")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
        try:
            os.link(draft, path)  # fails, unlike a rename, where another process was first
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
