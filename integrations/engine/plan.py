"""What was planned against what is: which fields have moved since, and whether a write is one of the plan's.

A plan speaks of records that do not exist yet as “(new 1)”, “(new 2)”; what such a text stands for is only
known when the record was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.engine.echoes import flat, same
from integrations.engine.fingerprint import MARK_DIGITS, MARK_PREFIX
from integrations.engine.redact import HIDDEN

MADE = "(new {})"  # stands for the id of what the run would make
_MADE = re.compile(re.escape(MADE).replace(r"\{\}", r"\d+"))
_MARK = re.compile(rf"{MARK_PREFIX}[0-9a-f]{{{MARK_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Moved:
    """One field that is not what it was; `path` with dots between keys."""

    path: str
    before: Any
    after: Any


def moved(before: Any, after: Any, path: str = "") -> Iterator[Moved]:
    """Where two readings of a record differ. Lists in another order, and nothing and "", are alike."""
    if same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        was, now = flat(before), flat(after)
        for key in dict.fromkeys([*was, *now]):
            yield from moved(was.get(key), now.get(key), f"{path}.{key}" if path else key)
        return
    yield Moved(path, before, after)


def stray(planned: Mapping[str, Any] | None, address: str, operation: str, values: Mapping[str, Any]) -> str:
    """Why a write is none of the plan's, in a sentence; "" where it is, or where there is no plan.

    `planned` holds {"operation", "values"} of each write by its address in the journey.
    """
    if planned is None:
        return ""
    write = planned.get(address)
    if write is None or write["operation"] != operation:
        return f"The plan has no such write ({operation}), so it was not made; make a new plan."
    for key in dict.fromkeys([*write["values"], *values]):
        if not _fits(write["values"].get(key), values.get(key)):
            return f"{operation} would set {key} to something else than the plan says; make a new plan."
    return ""


def _fits(planned: Any, actual: Any) -> bool:
    if planned == HIDDEN:
        return True
    if isinstance(planned, str) and isinstance(actual, str):
        parts = [re.escape(part) for part in _MADE.split(_MARK.sub("", planned))]
        return re.fullmatch(".+".join(parts), _MARK.sub("", actual), re.DOTALL) is not None
    if isinstance(planned, Mapping) and isinstance(actual, Mapping):
        return all(_fits(planned.get(key), actual.get(key)) for key in {*planned, *actual})
    if isinstance(planned, list) and isinstance(actual, list):
        return len(planned) == len(actual) and all(map(_fits, planned, actual))
    return same(planned, actual)
