"""What the simulated site holds on its first day: its people, a course and a team."""

from __future__ import annotations

import secrets

from integrations.sandbox.accessally import users
from integrations.sandbox.accessally.operations import CONTACTS, TEAMS, add_operation
from integrations.sandbox.accessally.records import OFFERINGS, member, offering, team
from integrations.sandbox.simulation import steady_id
from integrations.sandbox.transaction import Tx

HUB_USER = "hub"
PEOPLE = (
    (HUB_USER, "Hub", "Keeper", "hub@example.com", "administrator"),
    ("lena", "Lena", "Voss", "lena.voss@example.com", "editor"),
    ("omar", "Omar", "Haddad", "omar.haddad@example.com", "subscriber"),
    ("yuki", "Yuki", "Mori", "yuki.mori@example.com", "subscriber"),
)


def new_credentials() -> dict[str, str]:
    password = secrets.token_hex(12)
    groups = " ".join(password[place : place + 4] for place in range(0, len(password), 4))
    return {"wp_username": HUB_USER, "application_password": groups, "access_key": secrets.token_hex(16)}


def seed(tx: Tx) -> None:
    for username, first, last, email, role in PEOPLE:
        person = {"first_name": first, "last_name": last, "email": email}
        users.add(tx, {**person, "username": username, "roles": [role]})
        if role == "subscriber":
            contact = member(steady_id(tx, f"contact:{username}", 8), {**person, "tags": ["member"]})
            tx.put(CONTACTS, contact["id"], contact)
    first_offering = str(tx.next_number("id:offering"))
    tx.put(OFFERINGS, first_offering, offering(first_offering, {"calendar_name": "Reading evenings"}))
    first_team = str(tx.next_number("id:team"))
    given = {"name": "Readers", "status": "active", "leader_email": "omar.haddad@example.com"}
    tx.put(TEAMS, first_team, team(first_team, given))
    add_operation(
        tx, steady_id(tx, "operation:release"), "Release the course", "release_offering",
        offering=first_offering,
    )  # fmt: skip
    add_operation(tx, steady_id(tx, "operation:size"), "One seat more for the team", "team_size", step=1)
