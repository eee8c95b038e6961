"""What Accredible's refusals mean. There is no single shape.

Seen in the official OpenAPI 25.08.0 and in answers recorded by first-party clients: plain text, `message`,
`data`, `error`, and `errors` as text or as field -> complaints.
"""

from __future__ import annotations

from typing import Any

from integrations.engine import redact
from integrations.engine.errors import (
    ContractBroken,
    CredentialRefused,
    Duplicate,
    HubError,
    NotFound,
    Refused,
)
from integrations.engine.spec import Answer, Kind, Operation

TAKEN = "has already been taken"
NO_KEY = ("not enough or too many segments",)


def refusal(answer: Answer, operation: Operation) -> HubError:
    words = message(answer.body)
    said = f": {redact.said(words)}" if words else f" (status {answer.status})."
    if answer.status == 401:
        return _unauthorised(words)
    if answer.status == 404:
        return NotFound(f"Accredible has no such record for “{operation.title}”{said}")
    if isinstance(answer.body, dict) and answer.body.get("status") == "invalid_search_query":
        return ContractBroken(f"Accredible cannot read the search{said}")
    if answer.status == 422 and operation.kind is Kind.CREATE and TAKEN in words.lower():
        # Which record it is, the answer does not tell; who needs to know has to search.
        return Duplicate(f"Accredible has this already{said}", record_id="")
    return Refused(f"Accredible refused “{operation.title}”{said}")


def _unauthorised(words: str) -> HubError:
    if any(phrase in words.lower() for phrase in NO_KEY):
        return CredentialRefused("What is stored is not an Accredible API key; enter it again.")
    return CredentialRefused(
        "Accredible does not accept the key. A key belongs to one region (US, EU or sandbox): check that the "
        "region is the one whose dashboard the key was made in, or make a new key there."
    )


def message(body: Any) -> str:
    """The words of an error body, "" where it has none or is a page of HTML."""
    if isinstance(body, str):
        return "" if "<" in body else body.strip()
    if not isinstance(body, dict):
        return ""
    for key in ("message", "errors", "error", "data"):
        words = _words(body.get(key))
        if words:
            return words
    return ""


def _words(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(filter(None, (_words(item) for item in value if isinstance(item, str))))
    if isinstance(value, dict):
        rows = ((key, _words(item)) for key, item in value.items() if isinstance(item, str | list))
        return "; ".join(f"{key} {words}" for key, words in rows if words)
    return ""
