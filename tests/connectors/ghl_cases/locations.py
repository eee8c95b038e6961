"""Locations: themselves, their custom fields and values, tags, templates and tasks."""

from __future__ import annotations

from tests.connectors.ghl_cases.caller import one
from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.world import World

CASES = Cases()

EVERY_MONTH = {
    "intervalType": "monthly",
    "interval": 1,
    "startDate": "2026-12-01T00:00:00.000Z",
    "dayOfMonth": 15,
    "count": 10,
    "dueAfterSeconds": 86_400,
}


@CASES.of("locations.get")
def the_location_itself(world: World) -> Script:
    found = yield {}
    assert found.value["id"] == world.location_id
    assert found.value["timezone"] == "America/New_York"


@CASES.of("locations.search")
def the_locations_of_an_agency(world: World) -> Script:
    found = yield {"limit": "100", "skip": "0"}
    assert world.location_id in [row["id"] for row in found.value]


@CASES.of("locations.create")
def a_new_location(world: World) -> Script:
    made = yield {
        "name": "Pier Academy",
        "country": "US",
        "timezone": "America/Chicago",
        "prospectInfo": {"firstName": "Nora", "lastName": "Quist", "email": "nora.quist@example.com"},
    }
    assert made.record_id in [row["id"] for row in world.locations()]


@CASES.of("locations.update")
def another_city_for_a_location(world: World) -> Script:
    location = world.new_location()
    yield {"locationId": location, "name": "Mole Academy", "city": "Chicago"}
    now = one(world.locations(), location)
    assert (now["name"], now["city"]) == ("Mole Academy", "Chicago")


@CASES.of("locations.delete")
def a_location_that_is_closed(world: World) -> Script:
    location = world.new_location()
    yield {"locationId": location, "deleteTwilioAccount": False}
    assert location not in [row["id"] for row in world.locations()]


@CASES.of("locations.timezones")
def the_zones_that_there_are(world: World) -> Script:
    found = yield {}
    assert "Europe/Berlin" in str(found.value)


@CASES.of("custom_fields.create")
def a_field_for_contacts(world: World) -> Script:
    made = yield {"name": world.word("Badge"), "dataType": "TEXT", "model": "contact", "position": 0}
    field = world.call("custom_fields.get", id=made.record_id)
    assert (field["dataType"], field["model"]) == ("TEXT", "contact")


@CASES.of("custom_fields.list")
def the_fields_of_contacts(world: World) -> Script:
    field = world.custom_field()
    found = yield {"model": "contact"}
    assert field in [row["id"] for row in found.value]


@CASES.of("custom_fields.get")
def one_field(world: World) -> Script:
    field = world.custom_field()
    found = yield {"id": field}
    assert found.value["id"] == field


@CASES.of("custom_fields.update")
def another_name_for_a_field(world: World) -> Script:
    field = world.custom_field()
    name = world.word("Renamed")
    yield {"id": field, "name": name, "placeholder": "0000"}
    assert world.call("custom_fields.get", id=field)["name"] == name


@CASES.of("custom_fields.delete")
def a_field_that_nobody_fills(world: World) -> Script:
    field = world.custom_field()
    yield {"id": field}
    assert field not in [row["id"] for row in world.call("custom_fields.list", model="contact")]


@CASES.of("custom_fields.upload")
def a_file_for_a_field(world: World) -> Script:
    found = yield {"id": world.custom_field(dataType="FILE_UPLOAD"), "maxFiles": "1"}
    assert "uploadedFiles" in found.value


@CASES.of("custom_values.create")
def a_value(world: World) -> Script:
    name = world.word("Address")
    made = yield {"name": name, "value": "Pier 4"}
    found = world.call("custom_values.get", id=made.record_id)
    assert (found["name"], found["value"]) == (name, "Pier 4")


@CASES.of("custom_values.list")
def all_values(world: World) -> Script:
    value = world.custom_value()
    found = yield {}
    assert value in [row["id"] for row in found.value]


