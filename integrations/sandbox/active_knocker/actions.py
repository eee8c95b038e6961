"""What people do in the simulated Active Knocker. Changed bookings, reps and teams are told to the hub."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.active_knocker import seed, telling, visits
from integrations.sandbox.active_knocker.refusals import Refusal
from integrations.sandbox.active_knocker.seed import BOOKED, CANCELLED, REPS
from integrations.sandbox.active_knocker.telling import TEAMS
from integrations.sandbox.active_knocker.visits import STATUSES, TAGS
from integrations.sandbox.simulation import Action, keep_credentials, own_credentials
from integrations.sandbox.transaction import Tx

Values = Mapping[str, Any]
PERSON = ("name", "email", "phone", "notes")
EXAMPLE_VISIT = 95_001


def book_visit(tx: Tx, values: Values) -> JsonObject:
    """A rep knocks, and an appointment is made: a visit in status “Appointment Set”."""
    visit = visits.add(tx, {"pin_id": BOOKED, "latitude": 40.71, "longitude": -74.0, **_details(tx, values)})
    telling.tell(tx, "lead.booked", lead(tx, visit))
    return visit


def change_visit(tx: Tx, values: Values) -> JsonObject:
    visit = visits.keep(tx, {**_visit(tx, values), **_details(tx, values)})
    telling.tell(tx, "lead.updated", lead(tx, visit))
    return visit


def cancel_visit(tx: Tx, values: Values) -> JsonObject:
    visit = visits.keep(tx, {**_visit(tx, values), "pin_id": CANCELLED})
    telling.tell(tx, "lead.cancelled", lead(tx, visit))
    return visit


def mark_visit(tx: Tx, values: Values) -> JsonObject:
    """Another status, of which the hub is told nothing: a look finds it."""
    wanted = str(values["status"])
    for row in tx.all(STATUSES):
        if wanted in (str(row["id"]), row["meaning"]):
            return visits.keep(tx, {**_visit(tx, values), "pin_id": row["id"]})
    raise WrongUse(f"The simulated Active Knocker has no pin status “{wanted}”.")


def lose_visit(tx: Tx, values: Values) -> JsonObject:
    """Users complain of pins that get lost."""
    visit = _visit(tx, values)
    tx.delete(visits.VISITS, str(visit["id"]))
    return visit


def add_old_visits(tx: Tx, values: Values) -> JsonObject:
    """Many booked visits of the last days, for a first look."""
    count = int(values["count"])
    for place in range(count):
        seed.old_visit(tx, place, f"Old Lead{place}", "(212) 555-0100", BOOKED, 1 + place % 20)
    return {"made": count}


def set_busy(tx: Tx, values: Values) -> JsonObject:
    """All busy times of one rep and day; none given: the whole day is free."""
    rep = tx.get(REPS, str(values["rep"]))
    if rep is None:
        raise WrongUse(f"The simulated Active Knocker has no rep {values['rep']}.")
    busy = [
        dict(
            zip(
                ("start", "end"),
                (f"{values['date']}T{part.strip()}" for part in span.split("-")),
                strict=True,
            )
        )
        for span in str(values.get("busy") or "").split(",")
        if span.count("-") == 1
    ]
    told = {
        "rep_id": str(rep["id"]),
        "rep_email": rep["email"],
        "date": str(values["date"]),
        "busy": busy,
        **({"timezone": values["timezone"]} if values.get("timezone") else {}),
    }
    tx.put(REPS, str(rep["id"]), {**rep, "busy": busy})
    return telling.tell(tx, "availability.updated", told)


def save_team(tx: Tx, values: Values) -> JsonObject:
    team_id = str(values.get("team") or f"T-{100 + tx.next_number('id:team')}")
    known = tx.get(TEAMS, team_id)
    team: JsonObject = {
        **(known or {"member_ids": [], "permissions": [], "active": True}),
        "team_id": team_id,
        **{key: values[key] for key in ("name", "slug", "active") if key in values},
        **{key: _list(values[key]) for key in ("member_ids", "permissions") if key in values},
    }
    if not team.get("name"):
        raise WrongUse("A team needs a name.")
    tx.put(TEAMS, team_id, team)
    telling.tell(tx, "team.updated" if known else "team.created", team)
    return team


def delete_team(tx: Tx, values: Values) -> JsonObject:
    team = tx.get(TEAMS, str(values["team"]))
    if team is None:
        raise WrongUse(f"The simulated Active Knocker has no team {values['team']}.")
    tx.delete(TEAMS, team["team_id"])
    telling.tell(tx, "team.deleted", {"team_id": team["team_id"]})
    return team


def make_tag(tx: Tx, values: Values) -> JsonObject:
    number = 100 + tx.next_number("id:tag")
    tag: JsonObject = {"id": number, "tag_caption_name": values["name"]}
    tx.put(TAGS, str(number), tag)
    return tag


def connect_bridge(tx: Tx, values: Values) -> JsonObject:
    telling.connect(tx, str(values["address"]), str(values.get("secret") or ""))
    return {"address": values["address"]}


def new_api_key(tx: Tx, values: Values) -> JsonObject:
    """The old key stops working at once."""
    keep_credentials(tx, {**own_credentials(tx), "api_key": secrets.token_hex(16)})
    return {"made_at": tx.now.isoformat()}


def examples(tx: Tx, values: Values) -> JsonObject:
    """The visit that the examples of the documentation name; what is there already stays."""
    visit = tx.get(visits.VISITS, str(EXAMPLE_VISIT)) or visits.add(
        tx,
        {
            "id": EXAMPLE_VISIT,
            "name": "Ada Lovelace",
            "email": "ada@example.org",
            "phone": "(212) 555-0123",
            "address": {"street": "12 Mill Lane", "city": "New York", "state": "New York"},
            "latitude": 40.71,
            "longitude": -74.0,
            "created_user_id": 7,
        },
    )
    return {"visit": visit["id"]}


def lead(tx: Tx, visit: JsonObject) -> JsonObject:
    """A visit as the bridge's lead."""
    rep = tx.get(REPS, str(visit.get("created_user_id"))) or {}
    address = visit.get("address") or {}
    status = tx.get(STATUSES, str(visit["pin_id"])) or {}
    found = {
        "lead_id": str(visit["id"]),
        **{key: visit.get(key) for key in PERSON},
        "start": visit.get("appointment_date"),
        "duration_minutes": visit.get("duration"),
        "timezone": visit.get("timezone"),
        "rep_id": str(rep["id"]) if rep else None,
        "rep_email": rep.get("email"),
        "address": {key: address[key] for key in ("street", "city", "state") if address.get(key)},
        "lat": visit.get("latitude"),
        "lng": visit.get("longitude"),
        "status": status.get("meaning"),
    }
    return {key: value for key, value in found.items() if value not in (None, "", {})}


