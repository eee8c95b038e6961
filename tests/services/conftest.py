"""Service tests have a sandbox of their own each, and a fresh hub on it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.engine.quota import Lane, Reserved, State, Ticket
from integrations.services import budgets, clients
from tests.hub import Hub, make_hub


@pytest.fixture(autouse=True)
def own_sandbox(tmp_path: Path, settings: Any) -> None:
    settings.HUB_SANDBOX_FILE = tmp_path / "sandbox.sqlite3"
    clients.forget()


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quota without end, for tests of other things: they need not wait for it."""

    def all_of_them(
        state: State, limits: object, now: datetime, wanted: int, lane: Lane, **more: float
    ) -> Reserved:
        ticket = Ticket(starts_at=now, places=(), lane=lane)
        return Reserved(tickets=(ticket,) * wanted, state=state, ready_at=now)

    monkeypatch.setattr(budgets, "reserve", all_of_them)


@pytest.fixture
def hub(db: None) -> Hub:
    return make_hub()
