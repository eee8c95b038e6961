"""Workflows: the list, the recipes they are made of, and one workflow with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from integrations import catalog, queue
from integrations.engine.errors import HubError, MappingFailed
from integrations.engine.mapping import condition
from integrations.engine.own_triggers import BY_HAND, FORM, SCHEDULE
from integrations.engine.rewording import Change
from integrations.engine.spec import Recipe, Step, Trigger, TriggerKind, WorkflowSpec
from integrations.forms.starts import StartForm
from integrations.forms.workflows import NewWorkflowForm, WorkflowSettingsForm
from integrations.models import Connection, Environment, Role, Run, Workflow
from integrations.recipes import ALL, recipe
from integrations.services import (
    addresses,
    asking,
    clocks,
    corrector,
    drafts,
    firsts,
    forecast,
    known,
    lifecycle,
    picklists,
    promotion,
    samples,
    scopes,
    slot_links,
    starts,
    unproven,
    versions,
)
from integrations.services.forecast import Forecast
from integrations.views.access import TeamRequest, changes, team_required

EVENTS_FORESEEN = 100
LINK_DAYS = 365
VERSIONS_SHOWN = 10
ICONS = {
    "read": "search",
    "write": "edit_square",
    "procedure": "auto_awesome",
    "filter": "filter_alt",
    "approve": "how_to_reg",
    "wait": "hourglass_top",
    "answer": "reply",
}


def own(request: TeamRequest, pk: int) -> Workflow:
    rows = Workflow.objects.of(request.team).select_related("live", "team")
    found: Workflow = get_object_or_404(rows, pk=pk)
    return found


@team_required()
def workflow_list(request: TeamRequest) -> HttpResponse:
    newest = Prefetch("runs", Run.objects.filter(mode="live").order_by("-id")[:1], to_attr="newest")
    rows = [
        {"workflow": row, "next": queue.next_sweep_at(row.pk), "last": next(iter(row.newest), None)}
        for row in Workflow.objects.of(request.team).select_related("live").prefetch_related(newest)
    ]
    return render(request, "hub/workflow_list.html", {"title": "Workflows", "rows": rows})


@team_required()
def recipe_list(request: TeamRequest) -> HttpResponse:
    """All of them, or those that join one app."""
    slugs = {slug for chosen in ALL.values() for slug in chosen.workflow.roles.values()}
    apps = [app for app in catalog.CONNECTORS.values() if app.slug in slugs]
    only = request.GET.get("app", "")
    rows = [_recipe_card(r) for r in ALL.values() if not only or only in r.workflow.roles.values()]
    context = {"title": "Recipes", "rows": rows, "apps": apps, "only": only}
    return render(request, "hub/recipe_list.html", context)


def _recipe_card(chosen: Recipe) -> dict[str, Any]:
    apps = [catalog.connector(slug) for slug in chosen.workflow.roles.values()]
    asked = {app.title: sorted(scopes.of_workflow(chosen.workflow, app.slug)) for app in apps}
    return {"recipe": chosen, "apps": apps, "asked": asked}


@team_required(Role.OPERATOR)
def workflow_new(request: TeamRequest, key: str) -> HttpResponse:
    """A name and connections; the choices follow on the next page, whose lists come from them."""
    try:
        chosen = recipe(key)
    except HubError as error:
        messages.error(request, error.sentence)
        return redirect("recipe-list")
    form = NewWorkflowForm(request.POST or None, team=request.team, recipe=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            workflow = drafts.make_draft(
                request.team,
                key,
                name=form.cleaned_data["name"],
                bindings=form.bindings,
                options={},
                actor=request.user,
            )
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            return redirect("workflow-settings", pk=workflow.pk)
    lacking = [catalog.connector(slug) for slug in form.roles_without_connection]
    context = {"title": "New workflow", "recipe": chosen, "form": form, "lacking": lacking}
    return render(request, "hub/workflow_new.html", context)


@team_required(Role.OPERATOR)
def workflow_settings(request: TeamRequest, pk: int) -> HttpResponse:
    workflow = own(request, pk)
    spec = drafts.compile_draft(workflow)
    trigger = samples.trigger_of(spec)
    chosen = ALL.get(workflow.recipe)
    form = WorkflowSettingsForm(
        request.POST or None,
        team=request.team,
        spec=spec,
        bound=drafts.bound(workflow),
        options=chosen.options if chosen else (),
        trigger=trigger,
        interval_min=workflow.interval_min,
    )
    if request.method == "POST" and form.is_valid():
        try:
            _save(workflow, form)
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, "Saved. What is live goes on as it was until you deploy again.")
            return redirect("workflow-detail", pk=pk)
    context = {
        "title": f"{workflow.name}: connections and choices",
        "workflow": workflow,
        "trigger": trigger,
        "polled": trigger.kind is TriggerKind.POLL,
        "form": form,
        "groups": {prefix: form.group(f"{prefix}_") for prefix in ("role", "option", "trigger")},
    }
    return render(request, "hub/workflow_settings.html", context)


def _save(workflow: Workflow, form: WorkflowSettingsForm) -> None:
    with transaction.atomic():
        drafts.bind(workflow, form.bindings)
        drafts.save_options(workflow, form.option_values)
        drafts.save_trigger_settings(workflow, form.trigger_values)
        workflow.interval_min = form.cleaned_data["interval_min"]
        workflow.save(update_fields=["interval_min"])


@team_required()
def workflow_detail(request: TeamRequest, pk: int) -> HttpResponse:
    workflow = own(request, pk)
    spec = drafts.compile_draft(workflow)
    bound = drafts.bound(workflow)
    problems = lifecycle.problems(workflow)
    trigger = samples.trigger_of(spec)
    context = {
        "title": workflow.name,
        "workflow": workflow,
        "recipe": ALL.get(workflow.recipe),
        "trigger": trigger,
        "problems": problems,
        "gone": known.gone(workflow, spec),
        "unproven": unproven.unproven(spec),
        "corrections": corrector.corrections(spec),
        "tested": lifecycle.tested(workflow),
        "drilled": lifecycle.drilled(workflow),
        "changed": workflow.live is not None and not versions.unchanged(workflow),
        "sandboxed": in_sandbox(bound),
        "bindings": [(catalog.connector(slug), bound.get(role)) for role, slug in spec.roles.items()],
        "journey": journey(workflow, spec, trigger),
        "choices": _choices(workflow, spec, bound),
        **_promoted(workflow),
        **_looking(workflow, trigger, bound.get(spec.trigger_role)),
        "answers": _answers(workflow, trigger, may_see=request.may_operate),
        "start": _start(workflow, spec, may_operate=request.may_operate),
        "next": queue.next_sweep_at(workflow.pk),
        "forecasts": _forecasts(workflow),
        "versions": versions.history(workflow, VERSIONS_SHOWN),
        "undeployed": _undeployed(workflow),
        "runs": Run.objects.of(request.team)
        .filter(workflow=workflow)
        .select_related("event__connection", "version", "workflow")[:6],
    }
    return render(request, "hub/workflow_detail.html", context)


def _start(workflow: Workflow, spec: WorkflowSpec, *, may_operate: bool) -> dict[str, Any] | None:
    """How the workflow page shows a start that no app tells of; None for any other."""
    if spec.trigger not in (BY_HAND, FORM, SCHEDULE):
        return None
    shown: dict[str, Any] = {"kind": spec.trigger.partition(".")[2], "next": clocks.next_at(workflow)}
    if not may_operate:
        return shown
    try:
        shown["form"] = StartForm(None, starts.asked(workflow)) if spec.trigger == BY_HAND else None
        shown["link"] = starts.form_url(workflow) if spec.trigger == FORM else ""
    except HubError as error:
        shown["problem"] = error.sentence
    return shown


def _promoted(workflow: Workflow) -> dict[str, Any]:
    """Where it was promoted from and to, and how far it is with its first records."""
    return {
        "promoted_from": workflow.promoted_from,
        "promoted": promotion.targets(workflow),
        "first": firsts.standing(workflow),
    }


def _forecasts(workflow: Workflow) -> list[Forecast]:
    """What events and looks will cost in calls; nothing as long as the draft cannot be read."""
    try:
        looks = forecast.of_looks(workflow)
        return [*forecast.of_events(workflow, EVENTS_FORESEEN), *([looks] if looks else [])]
    except HubError:
        return []


def _looking(workflow: Workflow, trigger: Trigger, connection: Connection | None) -> dict[str, Any]:
    """How the workflow hears of news, and how often it looks for them itself."""
    cursor = lifecycle.cursor_of(workflow)
    every = cursor.interval_min if cursor and cursor.interval_min else workflow.interval_min
    told = ""
    if trigger.hears and connection is not None:
        app = catalog.connector(connection.connector)
        if app.auth(connection.auth).hears:
            told = f"Webhooks of {app.title} tell of it as it happens."
        elif trigger.sweep:
            told = f"An account connected by a key gets no webhooks from {app.title}: looks find what is new."
    return {"cursor": cursor, "every": every, "told": told, "looks": trigger.sweep is not None}


def _answers(workflow: Workflow, trigger: Trigger, *, may_see: bool) -> dict[str, Any] | None:
    """Where the workflow is asked; None for one that begins otherwise."""
    if trigger.kind is not TriggerKind.REQUEST:
        return None
    if not may_see:
        return {"problem": "Operators see its addresses here."}
    try:
        asked = asking.asked(workflow)
        return {
            "address": addresses.ask_url(workflow),
            "fields": asked.trigger.fields,
            "days": LINK_DAYS,
            "link": slot_links.make(workflow, days=LINK_DAYS) if asked.trigger.picked else "",
        }
    except HubError:
        return {"problem": "It answers once it is live: then its address and its link stand here."}


@changes
def workflow_address(request: TeamRequest, pk: int) -> HttpResponse:
    """Another address; the old one ends."""
    addresses.renew_ask(own(request, pk), request.user)
    messages.success(request, "The workflow has a new address; the old one and its links have ended.")
    return redirect("workflow-detail", pk=pk)


def in_sandbox(bound: dict[str, Connection]) -> bool:
    return all(row.environment == Environment.SANDBOX for row in bound.values())


def _undeployed(workflow: Workflow) -> list[Change]:
    """What the draft says that is not live; nothing where the two cannot be compared."""
    if workflow.live is None:
        return []
    try:
        return versions.between(versions.content(workflow.live), versions.draft(workflow))
    except HubError:
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One step of the journey as the pages list it. `taken_on`: the events that lead through it."""

    step: Step
    app: str
    work: str
    icon: str
    fields: int
    taken_on: list[str]


