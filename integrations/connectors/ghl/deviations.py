"""Where the official files are wrong, silent or not what the live API does, and what the hub holds instead.

"Its example" is the example beside a field in the official file, where that contradicts the field's type.
What third parties measured on the live API they published in 2026. "Presumed" rests on less.
"""

from __future__ import annotations

from integrations.engine.openapi import Parameter
from integrations.engine.overrides import Override
from integrations.engine.spec import JsonObject

TEXT: JsonObject = {"type": "string"}
NUMBER: JsonObject = {"type": "number"}
OBJECT: JsonObject = {"type": "object"}
MOMENT: JsonObject = {"type": "string", "format": "date-time"}
OBJECTS: JsonObject = {"type": "array", "items": OBJECT}
CONTACT: JsonObject = {"$ref": "contacts/GetContectByIdSchema"}


def path(name: str, *choices: str) -> Parameter:
    schema = {**TEXT, "enum": list(choices)} if choices else TEXT
    return Parameter(name=name, place="path", required=True, schema=schema)


PATHS = tuple(
    Override(
        at=at,
        says=f"the path's {{{parameter.name}}} is a parameter like any other",
        evidence="it stands in the path and is not declared",
        parameters=(parameter,),
    )
    for at, parameter in (
        (("POST /contacts/bulk/tags/update/{type}",), path("type", "add", "remove")),
        (
            (
                "PUT /calendars/appointments/{appointmentId}/notes/{noteId}",
                "DELETE /calendars/appointments/{appointmentId}/notes/{noteId}",
            ),
            path("noteId"),
        ),
        (("GET /conversations/messages/{id}", "GET /conversations/messages/email/{id}"), path("id")),
        (("GET /locations/{locationId}/timezones",), path("locationId")),
        (("PUT /users/{userId}", "DELETE /users/{userId}"), path("userId")),
    )
)

TYPES = (
    Override(
        at=("calendars/CalendarEventDTO",),
        says="times are texts",
        evidence="declared as objects; its examples are texts",
        properties=dict.fromkeys(("startTime", "endTime", "dateAdded", "dateUpdated"), MOMENT),
    ),
    Override(
        at=("calendars/BlockedSlotSuccessfulResponseDto",),
        says="times are texts",
        evidence="declared as objects; its examples are texts",
        properties={"startTime": MOMENT, "endTime": MOMENT},
    ),
    Override(
        at=("contacts/CreateContactDto", "contacts/UpdateContactDto", "contacts/UpsertContactDto"),
        says="dateOfBirth is a date as text",
        evidence="declared as an object; its examples are dates in eight layouts",
        properties={"dateOfBirth": {"type": "string", "format": "date", "nullable": True}},
    ),
    Override(
        at=("contacts/NumericField", "contacts/MonetoryField"),
        says="field_value is a number",
        evidence="declared as an object; its example is a number",
        properties={"field_value": NUMBER},
    ),
    Override(
        at=("contacts/UpdateTagsResponseDTO",),
        says="responses are objects",
        evidence="declared as texts; its examples are objects",
        properties={"responses": OBJECTS},
    ),
    Override(
        at=("associations/createAssociationReqDto", "associations/GetPostSuccessfulResponseDto"),
        says="labels and object keys are texts",
        evidence="declared as objects; its examples are texts",
        properties=dict.fromkeys(
            ("firstObjectLabel", "firstObjectKey", "secondObjectLabel", "secondObjectKey"), TEXT
        ),
    ),
    Override(
        at=("associations/UpdateAssociationReqDto",),
        says="labels are texts",
        evidence="declared as objects; its examples are texts",
        properties={"firstObjectLabel": TEXT, "secondObjectLabel": TEXT},
    ),
    Override(
        at=("associations/GetPostSuccessfulResponseDto",),
        says="associationType is a text",
        evidence="declared as an object; its example is a text",
        properties={"associationType": TEXT},
    ),
    Override(
        at=("opportunities/UpsertOpportunityDto",),
        says="monetaryValue is a number",
        evidence="declared as an object; its example is a number",
        properties={"monetaryValue": NUMBER},
    ),
    Override(
        at=("conversations/SendMessageBodyDto",),
        says="subType is a text",
        evidence="declared as an object; its example is a text",
        properties={"subType": TEXT},
    ),
    Override(
        at=("conversations/ProcessMessageBodyDto",),
        says="direction is a text",
        evidence="declared as an object; its default is a text",
        properties={"direction": {"type": "string", "default": "outbound"}},
    ),
    Override(
        at=("objects/IRecordSchema", "objects/RecordResponseDTO"),
        says="properties are an object",
        evidence="declared as a text; its example is an object",
        properties={"properties": OBJECT},
    ),
    Override(
        at=("objects/ICustomObjectSchema",),
        says="type is a text",
        evidence="declared as an object; presumed, the page of 2026 shows USER_DEFINED and SYSTEM_DEFINED",
        properties={"type": TEXT},
    ),
    Override(
        at=("locations/LocationTaskListSuccessfulResponseDto",),
        says="tasks are objects, as those of a contact",
        evidence="declared as a list of lists, which no task is; presumed from the contacts file",
        properties={"tasks": {"type": "array", "items": {"$ref": "contacts/TaskSchema"}}},
    ),
    Override(
        at=("opportunities/PipelinesResponseSchema",),
        says="stages are objects with id and name",
        evidence="declared as a list of lists; public code reads id, name and position of each",
        properties={
            "stages": {
                "type": "array",
                "items": {"type": "object", "properties": {"id": TEXT, "name": TEXT, "position": NUMBER}},
            }
        },
    ),
    Override(
        at=("calendars/CalendarResourceByIdResponseDTO", "calendars/CalendarResourceResponseDTO"),
        says="a resource has an id",
        evidence="declared nowhere, yet other calls want it in their path; whether `id` or `_id` is unknown",
        properties={"id": TEXT},
    ),
)

