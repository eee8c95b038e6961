"""What several calls make together: issuing once, changing some attributes of many, keeping groups alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.accredible.certificates import ROW
from integrations.connectors.accredible.credentials import APPROVE, ATTRIBUTES, DETAILS, RECIPIENT
from integrations.connectors.accredible.groups import MEMBER
from integrations.connectors.accredible.proofs import credential_with, group_with, rows
from integrations.connectors.accredible.words import CREDENTIAL, GROUP, GROUP_ID, META
from integrations.engine.errors import Duplicate, MappingFailed, NotFound
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import (
    Field,
    FieldType,
    JsonObject,
    Procedure,
    Script,
    Situation,
    Write,
)


def issue(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{id, issued, held, ...}`: the certificate, new or found.

    Found is one whose `meta_data` says the same under the name `once_by`, and one that the group refuses to
    give a second time to the same e-mail. `held` says that it was to be published and was not: it is so when
    the account has no credits left. It is there all the same, and must not be issued again.
    """
    given = {key: value for key, value in values.items() if key != "once_by"}
    known = yield from _same(given.get("meta_data") or {}, str(values.get("once_by") or ""))
    if known is not None:
        return _told(known, given, issued=False)
    try:
        outcome = yield Write("credentials.create", given)
    except Duplicate:
        known = yield from _of_recipient(given)
        if known is None:
            raise
        return _told(known, given, issued=False)
    return _told(outcome.value, given, issued=True)


def _same(meta: Mapping[str, Any], once_by: str) -> Asked:
    if not once_by or once_by not in meta:
        return None
    found = yield from credential_with({once_by: meta[once_by]})
    return found


def _of_recipient(given: Mapping[str, Any]) -> Asked:
    email = str(given["recipient"]["email"])
    query = {"group.id[in]": [given["group_id"]], "recipient_email[eq]": email}
    found = yield from ask("credentials.search", {"query": query})
    return next((row for row in rows(found, "credentials")), None)


def _told(row: JsonObject, given: Mapping[str, Any], *, issued: bool) -> JsonObject:
    held = row.get("approve") is False and given.get("approve") is not False
    return {**row, "id": str(row.get("id")), "issued": issued, "held": held}


