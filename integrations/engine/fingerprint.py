"""Short proofs of what a value was: the same value, however it was written down, has the same fingerprint."""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.engine.errors import ContractBroken

MARK_PREFIX = "GHL-Hub-"
MARK_DIGITS = 12


def canonical(value: Any) -> str:
    """The one way to write a JSON value: keys sorted, no spaces, text in NFC, 3.0 as 3.

    Raises ContractBroken for what JSON does not have (times, bytes, sets, NaN): the caller says how such
    a value is written before it is compared.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, float) and math.isfinite(value):
        return int(value) if value.is_integer() else value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        plain = {unicodedata.normalize("NFC", key): _plain(item) for key, item in value.items()}
        if len(plain) == len(value):
            return plain
        raise ContractBroken("Two keys of an object are the same text written in two ways; keep one of them.")
    raise ContractBroken(
        f"A {type(value).__name__} has no place in a fingerprint; hand over JSON values, times as text."
    )


def fingerprint(value: Any, keys: Sequence[str] = ()) -> str:
    """SHA-256 of the canonical form, as 64 hex characters.

    With `keys`, only these top-level keys of an object count, in any order; a key that is absent counts as
    null, because some apps leave out what is empty and others send null.
    """
    if keys:
        if not isinstance(value, Mapping):
            raise ContractBroken("Only an object can be fingerprinted by some of its keys.")
        value = {key: value.get(key) for key in keys}
    return _sha256(canonical(value))


def mark(*parts: str) -> str:
    """Our mark for a record, the same for the same parts: "GHL-Hub-1a2b3c4d5e6f".

    It stands in a text field of the record, so that a write whose answer was lost can be found again.
    """
    if not parts or not all(parts):
        raise ContractBroken("A mark is made of at least one part, and no part is empty.")
    return MARK_PREFIX + _sha256(canonical(parts))[:MARK_DIGITS]


def _sha256(text: str) -> str:
    # A lone half of a surrogate pair is legal in JSON and must not stop a run.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
