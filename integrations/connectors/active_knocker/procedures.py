"""`create_visit` in the style of the account, and `tag_leads`: a tag by its name on several visits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.connectors.active_knocker.settings import QUERY_STYLE
from integrations.engine.errors import NotFound, did_you_mean
from integrations.engine.paginate import ask
from integrations.engine.spec import Field, FieldType, Procedure, Script, Situation, Write

IN_TEXT = re.compile(r"Active Knocker lead (\w+)")
BY_JSON = ("address", "latitude", "longitude", "notes", "created_user_id")
BY_QUERY = ("latitude", "longitude", "pin_id", "notes")


def create_visit(values: Mapping[str, Any], situation: Situation) -> Script:
    """The answer, `{id}`. What the style of the account has no place for is left out."""
    by_query = situation.settings.get("create_style") == QUERY_STYLE
    operation = "visits.create_by_query" if by_query else "visits.create"
    taken = BY_QUERY if by_query else BY_JSON
    outcome = yield Write(operation, {key: values[key] for key in taken if key in values})
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def tag_leads(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{tag, leads}`: the visits that were tagged. NotFound names the tags there are."""
    rows = yield from ask("tags.list", {})
    tag = _tag(rows, str(values["tag"]).strip())
    leads = list(dict.fromkeys(_leads(values)))
    for lead in leads:
        outcome = yield Write("tags.apply", {"id": lead, "tag_ids": str(tag["id"])})
        if outcome.error is not None:
            raise outcome.error
    return {"tag": tag, "leads": leads}


def _tag(rows: Any, wanted: str) -> Mapping[str, Any]:
    found = [row for row in rows or [] if isinstance(row, dict)]
    for row in found:
        if str(row.get("tag_caption_name", "")).strip().casefold() == wanted.casefold():
            return row
    names = [str(row.get("tag_caption_name", "")) for row in found]
    raise NotFound(
        f"{did_you_mean(wanted, names, 'tag in Active Knocker')} The hub knows no call that makes tags: make "
        "it there, then replay this run."
    )


def _leads(values: Mapping[str, Any]) -> Iterator[str]:
    """The ids given, and those that our line in appointments' descriptions names."""
    yield from (str(lead) for lead in values.get("leads") or [])
    for text in values.get("texts") or []:
        yield from IN_TEXT.findall(str(text))


CREATE_VISIT = Procedure(
    key="create_visit",
    title="Make a visit",
    run=create_visit,
    fields=(
        Field(key="latitude", label="Latitude", type=FieldType.NUMBER, required=True),
        Field(key="longitude", label="Longitude", type=FieldType.NUMBER, required=True),
        Field(key="notes", label="Notes"),
        Field(key="address", label="Address", type=FieldType.OBJECT, help="Only with style JSON."),
        Field(key="created_user_id", label="Rep's number", type=FieldType.ANY, help="Only with style JSON."),
        Field(key="pin_id", label="Status", reference="statuses", help="Only with parameters."),
    ),
    operations=("visits.create", "visits.create_by_query"),
    calls=1,
    writes=True,
    sample={"id": 90210},
)

TAG_LEADS = Procedure(
    key="tag_leads",
    title="Tag visits by the tag's name",
    run=tag_leads,
    fields=(
        Field(key="tag", label="Tag's name", required=True),
        Field(key="leads", label="Visits", type=FieldType.LIST),
        Field(
            key="texts",
            label="Texts that name visits",
            type=FieldType.LIST,
            help="Such as descriptions of appointments: “Active Knocker lead 90210”.",
        ),
    ),
    operations=("tags.list", "tags.apply"),
    calls=2,
    writes=True,
    sample={"tag": {"id": 12, "tag_caption_name": "Evening courses"}, "leads": ["90210"]},
)
