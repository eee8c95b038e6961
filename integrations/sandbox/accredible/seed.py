"""What the simulated Accredible holds on its first day: an issuer, two groups, some old certificates."""

from __future__ import annotations

import secrets
from datetime import timedelta

from integrations.engine.spec import JsonObject
from integrations.sandbox.accredible import team
from integrations.sandbox.accredible.certificates import GROUPS, ISSUER, issue, keep, stamp
from integrations.sandbox.simulation import steady_id
from integrations.sandbox.transaction import Tx

CREDITS = 100_000
DEPARTMENT = 34

COURSES = (
    ("safety-2026", "Workplace Safety", "How to keep a workshop safe.", False),
    ("coaching-2026", "Coaching Fundamentals", "Ten evenings on asking good questions.", True),
)
ATTRIBUTE_KEYS = ("location", "appointment_at", "attendees")
# Name, group, issued so many days ago, valid for so many days (0: for good).
HOLDERS = (
    ("Ada Moreno", 0, 84, 730),
    ("Ben Okafor", 0, 61, 730),
    ("Chiara Lund", 1, 45, 0),
    ("Dmitri Falk", 1, 38, 0),
    ("Esther Vance", 0, 24, 365),
)


def new_credentials() -> dict[str, str]:
    return {"api_key": secrets.token_hex(16)}


def seed(tx: Tx) -> None:
    issuer: JsonObject = {
        "id": 1,
        "name": "Harbour Academy",
        "email": "certificates@example.com",
        "certificate_left": CREDITS,
        "language": "en",
        "url": "https://academy.example.com",
    }
    tx.put(ISSUER, "1", issuer)
    team.add_department(tx, "Courses", DEPARTMENT)
    for name in ATTRIBUTE_KEYS:
        team.add_attribute(tx, name)
    groups = [_group(tx, place) for place in range(len(COURSES))]
    for name, place, days_ago, valid_days in HOLDERS:
        _old_certificate(tx, name, groups[place], days_ago, valid_days)


def group_id(tx: Tx, place: int) -> int:
    """The same number after every reset of this sandbox file."""
    return 10_000 + 1000 * place + int(steady_id(tx, f"group:{place}", 6), 16) % 1000


def _group(tx: Tx, place: int) -> int:
    name, title, description, allows_duplicates = COURSES[place]
    number = group_id(tx, place)
    made_at = stamp(tx.now - timedelta(days=120))
    group: JsonObject = {
        "id": number,
        "name": name,
        "course_name": title,
        "course_description": description,
        "course_link": "https://academy.example.com/courses",
        "language": "en",
        "allow_duplicate_credentials": allows_duplicates,
        "attach_pdf": False,
        "department_id": None,
        "meta_data": {},
        "created_at": made_at,
        "updated_at": made_at,
    }
    tx.put(GROUPS, str(number), group)
    return number


def _old_certificate(tx: Tx, name: str, group: int, days_ago: int, valid_days: int) -> None:
    then = tx.now - timedelta(days=days_ago)
    given = {
        "recipient": {"name": name, "email": f"{name.lower().replace(' ', '.')}@example.com"},
        "group_id": group,
        "issued_on": then.date().isoformat(),
        "expired_on": (then + timedelta(days=valid_days)).date().isoformat() if valid_days else None,
    }
    moment = stamp(then)
    made = issue(tx, given)
    keep(tx, made | {"created_at": moment, "updated_at": moment, "published_on": moment})
