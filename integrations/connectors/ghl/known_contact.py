"""The contact behind somebody another app speaks of: by our id where it kept one, else by e-mail.

What another app kept as the id may be of another location, or of no contact at all: then GoHighLevel says 400
or 404, and the e-mail decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.triggers.contacts import ROW
from integrations.engine.errors import NotFound, Refused
from integrations.engine.paginate import ask
from integrations.engine.spec import Course, Field, FieldType, Procedure, Situation


def find_contact(values: Mapping[str, Any], situation: Situation) -> Course:
    """The whole contact, or None."""
    id, email = str(values.get("id") or ""), values.get("email")
    if id.isalnum():
        try:
            return (yield from ask("contacts.get", {"contactId": id}))
        except (NotFound, Refused):
            pass
    if not email:
        return None
    try:
        found = yield from ask("contacts.duplicate", {"email": email})
    except NotFound:
        return None
    if not isinstance(found, Mapping) or not found.get("id"):
        return None
    return (yield from ask("contacts.get", {"contactId": found["id"]}))


FIND_CONTACT = Procedure(
    key="find_contact",
    title="Find the contact, by id or by e-mail",
    run=find_contact,
    fields=(
        Field(key="id", label="Contact id, as another app kept it"),
        Field(key="email", label="E-mail", type=FieldType.EMAIL),
    ),
    operations=("contacts.get", "contacts.duplicate"),
    calls=1,
    sample=ROW,
)
