"""Opportunities: seven events, two of which may tell one change (issue 27), and `opportunities.changed`.

The search is ordered by when they were made and has no filter by change: a look pages through all of them.
"""

from __future__ import annotations

from integrations.connectors.ghl.triggers.told import Told, fields
from integrations.engine.changes import created_changed_gone, events_of
from integrations.engine.paginate import by_page
from integrations.engine.spec import JsonObject, Since, Sweep, Trigger, TriggerKind

SCOPE = "opportunities.readonly"
PAGE_SIZE = 100

SAMPLE: JsonObject = {
    "id": "opp0000000000000001",
    "locationId": "loc0000000000000001",
    "contactId": "con0000000000000001",
    "name": "Advanced course",
    "monetaryValue": 1200,
    "pipelineId": "pip0000000000000001",
    "pipelineStageId": "stg0000000000000001",
    "assignedTo": "usr0000000000000001",
    "source": "form",
    "status": "open",
    "dateAdded": "2026-11-20T10:00:00.000Z",
}
KEPT = (
    "id", "name", "monetaryValue", "pipelineId", "pipelineStageId", "assignedTo", "status", "source",
    "contactId",
)  # fmt: skip
ROW: JsonObject = {
    **{key: value for key, value in SAMPLE.items() if key != "dateAdded"},
    "createdAt": "2026-11-20T10:00:00.000Z",
    "updatedAt": "2026-11-20T10:00:00.000Z",
}
FIELDS = (
    "id locationId contactId name monetaryValue:n pipelineId pipelineStageId assignedTo source status "
    "dateAdded:t"
)
KINDS = (
    ("Create", "is created"),
    ("Update", "is changed"),
    ("Delete", "is deleted"),
    ("StageUpdate", "moves to another stage"),
    ("StatusUpdate", "is won, lost or opened again"),
    ("MonetaryValueUpdate", "changes its value"),
    ("AssignedToUpdate", "is given to another person"),
)


def sweep(since: Since) -> Sweep:
    yield from by_page("opportunities.search", {}, rows="opportunities", size=PAGE_SIZE, size_key="limit")


TOLD = tuple(
    Told(
        type=f"Opportunity{kind}",
        title=f"An opportunity {words} (Opportunity{kind})",
        scope=SCOPE,
        fields=fields(FIELDS),
        sample=SAMPLE,
    )
    for kind, words in KINDS
)
CHANGED = Trigger(
    key="opportunities.changed",
    title="An opportunity is created, changed or deleted",
    kind=TriggerKind.POLL,
    events=events_of("opportunity", "Opportunity"),
    sample={
        "opportunity.created": ROW,
        "opportunity.updated": {**ROW, "status": "won"},
        "opportunity.deleted": ROW,
    },
    scopes=(SCOPE,),
    sweep=sweep,
    operations=("opportunities.search", "opportunities.get"),
    remember=KEPT,
    happenings=created_changed_gone("opportunity", KEPT, "updatedAt"),
    reread="opportunities.get",
    hears=tuple(told.type for told in TOLD),
    whole=True,
    changed_at="updatedAt",
    made_at="createdAt",
    glimpse=True,
    answer=fields(f"{FIELDS} createdAt:t updatedAt:t".replace("dateAdded:t ", "")),
)
TRIGGERS = (CHANGED,)
