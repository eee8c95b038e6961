"""Reading records again, many at once: HTTP in threads, scripts and the database in this one.

For hints that something has changed, and for what a look found changed, missing or linked. It goes in
rounds: every record's next read is prepared, as many as the quota allows are made, and what came back is
noted and handed to the scripts.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction

from integrations.engine.errors import (
    AccountSuspended,
    ContractBroken,
    CredentialRefused,
    HubError,
    NotFound,
    Parked,
    Throttled,
    TryAgain,
    VendorTrouble,
)
from integrations.engine.paginate import Asked, ask
from integrations.engine.quota import Lane, Ticket
from integrations.engine.spec import (
    JsonObject,
    Kind,
    Operation,
    Place,
    Read,
    Script,
    Trigger,
    Write,
)
from integrations.engine.transport import Prepared, prepare
from integrations.models import ApiCall, Connection
from integrations.services import budgets, pulse, standing, stops, tokens
from integrations.services.accounts import Reach
from integrations.services.calls import SPARE_S, Called, Job, Lease
from integrations.services.clients import POOL
from integrations.services.rows import call_row

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
AHEAD_S = 1.0
PAUSE_S = 0.5
PURPOSE = "re-read"


@dataclass(slots=True)
class Wanted:
    """One record to be read, and what came of it: its `row` (None: it is gone), unless there is an `error`.

    `at` is when the read began that showed it. `known` is what a notice or an earlier look told of it.
    """

    connection: Connection
    trigger: Trigger
    record: str
    known: JsonObject
    at: datetime | None = None
    row: JsonObject | None = None
    error: HubError | None = None


def can_read(trigger: Trigger) -> bool:
    return bool(trigger.fetch or trigger.reread)


def read_all(wanted: Sequence[Wanted], *, lane: Lane, tries: int = 1, patience_s: float = PATIENCE_S) -> None:
    """Fill in what came of each. Never inside a transaction.

    What the app wants asked again later is asked up to `tries` times, and has its error then. Quota is waited
    for up to `patience_s` at a time.
    """
    reading = _Reading(lane, tries, patience_s)
    for connection_id, group in _by_connection(wanted).items():
        reading.begin(connection_id, group)
    with ThreadPoolExecutor(max_workers=POOL, thread_name_prefix="re-read") as pool:
        while reading.open:
            reading.round(pool)


@dataclass(slots=True)
class _Asking:
    """One record's script, and the read it asks for next."""

    wanted: Wanted
    reach: Reach
    script: Script
    command: Read | None = None
    tries: int = 0
    renewed: bool = False


@dataclass(slots=True)
class _Reading:
    lane: Lane
    tries: int
    patience_s: float
    open: list[_Asking] = field(default_factory=list)

    def begin(self, connection_id: int, group: list[Wanted]) -> None:
        try:
            reach = tokens.fresh(group[0].connection)
        except HubError as error:
            for wanted in group:
                wanted.error = error
            return
        for wanted in group:
            asking = _Asking(wanted, reach, script_of(wanted, reach))
            self._go_on(asking, partial(next, asking.script))
            if asking.command is not None:
                self.open.append(asking)

    def round(self, pool: ThreadPoolExecutor) -> None:
        """One call for each that may make one now."""
        lease = _lease()
        self._end_stopped()
        prepared = [(asking, made) for asking in self.open if (made := self._prepare(asking)) is not None]
        self.open = [asking for asking in self.open if asking.command is not None]
        jobs = self._within_quota(prepared, lease)
        pulse.touch(datetime.now(UTC), busy_s=settings.HUB_LEASE_S / 3)
        came_back = list(pool.map(_make, [job for _, job in jobs]))
        answered = [(asking, called) for (asking, _), called in zip(jobs, came_back, strict=True)]
        _note(answered)
        for asking, called in answered:
            self._take_back(asking, called)
        self.open = [asking for asking in self.open if asking.command is not None]

    def _end_stopped(self) -> None:
        """A switch may be pulled while many records are being read."""
        for group in _by_connection(asking.wanted for asking in self.open).values():
            try:
                stops.check(group[0].connection)
            except HubError as error:
                for asking in self.open:
                    if asking.wanted.connection.pk == group[0].connection.pk:
                        self._end(asking, error=error)
        self.open = [asking for asking in self.open if asking.command is not None]

    def _prepare(self, asking: _Asking) -> Prepared | None:
        assert asking.command is not None
        try:
            operation = _short(asking.reach.connector.operation(asking.command.operation))
            return prepare(asking.reach.connector, operation, asking.reach.account, asking.command.values)
        except HubError as error:
            refused = error
        self._go_on(asking, lambda: asking.script.throw(refused))
        return None

    def _within_quota(
        self, prepared: list[tuple[_Asking, Prepared]], lease: Lease
    ) -> list[tuple[_Asking, Job]]:
        """Those that have leave; the others come again, or give up where that is too far off."""
        by_scope: dict[str, list[tuple[_Asking, Prepared]]] = defaultdict(list)
        for asking, made in prepared:
            by_scope[asking.reach.scope].append((asking, made))
        now = datetime.now(UTC)
        wishes = {
            scope: [
                budgets.Wish(
                    quota=group[0][0].reach.connector.quota,
                    wanted=min(len(group), POOL),
                    lane=self.lane,
                    ahead_s=AHEAD_S,
                    flight_s=settings.HUB_LEASE_S / 3 + SPARE_S,
                )
            ]
            for scope, group in by_scope.items()
        }
        with transaction.atomic():
            granted = budgets.grant(wishes, now)
        jobs = []
        for scope, group in by_scope.items():
            leave = granted[scope, self.lane]
            for (asking, made), ticket in zip(group, leave.tickets, strict=False):
                jobs.append((asking, _job(asking, made, lease, ticket)))
            if leave.ready_at - now > timedelta(seconds=self.patience_s):
                for asking, _ in group[len(leave.tickets) :]:
                    name = asking.reach.connection.name
                    after_s = (leave.ready_at - now).total_seconds()
                    self._end(asking, error=Throttled(budgets.sentence(name, leave), after_s=after_s))
        if prepared and not jobs:
            time.sleep(min(self.patience_s, _pause_s(granted.values(), now)))
        return jobs

    def _take_back(self, asking: _Asking, called: Called) -> None:
        record, error = called.record, called.error
        if record is not None:
            asking.wanted.at = record.started_at
        if called.result is not None and called.result.final:
            outcome = called.result.outcome
            self._go_on(asking, lambda: asking.script.send(outcome))
        elif isinstance(error, TryAgain) and asking.tries + 1 < self.tries:
            asking.tries += 1
            time.sleep(min(error.after_s or PAUSE_S * 2**asking.tries, self.patience_s))
        elif isinstance(error, CredentialRefused | AccountSuspended) and self._renew(asking, error):
            pass
        else:
            self._end(asking, error=error or VendorTrouble("The app's answer could not be understood."))

    def _renew(self, asking: _Asking, error: Parked) -> bool:
        """Whether a refused token was replaced by a good one; then the read is made once more."""
        with transaction.atomic():
            again = standing.park(
                asking.reach.connection.pk, error, asking.reach.generation, datetime.now(UTC)
            )
        if not again or asking.renewed:
            return False
        try:
            asking.reach, asking.renewed = tokens.fresh(asking.wanted.connection), True
        except HubError as trouble:
            self._end(asking, error=trouble)
        return True

    def _go_on(self, asking: _Asking, step: Callable[[], Read | Write]) -> None:
        try:
            command = step()
        except StopIteration as stop:
            gone = stop.value is None
            broken = None if gone or isinstance(stop.value, dict) else ContractBroken("A row is no object.")
            self._end(asking, row=None if gone else stop.value, error=broken)
        except HubError as error:
            self._end(asking, error=error)
        except Exception as error:
            log.exception("reading %s again broke in the hub itself", asking.wanted.record)
            self._end(asking, error=ContractBroken(f"The hub itself stumbled ({type(error).__name__})."))
        else:
            assert isinstance(command, Read), "what is read again is only read"
            asking.command = command

    def _end(self, asking: _Asking, *, row: JsonObject | None = None, error: HubError | None = None) -> None:
        asking.command = None
        asking.wanted.row, asking.wanted.error = row, error
        asking.wanted.at = asking.wanted.at or datetime.now(UTC)


