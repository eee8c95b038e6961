"""The page on which a person lets an app into one of their locations, as the simulated GHL shows it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import tokens
from integrations.sandbox.ghl.calls import LOCATIONS, USERS
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

CODES = "codes"
NEEDED = ("response_type", "client_id", "redirect_uri", "scope")

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; }}
body {{ font: 15px/1.6 system-ui, sans-serif; margin: 0; padding: 3rem 1rem; background: #8881; }}
main {{ max-width: 30rem; margin: 0 auto; padding: 2rem; border: 1px solid var(--line); border-radius: 8px;
  background: Canvas; }}
h1 {{ font-size: 1.25rem; line-height: 1.4; margin: 0 0 1rem; }}
ul {{ list-style: none; margin: 0 0 1.5rem; padding: 0; columns: 2; }}
code {{ font-size: .8125rem; }}
button {{ font: inherit; font-weight: 600; padding: .5rem 1rem; border: 1px solid var(--line);
  border-radius: 6px; cursor: pointer; }}
button[name=location_id] {{ background: #155eef; border-color: #155eef; color: #fff; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""


def consent(tx: Tx, request: httpx.Request) -> httpx.Response:
    """Show the page, or act on the choice: `location_id` (or the company's id) allows, `cancel` refuses."""
    asked = dict(request.url.params)
    if request.method == "POST":
        asked |= dict(parse_qsl(request.content.decode(), keep_blank_values=True))
    complaint = _complaint(tx, asked)
    if complaint:
        return _page(400, "This app cannot be connected", f"<p>{escape(complaint)}</p>")
    if "cancel" in asked:
        return _back(asked, {"error": "access_denied"})
    if asked.get("location_id"):
        return _allow(tx, asked)
    return _page(200, "Simulated GoHighLevel: choose a location", _choices(tx, asked))


def _complaint(tx: Tx, asked: Mapping[str, str]) -> str:
    missing = [name for name in NEEDED if not asked.get(name)]
    if missing:
        return f"The address lacks {', '.join(missing)}."
    if asked["response_type"] != "code":
        return "response_type must be “code”."
    if asked["client_id"] != own_credentials(tx)["client_id"]:
        return "No app has this client_id."
    if urlsplit(asked["redirect_uri"]).scheme not in ("http", "https"):
        return "redirect_uri must be a web address."
    if asked.get("location_id") and not _is_open(tx, asked["location_id"]):
        return "There is no such location."
    return ""


def _is_open(tx: Tx, chosen: str) -> bool:
    return chosen == own_credentials(tx)["company_id"] or tx.get(LOCATIONS, chosen) is not None


def _choices(tx: Tx, asked: Mapping[str, str]) -> str:
    scopes = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in asked["scope"].split())
    buttons = "".join(_button(location) for location in tx.all(LOCATIONS))
    return (
        f"<p>The app asks for these scopes:</p><ul>{scopes}</ul>"
        f'<form method="post" action="">{buttons}'
        '<p><button type="submit" name="cancel" value="1">Cancel</button></p></form>'
    )


def _button(location: JsonObject) -> str:
    name, zone = escape(location["name"]), escape(location["timezone"])
    value = escape(location["id"])
    return f'<p><button type="submit" name="location_id" value="{value}">Allow {name}</button> {zone}</p>'


def _allow(tx: Tx, asked: Mapping[str, str]) -> httpx.Response:
    """A code for the location; choosing the company's id gives an agency install (a Company token)."""
    code = secrets.token_urlsafe(30)
    location_id = asked["location_id"]
    if location_id == own_credentials(tx)["company_id"]:
        location_id = ""
    body = {
        "client_id": asked["client_id"],
        "redirect_uri": asked["redirect_uri"],
        "scope": asked["scope"],
        "location_id": location_id,
        "user_id": tx.all(USERS)[0]["id"],
        "issued_at": tx.now.isoformat(),
        "used": False,
    }
    tx.put(CODES, tokens.digest(code), body)
    return _back(asked, {"code": code})


def _back(asked: Mapping[str, str], answer: dict[str, str]) -> httpx.Response:
    if "state" in asked:
        answer["state"] = asked["state"]
    parts = urlsplit(asked["redirect_uri"])
    query = urlencode([*parse_qsl(parts.query), *answer.items()])
    return httpx.Response(302, headers={"Location": urlunsplit(parts._replace(query=query))})


def _page(status: int, title: str, content: str) -> httpx.Response:
    return httpx.Response(status, html=PAGE.format(title=title, content=content))
