"""Text as every database stores it."""

from __future__ import annotations

from typing import Any


def storable(value: Any) -> Any:
    """JSON without the two signs it may hold and a database may not.

    NUL is left out (PostgreSQL refuses it); half a surrogate pair, which is no UTF-8, becomes a “?”.
    """
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value
