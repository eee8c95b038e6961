"""Small words for templates."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.utils import timezone

from integrations import catalog
from integrations.engine.quota import Lane, Usage
from integrations.models import Stop
from integrations.services import stops

register = template.Library()

HOUR_S, DAY_S = 3_600, 86_400


@register.filter
def pretty(value: Any) -> str:
    """JSON for people: text that is JSON is set out too, other text stays as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@register.filter
def brief(value: Any) -> str:
    """A value in a table cell: texts as they are, the rest as one line of JSON."""
    if value is None or value == "":
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


@register.filter
def lasted(run: Any) -> str:
    """How long a run took from when it was due to be begun to its end."""
    if run.started_at is None:
        return "–"
    seconds = ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < HOUR_S else f"{seconds / HOUR_S:.1f} h"


@register.filter
def window(seconds: float) -> str:
    """The length of a quota window."""
    if seconds >= DAY_S:
        return "a day" if seconds == DAY_S else f"{seconds / DAY_S:g} days"
    if seconds >= HOUR_S:
        return "an hour" if seconds == HOUR_S else f"{seconds / HOUR_S:g} hours"
    return "a second" if seconds == 1 else f"{seconds:g} seconds"


@register.filter
def percent(share: float) -> int:
    return round(share * 100)


LANES = {
    Lane.REQUEST: "people and requests",
    Lane.TRIGGER: "events",
    Lane.SYNC: "looks and checks",
    Lane.BACKFILL: "backfills",
}


@register.filter
def lanes(window: Usage) -> list[dict[str, Any]]:
    """Who used a window, for its bar: name, label, calls, and the part of the window's width in percent."""
    used = [(lane.value, label, window.lanes.get(lane, 0)) for lane, label in LANES.items()]
    used.append(("others", "others with this account", window.others))
    return [
        {"name": name, "label": label, "calls": calls, "width": f"{100 * calls / window.count:.2f}"}
        for name, label, calls in used
        if calls
    ]


@register.filter
def at(moment: datetime | None) -> str:
    """A moment in the hub's time zone, short when it is today."""
    if not moment:  # a template hands "" for what is not there
        return "–"
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate():
        return f"today, {local:%H:%M:%S}"
    return f"{local.day} {local:%b %Y, %H:%M}"


@register.filter
def coming(moment: datetime | None) -> str:
    """The same for a moment to come; one that is past is due."""
    return "due now" if moment and moment <= timezone.now() else at(moment)


@register.filter
def where(call: Any) -> str:
    """The path that was called, without the app's host."""
    parts = urlsplit(call.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or call.operation


@register.filter
def happened(event: Any) -> str:
    """What an event means in the words of its app; an unknown one is named as it came."""
    connector = catalog.CONNECTORS.get(event.connection.connector)
    trigger = connector.triggers.get(event.trigger) if connector else None
    return dict(trigger.events).get(event.type, event.type) if trigger else str(event.type)


@register.filter
def words(name: str) -> str:
    """A field's name as words: camelCase and under_scores taken apart."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).strip()
    return spaced[:1].upper() + spaced[1:].lower()


@register.inclusion_tag("hub/_stopped.html", takes_context=True)
def stopped(context: Any) -> dict[str, Any]:
    """The kill switches that are pulled, for the banner; none on a page that is no team's."""
    request = context.get("request")
    team = getattr(request, "team", None)
    return {
        "request": request,
        "stopped": stops.seen_by(team) if team else (),
        "csrf_token": context.get("csrf_token"),
    }


@register.filter
def stop_sentence(row: Stop) -> str:
    who = f" by {row.made_by}" if row.made_by else ""
    what = stops.capital(stops.subject(row))
    return f"{what} is stopped since {timezone.localtime(row.made_at):%b %d, %H:%M}{who}. {row.why}".strip()
