"""`group_team`: who works in the calendars of a group. A group itself has no members (official OpenAPI)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.finding import rows_of
from integrations.engine.paginate import ask
from integrations.engine.spec import Field, FieldType, JsonObject, Procedure, Script, Situation


def group_team(values: Mapping[str, Any], situation: Situation) -> Script:
    """`[{id, name, email}]` of the team members of the group's calendars, each once, but for those in `but`.

    Somebody without an e-mail address is left out: nobody could be told of anything.
    """
    calendars = yield from ask("calendars.list", {"groupId": values["groupId"]})
    inside = [row for row in rows_of(calendars) if row.get("groupId") == values["groupId"]]
    members = {str(m.get("userId")) for row in inside for m in rows_of(row, "teamMembers")}
    wanted = members - {str(user) for user in values.get("but") or ()}
    if not wanted:
        return []
    users = yield from ask("users.list", {})
    return [_person(user) for user in rows_of(users) if user.get("id") in wanted and user.get("email")]


def _person(user: JsonObject) -> JsonObject:
    names = [user.get("firstName"), user.get("lastName")]
    name = user.get("name") or " ".join(str(part) for part in names if part)
    return {"id": user["id"], "name": name or user["email"], "email": user["email"]}


GROUP_TEAM = Procedure(
    key="group_team",
    title="Read who works in a calendar group",
    run=group_team,
    fields=(
        Field(key="groupId", label="Calendar group", required=True, reference="groups"),
        Field(key="but", label="Leave out", type=FieldType.LIST, help="Ids of users."),
    ),
    operations=("calendars.list", "users.list"),
    calls=2,
    sample=[{"id": "usr0000000000000001", "name": "Nora Quist", "email": "nora.quist@example.com"}],
)
