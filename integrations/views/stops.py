"""The kill switches: what is stopped, and what can be."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from integrations.models import Connection, Team
from integrations.services import stops
from integrations.views.access import TeamRequest, changes, team_required, told

HUB = "hub"
TEAM = "team"


@team_required()
def stop_list(request: TeamRequest) -> HttpResponse:
    pulled = list(stops.seen_by(request.team))
    over = {row.connection_id for row in pulled}
    kinds = {(row.team_id is None, row.connection_id is None) for row in pulled}
    context = {
        "title": "Kill switches",
        "going": [row for row in Connection.objects.of(request.team) if row.pk not in over],
        "team_goes": (False, True) not in kinds,
        "hub_goes": (True, True) not in kinds,
    }
    return render(request, "hub/stop_list.html", context)


@changes
def stop_pull(request: TeamRequest) -> HttpResponse:
    team, connection = _what(request)
    with told(request):
        made = stops.stop(team, connection, why=request.POST.get("why", ""), actor=request.user)
        what = stops.capital(stops.subject(made))
        messages.warning(
            request, f"{what} is stopped. What comes meanwhile is kept and runs when you resume."
        )
    return redirect("stop-list")


@changes
def stop_release(request: TeamRequest) -> HttpResponse:
    team, connection = _what(request)
    with told(request):
        stops.resume(team, connection, actor=request.user)
        messages.success(request, "Resumed. What stood still goes on where it stopped.")
    return redirect("stop-list")


def _what(request: TeamRequest) -> tuple[Team | None, Connection | None]:
    """What the form names; the whole hub is for its administrators alone."""
    what = request.POST.get("what", "")
    if what == TEAM:
        return request.team, None
    if what == HUB:
        if not request.user.is_superuser:
            raise PermissionDenied("Only an administrator of the hub stops or resumes all of it.")
        return None, None
    number = int(what) if what.isdecimal() else 0
    return None, get_object_or_404(Connection.objects.of(request.team), pk=number)
