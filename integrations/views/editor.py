"""The mapping table of one step, with what it makes of a sample event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from integrations.engine.errors import HubError, WrongUse
from integrations.engine.mapping import Trace
from integrations.engine.spec import Field, Step, WorkflowSpec
from integrations.engine.transforms import TRANSFORMS
from integrations.forms.mappings import MappingRow, posted_rows, reshaped, rows_of
from integrations.forms.paths import paths_in
from integrations.models import Event, Workflow
from integrations.services import drafts, samples, stories
from integrations.views.access import TeamRequest, changes, team_required
from integrations.views.workflows import journey, own

RECENT = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One row with what it makes of the sample."""

    row: MappingRow
    field: Field | None
    trace: Trace | None
    problem: str

    @property
    def story(self) -> list[str]:
        return stories.explain(self.trace) if self.trace else []


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything about the step on the table: the draft it belongs to, and the sample chosen."""

    workflow: Workflow
    spec: WorkflowSpec
    step: Step
    context: dict[str, Any]
    sample: str

    @property
    def fields(self) -> list[Field]:
        return drafts.target_fields(self.step, self.spec)

    def lines(self, rows: list[MappingRow]) -> list[Line]:
        return [self._line(row) for row in rows]

    def _line(self, row: MappingRow) -> Line:
        field = next((field for field in self.fields if field.key == row.target), None)
        try:
            trace = samples.preview(self.step, self.spec, row.mapping(), self.context)
        except HubError as error:
            return Line(row, field, None, error.sentence)
        return Line(row, field, trace, trace.problem)

    def unmapped(self, rows: list[MappingRow]) -> list[Field]:
        taken = {row.target for row in rows}
        return [field for field in self.fields if field.key not in taken]


def _desk(workflow: Workflow, step_id: str, sample: str) -> Desk:
    spec = drafts.compile_draft(workflow)
    try:
        step = spec.step(step_id)
    except WrongUse:
        raise Http404 from None
    event_type, payload = sample_payload(workflow, spec, sample)
    context = samples.sample_context(workflow, spec, event_type, payload)
    return Desk(workflow, spec, step, context, sample)


def sample_payload(workflow: Workflow, spec: WorkflowSpec, chosen: str) -> tuple[str, dict[str, Any] | None]:
    """A kind of event (its newest or the trigger's own sample), or "event:<id>" for one that happened."""
    word, _, number = chosen.partition(":")
    if word == "event" and number.isdigit():
        event = _recent(workflow, spec).filter(pk=int(number)).first()
        if event is not None:
            return event.type, event.payload
    return chosen, None


def _recent(workflow: Workflow, spec: WorkflowSpec) -> Any:
    connection = drafts.bound(workflow).get(spec.trigger_role)
    rows = Event.objects.of(workflow.team).filter(connection=connection, trigger=spec.trigger)
    return rows.exclude(source="test").order_by("-id")


def sample_choices(workflow: Workflow, spec: WorkflowSpec) -> list[tuple[str, str]]:
    kinds = samples.trigger_of(spec).events
    names = dict(kinds)
    happened = [
        (f"event:{event.pk}", f"{names.get(event.type, event.type)}, record {event.record}")
        for event in _recent(workflow, spec)[:RECENT]
    ]
    return [*((kind, f"Sample: {label}") for kind, label in kinds), *happened]


@team_required()
def workflow_step(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    workflow = own(request, pk)
    desk = _desk(workflow, step, request.GET.get("sample", ""))
    return _page(request, desk, rows_of(desk.step.mappings))


def _page(request: TeamRequest, desk: Desk, rows: list[MappingRow], *, status: int = 200) -> HttpResponse:
    trigger = samples.trigger_of(desk.spec)
    context = {
        **_table(desk, rows),
        "title": f"{desk.workflow.name}: {desk.step.title}",
        "journey": journey(desk.workflow, desk.spec, trigger),
        "samples": sample_choices(desk.workflow, desk.spec),
        "sample": desk.sample,
        "paths": paths_in(samples.inside(desk.step, desk.context)),
        "work": drafts.work_of(desk.step, desk.spec),
    }
    return render(request, "hub/workflow_step.html", context, status=status)


def _table(desk: Desk, rows: list[MappingRow]) -> dict[str, Any]:
    return {
        "workflow": desk.workflow,
        "step": desk.step,
        "lines": desk.lines(rows),
        "unmapped": desk.unmapped(rows),
        "transforms": TRANSFORMS.values(),
        "problems": _problems(desk, rows),
    }


def _problems(desk: Desk, rows: list[MappingRow]) -> list[str]:
    try:
        return samples.step_problems(desk.step, desk.spec, tuple(row.mapping() for row in rows), desk.context)
    except HubError as error:
        return [error.sentence]


@changes
def workflow_step_save(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    """A draft may be saved with problems; only what cannot be read at all is refused."""
    workflow = own(request, pk)
    rows = posted_rows(request.POST)
    desk = _desk(workflow, step, request.POST.get("sample", ""))
    try:
        _save(workflow, step, rows)
    except HubError as error:
        messages.error(request, f"Nothing was saved. {error.sentence}")
        return _page(request, desk, rows, status=422)
    messages.success(request, f"“{desk.step.title}” is saved. Test the draft again before you deploy it.")
    return redirect("workflow-step", pk=pk, step=step)


def _save(workflow: Workflow, step: str, rows: list[MappingRow]) -> None:
    targets = [row.target.strip() for row in rows]
    twice = {target for target in targets if targets.count(target) > 1}
    if twice or "" in targets:
        raise WrongUse(f"“{min(twice)}” stands in two lines." if twice else "A line names no field to fill.")
    drafts.save_mappings(workflow, {step: tuple(row.mapping() for row in rows)})


@changes
def workflow_step_shape(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    """The table after a line or a transform was added, moved or taken away; nothing is saved."""
    desk = _desk(own(request, pk), step, request.POST.get("sample", ""))
    rows, refused = posted_rows(request.POST), ""
    try:
        rows = reshaped(rows, request.POST.get("change", ""), request.POST)
    except HubError as error:
        refused = error.sentence
    return render(request, "hub/_mapping_table.html", {**_table(desk, rows), "refused": refused})


@changes
def mapping_preview(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    """What the table as typed makes of the sample; nothing is saved."""
    desk = _desk(own(request, pk), step, request.POST.get("sample", ""))
    context = {**_table(desk, posted_rows(request.POST)), "live": True}
    return render(request, "hub/_mapping_previews.html", context)
