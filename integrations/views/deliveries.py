"""What the hub has sent to addresses of the operator's own, and sending it again."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from integrations.models import Connection, Delivery, DeliveryState
from integrations.services import outbound
from integrations.views.access import TeamRequest, changes, team_required, told

PAGE = 25


@team_required()
def delivery_list(request: TeamRequest) -> HttpResponse:
    rows = Delivery.objects.of(request.team).select_related("connection", "run")
    state, connection = request.GET.get("state", ""), request.GET.get("connection", "")
    if state in DeliveryState.values:
        rows = rows.filter(state=state)
    one = (
        Connection.objects.of(request.team).filter(pk=int(connection)).first()
        if connection.isdigit()
        else None
    )
    if one is not None:
        rows = rows.filter(connection=one)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "title": "Deliveries",
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "query": query.urlencode(),
        "states": DeliveryState.choices,
        "state": state,
        "one": one,
        "filtered": bool(state or one),
    }
    return render(request, "hub/delivery_list.html", context)


@changes
def delivery_again(request: TeamRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Delivery.objects.of(request.team), pk=pk)
    with told(request):
        outbound.again(row, actor=request.user)
        messages.success(request, "It is sent again, with the same id: who has it already takes it once.")
    return redirect("delivery-list")
