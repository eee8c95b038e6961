"""A simulated guest book."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

import httpx

from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.simulation import Action, Simulation, own_credentials, tables
from integrations.sandbox.transaction import Tx

ENTRIES = "entries"
REVOKED = "revoked"


def sign_book(tx: Tx, values: Mapping[str, Any]) -> JsonObject:
    entry: JsonObject = {
        "id": f"e-{tx.next_number('entry')}",
        "name": values["name"],
        "email": values["email"],
        "message": values.get("message", ""),
        "signed_at": tx.now.isoformat(),
        "thanked": False,
    }
    tx.put(ENTRIES, entry["id"], entry)
    return entry


def handle(tx: Tx, request: httpx.Request) -> httpx.Response:
    key = own_credentials(tx)["api_key"]
    if request.headers.get("X-Api-Key") != key or tx.get(REVOKED, "key"):
        return httpx.Response(401, json={"message": "Who are you?"})
    if request.url.path == "/book":
        return httpx.Response(200, json={"owner": "Harbour Academy"})
    if request.url.path == "/entries":
        since, page = request.url.params.get("since", ""), int(request.url.params.get("page", 1))
        size = int(request.url.params.get("size", 50))
        found = [entry for entry in tx.all(ENTRIES) if entry["signed_at"] >= since]
        return httpx.Response(200, json={"entries": found[(page - 1) * size : page * size]})
    named = re.fullmatch(r"/entries/([^/]+)", request.url.path)
    entry = tx.get(ENTRIES, named[1]) if named else None
    if entry is None:
        return httpx.Response(404, json={"message": "There is no such entry."})
    if request.method == "PUT":
        entry = {**entry, "thanked": bool(json.loads(request.content)["thanked"])}
        tx.put(ENTRIES, entry["id"], entry)
    return httpx.Response(200, json=entry)


SIMULATION = Simulation(
    slug="guestbook",
    title="Guest book",
    seed=lambda tx: None,
    handle=handle,
    new_credentials=lambda: {"api_key": secrets.token_hex(16)},
    public_credentials=("api_key",),
    summary=lambda tx: tables(tx, {"Entries": (ENTRIES, ("id", "name", "email", "message", "thanked"))}),
    throttled=lambda tx, request: httpx.Response(429, json={"message": "Slower, please."}),
    revoke=lambda tx, account: tx.put(REVOKED, "key", {"at": tx.now.isoformat()}),
    actions=(
        Action(
            key="sign_book",
            title="Sign the book",
            run=sign_book,
            fields=(
                Field(key="name", label="Name", required=True),
                Field(key="email", label="E-mail", type=FieldType.EMAIL, required=True),
                Field(key="message", label="Message"),
            ),
        ),
    ),
)
