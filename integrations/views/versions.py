"""Versions: the way back to one of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from integrations.services import versions
from integrations.views.access import TeamRequest, changes, told
from integrations.views.workflows import own


@changes
def workflow_rollback(request: TeamRequest, pk: int) -> HttpResponse:
    workflow = own(request, pk)
    with told(request):
        number = request.POST.get("to", "")
        to = versions.numbered(workflow, number) if number else versions.earlier(workflow)
        replace = bool(request.POST.get("replace_draft"))
        made = versions.rollback(workflow, to, replace_draft=replace, actor=request.user)
        draft = "The draft says the same now." if replace else "The draft stays as it was."
        said = f"Version {made.number} is live and says what version {to.number} said. {draft}"
        messages.success(request, said)
    return redirect("workflow-detail", pk=pk)
