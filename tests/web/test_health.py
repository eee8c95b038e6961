"""Is the hub fit for work?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from integrations.models import Heartbeat
from integrations.services import overview

pytestmark = pytest.mark.django_db

AGES = [(timedelta(seconds=1), 200, "ready"), (timedelta(hours=1), 503, "No worker has been heard of lately")]


@pytest.mark.parametrize(("age", "status", "sentence"), AGES)
def test_a_hub_is_ready_while_a_worker_answers(
    client: Client, age: timedelta, status: int, sentence: str
) -> None:
    Heartbeat.objects.create(name="cluster:1", at=datetime.now(UTC) - age)

    answer = client.get("/readyz")

    assert answer.status_code == status
    assert sentence in answer.content.decode()


def test_a_hub_that_never_had_a_worker_is_not_ready(client: Client) -> None:
    assert client.get("/readyz").status_code == 503


def test_a_hub_without_its_database_is_not_ready(client: Client, monkeypatch: Any) -> None:
    def broken() -> bool:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(overview, "cluster_answers", broken)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.content.decode() == "The database does not answer.\n"
