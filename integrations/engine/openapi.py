"""An OpenAPI 3 document as plain facts: what can be called, with what, and what comes back.

Only facts are kept, no sentences and no examples. A schema stays a JSON object in OpenAPI's own words, cut
down to those of KEPT; a `$ref` holds the schema's name in the table, "<file>/<schema>".
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import JsonObject

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
JSON = "application/json"
KEPT = (
    "type", "format", "enum", "nullable", "default", "minimum", "maximum", "minLength", "maxLength",
    "minItems", "maxItems", "pattern", "deprecated", "readOnly", "writeOnly", "required",
)  # fmt: skip

Load = Callable[[str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """`place` is "path" or "query"; `schema` is a cut-down schema object."""

    name: str
    place: str
    required: bool
    schema: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One operation as its document declares it.

    `security`: scheme name -> scopes, all alternatives together ({}: none declared). `headers`: name of each
    header parameter but Authorization -> the values its enum allows. `content` is the body's media type (""
    where there is no body). `answers`: success status -> schema, None where the document gives none.
    `refusals` are the other statuses declared.
    """

    file: str
    method: str
    path: str
    operation_id: str
    deprecated: bool = False
    security: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    content: str = ""
    body: JsonObject | None = None
    body_required: bool = False
    answers: Mapping[int, JsonObject | None] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """ "POST /contacts/": unique in a table, unlike operation ids."""
        return f"{self.method} {self.path}"

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(scope for scopes in self.security.values() for scope in scopes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The calls of several documents by name ("POST /contacts/"), and the schemas that they reach."""

    calls: Mapping[str, Call]
    schemas: Mapping[str, JsonObject]

    def resolve(self, schema: JsonObject | None) -> JsonObject:
        """The schema itself, wherever a `$ref` points; {} where there is none."""
        while schema and "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        return schema or {}


# --- documents ------------------------------------------------------------------------------------


def read_documents(paths: Sequence[str], load: Load) -> Table:
    """The table of the documents at `paths`. `load` gives the parsed JSON of a path.

    Refs to other files are followed relative to the file they stand in. Raises WrongUse for what is no
    OpenAPI 3 document, for a ref that leads nowhere, and for a call declared twice.
    """
    reader = _Reader(load)
    calls: dict[str, Call] = {}
    for path in paths:
        for call in reader.calls(path):
            if call.name in calls:
                raise WrongUse(f"{call.name} stands in {calls[call.name].file} and again in {call.file}.")
            calls[call.name] = call
    ordered = sorted(calls.values(), key=lambda call: (call.file, call.path, call.method))
    schemas = {name: reader.schemas[name] for name in sorted(reader.schemas)}
    return Table(calls={call.name: call for call in ordered}, schemas=schemas)


class _Reader:
    """Reads documents, and remembers the named schemas met on the way."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._documents: dict[str, JsonObject] = {}
        self.schemas: dict[str, JsonObject] = {}

    def _document(self, path: str) -> JsonObject:
        if path not in self._documents:
            found = self._load(path)
            if not isinstance(found, dict) or not str(found.get("openapi", "")).startswith("3."):
                raise WrongUse(f"{path} is no OpenAPI 3 document.")
            self._documents[path] = found
        return self._documents[path]

    def calls(self, path: str) -> Iterator[Call]:
        for address, item in self._document(path).get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    yield self._call(path, address, method, item)

    def _call(self, path: str, address: str, method: str, item: JsonObject) -> Call:
        raw = item[method]
        given = [self._part(path, p) for p in (*item.get("parameters", ()), *raw.get("parameters", ()))]
        content, body, body_required = self._body(path, raw)
        responses = {str(s): self._part(path, r) for s, r in raw.get("responses", {}).items()}
        security = raw.get("security", self._document(path).get("security")) or ()
        return Call(
            file=stem(path),
            method=method.upper(),
            path=address,
            operation_id=raw.get("operationId", ""),
            deprecated=bool(raw.get("deprecated", False)),
            security=_merged(security),
            headers={
                p["name"]: tuple(map(str, self.schema(path, p.get("schema", {})).get("enum", ())))
                for p in given
                if p["in"] == "header" and p["name"].lower() != "authorization"
            },
            parameters=tuple(self._parameter(path, p) for p in given if p["in"] in ("path", "query")),
            content=content,
            body=body,
            body_required=body_required,
            answers={
                int(status): self._content(path, response)[1]
                for status, response in responses.items()
                if status.isdigit() and 200 <= int(status) < 300
            },
            refusals=tuple(int(s) for s in responses if s.isdigit() and int(s) >= 300),
        )

    def _parameter(self, path: str, raw: JsonObject) -> Parameter:
        # Some documents put what belongs into the parameter's schema beside it.
        beside = {key: raw[key] for key in ("anyOf", "oneOf", "allOf", "enum") if key in raw}
        return Parameter(
            name=raw["name"],
            place=raw["in"],
            required=bool(raw.get("required", False)) or raw["in"] == "path",
            schema=self.schema(path, {**raw.get("schema", {}), **beside}),
        )

    def _body(self, path: str, raw: JsonObject) -> tuple[str, JsonObject | None, bool]:
        if "requestBody" not in raw:
            return "", None, False
        body = self._part(path, raw["requestBody"])
        content, schema = self._content(path, body)
        return content, schema, bool(body.get("required", False))

    def _content(self, path: str, part: JsonObject) -> tuple[str, JsonObject | None]:
        """Media type and schema; JSON where there is a choice."""
        by_type = part.get("content") or {}
        if not by_type:
            return "", None
        media = JSON if JSON in by_type else next(iter(by_type))
        schema = by_type[media].get("schema")
        return media, None if schema is None else self.schema(path, schema)

    def _part(self, path: str, raw: JsonObject) -> JsonObject:
        """A parameter, body or response, wherever its `$ref` points."""
        while "$ref" in raw:
            path, raw = self._target(path, raw["$ref"])
        return raw

    def schema(self, path: str, raw: Any) -> JsonObject:
        """A schema cut down to its facts. Named ones are stored once, under their name."""
        if not isinstance(raw, dict):
            return {}
        if "$ref" in raw:
            return {"$ref": self._named(path, raw["$ref"])}
        every = raw.get("allOf", ())
        if len(every) == 1 and not raw.get("properties"):  # how a note is hung on a ref
            return {**self.schema(path, every[0]), **({"nullable": True} if raw.get("nullable") else {})}
        found: JsonObject = {key: raw[key] for key in KEPT if key in raw and _says(key, raw[key])}
        if "properties" in raw:
            found["properties"] = {key: self.schema(path, part) for key, part in raw["properties"].items()}
        for key in ("items", "additionalProperties"):
            if isinstance(raw.get(key), dict):
                found[key] = self.schema(path, raw[key])
            elif isinstance(raw.get(key), bool):
                found[key] = raw[key]
        for key in ("anyOf", "oneOf", "allOf"):
            if raw.get(key):
                found[key] = [self.schema(path, part) for part in raw[key]]
        return found

    def _named(self, path: str, ref: str) -> str:
        where, raw = self._target(path, ref)
        name = f"{stem(where)}/{ref.rsplit('/', 1)[-1]}"
        if name not in self.schemas:
            self.schemas[name] = {}  # stands here while it is read: schemas may hold themselves
            self.schemas[name] = self.schema(where, raw)
        return name

    def _target(self, path: str, ref: str) -> tuple[str, JsonObject]:
        file, _, pointer = ref.partition("#")
        where = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
        found: Any = self._document(where)
        for part in pointer.strip("/").split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            found = found.get(part) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise WrongUse(f"{path} refers to {ref}, and there is nothing.")
        return where, found


def _says(key: str, value: Any) -> bool:
    """Whether a value says anything: false, null and an empty list do so only as defaults."""
    return key == "default" or not (value is None or value is False or value == [])


def _merged(security: Sequence[Mapping[str, Sequence[str]]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for alternative in security:
        for scheme, scopes in alternative.items():
            found[scheme] = tuple(dict.fromkeys((*found.get(scheme, ()), *scopes)))
    return found


def stem(path: str) -> str:
    """ "apps/contacts.json" -> "contacts"."""
    return posixpath.basename(path).rsplit(".", 1)[0]
