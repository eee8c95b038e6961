"""Triggers beside `credentials.changed`: a certificate changed in any way, is about to expire; groups.

All are polls: the official OpenAPI 25.08.0 has no webhooks. The first look is a baseline, as everywhere: what
expires soon by then is passed over.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.connectors.accredible.certificates import (
    GROUPS,
    PAGE_SIZE,
    ROW,
    TWO_DAYS_S,
    group_ids,
    is_issued,
    sweep,
)
from integrations.connectors.accredible.words import GROUP
from integrations.engine.changes import created_changed_gone, events_of
from integrations.engine.paginate import by_from_then_cursor, by_page
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

CHANGED, EXPIRING = "certificate.updated", "certificate.about_to_expire"
DAYS_BEFORE = 30
GROUP_KEPT = ("id", "name", "course_name", "course_description", "department_id", "meta_data")


def happenings_changed(before: JsonObject | None, after: JsonObject | None, now: datetime) -> list[Happening]:
    """A published certificate that was known before and differs now; one that is new or gone is none."""
    if before is None or after is None or not is_issued(after):
        return []
    return [Happening(type=CHANGED, key=f"updated:{after.get('id')}:{after.get('updated_at')}")]


def sweep_expiring(since: Since) -> Sweep:
    """Published certificates whose last day is from today to so many days on."""
    today = (since.now or datetime.now(UTC)).date()
    last = today + timedelta(days=days_before(since.settings.get("days_before")))
    query: dict[str, Any] = {
        "expired_on[gte]": today.isoformat(),
        "expired_on[lte]": last.isoformat(),
        "approve": True,
    }
    groups = group_ids(since.settings.get("group_ids"))
    if groups:
        query["group.id[in]"] = groups
    asked = {"query": query, "sort": {"expired_on": "asc", "id": "asc"}}
    yield from by_from_then_cursor("credentials.search", asked, rows="credentials", size=PAGE_SIZE)


def days_before(value: Any) -> int:
    return DAYS_BEFORE if value in (None, "") else max(0, min(int(value), 730))


def happenings_expiring(
    before: JsonObject | None, after: JsonObject | None, now: datetime
) -> list[Happening]:
    """Told once for each last day: a certificate that is prolonged is told again before its new one."""
    if after is None or not after.get("expired_on"):
        return []
    last = str(after["expired_on"])[:10]
    if before is not None and str(before.get("expired_on"))[:10] == last:
        return []
    return [Happening(type=EXPIRING, key=f"expiring:{after.get('id')}:{last}")]


def sweep_groups(since: Since) -> Sweep:
    """All groups changed on or after the day of `since`."""
    asked = {} if since.moment is None else {"start_updated_date": since.moment.date().isoformat()}
    yield from by_page("groups.search", asked, rows="groups", size=PAGE_SIZE, size_key="page_size")


UPDATED = Trigger(
    key="credentials.updated",
    title="A certificate is changed in any way",
    kind=TriggerKind.POLL,
    events=((CHANGED, "Certificate changed"),),
    sample={CHANGED: {**ROW, "name": "First Aid, renewed", "updated_at": "2026-11-21T08:00:00.000Z"}},
    fields=(GROUPS,),
    record_id="to_string(id)",
    sweep=sweep,
    operations=("credentials.search",),
    remember=("id", "updated_at"),
    happenings=happenings_changed,
    overlap_s=TWO_DAYS_S,
)
ABOUT_TO_EXPIRE = Trigger(
    key="credentials.expiring",
    title="A certificate is about to expire",
    kind=TriggerKind.POLL,
    events=((EXPIRING, "Certificate about to expire"),),
    sample={EXPIRING: {**ROW, "expired_on": "2026-12-18"}},
    fields=(
        Field(
            key="days_before",
            label="Days before the last day",
            type=FieldType.INTEGER,
            default=DAYS_BEFORE,
            help="How far ahead a look reaches.",
        ),
        GROUPS,
    ),
    record_id="to_string(id)",
    sweep=sweep_expiring,
    operations=("credentials.search",),
    remember=("id", "expired_on"),
    happenings=happenings_expiring,
    interval_min=60,
)
GROUPS_CHANGED = Trigger(
    key="groups.changed",
    title="A group is made, changed or deleted in Accredible",
    kind=TriggerKind.POLL,
    events=events_of("group", "Group"),
    sample={
        "group.created": GROUP,
        "group.updated": {**GROUP, "name": "first-aid-2027", "updated_at": "2026-11-21T08:00:00.000Z"},
        "group.deleted": GROUP,
    },
    record_id="to_string(id)",
    sweep=sweep_groups,
    operations=("groups.search", "groups.get"),
    remember=GROUP_KEPT,
    happenings=created_changed_gone("group", GROUP_KEPT, "updated_at"),
    reread="groups.get",
    overlap_s=TWO_DAYS_S,
)
TRIGGERS = (UPDATED, ABOUT_TO_EXPIRE, GROUPS_CHANGED)
