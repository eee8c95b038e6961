"""The page on which a person lets an app into a location or an agency, as the simulated GHL shows it.

It lies at the vendor's own address and at the white-label one, which tells no name. The setting
`needs_version_id` makes it ask for the app's version, as was measured for a private app.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import installs, tokens
from integrations.sandbox.ghl.calls import LOCATIONS, USERS
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

CODES = "codes"
PATHS = ("/v2/oauth/chooselocation", "/oauth/chooselocation")
WHITE_LABEL = "/marketplace.leadconnectorhq.com"
CONSENT_PATHS = (*PATHS, *(WHITE_LABEL + path for path in PATHS))
SHOWN = 50
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
ul {{ list-style: none; margin: 0 0 1.5rem; padding: 0; columns: 13rem; }}
h2 {{ font-size: 1rem; margin: 1.5rem 0 .5rem; }}
label {{ display: block; }}
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
    typed = parse_qsl(request.content.decode(), keep_blank_values=True) if request.method == "POST" else []
    asked |= dict(typed)
    complaint = _complaint(tx, asked)
    if complaint:
        return _page(400, "This app cannot be connected", f"<p>{escape(complaint)}</p>")
    if "cancel" in asked:
        return _back(asked, {"error": "access_denied"})
    if asked.get("location_id"):
        return _allow(tx, asked, _chosen(tx, typed))
    named = "" if request.url.path.startswith(WHITE_LABEL) else "Simulated GoHighLevel: "
    title = f"{named}choose a location"
    return _page(200, title[:1].upper() + title[1:], _choices(tx, asked))


def agrees(tx: Tx, account: str) -> dict[str, str]:
    """What is sent by the button of a location, or of the agency (all its locations)."""
    return {"location_id": account or own_credentials(tx)["location_id"]}


def _complaint(tx: Tx, asked: Mapping[str, str]) -> str:
    missing = [name for name in NEEDED if not asked.get(name)]
    if missing:
        return f"The address lacks {', '.join(missing)}."
    if asked["response_type"] != "code":
        return "response_type must be “code”."
    if asked["client_id"] != own_credentials(tx)["client_id"]:
        return "No app has this client_id."
    if tx.setting("needs_version_id", False) and not asked.get("version_id"):
        return "error.noversionid: the address names no version_id of the app."
    if urlsplit(asked["redirect_uri"]).scheme not in ("http", "https"):
        return "redirect_uri must be a web address."
    if asked.get("location_id") and not _is_open(tx, asked["location_id"]):
        return "There is no such location."
    return ""


def _is_open(tx: Tx, chosen: str) -> bool:
    return chosen == own_credentials(tx)["company_id"] or tx.get(LOCATIONS, chosen) is not None


def _chosen(tx: Tx, typed: list[tuple[str, str]]) -> list[str]:
    """The locations that an agency lets the app into: those that were ticked, or all where nobody picked."""
    known = [location["id"] for location in tx.all(LOCATIONS)]
    if ("picked", "1") not in typed:
        return known
    ticked = {value for name, value in typed if name == "into"}
    return [id for place, id in enumerate(known) if id in ticked or place >= SHOWN]


def _choices(tx: Tx, asked: Mapping[str, str]) -> str:
    scopes = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in asked["scope"].split())
    locations = tx.all(LOCATIONS)
    buttons = "".join(_button(location) for location in locations[:SHOWN])
    return (
        f"<p>The app asks for these scopes:</p><ul>{scopes}</ul>"
        f'<form method="post" action="">{buttons}'
        '<p><button type="submit" name="cancel" value="1">Cancel</button></p></form>'
        f"{_agency(tx, locations)}"
    )


def _agency(tx: Tx, locations: list[JsonObject]) -> str:
    """The agency's view: the app is let into the locations that are ticked."""
    company = escape(own_credentials(tx)["company_id"])
    boxes = "".join(
        f'<label><input type="checkbox" name="into" value="{escape(location["id"])}" checked> '
        f"{escape(location['name'])}</label>"
        for location in locations[:SHOWN]
    )
    more = len(locations) - SHOWN
    rest = f"<p>and {more} more</p>" if more > 0 else ""
    return (
        '<h2>Or as the agency, into these locations</h2><form method="post" action="">'
        f'<input type="hidden" name="picked" value="1">{boxes}{rest}'
        f'<p><button type="submit" name="location_id" value="{company}">Allow the agency</button></p></form>'
    )


def _button(location: JsonObject) -> str:
    name, zone = escape(location["name"]), escape(location["timezone"])
    value = escape(location["id"])
    return f'<p><button type="submit" name="location_id" value="{value}">Allow {name}</button> {zone}</p>'


def _allow(tx: Tx, asked: Mapping[str, str], into: list[str]) -> httpx.Response:
    """A code for the location; choosing the company's id gives an agency install (a Company token).

    The app is installed before the code comes back: the webhook that tells of it may be quicker.
    """
    code = secrets.token_urlsafe(30)
    location_id, user_id = asked["location_id"], tx.all(USERS)[0]["id"]
    approved = []
    if location_id == own_credentials(tx)["company_id"]:
        location_id, approved = "", into
        installs.into_agency(tx, approved, user_id=user_id)
    else:
        installs.into_location(tx, location_id, user_id=user_id)
    body = {
        "client_id": asked["client_id"],
        "redirect_uri": asked["redirect_uri"],
        "scope": asked["scope"],
        "location_id": location_id,
        "approved": approved,
        "user_id": user_id,
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
