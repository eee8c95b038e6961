"""The mapping table of one step, with what it makes of a sample event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from integrations.engine.errors import HubError, WrongUse
from integrations.engine.fitting import field_named, lies_in
from integrations.engine.free_calls import is_free
from integrations.engine.guides import Advice
from integrations.engine.mapping import Trace
from integrations.engine.schema import types_in
from integrations.engine.spec import Field, Kind, Operation, Step, WorkflowSpec
from integrations.engine.transforms import TRANSFORMS
from integrations.forms.mappings import MappingRow, posted_rows, renamed, reshaped, rows_of
from integrations.forms.paths import Offer, offers_in
from integrations.models import Connection, Event, Workflow
from integrations.services import corrector, drafts, known, own_fields, samples, step_words, stories, unproven
from integrations.services.corrector import Correction
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.workflows import journey, own

RECENT = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One row with what it makes of the sample; `advice` where its target is a guide's word."""

    row: MappingRow
    field: Field | None
    trace: Trace | None
    problem: str
    advice: Advice | None = None

    @property
    def story(self) -> list[str]:
        return stories.explain(self.trace) if self.trace else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything about the step on the table: the draft it belongs to, and the sample chosen.

    `seen` is a run's context as of the sample, `declared` the same with all that a path may name.
    """

    workflow: Workflow
    spec: WorkflowSpec
    step: Step
    connections: dict[str, Connection]
    fields: list[Field]
    seen: dict[str, Any]
    declared: dict[str, Any]
    sample: str

    def lines(self, rows: list[MappingRow]) -> list[Line]:
        return [self._line(row) for row in rows]

    def _line(self, row: MappingRow) -> Line:
        field = field_named(row.target, self.fields)
        advice = None if field else corrector.advice_on(row.target, self.step, self.spec)
        try:
            trace = samples.preview(self.step, row.mapping(), self.seen, self.fields)
        except HubError as error:
            return Line(row, field, None, error.sentence, advice)
        return Line(row, field, trace, trace.problem, advice)

    def unmapped(self, rows: list[MappingRow]) -> list[Field]:
        """What may still be filled: not what is, no whole whose parts are, no parts of a whole that is."""
        taken = {row.target for row in rows}
        return [
            field
            for field in self.fields
            if field.key not in taken
            and not any(lies_in(field.key, target) or lies_in(target, field.key) for target in taken)
        ]

    def with_rows(self, rows: list[MappingRow]) -> Step:
        """The step with the table as typed. Raises WrongUse for what cannot be read."""
        return replace(self.step, mappings=tuple(row.mapping() for row in rows))


def _desk(workflow: Workflow, step_id: str, sample: str) -> Desk:
    spec = drafts.compile_draft(workflow)
    try:
        step = spec.step(step_id)
    except WrongUse:
        raise Http404 from None
    event_type, payload = sample_payload(workflow, spec, sample)
    connections = drafts.bound(workflow)
    seen = samples.sample_context(workflow, spec, event_type, payload)
    return Desk(
        workflow=workflow,
        spec=spec,
        step=step,
        connections=connections,
        fields=known.fields_of(step, spec, connections),
        seen=seen,
        declared=known.context(workflow, spec, seen["trigger"]["type"], seen),
        sample=sample,
    )


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
    unread = own_fields.look(drafts.compile_draft(workflow), drafts.bound(workflow))
    desk = _desk(workflow, step, request.GET.get("sample", ""))
    return _page(request, desk, rows_of(desk.step.mappings), unread=unread)


def _page(
    request: TeamRequest,
    desk: Desk,
    rows: list[MappingRow],
    *,
    status: int = 200,
    unread: Sequence[str] = (),
) -> HttpResponse:
    trigger = samples.trigger_of(desk.spec)
    context = {
        **_table(desk, rows),
        "title": f"{desk.workflow.name}: {desk.step.title}",
        "journey": journey(desk.workflow, desk.spec, trigger),
        "samples": sample_choices(desk.workflow, desk.spec),
        "sample": desk.sample,
        "paths": _offers(desk),
        "work": drafts.work_of(desk.step, desk.spec),
        "unread": unread,
        "known_of": step_words.told(desk.step, desk.spec),
        "free": is_free(desk.step.operation),
        "creates": _creates(desk),
    }
    return render(request, "hub/workflow_step.html", context, status=status)


def _creates(desk: Desk) -> bool:
    """Whether the step makes a record, so that it may look first."""
    work = drafts.work_of(desk.step, desk.spec)
    return isinstance(work, Operation) and work.kind is Kind.CREATE and not work.queued


def _offers(desk: Desk) -> list[Offer]:
    """Every source that a mapping may take here: in the sample, declared, and the account's own fields."""
    types = dict(types_in(samples.trigger_of(desk.spec).answer, "event"))
    for step in desk.spec.steps:
        work = drafts.work_of(step, desk.spec)
        if isinstance(work, Operation):
            types.update(types_in(work.answer, f"steps.{step.id}"))
    seen, declared = (samples.inside(desk.step, context) for context in (desk.seen, desk.declared))
    own = [Offer(source, says) for source, says in own_fields.offers(desk.spec, desk.connections)]
    return [*offers_in(seen, declared, types), *own]


