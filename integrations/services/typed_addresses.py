"""Addresses and paths that an operator types, looked at when they are saved.

A setting whose field has the format `url` holds one address, or several in a list or an object. What lies in
a private network is refused here; the client of `engine.network` looks once more whenever it connects.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings

from integrations.engine.addresses import check_address, check_base_url
from integrations.engine.errors import WrongUse
from integrations.engine.spec import Connector, Field
from integrations.engine.urls import URL, read_path
from integrations.models import Environment


def resolve(host: str) -> Sequence[str]:
    """The IP addresses of a host as text. Raises OSError where there is none."""
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except UnicodeError:  # no name at all
        return ()


def check(app: Connector, fields: Iterable[Field], environment: str, given: Mapping[str, Any]) -> None:
    """Raises WrongUse, in one sentence, for the first of these settings that leads nowhere it may."""
    real = environment == Environment.PRODUCTION
    if app.own_address and (typed := given.get(app.own_address.setting)):
        base = app.own_address.read(str(typed))
        if real:
            check_base_url(base, settings.HUB_ALLOWED_PRIVATE_HOSTS, resolve)
    for operation in app.operations.values():
        if path := given.get(operation.path_setting):
            read_path(str(path), operation)
    for field in fields:
        for address in _addresses(field, given.get(field.key)) if real else ():
            _check_one(field, address)


def _check_one(field: Field, address: str) -> None:
    try:
        check_address(address, settings.HUB_ALLOWED_PRIVATE_HOSTS, resolve)
    except WrongUse as error:
        raise WrongUse(f"{field.title}: {error.sentence}") from None


def _addresses(field: Field, value: Any) -> Iterator[str]:
    if field.format == URL:
        yield from _texts(value)
        return
    for row in value if isinstance(value, list) else [value]:
        for member in field.fields if isinstance(row, Mapping) else ():
            yield from _addresses(member, row.get(member.key))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
    elif value not in (None, ""):
        yield str(value)
