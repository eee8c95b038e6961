"""What a location of the simulated GHL holds on its first day besides calendars: a group, schedules, a
pipeline, custom fields, tags, workflows, templates.

Pipelines, workflows, templates and reasons for losing cannot be made through the API.
"""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import schedules
from integrations.sandbox.ghl.fields import FIELD_ROWS
from integrations.sandbox.ghl.groups import GROUPS
from integrations.sandbox.ghl.hours import DAYS
from integrations.sandbox.ghl.pipelines import LOST_REASONS, PIPELINES
from integrations.sandbox.ghl.plain import TAGS, TEMPLATES, VALUES, WORKFLOWS
from integrations.sandbox.ghl.rows import Rows
from integrations.sandbox.simulation import steady_id
from integrations.sandbox.transaction import Tx

STAGES = ("New", "Talking", "Enrolled")
FIELDS = (
    ("contact", "Certificate number", "TEXT"),
    ("contact", "Score", "NUMERICAL"),
    ("opportunity", "Course", "TEXT"),
    ("contact", "Milestone", "TEXT"),
    ("contact", "Booking link", "TEXT"),
)
RULES = [{"type": "wday", "day": day, "intervals": [{"from": "09:00", "to": "17:00"}]} for day in DAYS[1:6]]


def furnish(tx: Tx, place: int, location_id: str, zone: str, user_ids: list[str]) -> None:
    def put(rows: Rows, name: str, record: JsonObject) -> None:
        known = {"id": steady_id(tx, f"{name}:{place}", rows.id_length), "locationId": location_id}
        rows.add(tx, {**known, **record})

    put(GROUPS, "group:courses", _group())
    for number, user_id in enumerate(user_ids):
        put(schedules.SCHEDULES, f"schedule:{number}", _schedule(user_id, zone))
    put(PIPELINES, "pipeline", _pipeline(tx, place))
    for number, (model, name, kind) in enumerate(FIELDS):
        put(FIELD_ROWS, f"field:{number}", _field(model, name, kind, number))
    for name in ("certified", "newsletter", "vip"):
        put(TAGS, f"tag:{name}", {"name": name})
    put(VALUES, "value", {"name": "Booking page", "value": "https://book.example.com"} | _key("booking_page"))
    for name, status in (("Welcome", "published"), ("Follow-up", "draft")):
        put(WORKFLOWS, f"workflow:{name}", {"name": name, "status": status, "version": 1})
    for name in ("Too expensive", "No answer"):
        put(LOST_REASONS, f"reason:{name}", {"name": name})
    text = {"body": "See you soon.", "attachments": []}
    put(
        TEMPLATES, "template:sms", {"name": "Reminder", "type": "sms", "template": text, "urlAttachments": []}
    )
    letter = {"subject": "Welcome", "attachments": [], "html": "<p>Welcome.</p>"}
    put(TEMPLATES, "template:email", {"name": "Welcome", "type": "email", "template": letter})


def _group() -> JsonObject:
    return {"name": "Courses", "description": "What is taught.", "slug": "courses", "isActive": True}


def _schedule(user_id: str, zone: str) -> JsonObject:
    """Associated with no calendar, so that it counts for none."""
    return {
        "name": "Working hours",
        "userId": user_id,
        "timezone": zone,
        "rules": RULES,
        "calendarIds": [],
        "deleted": False,
    }


def _pipeline(tx: Tx, place: int) -> JsonObject:
    stages = [
        {"id": steady_id(tx, f"stage:{name}:{place}"), "name": name, "position": number}
        for number, name in enumerate(STAGES)
    ]
    return {"name": "Enrolment", "stages": stages, "showInFunnel": True, "showInPieChart": True}


def _field(model: str, name: str, kind: str, position: int) -> JsonObject:
    key = name.lower().replace(" ", "_")
    return {
        "name": name,
        "model": model,
        "dataType": kind,
        "fieldKey": f"{model}.{key}",
        "position": position,
        "placeholder": "",
        "picklistOptions": [],
    }


def _key(name: str) -> JsonObject:
    return {"fieldKey": f"{{{{ custom_values.{name} }}}}"}
