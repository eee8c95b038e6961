"""What runs in a drain's threads: HTTP and nothing else. No ORM here."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from integrations.engine.errors import HubError, OutcomeUnknown, Throttled, Unreachable, VendorTrouble
from integrations.engine.quota import Made, Ticket
from integrations.engine.spec import Account, Connector, Grant, Kind
from integrations.engine.transport import CallRecord, CallResult, Prepared, Transport
from integrations.services.tokens import RefreshPlan, refresh_call

log = logging.getLogger(__name__)

SPARE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What came back to the drain, for one run (or for a connection's refresh).

    `stopped`: it was not sent, because somebody had stopped it.
    """

    job: Job | RefreshJob
    result: CallResult | None = None
    error: HubError | None = None
    grant: Grant | None = None
    stopped: bool = False

    @property
    def record(self) -> CallRecord | None:
        return self.result.record if self.result else None

    def made(self, ticket: Ticket, now: datetime) -> Made:
        """What became of its ticket. What broke in the hub itself may have been sent, as late as now."""
        record = self.record
        if record is None:
            unsent = self.stopped or isinstance(self.error, Unreachable)
            return Made(ticket=ticket, begun_at=now, answered_at=None if unsent else now)
        return made_of(ticket, record, self.error)


def made_of(ticket: Ticket, record: CallRecord, error: HubError | None) -> Made:
    """What a recorded call tells the budget its ticket was taken from."""
    return Made(
        ticket=ticket,
        begun_at=record.started_at,
        answered_at=record.started_at + timedelta(milliseconds=record.duration_ms + 1),
        readings=record.readings,
        pause_s=error.after_s if isinstance(error, Throttled) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What a call has to end within: `until` on the wall's clock, `ends` on the monotonic one.

    Both, because the wall's clock can be put back, and the other stands still while a machine sleeps.
    """

    until: datetime
    ends: float

    def leaves(self, seconds: float) -> bool:
        """Whether so much of it is left."""
        left = (self.until - datetime.now(UTC)).total_seconds()
        return min(left, self.ends - time.monotonic()) > seconds

    def pause_s(self, moment: datetime) -> float:
        """Seconds from now until a moment on the wall's clock as it was when the lease was taken."""
        return self.ends - time.monotonic() - (self.until - moment).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """One call of one run, begun when its ticket says so and only while its lease outlasts its deadline.

    Each is only itself. `stopped` is asked at the last moment: it may have waited for a free line.
    """

    run_id: int
    connection_id: int
    connector: Connector
    prepared: Prepared
    account: Account
    transport: Transport
    generation: int
    lease: Lease
    scope: str
    ticket: Ticket
    stopped: Callable[[], bool] = lambda: False

    def wait(self) -> None:
        """Until it may be sent: it was reserved a little ahead."""
        pause_s = self.lease.pause_s(self.ticket.starts_at)
        if pause_s > 0:
            time.sleep(pause_s)

    def make(self) -> Called:
        if not self.lease.leaves(self.prepared.operation.deadline_s + SPARE_S):
            return Called(
                job=self, error=Unreachable("The worker was held up and did not send this in time.")
            )
        if self.stopped():
            return Called(job=self, stopped=True)
        try:
            result = self.transport.send(self.prepared, self.account)
        except Exception as error:
            log.exception("a call broke in the hub itself")
            return Called(job=self, error=self._broken(error))
        return Called(job=self, result=result, error=result.error)

    def landing_by(self, started_at: datetime) -> datetime:
        """When it can at the latest have arrived at the app."""
        return started_at + timedelta(seconds=self.prepared.operation.deadline_s + SPARE_S)

    def _broken(self, error: Exception) -> HubError:
        sentence = f"The hub itself stumbled over this call ({type(error).__name__})."
        reads = self.prepared.operation.kind is Kind.READ
        return VendorTrouble(sentence) if reads else OutcomeUnknown(sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshJob:
    """One token refresh, under the lease its connection's row holds."""

    connection_id: int
    plan: RefreshPlan

    def wait(self) -> None:
        """Nothing to wait for."""

    def make(self) -> Called:
        try:
            return Called(job=self, grant=refresh_call(self.plan))
        except HubError as error:
            return Called(job=self, error=error)
        except Exception as error:
            log.exception("a refresh broke in the hub itself")
            return Called(job=self, error=Unreachable(f"The hub stumbled ({type(error).__name__})."))
