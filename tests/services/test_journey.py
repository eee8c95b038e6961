"""The main job: a certificate is issued, an appointment is booked."""

from __future__ import annotations

from tests.hub import Hub


def test_an_issued_certificate_becomes_a_contact_and_an_appointment(hub: Hub) -> None:
    certificate = hub.issue()
    (run,) = hub.run_all()
    assert (run.state, run.reason) == ("succeeded", "")
    assert run.record == certificate
    (appointment,) = hub.appointments()
    assert appointment["contactId"] in [c["id"] for c in hub.contacts()]


def test_revoking_when_the_appointment_is_gone_already_changes_nothing(hub: Hub) -> None:
    certificate = hub.issue()
    hub.run_all()
    store = hub.sandbox.apps()["ghl"].store
    assert store is not None
    with store.transaction("ghl") as tx:
        tx.delete("appointments", hub.appointments()[0]["id"])
    hub.revoke(certificate)
    _, revoked = hub.run_all()
    assert (revoked.state, revoked.reason) == ("skipped", "Nothing had to be changed.")
    assert hub.workflow.links.filter(name="appointment", ended_at=None).count() == 0
