"""/alerts/: what somebody should know of, what is over, and whom the hub tells."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from integrations.forms.alerts import AlertSettingsForm
from integrations.models import Alert
from integrations.services import alert_channels, alerts, audit, rhythms
from integrations.views.access import TeamRequest, changes, team_required

PAGE = 25


@team_required()
def alert_list(request: TeamRequest) -> HttpResponse:
    return _page(request, AlertSettingsForm(None, own=alerts.settings_of(request.team)))


@changes
def alert_settings(request: TeamRequest) -> HttpResponse:
    form = AlertSettingsForm(request.POST, own=alerts.settings_of(request.team))
    if not form.is_valid():
        return _page(request, form)
    form.save()
    audit.note(request.team, request.user, "alerts.settings_changed", request.team)
    messages.success(request, "Saved. Send a test to see that it arrives.")
    return redirect("alert-list")


@changes
def alert_test(request: TeamRequest) -> HttpResponse:
    messages.info(request, alerts.send_test(request.team))
    return redirect("alert-list")


def _page(request: TeamRequest, form: AlertSettingsForm) -> HttpResponse:
    over = Alert.objects.of(request.team).filter(resolved_at__isnull=False).order_by("-resolved_at")
    context = {
        "title": "Alerts",
        "rows": alerts.worst_first(alerts.opened(request.team)),
        "page": Paginator(over, PAGE).get_page(request.GET.get("page")),
        "sources": rhythms.sources(request.team, datetime.now(UTC)),
        "form": form,
        "own": form.own,
        "by_mail": alert_channels.by_mail(form.own),
    }
    return render(request, "hub/alert_list.html", context)
