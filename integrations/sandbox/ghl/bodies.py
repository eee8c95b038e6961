"""What came in a request: JSON, form or multipart, and the query."""

from __future__ import annotations

import json
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl

import httpx

from integrations.sandbox.ghl.checks import ANYTHING, check_body, check_list, check_query, read_texts
from integrations.sandbox.ghl.declared import FORM, MULTIPART, Contract
from integrations.sandbox.ghl.refusals import bad_request

Files = dict[str, list[tuple[str, bytes]]]


def query_of(contract: Contract, request: httpx.Request) -> dict[str, Any]:
    params = request.url.params
    return check_query(contract.query, {name: params.get_list(name) for name in params})


def body_of(contract: Contract, request: httpx.Request) -> tuple[Any, Files]:
    """The checked body ({} for a call that takes none), and the files in it."""
    if contract.body is None:
        return {}, {}
    given, files = _read(contract, request)
    if contract.body.kind == "array":
        return check_list(contract.body.items or ANYTHING, given), files
    return check_body(contract.body.shape or {}, given), files


def _read(contract: Contract, request: httpx.Request) -> tuple[Any, Files]:
    kind = request.headers.get("Content-Type", "")
    if contract.content == MULTIPART:
        texts, files = _multipart(kind, request.content)
        names = {field: [name for name, _ in parts] for field, parts in files.items()}
        shape = (contract.body.shape if contract.body else None) or {}
        # A file stands for its name; one that has a field of its own name is no unknown property.
        known = {
            field: given for field, given in {**texts, **names}.items() if field in shape or field in texts
        }
        return read_texts(shape, known), files
    if contract.content == FORM:
        sent = request.content.decode(errors="replace") if kind.startswith(FORM) else ""
        return dict(parse_qsl(sent, keep_blank_values=True)), {}
    try:
        return json.loads(request.content or b"{}", parse_constant=_no_number), {}
    except ValueError:
        raise bad_request("Unexpected token in JSON") from None


def _multipart(kind: str, content: bytes) -> tuple[dict[str, list[str]], Files]:
    """Texts by field, and files by field."""
    texts: dict[str, list[str]] = {}
    files: Files = {}
    if not kind.startswith(MULTIPART):
        return texts, files
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + content)
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if part.is_multipart() or not isinstance(name, str):
            continue
        payload = part.get_payload(decode=True)
        inside = payload if isinstance(payload, bytes) else b""
        if part.get_filename() is None:
            texts.setdefault(name, []).append(inside.decode(errors="replace"))
        else:
            files.setdefault(name, []).append((part.get_filename() or "", inside))
    return texts, files


def _no_number(name: str) -> Any:
    raise ValueError(name)
