"""Rooms and equipment, and the hours that people keep."""

from __future__ import annotations

from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.world import World

CASES = Cases()

MONDAYS = {"type": "wday", "day": "monday", "intervals": [{"from": "09:00", "to": "12:30"}]}
CHRISTMAS_EVE = {"type": "date", "date": "2026-12-24", "intervals": [{"from": "09:00", "to": "11:00"}]}


@CASES.of("resources.create")
def a_room(world: World) -> Script:
    calendar = world.service_calendar()
    made = yield {
        "resourceType": "rooms",
        "name": "Yoga room",
        "description": "With mats.",
        "quantity": 1,
        "outOfService": 0,
        "capacity": 12,
        "calendarIds": [calendar],
    }
    assert (made.value["name"], made.value["capacity"]) == ("Yoga room", 12)
    assert made.value["calendarIds"] == [calendar]


@CASES.of("resources.create")
def a_piece_of_equipment(world: World) -> Script:
    made = yield {
        "resourceType": "equipments",
        "name": "Projector",
        "description": "On wheels.",
        "quantity": 2,
        "outOfService": 1,
        "capacity": 1,
        "calendarIds": [world.service_calendar()],
    }
    assert (made.value["resourceType"], made.value["quantity"]) == ("equipments", 2)


@CASES.of("resources.list")
def all_rooms(world: World) -> Script:
    name = world.word("Room")
    world.resource(name=name)
    found = yield {"resourceType": "rooms", "limit": 100, "skip": 0}
    assert name in [row["name"] for row in found.value]


@CASES.of("resources.get")
def one_room(world: World) -> Script:
    room = world.resource(name="Studio")
    found = yield {"resourceType": "rooms", "id": room}
    assert found.value["name"] == "Studio"


@CASES.of("resources.update")
def a_larger_room(world: World) -> Script:
    room = world.resource(capacity=10)
    yield {"resourceType": "rooms", "id": room, "capacity": 14, "isActive": True}
    assert world.call("resources.get", resourceType="rooms", id=room)["capacity"] == 14


@CASES.of("resources.delete")
def a_room_that_is_given_up(world: World) -> Script:
    room = world.resource()
    yield {"resourceType": "rooms", "id": room}
    assert world.is_gone("resources.get", resourceType="rooms", id=room)


@CASES.of("schedules.create")
def the_hours_of_a_person(world: World) -> Script:
    calendar = world.service_calendar()
    made = yield {
        "name": "Mornings",
        "userId": world.user,
        "timezone": "Europe/Berlin",
        "rules": [MONDAYS, CHRISTMAS_EVE],
        "calendarIds": [calendar],
    }
    schedule = world.call("schedules.get", id=made.record_id)
    assert (schedule["timezone"], schedule["rules"]) == ("Europe/Berlin", [MONDAYS, CHRISTMAS_EVE])


@CASES.of("schedules.search")
def the_schedules_of_a_person(world: World) -> Script:
    schedule = world.schedule()
    found = yield {"userId": world.user, "skip": 0, "limit": 500}
    assert schedule in [row["id"] for row in found.value]


@CASES.of("schedules.get")
def one_schedule(world: World) -> Script:
    schedule = world.schedule(name="Evenings")
    found = yield {"id": schedule}
    assert (found.value["id"], found.value["name"]) == (schedule, "Evenings")


@CASES.of("schedules.update")
def another_zone_for_a_schedule(world: World) -> Script:
    schedule = world.schedule()
    yield {"id": schedule, "timezone": "Asia/Kolkata", "rules": [MONDAYS]}
    now = world.call("schedules.get", id=schedule)
    assert (now["timezone"], now["rules"]) == ("Asia/Kolkata", [MONDAYS])


@CASES.of("schedules.add_calendar")
def a_calendar_that_keeps_a_schedule(world: World) -> Script:
    schedule, calendar = world.schedule(), world.service_calendar()
    yield {"id": schedule, "calendarId": calendar}
    assert world.call("schedules.get", id=schedule)["calendarIds"] == [calendar]


@CASES.of("schedules.remove_calendar")
def a_calendar_that_keeps_it_no_more(world: World) -> Script:
    calendar = world.service_calendar()
    schedule = world.schedule(calendarIds=[calendar])
    yield {"id": schedule, "calendarId": calendar}
    assert world.call("schedules.get", id=schedule)["calendarIds"] == []


@CASES.of("schedules.delete")
def a_schedule_that_is_over(world: World) -> Script:
    schedule = world.schedule()
    yield {"id": schedule}
    assert world.is_gone("schedules.get", id=schedule)
