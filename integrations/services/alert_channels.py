"""How alerts reach people: by e-mail, and as signed events to an address of the operator's own.

An event is a delivery like any other: stored, sent until it is taken, with the same id in every try. Its id
follows from the alert and how often it was told, so that telling it twice delivers it once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from integrations import queue
from integrations.engine.spec import Operation
from integrations.models import Alert, AlertSettings, Connection, ConnectionState, Delivery, Role, Team
from integrations.services import outbound
from integrations.services.accounts import connector_of

log = logging.getLogger(__name__)

RAISED = "alert.raised"
RECOVERED = "alert.recovered"
TESTED = "alert.test"


def tell(own: AlertSettings, news: Sequence[Alert], over: Sequence[Alert], now: datetime) -> str:
    """Over all channels of the team; why a mail could not be sent ("": it was, or none was wanted)."""
    for alert in news:
        log.warning("alert for %s: %s", own.team, alert.sentence)
        _deliver(own, alert, RAISED, f"{alert.pk}:{alert.tellings}:{alert.weight}", now)
    for alert in over:
        log.warning("over for %s: %s", own.team, alert.sentence)
        _deliver(own, alert, RECOVERED, f"{alert.pk}:{alert.tellings}:over", now)
    return _mail(own, _subject(own.team, news, over), _body(news, over))


def test(own: AlertSettings, sample: Alert, now: datetime) -> str:
    """What became of a test, in a sentence for each channel."""
    said = []
    if problem := _mail(own, f"[GHL Hub] {own.team}: a test", _body([sample], [])):
        said.append(problem)
    else:
        said.append(by_mail(own))
    if own.connection is not None:
        key = _deliver(own, sample, TESTED, f"test:{own.pk}:{now.timestamp()}", now)
        outbound.send_due(only=list(Delivery.objects.filter(key=key).values_list("pk", flat=True)))
        row = Delivery.objects.get(key=key)
        said.append(f"The event over {own.connection.name}: {row.problem or row.get_state_display()}")
    return " ".join(said)


def by_mail(own: AlertSettings) -> str:
    """Who gets mails, in a sentence."""
    addresses = recipients(own)
    if not own.by_mail:
        return "No e-mails are sent: they are switched off."
    if not settings.HUB_SENDS_MAIL:
        return "No e-mails are sent: HUB_SMTP_URL is not set. Alerts stand in the log and on this page."
    if not addresses:
        return "No e-mails are sent: nobody of the team has an address."
    return f"E-mails go to {', '.join(addresses)}."


def recipients(own: AlertSettings) -> list[str]:
    """The addresses that were entered; else those of everybody who may operate."""
    if own.mails:
        return [str(address) for address in own.mails]
    rows = own.team.memberships.exclude(role=Role.VIEWER).filter(user__is_active=True)
    return sorted({address for address in rows.values_list("user__email", flat=True) if address})


def senders(team: Team) -> list[Connection]:
    """Connections that events can be sent over."""
    rows = Connection.objects.of(team).exclude(state=ConnectionState.DISCONNECTED)
    return [row for row in rows if _operation(row) is not None]


def _operation(connection: Connection) -> Operation | None:
    """What sends an event of any type with any data, apart from runs."""
    found = connector_of(connection).operations.values()
    return next((op for op in found if op.queued and {"type", "data"} <= {f.key for f in op.fields}), None)


def _deliver(own: AlertSettings, alert: Alert, kind: str, effect: str, now: datetime) -> str:
    """Store it to be sent; its id on the wire, the same for the same effect."""
    operation = _operation(own.connection) if own.connection else None
    if own.connection is None or operation is None:
        return ""
    key = outbound.key_of(f"alert:{effect}")
    row = Delivery(
        team=own.team,
        connection=own.connection,
        key=key,
        operation=operation.key,
        values={"type": kind, "source": "ghl-hub", "data": as_data(alert)},
        due_at=now,
        made_at=now,
    )
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    queue.wake_sending()
    return key


def as_data(alert: Alert) -> dict[str, Any]:
    """An alert as JSON, for events and for programs. Times are in UTC."""
    return {
        "id": alert.pk,
        "team": alert.team.name,
        "kind": alert.kind,
        "cause": alert.cause,
        "level": alert.level,
        "stage": alert.stage,
        "sentence": alert.sentence,
        "advice": alert.advice,
        "count": alert.count,
        "first_at": alert.first_at.isoformat(),
        "last_at": alert.last_at.isoformat(),
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        "url": f"{settings.HUB_BASE_URL}{alert.path}" if alert.path else None,
    }


def _mail(own: AlertSettings, subject: str, body: str) -> str:
    addresses = recipients(own) if own.by_mail and settings.HUB_SENDS_MAIL else []
    if not addresses:
        return ""
    try:
        EmailMessage(subject=subject, body=body, to=addresses).send()
    except (OSError, SMTPException) as error:
        log.warning("alerts of %s could not be mailed: %s", own.team, type(error).__name__)
        return f"The mail server did not take the last e-mail ({type(error).__name__}); see HUB_SMTP_URL."
    return ""


def _subject(team: Team, news: Sequence[Alert], over: Sequence[Alert]) -> str:
    """The worst of them, and how many more."""
    first = news[0].sentence if news else f"Over: {over[0].sentence}"
    line = " ".join(first.split())
    more = len(news) + len(over) - 1
    short = line if len(line) <= 90 else f"{line[:89]}…"
    return f"[GHL Hub] {team}: {short}" + (f" (and {more} more)" if more else "")


def _body(news: Sequence[Alert], over: Sequence[Alert]) -> str:
    parts = [f"{alert.get_level_display()}: {_told(alert)}" for alert in news]
    parts += [f"Over: {alert.sentence}" for alert in over]
    foot = f"All alerts, and who gets them: {settings.HUB_BASE_URL}/alerts/"
    return "\n\n".join([*parts, foot]) + "\n"


def _told(alert: Alert) -> str:
    lines = [alert.sentence, alert.advice, f"{settings.HUB_BASE_URL}{alert.path}" if alert.path else ""]
    return "\n".join(line for line in lines if line)
