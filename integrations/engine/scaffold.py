"""A connector file to edit, made from any OpenAPI 3 document: what the document says, and nothing more.

What no such document tells (whether a write may be repeated, how fast one may call, which list an operator
picks from) is written as the most careful guess, each with a comment that asks for the fact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

from integrations.engine.declared import answer_of, example_of, record_of, request_fields, result_of
from integrations.engine.errors import WrongUse
from integrations.engine.openapi import Call, Table, read_documents
from integrations.engine.spec import Field, JsonObject, Kind, Operation, Place, Proof, ProofKind

WIDTH = 110
KINDS = {
    "GET": Kind.READ,
    "POST": Kind.CREATE,
    "PUT": Kind.UPDATE,
    "PATCH": Kind.UPDATE,
    "DELETE": Kind.DELETE,
}
ENCODINGS = {
    "": "none",
    "application/json": "json",
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
}
WORDS = {"email": "ada@example.org", "name": "Ada Lovelace", "date": "2026-02-03T14:05:00Z", "id": "1001"}
NOT_KNOWN = "not known: the OpenAPI document does not say whether a repeat is harmless"
BY_METHOD = "RFC 9110, 9.2.2: {method} is idempotent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One way to sign in, as source text: the `Auth`'s key, title, fields, and the function that signs."""

    key: str
    title: str
    secrets: str
    sign: str
    setup: str
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffold:
    """The file's text, what it offers, and what was left out with why, a sentence each."""

    source: str
    operations: int
    left_out: tuple[str, ...]


def scaffold(document: JsonObject, slug: str, title: str = "", base_url: str = "") -> Scaffold:
    """Raises WrongUse for what is no OpenAPI 3 document, and for one that no connector can be made of."""
    table = read_documents([f"{slug}.json"], lambda path: document)
    base = base_url or _server(document)
    if not re.fullmatch(r"https://[^/\s{}]+[^\s{}]*", base):
        raise WrongUse("The document names no https address of the app; give it with --base-url.")
    made, left_out = _operations(table)
    if not made:
        raise WrongUse("There is no call in this document that the hub could make.")
    proving = next((o for o in made if o.kind is Kind.READ and not any(f.required for f in o.fields)), None)
    proving = proving or next((o for o in made if o.kind is Kind.READ), None)
    if proving is None:
        raise WrongUse(
            "There is no call in this document that only reads, and one has to prove a connection."
        )
    name = title or str(document.get("info", {}).get("title", "")) or slug.replace("_", " ").title()
    source = _file(slug, " ".join(name.split()), base.rstrip("/"), _doors(document), made, proving)
    return Scaffold(source=source, operations=len(made), left_out=tuple(left_out))


def _server(document: JsonObject) -> str:
    for server in document.get("servers") or ():
        url = str(server.get("url", ""))
        for key, variable in (server.get("variables") or {}).items():
            url = url.replace("{" + key + "}", str(variable.get("default", "")))
        return url
    return ""


# --- operations -----------------------------------------------------------------------------------


def _operations(table: Table) -> tuple[list[Operation], list[str]]:
    made: list[Operation] = []
    left_out = []
    keys: set[str] = set()
    for call in table.calls.values():
        if call.method not in KINDS:
            left_out.append(f"{call.name}: the hub does not make {call.method} calls.")
        elif call.content not in ENCODINGS:
            left_out.append(f"{call.name}: a body of {call.content} is not supported.")
        else:
            operation = _operation(table, call, _free(_key(call), keys))
            keys.add(operation.key)
            made.append(operation)
    return made, left_out


def _operation(table: Table, call: Call, key: str) -> Operation:
    kind = KINDS[call.method]
    schema = answer_of(call)
    result = result_of(table, schema)
    sample = example_of(table, schema, WORDS) if schema else {}
    record = record_of(table, schema, result)
    return Operation(
        key=key,
        title=_title(call),
        method=call.method,
        path=re.sub(r"{([^}]*)}", lambda found: "{" + _name(found[1]) + "}", call.path),
        kind=kind,
        fields=_fields(table, call),
        headers=tuple((name, values[0]) for name, values in call.headers.items() if values),
        encoding=ENCODINGS[call.content],
        body_list=table.resolve(call.body).get("type") == "array",
        success=tuple(sorted(call.answers)) or (200,),
        result=result,
        record_id="id" if kind is not Kind.DELETE and "id" in record.get("properties", {}) else "",
        proof=None if kind is Kind.READ else _proof(call),
        sample=sample if isinstance(sample, dict | list) else {},
        operation_id=call.operation_id,
        deprecated=call.deprecated,
        source="the app's OpenAPI document",
    )


