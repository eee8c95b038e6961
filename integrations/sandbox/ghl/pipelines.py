"""Pipelines with their stages, and reasons for losing, in the simulated GHL: only to be read (official
OpenAPI, opportunities). They come with the seed."""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.calls import Call, Handlers
from integrations.sandbox.ghl.refusals import bad_request
from integrations.sandbox.ghl.rows import Rows, many, page

PIPELINES = Rows(collection="pipelines", what="Pipeline")
LOST_REASONS = Rows(collection="lost_reasons", what="Lost reason", stamps=("createdAt", "updatedAt"))


def list_lost_reasons(call: Call) -> JsonObject:
    call.enter(call.query["locationId"])
    wanted = (call.query.get("name") or call.query.get("query") or "").lower()
    rows = [
        row
        for row in LOST_REASONS.of(call.tx, call.query["locationId"])
        if wanted in row["name"].lower() and not call.query.get("deleted", False)
    ]
    return {"lostReasons": page(call, rows, 100), "total": len(rows)}


def stage_of(pipeline: JsonObject, stage_id: str) -> str:
    """The stage if the pipeline has it; the first one where none is asked for."""
    ids = [str(stage["id"]) for stage in pipeline["stages"]]
    if stage_id and stage_id not in ids:
        raise bad_request("The pipeline has no such stage.")
    return stage_id or ids[0]


HANDLERS: Handlers = {
    "pipelines.list": PIPELINES.listed(many("pipelines")),
    "opportunities.lost_reasons": list_lost_reasons,
}
