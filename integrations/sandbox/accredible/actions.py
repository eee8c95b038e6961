"""What a person does in the dashboard of the simulated Accredible."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.accredible import certificates, evidence, examples, groups
from integrations.sandbox.accredible.certificates import CERTIFICATES, GROUPS, ISSUER
from integrations.sandbox.accredible.refusals import Refusal
from integrations.sandbox.simulation import Action, keep_credentials, own_credentials
from integrations.sandbox.transaction import Tx

ATTRIBUTES = ("location", "appointment_at", "attendees")

Values = Mapping[str, Any]


def issue_certificate(tx: Tx, values: Values) -> JsonObject:
    """Issue and publish. Without a group it is the first one."""
    body: JsonObject = {
        "recipient": {"name": values["recipient_name"], "email": values["recipient_email"]},
        "group_id": values.get("group") or tx.all(GROUPS)[0]["id"],
        "custom_attributes": _attributes(values),
    }
    body |= {key: values[key] for key in ("issued_on", "expired_on", "approve") if key in values}
    try:
        return certificates.issue(tx, body)
    except Refusal as refusal:
        raise WrongUse(_sentence(refusal)) from None


def change_certificate(tx: Tx, values: Values) -> JsonObject:
    """Change what is given; the other custom attributes stay."""
    known = _certificate(tx, values)
    changes: JsonObject = {key: values[key] for key in ("name", "expired_on") if key in values}
    try:
        return certificates.change(
            tx,
            known,
            {**changes, "custom_attributes": {**known["custom_attributes"], **_attributes(values)}},
        )
    except Refusal as refusal:
        raise WrongUse(_sentence(refusal)) from None


def revoke_certificate(tx: Tx, values: Values) -> JsonObject:
    yesterday = tx.now.date() - timedelta(days=1)
    return certificates.change(tx, _certificate(tx, values), {"expired_on": yesterday.isoformat()})


def unpublish_certificate(tx: Tx, values: Values) -> JsonObject:
    return certificates.change(tx, _certificate(tx, values), {"approve": False})


def delete_certificate(tx: Tx, values: Values) -> JsonObject:
    known = _certificate(tx, values)
    tx.delete(CERTIFICATES, str(known["id"]))
    return known


def expire_certificate(tx: Tx, values: Values) -> JsonObject:
    """Nothing is changed in the certificate: the app's clock goes on until its last day is over."""
    known = _certificate(tx, values)
    if not known["expired_on"]:
        raise WrongUse("This certificate never expires; give it an expiry date first.")
    if certificates.has_ended(known, tx.now.date()):
        raise WrongUse("This certificate has expired already.")
    after = datetime.combine(date.fromisoformat(known["expired_on"]), time(0, 1), UTC) + timedelta(days=1)
    offset = float(tx.setting("clock_offset_s", 0.0)) + (after - tx.now).total_seconds()
    tx.set_setting("clock_offset_s", offset)
    return known


def new_api_key(tx: Tx, values: Values) -> JsonObject:
    """The old key stops working at once."""
    keep_credentials(tx, {**own_credentials(tx), "api_key": secrets.token_hex(16)})
    return {"made_at": tx.now.isoformat()}


def view_certificate(tx: Tx, values: Values) -> JsonObject:
    """The recipient opens it."""
    known = _certificate(tx, values)
    certificates.keep(tx, {**known, "recipient_opened": True, "updated_at": certificates.stamp(tx.now)})
    return evidence.note(tx, known, "recipient_view_certificate")


def set_credits(tx: Tx, values: Values) -> JsonObject:
    issuer = {**(tx.get(ISSUER, "1") or {}), "certificate_left": values["credits"]}
    tx.put(ISSUER, "1", issuer)
    return issuer


def create_group(tx: Tx, values: Values) -> JsonObject:
    given = {key: values.get(key) or values["name"] for key in groups.REQUIRED}
    return groups.add(tx, given)


def change_group(tx: Tx, values: Values) -> JsonObject:
    return groups.change(tx, _group(tx, values), {k: values[k] for k in groups.REQUIRED if k in values})