def _table(desk: Desk, rows: list[MappingRow]) -> dict[str, Any]:
    return {
        "workflow": desk.workflow,
        "step": desk.step,
        "lines": desk.lines(rows),
        "unmapped": desk.unmapped(rows),
        "transforms": TRANSFORMS.values(),
        "problems": _problems(desk, rows),
        "gone": [one for one in known.gone(desk.workflow, desk.spec) if one.step.id == desk.step.id],
        "unproven": unproven.unproven(desk.spec, desk.step),
        "correction": _correction(desk, rows),
    }


def _correction(desk: Desk, rows: list[MappingRow]) -> Correction | None:
    """Where the table as typed means several calls, taken for one by the guides."""
    try:
        found = corrector.correction(desk.spec, desk.with_rows(rows))
    except HubError:
        return None
    return found if found is not None and found.chain is not None else None


def _problems(desk: Desk, rows: list[MappingRow]) -> list[str]:
    try:
        return known.problems(
            desk.workflow, desk.spec, desk.with_rows(rows), desk.fields, desk.seen, desk.declared
        )
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
    rows = posted_rows(request.POST)
    context: dict[str, Any] = {"typed": ""}
    try:
        rows = _reshaped(desk, rows, request.POST.get("change", ""), request.POST)
    except HubError as error:
        typed = request.POST.get("new-target", "")
        context = {
            "refused": error.sentence,
            "typed": typed,
            "advice": corrector.advice_on(typed, desk.step, desk.spec),
        }
    return render(request, "hub/_mapping_table.html", {**_table(desk, rows), **context})


def _reshaped(desk: Desk, rows: list[MappingRow], change: str, data: QueryDict) -> list[MappingRow]:
    """Beside the table's own buttons: "add" by a field's name, "take:N" for the field a guide means."""
    what, _, number = change.partition(":")
    if what == "take":
        row = next((row for row in rows if str(row.number) == number), None)
        advice = corrector.advice_on(row.target, desk.step, desk.spec) if row else None
        if row is None or advice is None or not advice.field:
            raise WrongUse("There is no other field for this line.")
        return renamed(rows, row, advice.field, advice.transforms)
    if what != "add" or not data.get("new-target", "").strip():
        return reshaped(rows, change, data)
    return reshaped(rows, change, {**data.dict(), "new-target": _target(desk, str(data["new-target"]))})


def _target(desk: Desk, typed: str) -> str:
    """The field that was typed. Raises WrongUse: with a guide's meaning, else with the right ones."""
    try:
        return corrector.target_named(typed, desk.fields)
    except WrongUse:
        advice = corrector.advice_on(typed, desk.step, desk.spec)
        if advice is None:
            raise
        raise WrongUse(advice.sentence) from None


@changes
def workflow_step_convert(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    """The saved step, put right: a chain in its place, or its fields by their real names."""
    workflow = own(request, pk)
    with told(request):
        for sentence in corrector.convert(workflow, step, request.user):
            messages.warning(request, sentence)
        messages.success(request, "Converted. Look at each step, then test the draft.")
    return redirect("workflow-detail", pk=pk)


@changes
def mapping_preview(request: TeamRequest, pk: int, step: str) -> HttpResponse:
    """What the table as typed makes of the sample; nothing is saved."""
    desk = _desk(own(request, pk), step, request.POST.get("sample", ""))
    context = {**_table(desk, posted_rows(request.POST)), "live": True}
    return render(request, "hub/_mapping_previews.html", context)
