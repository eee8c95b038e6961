"""From an operation and its values to a request, without sending it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from integrations.engine import redact
from integrations.engine.errors import ContractBroken, MappingFailed, StopRun, did_you_mean
from integrations.engine.fingerprint import fingerprint
from integrations.engine.spec import Account, Connector, Field, Kind, Operation, Place
from integrations.engine.urls import Query, address_of, path_of

WITH_BODY = ("POST", "PUT", "PATCH")
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+^_`|~-]{1,60}")
OWN_HEADERS = (
    "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection",
    "upgrade", "te", "trailer", "expect", "proxy-connection", "forwarded", "x-forwarded-for",
    "x-forwarded-host", "x-http-method-override",
)  # fmt: skip
BOUNDARY = "GHL-Hub-3f7c1d52a96e48b0"  # always the same, so that the same request is the same bytes
CONTENT_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "multipart": f"multipart/form-data; boundary={BOUNDARY}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that only lacks its signature. `request_hash` is the same for the same request.

    `elsewhere` says that it goes to an address of the operator's own, which is told no key.
    """

    connector: Connector
    operation: Operation
    url: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: Any
    content: bytes | None
    request_hash: str
    elsewhere: bool = False


def prepare(
    connector: Connector, operation: Operation, account: Account, values: Mapping[str, Any]
) -> Prepared:
    """Fill the operation's path, query and body from `values` (field key -> JSON value).

    None, like an absent key, means "not sent"; an empty text is sent, except where a value is required.
    Fields with `fills` come from the account's settings or secrets. Raises MappingFailed (a required value is
    missing), ContractBroken (a key that the operation does not declare) or StopRun (the account's token is
    known not to be good for it, it has no address, or it is read-only and this writes).
    """
    if wrong := wrong_audience(connector, operation, account.name, account.settings):
        raise StopRun(wrong)
    _check_scopes(operation, account)
    if account.read_only and (no := no_writes(operation.title, account.name, operation.kind)):
        raise StopRun(no)
    operation = _encoded(operation, account)
    elsewhere = operation.address is not None
    if not elsewhere and not account.base_url:
        raise StopRun(f"{account.name} has no address yet; fill it in there.")
    chosen = _chosen(operation, account, values)
    query, body = _sorted_out(operation, account, chosen)
    own_headers = _own_headers(operation, chosen)
    if elsewhere:
        path, own_query = address_of(operation, account, chosen)
        query = own_query + query
    else:
        path = _filled(operation, path_of(operation, account), chosen)
    wrapped = _wrapped(operation, body)
    return Prepared(
        connector=connector,
        operation=operation,
        url=path if elsewhere else account.base_url.rstrip("/") + path,
        query=tuple(query),
        headers=beneath({**dict(operation.headers), **_content_type(operation, wrapped)}, own_headers),
        body=wrapped,
        content=_content(operation, wrapped),
        request_hash=fingerprint(
            {
                "method": operation.method,
                "path": path,
                "query": [list(pair) for pair in query],
                "body": wrapped,
                **({"headers": own_headers} if own_headers else {}),
            }
        ),
        elsewhere=elsewhere,
    )


def _encoded(operation: Operation, account: Account) -> Operation:
    chosen = account.settings.get(operation.encoding_setting) if operation.encoding_setting else None
    return replace(operation, encoding=chosen) if chosen in CONTENT_TYPES else operation


def wrong_audience(connector: Connector, operation: Operation, name: str, settings: Mapping[str, Any]) -> str:
    """Why the connection `name` is of the wrong kind for this call; "": it is not.

    The app would refuse it in words that help nobody.
    """
    audience = connector.audience(settings)
    if audience is None or not operation.audiences or audience.key in operation.audiences:
        return ""
    wanted = [found for found in connector.audiences if found.key in operation.audiences]
    whose = " or ".join(found.title for found in wanted) or operation.audiences[0]
    if audience.key == connector.audiences[0].key:
        return (
            f"“{operation.title}” is a matter of the {whose}, and {name} is one {audience.title}; "
            f"use the connection of the {whose}."
        )
    picker = connector.audiences[0].plural.capitalize()
    return (
        f"{name} is connected to the whole {audience.title}, and “{operation.title}” needs one "
        f"{whose}; open “{picker}” on its page, choose the {whose}, and use that connection."
    )


def no_writes(title: str, name: str, kind: Kind) -> str:
    """Why this is not called over a connection `name` that is read-only; "": it only reads."""
    if kind is Kind.READ:
        return ""
    return f"{name} is read-only, and “{title}” writes; allow writing on the page of {name}, or leave it out."


def _check_scopes(operation: Operation, account: Account) -> None:
    lacking = [scope for scope in operation.needed_scopes if scope not in account.scopes]
    if account.scopes and lacking:
        raise StopRun(
            f"{account.name} may not do “{operation.title}”: it lacks {', '.join(lacking)}; connect it again "
            "and allow what is asked for."
        )


