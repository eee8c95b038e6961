"""Was a write made whose answer never came? Every list that is read for it is read to its last page.

What people name as they like (a field, a task) is ours only when it was made since the claim; times here
come with an offset. How soon a list shows a new record is not documented, hence VISIBLE_AFTER_S.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.connectors.activecampaign.pages import listed, rows_of
from integrations.engine.errors import NotFound
from integrations.engine.paginate import Asked, ask, collect
from integrations.engine.spec import Attempt, JsonObject, Proof, ProofKind

CLOCKS = timedelta(seconds=60)
VISIBLE_AFTER_S = 5.0

LookUp = Callable[[Attempt], Asked]


def whole(target: str = "id", source: str = "a whole state is put; twice is once") -> Proof:
    return Proof(kind=ProofKind.IDEMPOTENT, target=target, source=source)


def gone(target: str = "id") -> Proof:
    return Proof(kind=ProofKind.IDEMPOTENT, target=target, source="gone is gone")


def looked_up(look_up: LookUp, reads: str, target: str, source: str, mark: str = "") -> Proof:
    return Proof(
        kind=ProofKind.MARKED if mark else ProofKind.NATURAL_KEY,
        target=target,
        mark_field=mark,
        look_up=look_up,
        operations=tuple(reads.split()),
        visible_after_s=VISIBLE_AFTER_S,
        source=source,
    )


def nothing(source: str) -> Proof:
    return Proof(kind=ProofKind.NONE, source=source)


# --- look-ups -------------------------------------------------------------------------------------


def contact_with(values: Mapping[str, Any]) -> Asked:
    """The contact with this e-mail address, which is one contact's alone; None for none."""
    email = str(values.get("email") or "").strip()
    if not email:
        return None
    found = yield from ask("contacts.list", {"email": email})
    return next((row for row in rows_of(found, "contacts") if _same(row.get("email"), email)), None)


def find_synced(attempt: Attempt) -> Asked:
    """The contact, if it shows the names that were written; else the sync is repeated, which updates it.

    Its own fields are not in this answer, so what is written to them is written again.
    """
    contact = yield from contact_with(attempt.values)
    if contact is None or attempt.values.get("fieldValues"):
        return None
    names = [attempt.values.get(key) for key in ("firstName", "lastName", "phone")]
    shown = [contact.get(key) for key in ("firstName", "lastName", "phone")]
    return contact if all(not name or name == is_ for name, is_ in zip(names, shown, strict=True)) else None


def find_created(attempt: Attempt) -> Asked:
    contact = yield from contact_with(attempt.values)
    return contact if since(contact, attempt, "cdate", "created_utc_timestamp") else None


def in_list(operation: str, rows: str, *keys: str, dated: str = "", query: tuple[str, ...] = ()) -> LookUp:
    """The row that is equal in `keys`; with `dated`, only one made since the claim."""

    def look_up(attempt: Attempt) -> Asked:
        asked = {key: attempt.values[key] for key in query}
        for row in (yield from collect(listed(operation, asked, rows))):
            same = all(_same(row.get(key), attempt.values.get(key)) for key in keys)
            same = same and attempt.may_be_ours(row)
            if same and (not dated or since(row, attempt, dated)):
                return row
        return None

    return look_up


def of_contact(operation: str, rows: str, key: str, dated: str = "") -> LookUp:
    """The row of the attempt's contact that is equal in `key`: a list of its own, without pages."""

    def look_up(attempt: Attempt) -> Asked:
        try:
            found = yield from ask(operation, {"id": attempt.values["contact"]})
        except NotFound:
            return None
        for row in rows_of(found, rows):
            same = _same(row.get(key), attempt.values.get(key)) and attempt.may_be_ours(row)
            if same and (not dated or since(row, attempt, dated)):
                return row
        return None

    return look_up


def find_tag(attempt: Attempt) -> Asked:
    found = yield from tag_named(str(attempt.values.get("tag") or ""))
    return found


def tag_named(name: str) -> Asked:
    """The contact tag of exactly this name. The search finds parts of names, of every type of tag."""
    for row in (yield from collect(listed("tags.list", {"search": name}, "tags"))):
        if row.get("tagType") == "contact" and _same(row.get("tag"), name):
            return row
    return None


def find_field_rel(attempt: Attempt) -> Asked:
    """The list of fields brings, beside them, where each is shown."""
    found = yield from ask("fields.list", {"limit": 100})
    for row in rows_of(found, "fieldRels"):
        if all(str(row.get(key)) == str(attempt.values.get(key)) for key in ("field", "relid")):
            return row
    return None


def find_note(attempt: Attempt) -> Asked:
    found = yield from ask("contacts.notes", {"id": attempt.values["relid"]})
    return next((row for row in rows_of(found, "notes") if attempt.mark in str(row.get("note"))), None)


def find_task(attempt: Attempt) -> Asked:
    asked = {"filters[relid]": attempt.values["relid"]}
    rows = yield from collect(listed("deal_tasks.list", asked, "dealTasks"))
    return next((row for row in rows if attempt.mark in str(row.get("note"))), None)


def record_with(values: Mapping[str, Any]) -> Asked:
    """The record of a custom object that an upsert of these values would update."""
    asked = {"schemaId": values["schemaId"], "externalId": values["externalId"]}
    try:
        found = yield from ask("records.by_external_id", asked)
    except NotFound:
        return None
    return found if isinstance(found, dict) else None


def find_schema(attempt: Attempt) -> Asked:
    found = yield from schema_with(str(attempt.values.get("slug") or ""))
    return found


def schema_with(slug: str) -> Asked:
    for row in (yield from collect(listed("schemas.list", {}, "schemas"))):
        if row.get("slug") == slug:
            return row
    return None


# --- times ----------------------------------------------------------------------------------------


def since(record: JsonObject | None, attempt: Attempt, *keys: str) -> bool:
    times = [time_of(record.get(key)) for key in keys] if record else []
    return any(time is not None and time >= attempt.claimed_at - CLOCKS for time in times)


def time_of(value: Any) -> datetime | None:
    """None also for a time without zone: whose clock it is, nobody knows."""
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return time if time.tzinfo else None


def _same(one: Any, other: Any) -> bool:
    return str(one or "").strip().casefold() == str(other or "").strip().casefold()
