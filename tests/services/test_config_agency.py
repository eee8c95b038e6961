"""An agency and what stands under it, written out and made again elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.models import Connection, ConnectionState, OAuthToken, SubAccount, Team
from integrations.services import installing, sub_accounts
from integrations.services.config import export
from integrations.services.config_import import import_config
from tests.hub import connected
from tests.services.connections import agency_connection, give_consent, location

pytestmark = pytest.mark.django_db


@pytest.fixture
def document() -> dict[str, Any]:
    """An agency named so that its location comes before it in the alphabet."""
    agency = agency_connection(Team.objects.create(name="Acme"), "The agency")
    sub_accounts.look(agency)
    sub_accounts.choose(agency, [location()])
    installing.work()
    return export()


def entry(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in document["teams"][0]["connections"] if row["name"] == name)


def test_what_stands_under_an_agency_says_so_and_comes_after_it(document: dict[str, Any]) -> None:
    names = [row["name"] for row in document["teams"][0]["connections"]]
    assert names == ["The agency", "Harbour Academy New York"]
    office = entry(document, "Harbour Academy New York")
    assert office["under"] == "The agency"
    assert office["settings"]["location_id"] == location()
    assert "under" not in entry(document, "The agency")


def test_it_is_made_again_and_works_after_the_agencys_sign_in(document: dict[str, Any]) -> None:
    Team.objects.all().delete()
    import_config(document)
    office = Connection.objects.get(name="Harbour Academy New York")
    agency = Connection.objects.get(name="The agency")
    assert (office.parent, office.account, agency.account) == (agency, location(), location("company_id"))
    assert not OAuthToken.objects.exists()

    assert give_consent(agency, location_id=location("company_id")).ok
    assert installing.work() == 1

    office.refresh_from_db()
    assert office.state == ConnectionState.CONNECTED
    assert SubAccount.objects.get().connection == office
    assert export() == document


def test_importing_again_changes_nothing(document: dict[str, Any]) -> None:
    imported = import_config(document)
    assert (imported.made, imported.changed) == ([], [])


@pytest.mark.parametrize(
    ("under", "says"),
    [
        ("Nobody", "There is no connection of team “Acme” “Nobody”"),
        ("By key", "“By key” gives no tokens to others"),
    ],
)
def test_an_agency_that_is_none_is_refused_in_words(document: dict[str, Any], under: str, says: str) -> None:
    connected(Team.objects.get(), "ghl", "By key")
    entry(document, "Harbour Academy New York")["under"] = under
    with pytest.raises(WrongUse) as told:
        import_config(document)
    assert says in told.value.sentence


def test_an_account_is_known_however_its_settings_came(document: dict[str, Any]) -> None:
    """By a typed setting, by a grant, by an exchange, by an import: one place fills it in."""
    by_key = connected(Team.objects.get(), "ghl", "By key")
    assert by_key.account == location()
    by_key.settings = {**by_key.settings, "location_id": "another"}
    by_key.save(update_fields=["settings"])
    by_key.refresh_from_db()
    assert by_key.account == "another"