def _chosen(operation: Operation, account: Account, values: Mapping[str, Any]) -> dict[str, Any]:
    known = {field.key: field for field in operation.fields}
    for key in values:
        if key not in known:
            raise ContractBroken(did_you_mean(key, list(known), f"field of {operation.key}"))
    chosen = {}
    for field in operation.fields:
        value = _value(field, account, values)
        if value is not None and not (value == "" and field.required):
            chosen[field.key] = value
        elif field.required:
            raise MappingFailed(_missing(field, operation, account))
    return chosen


def _value(field: Field, account: Account, values: Mapping[str, Any]) -> Any:
    if field.fills:
        return account.settings.get(field.fills) or account.secrets.get(field.fills)
    value = values.get(field.key)
    return field.default if value is None else value


def _missing(field: Field, operation: Operation, account: Account) -> str:
    if field.fills:
        return f"The connection {account.name} has no {field.fills.replace('_', ' ')} yet; fill it in there."
    return f"“{operation.title}” needs {field.title} ({field.key}), and it is empty."


def _sorted_out(
    operation: Operation, account: Account, chosen: Mapping[str, Any]
) -> tuple[Query, dict[str, Any]]:
    query: Query = []
    body: dict[str, Any] = {}
    for field in operation.fields:
        if field.key not in chosen or field.place not in (Place.QUERY, Place.BODY):
            continue
        value = chosen[field.key]
        if field.place is Place.QUERY:
            pairs = flat(value) if field.spread else {_named(field, account): value}
            for name, one in pairs.items():
                query += [(name, _text(item)) for item in (one if isinstance(one, list) else [one])]
        elif field.spread:
            body |= value
        else:
            body[_named(field, account)] = value
    return query, body


def flat(value: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """The members by their dotted names, as the parameters of an address are written."""
    found: dict[str, Any] = {}
    for key, one in value.items():
        name = f"{before}{key}"
        found |= flat(one, f"{name}.") if isinstance(one, Mapping) else {name: one}
    return found


def _own_headers(operation: Operation, chosen: Mapping[str, Any]) -> dict[str, str]:
    """What was mapped into headers. Raises MappingFailed for one that is not the operator's to set."""
    given: dict[str, Any] = {}
    for field in operation.fields:
        if field.place is Place.HEADER:
            given |= flat(chosen.get(field.key, {}))
    for name, value in given.items():
        if problem := header_problem(name):
            raise MappingFailed(problem)
        if not (_text(value).isascii() and _text(value).isprintable()):
            raise MappingFailed(f"The header {name} cannot hold a line break, or letters beyond ASCII.")
    return {name: _text(value) for name, value in given.items()}


def beneath(headers: Mapping[str, str], stronger: Mapping[str, str]) -> dict[str, str]:
    """Both; where both have a header, however it is spelled, the stronger one."""
    taken = {name.lower() for name in stronger}
    return {**{name: value for name, value in headers.items() if name.lower() not in taken}, **stronger}


def header_problem(name: str) -> str:
    """Why an operator may not set a header of this name, in a sentence; "": it is free."""
    if not HEADER_NAME.fullmatch(name):
        return f"“{name}” is no name of a header; use letters, digits and hyphens."
    if name.lower() in OWN_HEADERS:
        return f"The header {name} is set by the hub itself; leave it out."
    if redact.is_secret(name):
        return f"The header {name} carries a key; keys belong to the connection, which signs by itself."
    return ""


def _named(field: Field, account: Account) -> str:
    return str(account.settings.get(field.name_setting) or field.key) if field.name_setting else field.key


def _filled(operation: Operation, path: str, chosen: Mapping[str, Any]) -> str:
    for field in operation.fields:
        if field.place is Place.PATH and field.key in chosen:
            path = path.replace("{" + field.key + "}", _segment(field, chosen[field.key]))
    return path


def _segment(field: Field, value: Any) -> str:
    """One part of a path; dots alone would climb out of it, because clients tidy paths."""
    text = _text(value)
    if text in (".", ".."):
        raise MappingFailed(f"{field.title} ({field.key}) cannot be “{text}”.")
    return quote(text, safe="")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _wrapped(operation: Operation, body: dict[str, Any]) -> Any:
    wanted = operation.encoding != "none" and (operation.method in WITH_BODY or operation.empty_body)
    if not body and not wanted:
        return None
    if operation.body_key:
        return {operation.body_key: body}
    return [body] if operation.body_list else body


def _content_type(operation: Operation, body: Any) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = CONTENT_TYPES[operation.encoding]
    return headers


def _content(operation: Operation, body: Any) -> bytes | None:
    if body is None:
        return None
    try:
        if operation.encoding == "form":
            return urlencode([(key, _text(value)) for key, value in body.items()]).encode()
        if operation.encoding == "multipart":
            return _parts(body)
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError):
        what = "JSON" if operation.encoding == "json" else "a form"
        raise MappingFailed(f"A value for “{operation.title}” cannot be written as {what}.") from None


def _parts(body: Mapping[str, Any]) -> bytes:
    """Each field as a part, a list as one part for each of its values."""
    pairs = [
        (key, item) for key, value in body.items() for item in (value if isinstance(value, list) else [value])
    ]
    texts = [
        (key, item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)) for key, item in pairs
    ]
    if any(BOUNDARY in text for _, text in texts):
        raise ValueError("the boundary stands in a value")
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n'
        for key, text in texts
    ]
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()
