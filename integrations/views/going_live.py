"""From draft to live: the sandbox test, the dry run, deploying, pausing, looking now."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from integrations import queue
from integrations.engine.errors import HubError
from integrations.engine.spec import TriggerKind
from integrations.models import FINISHED, Role, Run, RunMode, Workflow
from integrations.services import (
    drafts,
    lifecycle,
    overview,
    own_fields,
    planning,
    plans,
    registering,
    samples,
    sweeps,
    versions,
)
from integrations.services.drain import drain_once
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.editor import sample_choices, sample_payload
from integrations.views.workflows import in_sandbox, own

HERE_S = 25.0

LOOKS = "Its first look only notes what exists; what is new after that starts runs."
ANSWERS = "It answers at the address that stands on this page."


@changes
def workflow_test(request: TeamRequest, pk: int) -> HttpResponse:
    workflow = own(request, pk)
    spec = drafts.compile_draft(workflow)
    event_type, payload = sample_payload(workflow, spec, request.POST.get("sample", ""))
    try:
        run = lifecycle.sandbox_test(workflow, event_type=event_type, payload=payload, actor=request.user)
    except HubError as error:
        messages.error(request, error.sentence)
        return redirect("workflow-detail", pk=pk)
    queue.wake()
    return redirect("workflow-test-run", pk=pk, run=run.pk)


@team_required()
def workflow_test_run(request: TeamRequest, pk: int, run: int) -> HttpResponse:
    workflow = own(request, pk)
    context = {"title": f"{workflow.name}: sandbox test", **_test(request, workflow, run)}
    return render(request, "hub/workflow_test.html", context)


@changes
def workflow_test_state(request: TeamRequest, pk: int, run: int) -> HttpResponse:
    """Asked every second; when the run has ended, its result is noted for the draft."""
    workflow = own(request, pk)
    context = _test(request, workflow, run)
    tested: Run = context["run"]
    if context["ended"]:
        context["verdict"] = lifecycle.settle_test(workflow, tested)
    return render(request, "hub/_test_state.html", context)


@changes
def workflow_test_here(request: TeamRequest, pk: int, run: int) -> HttpResponse:
    """The way out when no worker answers: this request does the run's work itself."""
    own(request, pk)
    found = _run(request, pk, run)
    with told(request):
        drain_once([found.pk], for_s=HERE_S)
    return redirect("workflow-test-run", pk=pk, run=run)


def _run(request: TeamRequest, pk: int, run: int) -> Run:
    rows = Run.objects.of(request.team).filter(workflow=pk, mode=RunMode.TEST)
    found: Run = get_object_or_404(rows.select_related("workflow", "version", "event__connection"), pk=run)
    return found


def _test(request: TeamRequest, workflow: Workflow, pk: int) -> dict[str, Any]:
    run = _run(request, workflow.pk, pk)
    return {
        "workflow": workflow,
        "run": run,
        "ended": run.state in FINISHED,
        "stuck": run.state in ("held", "parked") or (run.state == "waiting" and run.due_at is None),
        "answering": overview.cluster_answers(),
        "drilled": lifecycle.drilled(workflow),
        "verdict": "",
    }


@team_required(Role.OPERATOR)
def workflow_dry_run(request: TeamRequest, pk: int) -> HttpResponse:
    """Reads for real, writes nothing: the plan as a table."""
    workflow = own(request, pk)
    spec = drafts.compile_draft(workflow)
    chosen = request.POST.get("sample", "")
    plan, kept, refused = None, None, ""
    if request.method == "POST":
        event_type, payload = sample_payload(workflow, spec, chosen)
        try:
            plan = planning.plan(workflow, event_type, payload)
            if plan.holds and plan.writes:
                kept = plans.keep(workflow, plan, drafts.bound(workflow), request.user)
        except HubError as error:
            refused = error.sentence
    context = {
        "title": f"{workflow.name}: dry run",
        "workflow": workflow,
        "samples": sample_choices(workflow, spec),
        "sandboxed": in_sandbox(drafts.bound(workflow)),
        "sample": chosen,
        "plan": plan,
        "kept": kept,
        "sentence": planning.sentence_of(plan) if plan else "",
        "refused": refused,
    }
    return render(request, "hub/workflow_dry_run.html", context)


@changes
def workflow_deploy(request: TeamRequest, pk: int) -> HttpResponse:
    workflow = own(request, pk)
    with told(request):
        own_fields.look(drafts.compile_draft(workflow), drafts.bound(workflow))
        unchanged = versions.unchanged(workflow)
        version = lifecycle.deploy(workflow, actor=request.user, why=request.POST.get("why", "").strip())
        answers = samples.trigger_of(drafts.compile_draft(workflow)).kind is TriggerKind.REQUEST
        if unchanged:
            messages.info(request, f"Nothing has changed: version {version.number} stays live.")
        else:
            messages.success(request, f"Version {version.number} is live. {ANSWERS if answers else LOOKS}")
        if registered := registering.after_deploy(workflow, actor=request.user):
            say = messages.info if registered.ok else messages.warning
            say(request, registered.sentence)
    return redirect("workflow-detail", pk=pk)


@changes
def workflow_pause(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        lifecycle.pause(own(request, pk), actor=request.user)
        messages.success(request, "Paused. Events are still collected and run when you resume.")
    return redirect("workflow-detail", pk=pk)


@changes
def workflow_resume(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        lifecycle.resume(own(request, pk), actor=request.user)
        messages.success(request, "It is live again; collected events run now.")
    return redirect("workflow-detail", pk=pk)


@changes
def workflow_look(request: TeamRequest, pk: int) -> HttpResponse:
    """A worker looks; where none answers, this request does."""
    workflow = own(request, pk)
    with told(request):
        if overview.cluster_answers():
            queue.sweep_now(workflow.pk)
            messages.success(request, "A worker is looking; new runs appear in a moment.")
        else:
            messages.success(request, _looked(sweeps.sweep(workflow)))
    back = request.POST.get("back", "")
    return redirect("sandbox") if back == "sandbox" else redirect("workflow-detail", pk=pk)


def _looked(swept: sweeps.Swept) -> str:
    if swept.busy:
        return "Somebody is looking already."
    if swept.baseline:
        return f"Looked for the first time: {swept.rows} records noted. What is new from now on starts runs."
    return f"Looked: {swept.events} events, {swept.runs} new runs. They start as soon as a worker answers."
