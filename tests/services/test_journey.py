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
