"""Contacts: made, found, changed, followed, enrolled and deleted."""

from __future__ import annotations

from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.world import World

CASES = Cases()

CAMPAIGN = "cmp0000000000000001"  # no operation lists campaigns


@CASES.of("contacts.create")
def a_contact_with_all_kinds_of_fields(world: World) -> Script:
    field = world.custom_field()
    made = yield {
        "firstName": "Rosa",
        "lastName": "Diaz",
        "email": world.email(),
        "phone": world.phone(),
        "country": "US",
        "dateOfBirth": "1990-09-25",
        "dnd": True,
        "dndSettings": {"SMS": {"status": "active", "message": "asked for it", "code": "7"}},
        "tags": ["certified"],
        "customFields": [{"id": field, "field_value": "4711"}],
        "gender": "female",
        "companyName": "Harbour Academy",
        "source": "hub",
    }
    contact = world.call("contacts.get", contactId=made.record_id)
    assert (contact["firstName"], contact["tags"]) == ("Rosa", ["certified"])
    assert {"id": field, "value": "4711"} in contact["customFields"]


@CASES.of("contacts.create")
def a_contact_of_whom_only_the_phone_is_known(world: World) -> Script:
    phone = world.phone()
    made = yield {"phone": phone}
    assert world.call("contacts.get", contactId=made.record_id)["phone"] == phone


@CASES.of("contacts.create")
def a_contact_with_custom_fields_of_every_kind(world: World) -> Script:
    number = world.custom_field(dataType="NUMERICAL")
    several = world.custom_field(dataType="MULTIPLE_OPTIONS")
    text = world.call("custom_fields.get", id=world.custom_field())
    made = yield {
        "email": world.email(),
        "customFields": [
            {"id": number, "field_value": 42},
            {"id": several, "field_value": ["red", "blue"]},
            {"key": text["fieldKey"].removeprefix("contact."), "field_value": "4711"},
        ],
    }
    contact = world.call("contacts.get", contactId=made.record_id)
    assert text["id"] in [field["id"] for field in contact["customFields"]]


@CASES.of("contacts.get")
def a_contact_by_its_id(world: World) -> Script:
    email = world.email()
    contact = world.contact(email=email)
    found = yield {"contactId": contact}
    assert (found.value["id"], found.value["email"]) == (contact, email)


@CASES.of("contacts.update")
def some_fields_of_a_contact(world: World) -> Script:
    contact = world.contact(lastName="Diaz", city="Berlin", tags=["one"])
    yield {"contactId": contact, "lastName": "Quist", "tags": ["two"]}
    now = world.call("contacts.get", contactId=contact)
    assert (now["lastName"], now["city"], now["tags"]) == ("Quist", "Berlin", ["two"])


@CASES.of("contacts.delete")
def a_contact_that_nobody_wants(world: World) -> Script:
    contact = world.contact()
    yield {"contactId": contact}
    assert world.is_gone("contacts.get", contactId=contact)


@CASES.of("contacts.upsert")
def a_contact_that_is_new(world: World) -> Script:
    email = world.email()
    made = yield {"email": email, "firstName": "Ada", "dateOfBirth": "1815-12-10"}
    assert world.call("contacts.get", contactId=made.record_id)["email"] == email


@CASES.of("contacts.upsert")
def a_contact_that_is_there(world: World) -> Script:
    email = world.email()
    contact = world.contact(email=email, firstName="Ada")
    found = yield {"email": email, "firstName": "Augusta"}
    assert found.record_id == contact
    assert world.call("contacts.get", contactId=contact)["firstName"] == "Augusta"


@CASES.of("contacts.list")
def contacts_found_by_a_word(world: World) -> Script:
    email = world.email()
    contact = world.contact(email=email)
    found = yield {"query": email, "limit": 5}
    assert [row["id"] for row in found.value["contacts"]] == [contact]


@CASES.of("contacts.search")
def contacts_found_by_a_filter(world: World) -> Script:
    email = world.email()
    contact = world.contact(email=email)
    found = yield {
        "pageLimit": 10,
        "page": 1,
        "filters": [{"field": "email", "operator": "eq", "value": email}],
        "sort": [{"field": "dateUpdated", "direction": "desc"}],
    }
    assert [row["id"] for row in found.value["contacts"]] == [contact]


@CASES.of("contacts.duplicate")
def a_contact_found_by_its_phone(world: World) -> Script:
    phone = world.phone()
    contact = world.contact(phone=phone)
    found = yield {"number": phone}
    assert found.value["id"] == contact


