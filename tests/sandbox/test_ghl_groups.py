"""Groups, resources, schedules and changed calendars of the simulated GHL."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Ghl

HOURS = [{"from": "10:00", "to": "12:00"}]


def group(ghl: Ghl, slug: str = "evening", **more: Any) -> httpx.Response:
    body = {"locationId": ghl.location, "name": "Evening", "description": "After work", "slug": slug, **more}
    return ghl.client.post("/calendars/groups", json=body)


def groups(ghl: Ghl) -> dict[str, dict[str, Any]]:
    answer = ghl.client.get("/calendars/groups", params={"locationId": ghl.location})
    return {row["slug"]: row for row in answer.json()["groups"]}


def available(ghl: Ghl, slug: str) -> bool:
    body = {"locationId": ghl.location, "slug": slug}
    found: bool = ghl.client.post("/calendars/groups/validate-slug", json=body).json()["available"]
    return found


def test_a_group_is_made_renamed_and_switched_off(ghl: Ghl) -> None:
    made = group(ghl)
    assert made.status_code == 201
    row = made.json()["group"]
    assert (row["isActive"], row["locationId"]) == (True, ghl.location)
    renamed = {"name": "Night", "description": "Late", "slug": "night"}
    now = ghl.client.put(f"/calendars/groups/{row['id']}", json=renamed).json()["group"]
    assert now == {**row, **renamed}
    for active in (False, True):
        answer = ghl.client.put(f"/calendars/groups/{row['id']}/status", json={"isActive": active})
        assert answer.json()["success"] is True
        assert groups(ghl)["night"]["isActive"] is active


@pytest.mark.parametrize("missing", ["name", "description", "slug"])
def test_an_update_of_a_group_needs_all_three(ghl: Ghl, missing: str) -> None:
    row = group(ghl).json()["group"]
    body = {name: "x" for name in ("name", "description", "slug") if name != missing}
    answer = ghl.client.put(f"/calendars/groups/{row['id']}", json=body)
    assert (answer.status_code, answer.json()["message"][0]) == (422, f"{missing} should not be empty")


def test_a_slug_is_taken_once_in_a_location(ghl: Ghl) -> None:
    assert available(ghl, "evening")
    first = group(ghl).json()["group"]
    assert not available(ghl, "evening")
    taken = group(ghl)
    assert (taken.status_code, taken.json()["message"]) == (400, "The slug is already taken.")
    kept = {"name": "Same", "description": "x", "slug": "evening"}
    assert ghl.client.put(f"/calendars/groups/{first['id']}", json=kept).status_code == 200
    other = {**kept, "slug": "courses"}
    assert ghl.client.put(f"/calendars/groups/{first['id']}", json=other).status_code == 400


@pytest.mark.parametrize(("wish", "status"), [(None, 400), ("refuse", 400), ("detach", 200)])
def test_a_group_with_calendars_is_refused_or_detached_as_the_sandbox_is_set(
    ghl: Ghl, wish: str | None, status: int
) -> None:
    if wish:
        ghl.sandbox.set_setting("ghl", "group_with_calendars", wish)
    courses = groups(ghl)["courses"]["id"]
    answer = ghl.client.delete(f"/calendars/groups/{courses}")
    assert answer.status_code == status
    assert ("courses" in groups(ghl)) is (status == 400)
    assert ("groupId" in ghl.calendar("First aid course")) is (status == 400)


def test_an_empty_group_is_deleted(ghl: Ghl) -> None:
    row = group(ghl).json()["group"]
    assert ghl.client.delete(f"/calendars/groups/{row['id']}").json()["success"] is True
    assert "evening" not in groups(ghl)


# --- calendars that change ------------------------------------------------------------------------


def test_an_update_keeps_what_it_does_not_name_and_replaces_lists(ghl: Ghl) -> None:
    before = ghl.calendar("Advice call")
    one = {"userId": before["teamMembers"][0]["userId"]}
    body = {"name": "Advice", "teamMembers": [one]}
    now = ghl.client.put(f"/calendars/{before['id']}", json=body).json()["calendar"]
    assert (now["name"], now["slug"], now["openHours"]) == ("Advice", before["slug"], before["openHours"])
    assert now["teamMembers"] == [{**one, "priority": 0.5, "isPrimary": False}]
    assert ghl.client.get(f"/calendars/{before['id']}").json()["calendar"] == now


@pytest.mark.parametrize(
    ("name", "body", "status", "message"),
    [
        ("Advice call", {"teamMembers": []}, 422, "teamMembers should not be empty"),
        ("Advice call", {"slug": "certificate-review"}, 400, "The slug is already taken."),
        ("Certificate review", {"slug": "certificate-review"}, 200, ""),
        (
            "Certificate review",
            {"locationConfigurations": [{"kind": "zoom_conference"}]},
            422,
            "locationConfigurations of an event calendar",
        ),
        (
            "Certificate review",
            {"openHours": [{"daysOfTheWeek": [], "hours": []}]},
            422,
            "openHours.0.daysOfTheWeek must be a valid day of week",
        ),
    ],
)
def test_a_changed_calendar_keeps_the_rules_of_its_type(
    ghl: Ghl, name: str, body: dict[str, Any], status: int, message: str
) -> None:
    answer = ghl.client.put(f"/calendars/{ghl.calendar(name)['id']}", json=body)
    said = answer.json().get("message", "")
    assert answer.status_code == status
    assert (said[0] if isinstance(said, list) else said).startswith(message)


@pytest.mark.parametrize(("wish", "left"), [("keep", 1), ("delete", 0)])
def test_what_becomes_of_the_appointments_of_a_deleted_calendar_is_a_setting(
    ghl: Ghl, wish: str, left: int
) -> None:
    ghl.sandbox.set_setting("ghl", "deleted_calendar_appointments", wish)
    ghl.book("2027-02-01T10:00:00-05:00")
    calendar = ghl.calendar()["id"]
    assert ghl.client.delete(f"/calendars/{calendar}").json()["success"] is True
    assert ghl.client.get(f"/calendars/{calendar}").status_code == 404
    assert len(ghl.sandbox.dump()["ghl"].get("appointments", [])) == left


# --- rooms and equipments -------------------------------------------------------------------------


def resource(ghl: Ghl, kind: str, calendars: list[str]) -> httpx.Response:
    body = {
        "locationId": ghl.location,
        "name": "Hall",
        "description": "Large",
        "quantity": 1,
        "outOfService": 0,
        "capacity": 20,
        "calendarIds": calendars,
    }
    return ghl.client.post(f"/calendars/resources/{kind}", json=body)


def test_rooms_and_equipments_are_two_lists(ghl: Ghl) -> None:
    calendar = ghl.calendar()["id"]
    room = resource(ghl, "rooms", [calendar])
    assert room.status_code == 201
    equipment = resource(ghl, "equipments", [calendar]).json()["id"]
    asked = {"locationId": ghl.location, "limit": 10, "skip": 0}
    found = ghl.client.get("/calendars/resources/rooms", params=asked).json()
    assert [(row["name"], row["resourceType"]) for row in found] == [("Hall", "rooms")]
    assert ghl.client.get(f"/calendars/resources/rooms/{equipment}").status_code == 404
    path = f"/calendars/resources/equipments/{equipment}"
    assert ghl.client.put(path, json={"quantity": 3}).json()["quantity"] == 3
    assert ghl.client.delete(path).json()["success"] is True
    assert ghl.client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("kind", "calendars", "status", "message"),
    [
        ("desks", [], 422, "resourceType must be one of the following values: equipments, rooms"),
        ("rooms", ["nothing"], 400, "Calendar not found for id:nothing"),
        ("equipments", ["a", "b"], 422, "an equipment can be linked to one calendar only"),
        ("rooms", ["x"] * 101, 422, "calendarIds must contain no more than 100 elements"),
    ],
)
def test_a_resource_that_does_not_fit_is_refused(
    ghl: Ghl, kind: str, calendars: list[str], status: int, message: str
) -> None:
    answer = resource(ghl, kind, calendars)
    said = answer.json()["message"]
    assert (answer.status_code, said[0] if isinstance(said, list) else said) == (status, message)


def test_under_which_name_a_resource_has_its_id_is_a_setting(ghl: Ghl) -> None:
    ghl.sandbox.set_setting("ghl", "resource_id_key", "_id")
    made = resource(ghl, "rooms", []).json()
    assert "id" not in made
    assert ghl.client.get(f"/calendars/resources/rooms/{made['_id']}").status_code == 200


# --- schedules ------------------------------------------------------------------------------------


def schedule(ghl: Ghl, **more: Any) -> httpx.Response:
    body = {
        "locationId": ghl.location,
        "name": "Mornings",
        "userId": ghl.sandbox.dump()["ghl"]["users"][0]["id"],
        "timezone": "America/New_York",
        "rules": [{"type": "wday", "day": "monday", "intervals": HOURS}],
        **more,
    }
    return ghl.client.post("/calendars/schedules", json=body)


def test_each_user_starts_with_a_schedule_that_counts_for_no_calendar(ghl: Ghl) -> None:
    for user in ghl.sandbox.dump()["ghl"]["users"]:
        asked = {"locationId": ghl.location, "userId": user["id"]}
        [found] = ghl.client.get("/calendars/schedules/search", params=asked).json()["schedules"]
        assert (found["timezone"], found["calendarIds"]) == ("America/New_York", [])


def test_a_schedule_is_made_changed_and_linked(ghl: Ghl) -> None:
    made = schedule(ghl)
    assert made.status_code == 201
    row, calendar = made.json()["schedule"], ghl.calendar("Advice call")["id"]
    path = f"/calendars/schedules/{row['id']}"
    assert ghl.client.put(path, json={"timezone": "Europe/Berlin"}).json()["schedule"]["name"] == "Mornings"
    assert ghl.client.put(f"{path}/associations/{calendar}").json()["success"] is True
    assert ghl.client.get(path).json()["schedule"]["calendarIds"] == [calendar]
    asked = {"locationId": ghl.location, "userId": row["userId"], "calendarId": calendar}
    found = ghl.client.get("/calendars/schedules/search", params=asked).json()["schedules"]
    assert [one["id"] for one in found] == [row["id"]]
    assert ghl.client.delete(f"{path}/associations/{calendar}").status_code == 200
    assert ghl.client.get("/calendars/schedules/search", params=asked).json()["schedules"] == []
    assert ghl.client.delete(path).status_code == 200
    assert ghl.client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"timezone": "Etc/GMT+5"}, 422, "timezone must match"),
        ({"timezone": "Europe/Atlantis"}, 422, "timezone must be a valid IANA time zone"),
        ({"userId": "nobody"}, 404, "User not found"),
        ({"rules": [{"type": "wday", "intervals": HOURS}]}, 422, "rules.0.day should not be empty"),
        ({"rules": [{"type": "date", "day": "monday", "intervals": HOURS}]}, 422, "rules.0.date should not"),
        (
            {"rules": [{"type": "wday", "day": "monday", "intervals": [{"from": "25:00", "to": "26:00"}]}]},
            422,
            "rules.0.intervals.0.from must match",
        ),
    ],
)
def test_a_schedule_that_does_not_fit_is_refused(
    ghl: Ghl, changes: dict[str, Any], status: int, message: str
) -> None:
    answer = schedule(ghl, **changes)
    said = answer.json()["message"]
    assert answer.status_code == status
    assert (said[0] if isinstance(said, list) else said).startswith(message)
