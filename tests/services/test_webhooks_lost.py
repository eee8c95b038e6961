"""The promise as a whole: whatever becomes of webhooks on the way, the target holds what the source holds."""

from __future__ import annotations

import random

import pytest

from integrations.models import Effect, Event, Notice, Run, Tally
from integrations.services import sweeps
from integrations.services.drain import drain_once
from tests.services.telling import COPY, Pair, documents, listening, pair

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plenty")]

CHANGES = 500
PEOPLE = 60
SEED = 20261121


@pytest.fixture
def two(transactional_db: None) -> Pair:
    found = pair()
    for setting in ("burst_limit", "daily_limit"):
        found.sandbox.set_setting("ghl", setting, 1_000_000)
    return found


def with_trouble(two: Pair) -> None:
    """20 % dropped, 10 % doubled, and all of them in any order."""
    two.sandbox.set_setting("ghl", "chance_seed", SEED)
    many = {"count": 100_000, "account": two.source.account}
    two.sandbox.set_fault("ghl", "webhook_dropped", percent=20, **many)
    two.sandbox.set_fault("ghl", "webhook_doubled", percent=10, **many)
    two.sandbox.set_fault("ghl", "webhook_shuffled", seconds=600, **many)


def change_contacts(two: Pair, chance: random.Random, known: list[str], times: int) -> None:
    """Made, renamed, tagged; nobody is deleted, so that the target can be compared with the source."""
    for _ in range(times):
        if len(known) < PEOPLE and (not known or chance.random() < 0.3):
            known.append(two.create(f"Person{len(known)}", lastName="New"))
        elif chance.random() < 0.5:
            two.change(chance.choice(known), lastName=f"Name{chance.randrange(10**9)}")
        else:
            contact, tag = chance.choice(known), f"tag{chance.randrange(10**9)}"
            two.at_source("POST", f"/contacts/{contact}/tags", tags=[tag])


def shape(rows: list[dict[str, object]]) -> dict[object, object]:
    return {
        row["email"]: (row["firstName"], row.get("lastName"), sorted(row["tags"]))  # type: ignore[call-overload]
        for row in rows
    }


def test_the_target_holds_the_final_state_though_webhooks_are_lost_doubled_and_out_of_order(
    two: Pair,
) -> None:
    workflow = listening(two, "contacts.changed", COPY)
    with_trouble(two)
    chance, known = random.Random(SEED), list[str]()
    for _ in range(5):
        change_contacts(two, chance, known, CHANGES // 5)
        two.hear()
        drain_once(for_s=60)
    changes = [row for row in documents("changes") if row["location_id"] == two.source.account]
    dropped = CHANGES - Notice.objects.filter(connection=two.source, type__startswith="Contact").count()
    assert sum(row["event"].startswith("Contact") for row in changes) == CHANGES
    assert 60 < dropped < 140
    before = set(Event.objects.values_list("pk", flat=True))
    assert shape(two.contacts(two.source)) != shape(two.contacts(two.target))

    swept = sweeps.sweep(workflow)
    drain_once(for_s=60)

    assert shape(two.contacts(two.source)) == shape(two.contacts(two.target))
    found = Event.objects.exclude(pk__in=before)
    assert swept.events == found.count() > 0
    assert set(found.values_list("source", flat=True)) == {"recovered"}
    assert set(Event.objects.filter(pk__in=before).values_list("source", flat=True)) == {"webhook"}
    assert sum(Tally.objects.filter(recovered__gt=0).values_list("recovered", flat=True)) == swept.events
    assert not Run.objects.exclude(state="succeeded").exists()
    assert not Effect.objects.exclude(state="done").exists()
    assert not Notice.objects.exclude(state__in=("heard", "ignored")).exists()
    assert Tally.objects.filter(account=two.source.account, duplicate__gt=0).exists()
