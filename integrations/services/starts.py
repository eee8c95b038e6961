"""Workflows that people start: by hand, or by the form that the hub shows for them.

The address of a form is sealed under the hub's keys; it ends by itself, and with the workflow's address.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.freeze import thaw
from integrations.engine.own_triggers import BY_HAND, FORM, asked_fields
from integrations.engine.spec import Field, WorkflowSpec
from integrations.engine.typed import checked
from integrations.models import Connection, EventSource, Run, RunMode, Workflow, WorkflowState
from integrations.models.fields import decrypt, encrypt
from integrations.services import addresses, audit
from integrations.services.ingest import Arrival, accept

DAY_S = 86_400
DAYS, MOST_DAYS = 365, 730
ENDED = "This link has ended or is not whole; ask whoever sent it for a new one."
SEAL = "form"
LONGEST = 5000  # of one answer, in characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form as the live version has it; `open` says whether it is taken now."""

    workflow: Workflow
    title: str
    thanks: str
    fields: tuple[Field, ...]

    @property
    def open(self) -> bool:
        return bool(self.workflow.state == WorkflowState.LIVE)


def asked(workflow: Workflow) -> tuple[Field, ...]:
    """What a start of the live version asks for. Raises WrongUse for one that nobody starts."""
    return asked_fields(_live(workflow, (BY_HAND, FORM)).trigger_settings)


def by_hand(workflow: Workflow, values: Mapping[str, Any], *, actor: User | None = None) -> Run:
    """Start the live version now. Raises WrongUse for wrong values, or one that begins otherwise."""
    spec = _live(workflow, (BY_HAND,))
    by = actor.get_username() if actor else ""
    run = _begin(workflow, spec, "by_hand", values, {"by": by})
    audit.note(workflow.team, actor, "workflow.started", workflow, run=run.pk)
    return run


def form_url(workflow: Workflow, *, days: int = DAYS) -> str:
    """The whole address of the form. Raises WrongUse for a workflow that has none."""
    if not 1 <= days <= MOST_DAYS:
        raise WrongUse(f"A link is good for 1 to {MOST_DAYS} days.")
    _live(workflow, (FORM,))
    key = addresses.ask_key(workflow)[:8]
    said = {"for": SEAL, "w": workflow.pk, "k": key, "u": int(time.time()) + days * DAY_S}
    sealed = encrypt(json.dumps(said, separators=(",", ":"))).rstrip("=")
    return settings.HUB_BASE_URL + reverse("form", args=[sealed])


def form(link: str) -> Form:
    """Raises WrongUse for a link that has ended, or that the hub has not made."""
    try:
        said = json.loads(decrypt(link + "=" * (-len(link) % 4)))
    except (ImproperlyConfigured, ValueError):
        raise WrongUse(ENDED) from None
    if not isinstance(said, dict) or said.get("for") != SEAL or said.get("u", 0) < time.time():
        raise WrongUse(ENDED)
    workflow = Workflow.objects.select_related("live", "team").filter(pk=said.get("w")).first()
    if workflow is None or said.get("k") != workflow.ask_key[:8]:
        raise WrongUse(ENDED)
    chosen = _live(workflow, (FORM,)).trigger_settings
    return Form(
        workflow=workflow,
        title=chosen.get("title") or workflow.name,
        thanks=chosen.get("thanks") or "Thank you. It has arrived.",
        fields=asked_fields(chosen),
    )


def fill_in(shown: Form, values: Mapping[str, Any], once: str) -> Run:
    """The run that the filled-in form starts; the same `once` starts no second one."""
    if not shown.open:
        raise WrongUse("This form is not taken at the moment; try again later.")
    return _begin(shown.workflow, _live(shown.workflow, (FORM,)), "form", values, {}, once)


def _live(workflow: Workflow, kinds: tuple[str, ...]) -> WorkflowSpec:
    if workflow.live is None:
        raise WrongUse(f"“{workflow.name}” has not been deployed yet; deploy it first.")
    spec = thaw(workflow.live.spec)
    if spec.trigger not in kinds:
        raise WrongUse(f"“{workflow.name}” begins otherwise; nobody starts it so.")
    return spec


def _begin(
    workflow: Workflow,
    spec: WorkflowSpec,
    what: str,
    values: Mapping[str, Any],
    more: Mapping[str, Any],
    once: str = "",
) -> Run:
    assert workflow.live is not None
    given = _checked(asked_fields(spec.trigger_settings), values)
    ident = once or uuid.uuid4().hex
    payload = {"id": ident, "at": datetime.now(UTC).isoformat(timespec="seconds"), "values": given, **more}
    connection = Connection.objects.get(pk=workflow.live.bindings[spec.trigger_role])
    key = f"{what}:{workflow.pk}:{ident}"
    arrival = Arrival(type=what, key=key, record=ident, payload=payload)
    accept(connection, spec.trigger, [arrival], [workflow], EventSource.MANUAL)
    runs = Run.objects.filter(workflow=workflow, mode=RunMode.LIVE, event__connection=connection)
    found: Run = runs.get(event__dedupe_key=key)
    return found


def _checked(fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    known = {field.key: field for field in fields}
    for key, value in values.items():
        if key not in known:
            raise WrongUse(did_you_mean(key, list(known), "field of this start"))
        if len(str(value)) > LONGEST:
            raise WrongUse(f"{known[key].title} is longer than {LONGEST:,} characters.")
    given = {key: value for key, value in values.items() if value not in (None, "")}
    for field in fields:
        if field.required and field.key not in given:
            raise WrongUse(f"{field.title} is needed.")
    return {key: checked(value, known[key]) for key, value in given.items()}
