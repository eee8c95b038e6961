"""People of the site: found by e-mail address, made, changed.

WordPress's `search` looks into several fields and gives parts of words, so what it finds is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.engine.errors import NotFound
from integrations.engine.paginate import Asked, by_page, collect
from integrations.engine.spec import (
    Attempt,
    Field,
    FieldType,
    JsonObject,
    Procedure,
    Script,
    Situation,
    Sweep,
    Write,
)

PAGE = 100  # the most that WordPress gives
CLOCK_ALLOWANCE = timedelta(seconds=60)

PERSON: JsonObject = {
    "id": 7,
    "username": "rosa",
    "name": "Rosa Diaz",
    "first_name": "Rosa",
    "last_name": "Diaz",
    "email": "rosa@example.com",
    "slug": "rosa",
    "roles": ["subscriber"],
    "registered_date": "2026-11-20T10:00:00+00:00",
    "meta": {},
}
CHANGEABLE = ("first_name", "last_name", "name", "roles")


def pages(values: Mapping[str, Any]) -> Sweep:
    """All people; totals stand in X-WP-Total and X-WP-TotalPages, and a short page says as much."""
    asked = {**values, "context": "edit"}
    yield from by_page("users.search", asked, rows="@", size=PAGE, size_key="per_page")


def with_email(email: str) -> Asked:
    """The person with exactly this address, or None."""
    wanted = email.strip().casefold()
    for person in (yield from collect(pages({"search": email.strip()}))):
        if str(person.get("email", "")).casefold() == wanted:
            return person
    return None


def find_made(attempt: Attempt) -> Asked:
    """The person with that address who was registered since the claim; one before is somebody else's."""
    person = yield from with_email(str(attempt.values["email"]))
    return person if person and _registered_since(person, attempt.claimed_at - CLOCK_ALLOWANCE) else None


def existing(values: Mapping[str, Any]) -> Asked:
    person = yield from with_email(str(values["email"]))
    return person


def _registered_since(person: JsonObject, earliest: datetime) -> bool:
    try:
        registered_at = datetime.fromisoformat(str(person.get("registered_date")))
    except ValueError:
        return False
    return registered_at.tzinfo is not None and registered_at >= earliest


def find_person(values: Mapping[str, Any], situation: Situation) -> Script:
    """The person with this address. Raises NotFound."""
    person = yield from with_email(str(values["email"]))
    if person is None:
        raise NotFound("The site has nobody with this e-mail address.")
    return person


def ensure_person(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{created, person}`: changed where the address is known, else made."""
    person = yield from with_email(str(values["email"]))
    if person is None:
        outcome = yield Write("users.create", dict(values))
    else:
        changes = {key: values[key] for key in CHANGEABLE if values.get(key) is not None}
        if all(person.get(key) == value for key, value in changes.items()):
            return {"created": False, "person": person}
        outcome = yield Write("users.update", {"id": str(person["id"]), **changes})
    if outcome.error is not None:
        raise outcome.error
    return {"created": person is None, "person": outcome.value}


EMAIL = Field(key="email", label="E-mail address", type=FieldType.EMAIL, required=True)
NAMES = (
    Field(key="first_name", label="First name"),
    Field(key="last_name", label="Last name"),
    Field(key="name", label="Displayed name"),
    Field(key="roles", label="Roles", type=FieldType.LIST, help="By their WordPress names: subscriber."),
)
SIGN_IN = (
    Field(key="username", label="User name", required=True, help="WordPress keeps it for good."),
    Field(key="password", label="Password", required=True, secret=True),
)

FIND_PERSON = Procedure(
    key="find_person",
    title="Find a person by e-mail address",
    run=find_person,
    fields=(EMAIL,),
    operations=("users.search",),
    sample=PERSON,
)
ENSURE_PERSON = Procedure(
    key="ensure_person",
    title="Find or make a person",
    run=ensure_person,
    fields=(EMAIL, *SIGN_IN, *NAMES),
    operations=("users.search", "users.create", "users.update"),
    calls=2,
    writes=True,
    sample={"created": True, "person": PERSON},
)
