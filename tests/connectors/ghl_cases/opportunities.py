"""Opportunities: from open to won, with whoever follows them."""

from __future__ import annotations

from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.world import World

CASES = Cases()

NO_DETAILS = {"notes": False, "tasks": False, "calendarEvents": False, "unReadConversations": False}


@CASES.of("pipelines.list")
def the_pipelines_of_a_location(world: World) -> Script:
    found = yield {}
    assert found.value
    assert all(pipeline["stages"] for pipeline in found.value)


@CASES.of("opportunities.create")
def an_opportunity(world: World) -> Script:
    contact = world.contact()
    pipeline, stage = world.pipeline
    made = yield {
        "pipelineId": pipeline,
        "pipelineStageId": stage,
        "contactId": contact,
        "name": "First Aid, ten seats",
        "status": "open",
        "monetaryValue": 220,
        "assignedTo": world.user,
    }
    now = world.call("opportunities.get", id=made.record_id)
    assert (now["name"], now["monetaryValue"], now["contactId"]) == ("First Aid, ten seats", 220, contact)


@CASES.of("opportunities.create")
def an_opportunity_with_custom_fields(world: World) -> Script:
    pipeline, _ = world.pipeline
    text = world.custom_field(model="opportunity")
    several = world.custom_field(model="opportunity", dataType="MULTIPLE_OPTIONS")
    made = yield {
        "pipelineId": pipeline,
        "contactId": world.contact(),
        "name": "Ten seats",
        "status": "open",
        "customFields": [
            {"id": text, "field_value": "by ferry"},
            {"id": several, "field_value": ["red", "blue"]},
        ],
    }
    now = world.call("opportunities.get", id=made.record_id)
    assert {field["id"]: field["fieldValue"] for field in now["customFields"]} == {
        text: "by ferry",
        several: ["red", "blue"],
    }


@CASES.of("opportunities.get")
def one_opportunity(world: World) -> Script:
    opportunity = world.opportunity(name="Ten seats")
    found = yield {"id": opportunity}
    assert (found.value["id"], found.value["name"]) == (opportunity, "Ten seats")


@CASES.of("opportunities.update")
def another_value_for_an_opportunity(world: World) -> Script:
    opportunity = world.opportunity()
    yield {"id": opportunity, "name": "Twelve seats", "monetaryValue": 264}
    now = world.call("opportunities.get", id=opportunity)
    assert (now["name"], now["monetaryValue"]) == ("Twelve seats", 264)


@CASES.of("opportunities.set_status")
def an_opportunity_that_is_won(world: World) -> Script:
    opportunity = world.opportunity()
    yield {"id": opportunity, "status": "won"}
    assert world.call("opportunities.get", id=opportunity)["status"] == "won"


@CASES.of("opportunities.set_status")
def an_opportunity_that_is_lost_for_a_reason(world: World) -> Script:
    opportunity = world.opportunity()
    reason = world.call("opportunities.lost_reasons")["lostReasons"][0]["id"]
    yield {"id": opportunity, "status": "lost", "lostReasonId": reason}
    assert world.call("opportunities.get", id=opportunity)["status"] == "lost"


@CASES.of("opportunities.upsert")
def an_opportunity_that_is_new(world: World) -> Script:
    pipeline, stage = world.pipeline
    made = yield {
        "pipelineId": pipeline,
        "pipelineStageId": stage,
        "name": "Two seats",
        "status": "open",
        "monetaryValue": 44,
    }
    assert world.call("opportunities.get", id=made.record_id)["name"] == "Two seats"


@CASES.of("opportunities.upsert")
def an_opportunity_that_is_there(world: World) -> Script:
    pipeline, _ = world.pipeline
    opportunity = world.opportunity()
    found = yield {
        "id": opportunity,
        "pipelineId": pipeline,
        "name": "Three seats",
        "followers": [world.user],
        "isRemoveAllFollowers": False,
        "followersActionType": "add",
    }
    assert found.record_id == opportunity
    assert world.call("opportunities.get", id=opportunity)["name"] == "Three seats"


@CASES.of("opportunities.search")
def the_opportunities_of_a_contact(world: World) -> Script:
    contact = world.contact()
    opportunity = world.opportunity(contactId=contact)
    found = yield {"contact_id": contact, "status": "open", "page": 1, "limit": 20}
    assert [row["id"] for row in found.value["opportunities"]] == [opportunity]


@CASES.of("opportunities.search")
def opportunities_with_all_that_hangs_on_them(world: World) -> Script:
    contact = world.contact()
    opportunity = world.opportunity(contactId=contact)
    world.call("opportunities.add_followers", id=opportunity, followers=[world.user])
    world.note(contact)
    world.task(contact)
    world.appointment(contactId=contact)
    found = yield {"contact_id": contact, "getNotes": True, "getTasks": True, "getCalendarEvents": True}
    assert [row["id"] for row in found.value["opportunities"]] == [opportunity]


@CASES.of("opportunities.search_advanced")
def opportunities_found_by_a_word(world: World) -> Script:
    name = world.word("Ferry")
    opportunity = world.opportunity(name=name)
    found = yield {
        "query": name,
        "limit": 20,
        "page": 1,
        "additionalDetails": NO_DETAILS,
    }
    assert [row["id"] for row in found.value["opportunities"]] == [opportunity]


@CASES.of("opportunities.lost_reasons")
def why_opportunities_are_lost(world: World) -> Script:
    found = yield {"skip": 0, "limit": 100}
    assert found.value["lostReasons"]
    assert all(reason["name"] for reason in found.value["lostReasons"])


@CASES.of("opportunities.add_followers")
def somebody_follows_an_opportunity(world: World) -> Script:
    opportunity = world.opportunity()
    found = yield {"id": opportunity, "followers": [world.user]}
    assert found.value["followersAdded"] == [world.user]


@CASES.of("opportunities.remove_followers")
def somebody_follows_it_no_more(world: World) -> Script:
    opportunity = world.opportunity()
    world.call("opportunities.add_followers", id=opportunity, followers=[world.user])
    found = yield {"id": opportunity, "followers": [world.user]}
    assert (found.value["followers"], found.value["followersRemoved"]) == ([], [world.user])


@CASES.of("opportunities.delete")
def an_opportunity_that_never_was(world: World) -> Script:
    opportunity = world.opportunity()
    yield {"id": opportunity}
    assert world.is_gone("opportunities.get", id=opportunity)
