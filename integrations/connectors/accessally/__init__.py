"""AccessAlly: memberships, courses and teams on a WordPress site of the customer's own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from integrations.connectors.accessally import address
from integrations.connectors.accessally.bridge import WEBHOOKS
from integrations.connectors.accessally.errors import failure, refusal
from integrations.connectors.accessally.operations import OPERATIONS
from integrations.connectors.accessally.people import ENSURE_PERSON, FIND_PERSON, pages
from integrations.connectors.accessally.triggers import TRIGGERS
from integrations.engine.spec import Auth, Connector, Field, Limit, OwnAddress, Quota, Reference, Verify


def basic(secrets: Mapping[str, str]) -> dict[str, str]:
    """HTTP Basic; WordPress takes the password with its blanks and without."""
    pair = f"{secrets['wp_username']}:{secrets['application_password']}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def say_site(index: Any) -> str:
    site = index if isinstance(index, dict) else {}
    name = site.get("name") or "a site without a name"
    url = f" ({site['url']})" if site.get("url") else ""
    people = "wp/v2" in (site.get("namespaces") or ())
    off = people and not site.get("authentication")
    return f"Connected to {name}{url}." + (" Application passwords are switched off there." if off else "")


def say_person(person: Any) -> str:
    person = person if isinstance(person, dict) else {}
    roles = person.get("roles")
    held = f" ({', '.join(map(str, roles))})" if isinstance(roles, list) and roles else ""
    return f"Signed in as {person.get('username') or person.get('name') or 'somebody'}{held}."


APPLICATION_PASSWORD = Auth(
    key="application_password",
    title="Application password",
    sign=basic,
    secrets=(
        Field(key="wp_username", label="WordPress user name", required=True),
        Field(key="application_password", label="Application password", required=True, secret=True),
    ),
    verify=Verify(operation="users.me", say=say_person, values=lambda settings: {"context": "edit"}),
    hears=True,
    setup=(
        "In WordPress (5.6 or later, over https), open Users → Profile of a user who may see and change "
        "people: list_users, create_users and edit_users, as an Administrator may.",
        "Under Application Passwords, enter “GHL Hub” as the name and press Add; copy the password, which is "
        "shown once. It is not the one you sign in with, and can be revoked there by itself.",
        "Keep AccessAlly at version 3.5.7 or later: those before showed server variables to any visitor.",
    ),
)
WP_FUSION = Auth(
    key="wp_fusion",
    title="WP Fusion's access key",
    sign=lambda secrets: {},
    sign_query=lambda secrets, settings: {"access_key": secrets["access_key"]},
    secrets=(Field(key="access_key", label="WP Fusion's access key", required=True, secret=True),),
    hears=True,
    setup=(
        "Where WP Fusion is installed: copy the access key from the end of Settings → WP Fusion → General.",
        "It is good for WP Fusion's three calls alone; to look people up, add a second connection to the "
        "same site with an application password.",
    ),
)
ADDRESS_ONLY = Auth(
    key="address",
    title="The address alone",
    sign=lambda secrets: {},
    hears=True,
    setup=("Good for events and custom operations. To look people up, use an application password.",),
)

CONNECTOR = Connector(
    slug="accessally",
    title="AccessAlly",
    summary="Offerings, teams and members of a WordPress site; custom operations run by their address.",
    hosts={"": "https://academy.example.com"},
    own_address=OwnAddress(setting=address.SITE_URL.key, read=address.site),
    auths=(APPLICATION_PASSWORD, ADDRESS_ONLY, WP_FUSION),
    verify=Verify(operation="site.index", say=say_site),
    refusal=refusal,
    failure=failure,
    quota=Quota(
        limits=(Limit(count=60, window_s=60.0),),
        scope=lambda account: str(account.settings.get(address.SITE_URL.key, "")),
        throttled_wait_s=60.0,
        source="not documented: limits are the host's own; one call a second is gentle to any of them",
    ),
    operations=OPERATIONS,
    procedures={procedure.key: procedure for procedure in (FIND_PERSON, ENSURE_PERSON)},
    triggers=TRIGGERS,
    references={
        "people": Reference(
            key="people",
            title="People",
            operation="users.search",
            rows="@",
            values={"context": "edit"},
            pages=pages,
        ),
    },
    webhooks=WEBHOOKS,
    settings=(
        address.SITE_URL,
        Field(
            key="crm",
            label="What drives the site",
            choices=(
                ("activecampaign", "ActiveCampaign"),
                ("keap", "Keap"),
                ("ontraport", "Ontraport"),
                ("kit", "Kit"),
                ("drip", "Drip"),
                ("managed", "Managed Contacts (AccessAlly's own)"),
            ),
            help="If it is ActiveCampaign, a connection to that tells of contacts without anything on the "
            "site. AccessAlly's CRM webhooks are not used with Managed Contacts.",
        ),
        address.OPERATIONS,
        address.BODY_STYLE,
        address.EMAIL_NAME,
        address.CONTACT_NAME,
    ),
)
