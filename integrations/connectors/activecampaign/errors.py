"""What ActiveCampaign's refusals mean (official OpenAPI of version 3, and its error notes).

`errors` with title, detail and code; `message`; a bare `{}` with 400; the same as text/plain. A bad key is
403, as is a call that the key's user may not make. Some refusals come with status 200.
"""

from __future__ import annotations

from typing import Any

from integrations.engine import redact
from integrations.engine.errors import (
    AccountSuspended,
    CredentialRefused,
    Duplicate,
    HubError,
    NotFound,
    Refused,
)
from integrations.engine.spec import Answer, Operation

PLAN = "/api/3/customObjects/"
# Two ways of saying that it is there already: the documented code, and the database's own words, which
# several public issues quote for tags ("Duplicate entry 'contact-..' for key 'typetag'").
SAME = ("duplicate entry", "already exists", "must be unique")


def refusal(answer: Answer, operation: Operation) -> HubError:
    words = message(answer.body)
    said = _told(f": {redact.said(words)}") if words else f" (status {answer.status}, without saying why)."
    if answer.status in (401, 403):
        return _not_allowed(operation)
    if answer.status == 402:
        return AccountSuspended("ActiveCampaign has paused the account over its payment; see to it there.")
    if answer.status == 404:
        return NotFound(f"ActiveCampaign has no such record for “{operation.title}”{said}")
    if _is_duplicate(answer.body, words):
        return Duplicate(f"ActiveCampaign has it already, says “{operation.title}”{said}", record_id="")
    return Refused(f"ActiveCampaign refused “{operation.title}”{said}")


def _told(words: str) -> str:
    """As the end of a sentence."""
    return words if words.rstrip("”").endswith((".", "?", "!", "…")) else f"{words}."


def failure(answer: Answer, operation: Operation) -> HubError | None:
    """A no with status 2xx: errors in place of a record, or a `success` (`Success`, `result_code`) of 0."""
    body = answer.body
    if not isinstance(body, dict):
        return None
    told = {key.lower(): value for key, value in body.items()}
    if told.get("errors") or any(str(told.get(key)) == "0" for key in ("success", "result_code")):
        return refusal(Answer(status=400, headers=answer.headers, body=body), operation)
    return None


def _not_allowed(operation: Operation) -> HubError:
    if operation.path.startswith(PLAN):
        return Refused(
            "ActiveCampaign refused its custom objects: private ones are part of the Enterprise plan only. "
            "Keep calendars as tags instead, or check the plan and the key."
        )
    return CredentialRefused(
        "ActiveCampaign does not accept the key, or its user may not do this. A key belongs to one user and "
        "ends with them: copy it again under Settings → Developer."
    )


def _is_duplicate(body: Any, words: str) -> bool:
    errors = body.get("errors") if isinstance(body, dict) else None
    codes = [row.get("code") for row in errors if isinstance(row, dict)] if isinstance(errors, list) else []
    return "duplicate" in codes or any(phrase in words.lower() for phrase in SAME)


def message(body: Any) -> str:
    """The words of an error body, "" where it has none or is a page of HTML."""
    if isinstance(body, str):
        return "" if "<" in body else body.strip()
    if not isinstance(body, dict):
        return ""
    for key in ("errors", "message", "error", "result_message", "failureReasons"):
        if words := _words(body.get(key)):
            return words
    return ""


def _words(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(filter(None, (_row(row) for row in value)))
    return ""


def _row(row: Any) -> str:
    if isinstance(row, str):
        return row.strip()
    if not isinstance(row, dict):
        return ""
    parts = [row.get("title"), row.get("detail"), row.get("failureReason")]
    return ", ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
