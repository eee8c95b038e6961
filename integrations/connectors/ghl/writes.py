"""What makes a repeat of each write safe: said of every one, or said why nothing does.

By rule, what is put whole and what is deleted is idempotent. The rest stands here, call by call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from integrations.connectors.ghl import finding, proofs
from integrations.engine.openapi import Call
from integrations.engine.spec import Proof, ProofKind

NATURAL, MARKED = ProofKind.NATURAL_KEY, ProofKind.MARKED
PUT_WHOLE = "a whole state is put; twice is once"
GONE = "gone is gone"
MEMBER = "who is in is in; twice is once"


def proof_of(key: str, call: Call) -> Proof:
    """The proof of this write. A write that nobody has thought about yet is for a person to decide."""
    if key in PROOFS:
        return PROOFS[key]
    if key in NOTHING:
        return Proof(kind=ProofKind.NONE, target=TARGETS.get(key) or _target(call), source=NOTHING[key])
    if key in ONCE:
        return Proof(kind=ProofKind.IDEMPOTENT, target=_target(call), source=ONCE[key])
    if call.method in ("PUT", "DELETE"):
        source = PUT_WHOLE if call.method == "PUT" else GONE
        return Proof(kind=ProofKind.IDEMPOTENT, target=_target(call), source=source)
    return Proof(kind=ProofKind.NONE, source="the call is new and nobody has looked for a proof yet")


def _target(call: Call) -> str:
    """The record the path names, as a JMESPath over the call's values; "" where it names none."""
    names = [name for name in re.findall(r"{(\w+)}", call.path) if name not in ("locationId", "type")]
    return names[0] if len(names) == 1 else f"join('/', [{', '.join(names)}])" if names else ""


def _looked_up(
    kind: ProofKind, look_up: finding.LookUp, reads: str, target: str, source: str, mark: str = ""
) -> Proof:
    return Proof(
        kind=kind,
        target=target,
        mark_field=mark,
        look_up=look_up,
        operations=tuple(reads.split()),
        visible_after_s=proofs.VISIBLE_AFTER_S,
        source=source,
    )


PROOFS: Mapping[str, Proof] = {
    "contacts.upsert": replace(
        _looked_up(
            NATURAL, proofs.find_upserted, "contacts.duplicate", "email || phone",
            "contacts.duplicate by e-mail, else phone; repeating updates the same contact",
        ),
        existing=proofs.existing_contact,
    ),
    "contacts.create": _looked_up(
        NATURAL, proofs.find_created, "contacts.duplicate", "email || phone",
        "contacts.duplicate by e-mail, else phone",
    ),
    "contact_tasks.create": _looked_up(
        MARKED, finding.in_list("contact_tasks.list", "contactId", "body"), "contact_tasks.list",
        "join('/', [contactId, title, dueDate])", "the contact's tasks", mark="body",
    ),
    "contact_notes.create": _looked_up(
        MARKED, finding.in_list("contact_notes.list", "contactId", "body"), "contact_notes.list",
        "", "the contact's notes", mark="body",
    ),
    "appointments.create": _looked_up(
        MARKED, proofs.find_appointment, "events.list appointments.get",
        "join('/', [calendarId, contactId, startTime])",
        "events.list of the calendar around the start", mark="description",
    ),
    "appointment_notes.create": _looked_up(
        MARKED, finding.find_appointment_note, "appointment_notes.list", "",
        "the appointment's notes", mark="body",
    ),
    "block_slots.create": _looked_up(
        MARKED, finding.find_block, "block_slots.list",
        "join('/', [not_null(calendarId, assignedUserId, ''), not_null(startTime, '')])",
        "the blocked times around the start, of that calendar or person", mark="title",
    ),
    "notifications.create": _looked_up(
        NATURAL, proofs.find_notification, "notifications.list",
        "join('/', [calendarId, notificationType, channel, receiverType])",
        "notifications.list of the calendar",
    ),
    "calendar_groups.create": _looked_up(
        NATURAL, finding.named_alike("calendar_groups.list", "slug", "name"), "calendar_groups.list", "slug",
        "a slug is one group's alone (the API has a call that asks whether one is free)",
    ),
    "resources.create": _looked_up(
        MARKED, finding.find_resource, "resources.list", "join('/', [resourceType, name])",
        "the location's rooms or equipment", mark="description",
    ),
    "schedules.create": _looked_up(
        NATURAL, finding.find_schedule, "schedules.search", "join('/', [userId, name])",
        "the person's schedules; they tell when each was added",
    ),
    "opportunities.create": _looked_up(
        NATURAL, finding.find_opportunity, "opportunities.search",
        "join('/', [pipelineId, contactId, name])",
        "the contact's opportunities in the pipeline; they tell when each was made",
    ),
    "opportunities.upsert": _looked_up(
        NATURAL, finding.find_upserted_opportunity, "opportunities.search",
        "id || join('/', [pipelineId, not_null(name, '')])",
        "by its id a repeat changes nothing more; without one, those made since in the pipeline",
    ),
    "custom_fields.create": _looked_up(
        NATURAL, finding.named_alike("custom_fields.list", "name", "dataType"), "custom_fields.list", "name",
        "name and kind; that names are unique is presumed, an equal field serves as well",
    ),
    "custom_values.create": _looked_up(
        NATURAL, finding.named_alike("custom_values.list", "name", "value"), "custom_values.list", "name",
        "name and value; that names are unique is presumed, an equal value serves as well",
    ),
    "location_tags.create": _looked_up(
        NATURAL, finding.named_alike("location_tags.list", "name"), "location_tags.list", "name",
        "contacts carry tags by name, so there is one of each name",
    ),
    "businesses.create": _looked_up(
        NATURAL, finding.named_alike("businesses.list", "name", dated="createdAt"), "businesses.list", "name",
        "the businesses of that name; they tell when each was made",
    ),
    "associations.create": _looked_up(
        NATURAL, finding.find_association, "associations.get_by_key", "key",
        "the specification calls the key unique, and there is a call that finds it",
    ),
    "object_fields.create": _looked_up(
        NATURAL,
        finding.named_alike("object_fields.list", "fieldKey", key="fields", asked=("objectKey",)),
        "object_fields.list", "join('/', [objectKey, fieldKey])", "a field's key is its own in its object",
    ),
    "object_folders.create": _looked_up(
        NATURAL,
        finding.named_alike(
            "object_fields.list", "name", key="folders", dated="dateAdded", asked=("objectKey",)
        ),
        "object_fields.list", "join('/', [objectKey, name])", "the object's folders; they tell their age",
    ),
    "conversations.create": _looked_up(
        NATURAL, finding.find_conversation, "conversations.search", "contactId",
        "the contact's conversation; that there is one each is presumed, an older one serves as well",
    ),
    "users.create": _looked_up(
        NATURAL, finding.find_user, "users.search", "email",
        "users.search by e-mail, with which people sign in",
    ),
}  # fmt: skip

