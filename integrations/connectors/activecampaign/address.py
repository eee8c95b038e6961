"""The address of an account, as the operator has it under Settings → Developer.

The vendor says not to build it from the account's name: it may be another region or `activehosted.com`.
Public examples have it with and without `/api/3`. A key sent to any other host would be given away, so only
the vendor's own endings are taken.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from integrations.engine.errors import WrongUse

SETTING = "api_url"
ENDINGS = (".api-us1.com", ".activehosted.com")
API = "/api/3"


def read(text: str) -> str:
    """`https://ACCOUNT.api-us1.com` of what was typed: without a scheme, with a path or a slash too many."""
    typed = text.strip()
    parts = urlsplit(typed if "://" in typed else f"https://{typed}")
    try:
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        host, port = "", None
    if parts.scheme not in ("https", "http") or not host or parts.username or port not in (None, 443, 80):
        raise WrongUse(
            "Copy the API URL from ActiveCampaign, Settings → Developer, such as "
            "https://youraccount.api-us1.com."
        )
    if not host.endswith(ENDINGS):
        raise WrongUse(
            f"{host} is none of ActiveCampaign's addresses, which end in {' or '.join(ENDINGS)}; copy the "
            "API URL from Settings → Developer there."
        )
    return f"https://{host}"


def account_in(address: str) -> str:
    """The account's name in its address; "" where it has none."""
    host = urlsplit(address if "://" in address else f"https://{address}").hostname or ""
    return host.partition(".")[0]
