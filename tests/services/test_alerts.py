"""Alerts: once for each cause, told when they begin, get worse, last, and are over; by mail and as events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from integrations.engine.errors import CredentialRefused
from integrations.models import (
    Alert,
    AlertKind,
    AlertLevel,
    Connection,
    ConnectionState,
    Delivery,
    DeliveryState,
    Event,
    EventSource,
    Heartbeat,
    Membership,
    Run,
    RunState,
    Team,
)
from integrations.services import alert_causes, alert_channels, alerts, connect, standing
from integrations.services.alert_causes import Found
from tests.hub import Hub, connected

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def mails(settings: Any) -> Any:
    """A mail server is set, and Ada of the team has an address."""
    settings.HUB_SENDS_MAIL = True
    return mail


@pytest.fixture
def ada(hub: Hub, django_user_model: Any) -> Any:
    user = django_user_model.objects.create_user("ada", "ada@example.com")
    Membership.objects.create(team=hub.team, user=user)
    return user


def wrong(monkeypatch: pytest.MonkeyPatch, *found: Found) -> None:
    """This and nothing else is wrong now."""
    monkeypatch.setattr(alert_causes, "FINDERS", (lambda team, now: found,))


def quota(stage: int) -> Found:
    return Found(
        kind=AlertKind.QUOTA,
        cause="quota:1",
        level=AlertLevel.WARNING,
        stage=stage,
        sentence=f"{stage} % of the day is used.",
    )


def trouble(hub: Hub) -> None:
    hub.ghl.refresh_from_db()
    standing.trouble(hub.ghl, CredentialRefused("The key was refused."))


def run(hub: Hub, state: RunState, reason: str, **values: Any) -> Run:
    hub.workflow.refresh_from_db()
    number = Event.objects.count()
    event = Event.objects.create(
        team=hub.team,
        connection=hub.accredible,
        trigger="t",
        type="t",
        record=str(number),
        dedupe_key=f"k{number}",
        payload={},
        source=EventSource.MANUAL,
    )
    given = {"finished_at": NOW - timedelta(hours=1), **values}
    return Run.objects.create(
        team=hub.team,
        workflow=hub.workflow,
        version=hub.workflow.live,
        event=event,
        record=str(number),
        state=state,
        reason=reason,
        **given,
    )


# --- causes ---------------------------------------------------------------------------------------


def found(hub: Hub) -> list[Found]:
    return alert_causes.of(hub.team, NOW)


def test_a_hub_in_order_has_nothing_to_tell(hub: Hub) -> None:
    assert found(hub) == []


def test_a_connection_that_needs_a_person_says_what_waits_for_it(hub: Hub) -> None:
    trouble(hub)
    run(hub, RunState.PARKED, "", parked_on=hub.ghl)

    (one,) = found(hub)

    assert one.sentence == "GHL: Needs reconnection. The key was refused."
    assert "1 runs wait for it" in one.advice


def test_a_connection_disconnected_under_a_live_workflow_is_told_and_another_is_not(hub: Hub) -> None:
    Connection.objects.filter(pk=hub.ghl.pk).update(state=ConnectionState.DISCONNECTED)
    connected(hub.team, "ghl", "Spare")
    Connection.objects.filter(name="Spare").update(state=ConnectionState.DISCONNECTED)

    assert [one.cause for one in found(hub)] == [f"connection:{hub.ghl.pk}"]


def test_runs_that_failed_alike_are_one_cause_and_another_reason_is_another(hub: Hub) -> None:
    for number in range(5):
        run(hub, RunState.FAILED, f"Contact c{number} of “Ada {number}” is not there.")
    run(hub, RunState.FAILED, "The calendar is closed.")

    assert sorted(one.count for one in found(hub)) == [1, 5]


def test_a_failed_run_that_was_run_again_well_is_no_alert(hub: Hub) -> None:
    failed = run(hub, RunState.FAILED, "Away.")
    Run.objects.create(
        team=hub.team,
        workflow=hub.workflow,
        version=failed.version,
        event=failed.event,
        replay=1,
        record="1",
        state=RunState.SUCCEEDED,
    )

    assert found(hub) == []


@pytest.mark.parametrize(("state", "told"), [(RunState.FAILED, 1), (RunState.HELD, 1), (RunState.WAITING, 1)])
def test_a_run_that_is_run_again_and_fares_no_better_is_still_told(
    hub: Hub, state: RunState, told: int
) -> None:
    run(hub, state, "Away.", attempts=3, error_kind="try_again")

    assert len(found(hub)) == told


@pytest.mark.parametrize(
    "values",
    [
        {"attempts": 2, "error_kind": "try_again"},  # the first tries are nobody's business
        {"attempts": 9, "error_kind": "quota"},  # it waits for its turn
        {"attempts": 9, "error_kind": ""},  # it waits because the workflow says so
    ],
)
def test_a_run_that_waits_in_good_order_is_not_told(hub: Hub, values: dict[str, Any]) -> None:
    run(hub, RunState.WAITING, "", **values)

    assert found(hub) == []


def test_what_failed_long_ago_is_over(hub: Hub) -> None:
    run(hub, RunState.FAILED, "Away.", finished_at=NOW - timedelta(days=2))

    assert found(hub) == []


def test_deliveries_that_were_given_up_are_told_by_connection(hub: Hub) -> None:
    shop = bridge(hub)
    for number in range(3):
        Delivery.objects.create(
            team=hub.team,
            connection=shop,
            key=f"msg_{number}",
            state=DeliveryState.FAILED,
            made_at=NOW,
            settled_at=NOW,
        )

    assert [one.sentence for one in found(hub)] == ["3 deliveries over Shop were given up."]


@pytest.mark.parametrize(
    ("share", "stage"),
    [(0.0, 0), (0.49, 0), (0.5, 50), (0.71, 70), (0.9, 90), (0.99, 90), (1.0, 100), (1.2, 100)],
)
def test_a_limit_is_told_in_stages(share: float, stage: int) -> None:
    assert alert_causes.stage_of(share) == stage


def test_only_a_limit_of_a_day_is_told_not_one_of_seconds(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub has called both apps, so both have windows; those of seconds are full all the time."""
    monkeypatch.setattr(alert_causes, "stage_of", lambda share: 70)

    causes = [one.cause for one in found(hub)]

    assert causes == [cause for cause in causes if cause.endswith(":86400")]
    assert causes


