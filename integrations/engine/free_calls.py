"""Calls that no catalogue has: an operation made from what an operator typed.

    http GET /v1/things/{id}
    http POST /v1/things/search reads
    http PUT /v1/things/{id} repeatable
    http POST /v1/things form id=data.id

The line is the operation's key, so that wherever a key is kept (a draft, the ledger, a plan) it says all
that there is to know. Only the path is told, never a host: the call goes to the connection's own address,
signed as the app's other calls are, within its quota.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from integrations.engine.errors import HubError, WrongUse, did_you_mean
from integrations.engine.expressions import parsed
from integrations.engine.spec import (
    Connector,
    Field,
    FieldType,
    Kind,
    Operation,
    Place,
    Proof,
    ProofKind,
)

PREFIX = "http "
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LONGEST = 200  # of a key: it is kept with every call
READS, REPEATABLE, FORM, ID = "reads", "repeatable", "form", "id="
WORDS = (READS, REPEATABLE, FORM)
PARTS = ("query", "headers", "body")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_]\w{0,39}", re.ASCII)

_KINDS = {
    "GET": Kind.READ,
    "POST": Kind.CREATE,
    "PUT": Kind.UPDATE,
    "PATCH": Kind.UPDATE,
    "DELETE": Kind.DELETE,
}
_QUERY = Field(
    key="query",
    label="Parameters of the address",
    type=FieldType.OBJECT,
    place=Place.QUERY,
    spread=True,
    help="Add query.page for ?page=…",
)
_HEADERS = Field(
    key="headers",
    label="Headers",
    type=FieldType.OBJECT,
    place=Place.HEADER,
    spread=True,
    help="Add headers.Accept-Language and the like; the connection signs by itself.",
)
_BODY = Field(
    key="body",
    label="Body",
    type=FieldType.OBJECT,
    spread=True,
    help="Add body.name, body.address.city and so on.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeCall:
    """What an operator says of a call. `reads`: it changes nothing, whatever its method.

    `repeatable`: made twice it is as if it had been made once. `id` is a JMESPath to the record's id in the
    answer ("": there is none to be remembered). `form` sends the body as a form instead of JSON.
    """

    method: str
    path: str
    reads: bool = False
    repeatable: bool = False
    form: bool = False
    id: str = ""

    @property
    def key(self) -> str:
        words = [READS] * (self.reads and self.method != "GET") + [REPEATABLE] * self.repeatable
        words += [FORM] * self.form + [f"{ID}{self.id}"] * bool(self.id)
        return " ".join([f"{PREFIX}{self.method}", self.path, *words])


def is_free(key: str) -> bool:
    """Whether this is the key of such a call."""
    return key.startswith(PREFIX)


@lru_cache(maxsize=512)
def read_key(key: str) -> FreeCall:
    """The call that a key says. Raises WrongUse with what is wrong about it."""
    _, *words = key.split(" ")
    if len(words) < 2:
        raise WrongUse("Write such a call as “http METHOD /path”, for instance: http GET /v1/things/{id}.")
    method, path, *more = words
    known = [word for word in more if word in WORDS or word.startswith(ID)]
    if known != more:
        wrong = next(word for word in more if word not in known)
        raise WrongUse(did_you_mean(wrong, [*WORDS, ID], "word behind the path"))
    ids = [word.removeprefix(ID) for word in more if word.startswith(ID)]
    call = FreeCall(
        method=method.upper(),
        path=path,
        reads=READS in more,
        repeatable=REPEATABLE in more,
        form=FORM in more,
        id=ids[-1] if ids else "",
    )
    check(call)
    return call


def check(call: FreeCall) -> None:
    """Raises WrongUse for a call that cannot be made, or would leave the connection's own address."""
    if call.method not in METHODS:
        raise WrongUse(did_you_mean(call.method, list(METHODS), "method"))
    _check_path(call.path)
    if call.id:
        if " " in call.id:
            raise WrongUse("The place of the id is written without spaces, such as data.id.")
        try:
            parsed(call.id)
        except HubError as error:
            raise WrongUse(error.sentence) from None
    if call.reads and call.repeatable:
        raise WrongUse("A call that only reads may be repeated anyhow; choose one of the two.")
    if call.method == "GET" and call.form:
        raise WrongUse("A GET has no body that could be a form.")
    if len(call.key) > LONGEST:
        raise WrongUse(f"The method, path and id together are at most {LONGEST} characters.")


def _check_path(path: str) -> None:
    if "://" in path or path.startswith("//") or "\\" in path or not path.startswith("/"):
        raise WrongUse(
            "The path is only what follows the connection’s address, and begins with “/”, such as "
            "/v1/things; a call never goes to another host."
        )
    if "?" in path or "#" in path:
        raise WrongUse("The path ends before “?” and “#”; map parameters as query.name.")
    if not (path.isascii() and path.isprintable()) or " " in path:
        raise WrongUse(
            "The path holds a blank or a sign that cannot be seen; write it as the app’s manual does."
        )
    if any(part in (".", "..") for part in unquote(unquote(path)).split("/")):
        raise WrongUse("The path cannot hold “.” or “..” as a part.")
    names = _PLACEHOLDER.findall(path)
    if re.search(r"[{}]", _PLACEHOLDER.sub("", path)) or not all(_NAME.fullmatch(name) for name in names):
        raise WrongUse("Parts that are filled in stand in braces, each with a plain name: /v1/things/{id}.")
    if twice := next((name for name in names if names.count(name) > 1 or name in PARTS), ""):
        raise WrongUse(f"Call {{{twice}}} in the path something else: that name is taken.")


@lru_cache(maxsize=512)
def operation_of(key: str) -> Operation:
    """The operation that such a key stands for. Raises WrongUse."""
    call = read_key(key)
    kind = Kind.READ if call.reads else _KINDS[call.method]
    names = _PLACEHOLDER.findall(call.path)
    fields = [Field(key=name, place=Place.PATH, required=True) for name in names]
    return Operation(
        key=call.key,
        title=f"{call.method} {call.path}",
        method=call.method,
        path=call.path,
        kind=kind,
        fields=(*fields, _QUERY, _HEADERS, *(() if call.method == "GET" else (_BODY,))),
        encoding="form" if call.form else "json",
        record_id=call.id,
        free=True,
        proof=None if kind is Kind.READ else _proof(call, names),
        source="as the operator says",
    )


def _proof(call: FreeCall, names: list[str]) -> Proof:
    """Only the operator can know whether a repeat does harm; nobody having said so, it does."""
    if not call.repeatable:
        return Proof(kind=ProofKind.NONE)
    aimed = ", ".join(f'to_string("{name}")' for name in names)
    return Proof(kind=ProofKind.IDEMPOTENT, target=f"join('/', [{aimed}])" if names else "")


class Operations(dict[str, Operation]):
    """An app's own operations, and beside them every call that can be said. Listed are only its own."""

    def __missing__(self, key: str) -> Operation:
        if not is_free(key):
            raise KeyError(key)
        return operation_of(key)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (isinstance(key, str) and is_free(key))

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 - this is what get does


def opened(connector: Connector) -> Connector:
    """The connector with such calls; without them where all goes to addresses of the operator's own."""
    if all(operation.address is not None for operation in connector.operations.values()):
        return connector
    return replace(connector, operations=Operations(connector.operations))


def takes_free_calls(connector: Connector) -> bool:
    return isinstance(connector.operations, Operations)


def scopes_unknown() -> str:
    """What is to be said of the scopes of such a call."""
    return (
        "The hub does not know which scopes this call needs, so it neither asks for them nor checks them: "
        "look in the app’s manual, and allow them when you connect."
    )
