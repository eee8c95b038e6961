"""One call: signed, sent, bounded, judged, written down without its secrets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import jmespath
from jmespath.exceptions import JMESPathError

from integrations.engine import redact
from integrations.engine.addresses import check_base_url
from integrations.engine.errors import (
    ContractBroken,
    CredentialRefused,
    Duplicate,
    HubError,
    NotFound,
    OutcomeUnknown,
    StopRun,
    Throttled,
    Unreachable,
    VendorTrouble,
    WrongUse,
)
from integrations.engine.network import bounded
from integrations.engine.request import Prepared, beneath, prepare
from integrations.engine.spec import (
    Account,
    Answer,
    Auth,
    Connector,
    Kind,
    Operation,
    Outcome,
    Quota,
    Reading,
)
from integrations.engine.storable import storable

__all__ = [
    "CallRecord",
    "CallResult",
    "Prepared",
    "Transport",
    "check_base_url",
    "network_error",
    "prepare",
    "retry_after_s",
]

ANSWER_LIMIT = 5 * 1024 * 1024
CONNECT_S = 10.0
LONGEST_WAIT_S = 86_400.0
ASK_AGAIN_S = 3_600.0

NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """What may be kept of a call: redacted, bodies at most 16 KiB. `status` is None without an answer."""

    method: str
    url: str
    operation: str
    status: int | None
    started_at: datetime
    duration_ms: int
    request_headers: Mapping[str, str]
    request_body: str
    response_headers: Mapping[str, str]
    response_body: str
    error_kind: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """How a call ended. Its outcome goes to the journey only when it is `final`."""

    outcome: Outcome
    record: CallRecord
    request_hash: str

    @property
    def error(self) -> HubError | None:
        return self.outcome.error

    @property
    def final(self) -> bool:
        """False: to be tried again, looked up, or parked; that is for the driver to decide."""
        return self.error is None or isinstance(self.error, StopRun)


@dataclass(slots=True)
class _Wire:
    """What went over the line, filled in as it happens, so that a broken call is recorded too."""

    sent: Mapping[str, str] = field(default_factory=dict)
    key_names: Sequence[str] = ()
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    cut: bool = False


class Transport:
    """Sends calls through one httpx client. `now` tells the time, `clock` (seconds) measures durations.

    `check` looks at every address before anything is sent there, and raises WrongUse.
    """

    def __init__(
        self,
        client: httpx.Client,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        check: Callable[[str], None] = lambda url: None,
    ) -> None:
        self.client = client
        self._now = now
        self._clock = clock
        self._check = check

    def call(
        self, connector: Connector, operation: Operation, account: Account, values: Mapping[str, Any]
    ) -> CallResult:
        """Prepare and send. Raises only what `prepare` raises: MappingFailed, ContractBroken."""
        return self.send(prepare(connector, operation, account, values), account)

    def send(self, prepared: Prepared, account: Account) -> CallResult:
        """Never raises a HubError: whatever went wrong is the outcome's `error`."""
        wire, started_at, started = _Wire(), self._now(), self._clock()
        body: Any = None
        try:
            self._exchange(prepared, account, wire)
            body = _parsed(wire)
            outcome = _judge(prepared, account, wire, body, self._now())
        except HubError as error:
            outcome = Outcome(error=error)
        return CallResult(
            outcome=outcome,
            record=_record(
                prepared, account, wire, body, outcome, started_at, int((self._clock() - started) * 1000)
            ),
            request_hash=prepared.request_hash,
        )

    def _exchange(self, prepared: Prepared, account: Account, wire: _Wire) -> None:
        operation = prepared.operation
        until = self._clock() + operation.deadline_s
        try:
            self._check(prepared.url)
        except WrongUse as error:
            raise StopRun(f"{account.name}: {error.sentence}") from None
        signature = _signature(prepared, account, self._now())
        wire.sent = beneath(prepared.headers, signature.headers)
        wire.key_names = tuple(signature.query)
        try:
            request = self.client.build_request(
                operation.method,
                prepared.url,
                params=(*prepared.query, *signature.query.items()) or None,
                headers=wire.sent,
                content=prepared.content,
                timeout=httpx.Timeout(operation.deadline_s, connect=min(CONNECT_S, operation.deadline_s)),
            )
            with bounded(operation.deadline_s):
                response = self.client.send(request, stream=True, follow_redirects=False)
                try:
                    wire.status, wire.headers = response.status_code, dict(response.headers)
                    self._read(response, wire, until)
                finally:
                    response.close()
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise network_error(prepared.connector.title, error, _writes(operation)) from None

    def _read(self, response: httpx.Response, wire: _Wire, until: float) -> None:
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > ANSWER_LIMIT:
                wire.cut = True
                break
            if self._clock() > until:
                raise httpx.ReadTimeout("the call's deadline has passed", request=response.request)
        wire.content = bytes(content[:ANSWER_LIMIT])


