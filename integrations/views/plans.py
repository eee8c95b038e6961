"""Plans that were kept: looked at, and applied exactly."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from integrations.engine.errors import HubError
from integrations.models import Plan
from integrations.services import plans, undoing
from integrations.views import runs
from integrations.views.access import TeamRequest, changes, team_required


def own(request: TeamRequest, pk: int) -> Plan:
    rows = Plan.objects.of(request.team).select_related("workflow__live", "team", "run", "undoes")
    found: Plan = get_object_or_404(rows, pk=pk)
    return found


@team_required()
def plan_detail(request: TeamRequest, pk: int) -> HttpResponse:
    plan = own(request, pk)
    return render(request, "hub/plan_detail.html", {"title": f"Plan {plan.pk}", "plan": plan})


@changes
def run_undo(request: TeamRequest, pk: int) -> HttpResponse:
    """The plan that would take back what the run has written; nothing is written yet."""
    try:
        plan = undoing.plan(runs.own(request, pk), request.user)
    except HubError as error:
        messages.error(request, error.sentence)
        return redirect("run-detail", pk=pk)
    return redirect("plan-detail", pk=plan.pk)


@changes
def plan_apply(request: TeamRequest, pk: int) -> HttpResponse:
    """The run that makes the plan's writes; clicked twice, it is the same one."""
    try:
        run = plans.apply(own(request, pk), request.user)
    except HubError as error:
        messages.error(request, error.sentence)
        return redirect("plan-detail", pk=pk)
    messages.success(request, "Nothing has moved since; exactly this plan is being applied.")
    return redirect("run-detail", pk=run.pk)
