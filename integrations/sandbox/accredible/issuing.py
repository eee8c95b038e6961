"""Calls about certificates of the simulated Accredible: issue one or many, read, change, delete."""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.accredible import certificates, team
from integrations.sandbox.accredible.calls import Answered, Call, texts
from integrations.sandbox.accredible.certificates import CERTIFICATES
from integrations.sandbox.accredible.refusals import Refusal, invalid
from integrations.sandbox.transaction import Tx

MOST_AT_ONCE = 30


def issue_one(call: Call) -> JsonObject:
    given = _checked(call.tx, call.part("credential"))
    return {"credential": certificates.nested(certificates.issue(call.tx, given))}


def issue_many(call: Call) -> Answered:
    """200 when all were made, 207 when some, 422 when none. One that lacked credits is made, and told of.

    What stands in each row of `errors` beside its code is not documented.
    """
    body = call.body
    given = body.get("credentials") if isinstance(body, dict) else None
    if not isinstance(given, list) or not 0 < len(given) <= MOST_AT_ONCE:
        raise invalid(credentials=[f"must be a list of 1 to {MOST_AT_ONCE}"])
    made: list[JsonObject] = []
    errors: list[JsonObject] = []
    for index, entry in enumerate(given):
        try:
            with call.tx.savepoint():
                known = certificates.issue(call.tx, _checked(call.tx, entry))
        except Refusal as refusal:
            errors.append({"index": index, "code": "invalid", "errors": refusal.body["errors"]})
            continue
        made.append(certificates.nested(known))
        if not known["approve"] and entry.get("approve", True):
            errors.append({"index": index, "code": "insufficient_credits", "id": str(known["id"])})
    status = 422 if not made else 207 if errors else 200
    return Answered(status, {"credentials": made, "errors": errors})


def read(call: Call) -> JsonObject:
    return {"credential": certificates.nested(certificates.find(call.tx, call.ids[0]))}


def change(call: Call) -> JsonObject:
    """Publishing one that is held takes a credit; without one it stays held."""
    known = certificates.find(call.tx, call.ids[0])
    given = _checked(call.tx, call.part("credential"))
    return {"credential": certificates.nested(certificates.change(call.tx, known, given))}


def delete(call: Call) -> JsonObject:
    known = certificates.find(call.tx, call.ids[0])
    call.tx.delete(CERTIFICATES, str(known["id"]))
    return {"credential": certificates.nested(known)}


def _checked(tx: Tx, given: Any) -> JsonObject:
    if not isinstance(given, dict):
        raise invalid(credential=["is missing"])
    attributes = texts(given, "custom_attributes")
    texts(given, "meta_data")
    if tx.setting("unknown_attributes", "accept") == "refuse":
        known = {row["name"] for row in tx.all(team.ATTRIBUTES)}
        unknown = sorted(set(attributes) - known)
        if unknown:
            raise invalid(custom_attributes=[f"{', '.join(unknown)} is not an attribute key"])
    return given
