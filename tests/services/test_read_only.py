"""A read-only connection never writes, whoever asks; reading, and getting a token or a key, goes on."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.errors import HubError, StopRun, WrongUse
from integrations.engine.request import prepare
from integrations.engine.spec import Kind
from integrations.models import AuditEntry, Connection, Effect, Run, RunState, Team, Workflow
from integrations.services import (
    config,
    connect,
    direct,
    explore,
    lifecycle,
    orders,
    planning,
    renewing,
    verification,
)
from integrations.services.accounts import account_of, connector_of
from integrations.services.config_import import import_config
from tests import madeup
from tests.hub import Hub, make_hub
from tests.services.connections import give_consent, oauth_connection, token_requests
from tests.services.test_tokens import age

pytestmark = pytest.mark.django_db

SAYS = "GHL is read-only, and “.*” writes; allow writing on the page of GHL, or leave it out"


def only_read(hub: Hub, now: bool = True) -> None:
    connect.set_read_only(Connection.objects.get(pk=hub.ghl.pk), now)


def writes(hub: Hub) -> list[Any]:
    """What changed anything at GHL. Its search by POST only reads."""
    return [
        row
        for row in hub.sandbox.requests("ghl")
        if row["method"] != "GET" and not row["path"].endswith("/search")
    ]


def test_no_operation_that_writes_can_even_be_prepared(hub: Hub) -> None:
    only_read(hub)
    hub.ghl.refresh_from_db()
    connector, account = connector_of(hub.ghl), account_of(hub.ghl)
    for operation in connector.operations.values():
        if operation.kind is not Kind.READ:
            with pytest.raises(StopRun):
                prepare(connector, operation, account, {})
    assert direct.read(hub.ghl, "calendars.list", {}, purpose="test").error is None


def test_a_run_that_would_write_fails_in_words_and_sends_nothing(hub: Hub) -> None:
    only_read(hub)
    hub.issue()
    (run,) = hub.run_all()
    assert run.state == RunState.FAILED
    assert run.reason.startswith("GHL is read-only, and “")
    assert writes(hub) == []
    assert not Effect.objects.exists()

    only_read(hub, now=False)
    hub.issue(recipient_email="bob@example.org")
    assert hub.run_all()[-1].state == RunState.SUCCEEDED


def test_a_run_under_way_stops_before_its_next_write(hub: Hub) -> None:
    """The first write was throttled; meanwhile the connection was made read-only."""
    hub.sandbox.set_fault("ghl", "throttle", match="POST /contacts/upsert")
    hub.issue()
    hub.run_all()
    made = [row for row in hub.contacts() if row["email"] == "ada@example.org"]
    only_read(hub)
    Run.objects.exclude(state=RunState.SUCCEEDED).update(due_at="2020-01-01T00:00:00Z")
    (run,) = hub.run_all()
    assert [row for row in hub.contacts() if row["email"] == "ada@example.org"] == made == []
    assert "GHL is read-only" in run.reason


def test_the_gate_says_so(hub: Hub) -> None:
    assert lifecycle.problems(hub.workflow) == []
    only_read(hub)
    found = lifecycle.problems(Workflow.objects.get(pk=hub.workflow.pk))
    assert len(found) >= 3
    for problem in found:
        assert problem.startswith("GHL is read-only, and “")
    with pytest.raises(WrongUse, match=SAYS):
        lifecycle.deploy(Workflow.objects.get(pk=hub.workflow.pk))


def test_a_role_that_is_only_read_may_be_read_only(hub: Hub) -> None:
    connect.set_read_only(hub.accredible, True)
    workflow = Workflow.objects.get(pk=hub.workflow.pk)
    assert lifecycle.problems(workflow) == []
    hub.issue()
    assert hub.run_all()[-1].state == RunState.SUCCEEDED


def test_a_dry_run_says_so_and_still_shows_what_would_be_written(hub: Hub) -> None:
    only_read(hub)
    plan = planning.plan(Workflow.objects.get(pk=hub.workflow.pk))
    assert not plan.holds
    assert planning.sentence_of(plan).startswith("It would fail: GHL is read-only, and “")
    assert plan.writes[0].operation == "contacts.upsert"
    assert all("GHL is read-only" in write.note for write in plan.writes)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("contacts.upsert", {"email": "ada@example.org"}),
        ("ensure_reminder", {"calendarId": "any", "timeOffset": "1"}),
    ],
)
def test_a_call_by_hand_is_refused_before_anything_is_stored(
    hub: Hub, name: str, texts: dict[str, str]
) -> None:
    only_read(hub)
    connection = Connection.objects.get(pk=hub.ghl.pk)
    order = orders.order(connection, name, texts)
    with pytest.raises(HubError, match=SAYS):
        explore.start(order, None)
    assert not Run.objects.exists()
    assert writes(hub) == []


def test_its_token_is_refreshed_all_the_same(plenty: None) -> None:
    connection = oauth_connection(Team.objects.create(name="Acme"), read_only=True)
    assert give_consent(connection).ok
    before = token_requests()
    age(connection)
    assert direct.read(connection, "calendars.list", {}, purpose="test").error is None
    assert token_requests() == before + 1


def test_its_key_is_renewed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    madeup.settle(monkeypatch)
    connection = madeup.add(Team.objects.create(name="Acme"))
    connect.set_read_only(connection, True)
    assert renewing.renew(connection, connection.created_at).ok
    assert verification.verify(connection).ok


def test_who_switched_it_is_remembered_once(hub: Hub) -> None:
    assert connect.set_read_only(hub.ghl, True)
    assert not connect.set_read_only(hub.ghl, True)
    assert connect.set_read_only(hub.ghl, False)
    actions = AuditEntry.objects.filter(action__startswith="connection.writing").values_list(
        "action", flat=True
    )
    assert sorted(actions) == ["connection.writing_allowed", "connection.writing_forbidden"]


def test_it_is_exported_and_imported() -> None:
    hub = make_hub(deploy=False)
    only_read(hub)
    exported = config.export()
    entries = {entry["name"]: entry for entry in exported["teams"][0]["connections"]}
    assert entries["GHL"]["read_only"] is True
    assert "read_only" not in entries["Accredible"]
    assert not import_config(exported).changed

    only_read(hub, now=False)
    assert import_config(exported).changed == ["connection “GHL”"]
    assert Connection.objects.get(name="GHL").read_only

    del entries["GHL"]["read_only"]
    assert not import_config(exported).changed  # the file says nothing of it
    assert Connection.objects.get(name="GHL").read_only

    entries["GHL"]["read_only"] = False
    assert import_config(exported).changed == ["connection “GHL”"]
    assert not Connection.objects.get(name="GHL").read_only

    entries["GHL"]["read_only"] = "yes"
    with pytest.raises(WrongUse, match="must be true or false"):
        import_config(exported)
