"""Steps with more to say than which call: one of the operator's own, and one that looks first."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from integrations import catalog
from integrations.engine.errors import HubError, WrongUse
from integrations.engine.free_calls import is_free, takes_free_calls
from integrations.engine.spec import Step, StepKind, WorkflowSpec
from integrations.forms.calls import FindingForm, FreeCallForm, creating
from integrations.models import Connection, ConnectionState, Role, Workflow
from integrations.services import building, drafts
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.workflows import own


def usable(request: TeamRequest, workflow: Workflow) -> list[Connection]:
    """The connections that a step of this workflow may go over: never both the sandbox and production."""
    rows = Connection.objects.of(request.team).exclude(state=ConnectionState.DISCONNECTED).order_by("name")
    bound = next(iter(drafts.bound(workflow).values()), None)
    return list(rows if bound is None else rows.filter(environment=bound.environment))


@team_required(Role.OPERATOR)
def workflow_call_new(request: TeamRequest, pk: int) -> HttpResponse:
    """A call that no catalogue has, as another step."""
    workflow = own(request, pk)
    rows = [row for row in usable(request, workflow) if takes_free_calls(catalog.connector(row.connector))]
    form = FreeCallForm(request.POST or None, connections=rows)
    if request.method == "POST" and form.is_valid():
        connection = next(row for row in rows if str(row.pk) == form.cleaned_data["connection"])
        try:
            step = building.add_call(workflow, connection, form.call.key, actor=request.user)
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, f"“{step.title}” is added. Say what goes into each of its fields.")
            return redirect("workflow-step", pk=pk, step=step.id)
    context = {"title": f"{workflow.name}: a call of your own", "workflow": workflow, "form": form}
    return render(request, "hub/workflow_call.html", context)


@team_required(Role.OPERATOR)
def workflow_call(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    """Such a step's method, path, and what a repeat would do."""
    workflow = own(request, pk)
    _, found = _step(workflow, step)
    if not is_free(found.operation):
        raise Http404
    form = FreeCallForm(request.POST or None, step=found)
    if request.method == "POST" and form.is_valid():
        try:
            building.change_call(workflow, step, form.call.key, actor=request.user)
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, "The call is saved. Look whether its fields still fit.")
            return redirect("workflow-step", pk=pk, step=step)
    context = {"title": f"{workflow.name}: {found.title}", "workflow": workflow, "step": found, "form": form}
    return render(request, "hub/workflow_call.html", context)


@team_required(Role.OPERATOR)
def workflow_upsert_new(request: TeamRequest, pk: int) -> HttpResponse:
    """What would be created, chosen from a connection's calls; how it looks first comes on the next page."""
    workflow = own(request, pk)
    rows = usable(request, workflow)
    chosen = next((row for row in rows if str(row.pk) == request.GET.get("connection")), None)
    chosen = chosen or next(iter(rows), None)
    create = request.GET.get("create", "").strip()
    context: dict[str, Any] = {
        "title": f"{workflow.name}: update or create",
        "workflow": workflow,
        "connections": rows,
        "chosen": chosen,
        "creating": creating(catalog.connector(chosen.connector)) if chosen else [],
    }
    if chosen is not None and create:
        return _upsert(request, workflow, chosen, create, context)
    return render(request, "hub/workflow_upsert.html", context)


def _upsert(
    request: TeamRequest, workflow: Workflow, connection: Connection, create: str, context: dict[str, Any]
) -> HttpResponse:
    connector = catalog.connector(connection.connector)
    with told(request):
        operation = building.operation_named(connector, create)
        form = FindingForm(request.POST or None, connector=connector, create=operation, was=None)
        if request.method == "POST" and form.is_valid():
            try:
                step = building.add_call(
                    workflow, connection, operation.key, finds=form.finding, actor=request.user
                )
            except HubError as error:
                form.add_error(None, error.sentence)
            else:
                messages.success(request, f"“{step.title}” is added. Say what goes into each of its fields.")
                return redirect("workflow-step", pk=workflow.pk, step=step.id)
        return render(request, "hub/workflow_finding.html", {**context, "form": form, "work": operation})
    return redirect("workflow-upsert-new", pk=workflow.pk)


@team_required(Role.OPERATOR)
def workflow_finding(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    """How a step that creates looks first."""
    workflow = own(request, pk)
    spec, found = _step(workflow, step)
    if found.kind is not StepKind.WRITE:
        raise Http404
    connector = catalog.connector(spec.roles[found.role])
    operation = connector.operation(found.operation)
    form = FindingForm(request.POST or None, connector=connector, create=operation, was=found.finds)
    if request.method == "POST" and form.is_valid():
        try:
            building.change_finding(workflow, step, form.finding, actor=request.user)
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, f"“{found.title}” looks first from now on.")
            return redirect("workflow-step", pk=pk, step=step)
    context = {
        "title": f"{workflow.name}: {found.title}",
        "workflow": workflow,
        "step": found,
        "work": operation,
        "form": form,
    }
    return render(request, "hub/workflow_finding.html", context)


@changes
def workflow_finding_remove(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    workflow = own(request, pk)
    with told(request):
        building.change_finding(workflow, step, None, actor=request.user)
        messages.success(request, "The step creates without looking first.")
    return redirect("workflow-step", pk=pk, step=step)


def _step(workflow: Workflow, step: str) -> tuple[WorkflowSpec, Step]:
    spec = drafts.compile_draft(workflow)
    try:
        return spec, spec.step(step)
    except WrongUse:
        raise Http404 from None
