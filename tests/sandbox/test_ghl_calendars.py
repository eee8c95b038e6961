"""Calendars, notifications, locations and users of the simulated GHL."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Ghl

HOURS = {"openHour": 9, "openMinute": 0, "closeHour": 17, "closeMinute": 0}
REMINDER = {
    "receiverType": "contact",
    "channel": "email",
    "notificationType": "reminder",
    "beforeTime": [{"timeOffset": 1, "unit": "hours"}],
}


def test_each_location_starts_with_three_open_calendars(ghl: Ghl) -> None:
    answer = ghl.client.get("/calendars/", params={"locationId": ghl.location})
    calendars = {row["name"]: row for row in answer.json()["calendars"]}
    review, calls, course = (
        calendars[name] for name in ("Certificate review", "Advice call", "First aid course")
    )
    assert (course["calendarType"], course["appoinmentPerSlot"]) == ("class_booking", 8)
    assert (review["calendarType"], review["teamMembers"]) == ("event", [])
    assert (calls["calendarType"], len(calls["teamMembers"])) == ("round_robin", 2)
    assert [entry["daysOfTheWeek"] for entry in review["openHours"]] == [[1], [2], [3], [4], [5]]
    assert not {"timezone", "dateUpdated"} & set(review)
    assert ghl.calendar(location=ghl.other_location())["id"] != review["id"]


def test_a_created_calendar_has_the_defaults_and_is_listed(ghl: Ghl) -> None:
    answer = ghl.client.post("/calendars/", json={"locationId": ghl.location, "name": "Book club"})
    assert answer.status_code == 200
    calendar = answer.json()["calendar"]
    assert (calendar["slotDuration"], calendar["appoinmentPerSlot"], calendar["isActive"]) == (30, 1, True)
    assert (calendar["slug"], calendar["calendarType"]) == ("book-club", "event")
    assert ghl.client.get(f"/calendars/{calendar['id']}").json()["calendar"] == calendar


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": ""}, "name should not be empty"),
        ({"timezone": "Europe/Berlin"}, "property timezone should not exist"),
        ({"start_time": "x", "attendees": []}, "property start_time should not exist"),
        ({"calendarType": "meeting"}, "calendarType must be one of the following values: round_robin, event"),
        ({"slotDuration": "30"}, "slotDuration must be a number conforming to the specified constraints"),
        ({"slotInterval": 0}, "slotInterval must not be less than 1"),
        (
            {"openHours": [{"daysOfTheWeek": [2, 4], "hours": [HOURS]}]},
            "openHours.0.daysOfTheWeek must be a valid day of week",
        ),
        (
            {"openHours": [{"daysOfTheWeek": [7], "hours": [HOURS]}]},
            "openHours.0.daysOfTheWeek must be a valid day of week",
        ),
        (
            {"openHours": [{"daysOfTheWeek": [1], "hours": [{**HOURS, "closeHour": 24}]}]},
            "openHours.0.hours.0.closeHour must not be greater than 23",
        ),
        ({"openHours": [{"hours": []}]}, "openHours.0.daysOfTheWeek should not be empty"),
        ({"teamMembers": [{"priority": 1}]}, "teamMembers.0.userId should not be empty"),
        (
            {"calendarType": "round_robin"},
            "teamMembers should not be empty for a calendar of type round_robin",
        ),
        (
            {"calendarType": "personal", "teamMembers": [{"userId": "a"}, {"userId": "b"}]},
            "a calendar of type personal has exactly one team member",
        ),
        (
            {"calendarType": "collective", "teamMembers": [{"userId": "a"}]},
            "a calendar of type collective needs one primary team member",
        ),
    ],
)
def test_a_calendar_that_does_not_fit_is_refused(ghl: Ghl, body: dict[str, Any], message: str) -> None:
    answer = ghl.client.post("/calendars/", json={"locationId": ghl.location, "name": "x", **body})
    assert answer.status_code == 422
    assert answer.json()["message"][0].startswith(message)


def test_every_complaint_is_in_the_list(ghl: Ghl) -> None:
    answer = ghl.client.post("/calendars/", json={"colour": "red", "size": 4, "name": 5})
    assert answer.json()["message"] == [
        "property colour should not exist",
        "property size should not exist",
        "locationId should not be empty",
        "locationId must be a string",
        "name must be a string",
    ]


@pytest.mark.parametrize(("drafts", "count"), [(None, 4), ("true", 4), ("false", 3)])
def test_drafts_are_listed_unless_not_wanted(ghl: Ghl, drafts: str | None, count: int) -> None:
    ghl.client.post("/calendars/", json={"locationId": ghl.location, "name": "Draft", "isActive": False})
    params = {"locationId": ghl.location, **({"showDrafted": drafts} if drafts else {})}
    assert len(ghl.client.get("/calendars/", params=params).json()["calendars"]) == count


def test_calendars_of_a_group_are_listed(ghl: Ghl) -> None:
    ghl.client.post("/calendars/", json={"locationId": ghl.location, "name": "Grouped", "groupId": "g1"})
    params = {"locationId": ghl.location, "groupId": "g1"}
    assert [row["name"] for row in ghl.client.get("/calendars/", params=params).json()["calendars"]] == [
        "Grouped"
    ]


def test_a_calendar_that_is_not_there_is_not_found(ghl: Ghl) -> None:
    assert ghl.client.get("/calendars/unknown").status_code == 404


def test_notifications_are_lists_both_ways(ghl: Ghl) -> None:
    path = f"/calendars/{ghl.calendar()['id']}/notifications"
    assert ghl.client.get(path).json() == []
    made = ghl.client.post(path, json=[REMINDER, {**REMINDER, "notificationType": "booked"}])
    assert made.status_code == 200
    assert [row["notificationType"] for row in made.json()] == ["reminder", "booked"]
    assert ghl.client.get(path).json() == made.json()
    assert all(row["_id"] and row["isActive"] for row in made.json())
    assert ghl.client.get(path, params={"limit": 1, "skip": 1}).json() == made.json()[1:]
    assert ghl.client.get(path, params={"isActive": "false"}).json() == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (REMINDER, "body must be an array"),
        ([{**REMINDER, "channel": "pigeon"}], "0.channel must be one of the following values: email"),
        ([REMINDER, {**REMINDER, "minutes": 5}], "1.property minutes should not exist"),
        ([{"channel": "email"}], "0.receiverType should not be empty"),
        (["x"], "0 must be an object"),
    ],
)
def test_notifications_that_do_not_fit_are_refused(ghl: Ghl, body: Any, message: str) -> None:
    answer = ghl.client.post(f"/calendars/{ghl.calendar()['id']}/notifications", json=body)
    assert answer.status_code == 422
    assert answer.json()["message"][0].startswith(message)


def test_a_location_says_its_zone(ghl: Ghl) -> None:
    location = ghl.client.get(f"/locations/{ghl.location}").json()["location"]
    assert (location["timezone"], location["companyId"]) == ("America/New_York", ghl.known["company_id"])


def test_users_are_listed_by_location_and_searched_by_company(ghl: Ghl) -> None:
    by_location = ghl.client.get("/users/", params={"locationId": ghl.location}).json()["users"]
    assert [user["firstName"] for user in by_location] == ["Nora", "Emil"]
    company = {"companyId": ghl.known["company_id"]}
    assert ghl.client.get("/users/search", params=company).json()["count"] == 2
    for more, names in (
        ({"query": "EMIL"}, ["Emil Baum"]),
        ({"limit": "1"}, ["Nora Quist"]),
        ({"skip": "1"}, ["Emil Baum"]),
        ({"ids": by_location[1]["id"]}, ["Emil Baum"]),
    ):
        found = ghl.client.get("/users/search", params={**company, **more}).json()["users"]
        assert [user["name"] for user in found] == names
