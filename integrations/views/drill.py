"""The drill of a draft before it goes live: begun, watched, cancelled."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from integrations import queue
from integrations.models import Workflow
from integrations.services import drilling, lifecycle, overview, versions
from integrations.services.drill import gate
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.workflows import own


@team_required()
def workflow_drill(request: TeamRequest, pk: int) -> HttpResponse:
    workflow = own(request, pk)
    context = {
        "title": f"{workflow.name}: drill",
        "troubles": [drilling.TITLES[key] for key in gate.IN_PROCESS],
        **_state(workflow),
    }
    return render(request, "hub/workflow_drill.html", context)


@team_required()
def workflow_drill_state(request: TeamRequest, pk: int) -> HttpResponse:
    """Asked every second while it is under way."""
    return render(request, "hub/_drill_state.html", _state(own(request, pk)))


@changes
def workflow_drill_start(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        drilling.start(own(request, pk), actor=request.user)
        queue.drill()
    return redirect("workflow-drill", pk=pk)


@changes
def workflow_drill_cancel(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        drilling.cancel(own(request, pk), actor=request.user)
        messages.success(request, "Cancelled. Nothing of it is left anywhere.")
    return redirect("workflow-drill", pk=pk)


@changes
def workflow_drill_here(request: TeamRequest, pk: int) -> HttpResponse:
    """The way out when no worker answers: this request drills it itself."""
    made = drilling.latest(own(request, pk))
    if made is not None and made.is_open:
        drilling.work(made)
    return redirect("workflow-drill", pk=pk)


def _state(workflow: Workflow) -> dict[str, Any]:
    made = drilling.latest(workflow)
    return {
        "workflow": workflow,
        "made": made,
        "lines": drilling.lines(made) if made else [],
        "tested": lifecycle.tested(workflow),
        "drilled": lifecycle.drilled(workflow),
        "unchanged": versions.unchanged(workflow),
        "answering": overview.cluster_answers(),
    }
