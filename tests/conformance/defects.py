"""What is wrong in the official files themselves, each with the reason.

What is merely strange (misspelt keys, numbers as text) is no defect: it is what the API speaks, and both
sides are held to it.
"""

from __future__ import annotations

from tests.conformance.edits import (
    MISSING,
    Edit,
    Patch,
    declare,
    demanded,
    dropped,
    exampled,
    in_call,
    items,
    renamed,
    typed,
)

BARE = [{"bearer": []}]
OBJECT = {"type": "object"}
LISTS = {"type": "array"}
TEXT = {"type": "string"}

CUSTOM_FIELDS = [
    "Text",
    "LargeText",
    "SingleSelect",
    "Radio",
    "Numeric",
    "Monetory",
    "Checkbox",
    "MultiSelect",
    "File",
]
SORT = {
    "type": "object",
    "required": ["field", "direction"],
    "properties": {"field": TEXT, "direction": {"type": "string", "enum": ["asc", "desc"]}},
}
CONTACT_SEARCH = {
    "type": "object",
    "required": ["locationId", "pageLimit"],
    "properties": {
        "locationId": TEXT,
        "pageLimit": {"type": "number", "minimum": 1, "maximum": 500},
        "page": {"type": "number", "minimum": 1},
        "searchAfter": LISTS,
        "query": {"type": "string", "maxLength": 75},
        "filters": {"type": "array", "items": OBJECT},
        "sort": {"type": "array", "items": SORT},
    },
}
CONTACTS_FOUND = {
    "type": "object",
    "required": ["contacts", "total", "traceId"],
    "properties": {
        "contacts": {"type": "array", "items": {"$ref": "#/components/schemas/ContactsSearchSchema"}},
        "total": {"type": "number"},
        "traceId": TEXT,
    },
}
ASSOCIATION = "firstObjectLabel firstObjectKey secondObjectLabel secondObjectKey"