@CASES.of("contacts.list_by_business")
def contacts_of_a_business(world: World) -> Script:
    contact, business = world.contact(), world.business()
    world.call("contacts.bulk_business", ids=[contact], businessId=business)
    found = yield {"businessId": business, "limit": "10", "skip": "0"}
    assert [row["id"] for row in found.value["contacts"]] == [contact]


@CASES.of("contacts.bulk_business")
def contacts_given_to_a_business(world: World) -> Script:
    contacts, business = [world.contact(), world.contact()], world.business()
    yield {"ids": contacts, "businessId": business}
    found = world.call("contacts.list_by_business", businessId=business)
    assert sorted(row["id"] for row in found["contacts"]) == sorted(contacts)


@CASES.of("contacts.bulk_tags")
def tags_added_to_many_contacts(world: World) -> Script:
    contacts = [world.contact(tags=["here"]), world.contact()]
    yield {"type": "add", "contacts": contacts, "tags": ["now"]}
    tags = [world.call("contacts.get", contactId=contact)["tags"] for contact in contacts]
    assert tags == [["here", "now"], ["now"]]


@CASES.of("contacts.bulk_tags")
def tags_taken_from_many_contacts(world: World) -> Script:
    contact = world.contact(tags=["one", "two"])
    yield {"type": "remove", "contacts": [contact], "tags": ["one"]}
    assert world.call("contacts.get", contactId=contact)["tags"] == ["two"]


@CASES.of("contacts.add_tags")
def tags_beside_those_that_are_there(world: World) -> Script:
    contact = world.contact(tags=["one"])
    yield {"contactId": contact, "tags": ["two"]}
    assert world.call("contacts.get", contactId=contact)["tags"] == ["one", "two"]


@CASES.of("contacts.remove_tags")
def one_tag_of_two(world: World) -> Script:
    contact = world.contact(tags=["one", "two"])
    yield {"contactId": contact, "tags": ["one"]}
    assert world.call("contacts.get", contactId=contact)["tags"] == ["two"]


@CASES.of("contacts.appointments")
def the_appointments_of_a_contact(world: World) -> Script:
    contact = world.contact()
    appointment = world.appointment(contactId=contact)
    found = yield {"contactId": contact}
    assert [event["id"] for event in found.value] == [appointment]


@CASES.of("contacts.add_followers")
def somebody_follows_a_contact(world: World) -> Script:
    contact = world.contact()
    found = yield {"contactId": contact, "followers": [world.user]}
    assert found.value["followersAdded"] == [world.user]


@CASES.of("contacts.remove_followers")
def somebody_follows_a_contact_no_more(world: World) -> Script:
    contact = world.contact()
    world.call("contacts.add_followers", contactId=contact, followers=[world.user])
    found = yield {"contactId": contact, "followers": [world.user]}
    assert (found.value["followers"], found.value["followersRemoved"]) == ([], [world.user])


@CASES.of("contacts.add_to_campaign")
def a_contact_enters_a_campaign(world: World) -> Script:
    contact = world.contact()
    yield {"contactId": contact, "campaignId": CAMPAIGN}
    assert CAMPAIGN in world.document("contacts", contact)["campaignIds"]


@CASES.of("contacts.remove_from_campaign")
def a_contact_leaves_a_campaign(world: World) -> Script:
    contact = world.contact()
    world.call("contacts.add_to_campaign", contactId=contact, campaignId=CAMPAIGN)
    yield {"contactId": contact, "campaignId": CAMPAIGN}
    assert world.document("contacts", contact)["campaignIds"] == []


@CASES.of("contacts.remove_from_all_campaigns")
def a_contact_leaves_every_campaign(world: World) -> Script:
    contact = world.contact()
    world.call("contacts.add_to_campaign", contactId=contact, campaignId=CAMPAIGN)
    yield {"contactId": contact}
    assert world.document("contacts", contact)["campaignIds"] == []


@CASES.of("contacts.add_to_workflow")
def a_contact_enters_a_workflow(world: World) -> Script:
    contact = world.contact()
    yield {"contactId": contact, "workflowId": world.workflow, "eventStartTime": "2026-12-01T10:00:00+00:00"}
    assert world.workflow in world.document("contacts", contact)["workflowIds"]


@CASES.of("contacts.remove_from_workflow")
def a_contact_leaves_a_workflow(world: World) -> Script:
    contact = world.contact()
    world.call("contacts.add_to_workflow", contactId=contact, workflowId=world.workflow)
    yield {"contactId": contact, "workflowId": world.workflow}
    assert world.document("contacts", contact)["workflowIds"] == []
