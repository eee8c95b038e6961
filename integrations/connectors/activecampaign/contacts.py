"""Contacts, their fields, tags, lists and automations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations.connectors.activecampaign import proofs
from integrations.connectors.activecampaign.declare import ID, asked, call, inside, lists
from integrations.engine.spec import Field, FieldType, Inverse, JsonObject, Keyed, Made, Operation
from integrations.engine.undo import removed_by

FIELD_VALUE: JsonObject = {"contact": "19", "field": "1", "value": "cal0000000000000001", "id": "40"}
CONTACT: JsonObject = {
    "id": "19",
    "email": "rosa@example.com",
    "firstName": "Rosa",
    "lastName": "Diaz",
    "phone": "+15005550006",
    "orgname": "Riverside Academy",
    "cdate": "2026-11-20T04:00:00-06:00",
    "udate": "2026-11-20T04:00:00-06:00",
}
WITH_FIELDS = "merge(contact, {fieldValues: fieldValues})"
FULL: JsonObject = {"contact": CONTACT, "fieldValues": [FIELD_VALUE]}
TAG: JsonObject = {
    "id": "16",
    "tag": "wants times",
    "tagType": "contact",
    "description": "Asks for times",
    "cdate": "2026-11-20T04:00:00-06:00",
}
CONTACT_TAG: JsonObject = {
    "id": "112479",
    "contact": "19",
    "tag": "16",
    "cdate": "2026-11-20T04:00:00-06:00",
    "created_timestamp": "2026-11-20 04:00:00",
}
LIST: JsonObject = {"id": "2", "name": "Course news", "stringid": "course-news"}
CONTACT_LIST: JsonObject = {"id": "7", "contact": "19", "list": "2", "status": "1"}
AUTOMATION: JsonObject = {"id": "3", "name": "Offer times", "status": "1"}
CONTACT_AUTOMATION: JsonObject = {
    "id": "5",
    "contact": "19",
    "automation": "3",
    "seriesid": "3",
    "adddate": "2026-11-20T04:00:00-06:00",
}
FIELD: JsonObject = {
    "id": "1",
    "title": "Calendar id",
    "type": "text",
    "perstag": "GHL_CALENDAR_ID",
    "cdate": "2026-11-20T04:00:00-06:00",
}
FIELD_REL: JsonObject = {"id": "8", "field": "1", "relid": "0"}

# What the words of a field's type are to us; more than one choice comes and goes as "||a||b||".
FIELD_TYPES = {
    "text": FieldType.TEXT,
    "textarea": FieldType.TEXT,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "dropdown": FieldType.TEXT,
    "radio": FieldType.TEXT,
    "hidden": FieldType.TEXT,
}

PEOPLE = (
    Field(key="firstName", label="First name"),
    Field(key="lastName", label="Last name"),
    Field(key="phone", label="Phone", type=FieldType.PHONE),
)
EMAIL = Field(key="email", label="E-mail", type=FieldType.EMAIL, required=True)
OWN = Field(
    key="fieldValues",
    label="Own fields",
    type=FieldType.LIST,
    reference="contact_fields",
    keyed=Keyed(id="field", written="value", read="value"),
    help="Several choices are written as ||one||two||, dates as 2026-11-20.",
)
WHO = Field(key="contact", label="Contact id", required=True)
SHARED = Inverse(never="Other records may use it by now; delete it in ActiveCampaign if none does.")
ANSWER = tuple(Field(key=key) for key in CONTACT)


def _tagged(made: Made) -> Mapping[str, Any] | None:
    """The contact and the tag of a place among the contact's tags, as it stood before it was deleted."""
    prior = made.prior or {}
    known = {key: prior.get(key) for key in ("contact", "tag")}
    return known if all(known.values()) else None


def _of_contact(key: str, title: str, part: str, sample: Any) -> Operation:
    return call(key, title, f"GET /contacts/{{id}}/{part}", ID, record_id="", sample={part: [sample]})


