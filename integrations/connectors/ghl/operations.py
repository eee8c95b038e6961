"""All calls of the official files as operations: the table, the deviations over it, our words, the proofs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from integrations.connectors.ghl.overrides import MENDED, scopes_override
from integrations.connectors.ghl.samples import sample_of
from integrations.connectors.ghl.table import KEYS, TABLE
from integrations.connectors.ghl.taking_back import INVERSES
from integrations.connectors.ghl.words import WORDS, fields_of
from integrations.connectors.ghl.words.base import Words
from integrations.connectors.ghl.writes import proof_of
from integrations.engine.declared import answer_of, members, record_of, request_fields, result_of
from integrations.engine.openapi import Call
from integrations.engine.spec import Field, JsonObject, Kind, Operation

LOCATION, AGENCY = "location", "agency"
FILLED = {"locationId": "location_id", "location_id": "location_id", "companyId": "company_id"}
KINDS = {"GET": Kind.READ, "POST": Kind.CREATE, "PUT": Kind.UPDATE, "DELETE": Kind.DELETE}
ENCODINGS = {"application/x-www-form-urlencoded": "form", "multipart/form-data": "multipart"}


def operation(name: str) -> Operation:
    """The operation for the call of that name ("POST /contacts/")."""
    declared, call = TABLE.calls[name], MENDED.calls[name]
    words = WORDS.get(name) or _unnamed(call)
    said, schema = fields_of(name), answer_of(call)
    result = result_of(MENDED, schema) if words.result is None else words.result
    record = record_of(MENDED, schema, _key(result))
    audiences = _audiences(call)
    kind = words.kind or KINDS.get(call.method, Kind.UPDATE)
    version = next(iter(declared.headers.get("Version", ())), "")
    return Operation(
        key=words.key,
        title=words.title,
        method=call.method,
        path=call.path,
        kind=kind,
        fields=_ordered(_filled(request_fields(MENDED, call, said), audiences), words.first),
        scopes=declared.scopes,
        scopes_override=scopes_override(call),
        audiences=audiences,
        reaches_people=words.reaches_people,
        books=words.books,
        inverse=INVERSES.get(words.key),
        offered_s=words.offered_s,
        answer=members(MENDED, record, said),
        headers=tuple((header, values[0]) for header, values in call.headers.items()),
        encoding=ENCODINGS.get(call.content, "json") if call.content else "none",
        body_list=MENDED.resolve(call.body).get("type") == "array",
        empty_body=call.method == "DELETE" and bool(call.content),
        success=tuple(sorted(call.answers)),
        result=result,
        record_id=_record_id(kind, record) if words.record_id is None else words.record_id,
        proof=None if kind is Kind.READ else proof_of(words.key, call),
        signed=name != "POST /oauth/token",
        sample=sample_of(words.key, call),
        operation_id=call.operation_id,
        version=version,
        deprecated=call.deprecated,
        source=words.source or f"official OpenAPI, {call.file}, Version {version or 'none'}",
    )


def _unnamed(call: Call) -> Words:
    """A call that the files gained and nobody has found words for yet."""
    return Words(call=call.name, key=KEYS[call.name], title=call.operation_id.replace("-", " ").capitalize())


def _key(result: str) -> str:
    """The member of the answer that a result begins with: "event || appointment" -> "event"."""
    first = result.split(" ")[0]
    return "@" if first.startswith("[") else first


def _audiences(call: Call) -> tuple[str, ...]:
    """The schemes' own notes say which tokens they take: `bearer` and Location-Access are a sub-account's."""
    return tuple(dict.fromkeys(AGENCY if "Agency" in scheme else LOCATION for scheme in call.security))


def _filled(fields: Iterable[Field], audiences: tuple[str, ...]) -> tuple[Field, ...]:
    """An agency's token is no location's: which one is meant, only the caller can say."""
    own = {key: fills for key, fills in FILLED.items() if audiences != (AGENCY,) or fills == "company_id"}
    return tuple(replace(field, fills=own[field.key]) if field.key in own else field for field in fields)


def _ordered(fields: tuple[Field, ...], first: tuple[str, ...]) -> tuple[Field, ...]:
    """Path fields keep the path's order and go before all; then `first`; then the rest as declared."""
    places = {key: number for number, key in enumerate(first)}
    return tuple(sorted(fields, key=lambda field: (field.place != "path", places.get(field.key, len(first)))))


def _record_id(kind: Kind, record: JsonObject) -> str:
    if kind is Kind.DELETE or record.get("type") == "array":
        return ""
    return next((key for key in ("id", "_id") if key in record.get("properties", {})), "")


OPERATIONS = {found.key: found for found in map(operation, MENDED.calls)}