ONCE: Mapping[str, str] = {
    "contacts.add_tags": "a tag is there or it is not",
    "contacts.bulk_tags": "a tag is there or it is not",
    "contacts.bulk_business": "a contact is in one business or in none",
    "contacts.add_followers": MEMBER,
    "opportunities.add_followers": MEMBER,
    "subscriptions.change": "the wanted state is sent; twice is once",
    "live_chat.typing": "a sign that goes out again by itself",
    "messages.start_upload": "an upload that is begun and not ended leaves nothing",
}
"""Posts that may be repeated."""

NOTHING: Mapping[str, str] = {
    "calendars.create": "calendars carry no date and no unique name, so a person decides",
    "contacts.add_to_campaign": "a second entry may start the campaign again, and nothing tells who is in it",
    "contacts.add_to_workflow": "a second entry may start the workflow again, and nothing tells who is in it",
    "recurring_tasks.create": "there is no list of recurring tasks to look in",
    "conversation_subtypes.create": "what the list of them answers is not documented",
    "messages.send": "a mark would be read by the person written to, and a second message cannot be undone",
    "messages.reply_to_review": "a second reply would stand in public",
    "messages.add_inbound": "messages tell nothing of where they came from, so one cannot be found again",
    "messages.add_outbound": "messages tell nothing of where they came from, so one cannot be found again",
    "messages.add_attachments": "whether the same file twice is one or two is not documented",
    "messages.upload": "a second upload makes a second file, and there is no list of files",
    "messages.finish_upload": "whether an upload can be ended twice is not documented",
    "custom_fields.upload": "a second upload makes a second file, and there is no list of files",
    "locations.create": "names of locations are not unique, and nothing tells when one was made",
    "objects.create": "an agency's token makes it, and only a location's may list them",
    "records.create": "a record has no field that is sure to carry a mark, and its search needs words",
    "relations.create": "the list of relations is documented without the records that it relates",
}
"""Writes that nothing proves; where the outcome is unknown, a person decides."""

TARGETS: Mapping[str, str] = {
    "calendars.create": "slug || name",
    "locations.create": "name",
    "objects.create": "key",
    "relations.create": "join('/', [associationId, firstRecordId, secondRecordId])",
}
"""What they would make, where their path does not say: never two of these at once."""
