"""What one simulated app is made of. A module here that defines `SIMULATION` is found by itself."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

import httpx

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.spec import Field, JsonObject
from integrations.sandbox.parcels import RETRIES, Parcel
from integrations.sandbox.store import Store
from integrations.sandbox.transaction import Tx

CREDENTIALS = "credentials"
OWN = "own"

# These outlive a reset: whoever was connected stays connected.
KEPT_COLLECTIONS = (CREDENTIALS, "tokens", "refresh_tokens", "installations", "hub_addresses")


class Table(TypedDict):
    """One table of the state screen."""

    title: str
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a person does inside the simulated app. `run` returns the record it made or changed.

    `about` is the heading under which the state screen shows it.
    """

    key: str
    title: str
    run: Callable[[Tx, Mapping[str, Any]], JsonObject]
    fields: tuple[Field, ...] = ()
    about: str = ""


# A happening after the answer was made, in the same transaction: the answer to give, or None when it did not
# take place.
Afterwards = Callable[[Tx, httpx.Request, httpx.Response], httpx.Response | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """One simulated app.

    `handle` answers a request within its transaction. `new_credentials` makes what a demo connects with,
    once per sandbox file. `account` tells whose request it is ("" where it cannot be told). `throttled` is
    the app's 429 answer. `revoke` makes the tokens and keys of an account ("": all) stop working.
    `afterwards` holds the faults that only this app knows. `settings` are its knobs, with what holds at first
    as their default; `roomy` is what to set them to, so that large quotas are announced. `renews` is the
    action that makes new keys once they were taken back. `agrees(tx, account)` is what the button of the
    consent page sends that lets the hub into an account ("": any). `sign` gives the headers of what it sends
    to the hub (None: it sends nothing), `hook_keys` what the hub checks them with. `sign_to(tx, target,
    body)` gives more of them for a connection's own address. What it wants to hear is `satisfied(status)`;
    else it sends again up to `retries` times. `answered(tx, parcel, status)` is what it does about an answer
    (0: none).
    `store` is set when the app is in use.
    """

    slug: str
    title: str
    seed: Callable[[Tx], None]
    handle: Callable[[Tx, httpx.Request], httpx.Response]
    new_credentials: Callable[[], dict[str, str]]
    summary: Callable[[Tx], list[Table]]
    throttled: Callable[[Tx, httpx.Request], httpx.Response]
    revoke: Callable[[Tx, str], None]
    account: Callable[[Tx, httpx.Request], str] = lambda tx, request: ""
    public_credentials: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    settings: tuple[Field, ...] = ()
    roomy: Mapping[str, Any] = field(default_factory=dict)
    renews: str = ""
    agrees: Callable[[Tx, str], Mapping[str, str]] | None = None
    afterwards: Mapping[str, Afterwards] = field(default_factory=dict)
    sign: Callable[[Tx, bytes], Mapping[str, str]] | None = None
    hook_keys: Callable[[Tx], Mapping[str, str]] = lambda tx: {}
    sign_to: Callable[[Tx, str, bytes], Mapping[str, str]] = lambda tx, target, body: {}
    satisfied: Callable[[int], bool] = lambda status: 200 <= status < 300
    retries: int = RETRIES
    answered: Callable[[Tx, Parcel, int], None] = lambda tx, parcel, status: None
    store: Store | None = None

    def credentials(self) -> dict[str, str]:
        """What a demo connects with, without typing. Only of a simulation that a Sandbox handed out."""
        if self.store is None:
            raise WrongUse(f"Ask Sandbox.apps() for “{self.slug}”: its credentials lie in a sandbox file.")
        with self.store.reading(self.slug) as tx:
            known = own_credentials(tx)
        return {key: known[key] for key in self.public_credentials}

    def action(self, key: str) -> Action:
        for candidate in self.actions:
            if candidate.key == key:
                return candidate
        raise WrongUse(did_you_mean(key, [a.key for a in self.actions], f"action of {self.title}"))


def tables(tx: Tx, shown: Mapping[str, tuple[str, tuple[str, ...]]]) -> list[Table]:
    """Tables for the state screen, from title -> (collection, keys of its documents)."""
    return [
        Table(
            title=title,
            columns=list(columns),
            rows=[[_text(row.get(column)) for column in columns] for row in tx.all(collection)],
        )
        for title, (collection, columns) in shown.items()
    ]


def own_credentials(tx: Tx) -> dict[str, str]:
    """The app's credentials document, made when the sandbox file was created; sealed in the file."""
    return tx.seal.open(tx.get(CREDENTIALS, OWN))


def keep_credentials(tx: Tx, known: dict[str, str]) -> None:
    tx.put(CREDENTIALS, OWN, tx.seal.close(known))


def steady_id(tx: Tx, name: str, length: int = 20) -> str:
    """An id that this sandbox file gives to a seeded record, the same after every reset.

    So that what was set up in the hub (a calendar chosen for a workflow) stays valid.
    """
    salt = own_credentials(tx)["salt"]
    return hashlib.sha256(f"{salt}:{name}".encode()).hexdigest()[:length]


def fresh_id(length: int = 20) -> str:
    return secrets.token_hex(length)[:length]


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return " ".join(map(_text, value.values()))
    return "" if value is None else str(value)
