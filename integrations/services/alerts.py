"""Alerts: what is wrong is noted once for each cause, told once for each time it gets worse, and its end too.

A look compares what is wrong now with the alerts that are open. What a look finds again is the same alert;
what it no longer finds is over, and its end is told after CALM, so that what comes and goes is not told each
time. Within BACK the same cause opens the same alert again. Messages of a team keep GAP between them: what
comes up meanwhile goes out together with the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from integrations.models import Alert, AlertKind, AlertLevel, AlertSettings, Team
from integrations.services import alert_causes, alert_channels, alert_strains, overview, rhythms, selftests
from integrations.services.alert_causes import Found

GAP = timedelta(minutes=5)
CALM = timedelta(minutes=10)
BACK = timedelta(hours=1)
AWAY = timedelta(minutes=2)
CLUSTER = "cluster"


@dataclass(slots=True)
class Looked:
    """What a look came to: alerts that are open now, those just begun, those just over, and messages sent."""

    open: int = 0
    begun: int = 0
    over: int = 0
    told: int = 0


def look(now: datetime, *, works: bool = False) -> Looked:
    """Note what is wrong for every team, and tell whom it concerns. `works`: it is a worker that asks."""
    looked = Looked()
    rhythms.look(now)
    for team in Team.objects.order_by("pk"):
        found = [*alert_causes.of(team, now), *alert_strains.of(team, now)]
        found += [*rhythms.silent(team, now), *selftests.failing(team)]
        with transaction.atomic():
            if not works:
                found += [one for one in (_cluster(now),) if one]
            _note(team, found, now, looked, only=~Q(kind=AlertKind.REGISTRATION))
        looked.told += tell(team, now)
    return looked


def look_at_cluster(now: datetime) -> None:
    """The one cause that no worker can tell: that there is none. For the watch, which outlives them."""
    found = _cluster(now)
    if found is None:
        return
    for team in Team.objects.order_by("pk"):
        with transaction.atomic():
            _note(team, [found], now, Looked(), only=Q(kind=AlertKind.CLUSTER))
        tell(team, now)


def note(team: Team, found: list[Found], now: datetime, kind: AlertKind) -> None:
    """What a check of its own has found, apart from the looks: all of that kind that is wrong now."""
    with transaction.atomic():
        _note(team, found, now, Looked(), only=Q(kind=kind))
    tell(team, now)


def opened(team: Team) -> QuerySet[Alert]:
    """What is wrong now, the worst first."""
    rows: QuerySet[Alert] = Alert.objects.of(team).filter(resolved_at=None)
    return rows


def worst_first(rows: Iterable[Alert]) -> list[Alert]:
    return sorted(rows, key=lambda row: (-row.weight, row.first_at))


def _cluster(now: datetime) -> Found | None:
    """No worker has been heard of for a while, though there once was one."""
    seen_at = overview.cluster_seen_at()
    if seen_at is None or now - seen_at <= AWAY:
        return None
    return Found(
        kind=AlertKind.CLUSTER,
        cause=CLUSTER,
        level=AlertLevel.CRITICAL,
        sentence=f"Nothing runs: no worker answers since {seen_at.day} {seen_at:%b}, {seen_at:%H:%M} UTC.",
        advice="Start the hub again (manage.py serve). What came in meanwhile is kept and runs then.",
        path=reverse("dashboard"),
    )


# --- noting ---------------------------------------------------------------------------------------


def _note(team: Team, found: list[Found], now: datetime, looked: Looked, only: Q | None = None) -> None:
    """Compare with what is open. `only`: the alerts that this look could have found."""
    rows = {row.cause: row for row in opened(team).filter(only or Q())}
    for one in _once(found):
        if one.cause in rows:
            _go_on(rows.pop(one.cause), one, now)
        else:
            looked.begun += 1
            _begin(team, one, now)
        looked.open += 1
    looked.over += len(rows)
    Alert.objects.filter(pk__in=[row.pk for row in rows.values()]).update(resolved_at=now)


def _once(found: Iterable[Found]) -> list[Found]:
    """One for each cause, the weightiest."""
    kept: dict[str, Found] = {}
    for one in found:
        cause = one.cause[:120]
        if cause not in kept or kept[cause].stage < one.stage:
            kept[cause] = replace(one, cause=cause)
    return list(kept.values())


def _begin(team: Team, one: Found, now: datetime) -> None:
    """A new alert, or the one that was over a moment ago."""
    before = Alert.objects.of(team).filter(cause=one.cause, resolved_at__gt=now - BACK).first()
    if before is not None and before.over_told_at is None:
        before.resolved_at = None
        _go_on(before, one, now)
        return
    Alert.objects.bulk_create([_row(team, one, now)], ignore_conflicts=True)


def _row(team: Team, one: Found, now: datetime) -> Alert:
    return Alert(
        team=team,
        kind=one.kind,
        cause=one.cause,
        level=one.level,
        stage=one.stage,
        sentence=one.sentence,
        advice=one.advice,
        path=one.path[:300],
        count=one.count,
        first_at=now,
        last_at=now,
    )


def _go_on(row: Alert, one: Found, now: datetime) -> None:
    """A stage that was reached stays reached until it is over: what swings around 70 % is told once."""
    if one.stage >= row.stage:
        row.level, row.stage, row.sentence, row.advice = one.level, one.stage, one.sentence, one.advice
    row.count, row.path, row.last_at = one.count, one.path[:300], now
    row.save()


# --- telling --------------------------------------------------------------------------------------


def settings_of(team: Team) -> AlertSettings:
    row, _ = AlertSettings.objects.get_or_create(team=team)
    return row


def tell(team: Team, now: datetime) -> int:
    """Send what there is to tell, if a message may go out now; how many alerts it was about."""
    own = settings_of(team)
    news, over = _news(own, now), _over(own, now)
    if not (news or over) or not _take_turn(own, now):
        return 0
    problem = alert_channels.tell(own, news, over, now)
    AlertSettings.objects.filter(pk=own.pk).update(problem=problem)
    if problem:
        return 0  # told again after GAP; what went out as events has the same ids then
    for row in news:
        again = {"told_at": now, "told_as": row.weight, "tellings": row.tellings + 1}
        Alert.objects.filter(pk=row.pk).update(**again)
    Alert.objects.filter(pk__in=[row.pk for row in over]).update(over_told_at=now)
    return len(news) + len(over)


def _take_turn(own: AlertSettings, now: datetime) -> bool:
    """Whether this process is the one to tell now: one message a team in GAP."""
    rows = AlertSettings.objects.filter(Q(told_at=None) | Q(told_at__lte=now - GAP), pk=own.pk)
    return rows.update(told_at=now) == 1


def _news(own: AlertSettings, now: datetime) -> list[Alert]:
    """Open alerts that were not told yet, got worse since, or have lasted for long."""
    again = now - timedelta(hours=own.again_h)
    return [
        row
        for row in worst_first(opened(own.team))
        if _matters(row, own)
        and (
            row.told_at is None
            or row.weight > row.told_as
            or (row.told_at <= again and row.level != AlertLevel.INFO)
        )
    ]


def _over(own: AlertSettings, now: datetime) -> list[Alert]:
    """What was told and is over for good. What was never told needs no end."""
    rows = Alert.objects.of(own.team).filter(
        resolved_at__lte=now - CALM, told_at__isnull=False, over_told_at=None
    )
    return list(rows)


def _matters(row: Alert, own: AlertSettings) -> bool:
    return AlertLevel.values.index(row.level) >= AlertLevel.values.index(own.least)


def send_test(team: Team) -> str:
    """Send a message that means nothing over every channel; what became of it, in a sentence."""
    now = datetime.now(UTC)
    sample = _row(
        team,
        Found(
            kind=AlertKind.CLUSTER,
            cause="test",
            level=AlertLevel.INFO,
            sentence="This is a test: alerts of GHL Hub reach you here.",
            path=reverse("alert-list"),
        ),
        now,
    )
    return alert_channels.test(settings_of(team), sample, now)
