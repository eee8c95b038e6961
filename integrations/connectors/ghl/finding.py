"""Further look-ups after a write whose outcome is unknown; those of contacts and calendars stand in `proofs`.

A record without our mark is taken for ours only where nobody else can have made it: what it is named by is
unique, or it was added since the claim. Which of GoHighLevel's names are unique, each source says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from integrations.connectors.ghl.proofs import AROUND, epoch_ms, since, time_of
from integrations.engine.errors import NotFound
from integrations.engine.paginate import Asked, ask, by_skip, collect
from integrations.engine.spec import Attempt, JsonObject

LookUp = Callable[[Attempt], Asked]


def rows_of(found: Any, key: str = "") -> list[JsonObject]:
    """The rows in an answer, or in one of its members."""
    if key and isinstance(found, dict):
        found = found.get(key)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def marked(rows: Iterable[JsonObject], field: str, mark: str) -> JsonObject | None:
    return next((row for row in rows if mark in str(row.get(field) or "")), None)


def in_list(operation: str, path: str, field: str) -> LookUp:
    """The row that carries our mark in `field`, in a list that belongs to the record named by `path`."""

    def look_up(attempt: Attempt) -> Asked:
        found = yield from ask(operation, {path: attempt.values[path]})
        return marked(rows_of(found), field, attempt.mark)

    return look_up


def named_alike(
    operation: str, *keys: str, key: str = "", dated: str = "", asked: tuple[str, ...] = ()
) -> LookUp:
    """The row that is equal in `keys`; with `dated`, only one added since the claim.

    `key` is the member of the answer that holds the rows, `asked` are the values the list is asked with.
    """

    def look_up(attempt: Attempt) -> Asked:
        found = yield from ask(operation, {name: attempt.values[name] for name in asked})
        return alike(rows_of(found, key), attempt, keys, dated)

    return look_up


def alike(
    rows: Iterable[JsonObject], attempt: Attempt, keys: Iterable[str], dated: str = ""
) -> JsonObject | None:
    for row in rows:
        same = all(_same(row.get(name), attempt.values.get(name)) for name in keys)
        if same and attempt.may_be_ours(row) and (not dated or since(row, attempt, dated)):
            return row
    return None


def _same(there: Any, written: Any) -> bool:
    if isinstance(there, str) and isinstance(written, str):
        return there.strip().casefold() == written.strip().casefold()
    return bool(there == written)


def find_appointment_note(attempt: Attempt) -> Asked:
    """Pages of 20, the most that are given at once."""
    rows = yield from collect(
        by_skip(
            "appointment_notes.list",
            {"appointmentId": attempt.values["appointmentId"]},
            rows="notes",
            limit=20,
            skip_key="offset",
        )
    )
    return marked(rows, "body", attempt.mark)


def find_block(attempt: Attempt) -> Asked:
    """The blocked time that carries our mark, among those around its start of the same calendar or person."""
    start = time_of(attempt.values.get("startTime"))
    whose = {"calendarId": attempt.values.get("calendarId"), "userId": attempt.values.get("assignedUserId")}
    chosen = {key: value for key, value in whose.items() if value}
    if start is None or not chosen:
        return None
    window = {"startTime": str(epoch_ms(start - AROUND)), "endTime": str(epoch_ms(start + AROUND))}
    found = yield from ask("block_slots.list", {**window, **chosen})
    return marked(rows_of(found), "title", attempt.mark)


def find_resource(attempt: Attempt) -> Asked:
    rows = yield from collect(
        by_skip("resources.list", {"resourceType": attempt.values["resourceType"]}, rows="@", limit=100)
    )
    return marked(rows, "description", attempt.mark)


def find_schedule(attempt: Attempt) -> Asked:
    """The person's schedule of that name that was added since the claim."""
    found = yield from ask("schedules.search", {"userId": attempt.values["userId"], "limit": 500})
    return alike(rows_of(found), attempt, ("name", "timezone"), "dateAdded")


def find_association(attempt: Attempt) -> Asked:
    try:
        found = yield from ask("associations.get_by_key", {"key_name": attempt.values["key"]})
    except NotFound:
        return None
    return found if isinstance(found, dict) and found.get("key") == attempt.values["key"] else None


def find_conversation(attempt: Attempt) -> Asked:
    found = yield from ask("conversations.search", {"contactId": attempt.values["contactId"]})
    return alike(rows_of(found, "conversations"), attempt, ("contactId",))


def find_opportunity(attempt: Attempt) -> Asked:
    """The pipeline's opportunity of that name (and contact) that was added since the claim."""
    values = attempt.values
    asked: Mapping[str, Any] = {"pipeline_id": values["pipelineId"], "q": values.get("name"), "limit": 100}
    if values.get("contactId"):
        asked = {**asked, "contact_id": values["contactId"]}
    found = yield from ask("opportunities.search", {key: value for key, value in asked.items() if value})
    return alike(rows_of(found, "opportunities"), attempt, ("name", "pipelineId"), "createdAt")


def find_upserted_opportunity(attempt: Attempt) -> Asked:
    """One that was named by its id was changed, not made: repeating it changes nothing more."""
    if attempt.values.get("id"):
        return None
    return (yield from find_opportunity(attempt))


def find_user(attempt: Attempt) -> Asked:
    found = yield from ask("users.search", {"query": attempt.values["email"]})
    return alike(rows_of(found, "users"), attempt, ("email",))
