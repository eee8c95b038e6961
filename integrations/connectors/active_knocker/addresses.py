"""Addresses that an operator types: the app's own, and the one that events for Active Knocker go to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from integrations.engine.errors import WrongUse

HOST = "https://api.activeknocker.com"
OUTBOUND = "outbound_url"
CALLS = ("/pins", "/tags", "/knock-pins", "/knock-pin")


def read_base(text: str) -> str:
    """The base address in what was typed or copied: with or without https://, or with a call behind it.

    A path that is none of the app's calls stays: a gateway may have one. Raises WrongUse.
    """
    typed = text.strip()
    parts = urlsplit(typed if "://" in typed else f"https://{typed}")
    if not parts.hostname or " " in typed:
        raise WrongUse(f"Write the address of the API, such as {HOST}.")
    path = parts.path.rstrip("/")
    for call in CALLS:
        head, found, rest = path.partition(call)
        if found and rest[:1] in ("", "/"):
            path = head
    return f"{parts.scheme}://{parts.netloc}{path}"


def outbound(settings: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Where events go that are meant for Active Knocker. Raises WrongUse where no address is set."""
    address = str(settings.get(OUTBOUND) or "").strip()
    if not address:
        raise WrongUse(
            "Enter the address that events go to (in Zapier: the address of a “Catch Hook”) in the "
            "connection's settings; Active Knocker itself has no known call for teams."
        )
    return address
