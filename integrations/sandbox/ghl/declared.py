"""The 187 calls as the official files declare them, and the rules that the simulation holds requests to.

The table is the connector's own, with what is wrong in the files mended; `deviations` says where the vendor
does something else again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from integrations.connectors.ghl.overrides import CALLS, MENDED, scopes_override
from integrations.engine.openapi import Call as Declared
from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.checks import ANYTHING, Rule, Shape, need, shaped
from integrations.sandbox.ghl.deviations import DEVIATIONS

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
NUMBER_BOUNDS = ("minimum", "maximum")
TEXT_BOUNDS = ("minLength", "maxLength")
LIST_BOUNDS = ("minItems", "maxItems")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One call. `audiences`: kinds of token that it takes. `body` None: it takes none."""

    key: str
    method: str
    path: str
    scopes: frozenset[str]
    audiences: frozenset[str]
    success: int
    versioned: bool
    content: str
    query: Shape
    body: Rule | None


@cache
def contract(key: str) -> Contract:
    """The call with this key of the connector's table."""
    call = CALLS[key]
    body = rule_of(call.body, top=True) if call.content else None
    query = {p.name: _parameter(p.required, p.schema) for p in call.parameters if p.place == "query"}
    whole = shaped({"query": shaped(query), "body": body or ANYTHING})
    for deviation in DEVIATIONS:
        if key in deviation.calls:
            whole = _with(whole, deviation.field.replace("[]", ".[]").split("."), deviation.rule)
    held = whole.shape or {}
    return Contract(
        key=key,
        method=call.method,
        path=call.path,
        scopes=frozenset((*call.scopes, *scopes_override(call))),
        audiences=_audiences(call),
        success=max(call.answers),
        versioned=bool(call.headers),
        content=call.content,
        query=held["query"].shape or {},
        body=held["body"] if body else None,
    )


def _with(rule: Rule, path: list[str], change: Rule) -> Rule:
    """The rule with one member of it exchanged, or added."""
    if not path:
        return change
    name, rest = path[0], path[1:]
    if name == "[]":
        return replace(rule, items=_with(rule.items or ANYTHING, rest, change))
    members = dict(rule.shape or {})
    return replace(rule, shape={**members, name: _with(members.get(name, ANYTHING), rest, change)})


def every_scope() -> set[str]:
    """All that any call asks for."""
    return {scope for key in CALLS for scope in contract(key).scopes}


@cache
def answer_schema(key: str) -> JsonObject:
    """The schema of the successful answer; {} where the files declare none."""
    call = CALLS[key]
    return MENDED.resolve(call.answers[max(call.answers)])


def rule_of(schema: JsonObject | None, *, top: bool = False) -> Rule:
    """A schema as a rule. A body that is declared as an object without members takes none."""
    found = MENDED.resolve(schema)
    parts = found.get("anyOf") or found.get("oneOf")
    if parts:
        return _either([rule_of(part) for part in parts])
    kind = {"integer": "number"}.get(found.get("type", ""), found.get("type", "any"))
    if kind == "object" or "properties" in found:
        return _object(found, top)
    if kind not in ("string", "number", "boolean", "array"):
        return ANYTHING
    low, high = _bounds(found, {"number": NUMBER_BOUNDS, "array": LIST_BOUNDS}.get(kind, TEXT_BOUNDS))
    return Rule(
        kind=kind,
        nullable=bool(found.get("nullable")),
        choices=tuple(found.get("enum", ())),
        low=low,
        high=high,
        pattern=found.get("pattern", ""),
        items=rule_of(found["items"]) if isinstance(found.get("items"), dict) else None,
    )


def _object(schema: JsonObject, top: bool) -> Rule:
    members: Mapping[str, Any] = schema.get("properties") or {}
    required = schema.get("required", ())
    shape = {
        name: need(rule_of(member)) if name in required else rule_of(member)
        for name, member in members.items()
    }
    return Rule(kind="object", nullable=bool(schema.get("nullable")), shape=shape if shape or top else None)


def _either(rules: list[Rule]) -> Rule:
    """Alternatives of one field, as one rule: an object's members together, anything where they differ."""
    first = rules[0]
    if all(rule == first for rule in rules):
        return first
    if not all(rule.kind == "object" and rule.shape for rule in rules):
        return ANYTHING
    shapes = [rule.shape or {} for rule in rules]
    names = dict.fromkeys(name for shape in shapes for name in shape)
    return Rule(kind="object", shape={name: _member(name, shapes) for name in names})


def _member(name: str, shapes: list[Shape]) -> Rule:
    found = [shape[name] for shape in shapes if name in shape]
    everywhere = len(found) == len(shapes) and all(member.required for member in found)
    return replace(_either([replace(member, required=False) for member in found]), required=everywhere)


def _parameter(required: bool, schema: JsonObject) -> Rule:
    return need(rule_of(schema)) if required else rule_of(schema)


def _bounds(schema: JsonObject, names: tuple[str, str]) -> tuple[float | None, float | None]:
    return schema.get(names[0]), schema.get(names[1])


def _audiences(call: Declared) -> frozenset[str]:
    """A scheme that names no audience is read as the location's: the calls that have it are about one."""
    found = {"agency" if "Agency" in scheme else "location" for scheme in call.security}
    return frozenset(found or {"location"})
