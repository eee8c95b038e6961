"""What is left behind in the simulated apps, and how two such sets differ."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from integrations.services.clients import sandbox

Dump = Mapping[str, Mapping[str, list[Any]]]
Place = tuple[str, str]

# How the apps keep their doors, not what people find in them.
NOT_RECORDS = frozenset(
    {
        "outbox",
        "hub_addresses",
        "credentials",
        "tokens",
        "refresh_tokens",
        "revoked",
        "codes",
        "installations",
    }
)
# What is new in every run: times and numbers, what is signed or made by chance (a word with a digit in it),
# and where a link leads below its first part.
NUMBERS = re.compile(r"\d+")
BY_CHANCE = re.compile(r"(?=[\w-]*\d)[\w-]{8,}")
LINKS = re.compile(r"(https?://[^\s\"/]+/?[^\s\"/]*)[^\s\"]*")


@dataclass(frozen=True, slots=True)
class Differs:
    """Against an undisturbed run: effects that are missing, and those that are there once more."""

    lost: int
    doubled: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Footprint:
    """`made`: new records by place; `changed`: what fields of old records have now, by place and record."""

    made: Mapping[Place, Counter[str]]
    changed: Mapping[Place, Mapping[str, str]]


def dump() -> Dump:
    return sandbox().dump()


def footprint(before: Dump, after: Dump) -> Footprint:
    """What came into being between two dumps. Ids and numbers, which differ from run to run, are blanked."""
    known = _ids(before)
    fresh = sorted((name for name in _ids(after) - known if len(name) < 60), key=len, reverse=True)
    made: dict[Place, Counter[str]] = {}
    changed: dict[Place, dict[str, str]] = {}
    for app, collections in after.items():
        for name, rows in collections.items():
            if name in NOT_RECORDS:
                continue
            old = {_identity(row): row for row in before.get(app, {}).get(name, [])}
            for row in rows:
                was = old.pop(_identity(row), None)
                if was is None:
                    made.setdefault((app, name), Counter())[_blank(row, fresh, known)] += 1
                elif was != row:
                    changed.setdefault((app, name), {})[_identity(row)] = _blank(row, fresh, known)
            for gone in old:
                changed.setdefault((app, name), {})[gone] = "(gone)"
    return Footprint(made, changed)


def made_by(own: AbstractSet[str], before: Dump, after: Dump) -> Footprint:
    """Of what came into being, the records with these ids alone; how they look is not compared."""
    known = _ids(before)
    made: dict[Place, Counter[str]] = {}
    for app, collections in after.items():
        for name, rows in collections.items():
            ours = [row for row in rows if _identity(row) in own - known]
            if ours and name not in NOT_RECORDS:
                made[app, name] = Counter({"": len(ours)})
    return Footprint(made, {})


def compare(right: Footprint, found: Footprint) -> Differs:
    """How `found` differs from what an undisturbed run left."""
    lost = doubled = 0
    words: list[str] = []
    for place in sorted({*right.made, *found.made}):
        wanted, there = right.made.get(place, Counter()), found.made.get(place, Counter())
        many, few = there.total() - wanted.total(), wanted.total() - there.total()
        doubled, lost = doubled + max(0, many), lost + max(0, few)
        if many or wanted != there:
            lost += not many  # as many as wanted, and one of them is not what it should be
            words.append(f"{' '.join(place)}: {there.total()} made instead of {wanted.total()}")
    for place in sorted({*right.changed, *found.changed}):
        wants, has = right.changed.get(place, {}), found.changed.get(place, {})
        off = [key for key in {*wants, *has} if wants.get(key) != has.get(key)]
        lost += len(off)
        words += [f"{' '.join(place)}: {key} is not as it should be" for key in sorted(off)]
    return Differs(lost, doubled, tuple(words))


def _identity(row: Any) -> str:
    if isinstance(row, Mapping):
        for key in ("id", "_id", "uuid"):
            if row.get(key):
                return str(row[key])
    return json.dumps(row, sort_keys=True, default=str)


def _ids(dumped: Dump) -> set[str]:
    return {_identity(row) for rows in dumped.values() for found in rows.values() for row in found}


def _blank(row: Any, fresh: list[str], known: AbstractSet[str]) -> str:
    """The record as text, without what no two runs have in common."""
    text = json.dumps(row, sort_keys=True, default=str)
    for name in fresh:
        text = text.replace(name, "#")
    text = BY_CHANCE.sub(lambda word: word[0] if word[0] in known else "#", LINKS.sub(r"\1", text))
    return NUMBERS.sub("0", text)
