"""Reading pages as a person would."""

from __future__ import annotations

from html import unescape
from typing import Any

from django.test import Client


def text(answer: Any) -> str:
    """A page's text with its entities read."""
    return unescape(answer.content.decode())


def said(client: Client, answer: Any) -> str:
    """Where a redirect leads: the page with its messages."""
    assert answer.status_code == 302, text(answer)[:2000]
    return text(client.get(answer.headers["Location"]))
