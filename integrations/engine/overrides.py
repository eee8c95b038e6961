"""Deviations from a vendor's own files, each with its evidence: laid over the table, never edited into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from integrations.engine.openapi import Call, Parameter, Table
from integrations.engine.spec import Deviation, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Override(Deviation):
    """A deviation that can be laid over the table.

    Of a schema: `properties` take the place of members or are added, `optional` are no longer required. Of a
    call: `parameters` are added, `without` names parameters left out, `headers` and `scopes` are added,
    `body` and `answers` take the place of the declared ones.
    """

    properties: Mapping[str, JsonObject] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    without: tuple[str, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    body: JsonObject | None = None
    answers: Mapping[int, JsonObject | None] = field(default_factory=dict)


def mended(table: Table, overrides: Iterable[Override]) -> Table:
    """The table with the overrides laid over it; what they name and the table lacks is passed over."""
    calls, schemas = dict(table.calls), dict(table.schemas)
    for override in overrides:
        for name in override.at:
            if name in calls:
                calls[name] = _call(calls[name], override)
            elif name in schemas:
                schemas[name] = _schema(schemas[name], override)
    return Table(calls=calls, schemas=schemas)


def _call(call: Call, override: Override) -> Call:
    kept = [p for p in call.parameters if p.name not in override.without]
    return replace(
        call,
        parameters=(*kept, *override.parameters),
        headers={**call.headers, **override.headers},
        body=call.body if override.body is None else override.body,
        answers={**call.answers, **override.answers},
    )


def _schema(schema: JsonObject, override: Override) -> JsonObject:
    return {
        **schema,
        "properties": {**schema.get("properties", {}), **override.properties},
        "required": [name for name in schema.get("required", ()) if name not in override.optional],
    }
