"""Which connectors exist: every module of `integrations.connectors` that defines CONNECTOR. No Django."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from integrations import connectors
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.free_calls import opened
from integrations.engine.spec import Connector, Field, Operation, Trigger


def _found() -> Iterator[Connector]:
    for module in pkgutil.iter_modules(connectors.__path__, f"{connectors.__name__}."):
        candidate = getattr(importlib.import_module(module.name), "CONNECTOR", None)
        if isinstance(candidate, Connector):
            yield opened(candidate)


CONNECTORS: Mapping[str, Connector] = MappingProxyType({found.slug: found for found in _found()})


def connector(slug: str) -> Connector:
    """The connector of that name, or WrongUse with the names there are."""
    try:
        return CONNECTORS[slug]
    except KeyError:
        raise WrongUse(did_you_mean(slug, list(CONNECTORS), "app")) from None


def entries(slug: str | None = None) -> list[dict[str, Any]]:
    """Every action and trigger, of one app or of all, as plain data in a stable order."""
    chosen = CONNECTORS.values() if slug is None else [connector(slug)]
    return [entry for found in chosen for entry in _entries(found)]


def _entries(found: Connector) -> Iterator[dict[str, Any]]:
    for operation in found.operations.values():
        yield _action(found, operation)
    for trigger in found.triggers.values():
        yield _trigger(found, trigger)


def _action(found: Connector, operation: Operation) -> dict[str, Any]:
    return {
        "connector": found.slug,
        "kind": "action",
        "key": operation.key,
        "title": operation.title,
        "method": operation.method,
        "path": operation.path,
        "operation_id": operation.operation_id,
        "scopes": list(operation.scopes),
        "scopes_override": list(operation.scopes_override),
        "version": operation.version,
        "deprecated": operation.deprecated,
        "fields": [_field(field) for field in operation.fields],
        "events": [],
    }


def _trigger(found: Connector, trigger: Trigger) -> dict[str, Any]:
    """`events` are what it tells; `hears`, only here, the app's own event types that feed it."""
    return {
        "connector": found.slug,
        "kind": "trigger",
        "key": trigger.key,
        "title": trigger.title,
        "method": "",
        "path": "",
        "operation_id": "",
        "scopes": list(trigger.scopes),
        "scopes_override": [],
        "version": "",
        "deprecated": False,
        "fields": [_field(field) for field in trigger.fields],
        "events": [key for key, _ in trigger.events],
        "hears": list(trigger.hears),
    }


def _field(field: Field) -> dict[str, Any]:
    """What says nothing is left out, so that a list of two hundred actions stays a list one can read."""
    found: dict[str, Any] = {
        "key": field.key,
        "type": field.type.value,
        "place": field.place.value,
        "required": field.required,
    }
    if field.fills:
        found["fills"] = field.fills
    if field.choices:
        found["choices"] = [key for key, _ in field.choices]
    if field.format:
        found["format"] = field.format
    if field.items:
        found["items"] = field.items.value
    if field.fields:
        found["fields"] = [_field(member) for member in field.fields]
    return found
