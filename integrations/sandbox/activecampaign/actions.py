"""What people do in the simulated ActiveCampaign, and what its automations do by themselves."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.activecampaign import contacts, objects, others
from integrations.sandbox.activecampaign.examples import put_examples
from integrations.sandbox.activecampaign.refusals import Refusal
from integrations.sandbox.activecampaign.rows import (
    AUTOMATIONS,
    CONTACT_TAGS,
    CONTACTS,
    FEEDS,
    FIELDS,
    LISTS,
    RECORDS,
    SCHEMAS,
)
from integrations.sandbox.activecampaign.telling import ADMIN, tell_from_automation
from integrations.sandbox.simulation import Action, keep_credentials, own_credentials
from integrations.sandbox.transaction import Tx

Values = Mapping[str, Any]


def add_contact(tx: Tx, values: Values) -> JsonObject:
    if contacts.by_email(tx, values["email"]):
        raise WrongUse(f"There is a contact {values['email']} already.")
    return _done(lambda: contacts.make(tx, dict(values), ADMIN))


def change_contact(tx: Tx, values: Values) -> JsonObject:
    contact = _contact(tx, values)
    changes = {key: values[key] for key in ("firstName", "lastName", "phone") if key in values}
    if "field" in values:
        wanted = str(values["field"]).upper()
        field = next((row for row in tx.all(FIELDS) if wanted in (row["perstag"], row["id"])), None)
        if field is None:
            raise WrongUse(f"There is no contact field {values['field']}.")
        changes["fieldValues"] = [{"field": field["id"], "value": values.get("value", "")}]
    return _done(lambda: contacts.change(tx, contact, changes, ADMIN))


def tag_contact(tx: Tx, values: Values) -> JsonObject:
    """The tag is made where there is none."""
    contact, name = _contact(tx, values), str(values["tag"])
    return contacts.give_tag(tx, contact, others.tag_named(tx, name) or others.make_tag(tx, name), ADMIN)


def untag_contact(tx: Tx, values: Values) -> JsonObject:
    contact, tag = _contact(tx, values), others.tag_named(tx, str(values["tag"]))
    for row in tx.by_key(CONTACT_TAGS, f"contact:{contact['id']}"):
        if tag and row["tag"] == tag["id"]:
            contacts.untag(tx, row["id"], ADMIN)
            return row
    raise WrongUse(f"{contact['email']} does not have the tag “{values['tag']}”.")


def set_list(tx: Tx, values: Values) -> JsonObject:
    listing = _named(tx, LISTS, values["list"], "list")
    return contacts.put_in_list(tx, _contact(tx, values), listing, str(values["status"]), ADMIN)


def add_note(tx: Tx, values: Values) -> JsonObject:
    return others.make_note(tx, str(values["note"]), _contact(tx, values)["id"], "Subscriber", ADMIN)


def add_task(tx: Tx, values: Values) -> JsonObject:
    given = {"title": values["title"], "duedate": values["duedate"], "dealTasktype": "3"}
    return others.make_task(tx, {**given, "ownerType": "contact", "relid": _contact(tx, values)["id"]}, ADMIN)


def change_record(tx: Tx, values: Values) -> JsonObject:
    """Of the record with that own id, in whichever object."""
    external = str(values["record"])
    record = next((row for row in tx.all(RECORDS) if row["externalId"] == external), None)
    schema = tx.get(SCHEMAS, record["schemaId"]) if record else None
    if record is None or schema is None:
        raise WrongUse(f"There is no record with the own id {external}.")
    if values["field"] not in [field["id"] for field in schema["fields"]]:
        raise WrongUse(f"The object has no field {values['field']}.")
    fields = {row["id"]: row["value"] for row in record["fields"]} | {
        values["field"]: values.get("value", "")
    }
    return objects.put(tx, schema, external, fields, None, record)


def rename_feed(tx: Tx, values: Values) -> JsonObject:
    feed = tx.get(FEEDS, str(values["feed"]))
    if feed is None:
        raise WrongUse(f"There is no calendar feed {values['feed']}.")
    return others.change_feed(tx, feed, {"title": values["title"]})


def ask_in_automation(tx: Tx, values: Values) -> JsonObject:
    automation = _named(tx, AUTOMATIONS, values["automation"], "automation")
    sent = tell_from_automation(tx, _contact(tx, values), automation["id"])
    return {"seriesid": automation["id"], "addresses": sent}


def new_api_key(tx: Tx, values: Values) -> JsonObject:
    """The old key stops working at once."""
    keep_credentials(tx, {**own_credentials(tx), "api_key": secrets.token_hex(36)})
    return {"made_at": tx.now.isoformat()}


def _contact(tx: Tx, values: Values) -> JsonObject:
    """By e-mail address or id."""
    wanted = str(values["contact"])
    found = contacts.by_email(tx, wanted) or tx.get(CONTACTS, wanted)
    if found is None:
        raise WrongUse(f"The simulated ActiveCampaign has no contact {wanted}.")
    return found


def _named(tx: Tx, collection: str, wanted: Any, what: str) -> JsonObject:
    for row in tx.all(collection):
        if str(wanted) in (row["id"], row["name"]):
            return row
    raise WrongUse(f"There is no {what} {wanted}.")


def _done(work: Any) -> JsonObject:
    try:
        made: JsonObject = work()
    except Refusal as refusal:
        raise WrongUse(f"ActiveCampaign would refuse this: {refusal.body}.") from None
    return made


_WHO = Field(key="contact", label="Contact (e-mail or id)", required=True)
_TAG = Field(key="tag", label="Tag", required=True)
_NAMES = (
    Field(key="firstName", label="First name"),
    Field(key="lastName", label="Last name"),
    Field(key="phone", label="Phone"),
)

ACTIONS = (
    Action(
        key="add_contact",
        title="Add a contact",
        run=add_contact,
        fields=(Field(key="email", label="E-mail", type=FieldType.EMAIL, required=True), *_NAMES),
        about="Contacts",
    ),
    Action(
        key="change_contact",
        title="Change a contact",
        run=change_contact,
        fields=(_WHO, *_NAMES, Field(key="field", label="Own field (its tag)"), Field(key="value")),
        about="Contacts",
    ),
    Action(
        key="tag_contact",
        title="Give a contact a tag",
        run=tag_contact,
        fields=(_WHO, _TAG),
        about="Contacts",
    ),
    Action(
        key="untag_contact",
        title="Take a tag from a contact",
        run=untag_contact,
        fields=(_WHO, _TAG),
        about="Contacts",
    ),
    Action(
        key="set_list",
        title="Subscribe or unsubscribe a contact",
        run=set_list,
        fields=(
            _WHO,
            Field(key="list", label="List", required=True),
            Field(
                key="status",
                label="State",
                default="1",
                choices=(("1", "subscribed"), ("2", "unsubscribed")),
            ),
        ),
        about="Contacts",
    ),
    Action(
        key="add_note",
        title="Add a note",
        run=add_note,
        fields=(_WHO, Field(key="note", label="Text", required=True)),
        about="Contacts",
    ),
    Action(
        key="add_task",
        title="Add a task",
        run=add_task,
        fields=(
            _WHO,
            Field(key="title", label="Title", required=True),
            Field(key="duedate", label="Due", type=FieldType.DATETIME, required=True),
        ),
        about="Contacts",
    ),
    Action(
        key="ask_in_automation",
        title="Let an automation's webhook step ask for a contact",
        run=ask_in_automation,
        fields=(_WHO, Field(key="automation", label="Automation", required=True)),
        about="Automations",
    ),
    Action(
        key="change_record",
        title="Change a custom object's record",
        run=change_record,
        fields=(
            Field(key="record", label="Own id of the record (the calendar's id)", required=True),
            Field(key="field", label="Field", required=True),
            Field(key="value", label="Value"),
        ),
        about="Calendars",
    ),
    Action(
        key="rename_feed",
        title="Rename a calendar feed",
        run=rename_feed,
        fields=(
            Field(key="feed", label="Feed id", required=True),
            Field(key="title", label="Title", required=True),
        ),
        about="Calendars",
    ),
    Action(key="new_api_key", title="Reset the API key; the old one stops working", run=new_api_key),
    Action(key="examples", title="Put in the records of docs/examples", run=put_examples, about="Examples"),
)
