"""Runs: finding them, reading one from event to answer, and deciding where a person is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from integrations import catalog
from integrations.engine.errors import HubError
from integrations.engine.execute import StepStatus
from integrations.engine.mapping import Trace
from integrations.engine.spec import ProofKind, StepKind, WorkflowSpec
from integrations.engine.transforms import is_empty
from integrations.forms.runs import HeldForm, RunFilter
from integrations.models import FINISHED, Connection, Effect, EffectState, Run, RunState, StepRun
from integrations.services import decisions, journeys, known, lifecycle, stories
from integrations.services.stories import StepView
from integrations.views.access import TeamRequest, changes, team_required, told

PAGE = 25
PROOFS = {
    ProofKind.IDEMPOTENT: "sending it twice does no harm",
    ProofKind.MARKED: "carries the hub's mark, so it can be found again",
    ProofKind.NATURAL_KEY: "can be found again by what makes it unique",
    ProofKind.NONE: "cannot be found again by the hub: a person decides in doubt",
}
MOVING = (RunState.QUEUED, RunState.RUNNING)


def own(request: TeamRequest, pk: int) -> Run:
    rows = Run.objects.of(request.team).select_related(
        "workflow__live", "version", "event__connection", "parked_on", "team"
    )
    found: Run = get_object_or_404(rows, pk=pk)
    return found


@team_required()
def run_list(request: TeamRequest) -> HttpResponse:
    rows = Run.objects.of(request.team).select_related("workflow", "event__connection", "version")
    form = RunFilter(request.GET, team=request.team)
    if form.is_valid():
        rows = _filtered(rows, form.cleaned_data)
    page = Paginator(rows.annotate(n_calls=Count("calls")).order_by("-id"), PAGE).get_page(
        request.GET.get("page")
    )
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "title": "Runs",
        "form": form,
        "page": page,
        "filtered": any(form.data.get(name) for name in form.fields),
        "query": query.urlencode(),
    }
    return render(request, "hub/run_list.html", context)


def _filtered(rows: Any, given: dict[str, Any]) -> Any:
    if given["state"]:
        rows = rows.filter(state=given["state"])
    if given["workflow"]:
        rows = rows.filter(workflow=given["workflow"])
    if given["record"]:
        rows = rows.filter(record__icontains=given["record"].strip())
    return rows


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a step: what became of it, and why."""

    label: str
    trace: Trace
    story: list[str]

    @property
    def empty(self) -> bool:
        return is_empty(self.trace.value)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One step of the run as the page tells it."""

    view: StepView
    rows: list[Row]
    writes: list[tuple[Effect, str]]

    @property
    def held(self) -> list[Effect]:
        return [effect for effect, _ in self.writes if effect.state == EffectState.HELD]

    @property
    def idle(self) -> bool:
        """Left out because of its condition; what a filter stopped is no such step."""
        story = self.view.story
        return story.status is StepStatus.SKIPPED and story.step.kind is not StepKind.FILTER

    @property
    def written(self) -> list[Row]:
        return [row for row in self.rows if not row.empty]

    @property
    def left_out(self) -> list[Row]:
        return [row for row in self.rows if row.empty]


@team_required()
def run_detail(request: TeamRequest, pk: int) -> HttpResponse:
    run = own(request, pk)
    context = {"title": f"Run {run.pk}", **_story(run)}
    template = "hub/_run.html" if request.headers.get("HX-Request") else "hub/run_detail.html"
    return render(request, template, context)


def _story(run: Run) -> dict[str, Any]:
    view = stories.view_of(run)
    connections = lifecycle.bound_connections(run.version)
    chapters = [_chapter(run, step, connections) for step in view.steps]
    others = Run.objects.of(run.team).filter(workflow=run.workflow, record=run.record, mode=run.mode)
    return {
        "run": run,
        "chapters": [chapter for chapter in chapters if not chapter.idle],
        "idle": [chapter for chapter in chapters if chapter.idle],
        "problem": view.problem,
        "differing": stories.lineage_holds(run) if not view.problem else [],
        "other_calls": run.calls.filter(address=""),
        "moving": run.state in MOVING or (run.state == RunState.WAITING and run.due_at is not None),
        "asked": list(run.steps.filter(done=False)) if _asks(run) else [],
        "may_cancel": run.state not in (*FINISHED, RunState.RUNNING),
        "may_replay": run.state in (RunState.FAILED, RunState.CANCELLED),
        "others": others.exclude(pk=run.pk).order_by("-id")[:5],
    }


def _asks(run: Run) -> bool:
    """Waiting without an end: until a person decides."""
    return run.state == RunState.WAITING and run.due_at is None


def _chapter(run: Run, view: StepView, connections: Mapping[str, Connection]) -> Chapter:
    spec = journeys.spec_of(run)
    fields = known.fields_of(view.story.step, spec, connections)
    titles = {field.key: field.title for field in fields}
    rows = [
        Row(titles.get(trace.target, trace.target), trace, stories.explain(trace))
        for trace in view.story.traces
    ]
    return Chapter(view, rows, [(effect, _proof(spec, view, effect)) for effect in view.effects])


def _proof(spec: WorkflowSpec, view: StepView, effect: Effect) -> str:
    """What keeps this write from happening twice, in words."""
    connector = catalog.connector(spec.roles[view.story.step.role])
    proof = connector.operation(effect.operation).proof
    return PROOFS[proof.kind if proof else ProofKind.NONE]


@changes
def run_decide(request: TeamRequest, pk: int, step: int) -> HttpResponse:
    """Yes or no to a step that waits for a person."""
    waiting: StepRun = get_object_or_404(StepRun, pk=step, run=own(request, pk))
    yes = request.POST.get("answer") == "yes"
    with told(request):
        decisions.approve(waiting, yes, request.user)
        messages.success(request, "Approved; the run goes on." if yes else "Declined; the run ends here.")
    return redirect("run-detail", pk=pk)


@changes
def run_held(request: TeamRequest, pk: int, effect: int) -> HttpResponse:
    """A person has looked in the app whether a write happened."""
    run = own(request, pk)
    held: Effect = get_object_or_404(Effect.objects.of(request.team), pk=effect, run=run)
    form = HeldForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say first whether the record is there.")
        return redirect("run-detail", pk=pk)
    happened = form.cleaned_data["happened"] == "yes"
    with told(request):
        decisions.decide_held(held, happened, form.cleaned_data["record_id"], request.user)
        messages.success(request, "Noted; the run goes on.")
    return redirect("run-detail", pk=pk)


@changes
def run_cancel(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        decisions.cancel(own(request, pk), request.user)
        messages.success(request, "Cancelled. What it has written stays.")
    return redirect("run-detail", pk=pk)


@changes
def run_replay(request: TeamRequest, pk: int) -> HttpResponse:
    try:
        again = decisions.replay(own(request, pk), request.user)
    except HubError as error:
        messages.error(request, error.sentence)
        return redirect("run-detail", pk=pk)
    messages.success(request, "It runs again; what was written the first time is not written twice.")
    return redirect("run-detail", pk=again.pk)