def journey(workflow: Workflow, spec: WorkflowSpec, trigger: Trigger) -> list[Stop]:
    contexts = {label: samples.sample_context(workflow, spec, kind) for kind, label in trigger.events}
    stops = []
    for step in spec.steps:
        work = drafts.work_of(step, spec)
        stops.append(
            Stop(
                step=step,
                app=catalog.connector(spec.roles[step.role]).title if step.role else "",
                work=work.title if work else "",
                icon=ICONS[step.kind.value],
                fields=len(step.mappings),
                taken_on=[label for label, context in contexts.items() if _holds(step, context)],
            )
        )
    return stops


def _holds(step: Step, context: dict[str, Any]) -> bool:
    try:
        return condition(step.when, context)
    except MappingFailed:
        return False


def _choices(workflow: Workflow, spec: WorkflowSpec, bound: dict[str, Connection]) -> list[tuple[str, Any]]:
    """(question, answer in words) for every option of the recipe."""
    chosen = ALL.get(workflow.recipe)
    found = []
    for field in chosen.options if chosen else ():
        value = spec.options.get(field.key)
        role, _, reference = field.reference.partition(".")
        if reference and value and role in bound:
            value = picklists.known_label(bound[role], reference, str(value))
        elif isinstance(value, bool):
            value = "Yes" if value else "No"
        found.append((field.title, dict(field.choices).get(str(value), value) if field.choices else value))
    return found
