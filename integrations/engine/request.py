"""From an operation and its values to a request, without sending it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from integrations.engine.errors import ContractBroken, MappingFailed, did_you_mean
from integrations.engine.fingerprint import fingerprint
from integrations.engine.spec import Account, Connector, Field, Operation, Place

WITH_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that only lacks its signature. `request_hash` is the same for the same request."""

    connector: Connector
    operation: Operation
    url: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: Any
    content: bytes | None
    request_hash: str


def prepare(
    connector: Connector, operation: Operation, account: Account, values: Mapping[str, Any]
) -> Prepared:
    """Fill the operation's path, query and body from `values` (field key -> JSON value).

    None, like an absent key, means "not sent"; an empty text is sent, except where a value is required.
    Fields with `fills` come from the account's settings. Raises MappingFailed (a required value is missing)
    or ContractBroken (a key that the operation does not declare).
    """
    chosen = _chosen(operation, account, values)
    path, query, body = _sorted_out(operation, chosen)
    wrapped = _wrapped(operation, body)
    return Prepared(
        connector=connector,
        operation=operation,
        url=account.base_url.rstrip("/") + path,
        query=tuple(query),
        headers={**dict(operation.headers), **_content_type(operation, wrapped)},
        body=wrapped,
        content=_content(operation, wrapped),
        request_hash=fingerprint(
            {
                "method": operation.method,
                "path": path,
                "query": [list(pair) for pair in query],
                "body": wrapped,
            }
        ),
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
        return account.settings.get(field.fills)
    value = values.get(field.key)
    return field.default if value is None else value


def _missing(field: Field, operation: Operation, account: Account) -> str:
    if field.fills:
        return f"The connection {account.name} has no {field.fills.replace('_', ' ')} yet; fill it in there."
    return f"“{operation.title}” needs {field.title} ({field.key}), and it is empty."


def _sorted_out(
    operation: Operation, chosen: Mapping[str, Any]
) -> tuple[str, list[tuple[str, str]], dict[str, Any]]:
    path, query, body = operation.path, [], {}
    for field in operation.fields:
        if field.key not in chosen:
            continue
        value = chosen[field.key]
        if field.place is Place.PATH:
            path = path.replace("{" + field.key + "}", _segment(field, value))
        elif field.place is Place.QUERY:
            query += [(field.key, _text(item)) for item in (value if isinstance(value, list) else [value])]
        else:
            body[field.key] = value
    return path, query, body


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
    if not body and operation.method not in WITH_BODY and not operation.empty_body:
        return None
    if operation.body_key:
        return {operation.body_key: body}
    return [body] if operation.body_list else body


def _content_type(operation: Operation, body: Any) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if body is not None:
        form = operation.encoding == "form"
        headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
    return headers


def _content(operation: Operation, body: Any) -> bytes | None:
    if body is None:
        return None
    try:
        if operation.encoding == "form":
            return urlencode([(key, _text(value)) for key, value in body.items()]).encode()
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError):
        raise MappingFailed(f"A value for “{operation.title}” cannot be written as JSON.") from None
