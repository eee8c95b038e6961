"""What begins a workflow without an app telling: by hand, a form, a schedule, another workflow's finish.

They may stand behind any of a workflow's connections; what comes in is the same whatever app that is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.schedules import DAYS
from integrations.engine.spec import Connector, Field, FieldType, Trigger, TriggerKind

BY_HAND, FORM, SCHEDULE, FINISHED = "hub.by_hand", "hub.form", "hub.schedule", "hub.finished"
KINDS = {
    "text": FieldType.TEXT,
    "email": FieldType.EMAIL,
    "phone": FieldType.PHONE,
    "number": FieldType.NUMBER,
    "date": FieldType.DATE,
    "yes/no": FieldType.BOOLEAN,
}
DECLARED = re.compile(r"(?P<label>[^()*]{1,80}?)\s*(?P<needed>\*?)\s*(\((?P<kind>[^()]+)\))?\s*(?P<late>\*?)")
EXAMPLES: Mapping[FieldType, Any] = {
    FieldType.EMAIL: "rosa@example.com",
    FieldType.PHONE: "+15005550006",
    FieldType.NUMBER: 30,
    FieldType.DATE: "2026-11-23",
    FieldType.BOOLEAN: True,
}

ASKED = Field(
    key="fields",
    label="What is asked for",
    type=FieldType.LIST,
    help="Names with commas between; a * makes one needed, its kind stands in brackets: Name*, "
    f"Email* (email), Visits (number). Kinds: {', '.join(KINDS)}.",
)

TRIGGERS: Mapping[str, Trigger] = {
    trigger.key: trigger
    for trigger in (
        Trigger(
            key=BY_HAND,
            title="Somebody starts it by hand",
            kind=TriggerKind.MANUAL,
            events=(("by_hand", "Started by hand"),),
            sample={"by_hand": {"id": "1", "at": "2026-11-23T10:00:00+00:00", "by": "ada", "values": {}}},
            fields=(ASKED,),
        ),
        Trigger(
            key=FORM,
            title="Somebody fills in a form",
            kind=TriggerKind.MANUAL,
            events=(("form", "Form filled in"),),
            sample={"form": {"id": "1", "at": "2026-11-23T10:00:00+00:00", "values": {}}},
            fields=(
                Field(key="title", label="Title of the form", default="Tell us"),
                replace(ASKED, required=True),
                Field(key="thanks", label="What it says afterwards", default="Thank you. It has arrived."),
            ),
        ),
        Trigger(
            key=SCHEDULE,
            title="On a schedule",
            kind=TriggerKind.SCHEDULE,
            events=(("schedule", "The time has come"),),
            sample={"schedule": {"id": "1", "at": "2026-11-23T09:00:00+00:00"}},
            fields=(
                Field(
                    key="how",
                    label="How often",
                    choices=(("daily", "daily"), ("weekly", "weekly"), ("minutes", "every so many minutes")),
                    default="daily",
                ),
                Field(key="minutes", label="Minutes", type=FieldType.INTEGER, default=60),
                Field(key="at", label="At (hours:minutes)", default="09:00"),
                Field(
                    key="days",
                    label="On",
                    type=FieldType.LIST,
                    choices=tuple((day, day.capitalize()) for day in DAYS),
                ),
                Field(key="zone", label="Time zone", default="UTC", help="Such as Europe/Berlin."),
                Field(
                    key="missed",
                    label="What was missed while the hub stood still or the workflow was paused",
                    choices=(("skip", "is left out"), ("once", "is made good, once")),
                    default="skip",
                ),
            ),
        ),
        Trigger(
            key=FINISHED,
            title="Another workflow has finished",
            kind=TriggerKind.WORKFLOW,
            events=(("finished", "Another workflow has finished"),),
            sample={
                "finished": {
                    "id": "1",
                    "workflow": "Follow up",
                    "outcome": "succeeded",
                    "reason": "",
                    "record": "42",
                    "event": {},
                    "event_type": "certificate.issued",
                    "answer": {},
                    "hops": 1,
                }
            },
            fields=(
                Field(key="workflow", label="Which workflow", required=True, help="Its name, in this team."),
                Field(
                    key="outcome",
                    label="When it",
                    choices=(("succeeded", "succeeded"), ("failed", "failed"), ("any", "ended either way")),
                    default="succeeded",
                ),
            ),
        ),
    )
}


def trigger_in(connector: Connector, key: str, settings: Mapping[str, Any]) -> Trigger:
    """The app's trigger of that key, or the hub's own, whose sample has the fields that were declared."""
    own = TRIGGERS.get(key)
    if own is None:
        return connector.trigger(key)
    event, _ = own.events[0]
    if ASKED.key not in [field.key for field in own.fields]:
        return own
    try:
        values = {f.key: EXAMPLES.get(f.type, f"some {f.title}") for f in asked_fields(settings)}
    except WrongUse:
        values = {}
    return replace(own, sample={event: {**own.sample[event], "values": values}})


def asked_fields(settings: Mapping[str, Any]) -> tuple[Field, ...]:
    """What a form or a start by hand asks for. Raises WrongUse for what cannot be read."""
    found: dict[str, Field] = {}
    for text in settings.get(ASKED.key) or ():
        read = DECLARED.fullmatch(str(text).strip())
        if read is None:
            raise WrongUse(f"“{text}” is no field; write it as Name* or Visits (number).")
        kind = (read["kind"] or "text").strip().lower()
        if kind not in KINDS:
            raise WrongUse(did_you_mean(kind, list(KINDS), "kind of field"))
        label = read["label"].strip()
        key = re.sub(r"\W+", "_", label.lower(), flags=re.ASCII).strip("_")
        if not key or key in found:
            raise WrongUse(f"“{label}” needs a name of its own, with letters in it.")
        needed = bool(read["needed"] or read["late"])
        found[key] = Field(key=key, label=label, type=KINDS[kind], required=needed)
    return tuple(found.values())
