"""From the sandbox to real accounts: which, what it names there, and the word to go."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from integrations.engine.errors import HubError
from integrations.forms.promotion import PicksForm, PromoteForm, picks_in
from integrations.models import Role
from integrations.services import firsts, promotion, registering
from integrations.services.promotion import Outlook
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.workflows import own

LOOKS = "Its first look only notes what is there; what is new after that starts runs."


@team_required(Role.OPERATOR)
def workflow_promote(request: TeamRequest, pk: int) -> HttpResponse:
    """GET: which accounts. POST: what it names there, and with `go`, live."""
    workflow = own(request, pk)
    context: dict[str, Any] = {"title": f"{workflow.name}: promote", "workflow": workflow}
    try:
        form = PromoteForm(request.POST or None, workflow=workflow)
    except HubError as error:
        return render(request, "hub/workflow_promote.html", {**context, "refused": error.sentence})
    context["form"] = form
    if request.method == "POST" and form.is_valid():
        try:
            found = promotion.look(
                workflow, form.connections, picks=picks_in(request.POST), name=form.cleaned_data["name"]
            )
            if "go" in request.POST and not found.problems:
                return _go(request, found, form.cleaned_data["first_n"])
            context |= {"found": found, "picks": PicksForm(None, rows=found.found.rows)}
        except HubError as error:
            form.add_error(None, error.sentence)
    return render(request, "hub/workflow_promote.html", context)


def _go(request: TeamRequest, found: Outlook, first_n: int | None) -> HttpResponse:
    done = promotion.promote(found, first_n=first_n, actor=request.user)
    if done.again:
        messages.info(request, f"Nothing has changed: version {done.version.number} stays live.")
    else:
        messages.success(request, f"Version {done.version.number} is live on real accounts. {LOOKS}")
    if registered := registering.after_deploy(done.workflow, actor=request.user):
        say = messages.info if registered.ok else messages.warning
        say(request, registered.sentence)
    return redirect("workflow-detail", pk=done.workflow.pk)


@changes
def workflow_take_all(request: TeamRequest, pk: int) -> HttpResponse:
    with told(request):
        freed = firsts.take_all(own(request, pk), actor=request.user)
        messages.success(request, f"It takes all records from here on; {freed} runs waited for that.")
    return redirect("workflow-detail", pk=pk)
