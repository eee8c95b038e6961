"""What GoHighLevel's refusals mean. It says so in words, so the words are what is looked at.

Shapes: the official OpenAPI (400, 401, 422, where `message` is a text or a list) and answers that third
parties measured on the live API in 2026 (the rest). `statusCode` may be missing, and the older shape has
`status` and `name` instead.
"""

from __future__ import annotations

from typing import Any

from integrations.engine import redact
from integrations.engine.errors import (
    AccountSuspended,
    Conflict,
    ContractBroken,
    CredentialRefused,
    Duplicate,
    HubError,
    NotFound,
    OutcomeUnknown,
    Refused,
    ScopeMissing,
    WrongTenant,
)
from integrations.engine.spec import Answer, Operation

OUR_MISTAKE = (
    "version header",
    "invalid api version segment",
    "not available in api version",
    "iam service",
    "cannot get /",
    "cannot post /",
    "cannot put /",
    "cannot delete /",
    "should not exist",
)
SUSPENDED = ("location is not active",)
WRONG_SCOPE = ("not authorized for this scope",)
WRONG_CLASS = ("user type mismatch", "authclass type is not allowed")
WRONG_LOCATION = ("does not have access to this location",)
SLOT_TAKEN = ("slot you have selected is no longer available",)

# These have been reported to answer 422 and yet make the contact (issue 64 of the official docs repository).
MADE_ALL_THE_SAME = ("contacts.create", "contacts.upsert")


def refusal(answer: Answer, operation: Operation) -> HubError:
    """Any unsuccessful answer as an error of the tree; unknown shapes are told by their status."""
    words = message(answer.body)
    said = f": {redact.said(words)}" if words else "."
    detail = _trace(answer.body)
    return (
        _by_words(answer, operation, words.lower(), detail)
        or _by_meaning(answer, operation, words, said, detail)
        or Refused(f"GoHighLevel refused “{operation.title}”{said}", detail=detail)
    )


def message(body: Any) -> str:
    """The human part of an error body: `message`, `error`, `detail` or a nested error; "" without one."""
    if not isinstance(body, dict):
        return ""
    for key in ("message", "error_description", "error", "detail"):
        value = body.get(key)
        if isinstance(value, dict):
            value = message(value)
        if isinstance(value, list):
            value = "; ".join(str(item) for item in value if isinstance(item, str))
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _by_words(answer: Answer, operation: Operation, words: str, detail: str) -> HubError | None:
    """What GoHighLevel puts the same way under several statuses."""
    if any(phrase in words for phrase in OUR_MISTAKE):
        return ContractBroken(
            f"GoHighLevel does not take “{operation.title}” as the hub sends it (version, path or a field); "
            "the mistake is in the hub's catalogue or the mapping, not in the connection.",
            detail=f"{redact.said(words)} {detail}".strip(),
        )
    if any(phrase in words for phrase in WRONG_SCOPE):
        scopes = ", ".join(operation.needed_scopes) or "another scope"
        return ScopeMissing(
            f"The connection may not do “{operation.title}”: authorise it again with {scopes}.",
            detail=detail,
        )
    if any(phrase in words for phrase in WRONG_CLASS):
        return WrongTenant(
            "The token is an agency's, and this call needs a location's; choose the location on the page of "
            "the agency's connection, and use that one.",
            detail=detail,
        )
    if any(phrase in words for phrase in WRONG_LOCATION):
        return WrongTenant(
            "The token belongs to another GoHighLevel location; check the location id or connect again.",
            detail=detail,
        )
    if any(phrase in words for phrase in SUSPENDED):
        return AccountSuspended(
            "The GoHighLevel location is paused or its agency inactive; the connection works again once it "
            "is active.",
            detail=detail,
        )
    if any(phrase in words for phrase in SLOT_TAKEN):
        return Conflict("The chosen time was taken in the meantime.", detail=detail)
    return None


def _by_meaning(answer: Answer, operation: Operation, words: str, said: str, detail: str) -> HubError | None:
    status = answer.status
    existing = _existing_contact(answer.body)
    if status == 400 and existing:
        return Duplicate("GoHighLevel has this contact already.", record_id=existing, detail=detail)
    if status == 404 or (status == 400 and "not found" in words.lower()):
        return NotFound(f"GoHighLevel has no such record for “{operation.title}”{said}", detail=detail)
    if status == 401:
        return CredentialRefused(
            "GoHighLevel does not accept the token (any more); connect it again.", detail=detail
        )
    if status == 422 and operation.key in MADE_ALL_THE_SAME and not _is_validation(answer.body):
        return OutcomeUnknown(
            f"GoHighLevel refused “{operation.title}”, yet may have made the contact{said}", detail=detail
        )
    return None


def _existing_contact(body: Any) -> str:
    meta = body.get("meta") if isinstance(body, dict) else None
    found = meta.get("contactId") if isinstance(meta, dict) else None
    return found if isinstance(found, str) else ""


def _is_validation(body: Any) -> bool:
    """A list of messages is what the check of the fields gives, before anything is done."""
    return isinstance(body, dict) and isinstance(body.get("message"), list)


def _trace(body: Any) -> str:
    trace = body.get("traceId") if isinstance(body, dict) else None
    return f"traceId {redact.said(trace)}" if isinstance(trace, str) else ""
