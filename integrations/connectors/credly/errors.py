"""What Credly's refusals mean: `{"data": {"message": ..}}` as a rule, `{"message": ..}` for a 404.

Seen on www.credly.com/docs, and read so by riipen/credly-ruby 93186e7 and isovalent/credly-go ca13f36.
Whether a token of another organization gets 403 or 404 is not documented, so both sentences name that cause.
"""

from __future__ import annotations

from typing import Any

from integrations.engine import redact
from integrations.engine.errors import (
    ContractBroken,
    CredentialRefused,
    HubError,
    NotFound,
    Refused,
    ScopeMissing,
)
from integrations.engine.spec import Answer, Operation

GONE = (404, 410)


def refusal(answer: Answer, operation: Operation) -> HubError:
    words = message(answer.body)
    said = f": {redact.said(words)}" if words else f" (status {answer.status})."
    if answer.status == 401:
        return CredentialRefused(
            "Credly does not accept the authorization token. It ends 180 days after it was made, and "
            "belongs to "
            "one place (production or Credly's sandbox): make a new one under Developers and replace it here."
        )
    if answer.status == 403:
        return ScopeMissing(
            f"Credly does not let this token do “{operation.title}”{said} Check under Developers that the "
            f"token "
            "may read, write and delete, and that the organization ID is the token's own."
        )
    if answer.status in GONE:
        return NotFound(
            f"Credly has no such record for “{operation.title}”{said} If nothing is found at all, the "
            "organization ID may be another's."
        )
    if answer.status == 400:
        return ContractBroken(f"Credly cannot read “{operation.title}”{said}")
    return Refused(f"Credly refused “{operation.title}”{said}")


def message(body: Any) -> str:
    """The words of an error body, "" where it has none or is a page of HTML."""
    if isinstance(body, str):
        return "" if "<" in body else body.strip()
    if not isinstance(body, dict):
        return ""
    inner = body.get("data")
    for holder in (inner, body) if isinstance(inner, dict) else (body,):
        for key in ("message", "errors", "error"):
            if words := _words(holder.get(key)):
                return words
    return ""


def _words(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(filter(None, (_words(item) for item in value)))
    if isinstance(value, dict):
        rows = ((key, _words(item)) for key, item in value.items())
        return "; ".join(f"{key} {words}" for key, words in rows if words)
    return ""
