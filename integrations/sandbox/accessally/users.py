"""WordPress's users of the simulated site (developer.wordpress.org, REST API: users)."""

from __future__ import annotations

import re
from typing import Any

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.accessally import door
from integrations.sandbox.accessally.door import USERS
from integrations.sandbox.accessally.refusals import bad_parameters, in_use, wrong
from integrations.sandbox.transaction import Tx

MOST = 100
ROLES = ("administrator", "editor", "author", "contributor", "subscriber")
WRITTEN = ("name", "first_name", "last_name", "roles", "meta", "description", "url")
SEARCHED = ("username", "email", "slug", "name")


def me(tx: Tx, user: JsonObject | None, request: httpx.Request) -> httpx.Response:
    if user is None:
        raise wrong(401, "rest_not_logged_in", "You are not currently logged in.")
    return httpx.Response(200, json=_shown(user, _context(request)))


def listed(tx: Tx, user: JsonObject | None, request: httpx.Request) -> httpx.Response:
    """With the totals in X-WP-Total and X-WP-TotalPages; beyond the last page the list is empty."""
    context = _context(request)
    if context == "edit" and not door.may_manage(tx, user):
        raise _forbidden(user, "rest_forbidden_context", "Sorry, you are not allowed to list users.")
    size, page = _number(request, "per_page", 10, MOST), _number(request, "page", 1, 10_000_000)
    found = [row for row in _found(tx, request) if context == "edit" or row["roles"] != ["subscriber"]]
    headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
    rows = [_shown(row, context) for row in found[(page - 1) * size : page * size]]
    return httpx.Response(200, json=rows, headers=headers)


def one(tx: Tx, user: JsonObject | None, request: httpx.Request, id: str) -> httpx.Response:
    known = _known(tx, id)
    context = _context(request)
    if context == "edit" and not door.may_manage(tx, user):
        raise _forbidden(user, "rest_user_cannot_view", "Sorry, you are not allowed to edit this user.")
    return httpx.Response(200, json=_shown(known, context))


def create(tx: Tx, user: JsonObject | None, body: JsonObject) -> httpx.Response:
    if not door.may_manage(tx, user):
        raise _forbidden(user, "rest_cannot_create_user", "Sorry, you are not allowed to create new users.")
    missing = [key for key in ("username", "email", "password") if not body.get(key)]
    if missing:
        told = ", ".join(missing)
        raise wrong(400, "rest_missing_callback_param", f"Missing parameter(s): {told}", params=missing)
    _check(body)
    rows = tx.all(USERS)
    if any(row["username"] == body["username"] for row in rows):
        raise in_use("existing_user_login", "Sorry, that username already exists!")
    if any(row["email"].lower() == body["email"].lower() for row in rows):
        raise in_use("existing_user_email", "Sorry, that email address is already used!")
    return httpx.Response(201, json=_shown(add(tx, body), "edit"))


def update(tx: Tx, user: JsonObject | None, id: str, body: JsonObject) -> httpx.Response:
    known = _known(tx, id)
    if not door.may_manage(tx, user):
        raise _forbidden(user, "rest_cannot_edit", "Sorry, you are not allowed to edit this user.")
    if "username" in body and body["username"] != known["username"]:
        raise wrong(400, "rest_user_invalid_argument", "Username isn't editable.")
    _check(body)
    email = str(body.get("email") or known["email"])
    if any(row["email"].lower() == email.lower() and row["id"] != known["id"] for row in tx.all(USERS)):
        raise wrong(400, "rest_user_invalid_email", "Invalid email address.")
    changed = {**known, **{key: body[key] for key in WRITTEN if key in body}, "email": email}
    tx.put(USERS, str(known["id"]), changed)
    return httpx.Response(200, json=_shown(changed, "edit"))


def add(tx: Tx, given: JsonObject) -> JsonObject:
    """What WordPress makes of a new user; unknown parameters are left aside, as it does."""
    id = tx.next_number("id:user")
    first, last = str(given.get("first_name", "")), str(given.get("last_name", ""))
    user: dict[str, Any] = {
        "id": id,
        "username": given["username"],
        "name": given.get("name") or f"{first} {last}".strip() or given["username"],
        "first_name": first,
        "last_name": last,
        "email": given["email"],
        "url": "",
        "description": "",
        "slug": re.sub(r"[^a-z0-9]+", "-", given["username"].lower()).strip("-"),
        "roles": given.get("roles") or ["subscriber"],
        "registered_date": tx.now.replace(microsecond=0).isoformat(),
        "meta": given.get("meta") or [],
    }
    tx.put(USERS, str(id), user)
    return user


def _found(tx: Tx, request: httpx.Request) -> list[JsonObject]:
    part = request.url.params.get("search", "").lower()
    role = request.url.params.get("roles", "")
    return [
        row
        for row in tx.all(USERS)
        if any(part in str(row[key]).lower() for key in SEARCHED) and role in ("", *row["roles"])
    ]


def _known(tx: Tx, id: str) -> JsonObject:
    known = tx.get(USERS, id)
    if known is None:
        raise wrong(404, "rest_user_invalid_id", "Invalid user ID.")
    return known


def _check(body: JsonObject) -> None:
    email = body.get("email")
    if email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(email)):
        raise bad_parameters(email="Invalid email address.")
    for role in body.get("roles") or []:
        if role not in ROLES:
            raise wrong(400, "rest_user_invalid_role", f"The role {role} does not exist.")


def _context(request: httpx.Request) -> str:
    context = str(request.url.params.get("context", "view"))
    if context not in ("view", "embed", "edit"):
        raise bad_parameters(context="context is not one of view, embed, and edit.")
    return context


def _number(request: httpx.Request, name: str, default: int, most: int) -> int:
    text = request.url.params.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise bad_parameters(**{name: f"{name} is not of type integer."})
    if not 1 <= int(text) <= most:
        raise bad_parameters(**{name: f"{name} must be between 1 (inclusive) and {most} (inclusive)"})
    return int(text)


def _forbidden(user: JsonObject | None, code: str, message: str) -> Exception:
    return wrong(403 if user else 401, code, message)


def _shown(user: JsonObject, context: str) -> JsonObject:
    """E-mail address, roles and the like only for who may edit."""
    if context == "edit":
        return user
    return {key: user[key] for key in ("id", "name", "url", "description", "slug", "meta")}
