"""A hub in the browser: its own sandbox, its addresses those of the live server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django.live_server_helper import LiveServer

from integrations.services import clients


@pytest.fixture
def site(live_server: LiveServer, tmp_path: Path, settings: Any, transactional_db: None) -> str:
    """The hub's address."""
    settings.HUB_BASE_URL = live_server.url
    settings.HUB_SANDBOX_FILE = tmp_path / "sandbox.sqlite3"
    clients.forget()
    cache.clear()
    return str(live_server.url)
