"""What Active Knocker's answers mean where they are no plain yes.

One customer's working client shows that a create can fail with status 200 and `{"status": false, "msg": …}`
(alma29v1/big-beautiful-server, main_window.py and activeknocker_service.py); other shapes are not known.
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
)
from integrations.engine.spec import Answer, Kind, Operation

KEY_WORDS = ("api key", "apikey", "api-key", "unauthor", "unauthenticated", "forbidden", "token")
NO = (False, "false", "False", 0, "0")
WRONG_PLACE = (
    "Check the base address and the paths in the connection's settings, the way to sign in, and the key "
    "(web portal: Configuration, Integration, API Key)."
)


def refusal(answer: Answer, operation: Operation) -> HubError:
    """An unsuccessful status as an error of the tree."""
    words = message(answer.body)
    said = f": {redact.said(words)}" if words else f" (status {answer.status})."
    if answer.status in (401, 403):
        return CredentialRefused(f"Active Knocker does not accept the key. {WRONG_PLACE}")
    if answer.status == 404:
        return NotFound(f"Active Knocker knows no such record or path for “{operation.title}”{said}")
    return Refused(f"Active Knocker refused “{operation.title}”{said}")


def failure(answer: Answer, operation: Operation) -> HubError | None:
    """A no inside an answer of status 2xx; None where it is a yes."""
    body = answer.body
    if operation.address is not None:  # whoever takes our events there answers as it likes
        return None
    if isinstance(body, dict) and "status" in body and body["status"] in NO:
        return _said_no(message(body), operation)
    if isinstance(body, str) and body.strip():
        return _not_the_api("a page", operation)
    if operation.kind is Kind.READ and not isinstance(body, list):
        return _not_the_api("an object" if isinstance(body, dict) else "nothing", operation)
    return None


def _said_no(words: str, operation: Operation) -> HubError:
    if any(word in words.lower() for word in KEY_WORDS):
        return CredentialRefused(f"Active Knocker does not accept the key. {WRONG_PLACE}")
    said = f": {redact.said(words)}" if words else ", without saying why."
    return Refused(f"Active Knocker refused “{operation.title}”{said}")


def _not_the_api(what: str, operation: Operation) -> HubError:
    wanted = "a list" if operation.kind is Kind.READ else "an answer of its API"
    sentence = f"Active Knocker answered “{operation.title}” with {what} in place of {wanted}. {WRONG_PLACE}"
    return CredentialRefused(sentence) if operation.kind is Kind.READ else ContractBroken(sentence)


def message(body: Any) -> str:
    """The words of an answer, "" where it has none or is a page of HTML."""
    if isinstance(body, str):
        return "" if "<" in body else body.strip()
    if not isinstance(body, dict):
        return ""
    for key in ("msg", "message", "error", "errors", "detail"):
        if isinstance(body.get(key), str) and body[key].strip():
            return str(body[key]).strip()
    return ""
