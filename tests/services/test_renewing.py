"""A key that ends by its age, and the app's own call that makes the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from integrations.engine.errors import CredentialRefused, StopRun, Unreachable, WrongTenant, WrongUse
from integrations.models import ApiCall, AuditEntry, Connection, ConnectionState, Credential, Team
from integrations.services import (
    clients,
    config_import,
    connect,
    direct,
    key_ages,
    renewing,
    twins,
    verification,
)
from tests import madeup
from tests.madeup import Site, add

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    return madeup.settle(monkeypatch)


@pytest.fixture
def connection(site: Site) -> Connection:
    made = add(Team.objects.create(name="Acme"))
    assert verification.verify(made).ok
    return made


def now() -> datetime:
    return datetime.now(UTC)


def keys() -> dict[bool, str]:
    """The values by whether they stand by."""
    return {row.standby: row.value for row in Credential.objects.all()}


@pytest.mark.parametrize(
    ("days", "due", "urgent", "says"),
    [
        (0, False, False, "ends in 180 days"),
        (149, False, False, "ends in 31 days"),
        (151, True, False, "ends in 29 days"),
        (174, True, True, "ends in 6 days"),
        (179, True, True, "ends tomorrow"),
        (181, True, True, "and ended on"),
    ],
)
def test_a_key_that_ends_is_reminded_of_before_it_does(
    connection: Connection, days: int, due: bool, urgent: bool, says: str
) -> None:
    Credential.objects.update(entered_at=now() - timedelta(days=days))
    age = key_ages.age_of(connection, now())
    assert age is not None
    assert (age.days, age.due, age.urgent) == (days, due, urgent)
    assert says in age.when
    assert ("Press" in age.advice) is (days < 181)
    assert [one.connection for one in key_ages.due(connection.team, now())] == ([connection] if due else [])


def test_without_a_call_that_makes_one_a_person_has_to(monkeypatch: pytest.MonkeyPatch) -> None:
    madeup.settle(monkeypatch, madeup.with_auth(renewal=None))
    connection = add(Team.objects.create(name="Acme"))
    age = key_ages.age_of(connection, now())
    assert age is not None
    assert age.advice == "Make a new one at Made-up and enter it under “Replace the key”."
    with pytest.raises(WrongUse, match="Site has no key that the hub can renew"):
        renewing.renew(connection, now())


def test_the_new_key_is_stored_tried_and_alone(site: Site, connection: Connection) -> None:
    Credential.objects.update(entered_at=now() - timedelta(days=170))
    renewed = renewing.renew(connection, now())
    assert renewed == verification.Verified(True, "The key is renewed. Connected as Ada.")
    assert keys() == {False: "second-key"}
    assert site.writes() == ["POST /keys/renew"]
    assert site.asked[-1].headers["authorization"] == "Bearer second-key"
    age = key_ages.age_of(connection, now())
    assert age is not None and age.days == 0
    assert AuditEntry.objects.filter(action="connection.key_renewed").count() == 1


def test_no_key_old_or_new_is_written_down(site: Site, connection: Connection) -> None:
    site.renewed = {"token": "second-key", "note": "it is second-key"}
    renewing.renew(connection, now())
    call = ApiCall.objects.get(purpose="renew the key")
    assert call.response_body == "[hidden]"
    for row in ApiCall.objects.all():
        assert "second-key" not in str(vars(row)) and "first-key" not in str(vars(row))


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        ({"data": {}}, 201, "Made-up answered without a new key. The old key is kept; verify Site"),
        ([], 200, "Made-up answered without a new key. The old key is kept; verify Site"),
        ({"message": "no"}, 422, "Made-up said no. The old key is kept."),
    ],
)
def test_without_a_new_key_in_the_answer_the_old_one_is_kept(
    site: Site, connection: Connection, answer: Any, status: int, says: str
) -> None:
    site.renewed, site.status = answer, status
    with pytest.raises(StopRun, match=says):
        renewing.renew(connection, now())
    assert keys() == {False: "first-key"}
    assert Credential.objects.get().until is None
    assert ApiCall.objects.filter(purpose="renew the key").count() == 1
    assert verification.verify(connection).ok


def test_only_one_renews_at_a_time(
    site: Site, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def meanwhile(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/keys/renew":
            with pytest.raises(WrongUse) as refused:
                renewing.renew(connection, now())
            said.append(str(refused.value))
        return site(request)

    monkeypatch.setattr(
        clients, "http_client", lambda *a: httpx.Client(transport=httpx.MockTransport(meanwhile))
    )
    clients.forget()
    assert renewing.renew(connection, now()).ok
    assert said == ["The key of Site is being renewed already; look again in a minute."]
    assert site.writes() == ["POST /keys/renew"]


def test_who_died_over_it_keeps_nobody_from_it_for_long(site: Site, connection: Connection) -> None:
    Credential.objects.update(until=now() + timedelta(minutes=1))
    with pytest.raises(WrongUse, match="renewed already"):
        renewing.renew(connection, now())
    assert renewing.renew(connection, now() + timedelta(minutes=2)).ok


def test_the_old_key_stands_by_until_the_new_one_has_been_tried(site: Site, connection: Connection) -> None:
    stumbled = verification.say

    def out_of_reach(reach: Any) -> str:
        assert keys() == {False: "second-key", True: "first-key"}
        raise Unreachable("Made-up could not be reached.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification, "say", out_of_reach)
        renewed = renewing.renew(connection, now())
    assert verification.say is stumbled
    assert not renewed.ok
    assert "stored and in use, but could not be tried yet" in renewed.sentence
    assert keys() == {False: "second-key", True: "first-key"}
    twins.finish(connection)
    assert keys() == {False: "second-key"}


def test_a_new_key_that_the_app_refuses_gives_way_to_the_old_one(site: Site, connection: Connection) -> None:
    site.renewed = {"token": "never-taken"}

    def refusing(request: httpx.Request) -> httpx.Response:
        answer = site(request)
        site.keys = {"first-key"}
        return answer

    clients.transport_of(connection).client = httpx.Client(transport=httpx.MockTransport(refusing))
    renewed = renewing.renew(connection, now())
    assert not renewed.ok
    assert "refuses it; the old one is used" in renewed.sentence
    assert keys() == {False: "first-key", True: "never-taken"}
    connection.refresh_from_db()
    assert connection.state == ConnectionState.CONNECTED
    assert direct.read(connection, "me.get", {}, purpose="test").error is None


def test_when_neither_is_taken_the_connection_says_so(site: Site, connection: Connection) -> None:
    def ending(request: httpx.Request) -> httpx.Response:
        answer = site(request)
        if request.method == "POST":
            site.keys = set()
        return answer

    clients.transport_of(connection).client = httpx.Client(transport=httpx.MockTransport(ending))
    renewed = renewing.renew(connection, now())
    assert not renewed.ok
    assert "neither the new key nor the old one" in renewed.sentence
    connection.refresh_from_db()
    assert connection.state == ConnectionState.NEEDS_RECONNECT


# --- replaced by hand, or by a file ---------------------------------------------------------------


def test_a_replaced_key_is_tried_before_the_old_one_is_dropped(site: Site, connection: Connection) -> None:
    with pytest.raises(CredentialRefused):
        connect.replace_secrets(connection, {"key": "wrong-key"})
    assert keys() == {False: "first-key"}
    site.keys = {"third-key"}
    assert connect.replace_secrets(connection, {"key": "third-key"}).ok
    assert keys() == {False: "third-key"}


def imported(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SECRET_MADEUP", key)
    entry = {
        "name": "Site",
        "app": "madeup",
        "environment": "production",
        "auth": "key",
        "secrets": {"key": "env:HUB_SECRET_MADEUP"},
    }
    config_import.import_config({"teams": [{"name": "Acme", "connections": [entry]}]})


def test_a_key_from_a_file_has_the_old_one_standing_by(
    site: Site, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported("wrong-key", monkeypatch)
    assert keys() == {False: "wrong-key", True: "first-key"}
    assert verification.verify(connection).ok
    assert keys()[False] == "first-key"


def test_a_key_of_another_account_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    whose = replace(
        madeup.CONNECTOR,
        account_setting="who",
        verify=replace(madeup.CONNECTOR.verify, learn=lambda answer: {"who": answer["name"]}),
    )
    madeup.settle(monkeypatch, whose)
    connection = add(Team.objects.create(name="Acme"))
    assert verification.verify(connection).ok
    connection.settings = {**connection.settings, "who": "Grace"}
    connection.save()
    with pytest.raises(WrongTenant, match=r"another account of Made-up \(Ada\); Site is Grace"):
        connect.replace_secrets(connection, {"key": "first-key"})
    connection.refresh_from_db()
    assert connection.account == "Grace"
