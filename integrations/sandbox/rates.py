"""Calls counted in a rolling window, to the millisecond."""

from __future__ import annotations

from integrations.sandbox.transaction import Tx


def spent(tx: Tx, budget: str, window_s: float) -> int:
    """Calls of a budget in the last `window_s` seconds."""
    return tx.total(_name(tx, budget, window_s, back=True), _name(tx, budget, window_s))


def spend(tx: Tx, budget: str, window_s: float) -> None:
    tx.next_number(_name(tx, budget, window_s))
    tx.drop_counters(f"calls:{budget}:{window_s:g}:", _name(tx, budget, window_s, back=True))


def _name(tx: Tx, budget: str, window_s: float, *, back: bool = False) -> str:
    moment_ms = int((tx.now.timestamp() - (window_s if back else 0)) * 1000)
    return f"calls:{budget}:{window_s:g}:{moment_ms:015d}"