def network_error(title: str, error: httpx.RequestError | httpx.InvalidURL, writes: bool) -> HubError:
    """A failure of the line as an error of the tree; its own text is left out, it may hold what we sent."""
    detail = type(error).__name__
    if isinstance(error, NOTHING_SENT):
        return Unreachable(
            f"{title} could not be reached, so nothing was sent; if it stays so, check the hub's network.",
            detail=detail,
        )
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return ContractBroken(f"The address or headers of this call to {title} are not valid.", detail=detail)
    late = isinstance(error, httpx.TimeoutException)
    why = "did not answer in time" if late else "broke off before its answer was complete"
    return _trouble(f"{title} {why}", writes, detail=detail)


def _trouble(what: str, writes: bool, *, detail: str = "", after_s: float | None = None) -> HubError:
    if writes:
        return OutcomeUnknown(f"{what}; the change may have been made all the same.", detail=detail)
    return VendorTrouble(f"{what}; a later try may succeed.", detail=detail, after_s=after_s)


def _writes(operation: Operation) -> bool:
    return operation.kind is not Kind.READ


@dataclass(frozen=True, slots=True)
class _Signature:
    headers: Mapping[str, str]
    query: Mapping[str, str]


def _signature(prepared: Prepared, account: Account, now: datetime) -> _Signature:
    if not prepared.operation.signed:
        return _Signature({}, {})
    connector = prepared.connector
    auth = connector.auth(account.auth) if account.auth else connector.auths[0]
    try:
        signature = _signed(auth, prepared, account, now)
    except KeyError:
        raise CredentialRefused(
            f"{account.name} is not signed in to {connector.title} yet; connect it first."
        ) from None
    values = (*signature.headers.values(), *signature.query.values())
    if not all(value.isascii() and value.isprintable() for value in values):
        raise CredentialRefused(
            f"The key of {account.name} holds a line break or another sign no key has; enter it again."
        )
    return signature


def _signed(auth: Auth, prepared: Prepared, account: Account, now: datetime) -> _Signature:
    """An address of the operator's own is never told the app's key, only what proves who sent the body."""
    by_body = auth.sign_body(account.secrets, prepared.content or b"", now) if auth.sign_body else {}
    if prepared.elsewhere:
        return _Signature(by_body, {})
    query = auth.sign_query(account.secrets, account.settings) if auth.sign_query else {}
    return _Signature({**auth.sign(account.secrets), **by_body}, query)


def _parsed(wire: _Wire) -> Any:
    """JSON where it is JSON, text where it is not, None where there is nothing."""
    text = wire.content.decode("utf-8", "replace").replace("\x00", "")
    try:
        return storable(json.loads(text)) if text.strip() else None
    except (ValueError, RecursionError):
        return text


