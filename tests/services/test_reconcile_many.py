"""A thousand drifts of every kind: all found, all healed or put before a person, and nothing else touched."""

from __future__ import annotations

from collections import Counter

import pytest

from integrations.models import ApiCall, Effect, RecordLink
from integrations.services import healing, owners, reconciling
from integrations.services.drain import drain_once
from tests.hub import Hub, make_hub
from tests.services.test_reconcile import compared, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

CHANGED, DELETED, UNLINKED, UNTOUCHED = 75, 40, 40, 10
PEOPLE = CHANGED + DELETED + UNLINKED
AT, LATER = "2027-03-01T10:00:00+01:00", "2027-03-02T11:00:00+01:00"


def everybody(hub: Hub) -> list[str]:
    """Certificates whose contact and appointment have been made, in the order of their numbers."""
    hub.sandbox.set_setting("ghl", "burst_limit", 1_000_000)
    made = [
        hub.issue(
            recipient_name=f"First{n} Last{n}", recipient_email=f"person{n}@example.org", appointment_at=AT
        )
        for n in range(PEOPLE + UNTOUCHED)
    ]
    hub.look()
    drain_once(for_s=300)
    assert RecordLink.objects.count() == 2 * len(made)
    return made


def seed(hub: Hub, records: list[str]) -> Counter[tuple[str, str]]:
    """The drifts, and how many of each kind and field there are."""
    links = {(link.record, link.name): link for link in RecordLink.objects.all()}
    seeded: Counter[tuple[str, str]] = Counter()
    for n, record in enumerate(records[:PEOPLE]):
        contact, appointment = links[record, "contact"], links[record, "appointment"]
        person = {"firstName": "Else", "lastName": "Where", "email": f"new{n}@example.org"}
        hub.sandbox.act("ghl", "change_contact", {"contact": contact.record_id, **person})
        seeded.update([("field", key) for key in person])
        contact.delete()
        seeded.update([("lost", "")])
        if n < CHANGED:
            told = {"certificate": record, "name": "Second Aid", "appointment_at": LATER}
            hub.sandbox.act("accredible", "change_certificate", told)
            seeded.update([("field", key) for key in ("title", "description", "startTime", "endTime")])
        elif n < CHANGED + DELETED:
            hub.sandbox.act("ghl", "delete_appointment", {"appointment": appointment.record_id})
            seeded.update([("gone", "")])
        else:
            appointment.delete()
            seeded.update([("lost", "")])
    return seeded


def test_a_thousand_drifts_are_found_and_healed_and_nothing_else_is_touched(db: None) -> None:
    hub = make_hub(reminder_channel="none", start="dictated")
    records = everybody(hub)
    seeded = seed(hub, records)
    assert sum(seeded.values()) == 1000
    owners.save(
        fresh(hub),
        {"*": "newest", "contact.firstName": "left", "contact.lastName": "ask", "appointment.*": "left"},
    )
    before, had = {row["id"]: row for row in hub.contacts()}, Effect.objects.count()

    made = compared(hub)

    drifts = made.findings.filter(kind__in=("field", "gone", "lost"))
    assert Counter(drifts.values_list("kind", "field")) == seeded
    assert (made.drifted, made.failing) == (PEOPLE, 0)
    assert made.in_sync == UNTOUCHED
    reads = ApiCall.objects.filter(purpose="re-read").count()
    assert reads <= 3 * len(records), "the certificate, the contact and the appointment, once each"
    assert reconciling.conflicts(hub.team).count() == PEOPLE, "every last name waits for a person"

    healed = healing.heal(made, actor=None)
    drain_once(for_s=300)

    assert (len(healed.runs), healed.links, healed.kept) == (PEOPLE, PEOPLE + UNLINKED, PEOPLE)
    wrote = Counter(Effect.objects.order_by("pk")[had:].values_list("operation", "state"))
    assert wrote == {
        ("contacts.update", "done"): PEOPLE, ("appointments.update", "done"): CHANGED,
        ("appointments.create", "done"): DELETED,
    }  # fmt: skip
    now = {row["id"]: row for row in hub.contacts()}
    assert now.keys() == before.keys()
    for pk, row in now.items():
        differing = {key for key in row if row[key] != before[pk].get(key)} - {"dateUpdated"}
        healed_name = row["firstName"].startswith("First") and before[pk]["firstName"] == "Else"
        assert {key for key in differing if "irst" not in key and "name" not in key.lower()} == set()
        assert healed_name == bool(differing)
    assert len({row["id"] for row in hub.appointments() if not row.get("deleted")}) == len(records)

    again = compared(hub)
    left = again.findings.filter(kind__in=("field", "gone", "lost"))
    assert Counter(left.values_list("kind", "field", "state")) == {("field", "lastName", "ask"): PEOPLE}
