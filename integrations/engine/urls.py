"""Where a call goes: the app's path, the operator's own one, or a whole address of the operator's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from integrations.engine.errors import StopRun, WrongUse
from integrations.engine.spec import Account, Operation

URL = "url"  # the format of a setting's field that holds addresses
Query = list[tuple[str, str]]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def path_of(operation: Operation, account: Account) -> str:
    """The path with its {placeholders}. Raises StopRun where the one in the settings cannot be used."""
    own = account.settings.get(operation.path_setting) if operation.path_setting else None
    if own is None or own == "":
        return operation.path
    try:
        return read_path(str(own), operation)
    except WrongUse as error:
        raise StopRun(f"{account.name}: {error.sentence}") from None


def read_path(text: str, operation: Operation) -> str:
    """A path that an operator typed for this operation, or WrongUse with what is wrong about it."""
    path = text.strip()
    what = f"The path of “{operation.title}”"
    if "://" in path or path.startswith("//") or "\\" in path:
        raise WrongUse(f"{what} is only what follows the host, such as {operation.path}; leave the host out.")
    if "?" in path or "#" in path:
        raise WrongUse(f"{what} must end before “?” and “#”.")
    if not path.isprintable() or any(part in (".", "..") for part in unquote(path).split("/")):
        raise WrongUse(f"{what} cannot hold “.” or “..” as a part, or signs that cannot be seen.")
    wanted, given = set(_PLACEHOLDER.findall(operation.path)), set(_PLACEHOLDER.findall(path))
    if wanted != given or re.search(r"[{}]", _PLACEHOLDER.sub("", path)):
        names = " and ".join(f"{{{name}}}" for name in sorted(wanted))
        raise WrongUse(f"{what} must hold {names or 'no part in braces'}, as {operation.path} does.")
    return path if path.startswith("/") else f"/{path}"


def address_of(operation: Operation, account: Account, values: Mapping[str, Any]) -> tuple[str, Query]:
    """A whole address of the operator's own as (address, its query). Raises StopRun where none is set."""
    assert operation.address is not None
    try:
        parts = urlsplit(operation.address(account.settings, values).strip())
    except WrongUse as error:
        raise StopRun(f"{account.name}: {error.sentence}") from None
    except ValueError:
        raise StopRun(f"{account.name}: the address for “{operation.title}” cannot be read.") from None
    query = parse_qsl(parts.query, keep_blank_values=True)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")), query
