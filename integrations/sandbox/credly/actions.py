"""What people do in the simulated Credly: earners with their badges, the organization's staff with
templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.credly import badges, keys, seed
from integrations.sandbox.credly.badges import TEMPLATES
from integrations.sandbox.credly.events import ORGANIZATIONS, happened, stamp
from integrations.sandbox.credly.refusals import Refusal, sentence
from integrations.sandbox.simulation import Action, own_credentials
from integrations.sandbox.transaction import Tx

Values = Mapping[str, Any]

EXAMPLE_TEMPLATES = (
    ("e4a00000-0000-4000-8000-000000000001", "Evening class graduate"),
    ("e4a00000-0000-4000-8000-000000000002", "Course participant"),
    ("e4a00000-0000-4000-8000-000000000003", "Course alumni"),
)
EXAMPLE_BADGE = "e4b00000-0000-4000-8000-000000000001"


def issue(tx: Tx, values: Values) -> JsonObject:
    first, _, last = str(values["name"]).strip().rpartition(" ")
    body: JsonObject = {
        "recipient_email": values["email"],
        "issued_to_first_name": first or last,
        "issued_to_last_name": last,
        "badge_template_id": values.get("template") or tx.all(TEMPLATES)[0]["id"],
        "issued_at": tx.now.isoformat(),
    }
    if values.get("earner"):
        body["issuer_earner_id"] = values["earner"]
    return badges.issue(tx, body)


def accept(tx: Tx, values: Values) -> JsonObject:
    return _to(tx, values, "accepted")


def reject(tx: Tx, values: Values) -> JsonObject:
    return _to(tx, values, "rejected")


def revoke(tx: Tx, values: Values) -> JsonObject:
    reason = values.get("reason") or "Revoked by an administrator"
    return badges.revoke(tx, str(values["badge"]), {"reason": reason})


def delete(tx: Tx, values: Values) -> JsonObject:
    known = badges.find(tx, str(values["badge"]))
    badges.remove(tx, known["id"])
    return known


def make_private(tx: Tx, values: Values) -> JsonObject:
    now = {**badges.find(tx, str(values["badge"])), "public": False, "updated_at": stamp(tx)}
    badges.keep(tx, now)
    happened(tx, "badge.privacy.changed", badge=now)
    return now


def _to(tx: Tx, values: Values, state: str) -> JsonObject:
    badge = badges.find(tx, str(values["badge"]))
    if badge["state"] not in ("pending", "rejected", "accepted"):
        raise WrongUse(f"This badge is {badge['state']}.")
    return badges.put_state(tx, badge, state)


# --- templates, the organization and its token ----------------------------------------------------


def create_template(tx: Tx, values: Values) -> JsonObject:
    name = str(values["name"])
    made = seed.template(tx, seed.steady_uuid(tx, f"template:{name}"), name)
    happened(tx, "badge_template.created", badge_template=made)
    return made


def change_template(tx: Tx, values: Values) -> JsonObject:
    given = {key: values[key] for key in ("name", "state", "allow_duplicate_badges") if key in values}
    now = {**_template(tx, values), **given, "updated_at": stamp(tx)}
    tx.put(TEMPLATES, now["id"], now)
    happened(tx, "badge_template.changed", badge_template=now)
    return now


def delete_template(tx: Tx, values: Values) -> JsonObject:
    known = _template(tx, values)
    tx.delete(TEMPLATES, known["id"])
    happened(tx, "badge_template.deleted", badge_template=known)
    return known


def _template(tx: Tx, values: Values) -> JsonObject:
    known = tx.get(TEMPLATES, str(values["template"]))
    if known is None:
        raise WrongUse(f"The simulated Credly has no badge template {values['template']}.")
    return known


def set_webhook(tx: Tx, values: Values) -> JsonObject:
    organization = own_credentials(tx)["organization_id"]
    now = {**(tx.get(ORGANIZATIONS, organization) or {}), "webhook_url": values.get("url") or None}
    tx.put(ORGANIZATIONS, organization, now)
    return now


def expire_token(tx: Tx, values: Values) -> JsonObject:
    return keys.expire(tx)


def limit_token(tx: Tx, values: Values) -> JsonObject:
    may = {f"{what}_enabled": bool(values.get(what, True)) for what in ("read", "write", "delete")}
    return keys.limit_to(tx, **may)


def new_token(tx: Tx, values: Values) -> JsonObject:
    keys.rotate(tx)
    return {"made_at": tx.now.isoformat()}


def examples(tx: Tx, values: Values) -> JsonObject:
    """The records that the examples of the hub's recipes speak of."""
    for id, name in EXAMPLE_TEMPLATES:
        if tx.get(TEMPLATES, id) is None:
            seed.template(tx, id, name)
    known, template = tx.get(badges.BADGES, EXAMPLE_BADGE), tx.get(TEMPLATES, EXAMPLE_TEMPLATES[0][0])
    assert template is not None
    return known or badges.add(
        tx,
        {
            "recipient_email": "ada@example.org",
            "issued_to_first_name": "Ada",
            "issued_to_last_name": "Lovelace",
            "issuer_earner_id": "ExampleContactAda001",
            "badge_template_id": EXAMPLE_TEMPLATES[0][0],
            "issued_at": tx.now.isoformat(),
        },
        template,
        EXAMPLE_BADGE,
    )


