"""`find_user`: which user of the location somebody of another app is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.finding import rows_of
from integrations.engine.errors import MappingFailed
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import Field, FieldType, Procedure, Situation


def find_user(values: Mapping[str, Any], situation: Situation) -> Asked:
    """`{id, name, by}`: by the table, else by e-mail; all of them "" where it is nobody here."""
    table = values.get("table") or {}
    if not isinstance(table, Mapping):
        raise MappingFailed("The table of people is an object: their number or e-mail → a user's id.")
    folded = {str(key).strip().casefold(): str(value).strip() for key, value in table.items()}
    names = [str(values.get(key) or "").strip().casefold() for key in ("number", "email")]
    for name in names:
        if name and folded.get(name):
            return {"id": folded[name], "name": "", "by": "table"}
    if not names[1]:
        return {"id": "", "name": "", "by": ""}
    for row in rows_of((yield from ask("users.list", {}))):
        if str(row.get("email") or "").strip().casefold() == names[1]:
            return {"id": str(row.get("id")), "name": str(row.get("name") or ""), "by": "email"}
    return {"id": "", "name": "", "by": ""}


FIND_USER = Procedure(
    key="find_user",
    title="Find the user that somebody of another app is",
    run=find_user,
    fields=(
        Field(key="number", label="Number or name there"),
        Field(key="email", label="E-mail"),
        Field(
            key="table",
            label="Table",
            type=FieldType.OBJECT,
            help="Number or e-mail there → id of the user here. Who is not in it is found by e-mail.",
        ),
    ),
    operations=("users.list",),
    sample={"id": "usr0000000000000001", "name": "Terry Coach", "by": "email"},
)
