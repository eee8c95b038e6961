"""Small edits to an OpenAPI document. Each says what stood there before; if that is not so, it is stale."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

JsonObject = dict[str, Any]
Place = tuple[str, ...]

MISSING = object()
WHATEVER = object()
LONGEST = 60


class Stale(Exception):
    """The document is not as the edit expects it: the defect was mended, or moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """At `place`, `before` becomes `after`; MISSING: nothing stands there, WHATEVER: something does.

    `place` holds keys from the document's root; in a list of parameters, a parameter's name.
    """

    place: Place
    before: Any
    after: Any

    def apply(self, document: JsonObject) -> None:
        node: Any = document
        for key in self.place[:-1]:
            node = _step(node, key)
        last = self.place[-1]
        if not isinstance(node, dict) or not self._expects(node.get(last, MISSING)):
            raise Stale(self.told())
        if self.after is MISSING:
            del node[last]
        else:
            node[last] = self.after

    def _expects(self, found: Any) -> bool:
        return found is not MISSING if self.before is WHATEVER else bool(found == self.before)

    def told(self) -> str:
        return f"{' > '.join(self.place)}: {_shown(self.before)} -> {_shown(self.after)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """At `place` a key gets another name; what it holds stays."""

    place: Place
    before: str
    after: str

    def apply(self, document: JsonObject) -> None:
        node: Any = document
        for key in self.place:
            node = _step(node, key)
        if not isinstance(node, dict) or self.before not in node:
            raise Stale(self.told())
        node[self.after] = node.pop(self.before)

    def told(self) -> str:
        return f"{' > '.join(self.place)}: {self.before} is called {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declare:
    """The operation at `place` gets a path parameter that its path names and its list lacks."""

    place: Place
    name: str
    schema: JsonObject

    def apply(self, document: JsonObject) -> None:
        method, path = self.place
        call = document["paths"].get(path, {}).get(method)
        if call is None or "{" + self.name + "}" not in path:
            raise Stale(self.told())
        known = call.setdefault("parameters", [])
        if any((one["in"], one["name"]) == ("path", self.name) for one in known):
            raise Stale(self.told())
        known.append({"name": self.name, "in": "path", "required": True, "schema": self.schema})

    def told(self) -> str:
        return f"{self.place[0].upper()} {self.place[1]}: path parameter {self.name} declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The JSON bodies of all requests take no property that they do not declare."""

    def apply(self, document: JsonObject) -> None:
        closed = [_close(schema) for schema in _request_schemas(document)]
        if not any(closed):
            raise Stale(self.told())

    def told(self) -> str:
        return "every request body: no properties but those declared"


Change = Edit | Rename | Declare | Closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Changes to one file (its name without .json), for one reason."""

    file: str
    why: str
    changes: Sequence[Change]


def typed(schema: str, properties: str, before: str, after: str) -> tuple[Edit, ...]:
    """Properties of a schema (their names with blanks between) get another type."""
    return tuple(
        Edit(place=_property(schema, name, "type"), before=before, after=after) for name in properties.split()
    )


def exampled(schema: str, name: str, before: str, after: bool) -> Edit:
    """A boolean's example is a boolean."""
    return Edit(place=_property(schema, name, "example"), before=before, after=after)


def items(schema: str, name: str, before: JsonObject, after: JsonObject) -> Edit:
    """A list's items get another schema."""
    return Edit(place=_property(schema, name, "items"), before=before, after=after)


def dropped(schema: str, name: str, key: str) -> Edit:
    """A word of a property's schema is taken away."""
    return Edit(place=_property(schema, name, key), before=WHATEVER, after=MISSING)


def demanded(schema: str, before: list[str], after: list[str]) -> Edit:
    """The list of a schema's required properties; [] takes it away."""
    place = ("components", "schemas", schema, "required")
    return Edit(place=place, before=before or MISSING, after=after or MISSING)


def renamed(schema: str, name: str, *rest: str) -> Rename:
    """A word in a property's schema becomes another: the last two of `rest`."""
    *inner, before, after = rest
    return Rename(place=_property(schema, name, *inner), before=before, after=after)


def in_call(call: str, *rest: str, before: Any, after: Any) -> Edit:
    """Somewhere under an operation: "GET /contacts/"."""
    method, path = call.split(" ")
    return Edit(place=("paths", path, method.lower(), *rest), before=before, after=after)


def declare(call: str, name: str, *choices: str) -> Declare:
    method, path = call.split(" ")
    schema: JsonObject = {"type": "string", "enum": list(choices)} if choices else {"type": "string"}
    return Declare(place=(method.lower(), path), name=name, schema=schema)


def _step(node: Any, key: str) -> Any:
    if isinstance(node, list):
        return next((one for one in node if isinstance(one, dict) and one.get("name") == key), MISSING)
    return node.get(key, MISSING) if isinstance(node, dict) else MISSING


def _property(schema: str, name: str, *rest: str) -> Place:
    return ("components", "schemas", schema, "properties", name, *rest)


def _request_schemas(document: JsonObject) -> Iterator[JsonObject]:
    for path in document["paths"].values():
        for call in path.values():
            content = call.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            schema = schema.get("items", schema)
            name = schema.get("$ref", "").removeprefix("#/components/schemas/")
            yield document["components"]["schemas"][name] if name else schema


def _close(schema: JsonObject) -> bool:
    """One that is used twice is closed once. An empty schema says nothing, and is left open."""
    if not schema.get("properties") or "additionalProperties" in schema:
        return False
    schema["additionalProperties"] = False
    return True


def _shown(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    text = "something" if value is WHATEVER else json.dumps(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