def _details(tx: Tx, values: Values) -> JsonObject:
    found: JsonObject = {key: values[key] for key in PERSON if key in values}
    if "start" in values:
        found["appointment_date"] = str(values["start"])
    if "duration" in values:
        found["duration"] = int(values["duration"])
    if "timezone" in values:
        found["timezone"] = values["timezone"]
    if "rep" in values:
        found["created_user_id"] = int(values["rep"])
    if "street" in values:
        found["address"] = {"street": values["street"], "city": values.get("city", "")}
    return found


def _visit(tx: Tx, values: Values) -> JsonObject:
    try:
        return visits.find(tx, values["visit"])
    except Refusal:
        raise WrongUse(f"The simulated Active Knocker has no visit {values['visit']}.") from None


def _list(value: Any) -> list[str]:
    return (
        [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else list(value)
    )


_VISIT = Field(key="visit", label="Visit", required=True)
_DETAILS = (
    Field(key="email", label="E-mail"),
    Field(key="phone", label="Phone, as people write it"),
    Field(key="start", label="Appointment, such as 2026-12-01 10:00"),
    Field(key="duration", label="Minutes", type=FieldType.INTEGER),
    Field(key="timezone", label="Time zone", help="Sent only through the bridge."),
    Field(key="rep", label="Rep's number", type=FieldType.INTEGER),
    Field(key="street", label="Street"),
    Field(key="city", label="City"),
    Field(key="notes", label="Notes"),
)
_TEAM = Field(key="team", label="Team", required=True)

ACTIONS = (
    Action(
        key="book_visit",
        title="Book an appointment at the door",
        run=book_visit,
        fields=(Field(key="name", label="Name", required=True), *_DETAILS),
        about="Visits",
    ),
    Action(
        key="change_visit",
        title="Change a booked visit",
        run=change_visit,
        fields=(_VISIT, Field(key="name", label="Name"), *_DETAILS),
        about="Visits",
    ),
    Action(key="cancel_visit", title="Cancel a visit", run=cancel_visit, fields=(_VISIT,), about="Visits"),
    Action(
        key="mark_visit",
        title="Give a visit another status, without telling the hub",
        run=mark_visit,
        fields=(_VISIT, Field(key="status", label="Status, by number or name", required=True)),
        about="Visits",
    ),
    Action(key="lose_visit", title="Lose a visit", run=lose_visit, fields=(_VISIT,), about="Visits"),
    Action(
        key="add_old_visits",
        title="Add many old visits",
        run=add_old_visits,
        fields=(Field(key="count", label="How many", type=FieldType.INTEGER, required=True),),
        about="Visits",
    ),
    Action(
        key="set_busy",
        title="Change a rep's availability",
        run=set_busy,
        fields=(
            Field(key="rep", label="Rep's number", type=FieldType.INTEGER, required=True),
            Field(key="date", label="Day", type=FieldType.DATE, required=True),
            Field(key="busy", label="Busy from-to, such as 10:00-12:00, 14:00-15:00"),
            Field(key="timezone", label="Time zone"),
        ),
        about="Reps",
    ),
    Action(
        key="save_team",
        title="Make or change a team",
        run=save_team,
        fields=(
            Field(key="team", label="Team (empty: a new one)"),
            Field(key="name", label="Name"),
            Field(key="slug", label="Slug"),
            Field(key="active", label="Active", type=FieldType.BOOLEAN),
            Field(key="member_ids", label="Members"),
            Field(key="permissions", label="Permissions"),
        ),
        about="Teams",
    ),
    Action(key="delete_team", title="Remove a team", run=delete_team, fields=(_TEAM,), about="Teams"),
    Action(
        key="make_tag",
        title="Make a tag",
        run=make_tag,
        fields=(Field(key="name", label="Name", required=True),),
    ),
    Action(
        key="connect_bridge",
        title="Enter the hub's address and secret",
        run=connect_bridge,
        fields=(
            Field(key="address", label="Address", required=True),
            Field(key="secret", label="Signing secret", secret=True),
        ),
    ),
    Action(key="new_api_key", title="Make a new API key; the old one stops working", run=new_api_key),
    Action(key="examples", title="Add the records of the documentation's examples", run=examples),
)