def _told(run: Callable[[Tx, Values], JsonObject]) -> Callable[[Tx, Values], JsonObject]:
    """What Credly would refuse, refused in a sentence."""

    def act(tx: Tx, values: Values) -> JsonObject:
        try:
            return run(tx, values)
        except Refusal as refusal:
            raise WrongUse(sentence(refusal)) from None

    return act


_BADGE = Field(key="badge", label="Badge id", required=True)
_TEMPLATE = Field(key="template", label="Template id", required=True)
_NAME = Field(key="name", label="Name", required=True)

ACTIONS = (
    Action(
        key="issue_badge",
        title="Issue a badge",
        run=_told(issue),
        about="Badges",
        fields=(
            Field(key="name", label="Earner's name", required=True),
            Field(key="email", label="Earner's e-mail", type=FieldType.EMAIL, required=True),
            Field(key="template", label="Template id"),
            Field(key="earner", label="Issuer's id of the earner"),
        ),
    ),
    Action(
        key="accept_badge", title="An earner accepts", run=_told(accept), about="Badges", fields=(_BADGE,)
    ),
    Action(
        key="reject_badge", title="An earner rejects", run=_told(reject), about="Badges", fields=(_BADGE,)
    ),
    Action(
        key="revoke_badge",
        title="Revoke a badge",
        run=_told(revoke),
        about="Badges",
        fields=(_BADGE, Field(key="reason", label="Reason")),
    ),
    Action(key="delete_badge", title="Delete a badge", run=_told(delete), about="Badges", fields=(_BADGE,)),
    Action(
        key="make_private",
        title="An earner makes a badge private",
        run=_told(make_private),
        about="Badges",
        fields=(_BADGE,),
    ),
    Action(
        key="create_template",
        title="Make a template",
        run=_told(create_template),
        about="Templates",
        fields=(_NAME,),
    ),
    Action(
        key="change_template",
        title="Change a template",
        run=_told(change_template),
        about="Templates",
        fields=(
            _TEMPLATE,
            Field(key="name", label="Name"),
            Field(key="state", label="State", choices=(("active", "active"), ("archived", "archived"))),
            Field(key="allow_duplicate_badges", label="Allow duplicates", type=FieldType.BOOLEAN),
        ),
    ),
    Action(
        key="delete_template",
        title="Delete a template",
        run=_told(delete_template),
        about="Templates",
        fields=(_TEMPLATE,),
    ),
    Action(
        key="set_webhook",
        title="Enter where webhooks go",
        run=_told(set_webhook),
        about="Organization",
        fields=(Field(key="url", label="Address", help="Empty: nowhere."),),
    ),
    Action(key="expire_token", title="The token ends", run=_told(expire_token), about="Organization"),
    Action(
        key="limit_token",
        title="Change what the token may do",
        run=_told(limit_token),
        about="Organization",
        fields=tuple(
            Field(key=what, label=f"May {what}", type=FieldType.BOOLEAN, default=True)
            for what in ("read", "write", "delete")
        ),
    ),
    Action(
        key="new_token",
        title="Make a new token; the old one stops",
        run=_told(new_token),
        about="Organization",
    ),
    Action(
        key="examples",
        title="Put in what the examples speak of",
        run=_told(examples),
        about="Organization",
    ),
)
