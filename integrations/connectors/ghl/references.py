"""What an operator picks from: rows of the location, by name."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.engine.spec import FieldType, Reference

# The words of `dataType`, as the custom-fields file lists them for objects. What a list of files or of text
# boxes holds is an object for each.
FIELD_TYPES: Mapping[str, FieldType] = {
    "TEXT": FieldType.TEXT,
    "LARGE_TEXT": FieldType.TEXT,
    "PHONE": FieldType.PHONE,
    "NUMERICAL": FieldType.NUMBER,
    "MONETORY": FieldType.NUMBER,
    "DATE": FieldType.DATE,
    "RADIO": FieldType.TEXT,
    "SINGLE_OPTIONS": FieldType.TEXT,
    "MULTIPLE_OPTIONS": FieldType.LIST,
    "CHECKBOX": FieldType.LIST,
    "TEXTBOX_LIST": FieldType.OBJECT,
    "FILE_UPLOAD": FieldType.OBJECT,
}


def _own_fields(key: str, title: str, model: str) -> Reference:
    return Reference(
        key=key,
        title=title,
        operation="custom_fields.list",
        rows="@",
        values={"model": model},
        type="dataType",
        types=FIELD_TYPES,
        choices="picklistOptions",
    )


_ALL = (
    Reference(key="calendars", title="Calendars", operation="calendars.list", rows="@"),
    Reference(key="groups", title="Calendar groups", operation="calendar_groups.list", rows="@"),
    Reference(key="users", title="Users", operation="users.list", rows="@"),
    # Contacts carry the names of tags, not their ids.
    Reference(key="tags", title="Tags", operation="location_tags.list", rows="@", id="name"),
    Reference(key="pipelines", title="Pipelines", operation="pipelines.list", rows="@"),
    Reference(key="stages", title="Stages of pipelines", operation="pipelines.list", rows="[].stages[]"),
    Reference(key="workflows", title="GoHighLevel workflows", operation="workflows.list", rows="@"),
    Reference(key="businesses", title="Businesses", operation="businesses.list", rows="@"),
    Reference(key="custom_values", title="Custom values", operation="custom_values.list", rows="@"),
    Reference(
        key="objects",
        title="Objects",
        operation="objects.list",
        rows="@",
        id="key",
        label="labels.singular || key",
    ),
    Reference(
        key="associations",
        title="Associations",
        operation="associations.list",
        rows="associations || [@]",  # the file declares one association where a list is meant
        label="key",
    ),
    _own_fields("contact_fields", "Custom fields of contacts", "contact"),
    _own_fields("opportunity_fields", "Custom fields of opportunities", "opportunity"),
)
REFERENCES: Mapping[str, Reference] = {reference.key: reference for reference in _ALL}
