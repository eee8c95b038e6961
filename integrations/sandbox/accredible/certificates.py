"""Certificates of the simulated Accredible (official spec 25.08.0; "credential" is the vendor's word).

Issuing is not idempotent; a group refuses a second certificate for the same e-mail unless it allows it;
without credits the certificate is made but stays unpublished. There is no "revoke": `expired_on` is set to
a past day. Whether an update merges or replaces `custom_attributes` is not known: setting
`custom_attributes`, "replace" to begin with, or "merge"; it goes for `meta_data` too.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.accredible.refusals import Refusal, invalid, no_credential
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

CERTIFICATES = "certificates"
GROUPS = "groups"
ISSUER = "issuer"
PLAIN = ("name", "description", "complete", "private", "approve")
OPEN = ("custom_attributes", "meta_data")
DATES = ("issued_on", "expired_on")


def issue(tx: Tx, given: Mapping[str, Any], number: int = 0) -> JsonObject:
    """Make one certificate, as POST /v1/credentials does; published unless `approve` is false.

    `number` is its id (0: the next one).
    """
    recipient = _recipient(given)
    group = tx.get(GROUPS, str(given.get("group_id", "")))
    if group is None:
        raise Refusal(422, {"errors": "Invalid Group"})
    email = recipient["email"]
    if not group["allow_duplicate_credentials"] and tx.by_key(CERTIFICATES, _holder(group["id"], email)):
        raise invalid(recipient_email=["has already been taken"])
    number = number or tx.next_number("id:certificate") + 40_000
    known: JsonObject = {
        "id": number,
        "name": group["course_name"],
        "description": group["course_description"],
        "recipient_name": recipient["name"],
        "recipient_email": email,
        "recipient_id": str(recipient.get("id") or ""),
        "group": {key: group[key] for key in ("id", "name", "course_name")},
        "issued_on": tx.now.date().isoformat(),
        "expired_on": None,
        "published_on": None,
        "created_at": stamp(tx.now),
        "updated_at": stamp(tx.now),
        "approve": True,
        "complete": True,
        "private": False,
        "license_id": str(given.get("id") or ""),
        "meta_data": {},
        "custom_attributes": {},
        "encoded_id": fresh_id(12),
        "uuid": str(uuid.uuid4()),
        "recipient_opened": False,
        "recipient_engaged": False,
    }
    return change(tx, known, {"approve": True, **given})


def change(tx: Tx, certificate: JsonObject, given: Mapping[str, Any]) -> JsonObject:
    """Apply part of a certificate's fields; unknown fields are passed over, as the vendor does.

    Publishing for the first time takes a credit; without one it stays unpublished.
    """
    known = certificate | {key: given[key] for key in PLAIN if key in given}
    known |= {key: day(given[key], key) for key in DATES if key in given}
    merged = tx.setting("custom_attributes", "replace") == "merge"
    for name in OPEN:
        if name in given:
            known[name] = {**(certificate[name] if merged else {}), **(given[name] or {})}
    if isinstance(given.get("recipient"), dict):
        parts = given["recipient"]
        known |= {f"recipient_{key}": parts[key] for key in ("name", "email", "id") if parts.get(key)}
    if known["approve"] and not known["published_on"]:
        known["approve"] = _pay(tx)
        known["published_on"] = stamp(tx.now) if known["approve"] else None
    known["updated_at"] = stamp(tx.now)
    keep(tx, known)
    return known


def keep(tx: Tx, certificate: JsonObject) -> None:
    keys = [_holder(certificate["group"]["id"], certificate["recipient_email"])]
    if certificate["license_id"]:
        keys.append(f"license:{certificate['license_id']}")
    tx.put(CERTIFICATES, str(certificate["id"]), certificate, keys)


def find(tx: Tx, certificate_id: str) -> JsonObject:
    """By Accredible's id, or by the id the issuer gave it."""
    found = tx.get(CERTIFICATES, certificate_id)
    if found is None:
        found = next(iter(tx.by_key(CERTIFICATES, f"license:{certificate_id}")), None)
    if found is None:
        raise no_credential()
    return found


def nested(certificate: JsonObject) -> JsonObject:
    """The form of the v1 calls: id as text, a recipient object, and the address of the certificate."""
    flat = {key: value for key, value in certificate.items() if not key.startswith("recipient_")}
    recipient = {key: certificate[f"recipient_{key}"] for key in ("id", "name", "email")}
    return {
        **flat,
        "id": str(certificate["id"]),
        "group_id": certificate["group"]["id"],
        "group_name": certificate["group"]["name"],
        "url": f"https://credential.example/{certificate['encoded_id']}",
        "recipient": recipient,
        "evidence_items": certificate.get("evidence_items", []),
        "references": [],
    }


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(given: Any, name: str) -> str | None:
    """YYYY-MM-DD, or the deprecated DD/MM/YYYY; None clears the date."""
    if given in (None, ""):
        return None
    for layout in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(str(given), layout).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    raise invalid(**{name: ["is invalid"]})


def has_ended(certificate: JsonObject, today: date) -> bool:
    ends = certificate["expired_on"]
    return bool(ends) and date.fromisoformat(ends) < today


def _recipient(given: Mapping[str, Any]) -> JsonObject:
    recipient = given.get("recipient")
    parts: JsonObject = recipient if isinstance(recipient, dict) else {}
    missing = {f"recipient_{key}": ["can't be blank"] for key in ("name", "email") if not parts.get(key)}
    if missing:
        raise invalid(**missing)
    if "@" not in str(parts["email"]):
        raise invalid(recipient_email=["is invalid"])
    return parts


def _pay(tx: Tx) -> bool:
    issuer = tx.get(ISSUER, "1") or {}
    if issuer["certificate_left"] <= 0:
        return False
    tx.put(ISSUER, "1", {**issuer, "certificate_left": issuer["certificate_left"] - 1})
    return True


def _holder(group_id: int, email: str) -> str:
    return f"holder:{group_id}:{email.lower()}"