def script_of(wanted: Wanted, reach: Reach) -> Script:
    """The trigger's own script, else the one operation it names."""
    trigger = wanted.trigger
    if trigger.fetch is not None:
        return trigger.fetch(wanted.record, wanted.known, reach.account.settings)
    return _reread(reach.connector.operation(trigger.reread), wanted.record)


def _reread(operation: Operation, record: str) -> Asked:
    path_field = next(f.key for f in operation.fields if f.place is Place.PATH and not f.fills)
    try:
        row = yield from ask(operation.key, {path_field: record})
    except NotFound:
        return None
    return row


def _short(operation: Operation) -> Operation:
    if operation.kind is not Kind.READ:
        raise ContractBroken(f"{operation.key} writes; only reads are made outside a run.")
    return replace(operation, deadline_s=min(operation.deadline_s, settings.HUB_LEASE_S / 3))


def _lease() -> Lease:
    """Long enough for what is waited for and one call."""
    length_s = settings.HUB_LEASE_S
    return Lease(until=datetime.now(UTC) + timedelta(seconds=length_s), ends=time.monotonic() + length_s)


def _job(asking: _Asking, prepared: Prepared, lease: Lease, ticket: Ticket) -> Job:
    reach = asking.reach
    return Job(
        run_id=0,
        connection_id=reach.connection.pk,
        connector=reach.connector,
        prepared=prepared,
        account=reach.account,
        transport=reach.transport,
        generation=reach.generation,
        lease=lease,
        scope=reach.scope,
        ticket=ticket,
    )


def _make(job: Job) -> Called:
    """In a thread: HTTP and nothing else."""
    job.wait()
    return job.make()


def _note(answered: Iterable[tuple[_Asking, Called]]) -> None:
    """The calls as rows, and what they tell of the quota."""
    now = datetime.now(UTC)
    calls: list[ApiCall] = []
    reports: dict[str, budgets.Report] = {}
    for asking, called in answered:
        job, connection = called.job, asking.reach.connection
        assert isinstance(job, Job)
        report = reports.setdefault(job.scope, budgets.Report(job.connector.quota))
        report.made.append(called.made(job.ticket, now))
        if called.record is not None:
            row = call_row(
                called.record, team_id=connection.team_id, connection_id=connection.pk, purpose=PURPOSE
            )
            calls.append(row)
    with transaction.atomic():
        ApiCall.objects.bulk_create(calls)
        budgets.exchange({}, reports, now)


def _pause_s(granted: Iterable[budgets.Granted], now: datetime) -> float:
    soonest = min(leave.ready_at for leave in granted)
    return max(0.01, (soonest - now).total_seconds())


def _by_connection(wanted: Iterable[Wanted]) -> dict[int, list[Wanted]]:
    found: dict[int, list[Wanted]] = defaultdict(list)
    for one in wanted:
        found[one.connection.pk].append(one)
    return found
