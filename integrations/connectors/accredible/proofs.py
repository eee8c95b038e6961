"""Look-ups after a write whose outcome is unknown: was it made?

No call takes an idempotency key (official OpenAPI 25.08.0). But `meta_data`, texts of the issuer's own, can
be searched: so certificates and groups carry our mark there, and are found by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.connectors.accredible.words import MARK, MARK_FIELD, VISIBLE_AFTER_S
from integrations.engine.paginate import Asked, ask, by_page, collect
from integrations.engine.spec import Attempt, JsonObject, Proof, ProofKind

PAGE_SIZE = 50  # the documented default


def rows(found: Any, key: str) -> list[JsonObject]:
    """The rows under `key`. Departments have been shown as one object where a list is meant."""
    listed = found.get(key) if isinstance(found, dict) else None
    listed = [listed] if isinstance(listed, dict) else listed
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []


def first_with(found: Any, key: str, meta: Mapping[str, Any]) -> JsonObject | None:
    """The first row whose `meta_data` really holds these: a search that ignored the filter finds others."""

    def holds(row: JsonObject) -> bool:
        kept = row.get("meta_data")
        return isinstance(kept, dict) and all(str(kept.get(k)) == str(v) for k, v in meta.items())

    return next((row for row in rows(found, key) if holds(row)), None)


def credential_with(meta: Mapping[str, Any]) -> Asked:
    found = yield from ask("credentials.search", {"query": {"meta_data": dict(meta)}})
    return first_with(found, "credentials", meta)


def group_with(meta: Mapping[str, Any]) -> Asked:
    found = yield from ask("groups.search", {"meta_data": dict(meta), "page_size": PAGE_SIZE})
    return first_with(found, "groups", meta)


def find_credential(attempt: Attempt) -> Asked:
    found = yield from credential_with({MARK: attempt.mark})
    return None if found is None else {**found, "id": str(found.get("id"))}


def find_group(attempt: Attempt) -> Asked:
    found = yield from group_with({MARK: attempt.mark})
    return found


def find_evidence(attempt: Attempt) -> Asked:
    """The certificate's piece of evidence of that description: an equal one serves as well."""
    found = yield from ask("credentials.get", {"id": attempt.values["credential_id"]})
    wanted = attempt.values.get("description")
    return next((row for row in rows(found, "evidence_items") if row.get("description") == wanted), None)


def named(operation: str, key: str) -> Callable[[Attempt], Asked]:
    """The row of that name, over all pages."""

    def look_up(attempt: Attempt) -> Asked:
        pages = by_page(operation, {}, rows=f"{key}[]", size=PAGE_SIZE, size_key="page_size")
        found = yield from collect(pages)
        return next((row for row in found if row.get("name") == attempt.values.get("name")), None)

    return look_up


def marked(look_up: Callable[[Attempt], Asked], operation: str, target: str) -> Proof:
    return Proof(
        kind=ProofKind.MARKED,
        target=target,
        mark_field=MARK_FIELD,
        look_up=look_up,
        operations=(operation,),
        visible_after_s=VISIBLE_AFTER_S,
        source="meta_data can be searched (official OpenAPI); how soon it shows is not documented",
    )


def by_name(operation: str, key: str, source: str) -> Proof:
    return Proof(
        kind=ProofKind.NATURAL_KEY,
        target="name",
        look_up=named(operation, key),
        operations=(operation,),
        visible_after_s=VISIBLE_AFTER_S,
        source=source,
    )
