"""A made-up app for drills of the ledger: its answers get lost, its calls land late, its lists lag behind.

One operation for every kind of proof. Its clock is the workers' clock, and goes on only when it is told to.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from integrations import catalog
from integrations.engine.errors import CredentialRefused, Duplicate, HubError, NotFound, Refused
from integrations.engine.free_calls import opened
from integrations.engine.freeze import freeze
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import (
    Answer,
    Attempt,
    Auth,
    Connector,
    Field,
    FieldMapping,
    Kind,
    Limit,
    Operation,
    Place,
    Proof,
    ProofKind,
    Quota,
    Step,
    StepKind,
    Trigger,
    TriggerKind,
    Verify,
    WorkflowSpec,
)
from integrations.engine.transport import Transport
from integrations.models import (
    Connection,
    Effect,
    Event,
    EventSource,
    Run,
    RunState,
    Team,
    Workflow,
    WorkflowState,
    WorkflowVersion,
)
from integrations.services import accounts, connect, verification
from integrations.services.drain import Drain
from integrations.services.ingest import Arrival, accept

SLUG = "shop"
LAG_S = 15.0
DEADLINE_S = 20.0
ALLOWANCE = timedelta(seconds=60)
GOING_ON = (RunState.QUEUED, RunState.WAITING, RunState.RUNNING)


def refusal(answer: Answer, operation: Operation) -> HubError:
    if answer.status == 401:
        return CredentialRefused("The shop does not accept the key; enter a new one.")
    if answer.status == 409:
        return Duplicate("The shop has it already.", record_id=str(answer.body["id"]))
    return NotFound("No such thing.") if answer.status == 404 else Refused("The shop said no.")


def _rows(attempt: Attempt, collection: str) -> Asked:
    found = yield from ask(f"{collection}.list", {})
    return [row for row in found if attempt.may_be_ours(row)]


def _by(collection: str, key: str) -> Any:
    """The row that is equal in `key` and was made since the claim."""

    def look_up(attempt: Attempt) -> Asked:
        for row in (yield from _rows(attempt, collection)):
            since = datetime.fromisoformat(row["made_at"]) >= attempt.claimed_at - ALLOWANCE
            if since and row[key] == attempt.values[key]:
                return row
        return None

    return look_up


def _marked(attempt: Attempt) -> Asked:
    rows = yield from _rows(attempt, "notes")
    return next((row for row in rows if attempt.mark in row["text"]), None)


def _proof(kind: ProofKind, **more: Any) -> Proof:
    return Proof(kind=kind, visible_after_s=LAG_S, **more)


PROOFS = {
    "notes": _proof(ProofKind.MARKED, mark_field="text", look_up=_marked, operations=("notes.list",)),
    "people": _proof(
        ProofKind.NATURAL_KEY, target="name", look_up=_by("people", "name"), operations=("people.list",)
    ),
    "jobs": _proof(
        ProofKind.NATURAL_KEY, target="name", look_up=_by("jobs", "name"), operations=("jobs.list",)
    ),
    "letters": Proof(kind=ProofKind.NONE),
}


def _create(collection: str) -> Operation:
    return Operation(
        key=f"{collection}.create",
        title=f"Make one of the {collection}",
        method="POST",
        path=f"/{collection}",
        kind=Kind.CREATE,
        fields=(Field(key="name"), Field(key="text")),
        proof=PROOFS[collection],
        deadline_s=DEADLINE_S,
    )


def _list(collection: str) -> Operation:
    return Operation(
        key=f"{collection}.list", title=collection, method="GET", path=f"/{collection}", kind=Kind.READ
    )


OPERATIONS = (
    *(_create(collection) for collection in PROOFS),
    *(_list(collection) for collection in PROOFS),
    Operation(key="me.get", title="Who it is", method="GET", path="/me", kind=Kind.READ),
    Operation(
        key="shelves.put",
        title="Fill a shelf",
        method="PUT",
        path="/shelves/{name}",
        kind=Kind.UPDATE,
        fields=(Field(key="name", place=Place.PATH, required=True), Field(key="text")),
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="name"),
        deadline_s=DEADLINE_S,
    ),
)

CONNECTOR = Connector(
    slug=SLUG,
    title="Shop",
    summary="Does not exist.",
    hosts={"": "https://shop.example"},
    auths=(
        Auth(
            key="key",
            title="Key",
            sign=lambda secrets: {"Authorization": secrets["key"]},
            secrets=(Field(key="key", label="key", required=True, secret=True),),
        ),
    ),
    verify=Verify(operation="me.get", say=lambda answer: "Connected."),
    refusal=refusal,
    quota=Quota(limits=(Limit(count=10**6, window_s=1),), scope=lambda account: account.name),
    operations={operation.key: operation for operation in OPERATIONS},
    triggers={
        "told": Trigger(
            key="told", title="Told", kind=TriggerKind.MANUAL, events=(("e", "E"),), sample={"e": {}}
        )
    },
)


@dataclass
class Shop:
    """`troubles` are what befalls the next writes, in turn: "lost" (done, and the answer is lost), "dropped"
    (lost on the way), "late" (lands `late_s` after it was sent), "busy" (429), "broken" (500), "refused"
    (400), or "" (nothing). Its lists show a row `lag_s` after it was made."""

    keys: set[str] = field(default_factory=lambda: {"key-1"})
    troubles: list[str] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    looks: int = 0
    late_s: float = 0.0
    lag_s: float = 0.0
    busy_s: int = 30
    ahead: timedelta = timedelta(0)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def later(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)

    def has(self, collection: str) -> list[dict[str, Any]]:
        return [row for row in self.rows.get(collection, []) if self._at(row) <= self.now()]

    def _at(self, row: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(row["made_at"])

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            if request.headers.get("authorization") not in self.keys:
                return httpx.Response(401, json={})
            if request.url.path == "/me":
                return httpx.Response(200, json={"id": 1})
            collection, name = f"{unquote(request.url.path)[1:]}/".split("/")[:2]
            if request.method == "GET":
                self.looks += 1
                shown = self.now() - timedelta(seconds=self.lag_s)
                return httpx.Response(
                    200, json=[row for row in self.has(collection) if self._at(row) <= shown]
                )
            called = {"id": name} if request.method == "PUT" and collection != "shelves" else {"name": name}
            return self._write(request, collection, {**called, **json.loads(request.content or b"{}")})

    def _write(self, request: httpx.Request, collection: str, values: dict[str, Any]) -> httpx.Response:
        trouble = self.troubles.pop(0) if self.troubles else ""
        match trouble:
            case "busy":
                return httpx.Response(429, headers={"Retry-After": str(self.busy_s)}, json={})
            case "broken":
                return httpx.Response(500, json={})
            case "refused":
                return httpx.Response(400, json={})
            case "dropped":
                raise httpx.ReadTimeout("lost on the way", request=request)
        self.writes.append(f"{collection} {values['name']}")
        answer = self._done(collection, values, self.late_s if trouble == "late" else 0.0)
        if trouble:
            raise httpx.ReadTimeout("the answer is lost", request=request)
        return answer

    def _done(self, collection: str, values: dict[str, Any], in_s: float) -> httpx.Response:
        rows = self.rows.setdefault(collection, [])
        if by_id := [row for row in rows if row["id"] == values.get("id")]:
            by_id[0].update(values)
            return httpx.Response(200, json=by_id[0])
        same = [row for row in rows if row["name"] == values["name"]]
        if same and collection == "people":
            return httpx.Response(409, json={"id": same[0]["id"]})
        if same and collection == "shelves":
            same[0].update(values)
            return httpx.Response(200, json=same[0])
        made_at = self.now() + timedelta(seconds=in_s)
        row = {"id": f"{collection}-{len(rows) + 1}", "made_at": made_at.isoformat(), "text": "", **values}
        rows.append(row)
        return httpx.Response(201, json=row)


def settle(monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The app is in the catalog, and every call to it goes to the shop."""
    shop = Shop()
    transport = Transport(httpx.Client(transport=httpx.MockTransport(shop)), shop.now)
    monkeypatch.setattr(catalog, "CONNECTORS", {**catalog.CONNECTORS, SLUG: opened(CONNECTOR)})
    monkeypatch.setattr(accounts, "transport_of", lambda connection: transport)
    return shop


