"""Badges of the simulated Credly (www.credly.com/docs, issued_badges; recorded answers in zero-gravitas
d842b78).

An issued badge cannot be edited, only accepted or rejected by its earner, revoked, replaced or deleted. A
second one of a template is refused for the same e-mail or issuer_earner_id unless the template allows it;
whether one that was revoked counts is not known: setting `revoked_counts`. What a replaced badge's state is,
is assumed: revoked.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.credly.events import happened, stamp
from integrations.sandbox.credly.refusals import invalid, not_found
from integrations.sandbox.transaction import Tx

BADGES = "badges"
TEMPLATES = "badge_templates"
NEEDED = ("recipient_email", "issued_to_first_name", "issued_to_last_name", "badge_template_id", "issued_at")
OPTIONAL = (
    "issued_to_middle_name", "issuer_earner_id", "expires_at", "suppress_badge_notification_email", "locale",
    "country_name", "state_or_province", "evidence",
)  # fmt: skip
EVIDENCE = ("UrlEvidence", "IdEvidence", "TextEvidence")
SHORT = (
    "id", "issued_to", "issued_to_first_name", "issued_to_last_name", "issuer_earner_id", "public",
    "recipient_email", "state", "badge_url", "updated_at", "created_at", "expires_at", "issued_at",
    "state_updated_at",
)  # fmt: skip
FILTERS = (
    "state", "recipient_email", "recipient_email_all", "badge_template_id", "issuer_earner_id", "query",
    "badge_templates[reporting_tags]",
)  # fmt: skip
SORTS = ("issued_at", "created_at", "updated_at")


def issue(tx: Tx, given: Mapping[str, Any]) -> JsonObject:
    body = checked(tx, given)
    return add(tx, body, _template(tx, body["badge_template_id"]))


def issue_many(tx: Tx, given: Any) -> list[JsonObject]:
    """All, or none: what Credly does with a bad one among good ones is not known."""
    rows = given.get("badges") if isinstance(given, dict) else None
    if not isinstance(rows, list) or not rows:
        raise invalid("badges is missing")
    return [issue(tx, row if isinstance(row, dict) else {}) for row in rows]


def checked(tx: Tx, given: Mapping[str, Any]) -> JsonObject:
    """The body, when Credly would take it."""
    missing = [name for name in NEEDED if given.get(name) in (None, "")]
    if missing:
        raise invalid(f"{missing[0]} can't be blank")
    unknown = set(given) - {*NEEDED, *OPTIONAL}
    if unknown:
        raise invalid(f"{min(unknown)} is not a field of a badge")
    if "@" not in str(given["recipient_email"]):
        raise invalid("recipient_email is invalid")
    body = {**given, "recipient_email": str(given["recipient_email"]).lower()}
    template = _template(tx, body["badge_template_id"])
    if template["state"] != "active":
        raise invalid("Badge template is archived and cannot be issued")
    _read_time(body["issued_at"], "issued_at")
    for row in body.get("evidence") or []:
        if not isinstance(row, dict) or row.get("type") not in EVIDENCE or not row.get("value"):
            raise invalid("evidence is invalid")
    if not template["allow_duplicate_badges"] and _twin(tx, body):
        raise invalid("User already has this badge")
    return body


def _twin(tx: Tx, body: Mapping[str, Any]) -> JsonObject | None:
    for row in tx.by_key(BADGES, f"template:{body['badge_template_id']}"):
        same_email = row["recipient_email"] == body["recipient_email"]
        same_earner = (
            bool(body.get("issuer_earner_id")) and row["issuer_earner_id"] == body["issuer_earner_id"]
        )
        counts = row["state"] != "revoked" or tx.setting("revoked_counts", False)
        if (same_email or same_earner) and counts:
            return row
    return None


def add(tx: Tx, body: Mapping[str, Any], template: JsonObject, id: str = "", **more: Any) -> JsonObject:
    badge_id = id or str(uuid.uuid4())
    expires = body.get("expires_at")
    badge: JsonObject = {
        "id": badge_id,
        "issued_to": f"{body['issued_to_first_name']} {body['issued_to_last_name']}",
        "issued_to_first_name": body["issued_to_first_name"],
        "issued_to_middle_name": body.get("issued_to_middle_name"),
        "issued_to_last_name": body["issued_to_last_name"],
        "issuer_earner_id": body.get("issuer_earner_id"),
        "locale": body.get("locale") or "en",
        "public": True,
        "recipient_email": body["recipient_email"],
        "replacement_badge_id": None,
        "replaces_badge_id": None,
        "revocation_reason": None,
        "state": "pending",
        "suppress_badge_notification_email": bool(body.get("suppress_badge_notification_email")),
        "updated_at": stamp(tx),
        "created_at": stamp(tx),
        "country": body.get("country_name"),
        "state_or_province": body.get("state_or_province"),
        "expires_at": _read_time(expires, "expires_at") if expires else None,
        "issued_at": _read_time(body["issued_at"], "issued_at"),
        "state_updated_at": None,
        "image_url": template["image_url"],
        "evidence": body.get("evidence") or [],
        "badge_template": template,
        "accept_badge_url": f"https://www.credly.com/badges/{badge_id}/accept",
        **more,
    }
    keep(tx, badge)
    happened(tx, "badge.created", badge=badge)
    return badge


def keep(tx: Tx, badge: JsonObject) -> None:
    keys = [f"template:{badge['badge_template']['id']}", f"email:{badge['recipient_email']}"]
    if badge["issuer_earner_id"]:
        keys.append(f"earner:{badge['issuer_earner_id']}")
    tx.put(BADGES, badge["id"], badge, keys)


def put_state(tx: Tx, badge: JsonObject, state: str, **more: Any) -> JsonObject:
    now = {**badge, "state": state, "updated_at": stamp(tx), "state_updated_at": stamp(tx), **more}
    if state == "accepted":
        now.pop("accept_badge_url", None)
        now["badge_url"] = f"https://www.credly.com/badges/{badge['id']}"
    keep(tx, now)
    happened(tx, "badge.state.changed", badge=now)
    return now


def revoke(tx: Tx, badge_id: str, given: Mapping[str, Any]) -> JsonObject:
    badge = find(tx, badge_id)
    if not given.get("reason"):
        raise invalid("reason can't be blank")
    if badge["state"] == "revoked":
        raise invalid("Badge is already revoked")
    return put_state(tx, badge, "revoked", revocation_reason=given["reason"])


def replace(tx: Tx, badge_id: str, given: Mapping[str, Any]) -> JsonObject:
    badge = find(tx, badge_id)
    if badge["replacement_badge_id"] or badge["state"] == "revoked":
        raise invalid("Badge cannot be replaced")
    whole = {key: badge[key] for key in (*NEEDED[:3], "issuer_earner_id")} | dict(given)
    body = checked(tx, {key: value for key, value in whole.items() if value is not None})
    new = add(tx, body, _template(tx, body["badge_template_id"]), replaces_badge_id=badge["id"])
    put_state(tx, badge, "revoked", replacement_badge_id=new["id"], revocation_reason="Replaced")
    return new


def remove(tx: Tx, badge_id: str) -> None:
    badge = find(tx, badge_id)
    tx.delete(BADGES, badge_id)
    happened(tx, "badge.deleted", badge=badge)


def find(tx: Tx, badge_id: str) -> JsonObject:
    badge = tx.get(BADGES, badge_id)
    if badge is None:
        raise not_found()
    return badge


def fitting(tx: Tx, wanted: Mapping[str, str]) -> list[JsonObject]:
    return [
        badge for badge in tx.all(BADGES) if all(_fits(badge, key, value) for key, value in wanted.items())
    ]


def _fits(badge: JsonObject, key: str, value: str) -> bool:
    match key:
        case "badge_template_id":
            return bool(badge["badge_template"]["id"] == value)
        case "recipient_email" | "recipient_email_all":
            return bool(badge["recipient_email"] == value.lower())
        case "state":
            return badge["state"] in value.split(",")
        case "query":
            return value.lower() in f"{badge['issued_to']} {badge['recipient_email']}".lower()
        case "badge_templates[reporting_tags]":
            return False
    return str(badge.get(key) or "") == value


def short(badge: JsonObject) -> JsonObject:
    template = {key: badge["badge_template"][key] for key in ("id", "name")}
    return {**{key: badge.get(key) for key in SHORT}, "badge_template": template, "user": {"id": None}}


def _template(tx: Tx, template_id: Any) -> JsonObject:
    template = tx.get(TEMPLATES, str(template_id))
    if template is None:
        raise invalid("Badge template not found")
    return template


def _read_time(value: Any, name: str) -> str:
    """2026-02-03 14:05:00 -0500, or ISO with an offset; kept in UTC with Z."""
    text = str(value)
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise invalid(f"{name} is invalid") from None
    if moment.tzinfo is None:
        raise invalid(f"{name} is invalid")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
