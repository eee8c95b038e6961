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
from integrations.engine import proofs
from integrations.engine.errors import HubError, WrongUse
from integrations.engine.execute import StepStatus
from integrations.engine.mapping import Trace
from integrations.engine.spec import StepKind, WorkflowSpec
from integrations.engine.transforms import is_empty
from integrations.forms.runs import EditForm, HeldForm, RunFilter
from integrations.models import (
    FINISHED,
    OPEN,
    Connection,
    Effect,
    EffectState,
    Plan,
    PlanKind,
    ReplayBatch,
    Role,
    Run,
    RunState,
    StepRun,
)
from integrations.services import decisions, gaps, journeys, known, lifecycle, replays, stories, undoing
from integrations.services.gaps import Gap
from integrations.services.stories import StepView
from integrations.views.access import TeamRequest, changes, team_required, told

PAGE = 25
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
    if given["connection"]:
        rows = rows.filter(replays.of_connection(given["connection"]))
    if given["since"]:
        rows = rows.filter(made_at__gte=given["since"])
    return rows


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a step: what became of it, and why."""

    label: str
    trace: Trace
    story: list[str]
    gap: Gap | None = None

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
    empty = gaps.of_run(run, view.steps)
    chapters = [_chapter(run, step, connections, empty.get(step.key, {})) for step in view.steps]
    undoes = Plan.objects.of(run.team).filter(run=run, kind=PlanKind.UNDO).first()
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
        "may_go_on": run.state == RunState.HELD and not run.effects.filter(state__in=OPEN).exists(),
        "newer": decisions.newer_success(run),
        "may_replay": decisions.may_replay(run) and not undoes,
        "may_undo": undoing.may_undo(run),
        "undoes": undoes,
        "undone_by": [plan.run for plan in undoing.applied(run) if plan.run],
        "others": others.exclude(pk=run.pk).order_by("-id")[:5],
    }


def _asks(run: Run) -> bool:
    """Waiting without an end: until a person decides."""
    return run.state == RunState.WAITING and run.due_at is None


def _chapter(
    run: Run, view: StepView, connections: Mapping[str, Connection], empty: Mapping[str, Gap]
) -> Chapter:
    spec = journeys.spec_of(run)
    fields = known.fields_of(view.story.step, spec, connections)
    titles = {field.key: field.title for field in fields}
    rows = [
        Row(titles.get(trace.target, trace.target), trace, stories.explain(trace), empty.get(trace.target))
        for trace in view.story.traces
    ]
    return Chapter(view, rows, [(effect, _proof(spec, view, effect)) for effect in view.effects])


def _proof(spec: WorkflowSpec, view: StepView, effect: Effect) -> str:
    """What keeps this write from happening twice, in words."""
    step = view.story.step
    operation = catalog.connector(spec.roles[step.role]).operation(effect.operation)
    if step.finds is not None and effect.operation == step.operation:
        return f"can be found again by {step.finds.by}, by which the step looks first"
    return proofs.said(operation)


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
def run_go_on(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        decisions.let_go_on(own(request, pk), request.user)
        messages.success(request, "It goes on.")
    return redirect("run-detail", pk=pk)


@changes
def run_cancel(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        decisions.cancel(own(request, pk), request.user)
        messages.success(request, "Cancelled. What it has written stays.")
    return redirect("run-detail", pk=pk)


@changes
def run_replay(request: TeamRequest, pk: int) -> HttpResponse:
    """Again from the failed step; with `payload`, on the event as a person has put it right."""
    edited = None
    if "payload" in request.POST:
        form = EditForm(request.POST)
        if not form.is_valid():
            messages.error(request, "The event has to be one JSON object; nothing was run.")
            return redirect("run-detail", pk=pk)
        edited = form.cleaned_data["payload"]
    try:
        behind = request.POST.get("behind") == "yes"
        again = decisions.replay(own(request, pk), request.user, edited=edited, behind=behind)
    except HubError as error:
        messages.error(request, error.sentence)
        return redirect("run-detail", pk=pk)
    messages.success(request, "It runs again; what was written the first time is not written twice.")
    return redirect("run-detail", pk=again.pk)


@team_required(Role.OPERATOR)
def runs_replay(request: TeamRequest) -> HttpResponse:
    """The failed runs that the filter shows, again together: the estimate, and on a POST the start."""
    form = RunFilter(request.GET, team=request.team)
    foreseen, refused = None, ""
    try:
        foreseen = _foreseen(request, form)
        if request.method == "POST":
            what = f"Failed runs of {form.words}"
            return redirect("replay-detail", pk=replays.start(request.team, foreseen, what, request.user).pk)
    except HubError as error:
        refused = error.sentence
    context = {
        "title": "Run again",
        "foreseen": foreseen,
        "refused": refused,
        "chosen": form.words if form.is_valid() else "",
    }
    return render(request, "hub/runs_replay.html", context)


def _foreseen(request: TeamRequest, form: RunFilter) -> replays.Outlook:
    """Raises WrongUse for a filter that cannot be read: it would be all of the team's runs instead."""
    if not form.is_valid():
        raise WrongUse("The filter cannot be read; go back to all runs and choose again.")
    rows = _filtered(replays.again(request.team), {**form.cleaned_data, "state": ""})
    return replays.outlook(rows)


@team_required()
def replay_detail(request: TeamRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    at = replays.progress(batch)
    context = {
        "title": batch.what,
        "batch": batch,
        "at": at,
        "runs": batch.runs.select_related("workflow", "event__connection", "version").order_by("-id")[:PAGE],
    }
    return render(request, "hub/replay_detail.html", context)


@changes
def replay_cancel(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        count = replays.cancel(_batch(request, pk), request.user)
        messages.success(request, f"{count} runs were cancelled; what is under way is brought to its end.")
    return redirect("replay-detail", pk=pk)


def _batch(request: TeamRequest, pk: int) -> ReplayBatch:
    found: ReplayBatch = get_object_or_404(ReplayBatch.objects.of(request.team), pk=pk)
    return found
