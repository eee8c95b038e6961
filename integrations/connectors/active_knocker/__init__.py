"""Active Knocker: door-to-door canvassing. No API is published, so almost everything is a setting."""

from __future__ import annotations

from typing import Any

from integrations.connectors.active_knocker.addresses import HOST, read_base
from integrations.connectors.active_knocker.answers import failure, refusal
from integrations.connectors.active_knocker.auths import AUTHS
from integrations.connectors.active_knocker.bridge import (
    AVAILABILITY_TOLD,
    LEADS_TOLD,
    TEAMS_TOLD,
    WEBHOOKS,
)
from integrations.connectors.active_knocker.operations import OPERATIONS
from integrations.connectors.active_knocker.pins import LEADS, chosen, meanings_of
from integrations.connectors.active_knocker.procedures import CREATE_VISIT, TAG_LEADS
from integrations.connectors.active_knocker.settings import SETTINGS
from integrations.engine.spec import Connector, Limit, OwnAddress, Quota, Reference, Verify

PROCEDURES = (CREATE_VISIT, TAG_LEADS)
TRIGGERS = (LEADS, LEADS_TOLD, AVAILABILITY_TOLD, TEAMS_TOLD)


def say(answer: Any) -> str:
    """How many statuses there are, and which of them we take for a booking."""
    meanings = meanings_of(answer)
    booked, _ = chosen({}, meanings)
    names = ", ".join(sorted(meanings[key] for key in booked)) or "none by its name; choose in the workflow"
    return f"Connected: {len(meanings)} pin statuses; those that mean booked: {names}."


CONNECTOR = Connector(
    slug="active_knocker",
    title="Active Knocker",
    summary="Door-to-door canvassing: leads booked at the door, reps' availability, teams.",
    hosts={"": HOST},
    own_address=OwnAddress(setting="base_url", read=read_base),
    auths=AUTHS,
    verify=Verify(operation="statuses.list", say=say),
    refusal=refusal,
    failure=failure,
    quota=Quota(
        limits=(Limit(count=1, window_s=1.0),),
        scope=lambda account: f"account:{account.base_url}:{account.name}",
        source="no limit is published; a customer's client pauses a second between calls",
    ),
    operations=OPERATIONS,
    procedures={procedure.key: procedure for procedure in PROCEDURES},
    triggers={trigger.key: trigger for trigger in TRIGGERS},
    references={
        "statuses": Reference(
            key="statuses", title="Pin statuses", operation="statuses.list", rows="@", label="meaning"
        ),
        "tags": Reference(
            key="tags", title="Tags", operation="tags.list", rows="@", label="tag_caption_name"
        ),
    },
    webhooks=WEBHOOKS,
    settings=SETTINGS,
)