def delete_group(tx: Tx, values: Values) -> JsonObject:
    """As the dashboard does it once nobody holds a certificate of it."""
    group = _group(tx, values)
    groups.remove(tx, group)
    return group


def _group(tx: Tx, values: Values) -> JsonObject:
    try:
        return groups.found(tx, str(values["group"]))
    except Refusal:
        raise WrongUse(f"The simulated Accredible has no group {values['group']}.") from None


def _certificate(tx: Tx, values: Values) -> JsonObject:
    try:
        return certificates.find(tx, str(values["certificate"]))
    except Refusal:
        raise WrongUse(f"The simulated Accredible has no certificate {values['certificate']}.") from None


def _attributes(values: Values) -> dict[str, str]:
    """Custom attributes are texts; further attendees are their e-mail addresses, separated by commas."""
    return {key: _text(values[key]) for key in ATTRIBUTES if key in values}


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _sentence(refusal: Refusal) -> str:
    errors = refusal.body["errors"]
    told = errors if isinstance(errors, str) else "; ".join(f"{k} {', '.join(v)}" for k, v in errors.items())
    return f"Accredible would refuse this: {told}."


_CERTIFICATE = Field(key="certificate", label="Certificate id", required=True)
_GROUP = Field(key="group", label="Group id", required=True)
_GROUP_WORDS = (
    Field(key="course_name", label="Public name"),
    Field(key="course_description", label="Description"),
)
_DETAILS = (
    Field(key="location", label="Location (custom attribute)"),
    Field(key="appointment_at", label="Appointment at (custom attribute)"),
    Field(key="attendees", label="Further attendees' e-mails (custom attribute)"),
    Field(key="expired_on", label="Expires on", type=FieldType.DATE),
)

ACTIONS = (
    Action(
        key="issue_certificate",
        title="Issue a certificate",
        run=issue_certificate,
        fields=(
            Field(key="recipient_name", label="Recipient's name", required=True),
            Field(key="recipient_email", label="Recipient's e-mail", type=FieldType.EMAIL, required=True),
            Field(key="group", label="Group id", type=FieldType.INTEGER),
            Field(key="issued_on", label="Issued on", type=FieldType.DATE),
            *_DETAILS,
            Field(key="approve", label="Publish at once", type=FieldType.BOOLEAN, default=True),
        ),
    ),
    Action(
        key="change_certificate",
        title="Change a certificate",
        run=change_certificate,
        fields=(_CERTIFICATE, Field(key="name", label="Name"), *_DETAILS),
    ),
    Action(
        key="revoke_certificate",
        title="Revoke a certificate (it expired yesterday)",
        run=revoke_certificate,
        fields=(_CERTIFICATE,),
    ),
    Action(
        key="unpublish_certificate",
        title="Unpublish a certificate",
        run=unpublish_certificate,
        fields=(_CERTIFICATE,),
    ),
    Action(
        key="delete_certificate",
        title="Delete a certificate",
        run=delete_certificate,
        fields=(_CERTIFICATE,),
    ),
    Action(
        key="expire_certificate",
        title="Let time pass until a certificate has expired",
        run=expire_certificate,
        fields=(_CERTIFICATE,),
    ),
    Action(key="view_certificate", title="Open a certificate", run=view_certificate, fields=(_CERTIFICATE,)),
    Action(
        key="set_credits",
        title="Set the credits that are left",
        run=set_credits,
        fields=(Field(key="credits", label="Credits", type=FieldType.INTEGER, required=True),),
    ),
    Action(
        key="create_group",
        title="Make a group",
        run=create_group,
        fields=(Field(key="name", label="Internal name", required=True), *_GROUP_WORDS),
    ),
    Action(
        key="change_group",
        title="Change a group",
        run=change_group,
        fields=(_GROUP, Field(key="name", label="Internal name"), *_GROUP_WORDS),
    ),
    Action(key="delete_group", title="Delete a group", run=delete_group, fields=(_GROUP,)),
    Action(
        key="new_api_key",
        title="Make a new API key; the old one stops working",
        run=new_api_key,
    ),
    Action(key="examples", title="Put in the records of docs/examples", run=examples.put_examples),
)
