"""Where an AccessAlly site is, and the addresses of its operations.

AccessAlly is a plugin on the customer's own WordPress site, which may lie in a directory of its host. Each of
its custom operations has an address of its own, shown under "How This Operation is Triggered" (AccessAlly's
knowledge base); what its fields are called depends on the site's CRM and is not documented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.spec import Field, FieldType
from integrations.engine.urls import URL

# What people copy from their browser's address bar, beyond the site itself.
BEYOND = re.compile(r"/(wp-json|wp-admin|wp-login\.php|index\.php|xmlrpc\.php)(/.*)?$")

SITE_URL = Field(
    key="site_url",
    label="Address of the site",
    help="As in the browser, such as https://academy.example.com or https://example.com/members.",
)
OPERATIONS = Field(
    key="operations",
    label="Custom operations",
    type=FieldType.OBJECT,
    format=URL,
    help='A name for each, and its address, such as {"Release the course": "https://…"}. In AccessAlly: '
    "Settings → Custom Operations → the operation → How This Operation is Triggered.",
)
BODY_STYLE = Field(
    key="operation_style",
    label="How operations are sent their fields",
    choices=(("form", "As a form"), ("json", "As JSON")),
    help="AccessAlly does not document it. Left open: as a form, as a CRM's webhook does.",
)
EMAIL_NAME = Field(
    key="operation_email",
    label="What operations call the e-mail address",
    help="It depends on the CRM that drives the site, and is not documented. Left open: email.",
)
CONTACT_NAME = Field(
    key="operation_contact",
    label="What operations call the contact's id",
    help="It depends on the CRM that drives the site, and is not documented. Left open: contact_id.",
)


def site(text: str) -> str:
    """The site's own address, without what a browser shows behind it. Raises WrongUse with what to type."""
    typed = text.strip()
    parts = urlsplit(typed if "://" in typed else f"https://{typed}")
    if parts.scheme != "https":
        raise WrongUse(
            "The site's address must begin with https://: WordPress takes application passwords over nothing "
            "else."
        )
    if not parts.hostname or "@" in parts.netloc or " " in typed:
        raise WrongUse("Write the site's address as in the browser, such as https://academy.example.com.")
    return f"https://{parts.netloc}{BEYOND.sub('', parts.path).rstrip('/')}"


def operation_url(settings: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """The address pasted for the operation named in `values`. Raises WrongUse where there is none."""
    known = settings.get(OPERATIONS.key) or {}
    name = str(values.get("operation", "")).strip()
    if not isinstance(known, Mapping) or not known:
        raise WrongUse(
            "No operation is known yet: enter its name and address under “Custom operations” in the "
            "connection's settings."
        )
    found = {str(key).strip().casefold(): value for key, value in known.items()}.get(name.casefold())
    if found is None:
        raise WrongUse(did_you_mean(name, [str(key) for key in known], "custom operation"))
    url = str(found).strip()
    if not url.startswith("https://"):
        raise WrongUse(f"The address of “{name}” must begin with https://; paste it as AccessAlly shows it.")
    return url
