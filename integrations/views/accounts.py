"""What there is under an agency's connection: look for it, choose from it, see how far that has come."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from integrations.models import Connection, SubAccountState
from integrations.services import installing, installs, overview, sub_accounts
from integrations.services.exchange import exchange_of, narrow_of
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.connections import own

ON_A_PAGE = 50
HERE_S = 20.0


def _wide(request: TeamRequest, pk: int) -> Connection:
    connection = own(request, pk)
    if exchange_of(connection) is None:
        raise Http404
    return connection


@team_required()
def account_list(request: TeamRequest, pk: int) -> HttpResponse:
    connection = _wide(request, pk)
    words = request.GET.get("q", "").strip()
    rows = sub_accounts.matching(connection, words)
    open_rows = set(sub_accounts.open_to_choice(connection).values_list("pk", flat=True))
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": f"{connection.name}: {narrow_of(connection).plural}",
        "words": words,
        "page": page,
        "rows": [(row, row.pk in open_rows) for row in page],
        "matching": rows.filter(pk__in=open_rows).count(),
        **_state(connection),
    }
    return render(request, "hub/account_list.html", context)


@team_required()
def account_state(request: TeamRequest, pk: int) -> HttpResponse:
    """How far the chosen ones have come; asked every few seconds while there is something to do."""
    return render(request, "hub/_account_state.html", _state(_wide(request, pk)))


def _state(connection: Connection) -> dict[str, Any]:
    failed = connection.sub_accounts.filter(state=SubAccountState.FAILED)
    waits = connection.sub_accounts.filter(state=SubAccountState.QUEUED).exclude(problem="")
    progress = sub_accounts.progress(connection)
    done = progress.connected + progress.failed
    return {
        "connection": connection,
        "narrow": narrow_of(connection),
        "progress": progress,
        "done": done,
        "share": round(100 * done / (done + progress.queued)) if done + progress.queued else 0,
        "failed": failed[:5],
        "why": waits.values_list("problem", flat=True).first(),
        "answering": overview.cluster_answers(),
    }


@changes
def account_choose(request: TeamRequest, pk: int) -> HttpResponse:
    """Those that were ticked, or all that match the search."""
    connection = _wide(request, pk)
    chosen = request.POST.getlist("account")
    if request.POST.get("all"):
        words = request.POST.get("q", "").strip()
        chosen = list(sub_accounts.matching(connection, words).values_list("account", flat=True))
    if not chosen:
        messages.error(request, f"Tick at least one of the {narrow_of(connection).plural} first.")
        return redirect("account-list", pk=pk)
    with told(request):
        queued = sub_accounts.choose(connection, chosen, actor=request.user)
        if not queued:
            messages.info(request, "They are connected already, or on their way.")
    return redirect("account-list", pk=pk)


@changes
def account_cancel(request: TeamRequest, pk: int) -> HttpResponse:
    connection = _wide(request, pk)
    back = sub_accounts.cancel(connection, actor=request.user)
    messages.success(request, f"{back} were taken back. What is connected stays so.")
    return redirect("account-list", pk=pk)


@changes
def account_look(request: TeamRequest, pk: int) -> HttpResponse:
    connection = _wide(request, pk)
    with told(request):
        looked = installs.look_soon(connection)
        more = "" if looked.complete else " A worker reads the rest; come back in a moment."
        messages.success(request, f"{looked.found} {narrow_of(connection).plural} were found.{more}")
    return redirect("account-list", pk=pk)


@changes
def account_here(request: TeamRequest, pk: int) -> HttpResponse:
    """The way out when no worker answers: this request connects what it can in a while."""
    connection = _wide(request, pk)
    done = installing.work(for_s=HERE_S, parent=connection)
    messages.success(request, f"{done} were connected here.")
    return redirect("account-list", pk=pk)
