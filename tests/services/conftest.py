"""Service tests have a sandbox of their own each, and a fresh hub on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from integrations.services import budgets, clients
from tests.hub import Hub, make_hub


@pytest.fixture(autouse=True)
def own_sandbox(tmp_path: Path, settings: Any) -> None:
    settings.HUB_SANDBOX_FILE = tmp_path / "sandbox.sqlite3"
    clients.forget()


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quota without end, for tests of other things: they need not wait for it."""
    monkeypatch.setattr(budgets, "reserve", lambda state, limits, now, wanted, lane: (wanted, state, now))


@pytest.fixture
def hub(db: None) -> Hub:
    return make_hub()
