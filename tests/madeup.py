"""An app that does not exist, for what no shipped connector needs, and the site that answers for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from integrations import catalog
from integrations.engine.errors import (
    ContractBroken,
    CredentialRefused,
    HubError,
    NotFound,
    Refused,
    WrongUse,
)
from integrations.engine.paginate import by_page_total
from integrations.engine.spec import (
    Answer,
    Auth,
    Connector,
    Field,
    FieldType,
    Kind,
    Limit,
    Operation,
    OwnAddress,
    Place,
    Proof,
    ProofKind,
    Quota,
    Reference,
    Renewal,
    Verify,
)
from integrations.models import Connection, Team
from integrations.services import clients, connect, typed_addresses

SLUG = "madeup"
PUBLIC, PRIVATE = "93.184.216.34", "10.0.0.1"


def read_address(text: str) -> str:
    if " " in text:
        raise WrongUse("Write the site's address, such as https://site.example.")
    return text.split("/wp-admin")[0].rstrip("/")


def refusal(answer: Answer, operation: Operation) -> HubError:
    if answer.status == 401:
        return CredentialRefused("Made-up does not accept the key; enter a new one.")
    return NotFound("No such thing.") if answer.status == 404 else Refused("Made-up said no.")


def new_key(answer: Any) -> str:
    found = answer.get("token") if isinstance(answer, dict) else None
    if not isinstance(found, str) or not found:
        raise ContractBroken("Made-up answered without a new key.")
    return found


OPERATIONS = (
    Operation(key="me.get", title="Who it is", method="GET", path="/me", kind=Kind.READ),
    Operation(key="things.list", title="Things", method="GET", path="/things", kind=Kind.READ,
              path_setting="things_path", fields=(Field(key="page", place=Place.QUERY),)),
    Operation(key="things.create", title="Make a thing", method="POST", path="/things", kind=Kind.CREATE,
              fields=(Field(key="name", required=True),), proof=Proof(kind=ProofKind.NONE)),
    Operation(key="keys.renew", title="Make a new key", method="POST", path="/keys/renew", kind=Kind.CREATE,
              record_id="", encoding="none", proof=Proof(kind=ProofKind.NONE)),
)  # fmt: skip

KEY = Auth(
    key="key",
    title="Key",
    sign=lambda secrets: {"Authorization": f"Bearer {secrets['key']}"},
    secrets=(Field(key="key", label="key", required=True, secret=True),),
    settings=(Field(key="shade", label="shade"),),
    lasts_days=180,
    warn_days=(30, 7),
    renewal=Renewal(key="key", operation="keys.renew", read=new_key),
)

CONNECTOR = Connector(
    slug=SLUG,
    title="Made-up",
    summary="Does not exist.",
    hosts={"": "https://sandbox.made.example"},
    auths=(KEY,),
    verify=Verify(operation="me.get", say=lambda answer: f"Connected as {answer['name']}."),
    refusal=refusal,
    quota=Quota(limits=(Limit(count=1000, window_s=1),), scope=lambda account: account.name),
    operations={operation.key: operation for operation in OPERATIONS},
    references={
        "things": Reference(
            key="things",
            title="Things",
            operation="things.list",
            rows="rows",
            pages=lambda values: by_page_total("things.list", values, rows="rows", total="pages"),
        )
    },
    settings=(
        Field(key="site", label="the site's address", required=True),
        Field(key="things_path", label="path of the things"),
        Field(key="hooks", label="addresses of operations", type=FieldType.OBJECT, format="url"),
    ),
    own_address=OwnAddress(setting="site", read=read_address),
)


@dataclass
class Site:
    """What answers for Made-up, wherever it is called: which keys it takes, what it was asked."""

    keys: set[str] = field(default_factory=lambda: {"first-key"})
    pages: int = 3
    renewed: Any = field(default_factory=lambda: {"token": "second-key"})
    status: int = 201
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.keys:
            return httpx.Response(401, json={})
        return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path:
            case "GET", "/me":
                return httpx.Response(200, json={"id": 1, "name": "Ada"})
            case "GET", "/things" | "/v2/things":
                number = int(request.url.params["page"])
                rows = [{"id": number, "name": f"Thing {number}"}]
                return httpx.Response(200, json={"rows": rows, "pages": self.pages})
            case "POST", "/things":
                return httpx.Response(201, json={"id": 7, **json.loads(request.content)})
            case "POST", "/keys/renew":
                if isinstance(self.renewed, dict) and self.renewed.get("token"):
                    self.keys = {self.renewed["token"]}  # the one it was signed with ends at once
                return httpx.Response(self.status, json=self.renewed)
        return httpx.Response(404, json={})

    def lines(self) -> list[str]:
        return [f"{request.method} {request.url}" for request in self.asked]

    def writes(self) -> list[str]:
        return [f"{r.method} {r.url.path}" for r in self.asked if r.method != "GET"]


HOSTS = {"site.example": [PUBLIC], "inside.example": [PRIVATE], "other.example": [PUBLIC]}


def known_hosts(host: str) -> list[str]:
    if host not in HOSTS:
        raise OSError
    return HOSTS[host]


def settle(monkeypatch: pytest.MonkeyPatch, connector: Connector = CONNECTOR) -> Site:
    """The app is in the catalog, and every call of a real connection goes to the site."""
    site = Site()
    monkeypatch.setattr(catalog, "CONNECTORS", {**catalog.CONNECTORS, SLUG: connector})
    monkeypatch.setattr(typed_addresses, "resolve", known_hosts)
    real = clients.http_client

    def client(slug: str, environment: str) -> httpx.Client:
        if slug != SLUG:
            return real(slug, environment)
        return httpx.Client(transport=httpx.MockTransport(site))

    monkeypatch.setattr(clients, "http_client", client)
    clients.forget()
    return site


def with_auth(**changes: Any) -> Connector:
    return replace(CONNECTOR, auths=(replace(KEY, **changes),))


def add(team: Team, name: str = "Site", *, environment: str = "production", **settings: Any) -> Connection:
    given = {"site": "https://site.example", **settings}
    return connect.add(
        team,
        SLUG,
        name=name,
        environment=environment,
        auth="key",
        settings_=given,
        secrets={"key": "first-key"},
    )
