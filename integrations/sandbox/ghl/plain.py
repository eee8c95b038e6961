"""Resources of the simulated GHL without a will of their own: businesses, tags, custom values, recurring
tasks, templates, workflows (official OpenAPI).

Workflows and templates cannot be made through the API: they come with the seed. Deleting a tag takes it off
no contact: whether the vendor does is not known.
"""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import Call, Handlers
from integrations.sandbox.ghl.fields import slug
from integrations.sandbox.ghl.rows import Rows, done, many, one, page

CREATED, UPDATED = "createdAt", "updatedAt"


def named_value(call: Call, given: JsonObject) -> JsonObject:
    return {**given, "fieldKey": f"{{{{ custom_values.{slug(given['name'])} }}}}"}


def recurring(call: Call, given: JsonObject) -> JsonObject:
    """Kept under the names that answers have: one owner and one contact."""
    return {"description": "", "totalOccurrence": 0, "deleted": False, **given, **_owned(given)}


def _owned(given: JsonObject) -> JsonObject:
    names = (("assignedTo", "owners"), ("contactId", "contactIds"))
    return {name: given[source][0] for name, source in names if given.get(source)}


BUSINESSES = Rows(collection="businesses", what="Business", param="businessId", stamps=(CREATED, UPDATED))
TAGS = Rows(collection="tags", what="Tag", param="tagId")
VALUES = Rows(collection="custom_values", what="Custom value", made=named_value)
RECURRING = Rows(
    collection="recurring_tasks", what="Recurring task", stamps=(CREATED, UPDATED), made=recurring
)
TEMPLATES = Rows(collection="templates", what="Template")
WORKFLOWS = Rows(collection="workflows", what="Workflow", stamps=(CREATED, UPDATED))


def update_recurring(call: Call) -> JsonObject:
    given = {**call.body, **_owned(call.body)}
    task = RECURRING.change(call.tx, RECURRING.find(call), given)
    return {"recurringTask": shown(call.contract.key, "recurringTask", task)}


def list_templates(call: Call) -> JsonObject:
    call.enter(call.path["locationId"])
    wanted = call.query.get("type")
    rows = [row for row in TEMPLATES.of(call.tx, call.path["locationId"]) if wanted in (None, row["type"])]
    shapes = [{name: value for name, value in row.items() if name != "dateUpdated"} for row in rows]
    return {"templates": page(call, shapes, 25), "totalCount": len(rows)}


HANDLERS: Handlers = {
    "businesses.list": BUSINESSES.listed(many("businesses"), limit=100),
    "businesses.create": BUSINESSES.create(one("buiseness", success=True)),
    "businesses.get": BUSINESSES.get(one("business")),
    "businesses.update": BUSINESSES.update(one("buiseness", success=True)),
    "businesses.delete": BUSINESSES.delete(done("success")),
    "location_tags.list": TAGS.listed(many("tags")),
    "location_tags.create": TAGS.create(one("tag")),
    "location_tags.get": TAGS.get(one("tag")),
    "location_tags.update": TAGS.update(one("tag")),
    "location_tags.delete": TAGS.delete(done("succeded")),
    "custom_values.list": VALUES.listed(many("customValues")),
    "custom_values.create": VALUES.create(one("customValue")),
    "custom_values.get": VALUES.get(one("customValue")),
    "custom_values.update": VALUES.update(one("customValue")),
    "custom_values.delete": VALUES.delete(done("succeded")),
    "recurring_tasks.create": RECURRING.create(one("recurringTask")),
    "recurring_tasks.get": RECURRING.get(one("recurringTask")),
    "recurring_tasks.update": update_recurring,
    "recurring_tasks.delete": RECURRING.delete(done("success", id="id")),
    "templates.list": list_templates,
    "templates.delete": TEMPLATES.delete(done("succeded")),
    "workflows.list": WORKFLOWS.listed(many("workflows")),
}
