"""What a WordPress site's refusals mean.

WordPress answers `{"code", "message", "data": {"status"}}` (developer.wordpress.org, REST API handbook). A
plain `WP_Error` without a status is a 500, and so is a person who exists already (wp-includes,
WP_REST_Users_Controller::create_item and rest_convert_error_to_response). What stands between us and
WordPress (a security plugin, the host's firewall) answers in its own way, often with a page.
"""

from __future__ import annotations

from typing import Any

from integrations.engine import redact
from integrations.engine.errors import (
    CredentialRefused,
    Duplicate,
    HubError,
    NotFound,
    OutcomeUnknown,
    Refused,
    ScopeMissing,
)
from integrations.engine.spec import Answer, Kind, Operation

API = "/wp-json/"

WRONG_PASSWORD = frozenset({"incorrect_password", "invalid_username", "invalid_email"})
IN_USE = frozenset({"existing_user_email", "existing_user_login"})
NOT_ALLOWED = frozenset(
    {
        "rest_forbidden_context",
        "rest_cannot_create_user",
        "rest_cannot_edit_roles",
        "rest_forbidden_who",
        "rest_forbidden_orderby",
    }
)
# Codes of plugins that close the REST API, as far as they are known; others are known by what they refuse.
CLOSED = frozenset(
    {
        "rest_cannot_access",
        "rest_disabled",
        "rest_api_disabled",
        "rest_login_required",
        "itsec_rest_api_access_restricted",
        "application_passwords_disabled",
        "application_passwords_disabled_for_user",
    }
)


def refusal(answer: Answer, operation: Operation) -> HubError:
    body = answer.body if isinstance(answer.body, dict) else {}
    code = str(body.get("code") or "")
    words = message(body)
    said = f": {redact.said(words)}" if words else f" (status {answer.status})."
    if operation.path.startswith(API):
        if error := _by_code(code, said):
            return error
        if not code:
            return _no_wordpress(answer.status)
        if answer.status == 401:
            return _not_signed_in(operation, said)
    if answer.status == 404:
        return NotFound(f"The site has no such record for “{operation.title}”{said}")
    return Refused(f"The site refused “{operation.title}”{said}")


def failure(answer: Answer, operation: Operation) -> HubError | None:
    """A page where JSON was asked for: something else than WordPress's REST API answers there."""
    if not operation.path.startswith(API) or isinstance(answer.body, dict | list):
        return None
    error = _no_wordpress(answer.status)
    return error if operation.kind is Kind.READ else OutcomeUnknown(error.sentence)


def message(body: Any) -> str:
    """The words of an error, with what is wrong with each parameter."""
    if not isinstance(body, dict):
        return ""
    words = body.get("message")
    words = words.strip() if isinstance(words, str) and "<" not in words else ""
    data = body.get("data")
    params = data.get("params") if isinstance(data, dict) else None
    rows = params.items() if isinstance(params, dict) else ()
    wrong = "; ".join(f"{key}: {text}" for key, text in rows if isinstance(text, str))
    return " ".join(filter(None, (words, wrong)))


def _by_code(code: str, said: str) -> HubError | None:
    if code in WRONG_PASSWORD:
        return CredentialRefused(
            "WordPress does not accept the user name and application password. It is not the password one "
            "signs in with: make one under Users → Profile → Application Passwords, and enter it here."
        )
    if code in CLOSED:
        return CredentialRefused(
            "The site's REST API or its application passwords are switched off, as some security plugins do; "
            f"allow them for this user, or do without looking up people{said}"
        )
    if code in NOT_ALLOWED:
        return ScopeMissing(
            "The WordPress user may not read and change other people; give it a role that can (list_users, "
            f"create_users, edit_users), such as Administrator{said}"
        )
    if code in IN_USE:
        return Duplicate(
            "There is a person with this e-mail address or user name already; “Find or make a person” "
            f"changes that one{said}",
            record_id="",
        )
    return None


def _not_signed_in(operation: Operation, said: str) -> HubError:
    """Nobody looked at the password: without one, or where it is thrown away on the way."""
    if operation.path == API:
        return CredentialRefused(
            "The site shows its REST API to nobody who is not signed in; a security plugin does that. "
            f"Connect with an application password, or allow {API}{said}"
        )
    return CredentialRefused(
        "The site did not look at an application password. Either this connection has none, or the site has "
        f"them switched off, or its server drops the Authorization header; its host can tell{said}"
    )


def _no_wordpress(status: int) -> HubError:
    return Refused(
        f"What answers there (status {status}) is not WordPress's REST API. Check the site's address; set "
        "Settings → Permalinks to anything but Plain; and see whether a security plugin or firewall keeps "
        f"{API} closed to the hub."
    )
