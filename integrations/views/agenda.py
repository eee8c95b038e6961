"""/agenda/: the calendars of all of a team's accounts in one view, and as a feed for calendar programs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from integrations.engine.errors import HubError
from integrations.forms.times import zones
from integrations.models import Connection, Team
from integrations.services import addresses, picklists, rates
from integrations.services import agenda as agendas
from integrations.services.accounts import connector_of
from integrations.views.access import TeamRequest, changes, team_required

SPANS = {"day": 1, "week": 7}
FEEDS_PER_MIN = 30


@team_required()
def agenda(request: TeamRequest) -> HttpResponse:
    rows = agendas.accounts(request.team)
    chosen = [row for row in rows if str(row.pk) == request.GET.get("connection")] or rows
    zone, span, first = _zone(request, rows), SPANS.get(request.GET.get("span", ""), 7), _first(request)
    first = first or datetime.now(zone).date()
    filters = _filters(request, chosen[0]) if len(chosen) == 1 else []
    only = {field["key"]: field["value"] for field in filters if field["value"]}
    begin = datetime.combine(first, time.min, zone)
    found = agendas.of(chosen, begin, datetime.combine(first + timedelta(days=span), time.min, zone), only)
    query = request.GET.copy()
    query.pop("from", None)
    context = {
        "title": "Agenda",
        "rows": rows,
        "chosen": chosen,
        "found": found,
        "days": _days(found, zone),
        "filters": filters,
        "zone": zone.key,
        "zones": zones(),
        "span": span,
        "first": first,
        "last": first + timedelta(days=span - 1),
        "earlier": first - timedelta(days=span),
        "later": first + timedelta(days=span),
        "query": query.urlencode(),
        "feed": addresses.agenda_url(request.team) if request.may_operate else "",
    }
    return render(request, "hub/agenda.html", context)


@changes
def agenda_address(request: TeamRequest) -> HttpResponse:
    """Another address of the feed; the old one ends."""
    addresses.renew_agenda(request.team, request.user)
    messages.success(request, "The feed has a new address; the old one has ended.")
    return redirect("agenda")


@never_cache
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """Whole or not at all: calendar programs keep what they have when they are told to come again."""
    if left_s := rates.wait_s(f"feed:{key}", FEEDS_PER_MIN):
        return _later(429, left_s)
    team = Team.objects.filter(agenda_key=key).first() if key else None
    if team is None:
        raise Http404
    text, found = agendas.feed(team)
    if found.problems:
        return _later(503, 60)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _later(status: int, after_s: int) -> HttpResponse:
    answer = HttpResponse("Come again later.", content_type="text/plain", status=status)
    answer["Retry-After"] = str(after_s)
    return answer


def _zone(request: HttpRequest, rows: list[Connection]) -> ZoneInfo:
    """The one that was chosen, else that of the first account that has one, else the hub's."""
    known = set(zones())
    wished = [request.GET.get("zone"), *(row.settings.get("timezone") for row in rows), settings.TIME_ZONE]
    return ZoneInfo(next((name for name in wished if name in known), "UTC"))


def _first(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return None


def _filters(request: HttpRequest, row: Connection) -> list[dict[str, Any]]:
    """What one account's agenda may be narrowed to; a list that cannot be read is left out."""
    connector = connector_of(row)
    found = []
    for field in connector.procedure(connector.agenda).fields:
        if not field.reference:
            continue
        try:
            picks = picklists.picks(row, field.reference)
        except HubError:
            continue
        value = request.GET.get(field.key, "")
        known = value if value in {pk for pk, _ in picks} else ""
        found.append({"key": field.key, "title": field.title, "picks": picks, "value": known})
    return found


def _days(found: agendas.Agenda, zone: ZoneInfo) -> list[tuple[date, list[dict[str, Any]]]]:
    items: list[dict[str, Any]] = [
        {"item": item, "start": item.start.astimezone(zone), "end": item.end.astimezone(zone)}
        for item in found.items
    ]
    return [(day, list(group)) for day, group in groupby(items, key=lambda row: row["start"].date())]
