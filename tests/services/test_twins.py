"""A key is rotated without a gap: the new one and the old one, each in its turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.engine.errors import CredentialRefused, WrongUse
from integrations.models import Connection, ConnectionState, Credential, Team
from integrations.services import connect, direct, key_ages, rotation, twins, verification
from integrations.services.clients import sandbox
from tests.hub import connected

pytestmark = pytest.mark.django_db

KEY = "private_integration_token"


@pytest.fixture
def office() -> Connection:
    return connected(Team.objects.create(name="Acme"), "ghl", "Office")


def now() -> datetime:
    return datetime.now(UTC)


def present() -> str:
    """The token as the simulated app has it now."""
    return sandbox().apps()["ghl"].credentials()[KEY]


def rotated(office: Connection) -> str:
    """Rotated at the vendor, to be expired later, and entered here; the old one."""
    old = present()
    sandbox().act("ghl", "rotate_private_token", {})
    assert twins.begin(office, present(), now()).ok
    return old


def in_use() -> str:
    return Credential.objects.get(standby=False).value


def works(office: Connection) -> bool:
    return bool(direct.read(office, "calendars.list", {}, purpose="test").value)


def test_the_new_key_is_used_and_the_old_one_stands_by(office: Connection) -> None:
    old = rotated(office)
    assert in_use() == present() != old
    twin = Credential.objects.get(standby=True)
    assert twin.value == old
    assert twin.until is not None and timedelta(days=6) < twin.until - now() < timedelta(days=8)
    assert works(office)


@pytest.mark.parametrize(
    ("typed", "error", "says"),
    [
        ("pit-wrong", CredentialRefused, "does not accept the token"),
        ("  ", WrongUse, "Enter the new key"),
        (None, WrongUse, "This is the key in use"),
    ],
)
def test_a_key_that_does_not_work_is_not_stored(
    office: Connection, typed: str | None, error: type[Exception], says: str
) -> None:
    before = in_use()
    with pytest.raises(error, match=says):
        twins.begin(office, before if typed is None else typed, now())
    assert (in_use(), Credential.objects.count()) == (before, 1)
    assert works(office)


def test_an_app_that_refuses_the_new_key_is_asked_with_the_old_one(office: Connection) -> None:
    """The rotation was cancelled at the vendor."""
    old = rotated(office)
    sandbox().act("ghl", "cancel_rotation", {})
    assert works(office)
    assert in_use() == old
    office.refresh_from_db()
    assert office.state == ConnectionState.CONNECTED


def test_when_the_old_key_ends_the_new_one_goes_on(office: Connection) -> None:
    rotated(office)
    sandbox().store.move_clock(8 * 86_400)
    assert works(office)


def test_when_both_are_refused_the_connection_stops_and_asks_once_with_each(office: Connection) -> None:
    rotated(office)
    sandbox().set_fault("ghl", "revoke_token", match="GET /calendars/")
    asked = len(sandbox().requests("ghl", "GET", "/calendars/"))
    with pytest.raises(CredentialRefused):
        works(office)
    assert len(sandbox().requests("ghl", "GET", "/calendars/")) - asked == 2
    office.refresh_from_db()
    assert office.state == ConnectionState.NEEDS_RECONNECT


def test_verifying_tries_both(office: Connection) -> None:
    old = rotated(office)
    sandbox().act("ghl", "cancel_rotation", {})
    assert verification.verify(office).ok
    assert in_use() == old


def test_a_rotation_that_is_cancelled_goes_back_to_the_old_key_when_that_works(office: Connection) -> None:
    old = rotated(office)
    sandbox().act("ghl", "cancel_rotation", {})
    assert twins.cancel(office).ok
    assert (in_use(), Credential.objects.count()) == (old, 1)


def test_a_rotation_is_not_cancelled_towards_a_key_that_has_ended(office: Connection) -> None:
    rotated(office)
    sandbox().store.move_clock(8 * 86_400)
    before = in_use()
    with pytest.raises(CredentialRefused):
        twins.cancel(office)
    assert (in_use(), Credential.objects.count()) == (before, 2)


def test_the_old_key_is_forgotten_when_somebody_says_so_or_its_days_are_over(office: Connection) -> None:
    rotated(office)
    twins.finish(office)
    assert not Credential.objects.filter(standby=True).exists()
    with pytest.raises(WrongUse, match="No second key of Office stands by"):
        twins.finish(office)
    rotated(office)
    assert twins.forget_ended(now() + timedelta(days=6)) == 0
    assert twins.forget_ended(now() + timedelta(days=8)) == 1


def test_replacing_a_key_at_once_leaves_no_second_one(office: Connection) -> None:
    rotated(office)
    sandbox().act("ghl", "new_private_token", {})
    connect.replace_secrets(office, {KEY: present()})
    assert Credential.objects.count() == 1
    assert works(office)


@pytest.mark.parametrize(("days", "due"), [(0, False), (82, False), (84, True), (120, True)])
def test_an_old_key_is_reminded_of(office: Connection, days: int, due: bool) -> None:
    Credential.objects.update(entered_at=now() - timedelta(days=days))
    age = key_ages.age_of(office, now())
    assert age is not None
    assert (age.days, age.due) == (days, due)
    assert [one.connection for one in key_ages.due(office.team, now())] == ([office] if due else [])


def test_a_key_that_needs_no_rotating_has_no_age(office: Connection) -> None:
    other = connected(office.team, "accredible", "Certificates")
    assert key_ages.age_of(other, now()) is None
    with pytest.raises(WrongUse, match="Certificates has no key that is rotated; replace it instead"):
        twins.begin(other, "new", now())


def test_both_keys_are_written_anew_under_a_new_encryption_key(office: Connection) -> None:
    rotated(office)
    assert rotation.rotate() == 2
    assert works(office)