REQUIRED = (
    Override(
        at=tuple(
            f"contacts/{kind}Field"
            for kind in (
                "Text", "LargeText", "SingleSelect", "Radio", "Numeric", "Monetory", "Checkbox",
                "MultiSelect", "File",
            )
        ),
        says="a custom field is named by its id or its key",
        evidence="the v3 files say so; these require the id",
        optional=("id",),
    ),
    Override(
        at=("conversations/SendMessageBodyDto",),
        says="subType and status are not required",
        evidence="read as a mistake: they describe a message that has been sent",
        optional=("subType", "status"),
    ),
    Override(
        at=("calendars/BlockSlotCreateRequestDTO", "calendars/BlockSlotEditRequestDTO"),
        says="either calendarId or assignedUserId is given, not both",
        evidence="the field's own note, and issue 23 of the docs repository; calendarId is declared required",
        optional=("calendarId",),
    ),
)  # fmt: skip

SHAPES = (
    Override(
        at=("POST /contacts/search",),
        says="body and answer are those of the search guide",
        evidence="the file leaves both empty; the official guide to the advanced search has them",
        body={
            "type": "object",
            "required": ["locationId", "pageLimit"],
            "properties": {
                "locationId": TEXT,
                "pageLimit": {"type": "integer", "minimum": 1, "maximum": 500},
                "page": {"type": "integer", "minimum": 1},
                "searchAfter": {"type": "array", "items": {}},
                "query": {"type": "string", "maxLength": 75},
                "filters": OBJECTS,
                "sort": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["field", "direction"],
                        "properties": {"field": TEXT, "direction": {**TEXT, "enum": ["asc", "desc"]}},
                    },
                },
            },
        },
        answers={
            200: {
                "type": "object",
                "properties": {"contacts": {"type": "array", "items": CONTACT}, "total": NUMBER},
            }
        },
    ),
    Override(
        at=("GET /contacts/search/duplicate",),
        says="the answer holds the contact under `contact`",
        evidence="the file declares no answer; public code reads it so",
        answers={200: {"type": "object", "properties": {"contact": CONTACT}}},
    ),
    Override(
        at=("POST /objects/{schemaKey}/records",),
        says="the body holds the location and the record's properties, owner and followers",
        evidence="the file leaves it empty; the page of 2026 and the guide it links to (copy of 2025-03)",
        body={
            "type": "object",
            "required": ["locationId", "properties"],
            "properties": {
                "locationId": TEXT,
                "properties": OBJECT,
                "owner": {"type": "array", "items": TEXT, "maxItems": 1},
                "followers": {"type": "array", "items": TEXT, "maxItems": 10},
            },
        },
    ),
    Override(
        at=("PUT /objects/{schemaKey}/records/{id}",),
        says="the body holds the properties to change",
        evidence="the file leaves it empty; the guide that it links to (copy of 2025-03)",
        body={"type": "object", "required": ["properties"], "properties": {"properties": OBJECT}},
    ),
    Override(
        at=("GET /conversations/search",),
        says="startAfterDate is a number",
        evidence="declared as any of two objects, which no query can hold; its example is a number",
        without=("startAfterDate",),
        parameters=(Parameter(name="startAfterDate", place="query", required=False, schema=NUMBER),),
    ),
    Override(
        at=("GET /calendars/{calendarId}/notifications",),
        says="limit and skip are not sent",
        evidence="a number there was once answered with a 400 of the vendor's database (issue 3)",
        without=("limit", "skip"),
    ),
    Override(
        at=("POST /oauth/locationToken",),
        says="201 is a success too",
        evidence="measured by third parties; the file says 200",
        answers={201: {"$ref": "oauth/GetLocationAccessTokenSuccessfulResponseDto"}},
    ),
    Override(
        at=(
            "GET /conversations/messages/email/{id}",
            "DELETE /conversations/messages/email/{emailMessageId}/schedule",
        ),
        says="the Version header is sent as for the other conversations calls",
        evidence="27 of the file's 29 calls need it, and a missing one is a 401 (measured by third parties)",
        headers={"Version": ("2021-04-15",)},
    ),
)

DEVIATIONS = (*PATHS, *TYPES, *REQUIRED, *SHAPES)
