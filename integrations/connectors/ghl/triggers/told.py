"""One event type of GoHighLevel's webhooks, and the trigger that hands it on as it came.

Types and fields: the official docs repository (commit of 2026-06-19), the pages of the single events for what
it leaves out. Scopes: its table of scopes; where an event is missing there, the scope that reading the same
record takes, marked “presumed”.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.engine.spec import Field, FieldType, JsonObject, Place, Script, Trigger, TriggerKind

ENVELOPE = {
    "appId": "app0000000000000000000001",
    "versionId": "ver0000000000000000000001",
    "timestamp": "2026-11-20T10:00:00.000Z",
    "webhookId": "8e8b3a1c-0000-4000-8000-000000000001",
}
TYPES = {
    "b": FieldType.BOOLEAN,
    "n": FieldType.NUMBER,
    "t": FieldType.DATETIME,
    "d": FieldType.DATE,
    "e": FieldType.EMAIL,
    "p": FieldType.PHONE,
    "l": FieldType.LIST,
    "o": FieldType.OBJECT,
}

Fetch = Callable[[str, JsonObject, Mapping[str, Any]], Script]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`type` as it arrives. `record` are the paths to the id of what it is about, the first that finds one;
    `fields` the declared ones (see `fields`). `fetch`, or the operation `reread`, completes it: what arrives
    is known to be partial."""

    type: str
    title: str
    fields: tuple[Field, ...]
    sample: JsonObject
    scope: str = ""
    record: tuple[str, ...] = ("id",)
    fetch: Fetch | None = None
    reread: str = ""
    operations: tuple[str, ...] = ()


def fields(text: str) -> tuple[Field, ...]:
    """`"id dateAdded:t tags:l"`: names with the first letter of their type, text where there is none."""
    found = []
    for word in text.split():
        key, _, kind = word.partition(":")
        found.append(Field(key=key, type=TYPES.get(kind, FieldType.TEXT), place=Place.BODY))
    return tuple(found)


def raw(told: Told) -> Trigger:
    """The trigger that hands the event on under the vendor's own name for it."""
    return Trigger(
        key=f"webhook.{snake(told.type)}",
        title=told.title,
        kind=TriggerKind.WEBHOOK,
        events=((told.type, told.title),),
        sample={told.type: {"type": told.type, **told.sample, **ENVELOPE}},
        scopes=(told.scope,) if told.scope else (),
        record_id=" || ".join(told.record),
        hears=(told.type,),
        fetch=told.fetch,
        reread=told.reread,
        operations=told.operations or ((told.reread,) if told.reread else ()),
        answer=told.fields,
    )


def snake(word: str) -> str:
    """`ContactTagUpdate` -> contact_tag_update, `PLAN_CHANGE` -> plan_change."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower()