def test_nothing_of_another_team_is_found(hub: Hub) -> None:
    trouble(hub)

    assert alert_causes.of(Team.objects.create(name="Elsewhere"), NOW) == []


# --- noting and telling ---------------------------------------------------------------------------


def test_what_lasts_is_one_alert_and_one_mail(hub: Hub, ada: Any, mails: Any) -> None:
    trouble(hub)

    for minute in range(30):
        alerts.look(NOW + timedelta(minutes=minute))

    assert Alert.objects.count() == 1
    assert [m.to for m in mails.outbox] == [["ada@example.com"]]
    assert "GHL: Needs reconnection" in mails.outbox[0].subject
    assert f"/connections/{hub.ghl.pk}/" in mails.outbox[0].body


def test_each_stage_is_told_once_and_swinging_around_one_is_not_told_again(
    hub: Hub, ada: Any, mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, stage in enumerate((50, 70, 50, 70, 50, 90, 100, 90)):
        wrong(monkeypatch, quota(stage))
        alerts.look(NOW + timedelta(minutes=6 * place))

    told = [m.subject.split(": ", 1)[1] for m in mails.outbox]
    assert told == [f"{stage} % of the day is used." for stage in (50, 70, 90, 100)]


def test_its_end_is_told_once_after_a_calm(
    hub: Hub, ada: Any, mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong(monkeypatch, quota(90))
    alerts.look(NOW)
    wrong(monkeypatch)
    for minute in range(1, 60):
        alerts.look(NOW + timedelta(minutes=minute))

    assert [m.subject for m in mails.outbox][1:] == ["[GHL Hub] Acme: Over: 90 % of the day is used."]
    row = Alert.objects.get()
    assert row.over_told_at == row.resolved_at + alerts.CALM


def test_what_comes_and_goes_is_told_once(
    hub: Hub, ada: Any, mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minute in range(40):
        wrong(monkeypatch, *([quota(90)] if minute % 2 else []))
        alerts.look(NOW + timedelta(minutes=minute))

    assert len(mails.outbox) == 1
    assert Alert.objects.count() == 1


def test_what_lasts_for_a_day_is_told_again_but_not_what_is_only_good_to_know(
    hub: Hub, ada: Any, mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mild = Found(kind=AlertKind.QUOTA, cause="mild", level=AlertLevel.INFO, sentence="Mild.")
    wrong(monkeypatch, quota(90), mild)
    for hour in range(26):
        alerts.look(NOW + timedelta(hours=hour))

    assert len(mails.outbox) == 2
    assert "Mild." in mails.outbox[0].body
    assert "Mild." not in mails.outbox[1].body


def test_what_comes_up_within_minutes_goes_out_together(
    hub: Hub, ada: Any, mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        Found(kind=AlertKind.RUNS, cause=f"c{number}", level=AlertLevel.CRITICAL, sentence=f"Cause {number}.")
        for number in range(6)
    ]
    for minute in range(6):
        wrong(monkeypatch, *found[: minute + 1])
        alerts.look(NOW + timedelta(minutes=minute))

    assert len(mails.outbox) == 2
    assert all(f"Cause {number}." in mails.outbox[1].body for number in range(1, 6))


def test_a_mail_server_that_is_away_is_said_and_the_mail_goes_out_later(
    hub: Hub, ada: Any, mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong(monkeypatch, quota(90))
    with monkeypatch.context() as away:

        def refuse(self: EmailMessage) -> int:
            raise ConnectionRefusedError

        away.setattr(EmailMessage, "send", refuse)
        alerts.look(NOW)
    assert "ConnectionRefusedError" in alerts.settings_of(hub.team).problem

    alerts.look(NOW + alerts.GAP)

    assert len(mails.outbox) == 1
    assert alerts.settings_of(hub.team).problem == ""


def test_without_a_mail_server_it_is_said_and_the_log_has_it(
    hub: Hub, ada: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    wrong(monkeypatch, quota(90))
    alerts.look(NOW)

    assert mail.outbox == []
    assert "90 % of the day is used." in caplog.text
    assert "HUB_SMTP_URL is not set" in alert_channels.by_mail(alerts.settings_of(hub.team))


def test_a_team_hears_of_what_it_asked_for(
    hub: Hub, ada: Any, mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = alerts.settings_of(hub.team)
    own.least, own.mails = AlertLevel.CRITICAL, ["night@example.com"]
    own.save()
    wrong(monkeypatch, quota(90))
    alerts.look(NOW)
    assert mails.outbox == []

    bad = Found(kind=AlertKind.RUNS, cause="bad", level=AlertLevel.CRITICAL, sentence="Bad.")
    wrong(monkeypatch, quota(90), bad)
    alerts.look(NOW + alerts.GAP)

    assert [m.to for m in mails.outbox] == [["night@example.com"]]


def test_a_cluster_that_is_away_is_told_by_the_watch_and_over_when_a_worker_looks(hub: Hub) -> None:
    Heartbeat.objects.create(name="cluster:1", at=NOW - timedelta(minutes=3))
    alerts.look_at_cluster(NOW)
    assert [row.kind for row in alerts.opened(hub.team)] == [AlertKind.CLUSTER]

    alerts.look(NOW + timedelta(minutes=1), works=True)

    assert not alerts.opened(hub.team)


@pytest.mark.parametrize("ago_s", [None, 0, 100])
def test_a_cluster_that_answers_or_never_began_is_no_alert(hub: Hub, ago_s: int | None) -> None:
    if ago_s is not None:
        Heartbeat.objects.create(name="cluster:1", at=NOW - timedelta(seconds=ago_s))
    alerts.look_at_cluster(NOW)

    assert not Alert.objects.exists()


# --- as events ------------------------------------------------------------------------------------


def bridge(hub: Hub) -> Connection:
    return connect.add(
        hub.team,
        "bridge",
        name="Shop",
        environment="sandbox",
        auth="signed",
        settings_={"target_url": "https://receiver.example/in"},
    )


def test_an_alert_and_its_end_go_out_as_events_once_each(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    own = alerts.settings_of(hub.team)
    own.connection = bridge(hub)
    own.save()
    wrong(monkeypatch, quota(90))
    alerts.look(NOW)
    alerts.look(NOW + alerts.GAP)
    wrong(monkeypatch)
    for minute in range(6, 40):
        alerts.look(NOW + timedelta(minutes=minute))

    rows = list(Delivery.objects.order_by("pk"))
    assert [row.values["type"] for row in rows] == ["alert.raised", "alert.recovered"]
    data = rows[0].values["data"]
    assert (data["team"], data["stage"], data["sentence"]) == ("Acme", 90, "90 % of the day is used.")
    assert json.dumps(data)


def test_a_mail_that_is_tried_again_sends_no_event_twice(
    hub: Hub, ada: Any, mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = alerts.settings_of(hub.team)
    own.connection = bridge(hub)
    own.save()
    wrong(monkeypatch, quota(90))

    def refuse(self: EmailMessage) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailMessage, "send", refuse)
    for minute in range(20):
        alerts.look(NOW + timedelta(minutes=minute))

    assert Delivery.objects.count() == 1


def test_a_test_goes_out_over_both_and_says_what_became_of_it(hub: Hub, ada: Any, mails: Any) -> None:
    own = alerts.settings_of(hub.team)
    own.connection = bridge(hub)
    own.save()

    said = alerts.send_test(hub.team)

    assert said == "E-mails go to ada@example.com. The event over Shop: Delivered"
    assert mails.outbox[0].subject == "[GHL Hub] Acme: a test"
    assert not Alert.objects.exists()
