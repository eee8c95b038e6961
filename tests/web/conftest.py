"""A hub with people in it: Ada operates, Vera looks, Otto operates another team."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from integrations.models import Membership, Team
from integrations.services import clients
from tests.hub import Hub, make_hub


@pytest.fixture(autouse=True)
def own_sandbox(tmp_path: Path, settings: Any) -> None:
    settings.HUB_SANDBOX_FILE = tmp_path / "sandbox.sqlite3"
    clients.forget()


@pytest.fixture
def hub(db: None) -> Hub:
    cache.clear()
    return make_hub()


def member(name: str, team: Team, role: str) -> Client:
    user = User.objects.create_user(name, f"{name}@example.com", "correct horse battery")
    Membership.objects.create(team=team, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ada(hub: Hub) -> Client:
    return member("ada", hub.team, "operator")


@pytest.fixture
def vera(hub: Hub) -> Client:
    return member("vera", hub.team, "viewer")


@pytest.fixture
def otto(hub: Hub) -> Client:
    return member("otto", Team.objects.create(name="Elsewhere"), "operator")
