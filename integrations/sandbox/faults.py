"""Troubles that can be switched on. Each fires at most `count` times, and which request it hit is settled
in a transaction of its own, so that no two processes spend the same one."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.sandbox.transaction import Tx

SLOW = "slow"
THROTTLE = "throttle"
SERVER_ERROR = "server_error"
LOST_ANSWER = "lost_answer"
HANG_AFTER_COMMIT = "hang_after_commit"
REVOKE_TOKEN = "revoke_token"  # noqa: S105
SLOT_TAKEN = "slot_taken"
CREATED_BUT_REFUSED = "created_but_refused"
WEBHOOK_DROPPED = "webhook_dropped"
WEBHOOK_DOUBLED = "webhook_doubled"
WEBHOOK_SHUFFLED = "webhook_shuffled"
WEBHOOK_LATE = "webhook_late"

KINDS = {
    SLOW: "answers late",
    THROTTLE: "refuses with 429",
    SERVER_ERROR: "fails with 500 and a page of HTML, having done nothing",
    LOST_ANSWER: "does the work, and the answer never arrives",
    HANG_AFTER_COMMIT: "does the work, and keeps the caller waiting for the answer",
    REVOKE_TOKEN: "takes back all tokens and keys; connect again, or reset the sandbox",
    SLOT_TAKEN: "gives the first free slot to somebody else right after listing it",
    CREATED_BUT_REFUSED: "makes the contact, and answers 422 all the same",
    WEBHOOK_DROPPED: "loses webhooks: they are never sent",
    WEBHOOK_DOUBLED: "sends webhooks twice",
    WEBHOOK_SHUFFLED: "sends webhooks in any order, within so many seconds (60)",
    WEBHOOK_LATE: "sends webhooks so many seconds late",
}
# These only the app itself can bring about.
OF_ONE_APP = (SLOT_TAKEN, CREATED_BUT_REFUSED)
# These concern what the app sends; their `match` is a part of "WEBHOOK ContactCreate".
OF_WEBHOOKS = (WEBHOOK_DROPPED, WEBHOOK_DOUBLED, WEBHOOK_SHUFFLED, WEBHOOK_LATE)


@dataclass(frozen=True, slots=True)
class Fault:
    id: int
    app: str
    kind: str
    match: str
    remaining: int
    seconds: float
    account: str
    percent: int = 100

    def hits(self, line: str, account: str) -> bool:
        """`line` is "METHOD /path"."""
        return self.match in line and self.account in ("", account)


def add(
    tx: Tx, kind: str, *, match: str, count: int, seconds: float, account: str, percent: int = 100
) -> None:
    """`percent`: of what it would hit, it hits so many in a hundred, by chance."""
    if kind not in KINDS:
        raise WrongUse(did_you_mean(kind, list(KINDS), "fault"))
    if count < 1 or seconds < 0:
        raise WrongUse("A fault needs a count of at least 1, and its seconds cannot be negative.")
    if not 1 <= percent <= 100:
        raise WrongUse("A fault hits from 1 to 100 percent.")
    query = (
        "INSERT INTO faults (app, kind, match, remaining, seconds, account, percent) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    tx.connection.execute(query, (tx.app, kind, match, count, seconds, account, percent))


def pending(tx: Tx, app: str | None = None) -> list[Fault]:
    """Faults with uses left, in the order they were set; of one app, or of all."""
    query = (
        "SELECT id, app, kind, match, remaining, seconds, account, percent FROM faults "
        "WHERE remaining > 0 ORDER BY id"
    )
    return [fault for fault in _faults(tx, query) if app in (None, fault.app)]


def take(tx: Tx, line: str, account: str, kinds: tuple[str, ...]) -> Fault | None:
    """Spend one use of the first fault of these kinds that hits this request."""
    for fault in pending(tx, tx.app):
        if fault.kind in kinds and fault.hits(line, account) and _strikes(tx, fault):
            tx.connection.execute("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (fault.id,))
            return fault
    return None


def chance(tx: Tx) -> float:
    """From 0 to 1; the same series again where the setting `chance_seed` is set."""
    seed = tx.setting("chance_seed", None)
    if seed is None:
        return random.random()  # noqa: S311 - a trouble, not a secret
    return random.Random(f"{seed}:{tx.next_number('chance')}").random()  # noqa: S311


def _strikes(tx: Tx, fault: Fault) -> bool:
    return fault.percent >= 100 or chance(tx) * 100 < fault.percent


def clear(tx: Tx) -> None:
    tx.connection.execute("DELETE FROM faults")


def _faults(tx: Tx, query: str, values: tuple[Any, ...] = ()) -> list[Fault]:
    return [Fault(*row) for row in tx.connection.execute(query, values)]
