"""What an app offers, on shelves: by resource, found by words or by a guide's line."""

from __future__ import annotations

from dataclasses import dataclass, field

from integrations.engine.endpoints import mentions
from integrations.engine.guides import Reading, read_lines
from integrations.engine.spec import Connector, Operation, Procedure

PROCEDURES = "Ready-made"


@dataclass(slots=True)
class Shelf:
    """The operations of one resource, or the app's procedures."""

    title: str
    works: list[Operation | Procedure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought. `reading` is what a guide's line turned out to mean, if it was one."""

    shelves: list[Shelf]
    count: int
    reading: Reading | None = None


def find(connector: Connector, text: str) -> Found:
    """Everything, or what the text names: words of its key, title, path or method, or a guide's endpoint."""
    text = text.strip()
    reading = read_lines(connector, text) if text and mentions(connector, text) else None
    if reading is not None:
        works = [operation for mention in reading.mentions for operation in mention.operations]
        found: list[Operation | Procedure] = list({work.key: work for work in works}.values())
    else:
        everything: list[Operation | Procedure] = [*connector.procedures.values()]
        everything += connector.operations.values()
        found = [work for work in everything if _has(work, text.casefold().split())]
    return Found(_shelves(found), len(found), reading)


def _has(work: Operation | Procedure, words: list[str]) -> bool:
    text = f"{work.key} {work.title}"
    if isinstance(work, Operation):
        text += f" {work.method} {work.path} {work.operation_id}"
    return all(word in text.casefold() for word in words)


def _shelves(works: list[Operation | Procedure]) -> list[Shelf]:
    shelves: dict[str, Shelf] = {}
    for work in works:
        name = work.key.rpartition(".")[0].replace("_", " ") if isinstance(work, Operation) else PROCEDURES
        title = name[:1].upper() + name[1:]
        shelves.setdefault(title, Shelf(title)).works.append(work)
    return list(shelves.values())
