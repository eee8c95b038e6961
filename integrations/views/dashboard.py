"""How everything stands, on one page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from integrations.models import Connection, ConnectionState, Run, Team, Workflow, WorkflowState
from integrations.services import alerts, key_ages, linting, overview, reconciling
from integrations.views.access import TeamRequest, team_required

DAYS = 14
# One colour for one meaning, as in hub/_status.html; the greys and axes are readable on light and dark.
SERIES = (
    ("Succeeded", "#16a34a", ("succeeded",)),
    ("Skipped", "#94a3b8", ("skipped", "cancelled")),
    ("Failed", "#dc2626", ("failed",)),
    ("Not finished", "#2563eb", ("queued", "running", "waiting", "parked", "held")),
)
AXIS = "#78828f"
CHART_OPTIONS = json.dumps(
    {
        "animation": False,
        "maintainAspectRatio": False,
        "borderRadius": 3,
        "maxBarThickness": 28,
        "plugins": {
            "legend": {
                "display": True,
                "position": "bottom",
                "labels": {"color": AXIS, "boxWidth": 10, "boxHeight": 10},
            }
        },
        "scales": {
            "x": {
                "stacked": True,
                "grid": {"display": False},
                "border": {"display": False},
                "ticks": {"color": AXIS, "maxRotation": 0, "autoSkipPadding": 12},
            },
            "y": {
                "stacked": True,
                "beginAtZero": True,
                "border": {"display": False},
                "ticks": {"color": AXIS, "precision": 0, "maxTicksLimit": 5},
            },
        },
    }
)


@team_required()
def dashboard(request: TeamRequest) -> HttpResponse:
    days = overview.by_day(request.team, DAYS)
    runs = Run.objects.of(request.team).select_related("workflow", "event__connection", "version")
    context = {
        "title": "Dashboard",
        "health": overview.health(request.team),
        "cards": _cards(request.team),
        "alerts": alerts.worst_first(alerts.opened(request.team)),
        "troubled": overview.troubled(request.team),
        "hurt": linting.hurt(request.team),
        "conflicts": reconciling.conflicts(request.team).count(),
        "aging": key_ages.due(request.team, datetime.now(UTC)),
        "quotas": overview.quotas(request.team),
        "runs": runs[:8],
        "steps": _next_steps(request.team),
        "any_runs": any(days.values()),
        "days": days,
        "chart": _chart(days),
        "chart_options": CHART_OPTIONS,
    }
    return render(request, "hub/dashboard.html", context)


def _cards(team: Team) -> list[dict[str, Any]]:
    today, standing = overview.today(team), overview.standing(team)
    done = today.get("succeeded", 0)
    return [
        {
            "label": "Runs today",
            "number": sum(today.values()),
            "note": f"{done} succeeded, {today.get('skipped', 0)} skipped",
            "href": reverse("run-list"),
        },
        _card("Under way", standing, ("queued", "waiting"), "queued or waiting for their time"),
        _card("Need a person", standing, ("held", "parked"), "held, or a connection needs attention"),
        _card("Failed", standing, ("failed",), "in the last seven days"),
    ]


def _card(label: str, standing: dict[str, int], states: tuple[str, ...], note: str) -> dict[str, Any]:
    """Leads to the first of its states that has something in it."""
    state = next((state for state in states if standing.get(state)), states[0])
    return {
        "label": label,
        "number": sum(standing.get(state, 0) for state in states),
        "note": note,
        "href": f"{reverse('run-list')}?state={state}",
        "alarm": states[0] in ("held", "failed"),
    }


def _chart(days: dict[Any, Any]) -> str:
    return json.dumps(
        {
            "labels": [f"{day.day} {day:%b}" for day in days],
            "datasets": [
                {
                    "label": label,
                    "backgroundColor": colour,
                    "data": [sum(counts.get(state, 0) for state in states) for counts in days.values()],
                }
                for label, colour, states in SERIES
            ],
        }
    )


def _next_steps(team: Team) -> list[dict[str, Any]]:
    """What a new team does first, with what is done already; empty once a workflow is live."""
    workflows = Workflow.objects.of(team)
    if workflows.filter(state__in=(WorkflowState.LIVE, WorkflowState.PAUSED)).exists():
        return []
    connected = Connection.objects.of(team).filter(state=ConnectionState.CONNECTED)
    draft = workflows.first()
    at_draft = reverse("workflow-detail", args=[draft.pk]) if draft else reverse("recipe-list")
    return [
        {
            "title": "Connect two accounts",
            "text": "GoHighLevel and the app it should work with. The sandbox needs no account at all.",
            "done": connected.values("connector").distinct().count() > 1,
            "href": reverse("connection-list"),
        },
        {
            "title": "Choose a recipe",
            "text": "A ready workflow: pick its connections and answer a few questions.",
            "done": draft is not None,
            "href": reverse("recipe-list"),
        },
        {
            "title": "Try it in the sandbox",
            "text": "A real run against simulated apps. Nothing outside is touched.",
            "done": workflows.exclude(tested_hash="").exists(),
            "href": at_draft,
        },
        {
            "title": "Deploy it",
            "text": "From then on it looks for new events by itself.",
            "done": False,
            "href": at_draft,
        },
    ]
