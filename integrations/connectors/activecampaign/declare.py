"""Short words for declaring calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.connectors.activecampaign.address import API
from integrations.engine.spec import Field, FieldType, JsonObject, Kind, Operation, Place, Proof

SOURCE = "official OpenAPI, version 3"
KINDS = {"GET": Kind.READ, "POST": Kind.CREATE, "PUT": Kind.UPDATE, "DELETE": Kind.DELETE}


def call(
    key: str, title: str, line: str, *fields: Field, proof: Proof | None = None, **more: Any
) -> Operation:
    """One operation; `line` is "METHOD /path" below /api/3. A DELETE has no record."""
    method, path = line.split()
    given = {"kind": KINDS[method], "success": (200, 201), "source": SOURCE, **more}
    if method == "DELETE":
        given = {"result": "@", "record_id": "", "sample": {}, **given}
    return Operation(
        key=key, title=title, method=method, path=API + path, fields=fields, proof=proof, **given
    )


def lists(
    key: str,
    title: str,
    path: str,
    rows: str,
    row: JsonObject,
    *filters: Field,
    beside: Mapping[str, Any] | None = None,
) -> Operation:
    """A list: its rows stand under the resource's name, beside `meta.total`, which is text."""
    sample = {rows: [row], **(beside or {}), "meta": {"total": "1"}}
    return call(key, title, f"GET {path}", *filters, *PAGE, record_id="", sample=sample)


def by_key(operations: Iterable[Operation]) -> dict[str, Operation]:
    return {operation.key: operation for operation in operations}


def inside(key: str, label: str = "", **more: Any) -> Field:
    return Field(key=key, label=label, place=Place.PATH, required=True, **more)


def asked(key: str, label: str = "", **more: Any) -> Field:
    return Field(key=key, label=label, place=Place.QUERY, **more)


PAGE = (
    asked("limit", "Rows a page", type=FieldType.INTEGER, help="At most 100; 20 unless told otherwise."),
    asked("offset", "Leave out the first", type=FieldType.INTEGER),
)
ID = inside("id", "Id")
