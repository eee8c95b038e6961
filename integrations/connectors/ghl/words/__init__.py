"""Our names and words for GoHighLevel's calls, area by area."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.words import (
    appointments,
    availability,
    calendars,
    contact_items,
    contacts,
    conversations,
    fields,
    locations,
    messages,
    objects,
    opportunities,
    people,
)
from integrations.connectors.ghl.words.base import EVERYWHERE, FieldWords, Words

AREAS = (
    contacts.AREA,
    contact_items.AREA,
    calendars.AREA,
    appointments.AREA,
    availability.AREA,
    opportunities.AREA,
    conversations.AREA,
    messages.AREA,
    fields.AREA,
    objects.AREA,
    people.AREA,
    locations.AREA,
)
WORDS: Mapping[str, Words] = {words.call: words for area in AREAS for words in area.calls}
"""Words by the call's name in the table: "POST /contacts/upsert"."""


def fields_of(call: str) -> Mapping[str, FieldWords]:
    """What is said of this call's fields: everywhere, in its area, and of this call alone."""
    return _FIELDS.get(call, EVERYWHERE)


def _merged(*layers: Mapping[str, FieldWords]) -> dict[str, FieldWords]:
    found: dict[str, dict[str, Any]] = {}
    for layer in layers:
        for key, said in layer.items():
            found[key] = {**found.get(key, {}), **said}
    return dict(found)


_FIELDS: Mapping[str, Mapping[str, FieldWords]] = {
    words.call: _merged(EVERYWHERE, area.fields, words.fields) for area in AREAS for words in area.calls
}
