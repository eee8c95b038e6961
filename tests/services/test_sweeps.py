"""Looking at a source: nothing is missed, nothing is told twice, and what each change means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.connectors.accredible import certificates
from integrations.engine.errors import Refused, TryAgain, VendorTrouble, WrongUse
from integrations.engine.spec import Outcome
from integrations.models import Cursor, Event, RecordLink, Run, SeenRow, Workflow
from integrations.services import direct, drafts, lifecycle, rereads, sweeps
from integrations.services.drain import drain_once
from tests.hub import Hub, calendar_of, events, make_hub
from tests.proving import proved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "PAGE_SIZE", 2)


def fail_at(monkeypatch: pytest.MonkeyPatch, nth: int, error: Exception) -> None:
    """The nth read from now on fails."""
    real, made = direct.read_patiently, []

    def read(*args: Any, **more: Any) -> Outcome:
        made.append(1)
        if len(made) == nth:
            raise error
        return real(*args, **more)

    monkeypatch.setattr(direct, "read_patiently", read)


def cursor(hub: Hub) -> Cursor:
    return Cursor.objects.get(workflow=hub.workflow)


def issue_some(hub: Hub, count: int) -> list[str]:
    return [hub.issue(recipient_email=f"person{n}@example.org") for n in range(count)]


def booked(hub: Hub) -> str:
    """A certificate whose appointment has been booked."""
    certificate = hub.issue()
    (run,) = hub.run_all()
    assert run.state == "succeeded"
    return certificate


# --- the baseline ---------------------------------------------------------------------------------


def test_the_first_look_stores_what_exists_and_fires_nothing() -> None:
    hub = make_hub(deploy=False)
    proved(hub.workflow)
    lifecycle.deploy(hub.workflow)
    existing = len(hub.documents("accredible", "certificates"))
    swept = hub.look()
    assert (swept.baseline, swept.rows, swept.events, swept.runs) == (True, existing, 0, 0)
    assert SeenRow.objects.count() == existing == cursor(hub).rows_seen
    assert not Event.objects.exists()


def test_a_baseline_that_was_cut_off_is_a_baseline_again(
    monkeypatch: pytest.MonkeyPatch, pages_of_two: None
) -> None:
    hub = make_hub(deploy=False)
    proved(hub.workflow)
    lifecycle.deploy(hub.workflow)
    fail_at(monkeypatch, 2, VendorTrouble("Accredible failed."))
    with pytest.raises(VendorTrouble):
        hub.look()
    assert cursor(hub).watermark is None
    assert hub.look().baseline
    assert not Event.objects.exists()


# --- dedupe and watermark -------------------------------------------------------------------------


def test_what_is_seen_in_several_looks_is_told_once(hub: Hub) -> None:
    hub.issue()
    assert [hub.look().runs for _ in range(3)] == [1, 0, 0]
    assert events() == ["certificate.issued"]


def test_a_look_reaches_back_before_the_last_one(hub: Hub) -> None:
    """The search knows days only: what changed shortly before the last look comes again, and is known."""
    overlap = timedelta(days=2)
    began = datetime.now(UTC)
    hub.look()
    watermark = cursor(hub).watermark
    assert watermark is not None
    assert abs(watermark + overlap - began) < timedelta(seconds=30)


def test_the_watermark_moves_only_after_the_last_page_and_nothing_is_lost_or_doubled(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, pages_of_two: None
) -> None:
    issued = issue_some(hub, 5)
    before = cursor(hub).watermark
    fail_at(monkeypatch, 2, VendorTrouble("Accredible failed."))
    with pytest.raises(VendorTrouble):
        hub.look()
    assert Event.objects.count() == 2  # the first page is safe
    assert cursor(hub).watermark == before
    assert cursor(hub).problem == "Accredible failed."
    assert cursor(hub).lease_until is None
    assert hub.look().runs == 3
    assert sorted(Run.objects.values_list("record", flat=True)) == sorted(issued)
    after = cursor(hub)
    assert after.problem == ""
    assert after.watermark is not None and before is not None and after.watermark > before


def test_a_change_that_means_nothing_is_remembered_and_fires_nothing(hub: Hub) -> None:
    certificate = hub.issue()
    hub.look()
    hub.sandbox.act("accredible", "change_certificate", {"certificate": certificate, "name": "Renamed"})
    assert hub.look().events == 0
    assert SeenRow.objects.get(record=certificate).data["name"] == "Renamed"


def test_an_unpublished_certificate_is_issued_when_it_is_published(hub: Hub) -> None:
    certificate = hub.issue(approve=False)
    assert hub.look().events == 0
    store = hub.sandbox.store
    with store.transaction("accredible") as tx:
        row = tx.get("certificates", certificate)
        assert row is not None
        stamped = {"approve": True, "published_on": row["updated_at"]}
        tx.put("certificates", certificate, {**row, **stamped})
    assert hub.look().runs == 1


# --- what is revoked ------------------------------------------------------------------------------


def unpublish(hub: Hub, certificate: str) -> None:
    hub.sandbox.act("accredible", "unpublish_certificate", {"certificate": certificate})


def delete(hub: Hub, certificate: str) -> None:
    hub.sandbox.act("accredible", "delete_certificate", {"certificate": certificate})
    SeenRow.objects.update(checked_at=datetime.now(UTC) - timedelta(hours=1))


@pytest.mark.parametrize("how", [Hub.revoke, unpublish, delete])
def test_a_revoked_certificate_cancels_its_appointment(hub: Hub, how: Any) -> None:
    certificate = booked(hub)
    how(hub, certificate)
    runs = hub.run_all()
    assert events() == ["certificate.issued", "certificate.revoked"]
    assert [run.state for run in runs] == ["succeeded", "succeeded"]
    assert [a["appointmentStatus"] for a in hub.appointments()] == ["cancelled"]
    assert not RecordLink.objects.filter(name="appointment", ended_at=None).exists()
    SeenRow.objects.update(checked_at=datetime.now(UTC) - timedelta(hours=1))
    assert hub.look().events == 0


def test_a_certificate_that_merely_expires_cancels_nothing(hub: Hub) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    certificate = hub.issue(expired_on=tomorrow)
    hub.run_all()
    hub.sandbox.act("accredible", "expire_certificate", {"certificate": certificate})
    SeenRow.objects.update(checked_at=datetime.now(UTC) - timedelta(hours=1))
    assert hub.look().events == 0
    assert [a["appointmentStatus"] for a in hub.appointments()] == ["confirmed"]


def test_a_reread_that_the_app_refuses_lets_others_come_first(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(hub)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    SeenRow.objects.update(checked_at=long_ago)
    with hub.sandbox.store.transaction("accredible") as tx:
        tx.set_setting("search_lag_s", 3600)

    def refused(wanted: list[rereads.Wanted], **more: Any) -> None:
        for one in wanted:
            one.error = Refused("Not that one.")

    monkeypatch.setattr(rereads, "read_all", refused)
    assert hub.look().events == 0
    (linked,) = RecordLink.objects.filter(name="appointment")
    assert SeenRow.objects.get(record=linked.record).checked_at > long_ago


# --- settings, several workflows, pauses ----------------------------------------------------------


def test_only_the_chosen_groups_are_looked_at() -> None:
    hub = make_hub(deploy=False)
    drafts.save_trigger_settings(hub.workflow, {"group_ids": [str(hub.group("coaching-2026"))]})
    proved(hub.workflow)
    lifecycle.deploy(hub.workflow)
    assert hub.look().rows == 2  # of the five there are
    hub.issue(group=hub.group("safety-2026"))
    wanted = hub.issue(group=hub.group("coaching-2026"))
    assert hub.look().runs == 1
    assert Run.objects.get().record == wanted


def second_workflow(hub: Hub) -> Workflow:
    second = drafts.make_draft(
        hub.team,
        hub.workflow.recipe,
        name="Another",
        bindings={"crm": hub.ghl, "certificates": hub.accredible},
        options={"calendar_id": calendar_of(hub.ghl, "Advice call")},
    )
    proved(second)
    lifecycle.deploy(second)
    sweeps.sweep(second)
    return second


def test_two_workflows_on_one_source_have_a_run_each(hub: Hub) -> None:
    second = second_workflow(hub)
    hub.issue()
    hub.look()
    sweeps.sweep(second)
    assert Event.objects.count() == 1
    assert {run.workflow_id for run in Run.objects.all()} == {hub.workflow.pk, second.pk}


def test_a_paused_workflow_collects_its_runs_and_makes_them_when_it_goes_on(hub: Hub) -> None:
    lifecycle.pause(hub.workflow)
    hub.issue()
    (run,) = hub.run_all()
    assert run.state == "queued"
    lifecycle.resume(hub.workflow)
    drain_once(for_s=20)
    run.refresh_from_db()
    assert run.state == "succeeded"


# --- leases and troubles --------------------------------------------------------------------------


def test_two_workers_do_not_look_at_once(hub: Hub) -> None:
    hub.issue()
    Cursor.objects.update(lease_owner="another", lease_until=datetime.now(UTC) + timedelta(minutes=1))
    assert hub.look().busy
    assert not Event.objects.exists()
    Cursor.objects.update(lease_until=datetime.now(UTC))
    assert hub.look().runs == 1


def test_a_worker_whose_lease_was_taken_over_stops_and_stores_nothing(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.issue()
    real = direct.read_patiently

    def slowly(*args: Any, **more: Any) -> Outcome:
        Cursor.objects.update(lease_owner="the other", lease_until=datetime.now(UTC) + timedelta(minutes=5))
        return real(*args, **more)

    monkeypatch.setattr(direct, "read_patiently", slowly)
    with pytest.raises(TryAgain, match="Another worker has taken over"):
        hub.look()
    assert not Event.objects.exists()
    assert cursor(hub).lease_owner == "the other"


@pytest.mark.parametrize("fault", ["server_error", "throttle"])
def test_a_stumbling_app_is_asked_again_within_the_look(
    hub: Hub, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct.time, "sleep", lambda seconds: None)
    hub.sandbox.set_fault("accredible", fault, count=2)
    hub.issue()
    assert hub.look().runs == 1


def test_what_was_never_deployed_is_not_looked_at() -> None:
    hub = make_hub(deploy=False)
    with pytest.raises(WrongUse, match="has not been deployed yet"):
        sweeps.sweep(hub.workflow)
