"""The simulated apps: small, stateful, strict, and foreign to the hub.

A `Sandbox` is one file with all of them in it. The hub reaches it through `transport`, an httpx transport
that answers in this process whatever the host, or over HTTP through a view that calls `handle`.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from integrations.engine.additions import additions
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.spec import Field, JsonObject
from integrations.sandbox import faults, outbox
from integrations.sandbox.faults import Fault
from integrations.sandbox.parcels import Parcel
from integrations.sandbox.simulation import (
    KEPT_COLLECTIONS,
    Simulation,
    Table,
    fresh_id,
    keep_credentials,
    own_credentials,
)
from integrations.sandbox.store import Store
from integrations.sandbox.transaction import Tx

__path__.extend(additions("sandbox"))

SECRET_KEYS = frozenset(
    {
        "access_token",
        "refresh_token",
        "client_secret",
        "private_integration_token",
        "private_integration_token_before",
        "agency_integration_token",
        "api_key",
        "code",
        "sealed",
    }
)
MASK = "•••"
Send = Callable[[str, str, Mapping[str, str], bytes], int]
LOST = "sandbox_answer_lost"
GENERAL_FAULTS = tuple(kind for kind in faults.KINDS if kind not in (*faults.OF_ONE_APP, *faults.OF_WEBHOOKS))


def discover() -> dict[str, Simulation]:
    """Every simulation in this package, by slug."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        simulation = getattr(importlib.import_module(f"{__name__}.{module.name}"), "SIMULATION", None)
        if isinstance(simulation, Simulation):
            found[simulation.slug] = simulation
    return found


