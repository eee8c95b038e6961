"""The silence alarm over real rows: counting, learning, and what is no silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.models import (
    Alert,
    AlertKind,
    Connection,
    ConnectionState,
    Cursor,
    Event,
    EventSource,
    SourceHour,
    SourceWatch,
    Stop,
    Workflow,
    WorkflowState,
)
from integrations.services import alerts, rhythms, stops
from integrations.services.rhythms import Source
from tests.hub import Hub

NOW = datetime(2026, 11, 18, 15, 20, tzinfo=UTC)  # a Wednesday
BEGIN = datetime(2026, 10, 26, tzinfo=UTC)


def trigger_of(hub: Hub) -> str:
    hub.workflow.refresh_from_db()
    assert hub.workflow.live is not None
    return str(hub.workflow.live.spec["trigger"])


@pytest.fixture(autouse=True)
def given_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are received when the test says so, not when they are saved."""
    monkeypatch.setattr(Event._meta.get_field("received_at"), "auto_now_add", False)


def comes(
    hub: Hub, begin: datetime, end: datetime, *, busy: range = range(24), every_min: float = 6.0
) -> None:
    """Events as they come by themselves, one in `every_min` minutes of the hours that are busy."""
    step, at, trigger = timedelta(minutes=every_min), begin, trigger_of(hub)
    rows = []
    while at < end:
        if at.hour in busy:
            rows.append(row(hub, at, f"{at:%d%H%M%S%f}", trigger=trigger))
        at += step
    Event.objects.bulk_create(rows, batch_size=2000)


def row(hub: Hub, at: datetime, key: str, source: EventSource = EventSource.POLL, *, trigger: str) -> Event:
    return Event(
        team=hub.team,
        connection=hub.accredible,
        trigger=trigger,
        type="t",
        record="r",
        dedupe_key=f"{source}{key}{at:%Y%m}",
        payload={},
        source=source,
        received_at=at,
    )


def looked(hub: Hub, at: datetime) -> None:
    """Somebody has looked at the source just before, and all is well."""
    Event.objects.filter(connection=hub.accredible, received_at__gt=at).delete()
    Cursor.objects.filter(connection=hub.accredible).update(swept_at=at, problem="")
    SourceWatch.objects.update(looked_at=at - timedelta(minutes=1))
    rhythms.look(at)


def only(hub: Hub, at: datetime) -> Source:
    (source,) = rhythms.sources(hub.team, at)
    return source


def begun(hub: Hub) -> None:
    """The hub has listened from the first event on."""
    looked(hub, NOW)
    SourceWatch.objects.update(heard_from=BEGIN)


def silences(hub: Hub, at: datetime) -> int:
    looked(hub, at)
    return len(list(rhythms.silent(hub.team, at)))


def test_a_source_that_sent_50_an_hour_and_stops_is_reported_within_its_stated_time(hub: Hub) -> None:
    comes(hub, NOW - timedelta(days=23), NOW, every_min=1.2)
    begun(hub)
    before = only(hub, NOW)
    assert before.within is not None
    assert "About 50 an hour at this time; if it stopped now" in before.sentence

    told = next(minute for minute in range(600) if silences(hub, NOW + timedelta(minutes=minute)))

    assert timedelta(minutes=5) < timedelta(minutes=told) <= before.within
    assert before.within < timedelta(minutes=30)


def test_it_is_an_alert_until_something_comes(hub: Hub) -> None:
    comes(hub, BEGIN, NOW)
    begun(hub)
    later = NOW + timedelta(hours=2)
    looked(hub, later)
    alerts.look(later)
    kinds = Alert.objects.filter(kind=AlertKind.SILENCE, resolved_at=None)
    assert "by what came in the past, 20 or so should have come by now" in kinds.get().sentence

    comes(hub, later, later + timedelta(minutes=5))
    Cursor.objects.update(swept_at=later + timedelta(minutes=6))
    alerts.look(later + timedelta(minutes=6))

    assert not kinds.exists()


