"""Contacts, and what is done to them."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import ANSWERED, MOMENT, Area, named, picked
from integrations.engine.spec import FieldType, Kind

CONTACT_FIRST = ("locationId", "email", "phone", "firstName", "lastName", "name")
FOLLOWERS = {"followers": picked("Followers", "users")}
WORKFLOW = {"workflowId": picked("GoHighLevel workflow", "workflows"), "eventStartTime": MOMENT}

AREA = Area(
    fields={
        "dateOfBirth": {"label": "Date of birth"},
        "name": {"label": "Full name"},
        "companyName": {"label": "Company"},
        "address1": {"label": "Street"},
        "source": {"label": "Source"},
        "gender": {"label": "Gender", "help": "Kept when a contact is made; ignored by later changes."},
        "tags": picked(
            "Tags",
            "tags",
            help="Replaces all tags of the contact. To add some, use “Add tags to a contact”.",
        ),
        "customFields": picked(
            "Custom fields", "contact_fields", keyed=ANSWERED, help="A list of {id, field_value}."
        ),
        "dnd": {"label": "Do not disturb"},
        "dndSettings": {"label": "Do not disturb, by channel"},
        "inboundDndSettings": {"label": "Do not disturb, inbound"},
        "createNewIfDuplicateAllowed": {
            "label": "Make a new contact although there is one",
            "help": "Works only where the location allows duplicate contacts.",
        },
        "businessId": picked("Business", "businesses"),
        "dateAdded": MOMENT,
        "dateUpdated": MOMENT,
    },
    calls=(
        named("contacts.upsert", "Create or update a contact", "POST /contacts/upsert", kind=Kind.CREATE,
              first=CONTACT_FIRST, result="contact"),
        named("contacts.create", "Create a contact", "POST /contacts/", first=CONTACT_FIRST),
        named("contacts.get", "Read a contact", "GET /contacts/{contactId}"),
        named("contacts.update", "Update a contact", "PUT /contacts/{contactId}", first=CONTACT_FIRST,
              result="contact"),
        named("contacts.delete", "Delete a contact", "DELETE /contacts/{contactId}"),
        named("contacts.search", "Search contacts", "POST /contacts/search", kind=Kind.READ,
              fields={
                  "pageLimit": {"label": "Contacts a page", "default": 100},
                  "page": {"help": "Reaches the first 10,000 contacts only."},
                  "query": {"label": "Search words", "help": "At most 75 characters."},
              }),
        named("contacts.duplicate", "Find a contact by e-mail or phone", "GET /contacts/search/duplicate",
              fields={"number": {"label": "Phone", "type": FieldType.PHONE}}),
        named("contacts.list", "List contacts (older way)", "GET /contacts/",
              fields={"startAfter": {"help": "Epoch milliseconds; goes with startAfterId."}}),
        named("contacts.list_by_business", "List the contacts of a business",
              "GET /contacts/business/{businessId}"),
        named("contacts.add_tags", "Add tags to a contact", "POST /contacts/{contactId}/tags",
              kind=Kind.UPDATE, fields={"tags": {"help": ""}}),
        named("contacts.remove_tags", "Remove tags from a contact", "DELETE /contacts/{contactId}/tags",
              kind=Kind.UPDATE, fields={"tags": {"help": ""}}),
        named("contacts.appointments", "List the appointments of a contact",
              "GET /contacts/{contactId}/appointments",
              fields={"startTime": {"type": FieldType.TEXT, "help": "Local time without an offset."},
                      "endTime": {"type": FieldType.TEXT, "help": "Local time without an offset."},
                      "dateAdded": {"type": FieldType.TEXT}, "dateUpdated": {"type": FieldType.TEXT}}),
        named("contacts.bulk_tags", "Add or remove tags of many contacts",
              "POST /contacts/bulk/tags/update/{type}", kind=Kind.UPDATE,
              fields={"type": {"label": "Add or remove"},
                      "contacts": {"label": "Contact ids", "help": "How many at once is not documented."},
                      "tags": {"help": ""},
                      "removeAllTags": {"label": "Remove all tags", "help": "Only when removing."}}),
        named("contacts.bulk_business", "Put many contacts into a business", "POST /contacts/bulk/business",
              kind=Kind.UPDATE,
              fields={"ids": {"label": "Contact ids", "help": "At most 50."}}),
        named("contacts.add_followers", "Add followers to a contact", "POST /contacts/{contactId}/followers",
              kind=Kind.UPDATE, fields=FOLLOWERS),
        named("contacts.remove_followers", "Remove followers from a contact",
              "DELETE /contacts/{contactId}/followers", kind=Kind.UPDATE, fields=FOLLOWERS),
        named("contacts.add_to_campaign", "Add a contact to a campaign",
              "POST /contacts/{contactId}/campaigns/{campaignId}", kind=Kind.UPDATE),
        named("contacts.remove_from_campaign", "Remove a contact from a campaign",
              "DELETE /contacts/{contactId}/campaigns/{campaignId}", kind=Kind.UPDATE),
        named("contacts.remove_from_all_campaigns", "Remove a contact from all campaigns",
              "DELETE /contacts/{contactId}/campaigns/removeAll", kind=Kind.UPDATE),
        named("contacts.add_to_workflow", "Add a contact to a GoHighLevel workflow",
              "POST /contacts/{contactId}/workflow/{workflowId}", kind=Kind.UPDATE, fields=WORKFLOW),
        named("contacts.remove_from_workflow", "Remove a contact from a GoHighLevel workflow",
              "DELETE /contacts/{contactId}/workflow/{workflowId}", kind=Kind.UPDATE, fields=WORKFLOW),
    ),
)  # fmt: skip