def _proof(call: Call) -> Proof:
    if call.method in ("PUT", "DELETE"):
        return Proof(kind=ProofKind.IDEMPOTENT, source=BY_METHOD.format(method=call.method))
    return Proof(kind=ProofKind.NONE, source=NOT_KNOWN)


def _fields(table: Table, call: Call) -> tuple[Field, ...]:
    """In the path's order, then the others, each name once; a placeholder that nobody declared is a text."""
    found = {
        name: Field(key=name, place=Place.PATH, required=True)
        for name in map(_name, re.findall(r"{([^}]*)}", call.path))
    }
    for field in request_fields(table, call):
        key = _name(field.key) if field.place is Place.PATH else field.key
        if field.place is not Place.PATH and key in found:
            continue
        if field.place is not Place.PATH or key in found:
            found[key] = _renamed(field, key)
    return tuple(found.values())


def _renamed(field: Field, key: str) -> Field:
    words = {part.name: getattr(field, part.name) for part in fields(field)}
    return Field(**{**words, "key": key})


def _key(call: Call) -> str:
    """The call's own name as a key; its method and path where it has none."""
    words = call.operation_id or f"{call.method} {call.path}"
    key = "_".join(_words(words)).lower()
    return key if key[:1].isalpha() else f"call_{key}"


def _free(key: str, taken: set[str]) -> str:
    return next(k for k in (key, *(f"{key}_{n}" for n in range(2, 1000))) if k not in taken)


def _name(text: str) -> str:
    return "_".join(re.findall(r"\w+", text)) or "value"


def _title(call: Call) -> str:
    words = " ".join(_words(call.operation_id)).lower() if call.operation_id else call.name
    return words[:1].upper() + words[1:]


def _words(text: str) -> list[str]:
    """ "getUser-byID" -> get, User, by, ID."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text) or ["call"]


# --- signing in -----------------------------------------------------------------------------------


def _doors(document: JsonObject) -> list[Door]:
    schemes = document.get("components", {}).get("securitySchemes", {})
    found = {door.key: door for raw in schemes.values() if isinstance(raw, dict) for door in _door(raw)}
    return list(found.values()) or list(_door({"type": "http", "scheme": "bearer"}))


def _door(raw: Mapping[str, Any]) -> Iterator[Door]:
    kind = (raw.get("type"), str(raw.get("scheme", "")).lower(), raw.get("in"))
    key = '(Field(key="api_key", label="API key", secret=True, required=True),)'
    name = json.dumps(str(raw.get("name", "")))
    match kind:
        case ("apiKey", _, "header"):
            yield Door(
                key="api_key",
                title="API key",
                secrets=key,
                sign=f'lambda secrets: {{{name}: secrets["api_key"]}}',
                setup="Copy an API key from the app's settings.",
            )
        case ("apiKey", _, "query"):
            yield Door(
                key="api_key_in_address",
                title="API key in the address",
                secrets=key,
                sign="lambda secrets: {}",
                query=f'lambda secrets, settings: {{{name}: secrets["api_key"]}}',
                setup="Copy an API key from the app's settings.",
            )
        case ("http", "basic", _):
            yield Door(
                key="basic",
                title="User name and password",
                secrets='(Field(key="username", label="User name", required=True), '
                'Field(key="password", label="Password", secret=True, required=True))',
                sign="basic",
                setup="Enter the user name and password that the app's API takes.",
            )
        case ("http", _, _) | ("oauth2", _, _) | ("openIdConnect", _, _):
            yield Door(
                key="token",
                title="Access token",
                secrets='(Field(key="access_token", label="Access token", secret=True, required=True),)',
                sign='lambda secrets: {"Authorization": f"Bearer {secrets[\'access_token\']}"}',
                setup="Copy an access token from the app's settings.",
            )


# --- the file -------------------------------------------------------------------------------------

HEAD = '''"""{title}: made from its OpenAPI document. Edit it: this file is yours.

What the document cannot tell is guessed with care and marked EDIT.
"""

from __future__ import annotations
{imports}
from integrations.engine.refusals import by_status
from integrations.engine.spec import (
{words})

BASE_URL = {base}
'''
IMPORTED = (
    "Auth", "Connector", "Field", "FieldType", "Kind", "Limit", "Operation", "Place", "Proof", "ProofKind",
    "Quota", "Verify",
)  # fmt: skip
BASIC = """

