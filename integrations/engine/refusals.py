"""What a refusal means by its status alone, for apps whose own shapes nobody has told the hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.engine import redact
from integrations.engine.errors import Conflict, CredentialRefused, HubError, NotFound, Refused
from integrations.engine.spec import Answer, Operation

KEYS = ("message", "error_description", "detail", "title", "error", "errors", "msg", "reason")
DEEPEST = 4


def by_status(title: str) -> Callable[[Answer, Operation], HubError]:
    """The `refusal` of an app of that title: the status says what to do next, the body lends its words."""

    def refusal(answer: Answer, operation: Operation) -> HubError:
        words = spoken(answer.body)
        said = f": {redact.said(words)}" if words else f" (status {answer.status})."
        if answer.status in (401, 403):
            return CredentialRefused(f"{title} does not let this key do “{operation.title}”{said}")
        if answer.status in (404, 410):
            return NotFound(f"{title} has no such record for “{operation.title}”{said}")
        if answer.status in (409, 412):
            return Conflict(f"{title} says that the record stands otherwise by now{said}")
        return Refused(f"{title} refused “{operation.title}”{said}")

    return refusal


def spoken(body: Any, depth: int = 0) -> str:
    """The words of an error body, by the keys most apps use; "" where it has none or is a page of HTML."""
    if isinstance(body, str):
        return "" if "<" in body else " ".join(body.split())
    if depth > DEEPEST:
        return ""
    if isinstance(body, list):
        return "; ".join(filter(None, (spoken(item, depth + 1) for item in body)))
    if isinstance(body, Mapping):
        return next(filter(None, (spoken(body.get(key), depth + 1) for key in KEYS)), "")
    return ""
