"""What goes well so far is told too: retries that help each time, full hours, credits, lost names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django_q.models import Schedule

from integrations import queue, tasks
from integrations.engine.errors import VendorTrouble
from integrations.models import (
    Alert,
    AlertKind,
    AlertLevel,
    AlertSettings,
    ApiCall,
    Connection,
    Delivery,
    DeliveryState,
    Environment,
    Membership,
    Run,
    RunState,
    Stock,
    Workflow,
)
from integrations.services import (
    alert_strains,
    alerts,
    connect,
    linting,
    stocks,
    typed_addresses,
    verification,
)
from integrations.services.alert_causes import Found
from integrations.services.drain import drain_once
from tests.hub import Hub, connected
from tests.services import handmade

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def found(hub: Hub, now: datetime | None = None) -> list[Found]:
    return alert_strains.of(hub.team, now or datetime.now(UTC))


# --- retries --------------------------------------------------------------------------------------


def met_trouble(hub: Hub, count: int) -> None:
    """So many runs, each of which the app makes stumble once; all go well in the end."""
    workflow = handmade.live(hub, handmade.READ, handmade.CONTACT, name=f"Stumbles {count}")
    certificate = hub.issue(recipient_email=f"stumbles{count}@example.org")
    for number in range(count):
        handmade.happen(hub, workflow, str(number), id=certificate, email=f"person{number}@example.org")
        hub.sandbox.set_fault("ghl", "throttle", match="POST /contacts/upsert")
        for _ in range(3):
            Run.objects.filter(state__in=(RunState.QUEUED, RunState.WAITING)).update(due_at=NOW)
            drain_once(for_s=10)
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.SUCCEEDED}


def test_runs_that_go_well_at_the_second_try_each_time_are_told_when_they_are_many(
    hub: Hub, plenty: None
) -> None:
    met_trouble(hub, alert_strains.STRAINED_RUNS - 1)
    assert found(hub) == []
    met_trouble(hub, 1)

    (one,) = found(hub)

    assert (one.kind, one.level, one.count) == (AlertKind.RUNS, AlertLevel.WARNING, 5)
    assert one.sentence.startswith("GHL: 5 runs within six hours had to try again, because it was told that")
    assert found(hub, datetime.now(UTC) + timedelta(hours=7)) == []


def call(connection: Connection, run: Run | None, kind: str, at: datetime = NOW) -> ApiCall:
    return ApiCall.objects.create(
        team=connection.team,
        connection=connection,
        run=run,
        operation="contacts.upsert",
        method="POST",
        url="/",
        started_at=at,
        error_kind=kind,
    )


def test_one_run_that_is_tried_again_and_again_is_one_here(hub: Hub) -> None:
    run = handmade.happen(hub, handmade.live(hub, handmade.READ))
    for _ in range(50):
        call(hub.ghl, run, "vendor_trouble")

    assert found(hub, NOW) == []


def test_more_retries_are_the_same_alert_told_once(hub: Hub, settings: Any, django_user_model: Any) -> None:
    settings.HUB_SENDS_MAIL = True
    ada = django_user_model.objects.create_user("ada", "ada@example.com")
    Membership.objects.create(team=hub.team, user=ada)
    workflow = handmade.live(hub, handmade.READ)
    for minute in range(60):
        at = NOW + timedelta(minutes=minute)
        call(hub.ghl, handmade.happen(hub, workflow, str(minute)), "vendor_trouble", at)
        alerts.look(at, works=True)

    (row,) = Alert.objects.filter(kind=AlertKind.RUNS)
    assert (row.count, row.tellings) == (60, 1)
    assert len([m for m in mail.outbox if "had to try again" in m.body]) == 1


def test_a_refusal_is_no_retry(hub: Hub) -> None:
    workflow = handmade.live(hub, handmade.READ)
    for number in range(9):
        call(hub.ghl, handmade.happen(hub, workflow, str(number)), "refused")

    assert found(hub, NOW) == []


# --- full hours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "stage"), [(0.4, 0), (0.5, 50), (0.75, 70), (0.95, 90), (1.0, 100)])
def test_a_limit_of_seconds_is_told_in_stages_by_what_an_hour_has_taken(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, share: float, stage: int
) -> None:
    """GHL: 100 in 10 seconds are 36,000 in an hour."""
    monkeypatch.setattr(
        alert_strains, "_made", lambda team, c, since: round(36_000 * share) if c == hub.ghl else 0
    )

    told = [one for one in found(hub) if one.cause.endswith(":10")]

    assert [one.stage for one in told] == ([stage] if stage else [])
    if told:
        assert told[0].sentence.startswith(f"GHL made {stage} % or more of the calls that its limit of 100")


def test_calls_of_the_last_hour_are_counted_for_all_who_share_the_limit(hub: Hub) -> None:
    ApiCall.objects.all().delete()
    for minutes in (5, 30, 59, 61):
        call(hub.ghl, None, "", NOW - timedelta(minutes=minutes))
    call(hub.accredible, None, "", NOW)

    assert alert_strains._made(hub.team, hub.ghl, NOW - timedelta(hours=1)) == 3


# --- credits --------------------------------------------------------------------------------------


def left(hub: Hub, credits: int) -> list[Found]:
    hub.sandbox.act("accredible", "set_credits", {"credits": credits})
    tasks.ask_stocks()
    return [one for one in found(hub) if one.cause.startswith("stock:")]


def test_credits_are_told_in_stages_as_they_are_used_up_and_no_more_when_filled_up(hub: Hub) -> None:
    Stock.objects.all().delete()
    assert left(hub, 200) == []
    told = [left(hub, credits) for credits in (101, 100, 60, 20, 0, 500)]

    assert [[one.stage for one in some] for some in told] == [[], [50], [70], [90], [100], []]
    assert told[1][0].sentence == "Accredible has used 50 % or more of its credits: 100 of 200 are left."
    assert told[4][0].level == AlertLevel.CRITICAL
    assert Stock.objects.get().most == 500


def test_an_account_that_begins_with_none_is_told_at_once(hub: Hub) -> None:
    Stock.objects.all().delete()

    assert [one.stage for one in left(hub, 0)] == [100]


def test_verifying_notes_it_too_and_an_app_that_says_nothing_has_none(hub: Hub) -> None:
    hub.sandbox.act("accredible", "set_credits", {"credits": 77})
    verification.verify(hub.accredible)
    verification.verify(hub.ghl)

    assert list(Stock.objects.values_list("connection__name", "left")) == [("Accredible", 77)]


def test_an_account_that_cannot_be_asked_keeps_no_other_from_being_asked(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = connected(hub.team, "accredible", "Second")
    hub.workflow.bindings.create(role="other", connection=second)
    Stock.objects.all().delete()
    real = stocks.direct.read

    def refuses_one(connection: Connection, *args: Any, **more: Any) -> Any:
        if connection == hub.accredible:
            raise VendorTrouble("Away.")
        return real(connection, *args, **more)

    monkeypatch.setattr(stocks.direct, "read", refuses_one)
    tasks.ask_stocks()

    assert list(Stock.objects.values_list("connection__name", flat=True)) == ["Second"]


# --- what workflows name --------------------------------------------------------------------------


def test_what_the_nightly_check_misses_is_one_alert_with_all_it_hurts_and_a_proposal(hub: Hub) -> None:
    assert hub.workflow.live is not None
    gone = hub.workflow.live.spec["options"]["calendar_id"]
    second = Workflow.objects.create(
        team=hub.team, name="Second", recipe=hub.workflow.recipe, draft={}, state=hub.workflow.state
    )
    Workflow.objects.filter(pk=second.pk).update(live=hub.workflow.live)
    given = {"location": hub.ghl.settings["location_id"], "name": "Certificate review (new)"}
    hub.sandbox.act("ghl", "create_calendar", given)
    hub.sandbox.act("ghl", "delete_calendar", {"calendar": gone})
    linting.picklists.cache.delete(linting.picklists.key_of(hub.ghl, "calendars"))
    for _ in range(2):  # another night later the name is still known
        tasks.lint()
        linting.picklists.cache.delete(linting.picklists.key_of(hub.ghl, "calendars"))

    (one,) = [one for one in found(hub) if one.kind == AlertKind.REFERENCES]

    assert one.count == 2
    assert "“Certificate review” is not among the calendars of GHL any more." in one.sentence
    assert "It hurts “Follow up”, “Second”." in one.sentence
    assert "The nearest is “Certificate review (new)”." in one.sentence

    alerts.look(NOW, works=True)
    assert Alert.objects.get(kind=AlertKind.REFERENCES, resolved_at=None).sentence == one.sentence
    Workflow.objects.update(lint={})
    alerts.look(NOW + timedelta(days=1), works=True)
    assert not Alert.objects.filter(kind=AlertKind.REFERENCES, resolved_at=None).exists()


def test_it_is_checked_at_night_by_the_hubs_own_schedule() -> None:
    queue.schedule_housekeeping()
    row = Schedule.objects.get(name="hub: lint")

    assert (row.func, row.minutes, row.repeats) == ("integrations.tasks.lint", 24 * 60, -1)
    assert row.next_run.hour == queue.NIGHT
    assert row.next_run > datetime.now(UTC)


def test_every_schedule_of_the_hub_leads_to_a_task_that_is_there() -> None:
    queue.schedule_housekeeping()
    named = Schedule.objects.values_list("func", flat=True)

    assert {"look_for_alerts", "lint", "check_hooks", "self_test", "ask_stocks"} <= {
        name.rpartition(".")[2] for name in named
    }
    assert all(callable(getattr(tasks, name.rpartition(".")[2])) for name in named)


# --- the way out ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/in", "https://10.0.0.8/in", "https://169.254.169.254/latest", "https://[::1]/in"],
)
def test_no_alert_goes_to_an_address_inside_a_private_network(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Also where the address was saved before, and stands in the settings."""
    monkeypatch.setattr(typed_addresses, "resolve", lambda host: ["93.184.216.34"])
    shop = connect.add(
        hub.team,
        "bridge",
        name="Shop",
        environment=Environment.PRODUCTION,
        auth="signed",
        settings_={"target_url": "https://receiver.example/in"},
    )
    Connection.objects.filter(pk=shop.pk).update(
        settings={**shop.settings, "target_url": url}, state="connected"
    )
    own = alerts.settings_of(hub.team)
    AlertSettings.objects.filter(pk=own.pk).update(connection=shop)

    said = alerts.send_test(hub.team)

    row = Delivery.objects.get()
    assert row.state == DeliveryState.FAILED, said
    assert "private" in row.problem
