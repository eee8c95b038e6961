"""The troubles of a drill, one value each. A trial meets one of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from integrations.sandbox import faults


class Boundary(Enum):
    """Where a worker is killed: around the commits, and around the call between them."""

    BEFORE_SEND = "before it sends"
    AFTER_SEND = "after it sent, before it settles"
    BEFORE_COMMIT = "after it settled, before the commit"
    AFTER_COMMIT = "right after a commit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """`fault` is one of the sandbox's, which hits `count` times; `told` says how often the event is told.

    `kill` and `rivals` need worker processes of their own: a worker that is killed there, two at once.
    `writes`: it befalls a call that writes. `strangers`: it makes a record of somebody else's. `misses`: the
    app never tells, so that only a look can find what happened. `pair`: the record has another event right
    after the first, which has to wait for it. `restarts`: the database's server goes down
    under a worker, and comes up again; SQLite has none.
    """

    key: str
    title: str
    fault: str = ""
    count: int = 1
    seconds: float = 0.0
    told: int = 1
    writes: bool = False
    kill: Boundary | None = None
    rivals: bool = False
    strangers: bool = False
    misses: bool = False
    pair: bool = False
    restarts: bool = False

    @property
    def of_webhooks(self) -> bool:
        return self.fault in faults.OF_WEBHOOKS

    @property
    def with_processes(self) -> bool:
        return self.kill is not None or self.rivals or self.restarts


IN_PROCESS = (
    Trouble(key="slow", title="a slow app", fault=faults.SLOW, seconds=0.3),
    Trouble(key="throttled", title="a storm of 429", fault=faults.THROTTLE, count=5),
    Trouble(key="failing", title="500, then success", fault=faults.SERVER_ERROR, count=2),
    Trouble(key="answer_lost", title="answer lost after the commit", fault=faults.LOST_ANSWER, writes=True),
    Trouble(key="told_twice", title="the event told twice", told=2),
    Trouble(
        key="in_order",
        title="two events of one record, the first put off",
        fault=faults.SERVER_ERROR,
        pair=True,
    ),
    Trouble(key="revoked", title="key taken back on the way", fault=faults.REVOKE_TOKEN),
    Trouble(
        key="slot_taken", title="slot taken between look and book", fault=faults.SLOT_TAKEN, strangers=True
    ),
    Trouble(key="webhook_doubled", title="webhooks sent twice", fault=faults.WEBHOOK_DOUBLED, count=9),
    Trouble(
        key="webhook_shuffled",
        title="webhooks in any order",
        fault=faults.WEBHOOK_SHUFFLED,
        count=9,
        seconds=60,
    ),
    Trouble(
        key="webhook_dropped", title="webhooks dropped", fault=faults.WEBHOOK_DROPPED, count=9, misses=True
    ),
)
WITH_PROCESSES = (
    *(Trouble(key=f"killed_{b.name.lower()}", title=f"worker killed {b.value}", kill=b) for b in Boundary),
    Trouble(key="rivals", title="two workers at once", fault=faults.SLOW, seconds=0.2, count=2, rivals=True),
)
WITH_SERVER = (Trouble(key="database_restarted", title="database restarted", restarts=True),)
ALL = (*IN_PROCESS, *WITH_PROCESSES, *WITH_SERVER)
