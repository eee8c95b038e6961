"""The simulated apps: their state, what a person does in them, and troubles to switch on."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from integrations.engine.errors import HubError
from integrations.forms.sandbox import ActionForm, FaultForm, SettingsForm
from integrations.models import Environment, Role, Team, Workflow, WorkflowState
from integrations.services.clients import sandbox as simulated
from integrations.views.access import P, TeamRequest, View, changes, team_required, told

LOG = 40
ROWS = 50


def enabled(view: View[P]) -> View[P]:
    """Only where this hub has a sandbox."""

    @wraps(view)
    def checked(request: TeamRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.HUB_SANDBOX_ENABLED:
            raise Http404
        return view(request, *args, **kwargs)

    return checked


@team_required()
@enabled
def sandbox(request: TeamRequest) -> HttpResponse:
    return _page(request, request.GET.get("app", ""))


def _page(
    request: TeamRequest,
    slug: str,
    *,
    acted: ActionForm | None = None,
    fault: FaultForm | None = None,
    settings: SettingsForm | None = None,
) -> HttpResponse:
    apps = simulated().apps()
    app = apps.get(slug) or next(iter(apps.values()))
    tables = simulated().summary(app.slug)
    actions = [
        acted if acted and acted.action is action else ActionForm(None, action=action, tables=tables)
        for action in app.actions
    ]
    context = {
        "title": "Sandbox",
        "apps": apps.values(),
        "app": app,
        "tables": [
            {**table, "more": len(table["rows"]) - ROWS, "rows": table["rows"][::-1][:ROWS]}
            for table in tables
        ],
        "actions": actions,
        "acted": acted.action.key if acted else "",
        "fault_form": fault or FaultForm(),
        "settings_form": settings or SettingsForm(None, settings=simulated().settings(app.slug)),
        "faults": [fault for fault in simulated().faults() if fault["app"] == app.slug],
        "log": simulated().requests(app=app.slug)[: -LOG - 1 : -1],
        "listening": listening(request.team, app.slug),
    }
    return render(request, "hub/sandbox.html", context)


def listening(team: Team, slug: str) -> list[Workflow]:
    """Live workflows of the team whose trigger is in this simulated app."""
    live = Workflow.objects.of(team).filter(state=WorkflowState.LIVE).select_related("live")
    return [workflow for workflow in live if _listens(workflow, slug)]


def _listens(workflow: Workflow, slug: str) -> bool:
    spec: dict[str, Any] = workflow.live.spec if workflow.live else {}
    role = spec.get("trigger_role")
    if spec.get("roles", {}).get(role) != slug or workflow.live is None:
        return False
    bound = workflow.bindings.filter(connection_id=workflow.live.bindings.get(role))
    return bound.filter(connection__environment=Environment.SANDBOX).exists()


@changes
@enabled
def sandbox_act(request: TeamRequest, app: str, action: str) -> HttpResponse:
    try:
        chosen = simulated().apps()[app].action(action)
    except (KeyError, HubError):
        raise Http404 from None
    form = ActionForm(request.POST, action=chosen, tables=simulated().summary(app))
    if form.is_valid():
        try:
            made = simulated().act(app, action, form.values)
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _done(chosen.title, made, bool(listening(request.team, app))))
            return _back(app)
    return _page(request, app, acted=form)


def _done(title: str, made: dict[str, Any], heard: bool) -> str:
    which = f" ({made['id']})" if "id" in made else ""
    hint = " Press “Look now” to let the workflow see it at once." if heard else ""
    return f"Done: {title}{which}.{hint}"


@changes
@enabled
def sandbox_fault(request: TeamRequest, app: str) -> HttpResponse:
    form = FaultForm(request.POST)
    if not form.is_valid():
        return _page(request, app, fault=form)
    given = form.cleaned_data
    with told(request):
        simulated().set_fault(
            app,
            given["kind"],
            match=given["match"],
            count=given["count"],
            seconds=given["seconds"] or 0.0,
            percent=given["percent"] or 100,
        )
        messages.success(request, "Switched on.")
    return _back(app)


@changes
@enabled
def sandbox_set(request: TeamRequest, app: str) -> HttpResponse:
    if app not in simulated().apps():
        raise Http404
    form = SettingsForm(request.POST, settings=simulated().settings(app))
    if not form.is_valid():
        return _page(request, app, settings=form)
    with told(request):
        simulated().turn(app, form.turned)
        messages.success(request, "Set." if form.turned else "Nothing was changed.")
    return _back(app)


@changes
@enabled
def sandbox_clear_faults(request: TeamRequest, app: str) -> HttpResponse:
    simulated().clear_faults()
    messages.success(request, "All troubles are off, in every simulated app.")
    return _back(app)


@team_required(Role.OPERATOR)
@enabled
def sandbox_reset(request: TeamRequest) -> HttpResponse:
    if request.method == "POST":
        simulated().reset()
        messages.success(request, "The sandbox is as on its first day. Connections to it still work.")
        return redirect("sandbox")
    return render(request, "hub/sandbox_reset.html", {"title": "Reset the sandbox?"})


def _back(app: str) -> HttpResponse:
    response = redirect("sandbox")
    response["Location"] += f"?app={app}"
    return response
