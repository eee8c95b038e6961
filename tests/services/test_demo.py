"""The demo: one certificate, one appointment, however often it is run, and no secret anywhere."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as hub_settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection

from integrations.models import ApiCall, Credential, Run, Workflow
from integrations.services.clients import sandbox
from integrations.services.drill import gate
from integrations.services.drill.driver import Report

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drill that passes at once; that the demo comes through a real one, the first test shows."""

    def drilled(workflow: Workflow, *, progress: Any, **more: Any) -> Report:
        return Report(trials=[{"lost": 0, "doubled": 0, "stuck": 0}])

    monkeypatch.setattr(gate, "drilled", drilled)


def demo() -> str:
    out = io.StringIO()
    call_command("demo", "--once", stdout=out)
    return out.getvalue()


def value(text: str, name: str) -> str:
    found = re.search(rf"^  {name} +(\S+)$", text, re.MULTILINE)
    assert found, text
    return found[1]


def appointments_of(contact: str) -> list[dict[str, Any]]:
    return [row for row in sandbox().dump()["ghl"]["appointments"] if row["contactId"] == contact]


def test_a_second_demo_finds_everything_there_and_books_nothing() -> None:
    first, second = demo(), demo()

    contact, appointment = value(first, "contact"), value(first, "appointment")
    assert "Booked:" in first
    assert "Already booked; nothing was doubled:" in second
    assert (value(second, "contact"), value(second, "appointment")) == (contact, appointment)
    assert [row["id"] for row in appointments_of(contact)] == [appointment]
    certificates = sandbox().dump()["accredible"]["certificates"]
    assert sum(row["recipient_email"] == "ada@example.org" for row in certificates) == 1
    assert Workflow.objects.count() == 1


@pytest.mark.usefixtures("quick")
def test_it_says_when_the_appointment_is_with_an_offset_and_where_its_run_is() -> None:
    text = demo()

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", value(text, "start"))
    run = Run.objects.get(mode="live")
    assert value(text, "run") == f"{hub_settings.HUB_BASE_URL}/runs/{run.pk}/"
    assert int(value(text, "API calls")) == run.calls.count() > 0


@pytest.mark.usefixtures("quick")
def test_its_time_is_counted_from_when_make_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DEMO_STARTED", str(int(time.time()) - 1000))

    assert re.search(r"It took 10\d\d\.\d s\.", demo())


@pytest.mark.usefixtures("quick")
def test_each_demo_has_a_new_sign_in_and_the_old_one_ends() -> None:
    first, second = (re.search(r"as demo with (\S+)", demo()) for _ in range(2))

    assert first
    assert second
    user = get_user_model().objects.get(username="demo")
    assert user.check_password(second[1])
    assert not user.check_password(first[1])


def test_a_user_called_demo_who_was_there_is_left_alone() -> None:
    get_user_model().objects.create_user("demo", password="own-password")

    with pytest.raises(CommandError, match="There is a user “demo” whom the demo did not make"):
        demo()

    assert get_user_model().objects.get(username="demo").check_password("own-password")


@pytest.mark.usefixtures("quick")
def test_when_the_database_is_lost_and_the_sandbox_is_not_the_certificate_still_gets_its_appointment(
    transactional_db: None,
) -> None:
    demo()
    Workflow.objects.update(live=None)
    Run.objects.all().delete()
    for model in (ApiCall, Workflow):
        model.objects.all().delete()

    assert "Booked:" in demo()


@pytest.mark.usefixtures("quick")
def test_neither_database_nor_output_nor_logs_hold_a_secret_in_clear(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    caplog.set_level("DEBUG")
    printed = demo()
    known = [
        text
        for app in sandbox().apps().values()
        for key, text in app.credentials().items()
        if not key.endswith(("_id", "username"))
    ]
    secrets = [*known, *hub_settings.HUB_ENCRYPTION_KEYS, hub_settings.SECRET_KEY]
    assert len(known) >= 3
    assert {row.value for row in Credential.objects.all()} <= set(known)

    captured = capfd.readouterr()
    said = "\n".join([printed, captured.out, captured.err, caplog.text])
    foreign = b"".join(
        path.read_bytes() for path in hub_settings.HUB_SANDBOX_FILE.parent.glob("sandbox.sqlite3*[!y]")
    )
    for secret in secrets:
        assert secret not in said
        assert secret not in stored()
        assert secret.encode() not in foreign
    sign_in = re.search(r"as demo with (\S+)", printed)
    assert sign_in
    assert sign_in[1] not in stored()


def stored() -> str:
    """Every row of every table, as the database has it."""
    with connection.cursor() as cursor:
        texts = []
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            texts += [repr(row) for row in cursor.fetchall()]
    return "\n".join(texts)


@pytest.mark.usefixtures("quick")
def test_the_search_for_secrets_would_find_one() -> None:
    demo()

    assert "demo@example.org" in stored()
    assert "Certificate to appointment" in stored()
