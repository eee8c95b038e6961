"""Linked records compared: the lists, who owns which field, bringing in line; and the conflict inbox."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from integrations import queue
from integrations.engine.errors import WrongUse
from integrations.models import DRIFTS, Finding, FindingKind, FindingState, ReconcileState, Workflow
from integrations.services import healing, overview, owners, reconciling, ways_back
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.workflows import own

PAGE = 25
LISTS = (
    ("drifted", "Drifted", tuple(kind.value for kind in DRIFTS)),
    ("failing", "Failing", (FindingKind.FAILING.value,)),
    ("excluded", "Excluded", (FindingKind.EXCLUDED.value,)),
    ("in_sync", "In sync", (FindingKind.IN_SYNC.value,)),
)


@team_required()
def workflow_compare(request: TeamRequest, pk: int) -> HttpResponse:
    workflow = own(request, pk)
    made = reconciling.latest(workflow)
    shown = request.GET.get("show", "drifted")
    kinds = next((kinds for key, _, kinds in LISTS if key == shown), LISTS[0][2])
    rows = Finding.objects.filter(reconcile=made, kind__in=kinds).select_related("run", "connection")
    context = {
        "title": f"{workflow.name}: linked records",
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "query": f"show={shown}",
        "show": shown,
        "lists": [(key, label, getattr(made, key, 0)) for key, label, _ in LISTS],
        "links": owners.links_of(workflow),
        "policies": owners.LABELS,
        "ways_back": ways_back.told(workflow) if workflow.live else [],
        **_state(workflow),
    }
    return render(request, "hub/workflow_compare.html", context)


@team_required()
def workflow_compare_state(request: TeamRequest, pk: int) -> HttpResponse:
    """Asked every two seconds while it is under way."""
    return render(request, "hub/_compare_state.html", _state(own(request, pk)))


@changes
def workflow_compare_start(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        reconciling.start(own(request, pk), actor=request.user)
        queue.reconcile()
    return redirect("workflow-compare", pk=pk)


@changes
def workflow_compare_cancel(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        reconciling.cancel(own(request, pk), actor=request.user)
        messages.success(request, "Cancelled. What was found so far stays.")
    return redirect("workflow-compare", pk=pk)


@changes
def workflow_compare_here(request: TeamRequest, pk: int) -> HttpResponse:
    """The way out when no worker answers: this request compares one batch itself."""
    with told(request):
        made = reconciling.latest(own(request, pk))
        if made is not None and made.state == ReconcileState.RUNNING:
            reconciling.step(made)
    return redirect("workflow-compare", pk=pk)


@changes
def workflow_compare_heal(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        made = reconciling.latest(own(request, pk))
        if made is None:
            raise WrongUse("Compare first; then there is a plan to apply.")
        healed = healing.heal(made, actor=request.user)
        messages.success(
            request,
            f"{len(healed.runs)} runs bring records in line, {healed.links} links were put back, and "
            f"{healed.kept} differences are taken as the app has them.",
        )
    return redirect("workflow-compare", pk=pk)


@changes
def workflow_compare_owner(request: TeamRequest, pk: int) -> HttpResponse:
    """Who wins for one field, one link or all; and how often it is compared."""
    workflow = own(request, pk)
    given = request.POST
    with told(request):
        if "hours" in given:
            hours = int(given["hours"]) if given["hours"].isdigit() else 0
            reconciling.every(workflow, hours, heals=bool(given.get("heals")), actor=request.user)
        elif given.get("forget"):
            kept = {key: value for key, value in workflow.owners.items() if key != given["forget"]}
            owners.save(workflow, kept, actor=request.user)
        else:
            name, field = given.get("link", "*"), given.get("field", "").strip() or "*"
            key = "*" if name == "*" else f"{name}.{field}"
            owners.save(workflow, {**workflow.owners, key: given.get("policy", "")}, actor=request.user)
        messages.success(request, "Saved; it counts from the next comparison on.")
    return redirect("workflow-compare", pk=pk)


# --- the inbox ------------------------------------------------------------------------------------


@team_required()
def conflict_list(request: TeamRequest) -> HttpResponse:
    rows = reconciling.conflicts(request.team)
    context = {"title": "Conflicts", "page": Paginator(rows, PAGE).get_page(request.GET.get("page"))}
    return render(request, "hub/conflict_list.html", context)


@changes
def conflict_decide(request: TeamRequest, pk: int) -> HttpResponse:
    rows = Finding.objects.filter(reconcile__team=request.team).select_related("reconcile__workflow__team")
    row = get_object_or_404(rows.select_related("reconcile__workflow__live"), pk=pk)
    with told(request):
        healing.decide(row, request.POST.get("winner", ""), request.user)
        healing.heal(row.reconcile, actor=request.user, only=[row.pk])
        messages.success(request, "Decided.")
    return redirect("conflict-list")


def _state(workflow: Workflow) -> dict[str, Any]:
    made = reconciling.latest(workflow)
    ready = made.findings.filter(state=FindingState.READY).count() if made else 0
    asked = made.findings.filter(state=FindingState.ASK).count() if made else 0
    return {
        "workflow": workflow,
        "made": made,
        "ready": ready,
        "asked": asked,
        "answering": overview.cluster_answers(),
    }
