"""What the simulated site keeps beside WordPress's users: offerings, teams, and the CRM's contacts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import JsonObject

OFFERINGS = "offerings"
TEAM_SIZE = 10


def offering(id: str, given: Mapping[str, Any]) -> JsonObject:
    """An offering that has bookings; what is not given is left out, as whoever sends the event would."""
    kept = ("calendar_name", "time_zone", "color", "description", "slug", "team_id")
    row: JsonObject = {"offering_id": id, **{key: given[key] for key in kept if key in given}}
    if "reminders" in given:
        row["reminders"] = [_reminder(one) for one in given["reminders"]]
    return row


def team(id: str, given: Mapping[str, Any]) -> JsonObject:
    kept = ("name", "slug", "status", "description", "leader_email")
    row: JsonObject = {"team_id": id, "leader_email": "", "size": TEAM_SIZE}
    row |= {key: given[key] for key in (*kept, "size") if key in given}
    return {**row, "member_emails": list(given.get("member_emails", []))}


def member(id: str, given: Mapping[str, Any]) -> JsonObject:
    row = {key: str(given.get(key, "")) for key in ("email", "first_name", "last_name")}
    offerings = list(given.get("offerings", []))
    return {"id": id, **row, "tags": list(given.get("tags", [])), "offerings": offerings}


def _reminder(given: Any) -> JsonObject:
    """{minutes_before, channel}, or both in one text: “1440 email”."""
    if isinstance(given, dict):
        return given
    read = re.fullmatch(r"\s*(\d+)\s+(\w+)\s*", str(given))
    if read is None:
        raise WrongUse("A reminder is written as minutes and channel, such as 1440 email.")
    return {"minutes_before": int(read[1]), "channel": read[2]}
