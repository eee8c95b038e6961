"""What people do on the simulated site: its owner with offerings and teams, members with their profiles."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.accessally import bridge, examples, users
from integrations.sandbox.accessally.door import REVOKED, USERS
from integrations.sandbox.accessally.operations import CONTACTS, TEAMS
from integrations.sandbox.accessally.records import OFFERINGS, member, offering, team
from integrations.sandbox.simulation import Action, fresh_id, keep_credentials, own_credentials
from integrations.sandbox.transaction import Tx

Values = Mapping[str, Any]


def make_offering(tx: Tx, values: Values) -> JsonObject:
    made = offering(str(tx.next_number("id:offering")), values)
    return _keep(tx, OFFERINGS, "offering.created", made["offering_id"], made)


def change_offering(tx: Tx, values: Values) -> JsonObject:
    known = _known(tx, OFFERINGS, values["offering"])
    changed = offering(known["offering_id"], {**known, **values})
    return _keep(tx, OFFERINGS, "offering.updated", known["offering_id"], changed)


def delete_offering(tx: Tx, values: Values) -> JsonObject:
    return _drop(tx, OFFERINGS, "offering.deleted", values["offering"], "offering_id")


def make_team(tx: Tx, values: Values) -> JsonObject:
    made = team(str(tx.next_number("id:team")), values)
    return _keep(tx, TEAMS, "team.created", made["team_id"], made)


def change_team(tx: Tx, values: Values) -> JsonObject:
    known = _known(tx, TEAMS, values["team"])
    changed = team(known["team_id"], {**known, **values})
    return _keep(tx, TEAMS, "team.updated", known["team_id"], changed)


def delete_team(tx: Tx, values: Values) -> JsonObject:
    return _drop(tx, TEAMS, "team.deleted", values["team"], "team_id")


def change_member(tx: Tx, values: Values) -> JsonObject:
    """A profile is saved: the contact in the CRM and the user follow. Somebody new is added to both."""
    email = str(values["email"]).strip().lower()
    contact = next((row for row in tx.all(CONTACTS) if row["email"].lower() == email), None)
    kept = member(contact["id"] if contact else fresh_id(8), {**(contact or {}), **values})
    user = next((row for row in tx.all(USERS) if row["email"].lower() == email), None)
    names = {key: kept[key] for key in ("first_name", "last_name")}
    if user is None:
        user = users.add(tx, {**names, "email": kept["email"], "username": email.partition("@")[0]})
    else:
        tx.put(USERS, str(user["id"]), {**user, **names})
    tx.put(CONTACTS, kept["id"], kept)
    told = {"email": kept["email"], "wp_user_id": user["id"], "contact_id": kept["id"], **names}
    bridge.tell(tx, "member.updated", {**told, "tags": kept["tags"]})
    return kept


def paste_snippet(tx: Tx, values: Values) -> JsonObject:
    return bridge.paste(tx, str(values["url"]), str(values["secret"]))


def new_application_password(tx: Tx, values: Values) -> JsonObject:
    """The old one is revoked, so it stops working at once."""
    keep_credentials(tx, {**own_credentials(tx), "application_password": secrets.token_hex(12)})
    tx.delete(REVOKED, "password")
    return {"made_at": tx.now.isoformat()}


def _keep(tx: Tx, collection: str, kind: str, id: str, record: JsonObject) -> JsonObject:
    tx.put(collection, id, record)
    bridge.tell(tx, kind, record)
    return {"id": id, **record}


def _drop(tx: Tx, collection: str, kind: str, id: str, key: str) -> JsonObject:
    known = _known(tx, collection, id)
    tx.delete(collection, str(id))
    bridge.tell(tx, kind, {key: str(id)})
    return {"id": str(id), **known}


def _known(tx: Tx, collection: str, id: Any) -> JsonObject:
    known = tx.get(collection, str(id))
    if known is None:
        raise WrongUse(f"The simulated site has no such record {id} among its {collection}.")
    return known


def _optional(*fields: Field) -> tuple[Field, ...]:
    return tuple(Field(key=field.key, label=field.label, type=field.type) for field in fields)


def _action(
    key: str, title: str, run: Callable[[Tx, Values], JsonObject], about: str, *fields: Field
) -> Action:
    return Action(key=key, title=title, run=run, about=about, fields=fields)


_OFFERING = Field(key="offering", label="Offering id", required=True)
_TEAM = Field(key="team", label="Team id", required=True)
_OFFERING_FIELDS = (
    Field(key="calendar_name", label="Name", required=True),
    Field(key="time_zone", label="Time zone"),
    Field(key="color", label="Colour"),
    Field(key="reminders", label="Reminders (such as 1440 email, 60 sms)", type=FieldType.LIST),
    Field(key="description", label="Description"),
    Field(key="slug", label="Slug"),
    Field(key="team_id", label="Team id"),
)
_TEAM_FIELDS = (
    Field(key="name", label="Name", required=True),
    Field(key="slug", label="Slug"),
    Field(key="status", label="Status"),
    Field(key="description", label="Description"),
    Field(key="leader_email", label="Leader's e-mail", type=FieldType.EMAIL),
    Field(key="member_emails", label="Members' e-mails", type=FieldType.LIST),
)
OF_OFFERINGS, OF_TEAMS, OF_SITE = "Offerings", "Teams", "Site"

ACTIONS = (
    _action("make_offering", "Make an offering", make_offering, OF_OFFERINGS, *_OFFERING_FIELDS),
    _action(
        "change_offering",
        "Change an offering",
        change_offering,
        OF_OFFERINGS,
        _OFFERING,
        *_optional(*_OFFERING_FIELDS),
    ),
    _action("delete_offering", "Delete an offering", delete_offering, OF_OFFERINGS, _OFFERING),
    _action("make_team", "Make a team", make_team, OF_TEAMS, *_TEAM_FIELDS),
    _action("change_team", "Change a team", change_team, OF_TEAMS, _TEAM, *_optional(*_TEAM_FIELDS)),
    _action("delete_team", "Delete a team", delete_team, OF_TEAMS, _TEAM),
    _action(
        "change_member",
        "Save a member's profile",
        change_member,
        "Members",
        Field(key="email", label="E-mail", type=FieldType.EMAIL, required=True),
        Field(key="first_name", label="First name"),
        Field(key="last_name", label="Last name"),
        Field(key="tags", label="Tags", type=FieldType.LIST),
    ),
    _action(
        "paste_snippet",
        "Save the hub's snippet in wp-content/mu-plugins",
        paste_snippet,
        OF_SITE,
        Field(key="url", label="The hub's address for this site", required=True),
        Field(key="secret", label="The signing secret", required=True, secret=True),
    ),
    _action(
        "new_application_password",
        "Make a new application password; the old one stops working",
        new_application_password,
        OF_SITE,
    ),
    _action("examples", "Put in what the examples are about", examples.put, OF_SITE),
)
