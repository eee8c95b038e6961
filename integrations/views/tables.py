"""Lookup tables: listed, edited row by row, pasted or uploaded as CSV, downloaded."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from integrations.engine.errors import HubError, WrongUse
from integrations.models import LookupTable
from integrations.services import tables
from integrations.views.access import TeamRequest, changes, team_required, told

FREE_LINES = 3
MOST_BYTES = 2_000_000


def own(request: TeamRequest, pk: int) -> LookupTable:
    found: LookupTable = get_object_or_404(LookupTable.objects.of(request.team).select_related("team"), pk=pk)
    return found


@team_required()
def table_list(request: TeamRequest) -> HttpResponse:
    rows = LookupTable.objects.of(request.team).annotate(count=Count("rows"))
    return render(request, "hub/table_list.html", {"title": "Tables", "rows": rows})


@team_required()
def table_detail(request: TeamRequest, pk: int) -> HttpResponse:
    table = own(request, pk)
    return _page(request, table, list(tables.rows_of(table).items()))


@team_required()
def table_csv(request: TeamRequest, pk: int) -> HttpResponse:
    table = own(request, pk)
    answer = HttpResponse(tables.write_csv(tables.rows_of(table)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="table-{table.pk}.csv"'
    return answer


@changes
def table_new(request: TeamRequest) -> HttpResponse:
    with told(request):
        made = tables.make(request.team, request.POST.get("name", ""), actor=request.user)
        return redirect("table-detail", pk=made.pk)
    return redirect("table-list")


@changes
def table_save(request: TeamRequest, pk: int) -> HttpResponse:
    """The rows as typed; a line without a key is gone."""
    table = own(request, pk)
    keys, values = request.POST.getlist("key"), request.POST.getlist("value")
    lines = [(key.strip(), value.strip()) for key, value in zip(keys, values, strict=False)]
    try:
        tables.put(table, _once([line for line in lines if line[0]]), actor=request.user)
    except HubError as error:
        messages.error(request, f"Nothing was saved. {error.sentence}")
        return _page(request, table, lines, status=422)
    return _saved(request, table)


@changes
def table_paste(request: TeamRequest, pk: int) -> HttpResponse:
    """Rows from a text or a file: beside those there are, or in their place."""
    table = own(request, pk)
    try:
        fresh = tables.read_csv(_posted(request))
        rows = fresh if "replace" in request.POST else {**tables.rows_of(table), **fresh}
        tables.put(table, rows, actor=request.user)
    except HubError as error:
        messages.error(request, f"Nothing was saved. {error.sentence}")
        rows = tables.rows_of(table)
        return _page(request, table, list(rows.items()), status=422, pasted=request.POST.get("csv", ""))
    return _saved(request, table)


@changes
def table_remove(request: TeamRequest, pk: int) -> HttpResponse:
    table = own(request, pk)
    with told(request):
        tables.remove(table, actor=request.user)
        messages.success(request, f"The table “{table.name}” is gone.")
    return redirect("table-list")


def _posted(request: TeamRequest) -> str:
    upload = request.FILES.get("file")
    if upload is None:
        return str(request.POST.get("csv", ""))
    if (upload.size or 0) > MOST_BYTES:
        raise WrongUse("The file is larger than a table can be.")
    try:
        return bytes(upload.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongUse("The file is not written in UTF-8; save it as “CSV UTF-8”.") from None


def _once(lines: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in lines:
        if key in found:
            raise WrongUse(f"“{key}” stands in two lines.")
        found[key] = value
    return found


def _saved(request: TeamRequest, table: LookupTable) -> HttpResponse:
    live = " What is live goes on with the rows it was deployed with." if tables.used_by(table) else ""
    messages.success(request, f"“{table.name}” is saved.{live}")
    return redirect("table-detail", pk=table.pk)


def _page(
    request: TeamRequest,
    table: LookupTable,
    lines: list[tuple[str, str]],
    *,
    status: int = 200,
    pasted: str = "",
) -> HttpResponse:
    context = {
        "title": table.name,
        "table": table,
        "lines": lines + [("", "")] * FREE_LINES * request.may_operate,
        "pasted": pasted,
        "users": tables.used_by(table),
    }
    return render(request, "hub/table_detail.html", context, status=status)