def basic(secrets: Mapping[str, str]) -> Mapping[str, str]:
    pair = f"{secrets['username']}:{secrets['password']}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}
"""
TAIL = """
CONNECTOR = Connector(
    slug={slug},
    title={title},
    summary={summary},
    hosts={{"": BASE_URL}},
    auths=AUTHS,
    # EDIT: the call that proves a connection, and the sentence that tells whose it is.
    verify=Verify(operation={verify}, say=lambda answer: {said}),
    # EDIT: where the app's refusals have a shape of their own, read it.
    refusal=by_status({title}),
    # EDIT: the app's real limits, and whose they are. Until then at most one call a second.
    quota=Quota(
        limits=(Limit(count=60, window_s=60),),
        scope=lambda account: account.name,
        source="not known: a careful guess",
    ),
    operations={{operation.key: operation for operation in OPERATIONS}},
)
"""


def _file(
    slug: str,
    title: str,
    base: str,
    doors: Sequence[Door],
    operations: Sequence[Operation],
    proving: Operation,
) -> str:
    basic = any(door.sign == "basic" for door in doors)
    body = "".join(
        (
            BASIC if basic else "",
            "\n\nAUTHS = (\n" if basic else "\nAUTHS = (\n",
            *(_auth(door) for door in doors),
            ")\n\nOPERATIONS = (\n",
            *(f"    {literal(operation, 4)},\n" for operation in operations),
            ")\n",
            TAIL.format(
                slug=literal(slug),
                title=literal(title),
                summary=literal(f"{title}, as its OpenAPI document declares it."),
                verify=literal(proving.key),
                said=literal(f"{title} answered."),
            ),
        )
    )
    imports = "\nfrom base64 import b64encode\nfrom collections.abc import Mapping\n" if basic else ""
    words = "".join(f"    {word},\n" for word in IMPORTED if re.search(rf"\b{word}[.(]", body))
    return HEAD.format(title=_plain(title), base=literal(base), imports=imports, words=words) + body


def _auth(door: Door) -> str:
    lines = [
        f"key={literal(door.key)}",
        f"title={literal(door.title)}",
        f"sign={door.sign}",
        *([f"sign_query={door.query}"] if door.query else []),
        f"secrets={door.secrets}",
        f"setup=({literal(door.setup)},)",
    ]
    return "    Auth(\n" + "".join(f"        {line},\n" for line in lines) + "    ),\n"


def _plain(text: str) -> str:
    return text.replace("\\", "").replace('"', "'")


def literal(value: Any, indent: int = 0, before: int = 0) -> str:
    """Python source for a value made of spec's words, dicts, sequences and plain values.

    What holds its default is left out; what fits on a line stands on one. `before` counts the characters that
    stand before it on that line.
    """
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if is_dataclass(value):
        parts = [
            f"{part.name}={literal(getattr(value, part.name), indent + 4, len(part.name) + 1)}"
            for part in _said(value)
        ]
        return _bracketed(f"{type(value).__name__}(", parts, ")", indent, before)
    if isinstance(value, Mapping):
        names = {literal(key): part for key, part in value.items()}
        parts = [f"{name}: {literal(part, indent + 4, len(name) + 2)}" for name, part in names.items()]
        return _bracketed("{", parts, "}", indent, before)
    if isinstance(value, tuple):
        parts = [literal(part, indent + 4) for part in value]
        one = len(parts) == 1 and "\n" not in parts[0]
        return f"({parts[0]},)" if one else _bracketed("(", parts, ")", indent, before)
    if isinstance(value, list):
        return _bracketed("[", [literal(part, indent + 4) for part in value], "]", indent, before)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _said(value: Any) -> Iterator[Any]:
    for part in fields(value):
        given = getattr(value, part.name)
        default = part.default_factory() if part.default_factory is not MISSING else part.default
        if given != default and not callable(given):
            yield part


def _bracketed(opening: str, parts: Sequence[str], closing: str, indent: int, before: int) -> str:
    line = opening + ", ".join(parts) + closing
    if "\n" not in line and indent + before + len(line) < WIDTH:
        return line
    space = " " * (indent + 4)
    return opening + "\n" + "".join(f"{space}{part},\n" for part in parts) + " " * indent + closing
