"""Opportunities, messages, custom objects and the rest that cases need, made as theirs are."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from tests.connectors.ghl_cases.make_bookings import Bookings

DAILY = {
    "intervalType": "daily",
    "interval": 2,
    "startDate": "2026-12-01T00:00:00.000Z",
    "count": 3,
    "dueAfterSeconds": 3600,
}


class Records(Bookings):
    """Each by one word; `more` goes into the call that makes it."""

    # --- opportunities --------------------------------------------------------------------------

    @cached_property
    def pipeline(self) -> tuple[str, str]:
        """A pipeline and its first stage: people make them, not apps."""
        pipeline = self.call("pipelines.list")[0]
        return str(pipeline["id"]), str(pipeline["stages"][0]["id"])

    def opportunity(self, **more: Any) -> str:
        pipeline, stage = self.pipeline
        contact = more.pop("contactId", None) or self.contact()
        usual = {"pipelineId": pipeline, "pipelineStageId": stage, "name": "Ten seats", "status": "open"}
        return self.make("opportunities.create", contactId=contact, **{**usual, **more})

    @cached_property
    def workflow(self) -> str:
        return str(self.call("workflows.list")[0]["id"])

    # --- conversations --------------------------------------------------------------------------

    def conversation(self, contact: str = "") -> str:
        return self.make("conversations.create", contactId=contact or self.contact())

    def subtype(self) -> str:
        name = self.word("Newsletter")
        made = self.call("conversation_subtypes.create", name=name, channel="email", language="en")
        return str(made["customSubtype"]["id"])

    def message(self, contact: str = "", **more: Any) -> str:
        contact = contact or self.contact(phone=self.phone())
        return self.make("messages.send", **{"type": "SMS", "contactId": contact, "message": "Hello", **more})

    def mail(self, **more: Any) -> str:
        sent = self.call(
            "messages.send",
            **{"type": "Email", "contactId": self.contact(), "subject": "Hello", "html": "<p>Hi</p>", **more},
        )
        return str(sent["emailMessageId"])

    def phone_call(self) -> str:
        """A call that somebody made and recorded."""
        return self.make(
            "messages.add_outbound",
            type="Call",
            conversationId=self.conversation(),
            conversationProviderId=self.word("provider"),
            call={"to": "+15037081210", "from": "+15037081211", "status": "completed"},
        )

    # --- locations ------------------------------------------------------------------------------

    def new_location(self) -> str:
        return self.make("locations.create", name=self.word("Pier Academy"))

    def locations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("locations.search", limit="100", skip="0")
        return found

    def custom_field(self, **more: Any) -> str:
        usual = {"name": self.word("Badge"), "dataType": "TEXT", "model": "contact"}
        return self.make("custom_fields.create", **{**usual, **more})

    def custom_value(self, **more: Any) -> str:
        return self.make("custom_values.create", **{"name": self.word("Address"), "value": "Pier 4", **more})

    def tag(self) -> str:
        return self.make("location_tags.create", name=self.word("tag"))

    def recurring_task(self) -> str:
        return self.make(
            "recurring_tasks.create",
            title="Renew",
            description="The badge.",
            contactIds=[self.contact()],
            rruleOptions=DAILY,
        )

    # --- custom objects -------------------------------------------------------------------------

    def object(self) -> str:
        """Its key."""
        key = f"custom_objects.{self.name('badge')}"
        self.call(
            "objects.create",
            labels={"singular": "Badge", "plural": "Badges"},
            key=key,
            locationId=self.location_id,
            primaryDisplayPropertyDetails={"key": f"{key}.name", "name": "Name", "dataType": "TEXT"},
        )
        return key

    def record(self, key: str, name: str = "Gold") -> str:
        return self.make("records.create", schemaKey=key, properties={"name": name})

    def folder(self, key: str) -> str:
        return self.make("object_folders.create", objectKey=key, name=self.word("Material"))

    def object_field(self, key: str) -> str:
        return self.make(
            "object_fields.create",
            objectKey=key,
            parentId=self.folder(key),
            fieldKey=f"{key}.metal",
            name="Metal",
            dataType="TEXT",
            showInForms=True,
        )

    def association(self, of_object: str, **more: Any) -> str:
        """Between contacts and the records of an object."""
        usual = {
            "key": self.name("wears"),
            "firstObjectLabel": "Wearer",
            "firstObjectKey": "contact",
            "secondObjectLabel": "Badge",
            "secondObjectKey": of_object,
        }
        return self.make("associations.create", **{**usual, **more})

    def relation(self) -> tuple[str, str]:
        """A contact, and what joins it to a record."""
        key, contact = self.object(), self.contact()
        association, record = self.association(key), self.record(key)
        relation = self.make(
            "relations.create", associationId=association, firstRecordId=contact, secondRecordId=record
        )
        return contact, relation
