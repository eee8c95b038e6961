"""Old records: how many there are and what they cost, begun, watched, paused and gone on with."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from integrations import queue
from integrations.engine.errors import HubError
from integrations.models import BackfillState, Workflow
from integrations.services import backfill, overview
from integrations.services.backfill import Outlook
from integrations.services.drain import drain_once
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.workflows import own

HERE_S = 20.0


@team_required()
def workflow_backfill(request: TeamRequest, pk: int) -> HttpResponse:
    workflow = own(request, pk)
    foreseen, refused = _outlook(workflow)
    context = {
        "title": f"{workflow.name}: old records",
        "foreseen": foreseen,
        "refused": refused,
        "batch": backfill.BATCH,
        **_state(workflow),
    }
    return render(request, "hub/workflow_backfill.html", context)


@team_required()
def workflow_backfill_state(request: TeamRequest, pk: int) -> HttpResponse:
    """Asked every two seconds while it is under way."""
    return render(request, "hub/_backfill_state.html", _state(own(request, pk)))


@changes
def workflow_backfill_start(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        backfill.start(own(request, pk), actor=request.user)
        queue.backfill()
    return redirect("workflow-backfill", pk=pk)


@changes
def workflow_backfill_pause(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        backfill.pause(own(request, pk), actor=request.user)
        messages.success(request, "Paused. What is under way is brought to its end.")
    return redirect("workflow-backfill", pk=pk)


@changes
def workflow_backfill_resume(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        backfill.resume(own(request, pk), actor=request.user)
        queue.backfill()
    return redirect("workflow-backfill", pk=pk)


@changes
def workflow_backfill_here(request: TeamRequest, pk: int) -> HttpResponse:
    """The way out when no worker answers: this request takes one batch itself."""
    with told(request):
        made = backfill.latest(own(request, pk))
        if made is not None and made.state == BackfillState.RUNNING:
            made = backfill.step(made)
            drain_once(made.batch, for_s=HERE_S)
            backfill.step(made, more=False)
    return redirect("workflow-backfill", pk=pk)


def _outlook(workflow: Workflow) -> tuple[Outlook | None, str]:
    try:
        return backfill.outlook(workflow), ""
    except HubError as error:
        return None, error.sentence


def _state(workflow: Workflow) -> dict[str, Any]:
    return {
        "workflow": workflow,
        "made": backfill.latest(workflow),
        "answering": overview.cluster_answers(),
    }
