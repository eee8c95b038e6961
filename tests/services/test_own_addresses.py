"""An app whose address is the account's own: typed by the operator, checked, and used."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from integrations.engine.errors import WrongUse
from integrations.models import Connection, Team
from integrations.services import config_import, connect, picklists, verification
from integrations.services.accounts import account_of
from tests import madeup
from tests.madeup import Site, add

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    cache.clear()
    return madeup.settle(monkeypatch)


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Acme")


def test_calls_go_to_the_accounts_own_address(site: Site, team: Team) -> None:
    connection = add(team, site="https://site.example/wp-admin/index.php")
    assert verification.verify(connection).ok
    assert site.lines() == ["GET https://site.example/me"]


def test_in_the_sandbox_the_connectors_first_host_stands_for_it(site: Site, team: Team) -> None:
    connection = add(team, environment="sandbox", site="")
    assert account_of(connection).base_url == "https://sandbox.made.example"
    assert "site" not in [field.key for field in connect.open_fields(connection)]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"site": ""}, "Made-up needs the site's address; fill it in."),
    ({"site": "my site"}, "Write the site's address, such as https://site.example."),
    ({"site": "site.example"}, "Write the address in full"),
    ({"site": "http://site.example"}, "must begin with https://"),
    ({"site": "https://inside.example"}, "inside a private network"),
    ({"site": "https://127.0.0.1"}, "There is no host 127.0.0.1|inside a private network"),
    ({"site": "https://nowhere.example"}, "There is no host nowhere.example"),
    ({"site": "https://me:pw@site.example"}, "user name or password"),
    ({"things_path": "https://elsewhere.example/things"}, "leave the host out"),
    ({"things_path": "/../admin"}, "cannot hold"),
    ({"hooks": {"grow": "https://inside.example/run?a=1"}}, "addresses of operations: .*private network"),
    ({"hooks": {"grow": "ftp://site.example"}}, "addresses of operations: Write the address in full"),
]


@pytest.mark.parametrize(("given", "says"), BAD)
def test_an_address_that_may_not_be_called_is_not_saved(
    site: Site, team: Team, given: dict[str, Any], says: str
) -> None:
    with pytest.raises(WrongUse, match=says):
        add(team, **given)
    assert not Connection.objects.exists()


@pytest.mark.parametrize(("given", "says"), BAD)
def test_nor_is_it_when_it_is_changed(site: Site, team: Team, given: dict[str, Any], says: str) -> None:
    connection = add(team)
    with pytest.raises(WrongUse, match=says):
        connect.change_settings(connection, given)
    connection.refresh_from_db()
    assert connection.settings == {"site": "https://site.example"}


def imported(**changes: Any) -> Any:
    entry = {
        "name": "Site",
        "app": "madeup",
        "environment": "production",
        "auth": "key",
        "settings": {"site": "https://site.example"},
        "secrets": {"key": "env:HUB_SECRET_MADEUP"},
        **changes,
    }
    return {"teams": [{"name": "Acme", "connections": [entry]}]}


@pytest.mark.parametrize(("given", "says"), BAD[1:])
def test_nor_is_it_when_it_is_imported(
    site: Site, monkeypatch: pytest.MonkeyPatch, team: Team, given: dict[str, Any], says: str
) -> None:
    monkeypatch.setenv("HUB_SECRET_MADEUP", "first-key")
    config_import.import_config(imported())
    assert not config_import.import_config(imported()).changed
    with pytest.raises(WrongUse, match=says):
        config_import.import_config(imported(settings={"site": "https://site.example", **given}))


def test_a_host_that_the_hubs_operator_named_may_be_private(site: Site, team: Team, settings: Any) -> None:
    settings.HUB_ALLOWED_PRIVATE_HOSTS = ["inside.example"]
    assert verification.verify(add(team, site="http://inside.example")).ok
    assert site.lines() == ["GET http://inside.example/me"]


@pytest.mark.parametrize("saved", ["http://site.example", "https://10.0.0.1", "my site", ""])
def test_what_an_older_hub_saved_is_not_called(site: Site, team: Team, saved: str) -> None:
    connection = add(team)
    Connection.objects.update(settings={"site": saved})
    connection.refresh_from_db()
    verified = verification.verify(connection)
    assert not verified.ok and "Site" in verified.sentence
    assert site.asked == []


def test_a_list_to_pick_from_is_read_page_after_page_and_remembered(site: Site, team: Team) -> None:
    connection = add(team, things_path="v2/things")
    assert picklists.picks(connection, "things") == [(str(n), f"Thing {n}") for n in (1, 2, 3)]
    assert len(picklists.picks(connection, "things")) == 3
    assert site.lines() == [f"GET https://site.example/v2/things?page={n}" for n in (1, 2, 3)]


def test_a_list_without_end_is_not_read_without_end(
    site: Site, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picklists, "MOST_CALLS", 4)
    site.pages = 10**6
    assert len(picklists.picks(add(team), "things")) == 4
