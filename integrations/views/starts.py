"""Workflows that people start: a button for operators, a form for anybody who has its link."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from integrations.engine.errors import HubError
from integrations.forms.starts import ONCE, StartForm
from integrations.services import starts
from integrations.views.access import TeamRequest, changes, told
from integrations.views.times import public
from integrations.views.workflows import own


@changes
def workflow_start(request: TeamRequest, pk: int) -> HttpResponse:
    workflow = own(request, pk)
    with told(request):
        form = StartForm({ONCE: uuid.uuid4(), **request.POST.dict()}, starts.asked(workflow))
        if not form.is_valid():
            wrong = "; ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
            messages.error(request, f"Nothing was started. {wrong}")
            return redirect("workflow-detail", pk=pk)
        run = starts.by_hand(workflow, form.values, actor=request.user)
        return redirect("run-detail", pk=run.pk)
    return redirect("workflow-detail", pk=pk)


@public
def form(request: HttpRequest, link: str) -> HttpResponse:
    """The form itself: the link is the authority, so it needs no cookie."""
    shown = starts.form(link)
    filled = StartForm(request.POST or None, shown.fields)
    context = {"title": shown.title, "shown": shown, "form": filled, "done": False}
    if request.method == "POST" and filled.is_valid():
        try:
            starts.fill_in(shown, filled.values, filled.cleaned_data[ONCE].hex)
        except HubError as error:
            filled.add_error(None, error.sentence)
        else:
            context["done"] = True
    return render(request, "hub/form.html", context, status=200 if shown.open else 503)
