"""The table of calls as a file: JSON in a stable order, so that a diff of two versions reads well."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

from integrations.engine.openapi import Call, Parameter, Table
from integrations.engine.spec import JsonObject

LINE = 110


def write_table(table: Table, keys: Mapping[str, str]) -> str:
    """The table as JSON text in a stable order, one fact a line where it fits. `keys`: call name -> key."""
    document = {
        "operations": [_as_json(call, keys[name]) for name, call in table.calls.items()],
        "schemas": table.schemas,
    }
    return _pretty(document, 0) + "\n"


def _as_json(call: Call, key: str) -> JsonObject:
    found: JsonObject = {
        "key": key,
        "method": call.method,
        "path": call.path,
        "operation_id": call.operation_id,
        "file": call.file,
        "deprecated": call.deprecated,
        "security": {scheme: list(scopes) for scheme, scopes in call.security.items()},
        "headers": {name: list(values) for name, values in call.headers.items()},
        "parameters": [
            {"name": p.name, "in": p.place, "required": p.required, "schema": p.schema}
            for p in call.parameters
        ],
        "answers": {str(status): schema for status, schema in call.answers.items()},
        "refusals": list(call.refusals),
    }
    if call.content:
        found["body"] = {"content": call.content, "required": call.body_required, "schema": call.body}
    return found


def read_table(text: str) -> tuple[Table, dict[str, str]]:
    """What `write_table` wrote: the table, and each call's key by its name."""
    document = json.loads(text)
    calls = {}
    keys = {}
    for raw in document["operations"]:
        call = _from_json(raw)
        calls[call.name] = call
        keys[call.name] = raw["key"]
    return Table(calls=calls, schemas=document["schemas"]), keys


def _from_json(raw: JsonObject) -> Call:
    body = raw.get("body", {})
    return Call(
        file=raw["file"],
        method=raw["method"],
        path=raw["path"],
        operation_id=raw["operation_id"],
        deprecated=raw["deprecated"],
        security={scheme: tuple(scopes) for scheme, scopes in raw["security"].items()},
        headers={name: tuple(values) for name, values in raw["headers"].items()},
        parameters=tuple(
            Parameter(name=p["name"], place=p["in"], required=p["required"], schema=p["schema"])
            for p in raw["parameters"]
        ),
        content=body.get("content", ""),
        body=body.get("schema"),
        body_required=body.get("required", False),
        answers={int(status): schema for status, schema in raw["answers"].items()},
        refusals=tuple(raw["refusals"]),
    )


def _pretty(value: Any, depth: int, before: int = 0) -> str:
    """JSON broken into lines only where a line would be too long, so that a diff reads well.

    `before` is the number of signs that stand before it in its line.
    """
    short = json.dumps(value, ensure_ascii=False)
    fits = depth > 1 and depth + before + len(short) < LINE
    if not isinstance(value, dict | list) or not value or fits:
        return short
    pad, end = " " * (depth + 1), " " * depth
    if isinstance(value, dict):
        names = [json.dumps(key, ensure_ascii=False) + ": " for key in value]
        items = [
            name + _pretty(item, depth + 1, len(name))
            for name, item in zip(names, value.values(), strict=True)
        ]
        return "{\n" + ",\n".join(pad + item for item in items) + "\n" + end + "}"
    if any(isinstance(item, dict | list) for item in value):
        return "[\n" + ",\n".join(pad + _pretty(item, depth + 1) for item in value) + "\n" + end + "]"
    words = textwrap.fill(short[1:-1], LINE - depth, break_long_words=False, break_on_hyphens=False)
    return "[\n" + textwrap.indent(words, pad) + "\n" + end + "]"