def test_a_quiet_night_of_a_source_that_is_quiet_at_night_is_not_reported(hub: Hub) -> None:
    comes(hub, BEGIN, NOW.replace(hour=20, minute=0), busy=range(8, 20))
    looked(hub, NOW.replace(hour=19, minute=59))
    SourceWatch.objects.update(heard_from=BEGIN)
    evening = NOW.replace(hour=20, minute=0)

    nightly = [silences(hub, evening + timedelta(minutes=minute)) for minute in range(0, 12 * 60, 20)]

    assert not any(nightly)
    assert silences(hub, evening + timedelta(hours=13))  # it should have begun again at eight


def test_a_new_source_learns_first_and_says_so(hub: Hub) -> None:
    comes(hub, NOW - timedelta(days=5), NOW)
    begun(hub)

    source = only(hub, NOW)

    assert source.rhythm is None
    assert source.sentence.startswith("The hub learns how much comes and when")
    assert silences(hub, NOW + timedelta(days=1)) == 0


def test_what_is_counted_outlives_the_events(hub: Hub) -> None:
    comes(hub, BEGIN, NOW)
    begun(hub)
    known = only(hub, NOW).per_hour
    Event.objects.filter(connection=hub.accredible, received_at__lt=NOW - timedelta(hours=1)).delete()

    assert only(hub, NOW).per_hour == known > 9


def test_looking_often_counts_nothing_twice(hub: Hub) -> None:
    comes(hub, NOW - timedelta(hours=8), NOW)
    for minute in range(0, 90, 7):
        looked(hub, NOW + timedelta(minutes=minute))

    counts = list(SourceHour.objects.values_list("count", flat=True))

    assert sum(counts) == Event.objects.count()
    assert set(counts[1:-1]) == {10}


def test_what_people_and_the_hub_itself_bring_is_no_sign_of_the_source(hub: Hub) -> None:
    for source in (EventSource.MANUAL, EventSource.BACKFILL, EventSource.TEST):
        row(hub, NOW - timedelta(hours=3), "1", source, trigger=trigger_of(hub)).save()
    looked(hub, NOW)

    assert not SourceHour.objects.exists()


@pytest.mark.parametrize("why", ["connection", "paused", "stopped", "away", "not looked"])
def test_while_nobody_listens_silence_is_no_sign(hub: Hub, why: str) -> None:
    comes(hub, BEGIN, NOW)
    begun(hub)
    later = NOW + timedelta(hours=5)
    if why == "connection":
        Connection.objects.filter(pk=hub.accredible.pk).update(state=ConnectionState.SUSPENDED)
    if why == "paused":
        Workflow.objects.filter(pk=hub.workflow.pk).update(state=WorkflowState.PAUSED)
    if why == "stopped":
        stops.stop(hub.team)
    if why != "not looked":
        Cursor.objects.update(swept_at=later)
    if why in ("connection", "paused", "stopped", "not looked"):
        SourceWatch.objects.update(looked_at=later - timedelta(minutes=1))
    rhythms.look(later)
    Connection.objects.update(state=ConnectionState.CONNECTED)
    Workflow.objects.update(state=WorkflowState.LIVE)
    Stop.objects.all().delete()

    assert list(rhythms.silent(hub.team, later)) == []


def test_a_pause_in_which_the_hub_was_away_is_not_taken_for_a_habit(hub: Hub) -> None:
    back = NOW - timedelta(days=4)
    comes(hub, BEGIN, back - timedelta(days=3))
    looked(hub, back - timedelta(days=3))
    rhythms.look(back)  # nobody looked for three days
    comes(hub, back + timedelta(minutes=1), NOW)
    looked(hub, NOW)

    longest = max(r.quiet_to - r.quiet_from for r in SourceHour.objects.exclude(quiet_from=None))

    assert longest < timedelta(minutes=10)
