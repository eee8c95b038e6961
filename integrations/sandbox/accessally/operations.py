"""Addresses that do something when called: AccessAlly's custom operations, and WP Fusion's.

How AccessAlly's addresses look, what their fields are called, and what is answered for a contact that is not
known is not documented. Chosen here: `/?aal_operation=KEY`, the field names and the answer by settings.
WP Fusion: wpfusion.com, documentation, webhooks; the shape of its answer is not documented.
"""

from __future__ import annotations

import hmac
import json
from typing import Any
from urllib.parse import parse_qsl

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.accessally import users
from integrations.sandbox.accessally.door import PAGE, USERS
from integrations.sandbox.accessally.refusals import Refusal
from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

OPERATIONS, RUNS, CONTACTS, TEAMS = "operations", "operation_runs", "contacts", "teams"
SITE_URL = "https://academy.example.com"


def run(tx: Tx, key: str, request: httpx.Request) -> httpx.Response:
    """A custom operation, for the contact named by e-mail address or by id."""
    operation = tx.get(OPERATIONS, key)
    if operation is None or request.method != "POST":
        raise Refusal(200, PAGE)  # a page of the site like any other
    contact = _named(tx, _fields(tx, request))
    if contact is None and tx.setting("unknown_contact", "success") == "refuse":
        return httpx.Response(404, text="Contact not found")
    if contact is not None:
        _DO[operation["kind"]](tx, operation, contact)
        number = str(tx.next_number("id:run"))
        tx.put(RUNS, number, {"operation": operation["name"], "contact": contact["id"]})
    return httpx.Response(200, text="")


def fusion(tx: Tx, request: httpx.Request) -> httpx.Response:
    asked = request.url.params
    known = own_credentials(tx)["access_key"]
    if not hmac.compare_digest(asked.get("access_key", "").encode(), known.encode()):
        raise Refusal(403, "<html><body>Invalid access key.</body></html>")
    contact = tx.get(CONTACTS, asked.get("contact_id", ""))
    if contact is None:
        return httpx.Response(200, json={"result": "failed", "message": "No such contact."})
    user = next((row for row in tx.all(USERS) if row["email"] == contact["email"]), None)
    if user is None and asked["wpf_action"] == "add":
        user = users.add(tx, {**contact, "username": contact["email"], "roles": _role(asked)})
    if user is None:
        return httpx.Response(200, json={"result": "failed", "message": "No such user."})
    if asked["wpf_action"] == "update":
        tx.put(USERS, str(user["id"]), {**user, **_names(contact)})
    return httpx.Response(200, json={"result": "success", "user_id": user["id"]})


def add_operation(tx: Tx, key: str, name: str, kind: str, **more: Any) -> JsonObject:
    url = f"{SITE_URL}/?aal_operation={key}"
    operation: JsonObject = {"key": key, "name": name, "kind": kind, "url": url, **more}
    tx.put(OPERATIONS, key, operation)
    return operation


def _fields(tx: Tx, request: httpx.Request) -> JsonObject:
    """In the other style than the site takes, nothing is found in it."""
    if tx.setting("operation_style", "form") == "form":
        return dict(parse_qsl(request.content.decode("utf-8", "replace")))
    try:
        body = json.loads(request.content or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _named(tx: Tx, fields: JsonObject) -> JsonObject | None:
    email = str(fields.get(tx.setting("operation_email", "email")) or "").lower()
    id = str(fields.get(tx.setting("operation_contact", "contact_id")) or "")
    rows = tx.all(CONTACTS)
    return next((row for row in rows if row["id"] == id or (email and row["email"].lower() == email)), None)


def _release(tx: Tx, operation: JsonObject, contact: JsonObject) -> None:
    released = [*contact.get("offerings", []), operation["offering"]]
    tx.put(CONTACTS, contact["id"], {**contact, "offerings": list(dict.fromkeys(released))})


def _resize(tx: Tx, operation: JsonObject, contact: JsonObject) -> None:
    """Each call once more: a size goes up by the operation's step, or down by a negative one."""
    for team in tx.all(TEAMS):
        if team["leader_email"].lower() == contact["email"].lower():
            tx.put(TEAMS, team["team_id"], {**team, "size": max(0, team["size"] + operation["step"])})


def _role(asked: httpx.QueryParams) -> list[str]:
    return [asked["role"]] if asked.get("role") in users.ROLES else ["subscriber"]


def _names(contact: JsonObject) -> JsonObject:
    return {key: contact[key] for key in ("first_name", "last_name") if contact.get(key)}


_DO = {"release_offering": _release, "team_size": _resize}
