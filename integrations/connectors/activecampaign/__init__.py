"""ActiveCampaign: contacts, tags, lists, automations, custom objects. Key in a header, unsigned webhooks."""

from __future__ import annotations

from typing import Any

from integrations.connectors.activecampaign import address, contacts, records
from integrations.connectors.activecampaign.calendar_object import FIND_CALENDAR, KEEP_CALENDAR
from integrations.connectors.activecampaign.contacts import FIELD_TYPES
from integrations.connectors.activecampaign.declare import by_key
from integrations.connectors.activecampaign.errors import failure, refusal
from integrations.connectors.activecampaign.hooks import ENSURE_WEBHOOK, WEBHOOKS
from integrations.connectors.activecampaign.pages import all_of
from integrations.connectors.activecampaign.people import PROCEDURES
from integrations.connectors.activecampaign.quota import QUOTA
from integrations.connectors.activecampaign.triggers import TRIGGERS
from integrations.engine.spec import Auth, Connector, Field, OwnAddress, Reference, Verify


def say(user: Any) -> str:
    user = user if isinstance(user, dict) else {}
    name = " ".join(str(user[key]) for key in ("firstName", "lastName") if user.get(key))
    email = user.get("email")
    return (
        f"Connected with the key of {name or user.get('username') or 'a user without a name'}"
        f"{f' ({email})' if email else ''}; it may do whatever that user may."
    )


def _reference(key: str, title: str, operation: str, rows: str, **more: Any) -> Reference:
    list_of = rows.partition("[")[0]
    return Reference(
        key=key, title=title, operation=operation, rows=rows, pages=all_of(operation, list_of), **more
    )


CONTACT_TAGS = "tags[?tagType=='contact']"
_REFERENCES = (
    _reference("lists", "Lists", "lists.list", "lists"),
    # Webhooks and people call a tag by its name, calls by its id.
    _reference("tags", "Tags", "tags.list", CONTACT_TAGS, id="tag", label="tag"),
    _reference("tag_ids", "Tags, by their id", "tags.list", CONTACT_TAGS, label="tag"),
    _reference("automations", "Automations", "automations.list", "automations"),
    _reference("contact_fields", "Contact fields", "fields.list", "fields", label="title", type="type",
               types=FIELD_TYPES),
    _reference("schemas", "Custom objects", "schemas.list", "schemas", label="labels.singular"),
    _reference("task_types", "Kinds of task", "deal_task_types.list", "dealTasktypes", label="title"),
    _reference("users", "Users", "users.list", "users", label="email"),
)  # fmt: skip

CONNECTOR = Connector(
    slug="activecampaign",
    title="ActiveCampaign",
    summary="Contacts, tags, lists and automations: bookings start campaigns, calendars are kept as records.",
    hosts={"": "https://youraccount.api-us1.com"},
    own_address=OwnAddress(setting=address.SETTING, read=address.read),
    auths=(
        Auth(
            key="api_key",
            title="API key",
            sign=lambda secrets: {"Api-Token": secrets["api_key"]},
            secrets=(
                Field(
                    key="api_key",
                    label="API key",
                    required=True,
                    secret=True,
                    help="As a rule 72 characters, 0 to 9 and a to f.",
                ),
                Field(
                    key="event_key",
                    label="Event key",
                    secret=True,
                    help="Only for event tracking: Settings → Tracking → Event tracking.",
                ),
            ),
            hears=True,
            setup=(
                "In ActiveCampaign open Settings → Developer. A key belongs to one user, may do all they "
                "may, never ends by itself, and dies with that user: make one for the hub.",
                "Copy the API URL from there as it stands; it may be of another region.",
                "Copy the API key and enter both here.",
                "Five calls a second are for the whole account, its other tools included.",
            ),
        ),
    ),
    verify=Verify(operation="users.me", say=say),
    refusal=refusal,
    failure=failure,
    quota=QUOTA,
    operations=by_key((*contacts.OPERATIONS, *records.OPERATIONS)),
    procedures={found.key: found for found in (FIND_CALENDAR, KEEP_CALENDAR, *PROCEDURES, ENSURE_WEBHOOK)},
    triggers=TRIGGERS,
    references={found.key: found for found in _REFERENCES},
    webhooks=WEBHOOKS,
    settings=(
        Field(
            key=address.SETTING,
            label="API URL",
            help="Settings → Developer in ActiveCampaign, such as https://youraccount.api-us1.com.",
        ),
        Field(
            key="event_actid",
            label="Event tracking: account id (actid)",
            help="Only for event tracking; it stands beside the event key.",
        ),
    ),
)
