"""Custom fields and values of the location; fields and folders of custom objects."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import Area, named, picked

FIELD = {
    "id": picked("Custom field", "contact_fields"),
    "dataType": {"label": "Kind", "help": "Such as TEXT; the specification lists no others here."},
    "model": {"label": "Of contacts or opportunities"},
    "position": {"label": "Position"},
}
VALUE = {"id": picked("Custom value", "custom_values"), "value": {"label": "Value"}}
UPLOAD = {"id": {"label": "Id of contact, opportunity or field"}, "maxFiles": {"label": "At most files"}}

AREA = Area(
    fields={
        "fieldKey": {"label": "Field key"},
        "objectKey": {"label": "Object key", "help": "Such as custom_objects.pet."},
        "showInForms": {"label": "Show in forms"},
        "parentId": {"label": "Folder id"},
    },
    calls=(
        named("custom_fields.list", "List custom fields", "GET /locations/{locationId}/customFields",
              fields={"model": {"label": "Of contacts or opportunities"}}),
        named("custom_fields.create", "Create a custom field", "POST /locations/{locationId}/customFields",
              fields=FIELD),
        named("custom_fields.get", "Read a custom field", "GET /locations/{locationId}/customFields/{id}",
              fields=FIELD),
        named("custom_fields.update", "Update a custom field",
              "PUT /locations/{locationId}/customFields/{id}", fields=FIELD),
        named("custom_fields.delete", "Delete a custom field",
              "DELETE /locations/{locationId}/customFields/{id}", fields=FIELD),
        named("custom_fields.upload", "Upload files for custom fields",
              "POST /locations/{locationId}/customFields/upload", fields=UPLOAD, record_id=""),
        named("custom_values.list", "List custom values", "GET /locations/{locationId}/customValues",
              fields=VALUE),
        named("custom_values.create", "Create a custom value", "POST /locations/{locationId}/customValues",
              fields=VALUE),
        named("custom_values.get", "Read a custom value", "GET /locations/{locationId}/customValues/{id}",
              fields=VALUE),
        named("custom_values.update", "Update a custom value",
              "PUT /locations/{locationId}/customValues/{id}", fields=VALUE),
        named("custom_values.delete", "Delete a custom value",
              "DELETE /locations/{locationId}/customValues/{id}", fields=VALUE),
        named("object_fields.list", "List the fields of an object",
              "GET /custom-fields/object-key/{objectKey}"),
        named("object_fields.get", "Read a field or folder of an object", "GET /custom-fields/{id}"),
        named("object_fields.create", "Add a field to an object", "POST /custom-fields/"),
        named("object_fields.update", "Update a field of an object", "PUT /custom-fields/{id}"),
        named("object_fields.delete", "Delete a field of an object", "DELETE /custom-fields/{id}"),
        named("object_folders.create", "Create a folder of fields", "POST /custom-fields/folder"),
        named("object_folders.update", "Rename a folder of fields", "PUT /custom-fields/folder/{id}"),
        named("object_folders.delete", "Delete a folder of fields", "DELETE /custom-fields/folder/{id}"),
    ),
)  # fmt: skip