class Sandbox:
    """One sandbox file and the simulated apps in it."""

    def __init__(self, path: str | Path) -> None:
        self.store = Store(path)
        self._apps = {slug: replace(app, store=self.store) for slug, app in discover().items()}
        with self.store.transaction("") as tx:
            for app in self._apps.values():
                _move_in(app, tx.of(app.slug))

    def apps(self) -> dict[str, Simulation]:
        return dict(self._apps)

    def handle(self, app_slug: str, request: httpx.Request) -> httpx.Response:
        """The app's answer. A lost answer is a 504 here, and a timeout in `transport`."""
        app = self._apps.get(app_slug)
        if app is None:
            return httpx.Response(404, json={"message": f"There is no simulated app {app_slug}."})
        request = _bare(app_slug, request)
        fault = self._take_fault(app, request)
        kind = fault.kind if fault else ""
        if fault and kind == faults.SLOW:
            time.sleep(fault.seconds)
        response = self._work(app, request, kind, fault.account if fault else "")
        if fault and kind == faults.HANG_AFTER_COMMIT:
            time.sleep(fault.seconds)
        if kind == faults.LOST_ANSWER:
            lost = {"message": "The simulated app did not answer in time."}
            return httpx.Response(504, json=lost, extensions={LOST: True})
        return response

    def transport(self, app_slug: str) -> httpx.BaseTransport:
        return _InProcess(self, app_slug)

    def act(self, app_slug: str, action_key: str, values: Mapping[str, Any]) -> JsonObject:
        """Do what a person does inside the app; `values` by the action's field keys."""
        app = self._app(app_slug)
        action = app.action(action_key)
        known = [field.key for field in action.fields]
        for key in values:
            if key not in known:
                raise WrongUse(did_you_mean(key, known, f"field of “{action.title}”"))
        given = {key: value for key, value in values.items() if value not in (None, "")}
        for field in action.fields:
            if field.default is not None:
                given.setdefault(field.key, field.default)
            if field.required and field.key not in given:
                raise WrongUse(f"“{action.title}” needs {field.title}.")
        with self.store.transaction(app_slug) as tx:
            return action.run(tx, given)

    def summary(self, app_slug: str) -> list[Table]:
        """Tables for the state screen."""
        with self.store.reading(app_slug) as tx:
            app = self._app(app_slug)
            return [*app.summary(tx), *(outbox.tables(tx) if app.sign else [])]

    def settings(self, app_slug: str) -> list[tuple[Field, Any]]:
        """The knobs of the simulation, each with what it is set to."""
        app = self._app(app_slug)
        with self.store.reading(app.slug) as tx:
            return [(field, tx.setting(field.key, field.default)) for field in app.settings]

    def turn(self, app_slug: str, values: Mapping[str, Any]) -> None:
        """Set knobs that the app declares; all of them or none."""
        app = self._app(app_slug)
        known = {field.key: field for field in app.settings}
        for key, value in values.items():
            if key not in known:
                raise WrongUse(did_you_mean(key, list(known), f"setting of {app.title}"))
            choices = [str(choice) for choice, _ in known[key].choices]
            if choices and value not in choices:
                raise WrongUse(did_you_mean(str(value), choices, f"choice for {key}"))
        with self.store.transaction(app.slug) as tx:
            for key, value in values.items():
                tx.set_setting(key, value)

    def set_setting(self, app_slug: str, key: str, value: Any) -> None:
        """Any setting, declared or not; a reset puts all back."""
        with self.store.transaction(self._app(app_slug).slug) as tx:
            tx.set_setting(key, value)

    def make_room(self) -> None:
        """Every app announces large quotas, and refuses nobody for asking too much."""
        for slug, app in self._apps.items():
            self.turn(slug, app.roomy)

    def agree(self, app_slug: str, consent_url: str, account: str) -> str:
        """Press the button of the consent page that lets the hub into the account ("": any): where the app
        sends the browser then. Raises WrongUse where it does not."""
        app = self._app(app_slug)
        if app.agrees is None:
            raise WrongUse(f"{app.title} has no consent page.")
        with self.store.reading(app.slug) as tx:
            pressed = dict(app.agrees(tx, account))
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        request = httpx.Request("POST", consent_url, headers=form, content=urlencode(pressed).encode())
        answer = self.handle(app_slug, request)
        if not answer.has_redirect_location:
            raise WrongUse(f"The consent page of {app.title} answered with {answer.status_code}.")
        return answer.headers["Location"]

    def reset(self) -> None:
        """Everything as on the first day, but credentials and tokens stay: whoever was connected still is."""
        with self.store.transaction("") as tx:
            tx.forget(KEPT_COLLECTIONS)
            for app in self._apps.values():
                app.seed(tx.of(app.slug))

    def dump(self) -> dict[str, dict[str, list[Any]]]:
        """Every document by app and collection, with tokens and keys masked."""
        found: dict[str, dict[str, list[Any]]] = {slug: {} for slug in self._apps}
        with self.store.reading("") as tx:
            for slug, collections in found.items():
                for name in tx.of(slug).collections():
                    collections[name] = [_masked(row) for row in tx.of(slug).all(name)]
        return found

    def set_fault(
        self,
        app: str,
        kind: str,
        *,
        match: str = "",
        count: int = 1,
        seconds: float = 0.0,
        account: str = "",
        percent: int = 100,
    ) -> None:
        """`match` is a part of "METHOD /path"; `account` an account of the app (GHL: a location id)."""
        with self.store.transaction(self._app(app).slug) as tx:
            faults.add(tx, kind, match=match, count=count, seconds=seconds, account=account, percent=percent)

    def hook_keys(self, app: str) -> dict[str, str]:
        """What the app's deliveries to the hub are checked with."""
        with self.store.reading(self._app(app).slug) as tx:
            return dict(self._app(app).hook_keys(tx))

    def has_deliveries(self, now: datetime | None = None) -> bool:
        """Whether any app has something to tell the hub by now."""
        with self.store.reading("") as tx:
            moment = now or datetime.now(UTC)
            return any(outbox.anything_due(tx.of(slug), moment) for slug in self._apps)

    def introduce(self, app: str, connection: str, target: str, secrets: Mapping[str, str]) -> None:
        """Tell an app where a connection of the hub is told of things, and what to sign that with."""
        with self.store.transaction(self._app(app).slug) as tx:
            outbox.introduce(tx, connection, target, dict(secrets))

    def deliver(self, send: Send, now: datetime | None = None, *, most: int = 200) -> int:
        """Send what is due: `send(app, target, headers, body)` gives the status of the hub's answer, 0 for
        none; `target` is "" for the app's one address.

        How many were sent. No transaction is open meanwhile, so the hub may look at the app.
        """
        moment, sent = now or datetime.now(UTC), 0
        for app in self._apps.values():
            if app.sign is None:
                continue
            with self.store.transaction(app.slug) as tx:
                parcels = [(parcel, _headers(app, tx, parcel)) for parcel in outbox.due(tx, moment, most)]
            for parcel, headers in parcels:
                status = send(app.slug, parcel.target, headers, parcel.body)
                with self.store.transaction(app.slug) as tx:
                    outbox.settle(
                        tx,
                        parcel,
                        status,
                        moment,
                        satisfied=app.satisfied(status),
                        retries=app.retries,
                    )
                    app.answered(tx, parcel, status)
                sent += 1
        return sent

    def faults(self) -> list[JsonObject]:
        """Faults that have uses left."""
        with self.store.reading("") as tx:
            return [asdict(fault) for fault in faults.pending(tx)]

    def clear_faults(self) -> None:
        with self.store.transaction("") as tx:
            faults.clear(tx)

    def requests(
        self, app: str | None = None, method: str | None = None, path_contains: str = ""
    ) -> list[JsonObject]:
        """The request log, oldest first: app, method, path, status (of the work done), account, fault, at."""
        with self.store.reading("") as tx:
            rows = tx.logged()
        return [
            row
            for row in rows
            if app in (None, row["app"]) and method in (None, row["method"]) and path_contains in row["path"]
        ]

    def _app(self, slug: str) -> Simulation:
        if slug not in self._apps:
            raise WrongUse(did_you_mean(slug, list(self._apps), "simulated app"))
        return self._apps[slug]

    def _take_fault(self, app: Simulation, request: httpx.Request) -> Fault | None:
        with self.store.reading(app.slug) as tx:
            if not faults.pending(tx, app.slug):
                return None
        with self.store.transaction(app.slug) as tx:
            return faults.take(tx, _line(request), app.account(tx, request), GENERAL_FAULTS)

    def _work(self, app: Simulation, request: httpx.Request, kind: str, whose: str) -> httpx.Response:
        with self.store.transaction(app.slug) as tx:
            account = app.account(tx, request)
            if kind == faults.REVOKE_TOKEN:
                app.revoke(tx, whose)
            if kind == faults.THROTTLE:
                response = app.throttled(tx, request)
            elif kind == faults.SERVER_ERROR:
                response = httpx.Response(500, html="<html><body><h1>500 Server Error</h1></body></html>")
            else:
                response = app.handle(tx, request)
                response, kind = _happen_afterwards(app, tx, request, response, account, kind)
            tx.log(request.method, request.url.path, response.status_code, account, kind)
        return response