@dataclass
class Desk:
    """What somebody with a workflow or two on the shop can do."""

    shop: Shop
    team: Team
    connection: Connection

    def workflow(self, operation: str, name: str = "Orders", **sources: str) -> Workflow:
        """One write per event, live."""
        sources = {"name": "event.name", **sources}
        spec = WorkflowSpec(
            title=name,
            roles={"app": SLUG},
            trigger_role="app",
            trigger="told",
            steps=(
                Step(
                    id="write",
                    title="Write",
                    kind=StepKind.WRITE,
                    role="app",
                    operation=operation,
                    link="" if operation == "shelves.put" else "row",
                    mappings=tuple(
                        FieldMapping(target=target, source=source) for target, source in sources.items()
                    ),
                ),
            ),
        )
        workflow = Workflow.objects.create(
            team=self.team, name=name, draft=freeze(spec), state=WorkflowState.LIVE
        )
        workflow.live = WorkflowVersion.objects.create(
            workflow=workflow, number=1, spec=freeze(spec), bindings={"app": self.connection.pk}
        )
        workflow.save()
        return workflow

    def happen(self, workflow: Workflow, name: str, record: str = "") -> Run:
        key = f"told:{Event.objects.count()}"
        arrival = Arrival(type="e", key=key, record=record or key, payload={"name": name})
        (run,) = accept(self.connection, "told", [arrival], [workflow], EventSource.MANUAL)
        return run

    def drain(self, only: Iterable[int] | None = None) -> None:
        Drain(clock=self.shop.now, only=only).run(for_s=30)

    def drain_to_the_end(self, minutes: int = 12) -> list[Run]:
        """A minute between drains, until no run would go on by itself."""
        for _ in range(minutes):
            self.drain()
            if not Run.objects.filter(
                state__in=(RunState.QUEUED, RunState.WAITING, RunState.RUNNING)
            ).exists():
                break
            self.shop.later(60)
        return list(Run.objects.order_by("id"))

    def reconnect(self) -> None:
        self.shop.keys = {"key-2"}
        connect.replace_secrets(self.connection, {"key": "key-2"})


def open_desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    shop = settle(monkeypatch)
    team = Team.objects.create(name="Shop")
    connection = connect.add(
        team, SLUG, name="Shop", environment="sandbox", auth="key", secrets={"key": "key-1"}
    )
    assert verification.verify(connection).ok
    return Desk(shop, team, connection)


def effect_of(run: Run) -> Effect:
    return Effect.objects.get(run=run)