def _judge(prepared: Prepared, account: Account, wire: _Wire, body: Any, now: datetime) -> Outcome:
    connector, operation = prepared.connector, prepared.operation
    status = wire.status or 0
    if 200 <= status < 300:
        return _accepted(connector, operation, wire, body)
    answer = Answer(status=status, headers=wire.headers, body=body)
    if status == 429:
        raise Throttled(
            f"{connector.title} says there were too many requests; it takes more after a pause.",
            after_s=_wait_s(connector.quota, account, wire.headers, now),
        )
    if 300 <= status < 400:
        raise ContractBroken(
            f"{connector.title} answered with a redirect, which is not followed; check the base address."
        )
    error = connector.refusal(answer, operation)
    if (
        (status >= 500 or status == 408)
        and not isinstance(error, ContractBroken | Duplicate)  # some apps say "it exists" with a 500
        and not _gone(operation, error)
    ):
        error = _trouble(
            f"{connector.title} failed (status {status})",
            _writes(operation),
            detail=error.detail,
            after_s=retry_after_s(wire.headers, now),
        )
    return _said_no(operation, error)


def _said_no(operation: Operation, error: HubError) -> Outcome:
    if _gone(operation, error):
        return Outcome()
    return Outcome(record_id=str(getattr(error, "record_id", "")), error=error)


def _gone(operation: Operation, error: HubError) -> bool:
    """Gone is what a delete wanted."""
    return operation.kind is Kind.DELETE and isinstance(error, NotFound)


def _accepted(connector: Connector, operation: Operation, wire: _Wire, body: Any) -> Outcome:
    """Every 2xx that does not say no counts as done, also one that the vendor's documents do not list."""
    if wire.cut:
        if _writes(operation):
            raise _trouble(f"{connector.title} answered with more than 5 MiB", True)
        raise ContractBroken(f"{connector.title} answered with more than 5 MiB; ask for fewer rows.")
    answer = Answer(status=wire.status or 0, headers=wire.headers, body=body)
    error = connector.failure(answer, operation)
    if error is not None:
        return _said_no(operation, error)
    if isinstance(body, str) and operation.result != "@":
        raise _trouble(f"{connector.title} answered with something that is not JSON", _writes(operation))
    value = _search(operation.result, body)
    record_id = _search(operation.record_id, value) if operation.record_id else None
    if isinstance(record_id, bool) or not isinstance(record_id, str | int):
        record_id = ""
    if operation.kind is Kind.CREATE and operation.record_id and record_id == "":
        raise _trouble(f"{connector.title} answered without the id of what it created", True)
    return Outcome(value=value, record_id=str(record_id))


def _search(expression: str, value: Any) -> Any:
    try:
        return jmespath.search(expression, value)
    except JMESPathError:  # the answer has other types than the documents say
        return None


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """`Retry-After` in seconds, from a number or an HTTP date; at most a day."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), LONGEST_WAIT_S)


def _wait_s(quota: Quota, account: Account, headers: Mapping[str, str], now: datetime) -> float:
    asked = retry_after_s(headers, now)
    if asked is not None:
        return asked
    spent = [
        reading.resets_in_s if reading.resets_in_s is not None else min(reading.window_s, ASK_AGAIN_S)
        for reading in quota.read(headers, account.settings)
        if reading.remaining == 0
    ]
    return max([quota.throttled_wait_s, *spent])


def _record(
    prepared: Prepared,
    account: Account,
    wire: _Wire,
    body: Any,
    outcome: Outcome,
    started_at: datetime,
    duration_ms: int,
) -> CallRecord:
    secrets = tuple(account.secrets.values())
    quota = prepared.connector.quota
    readings: Sequence[Reading] = quota.read(wire.headers, account.settings) if wire.status else ()
    url = redact.text(prepared.url, secrets)
    if prepared.query or wire.key_names:
        keys = [(name, redact.HIDDEN) for name in wire.key_names]
        url += "?" + redact.query((*prepared.query, *keys), secrets)
    return CallRecord(
        method=prepared.operation.method,
        url=url,
        operation=prepared.operation.key,
        status=wire.status,
        started_at=started_at,
        duration_ms=duration_ms,
        request_headers=redact.headers(wire.sent, secrets),
        request_body=redact.body(prepared.body, secrets),
        response_headers=redact.headers(wire.headers, secrets),
        response_body=redact.body(body, secrets),
        error_kind=outcome.error.kind if outcome.error else "",
        readings=tuple(readings),
    )
