"""The events of ActiveCampaign's webhooks, by the vendor's own words (`GET /webhook/events`, and its guide).

There is none for calendars. Imports and mass edits fire none.
"""

from __future__ import annotations

from integrations.engine.spec import JsonObject

TAGGED, UNTAGGED = "contact_tag_added", "contact_tag_removed"
# What the "Webhook" step of an automation sends. It has no type of its own: the series it is of tells it.
AUTOMATION = "automation_webhook"

CONTACT: JsonObject = {
    "id": "19",
    "email": "rosa@example.com",
    "first_name": "Rosa",
    "last_name": "Diaz",
    "phone": "+15005550006",
    "tags": "wants times, student",
    "orgname": "Riverside Academy",
    "fields": {"1": "cal0000000000000001"},
}
CAMPAIGN: JsonObject = {"id": "4", "name": "Spring courses", "message": {"subject": "Spring courses"}}
DEAL: JsonObject = {"id": "6", "title": "First aid for a team", "contactid": "19"}

# Type -> (title, what it carries beside the envelope)
TYPES: dict[str, tuple[str, JsonObject]] = {
    "subscribe": ("A contact is subscribed", {"contact": CONTACT}),
    "unsubscribe": ("A contact is unsubscribed", {"contact": CONTACT}),
    "update": ("A contact is changed", {"contact": CONTACT}),
    TAGGED: ("A contact is given a tag", {"contact": CONTACT, "tag": "wants times"}),
    UNTAGGED: ("A tag is taken from a contact", {"contact": CONTACT, "tag": "wants times"}),
    "subscriber_note": ("A contact is given a note", {"contact": CONTACT, "note": "Called."}),
    "contact_task_add": (
        "A contact is given a task",
        {
            "contact": CONTACT,
            "task": {
                "id": "1",
                "type_id": "2",
                "title": "Review call with Rosa",
                "note": "Booked.",
                "duedate_iso": "2026-11-23T10:00:00-06:00",
                "edate_iso": "2026-11-23T10:30:00-06:00",
                "type_title": "Meeting",
            },
        },
    ),
    "list_add": ("A list is created", {"list": {"id": "2", "name": "Course news"}}),
    "sent": ("A campaign is sent", {"campaign": CAMPAIGN}),
    "open": ("A campaign is opened", {"contact": CONTACT, "campaign": CAMPAIGN}),
    "click": ("A link is clicked", {"contact": CONTACT, "campaign": CAMPAIGN, "link": {"id": "9"}}),
    "reply": ("A campaign is replied to", {"contact": CONTACT, "campaign": {"id": "4"}, "message": "Yes."}),
    "forward": ("A campaign is forwarded", {"contact": CONTACT, "campaign": {"id": "4"}}),
    "share": ("A campaign is shared", {"contact": CONTACT, "campaign": {"id": "4"}}),
    "bounce": ("An e-mail bounces", {"contact": CONTACT, "bounce": {"type": "hard", "code": "5.1.1"}}),
    "deal_add": ("A deal is created", {"deal": DEAL}),
    "deal_update": ("A deal is changed", {"deal": DEAL}),
    "deal_note_add": ("A deal is given a note", {"deal": DEAL, "note": {"id": "1", "text": "Called."}}),
    "deal_pipeline_add": ("A pipeline is created", {"pipeline": {"id": "1", "title": "Courses"}}),
    "deal_stage_add": ("A stage is created", {"stage": {"id": "1", "title": "Asked"}}),
    "deal_task_add": ("A deal is given a task", {"deal": DEAL, "task": {"id": "1"}}),
    "deal_task_complete": ("A deal's task is done", {"deal": DEAL, "task": {"id": "1"}}),
    "deal_tasktype_add": ("A kind of task is created", {"tasktype": {"id": "2", "title": "Meeting"}}),
    "sms_sent": ("An SMS is sent", {"contact": CONTACT, "sms": {"id": "1"}}),
    "sms_reply": ("An SMS is replied to", {"contact": CONTACT, "sms": {"id": "1", "reply": "Yes"}}),
    "sms_unsub": ("A contact unsubscribes by SMS", {"contact": CONTACT, "sms": {"id": "1"}}),
    "account_add": ("An account is created", {"account": {"id": "1", "name": "Riverside Academy"}}),
    "account_update": ("An account is changed", {"account": {"id": "1", "name": "Riverside Academy"}}),
    "account_contact_add": ("A contact joins an account", {"contact": CONTACT, "account": {"id": "1"}}),
    "account_contact_update": (
        "A contact's place in an account is changed",
        {"contact": CONTACT, "account": {"id": "1"}},
    ),
}
ASKABLE = tuple(TYPES)


def sample(kind: str) -> JsonObject:
    envelope = {
        "type": kind,
        "date_time": "2026-11-20T10:00:00-06:00",
        "initiated_from": "admin",
        "initiated_by": "admin",
        "list": "0",
    }
    return {**envelope, **TYPES[kind][1]}


AUTOMATION_SAMPLE: JsonObject = {
    "type": AUTOMATION,
    "date_time": "2026-11-20T10:00:00-06:00",
    "seriesid": "3",
    "contact": {**CONTACT, "fields": {"GHL_CALENDAR_ID": "cal0000000000000001"}, "ip4": "203.0.113.7"},
}