@CASES.of("custom_values.get")
def one_value(world: World) -> Script:
    value = world.custom_value(value="Pier 4")
    found = yield {"id": value}
    assert (found.value["id"], found.value["value"]) == (value, "Pier 4")


@CASES.of("custom_values.update")
def another_value(world: World) -> Script:
    value = world.custom_value()
    yield {"id": value, "name": world.word("Address"), "value": "Pier 5"}
    assert world.call("custom_values.get", id=value)["value"] == "Pier 5"


@CASES.of("custom_values.delete")
def a_value_that_is_not_used(world: World) -> Script:
    value = world.custom_value()
    yield {"id": value}
    assert value not in [row["id"] for row in world.call("custom_values.list")]


@CASES.of("location_tags.create")
def a_tag(world: World) -> Script:
    name = world.word("tag")
    made = yield {"name": name}
    assert world.call("location_tags.get", tagId=made.record_id)["name"] == name


@CASES.of("location_tags.list")
def all_tags(world: World) -> Script:
    tag = world.tag()
    found = yield {}
    assert tag in [row["id"] for row in found.value]


@CASES.of("location_tags.get")
def one_tag(world: World) -> Script:
    tag = world.tag()
    found = yield {"tagId": tag}
    assert found.value["id"] == tag


@CASES.of("location_tags.update")
def another_name_for_a_tag(world: World) -> Script:
    tag, name = world.tag(), world.word("renamed")
    yield {"tagId": tag, "name": name}
    assert world.call("location_tags.get", tagId=tag)["name"] == name


@CASES.of("location_tags.delete")
def a_tag_that_nobody_wears(world: World) -> Script:
    tag = world.tag()
    yield {"tagId": tag}
    assert tag not in [row["id"] for row in world.call("location_tags.list")]


@CASES.of("templates.list")
def the_templates_of_a_location(world: World) -> Script:
    found = yield {"originId": world.location_id, "limit": "25", "skip": "0"}
    assert {row["type"] for row in found.value["templates"]} == {"sms", "email"}


@CASES.of("templates.delete")
def a_template_that_is_old(world: World) -> Script:
    template = world.call("templates.list", originId=world.location_id)["templates"][0]["id"]
    yield {"id": template}
    left = world.call("templates.list", originId=world.location_id)
    assert template not in [row["id"] for row in left["templates"]]


@CASES.of("tasks.search")
def the_open_tasks_of_a_location(world: World) -> Script:
    contact = world.contact()
    task = world.task(contact)
    world.task(contact, completed=True)
    found = yield {"contactId": [contact], "completed": False, "limit": 25, "skip": 0}
    assert task in str(found.value)
    assert len(found.value) == 1


@CASES.of("recurring_tasks.create")
def a_task_for_every_month(world: World) -> Script:
    contact = world.contact()
    made = yield {
        "title": "Renew",
        "description": "The certificate.",
        "contactIds": [contact],
        "owners": [world.user],
        "rruleOptions": EVERY_MONTH,
        "ignoreTaskCreation": True,
    }
    assert world.call("recurring_tasks.get", id=made.record_id)["title"] == "Renew"


@CASES.of("recurring_tasks.get")
def one_recurring_task(world: World) -> Script:
    task = world.recurring_task()
    found = yield {"id": task}
    assert (found.value["id"], found.value["title"]) == (task, "Renew")


@CASES.of("recurring_tasks.update")
def another_title_for_a_recurring_task(world: World) -> Script:
    task = world.recurring_task()
    yield {"id": task, "title": "Repeat", "rruleOptions": EVERY_MONTH}
    assert world.call("recurring_tasks.get", id=task)["title"] == "Repeat"


@CASES.of("recurring_tasks.delete")
def a_task_that_recurs_no_more(world: World) -> Script:
    task = world.recurring_task()
    yield {"id": task}
    assert world.is_gone("recurring_tasks.get", id=task)
