"""The trigger `credentials.changed`: certificates issued and revoked, found by polling.

Accredible's API has no webhooks (official OpenAPI 25.08.0). Its search can filter by the day of the last
change but not sort by it, and a deleted credential just stops being there. There is no verb for revoking:
setting `expired_on` to today or earlier is what integrations do, so a date that *changed* to that is read as
a revocation, and an expiry that comes with time is not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from integrations.engine.paginate import by_from_then_cursor
from integrations.engine.spec import (
    Field,
    FieldType,
    Happening,
    JsonObject,
    Since,
    Sweep,
    Trigger,
    TriggerKind,
)

PAGE_SIZE = 50  # the documented default; a maximum is not documented
TWO_DAYS_S = 2 * 86_400  # the filter knows days only, and not in whose time zone

ISSUED = "certificate.issued"
REVOKED = "certificate.revoked"


def sweep(since: Since) -> Sweep:
    """All credentials changed on or after the day of `since`, of the chosen groups or of all."""
    query: dict[str, Any] = {}
    if since.moment is not None:
        query["updated_at[gte]"] = since.moment.date().isoformat()
    groups = group_ids(since.settings.get("group_ids"))
    if groups:
        query["group.id[in]"] = groups
    yield from by_from_then_cursor(
        "credentials.search", {"query": query, "sort": {"id": "asc"}}, rows="credentials", size=PAGE_SIZE
    )


def group_ids(value: Any) -> list[int | str]:
    """Numbers where they are numbers; a list, or text with commas."""
    items = value.split(",") if isinstance(value, str) else value or []
    texts = [str(item).strip() for item in items]
    return [int(text) if text.isdigit() else text for text in texts if text]


def happenings(before: JsonObject | None, after: JsonObject | None, now: datetime) -> list[Happening]:
    """What the change from `before` (None: never seen) to `after` (None: gone) means.

    A credential that is over when first seen means nothing: nobody was told of it, and nothing is to undo.
    """
    told = before is not None and is_issued(before)
    if after is None:
        return [_revoked(before, "gone")] if before is not None and told else []
    if not told:
        fresh = is_issued(after) and not _is_over(after, now)
        return [Happening(type=ISSUED, key=f"issued:{_id(after)}")] if fresh else []
    if after.get("approve") is False:
        return [_revoked(after, "unpublished")]
    if before is not None and _ends(before) != _ends(after) and _is_over(after, now):
        return [_revoked(after, f"expired:{_ends(after)}")]
    return []


def _revoked(row: JsonObject, what: str) -> Happening:
    return Happening(type=REVOKED, key=f"revoked:{_id(row)}:{what}")


def _id(row: JsonObject) -> str:
    return str(row.get("id"))


def is_issued(row: JsonObject) -> bool:
    """A credential read by itself has neither `published_on` nor `updated_at`: there `approve` says it."""
    return row.get("approve") is True and bool(row.get("published_on") or row.get("updated_at") is None)


def _ends(row: JsonObject) -> str:
    """The day of `expired_on`, which some answers give as a full time; "" for none."""
    return str(row.get("expired_on") or "")[:10]


def _is_over(row: JsonObject, now: datetime) -> bool:
    return bool(_ends(row)) and _ends(row) <= now.date().isoformat()


ROW = {
    "id": 10250012,
    "uuid": "5f1c6a52-0000-4000-8000-000000004711",
    "name": "First Aid",
    "recipient_name": "Rosa Diaz",
    "recipient_email": "rosa@example.com",
    "recipient_id": "772",
    "group": {"id": 12472, "name": "first-aid-2026", "course_name": "First Aid"},
    "issued_on": "2026-11-20",
    "expired_on": None,
    "published_on": "2026-11-20",
    "created_at": "2026-11-20T09:58:00.000Z",
    "updated_at": "2026-11-20T10:00:00.000Z",
    "approve": True,
    "license_id": None,
    "custom_attributes": {
        "location": "Riverside",
        "attendees": "sam@example.com, kim@example.com",
        "appointment_at": "2026-11-27 14:00",
    },
    "meta_data": {},
}

GROUPS = Field(
    key="group_ids",
    label="Groups",
    type=FieldType.LIST,
    reference="groups",
    help="Only certificates of these groups; none chosen means all.",
)
CHANGED = Trigger(
    key="credentials.changed",
    title="A certificate is issued or revoked",
    kind=TriggerKind.POLL,
    events=((ISSUED, "Certificate issued"), (REVOKED, "Certificate revoked")),
    sample={
        ISSUED: ROW,
        REVOKED: {**ROW, "expired_on": "2026-11-21", "updated_at": "2026-11-21T08:00:00.000Z"},
    },
    fields=(GROUPS,),
    record_id="to_string(id)",
    sweep=sweep,
    operations=("credentials.search", "credentials.get"),
    remember=("id", "approve", "published_on", "expired_on", "updated_at", "recipient_email", "name"),
    happenings=happenings,
    overlap_s=TWO_DAYS_S,
    reread="credentials.get",
)
