"""Opportunities and their pipelines."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import Area, named, picked
from integrations.engine.spec import Keyed, Kind

FOLLOWERS = {"followers": picked("Followers", "users")}
SEARCH = {
    "limit": {"label": "At most", "default": 20},
    "page": {"default": 1},
    "searchAfter": {"default": []},
    "additionalDetails": {
        "label": "With notes, tasks, appointments",
        "default": {"notes": False, "tasks": False, "calendarEvents": False, "unReadConversations": False},
    },
}
UPSERT = {
    "id": {"label": "Opportunity id", "help": "Empty: a new one, or the one that fits."},
    "followers": picked("Followers", "users", default=[]),
    "isRemoveAllFollowers": {"label": "Remove all followers", "default": False},
    "followersActionType": {"label": "Add or remove followers", "default": "add"},
}

AREA = Area(
    fields={
        "id": {"label": "Opportunity id"},
        "q": {"label": "Search words"},
        "pipelineId": picked("Pipeline", "pipelines"),
        "pipeline_id": picked("Pipeline", "pipelines"),
        "pipelineStageId": picked("Stage", "stages"),
        "pipeline_stage_id": picked("Stage", "stages"),
        "contact_id": {"label": "Contact id"},
        "assigned_to": picked("Assigned user", "users"),
        "monetaryValue": {"label": "Value"},
        "lostReasonId": {"label": "Reason for losing it"},
        "date": {"label": "From", "help": "mm-dd-yyyy"},
        "endDate": {"label": "To", "help": "mm-dd-yyyy"},
        "customFields": picked(
            "Custom fields",
            "opportunity_fields",
            keyed=Keyed(id="id", written="field_value", read="fieldValue"),
            help="A list of {id, field_value}.",
        ),
    },
    calls=(
        named("opportunities.search", "Search opportunities", "GET /opportunities/search"),
        named("opportunities.search_advanced", "Search opportunities (newer way)",
              "POST /opportunities/search", kind=Kind.READ, fields=SEARCH),
        named("opportunities.get", "Read an opportunity", "GET /opportunities/{id}"),
        named("opportunities.create", "Create an opportunity", "POST /opportunities/"),
        named("opportunities.upsert", "Create or update an opportunity", "POST /opportunities/upsert",
              kind=Kind.CREATE, fields=UPSERT, result="opportunity", record_id="id"),
        named("opportunities.update", "Update an opportunity", "PUT /opportunities/{id}"),
        named("opportunities.set_status", "Set the status of an opportunity",
              "PUT /opportunities/{id}/status"),
        named("opportunities.delete", "Delete an opportunity", "DELETE /opportunities/{id}"),
        named("opportunities.add_followers", "Add followers to an opportunity",
              "POST /opportunities/{id}/followers", kind=Kind.UPDATE, fields=FOLLOWERS),
        named("opportunities.remove_followers", "Remove followers from an opportunity",
              "DELETE /opportunities/{id}/followers", kind=Kind.UPDATE,
              fields={**FOLLOWERS, "isRemoveAllFollowers": {"label": "Remove all followers"}}),
        named("opportunities.lost_reasons", "List reasons for losing opportunities",
              "GET /opportunities/lost-reason"),
        named("pipelines.list", "List pipelines and their stages", "GET /opportunities/pipelines"),
    ),
)  # fmt: skip