DEFECTS = (
    Patch(
        file="associations",
        why="labels, keys and the type are texts in every example, objects by type",
        changes=(
            *typed("GetPostSuccessfulResponseDto", f"{ASSOCIATION} associationType", "object", "string"),
            *typed("createAssociationReqDto", ASSOCIATION, "object", "string"),
            *typed("UpdateAssociationReqDto", "firstObjectLabel secondObjectLabel", "object", "string"),
        ),
    ),
    Patch(
        file="calendars",
        why="an event's times are texts by example and in every public answer, objects by type",
        changes=(
            *typed("CalendarEventDTO", "startTime endTime dateAdded dateUpdated", "object", "string"),
            *typed("BlockedSlotSuccessfulResponseDto", "startTime endTime", "object", "string"),
        ),
    ),
    Patch(
        file="calendars",
        why="booleans with a text as their example",
        changes=(
            exampled("GroupSuccessfulResponseDTO", "success", "true", True),
            exampled("AppointmentSchemaResponse", "isRecurring", "true", True),
            exampled("CalendarEventDTO", "isRecurring", "true", True),
            exampled("CalendarDeleteSuccessfulResponseDTO", "success", "true", True),
            exampled("ResourceDeleteResponseDTO", "success", "true", True),
        ),
    ),
    Patch(
        file="calendars",
        why="the path names a parameter that is not declared",
        changes=(
            declare("PUT /calendars/appointments/{appointmentId}/notes/{noteId}", "noteId"),
            declare("DELETE /calendars/appointments/{appointmentId}/notes/{noteId}", "noteId"),
        ),
    ),
    Patch(
        file="calendars",
        why="a time is blocked for a calendar or for a user, never both (its own note; issue 23 of the docs)",
        changes=(
            demanded("BlockSlotCreateRequestDTO", ["calendarId", "locationId"], ["locationId"]),
            demanded("BlockSlotEditRequestDTO", ["calendarId", "locationId"], ["locationId"]),
        ),
    ),
    Patch(
        file="contacts",
        why="a date of birth is a text: its own description lists the layouts",
        changes=[
            change
            for schema in ("CreateContactDto", "UpdateContactDto", "UpsertContactDto")
            for change in typed(schema, "dateOfBirth", "object", "string")
        ],
    ),
    Patch(
        file="contacts",
        why="numbers of custom fields are numbers by example, objects by type",
        changes=(
            *typed("NumericField", "field_value", "object", "number"),
            *typed("MonetoryField", "field_value", "object", "number"),
        ),
    ),
    Patch(
        file="contacts",
        why="a custom field holds what may be written into it, lists and numbers too, as opportunities say",
        changes=(dropped("CustomFieldSchema", "value", "type"),),
    ),
    Patch(
        file="contacts",
        why="a custom field is named by id or by key (the file of v3 says so), not always by id",
        changes=[demanded(f"{kind}Field", ["id"], []) for kind in CUSTOM_FIELDS],
    ),
    Patch(
        file="contacts",
        why="the outcomes of a bulk change are objects by example, texts by type",
        changes=(
            items("UpdateTagsResponseDTO", "responses", TEXT, OBJECT),
            exampled("UpdateTagsDTO", "removeAllTags", "false", False),
        ),
    ),
    Patch(
        file="contacts",
        why="the path names a parameter that is not declared",
        changes=(declare("POST /contacts/bulk/tags/update/{type}", "type", "add", "remove"),),
    ),
    Patch(
        file="contacts",
        why="the schema of a search is empty and its answer has none; the guide gives both",
        changes=(
            Edit(
                place=("components", "schemas", "SearchBodyV2DTO"),
                before={"type": "object", "properties": {}},
                after=CONTACT_SEARCH,
            ),
            in_call(
                "POST /contacts/search",
                "responses",
                "200",
                "content",
                before=MISSING,
                after={"application/json": {"schema": CONTACTS_FOUND}},
            ),
        ),
    ),
    Patch(
        file="contacts",
        why="the bulk operations declare no sign-in; like all others they need one",
        changes=(
            in_call("POST /contacts/bulk/tags/update/{type}", "security", before=MISSING, after=BARE),
            in_call("POST /contacts/bulk/business", "security", before=MISSING, after=BARE),
        ),
    ),
    Patch(
        file="conversations",
        why="there is no type “any”; because of it the validator would skip the whole query",
        changes=(
            in_call(
                "GET /conversations/search",
                "parameters",
                "startAfterDate",
                "schema",
                before={"example": 1600854, "type": "any"},
                after={"oneOf": [{"type": "number"}, TEXT]},
            ),
        ),
    ),
    Patch(
        file="conversations",
        why="a schema's examples are a list; because of these the validator would skip the whole body",
        changes=(dropped("UserSubscriptionChangeDto", "subscription_action", "examples"),),
    ),
    Patch(
        file="conversations",
        why="the path names a parameter that is not declared",
        changes=(
            declare("GET /conversations/messages/{id}", "id"),
            declare("GET /conversations/messages/email/{id}", "id"),
        ),
    ),
    Patch(
        file="conversations",
        why="a message is sent without a sub-type and a status: those are of what was sent",
        changes=(
            demanded("SendMessageBodyDto", ["type", "subType", "contactId", "status"], ["type", "contactId"]),
            *typed("SendMessageBodyDto", "subType", "object", "string"),
            *typed("ProcessMessageBodyDto", "direction", "object", "string"),
        ),
    ),
    Patch(
        file="conversations",
        why="a list in parts is one part for each value: without this word the validator takes it for a text",
        changes=(
            in_call(
                "POST /conversations/messages/upload",
                *("requestBody", "content", "multipart/form-data", "encoding"),
                before=MISSING,
                after={"attachmentUrls": {"style": "form", "explode": True, "allowReserved": True}},
            ),
        ),
    ),
    Patch(
        file="locations",
        why="tasks are objects, as those of a contact; a list of lists is what no task can be",
        changes=(items("LocationTaskListSuccessfulResponseDto", "tasks", LISTS, OBJECT),),
    ),
    Patch(
        file="locations",
        why="a template of one kind fits the schema of the other too, so “exactly one” cannot hold",
        changes=(renamed("GetTemplatesSuccessfulResponseDto", "templates", "items", "oneOf", "anyOf"),),
    ),
    Patch(
        file="locations",
        why="the path names a parameter that is not declared",
        changes=(declare("GET /locations/{locationId}/timezones", "locationId"),),
    ),
    Patch(
        file="oauth",
        why="a boolean with a text as its example",
        changes=(exampled("GetAccessCodeSuccessfulResponseDto", "isBulkInstallation", "Bearer", False),),
    ),
    Patch(
        file="objects",
        why="the type of an object is one of two words in its own example, an object by type",
        changes=typed("ICustomObjectSchema", "type", "object", "string"),
    ),
    Patch(
        file="objects",
        why="the properties of a record are an object by example, a text by type",
        changes=(
            *typed("IRecordSchema", "properties", "string", "object"),
            *typed("RecordResponseDTO", "properties", "string", "object"),
        ),
    ),
    Patch(
        file="opportunities",
        why="stages are objects, whose id other calls want; a list of lists is what no stage can be",
        changes=(items("PipelinesResponseSchema", "stages", LISTS, OBJECT),),
    ),
    Patch(
        file="opportunities",
        why="followers are ids in every other call, notes, tasks and events objects; here all are lists",
        changes=(
            items("SearchOpportunitiesResponseSchema", "followers", LISTS, TEXT),
            items("SearchOpportunitiesResponseSchema", "notes", LISTS, OBJECT),
            items("SearchOpportunitiesResponseSchema", "tasks", LISTS, OBJECT),
            items("SearchOpportunitiesResponseSchema", "calendarEvents", LISTS, OBJECT),
        ),
    ),
    Patch(
        file="opportunities",
        why="a monetary value is a number by example and in every other call, an object by type",
        changes=typed("UpsertOpportunityDto", "monetaryValue", "object", "number"),
    ),
    Patch(
        file="users",
        why="the path names a parameter that is not declared",
        changes=(declare("PUT /users/{userId}", "userId"), declare("DELETE /users/{userId}", "userId")),
    ),
)
