"""All that GoHighLevel tells of: 41 events of its webhooks as they come, nine kinds of change, one question.

TOLD holds the events by type; TRIGGERS all triggers by key.
"""

from __future__ import annotations

from integrations.connectors.ghl.triggers import (
    accounts,
    appointments,
    calendars,
    contacts,
    conversations,
    notes,
    objects,
    opportunities,
    requests,
    tasks,
)
from integrations.connectors.ghl.triggers.told import raw
from integrations.engine.spec import Trigger

TOLD = {
    told.type: told
    for told in (
        *contacts.TOLD,
        *notes.TOLD,
        *tasks.TOLD,
        *appointments.TOLD,
        *opportunities.TOLD,
        *conversations.TOLD,
        *accounts.TOLD,
        *objects.TOLD,
    )
}
TRIGGERS: dict[str, Trigger] = {
    trigger.key: trigger
    for trigger in (
        *contacts.TRIGGERS,
        *notes.TRIGGERS,
        *tasks.TRIGGERS,
        *appointments.TRIGGERS,
        *opportunities.TRIGGERS,
        *calendars.TRIGGERS,
        *requests.TRIGGERS,
        *(raw(told) for told in TOLD.values()),
    )
}
