"""Look-ups after a write to Credly whose outcome is unknown, and the look whether a badge is there already.

Credly has no call that reads one badge by its id: it is found in a list, by what narrows it down. How soon
the list shows a new badge is not documented, hence VISIBLE_AFTER_S.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.connectors.credly.paging import filter_of, pages
from integrations.connectors.credly.rows import REVOKED, badge_row, stands
from integrations.engine.paginate import Asked, collect
from integrations.engine.spec import Attempt, JsonObject

CLOCK_ALLOWANCE = timedelta(seconds=60)
VISIBLE_AFTER_S = 15.0
NEWEST = "-issued_at"


def listed(**keys: Any) -> Asked:
    """All badges that these filters find, newest first, as Credly shows them."""
    rows = yield from collect(pages("badges.list", {"filter": filter_of(**keys), "sort": NEWEST}))
    return rows


def of_earner(earner: Any, email: Any, template: Any = None) -> Asked:
    """An earner's badges: by our own id of them, else by e-mail, any that they ever had."""
    found: list[JsonObject] = []
    if earner:
        found = yield from listed(issuer_earner_id=earner, badge_template_id=template)
    if not found and email:
        found = yield from listed(recipient_email_all=str(email).lower(), badge_template_id=template)
    return found


def holding(values: Mapping[str, Any]) -> Asked:
    """The badge that stands in the way of issuing this one; None: nothing does."""
    rows = yield from of_earner(
        values.get("issuer_earner_id"), values.get("recipient_email"), values.get("badge_template_id")
    )
    return next((row for row in rows if stands(badge_row(row))), None)


def find_issued(attempt: Attempt) -> Asked:
    values = attempt.values
    rows = yield from of_earner(
        values.get("issuer_earner_id"), values.get("recipient_email"), values["badge_template_id"]
    )
    ours = (row for row in rows if _made_since(row, attempt) and attempt.may_be_ours(row))
    return next((row for row in ours if stands(badge_row(row))), None)


def find_revoked(attempt: Attempt) -> Asked:
    rows = yield from listed(state=REVOKED)
    return next((row for row in rows if row.get("id") == attempt.values["badge_id"]), None)


def find_replacement(attempt: Attempt) -> Asked:
    rows = yield from listed(badge_template_id=attempt.values["badge_template_id"])
    return next((row for row in rows if row.get("replaces_badge_id") == attempt.values["badge_id"]), None)


def _made_since(row: JsonObject, attempt: Attempt) -> bool:
    try:
        made = datetime.fromisoformat(str(row.get("created_at")))
    except ValueError:
        return False
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    return made >= attempt.claimed_at - CLOCK_ALLOWANCE
