"""Who works in the calendars of a group (official OpenAPI: a calendar names its group and its people)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.connectors.ghl.team import group_team
from integrations.engine.spec import Situation
from tests.connectors.driving import drive

HERE = Situation(now=datetime(2026, 11, 21, tzinfo=UTC), settings={})
CALENDARS = [
    {"id": "c1", "groupId": "g1", "teamMembers": [{"userId": "u1"}, {"userId": "u2"}]},
    {"id": "c2", "groupId": "g1", "teamMembers": [{"userId": "u2"}, {"userId": "u3"}]},
    {"id": "c3", "groupId": "g2", "teamMembers": [{"userId": "u4"}]},  # a filter that was not heeded
]
USERS = [
    {"id": "u1", "name": "Nora Quist", "email": "nora@example.com"},
    {"id": "u2", "firstName": "Emil", "lastName": "Baum", "email": "emil@example.com"},
    {"id": "u3", "name": "No Mail"},
    {"id": "u4", "name": "Another", "email": "another@example.com"},
]


@pytest.mark.parametrize(
    ("but", "names", "calls"),
    [((), ["Nora Quist", "Emil Baum"], 2), (["u1"], ["Emil Baum"], 2), (["u1", "u2", "u3"], [], 1)],
)
def test_each_is_named_once_but_for_those_left_out(but: Any, names: list[str], calls: int) -> None:
    answers = {"calendars.list": CALENDARS, "users.list": USERS}
    told, asked = drive(
        group_team({"groupId": "g1", "but": but}, HERE), lambda command: answers[command.operation]
    )
    assert [person["name"] for person in told] == names
    assert len(asked) == calls
