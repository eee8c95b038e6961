"""Troubles that can be switched on. Each fires at most `count` times, and which request it hit is settled
in a transaction of its own, so that no two processes spend the same one."""

from __future__ import annotations

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

KINDS = {
    SLOW: "answers late",
    THROTTLE: "refuses with 429",
    SERVER_ERROR: "fails with 500 and a page of HTML, having done nothing",
    LOST_ANSWER: "does the work, and the answer never arrives",
    HANG_AFTER_COMMIT: "does the work, and keeps the caller waiting for the answer",
    REVOKE_TOKEN: "takes back all tokens and keys; connect again, or reset the sandbox",
    SLOT_TAKEN: "gives the first free slot to somebody else right after listing it",
}


@dataclass(frozen=True, slots=True)
class Fault:
    id: int
    app: str
    kind: str
    match: str
    remaining: int
    seconds: float
    account: str

    def hits(self, line: str, account: str) -> bool:
        """`line` is "METHOD /path"."""
        return self.match in line and self.account in ("", account)


def add(tx: Tx, kind: str, *, match: str, count: int, seconds: float, account: str) -> None:
    if kind not in KINDS:
        raise WrongUse(did_you_mean(kind, list(KINDS), "fault"))
    if count < 1 or seconds < 0:
        raise WrongUse("A fault needs a count of at least 1, and its seconds cannot be negative.")
    query = "INSERT INTO faults (app, kind, match, remaining, seconds, account) VALUES (?, ?, ?, ?, ?, ?)"
    tx.connection.execute(query, (tx.app, kind, match, count, seconds, account))


def pending(tx: Tx, app: str | None = None) -> list[Fault]:
    """Faults with uses left, in the order they were set; of one app, or of all."""
    query = (
        "SELECT id, app, kind, match, remaining, seconds, account FROM faults WHERE remaining > 0 ORDER BY id"
    )
    return [fault for fault in _faults(tx, query) if app in (None, fault.app)]


def take(tx: Tx, line: str, account: str, kinds: tuple[str, ...]) -> Fault | None:
    """Spend one use of the first fault of these kinds that hits this request."""
    for fault in pending(tx, tx.app):
        if fault.kind in kinds and fault.hits(line, account):
            tx.connection.execute("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (fault.id,))
            return fault
    return None


def clear(tx: Tx) -> None:
    tx.connection.execute("DELETE FROM faults")


def _faults(tx: Tx, query: str, values: tuple[Any, ...] = ()) -> list[Fault]:
    return [Fault(*row) for row in tx.connection.execute(query, values)]
