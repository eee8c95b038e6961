"""A simulated GoHighLevel with an agency and one of its locations signed in to it.

Whatever stands in it is made by operations too: `world.contact()` is a contact that contacts.create made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from integrations.connectors.ghl import CONNECTOR
from integrations.engine.spec import Account, Operation, Outcome
from integrations.engine.transport import Transport
from integrations.sandbox import Sandbox
from tests.connectors.ghl_cases.make_records import Records

APP = "ghl"
HOST = "https://services.leadconnectorhq.com"
CONSENT = "https://marketplace.gohighlevel.com/v2/oauth/chooselocation"
BACK = "https://hub.example.org/connect/ghl/callback"
PLENTY = 1_000_000

EVERY_SCOPE = " ".join(
    sorted({scope for operation in CONNECTOR.operations.values() for scope in operation.needed_scopes})
)

Address = Callable[[Operation], str]


class World(Records):
    """`address` gives the base address of an operation's call; at all of them the sandbox answers."""

    def __init__(
        self, sandbox: Sandbox, transport: Transport, address: Address = lambda operation: HOST
    ) -> None:
        self.sandbox = sandbox
        self.transport = transport
        self.address = address
        self.known = sandbox.apps()[APP].credentials()
        self.location_id, self.company_id = self.known["location_id"], self.known["company_id"]
        self._numbers = count(1)
        for limit in ("burst_limit", "daily_limit"):
            sandbox.set_setting(APP, limit, PLENTY)

    # --- signing in -----------------------------------------------------------------------------

    @cached_property
    def agency(self) -> Account:
        """The agency's own connection."""
        token = self.tokens(self.company_id)["access_token"]
        return self._account("Agency", token, {"company_id": self.company_id, "connects": "agency"})

    @cached_property
    def location(self) -> Account:
        """A location's connection, by the agency's token."""
        made = self.call("oauth.location_token", locationId=self.location_id)
        settings = {"location_id": self.location_id, "company_id": self.company_id, "connects": "location"}
        return self._account("Location", made["access_token"], settings)

    def tokens(self, account: str) -> dict[str, Any]:
        """What the app is given for a location or, by the company's id, for the agency."""
        answer: dict[str, Any] = self.call(
            "oauth.token",
            client_id=self.known["client_id"],
            client_secret=self.known["client_secret"],
            grant_type="authorization_code",
            code=self.code(account),
            redirect_uri=BACK,
        )
        return answer

    def code(self, account: str) -> str:
        """What a person's browser brings back from the consent page."""
        asked = {
            "response_type": "code",
            "client_id": self.known["client_id"],
            "redirect_uri": BACK,
            "scope": EVERY_SCOPE,
        }
        with httpx.Client(transport=self.sandbox.transport(APP)) as browser:
            gone = browser.post(f"{CONSENT}?{urlencode(asked)}", data={"location_id": account})
        return parse_qs(urlsplit(gone.headers["Location"]).query)["code"][0]

    def _account(self, name: str, token: str, settings: dict[str, str]) -> Account:
        return Account(
            connector=APP,
            environment="sandbox",
            name=name,
            base_url=HOST,
            auth="oauth",
            settings=settings,
            secrets={"access_token": token},
        )

    # --- calls ----------------------------------------------------------------------------------

    def send(
        self, key: str, values: dict[str, Any], *, token: str = "", operation: Operation | None = None
    ) -> Outcome:
        """The call as the hub makes it; with another token, or by another declaration, than the right one."""
        operation = operation or CONNECTOR.operation(key)
        account = self.account(operation)
        if token:
            account = replace(account, secrets={"access_token": token})
        return self.transport.call(CONNECTOR, operation, account, values).outcome

    def account(self, operation: Operation) -> Account:
        """The connection of the kind that the operation names first."""
        if not operation.signed:
            account = self._account("Nobody", "", {})
        else:
            account = self.agency if operation.audiences[:1] == ("agency",) else self.location
        return replace(account, base_url=self.address(operation))

    # --- looking --------------------------------------------------------------------------------

    def document(self, collection: str, record_id: str) -> dict[str, Any]:
        """What the simulation keeps of a record, for what no operation shows."""
        store = self.sandbox.apps()[APP].store
        assert store is not None
        with store.reading(APP) as tx:
            found = tx.get(collection, record_id)
        assert found is not None, f"there is no {record_id} among the {collection}"
        return dict(found)