_CONTACTS = (
    call("contacts.sync", "Create or update a contact", "POST /contact/sync", EMAIL, *PEOPLE, OWN,
         inverse=removed_by("contacts.delete", "id"),
         body_key="contact", result=WITH_FIELDS, sample=FULL, answer=ANSWER,
         proof=replace(
             proofs.looked_up(proofs.find_synced, "contacts.list", "email",
                              "an e-mail address is one contact's alone; repeating updates the same"),
             existing=proofs.contact_with,
         )),
    call("contacts.create", "Create a contact", "POST /contacts", EMAIL, *PEOPLE, OWN,
         inverse=removed_by("contacts.delete", "id"),
         body_key="contact", result=WITH_FIELDS, sample=FULL, answer=ANSWER,
         proof=proofs.looked_up(proofs.find_created, "contacts.list", "email",
                                "an e-mail address is one contact's alone")),
    call("contacts.get", "Read a contact", "GET /contacts/{id}", ID,
         result=WITH_FIELDS, sample=FULL, answer=(*ANSWER, OWN)),
    call("contacts.update", "Change a contact", "PUT /contacts/{id}", ID,
         replace(EMAIL, required=False), *PEOPLE, OWN,
         body_key="contact", result=WITH_FIELDS, sample=FULL, answer=ANSWER, proof=proofs.whole()),
    call("contacts.delete", "Delete a contact", "DELETE /contacts/{id}", ID, proof=proofs.gone()),
    lists("contacts.list", "List contacts", "/contacts", "contacts", CONTACT,
          asked("email", "E-mail", type=FieldType.EMAIL), asked("search", "Words"),
          asked("listid", "List", reference="lists"), asked("tagid", "Tag id"),
          asked("filters[updated_after]", "Changed after"),
          asked("filters[created_after]", "Made after"),
          asked("id_greater", "Id greater than", type=FieldType.INTEGER),
          asked("orders[id]", "Order by id", choices=(("ASC", "rising"), ("DESC", "falling")))),
    _of_contact("contacts.tags", "List a contact's tags", "contactTags", CONTACT_TAG),
    _of_contact("contacts.lists", "List a contact's lists", "contactLists", CONTACT_LIST),
    _of_contact("contacts.automations", "List a contact's automations", "contactAutomations",
                CONTACT_AUTOMATION),
    _of_contact("contacts.notes", "List a contact's notes", "notes",
                {"id": "1", "note": "Booked.", "relid": "19", "reltype": "Subscriber"}),
    call("contacts.import", "Import many contacts", "POST /import/bulk_import",
         Field(key="contacts", label="Contacts", type=FieldType.LIST, required=True,
               help="At most 250; of fewer than 10, each is better synced. No webhook tells of them."),
         Field(key="callback", type=FieldType.OBJECT), result="@", record_id="batchId",
         sample={"Success": 1, "queued_contacts": 1, "batchId": "7f31b1d2", "message": "Queued."},
         proof=proofs.whole("", "each contact is synced by its e-mail address; twice is once")),
    call("contacts.import_state", "Read how an import goes", "GET /import/info",
         asked("batchId", "Batch", required=True), record_id="",
         sample={"status": "completed", "success": ["19"], "failure": []}),
)  # fmt: skip

_TAGS = (
    lists("tags.list", "List tags", "/tags", "tags", TAG,
          asked("search", "Part of the name", help="Finds tags of every type that hold it.")),
    call("tags.create", "Create a tag", "POST /tags",
         Field(key="tag", label="Name", required=True),
         Field(key="tagType", label="Of", default="contact", required=True,
               choices=(("contact", "contacts"), ("template", "templates"))),
         Field(key="description", label="Description"),
         inverse=SHARED, body_key="tag", result="tag", sample={"tag": TAG},
         proof=proofs.looked_up(proofs.find_tag, "tags.list", "tag", "a name is one contact tag's alone")),
    call("tags.get", "Read a tag", "GET /tags/{id}", ID, result="tag", sample={"tag": TAG}),
    call("tags.update", "Change a tag", "PUT /tags/{id}", ID, Field(key="tag", label="Name"),
         Field(key="description", label="Description"),
         body_key="tag", result="tag", sample={"tag": TAG}, proof=proofs.whole()),
    call("tags.delete", "Delete a tag", "DELETE /tags/{id}", ID, proof=proofs.gone()),
    lists("contact_tags.list", "List who has which tag", "/contactTags", "contactTags", CONTACT_TAG,
          asked("filters[tagid]", "Tag id"), asked("filters[subscriberid]", "Contact id"),
          asked("orders[cdate]", "Order by time", choices=(("asc", "rising"), ("desc", "falling")))),
    call("contact_tags.create", "Give a contact a tag", "POST /contactTags", WHO,
         Field(key="tag", label="Tag id", required=True, reference="tag_ids"),
         inverse=removed_by("contact_tags.delete", "id"),
         body_key="contactTag", result="contactTag", sample={"contactTag": CONTACT_TAG},
         proof=proofs.looked_up(proofs.of_contact("contacts.tags", "contactTags", "tag"), "contacts.tags",
                                "join('/', [to_string(contact), to_string(tag)])", "the contact's tags")),
    call("contact_tags.delete", "Take a tag from a contact", "DELETE /contactTags/{id}",
         inside("id", "Id of the contact's tag", help="Not the tag's own id."),
         inverse=Inverse(operation="contact_tags.create", values=_tagged), proof=proofs.gone()),
)  # fmt: skip

