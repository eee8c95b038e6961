"""What runs in a drain's threads: HTTP and nothing else. No ORM here."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from integrations.engine.errors import HubError, OutcomeUnknown, Unreachable
from integrations.engine.spec import Account, Connector, Grant
from integrations.engine.transport import CallRecord, CallResult, Prepared, Transport
from integrations.services.tokens import RefreshPlan, refresh_call

log = logging.getLogger(__name__)


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
class Job:
    """One call of one run. `not_after`: on the monotonic clock, when it is too late to begin."""

    run_id: int
    connection_id: int
    connector: Connector
    prepared: Prepared
    account: Account
    transport: Transport
    generation: int
    not_after: float

    def make(self) -> Called:
        if time.monotonic() > self.not_after:
            return Called(
                job=self, error=Unreachable("The worker was held up and did not send this in time.")
            )
        try:
            result = self.transport.send(self.prepared, self.account)
        except Exception as error:
            log.exception("a call broke in the hub itself")
            return Called(
                job=self,
                error=OutcomeUnknown(f"The hub itself stumbled over this call ({type(error).__name__})."),
            )
        return Called(job=self, result=result, error=result.error)


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