class _InProcess(httpx.BaseTransport):
    def __init__(self, sandbox: Sandbox, app_slug: str) -> None:
        self._sandbox = sandbox
        self._app_slug = app_slug

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        response = self._sandbox.handle(self._app_slug, request)
        if response.extensions.get(LOST):
            raise httpx.ReadTimeout("The simulated app did not answer in time.", request=request)
        return response


def _move_in(app: Simulation, tx: Tx) -> None:
    """The app's first day; in a file of an older hub, the credentials that came since."""
    known = own_credentials(tx)
    fresh = {**app.new_credentials(), "salt": fresh_id(32)}
    if set(fresh) <= set(known):
        return
    keep_credentials(tx, {**fresh, **known})
    if not known:
        app.seed(tx)


def _happen_afterwards(
    app: Simulation, tx: Tx, request: httpx.Request, response: httpx.Response, account: str, kind: str
) -> tuple[httpx.Response, str]:
    """The answer after the app's own faults, and the fault to note."""
    for own, happen in app.afterwards.items():
        for fault in faults.pending(tx, app.slug):
            if fault.kind != own or not fault.hits(_line(request), account):
                continue
            other = happen(tx, request, response)
            if other is not None:
                faults.take(tx, _line(request), account, (own,))
                return other, own
    return response, kind


def _headers(app: Simulation, tx: Tx, parcel: Parcel) -> dict[str, str]:
    assert app.sign is not None
    signed = {**app.sign(tx, parcel.body)}
    if parcel.target:
        signed |= app.sign_to(tx, parcel.target, parcel.body)
    return {"Content-Type": parcel.content_type, **signed}


def _bare(slug: str, request: httpx.Request) -> httpx.Request:
    """The request without the prefix under which the hub serves the app over HTTP."""
    prefix = f"/sandbox/{slug}/"
    if not request.url.path.startswith(prefix):
        return request
    url = request.url.copy_with(path=request.url.path[len(prefix) - 1 :], query=request.url.query or None)
    return httpx.Request(request.method, url, headers=request.headers, content=request.content)


def _line(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path}"


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: MASK if k in SECRET_KEYS and v else _masked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return value
