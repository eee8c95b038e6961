"""Putting a workflow together on screen: started blank, step by step."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from integrations import catalog
from integrations.engine.errors import HubError, WrongUse
from integrations.forms.steps import BlankForm, StepForm
from integrations.models import Connection, Role, Workflow
from integrations.services import building, drafts, shelves
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.step_calls import usable
from integrations.views.workflows import ICONS, own

KINDS = (
    ("filter", "Filter", "Goes on only if its condition holds; else the run is skipped."),
    ("approve", "Approval", "Waits until a person says yes."),
    ("wait", "Wait", "Waits for some minutes, or until a time."),
    ("answer", "Answer", "What whoever asked, or a workflow that follows this one, is given."),
)


@team_required(Role.OPERATOR)
def workflow_blank(request: TeamRequest) -> HttpResponse:
    form = BlankForm(request.POST or None, team=request.team)
    if request.method == "POST" and form.is_valid():
        try:
            made = building.start_blank(
                request.team,
                name=form.cleaned_data["name"],
                source=form.source,
                trigger=form.trigger,
                others=form.others,
                actor=request.user,
            )
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            return redirect("workflow-step-new", pk=made.pk)
    return render(request, "hub/workflow_blank.html", {"title": "Start blank", "form": form})


@team_required(Role.OPERATOR)
def workflow_step_new(request: TeamRequest, pk: int) -> HttpResponse:
    """A call, searched for as in the explorer, or a step that is none."""
    workflow = own(request, pk)
    if request.method == "POST":
        with told(request):
            return _add(request, workflow)
    rows = usable(request, workflow)
    bound = list(drafts.bound(workflow).values())
    asked = _number(request.GET.get("connection", ""))
    chosen = next((row for row in rows if row.pk == asked), None) or next(iter(bound), None)
    query = request.GET.get("q", "")
    context = {
        "title": f"{workflow.name}: another step",
        "workflow": workflow,
        "kinds": [(kind, title, says, ICONS[kind]) for kind, title, says in KINDS],
        "connections": rows,
        "senders": [(row, work) for row, work in building.senders(request.team) if row in rows],
        "chosen": chosen,
        "query": query,
        "found": shelves.find(catalog.connector(chosen.connector), query) if chosen else None,
    }
    piece = "hub/_step_found.html" if request.headers.get("HX-Request") else "hub/workflow_step_new.html"
    return render(request, piece, context)


def _add(request: TeamRequest, workflow: Workflow) -> HttpResponse:
    if kind := request.POST.get("kind", ""):
        step = building.add_plain(workflow, kind, title=request.POST.get("title", ""), actor=request.user)
        return redirect("workflow-step-form", pk=workflow.pk, step=step.id)
    rows = Connection.objects.of(request.team)
    connection = rows.filter(pk=_number(request.POST.get("connection", ""))).first()
    if connection is None:
        raise WrongUse("Choose the connection that the step goes over.")
    step = building.add_call(workflow, connection, request.POST.get("operation", ""), actor=request.user)
    messages.success(request, f"“{step.title}” is added. Say what goes into each of its fields.")
    return redirect("workflow-step", pk=workflow.pk, step=step.id)


@team_required(Role.OPERATOR)
def workflow_step_form(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    """When it is taken, for which items, and what it is called."""
    workflow = own(request, pk)
    spec = drafts.compile_draft(workflow)
    try:
        found = spec.step(step)
    except WrongUse:
        raise Http404 from None
    form = StepForm(request.POST or None, spec=spec, step=found)
    if request.method == "POST" and form.is_valid():
        try:
            building.change_step(workflow, step, form.words, actor=request.user)
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, f"“{form.words['title']}” is saved.")
            return redirect("workflow-detail", pk=pk)
    context = {
        "title": f"{workflow.name}: {found.title}",
        "workflow": workflow,
        "step": found,
        "form": form,
        "last": spec.steps[-1] == found,
        "first": spec.steps[0] == found,
    }
    return render(request, "hub/workflow_step_form.html", context)


@changes
def workflow_step_move(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    workflow = own(request, pk)
    with told(request):
        by = -1 if request.POST.get("where") == "up" else 1
        building.move_step(workflow, step, by, actor=request.user)
    return redirect("workflow-detail", pk=pk)


@changes
def workflow_step_remove(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    workflow = own(request, pk)
    with told(request):
        building.remove_step(workflow, step, actor=request.user)
        messages.success(request, "The step is taken out. What is live goes on as it was until you deploy.")
    return redirect("workflow-detail", pk=pk)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
