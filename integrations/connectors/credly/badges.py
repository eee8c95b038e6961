"""The trigger `badges.changed`: a badge is issued, accepted, rejected, revoked or deleted.

Told by webhooks, by the list of events, or by reading all badges; a change that two of them bring is told
once, because all of them are compared with what was known of the badge. Credly's `updated_at` and
`state_updated_at` may be null or equal (recorded answers), so the state itself is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.connectors.credly.paging import pages
from integrations.connectors.credly.reading import badge_of, event, fetch_badge
from integrations.connectors.credly.rows import (
    ACCEPTED,
    BADGE,
    DELETED,
    PENDING,
    REJECTED,
    REVOKED,
    badge_row,
)
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.spec import (
    Field,
    FieldType,
    Happening,
    JsonObject,
    Page,
    Since,
    Sweep,
    Trigger,
    TriggerKind,
)

STATES = {
    PENDING: "Badge issued, not accepted yet",
    ACCEPTED: "Badge accepted",
    REJECTED: "Badge rejected by its earner",
    REVOKED: "Badge revoked",
    DELETED: "Badge deleted",
}
OTHER = "badge.changed"
HEARS = ("badge.created", "badge.deleted", "badge.state.changed", "badge.privacy.changed")
KEPT = (
    "id", "state", "recipient_email", "issuer_earner_id", "badge_template_id", "badge_template_name",
    "issued_at", "expires_at",
)  # fmt: skip
OVERLAP_S = 3600  # events are sorted by when they occurred, and may be listed some time later


def sweep(since: Since) -> Sweep:
    """The first look reads all badges; after that as the operator chose (`look_at`)."""
    how = since.settings.get("look_at") or "events"
    if how not in ("events", "badges", "bulk"):
        raise WrongUse(did_you_mean(str(how), ["events", "badges", "bulk"], "way to look for badges"))
    if how == "events" and since.moment is not None:
        yield from _of_events(since.moment)
    else:
        yield from _all("badges.search" if how == "bulk" else "badges.list")


def _all(operation: str) -> Sweep:
    listing = pages(operation, {} if operation == "badges.search" else {"sort": "-issued_at"})
    outcome = None
    while True:
        try:
            command = listing.send(outcome)
        except StopIteration:
            return
        outcome = None
        if isinstance(command, Page):
            yield Page([badge_row(row) for row in command.rows])
        else:
            outcome = yield command


def _of_events(moment: datetime) -> Sweep:
    """Newest first, back to `moment`. Of one badge only the newest event counts: it shows the badge as it was
    then."""
    listing, outcome = pages("events.list", {}), None
    done: set[str] = set()
    while True:
        try:
            command = listing.send(outcome)
        except StopIteration:
            return
        outcome = None
        if not isinstance(command, Page):
            outcome = yield command
            continue
        fresh = [row for row in command.rows if _at(row) is None or _at(row) >= moment]  # type: ignore[operator]
        rows = yield from _badges(fresh, done)
        yield Page(rows)
        if len(fresh) < len(command.rows):
            return


def _badges(events: list[JsonObject], done: set[str]) -> Any:
    found = []
    for row in events:
        if not str(row.get("event_type", "")).startswith("badge."):
            continue
        whole = row if isinstance(row.get("badge"), Mapping) else (yield from event(str(row.get("id"))))
        badge = badge_of(whole) if whole else None
        if badge is not None and badge["id"] not in done:
            done.add(badge["id"])
            found.append(badge)
    return found


def _at(row: JsonObject) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(row.get("occurred_at")))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def happenings(before: JsonObject | None, after: JsonObject | None, now: datetime) -> list[Happening]:
    """A badge comes to a state once: so that is its key, however it was heard of."""
    if after is None:
        return [_became(DELETED, before)] if before is not None and before.get("state") != DELETED else []
    state = str(after.get("state") or "")
    if before is not None and before.get("state") == after.get("state"):
        return []
    if before is None and state == DELETED:
        return []  # nobody was told of it, so nothing is to undo
    return [_became(state, after)] if state else []


def _became(state: str, row: JsonObject | None) -> Happening:
    kind = f"badge.{state}" if state in STATES else OTHER
    return Happening(type=kind, key=f"badge:{(row or {}).get('id')}:{state}")


def admits(row: JsonObject, settings: Mapping[str, Any]) -> bool:
    chosen = settings.get("template_ids") or []
    wanted = chosen.split(",") if isinstance(chosen, str) else chosen
    return not wanted or row.get("badge_template_id") in [str(item).strip() for item in wanted]


ROW = badge_row(BADGE)


def _sample(state: str) -> JsonObject:
    if state == PENDING:
        return ROW
    page = "https://www.credly.com/badges/f77311e5-9d8c-4c4f-a5e7-089ae2f0b85b"
    more = {"badge_url": page, "url": page, "accept_badge_url": None} if state == ACCEPTED else {}
    return {**ROW, **more, "state": state, "state_updated_at": "2026-11-21T08:00:00.000Z"}


CHANGED = Trigger(
    key="badges.changed",
    title="A badge is issued, accepted, rejected, revoked or deleted",
    kind=TriggerKind.POLL,
    events=(*((f"badge.{state}", title) for state, title in STATES.items()), (OTHER, "Badge in a new state")),
    sample={
        **{f"badge.{state}": _sample(state) for state in STATES},
        OTHER: {**ROW, "state": "suspended"},
    },
    fields=(
        Field(
            key="look_at",
            label="Where webhooks do not tell, look at",
            choices=(
                ("events", "the list of events"),
                ("badges", "all issued badges"),
                ("bulk", "all issued badges, by the bulk search"),
            ),
            default="events",
            help="Credly switches the list of events on for an account; without it, look at the badges.",
        ),
        Field(
            key="template_ids",
            label="Badge templates",
            type=FieldType.LIST,
            reference="templates",
            help="Only badges of these templates; none chosen means all.",
        ),
    ),
    sweep=sweep,
    operations=("badges.list", "badges.search", "events.list", "events.get"),
    remember=KEPT,
    happenings=happenings,
    overlap_s=OVERLAP_S,
    fetch=fetch_badge,
    hears=HEARS,
    changed_at="[state_updated_at, updated_at][?@] | sort(@)[-1]",
    made_at="created_at",
    admits=admits,
)