def set_attributes(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{changed, credential}`: these attributes and data of your own changed, and the others kept.

    Whether a change replaces the others is not documented, so they are read and sent again.
    """
    known = yield from ask("credentials.get", {"id": values["id"]})
    known = known or {}
    wanted = {}
    for key in ("custom_attributes", "meta_data"):
        before = _object(known, key)
        after = {**before, **(values.get(key) or {})}
        if after != before:
            wanted[key] = after
    if not wanted:
        return {"changed": False, "credential": known}
    outcome = yield Write("credentials.update", {"id": values["id"], **wanted})
    return {"changed": True, "credential": outcome.value}


def _object(row: JsonObject, key: str) -> JsonObject:
    found = row.get(key)
    return found if isinstance(found, dict) else {}


def keep_group(values: Mapping[str, Any], situation: Situation) -> Script:
    """The group that `meta_data` says is the same under the name `same_by`; made where there is none.

    The public name and description are set when it is made and then left to those who wrote them.
    """
    meta, same_by = dict(values.get("meta_data") or {}), str(values["same_by"])
    if not meta.get(same_by):
        raise MappingFailed(f"“{same_by}” has to stand in the group's data of your own, and is empty.")
    known = yield from _known_group(values.get("id"), {same_by: meta[same_by]})
    if known is None:
        made = {key: values[key] for key in ("name", "course_name", "department_id") if values.get(key)}
        made["course_description"] = values.get("course_description") or values["name"]
        made.setdefault("course_name", values["name"])
        outcome = yield Write("groups.create", {**made, "meta_data": meta})
        return outcome.value
    changed = _changed(known, {"name": values["name"], "meta_data": meta})
    if not changed:
        return known
    outcome = yield Write("groups.update", {"id": str(known["id"]), **changed})
    return outcome.value


def mark_group(values: Mapping[str, Any], situation: Situation) -> Script:
    """Data of your own added to a group; None where the group is gone."""
    known = yield from _known_group(values.get("id"), {})
    if known is None:
        return None
    changed = _changed(known, {"meta_data": dict(values.get("meta_data") or {})})
    if not changed:
        return known
    outcome = yield Write("groups.update", {"id": str(known["id"]), **changed})
    return outcome.value


def _known_group(group_id: Any, meta: Mapping[str, Any]) -> Asked:
    """By its id, as long as it is there; else by what its data say."""
    if group_id:
        try:
            found = yield from ask("groups.get", {"id": str(group_id)})
        except NotFound:
            found = None
        if found:
            return found
    return (yield from group_with(meta)) if meta else None


def _changed(known: JsonObject, wanted: Mapping[str, Any]) -> JsonObject:
    """What differs; the data that are there already stay among those that are sent."""
    whole = {**wanted, "meta_data": {**_object(known, "meta_data"), **wanted.get("meta_data", {})}}
    return {key: value for key, value in whole.items() if value != (known.get(key) or {})}


def let_in(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{id, made}`: a login that sees this group alone; who has one already is left as they are.

    There is no list of team members, so whoever has a login already cannot be found, nor be changed.
    """
    may = dict.fromkeys(("designs", "emails", "credential_attributes", "analytics", "settings"), False)
    may["analytics"] = bool(values.get("analytics"))
    permissions = {**may, "role": values.get("role") or "viewer", "groups": [int(values["group_id"])]}
    member = {
        "name": values["name"],
        "email": str(values["email"]).strip().lower(),
        "department_permissions": [
            {"department_id": int(values["department_id"]), "permissions": permissions}
        ],
    }
    try:
        outcome = yield Write("team_members.create", member)
    except Duplicate:
        return {"id": None, "made": False}
    return {**outcome.value, "made": True}


ISSUE = Procedure(
    key="issue",
    title="Issue a credential once",
    run=issue,
    fields=(
        RECIPIENT,
        GROUP_ID,
        *DETAILS,
        APPROVE,
        Field(
            key="once_by",
            label="Once by",
            help="The name in the data of your own under which no second certificate is issued.",
        ),
    ),
    operations=("credentials.search", "credentials.create"),
    calls=2,
    writes=True,
    sample={**ROW, "id": str(ROW["id"]), "issued": True, "held": False},
)
SET_ATTRIBUTES = Procedure(
    key="set_attributes",
    title="Set attributes and keep the others",
    run=set_attributes,
    fields=(Field(key="id", label="Credential id", required=True), ATTRIBUTES, META),
    operations=("credentials.get", "credentials.update"),
    writes=True,
    sample={"changed": True, "credential": CREDENTIAL},
)
SAME_BY = Field(
    key="same_by",
    label="Same by",
    required=True,
    help="The name in the data of your own by which the group is found again.",
)
KEEP_GROUP = Procedure(
    key="keep_group",
    title="Make a group, or keep it alike",
    run=keep_group,
    fields=(
        Field(key="id", label="Group id, if known"),
        SAME_BY,
        Field(key="name", label="Name", required=True),
        Field(key="course_name", label="Public name", help="When it is made; empty: the name."),
        Field(key="course_description", label="Description", help="When it is made; empty: the name."),
        Field(key="department_id", label="Department", type=FieldType.INTEGER, reference="departments"),
        META,
    ),
    operations=("groups.get", "groups.search", "groups.create", "groups.update"),
    calls=2,
    writes=True,
    sample=GROUP,
)
MARK_GROUP = Procedure(
    key="mark_group",
    title="Add data of your own to a group",
    run=mark_group,
    fields=(Field(key="id", label="Group id", required=True), META),
    operations=("groups.get", "groups.update"),
    writes=True,
    sample=GROUP,
)
LET_IN = Procedure(
    key="let_in",
    title="Make a login for a group",
    run=let_in,
    fields=(
        Field(key="name", label="Name", required=True),
        Field(key="email", label="E-mail", type=FieldType.EMAIL, required=True),
        GROUP_ID,
        Field(
            key="department_id",
            label="Department",
            type=FieldType.INTEGER,
            required=True,
            reference="departments",
        ),
        Field(
            key="role",
            label="Role",
            choices=(("viewer", "Looks on"), ("editor", "Changes things")),
            default="viewer",
        ),
        Field(key="analytics", label="Sees the statistics", type=FieldType.BOOLEAN, default=False),
    ),
    operations=("team_members.create",),
    writes=True,
    sample={**MEMBER, "made": True},
)
PROCEDURES = (ISSUE, SET_ATTRIBUTES, KEEP_GROUP, MARK_GROUP, LET_IN)
