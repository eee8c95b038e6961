"""What runs in a drain's threads: HTTP and nothing else. No ORM here."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from integrations.engine.errors import HubError, OutcomeUnknown, Unreachable, VendorTrouble
from integrations.engine.spec import Account, Connector, Grant, Kind
from integrations.engine.transport import CallRecord, CallResult, Prepared, Transport
from integrations.services.tokens import RefreshPlan, refresh_call

log = logging.getLogger(__name__)

SPARE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What came back to the drain, for one run (or for a connection's refresh)."""

    job: Job | RefreshJob
    result: CallResult | None = None
    error: HubError | None = None
    grant: Grant | None = None

    @property
    def record(self) -> CallRecord | None:
        return self.result.record if self.result else None


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """One call of one run, begun only while its lease outlasts its deadline. Each is only itself."""

    run_id: int
    connection_id: int
    connector: Connector
    prepared: Prepared
    account: Account
    transport: Transport
    generation: int
    lease: Lease

    def make(self) -> Called:
        if not self.lease.leaves(self.prepared.operation.deadline_s + SPARE_S):
            return Called(
                job=self, error=Unreachable("The worker was held up and did not send this in time.")
            )
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

    def make(self) -> Called:
        try:
            return Called(job=self, grant=refresh_call(self.plan))
        except HubError as error:
            return Called(job=self, error=error)
        except Exception as error:
            log.exception("a refresh broke in the hub itself")
            return Called(job=self, error=Unreachable(f"The hub stumbled ({type(error).__name__})."))
