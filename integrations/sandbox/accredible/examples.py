"""The records of the simulated Accredible that docs/examples/ speaks of, under ids that stand in its files.

What is there already stays as it is, so the action can be done again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.accredible import groups
from integrations.sandbox.accredible.certificates import CERTIFICATES, GROUPS, issue
from integrations.sandbox.transaction import Tx

GROUP = 12472
CERTIFICATE = 10250012
ATTRIBUTES = {"location": "Riverside"}


def put_examples(tx: Tx, values: Mapping[str, Any]) -> JsonObject:
    """The group “first-aid-2026”, and Ada Lovelace's certificate of it."""
    made = []
    if tx.get(GROUPS, str(GROUP)) is None:
        groups.add(tx, _group(), GROUP)
        made.append(GROUP)
    if tx.get(CERTIFICATES, str(CERTIFICATE)) is None:
        issue(tx, _certificate(), CERTIFICATE)
        made.append(CERTIFICATE)
    return {"made": made}


def _group() -> JsonObject:
    return {
        "name": "first-aid-2026",
        "course_name": "First Aid",
        "course_description": "A course of two days.",
        "course_link": "https://academy.example.com/first-aid",
    }


def _certificate() -> JsonObject:
    return {
        "recipient": {"name": "Ada Lovelace", "email": "ada@example.org", "id": "ExampleContactAda001"},
        "group_id": GROUP,
        "custom_attributes": dict(ATTRIBUTES),
    }