_LISTS = (
    lists("lists.list", "List lists", "/lists", "lists", LIST, asked("filters[name]", "Name")),
    call("lists.get", "Read a list", "GET /lists/{id}", ID, result="list", sample={"list": LIST}),
    call("contact_lists.set", "Set a contact's place in a list", "POST /contactLists", WHO,
         Field(key="list", label="List", required=True, reference="lists"),
         Field(key="status", label="State", type=FieldType.INTEGER, required=True,
               choices=(("1", "subscribed"), ("2", "unsubscribed")),
               help="Never set somebody who unsubscribed back to subscribed."),
         inverse=Inverse(never="Whether somebody is on a list is that person's to say; nobody is put back."),
         body_key="contactList", result="contactList", sample={"contactList": CONTACT_LIST},
         proof=proofs.whole("join('/', [to_string(contact), to_string(list)])")),
)  # fmt: skip

_FIELDS = (
    lists("fields.list", "List contact fields", "/fields", "fields", FIELD,
          beside={"fieldRels": [FIELD_REL], "fieldOptions": []}),
    call("fields.create", "Create a contact field", "POST /fields",
         Field(key="title", label="Title", required=True),
         Field(key="type", label="Kind", required=True, default="text",
               choices=tuple((word, word) for word in (*FIELD_TYPES, "checkbox", "listbox"))),
         Field(key="perstag", label="Personalisation tag"),
         Field(key="visible", label="Visible", type=FieldType.INTEGER, default=1),
         inverse=SHARED,
         body_key="field", result="field", sample={"field": FIELD},
         proof=proofs.looked_up(proofs.in_list("fields.list", "fields", "title", "type", dated="cdate"),
                                "fields.list", "perstag || title", "fields tell when they were made")),
    call("field_rels.create", "Show a contact field", "POST /fieldRels",
         Field(key="field", label="Field id", required=True),
         Field(key="relid", label="List id, or 0 for everywhere", type=FieldType.INTEGER, default=0),
         inverse=SHARED,
         body_key="fieldRel", result="fieldRel", sample={"fieldRel": FIELD_REL},
         proof=proofs.looked_up(proofs.find_field_rel, "fields.list",
                                "join('/', [to_string(field), to_string(relid)])",
                                "the list of fields brings where each is shown")),
    call("field_values.set", "Fill a contact's field", "POST /fieldValues", WHO,
         Field(key="field", label="Field", required=True, reference="contact_fields"),
         Field(key="value", label="Value", required=True),
         body_key="fieldValue", result="fieldValue", sample={"fieldValue": FIELD_VALUE},
         proof=proofs.whole("join('/', [to_string(contact), to_string(field)])",
                            "a contact has one value of a field")),
)  # fmt: skip

_AUTOMATIONS = (
    lists("automations.list", "List automations", "/automations", "automations", AUTOMATION),
    call("contact_automations.create", "Put a contact into an automation", "POST /contactAutomations",
         WHO, Field(key="automation", label="Automation", required=True, reference="automations"),
         inverse=removed_by("contact_automations.delete", "id",
                            leaves="What the automation has sent meanwhile has been sent."),
         body_key="contactAutomation", result="contactAutomation", reaches_people=True,
         sample={"contactAutomation": CONTACT_AUTOMATION},
         proof=proofs.looked_up(
             proofs.of_contact("contacts.automations", "contactAutomations", "automation", "adddate"),
             "contacts.automations", "join('/', [to_string(contact), to_string(automation)])",
             "the contact's automations; they tell since when",
         )),
    call("contact_automations.delete", "Take a contact out of an automation",
         "DELETE /contactAutomations/{id}", inside("id", "Id of the contact's place in it"),
         proof=proofs.gone()),
)  # fmt: skip

OPERATIONS = (*_CONTACTS, *_TAGS, *_LISTS, *_FIELDS, *_AUTOMATIONS)
