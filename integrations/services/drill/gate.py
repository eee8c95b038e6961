"""What the deploy gate asks: this draft, one event in each trouble, on a copy of its simulated apps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jmespath
import yaml
from django.conf import settings

from integrations.engine.errors import WrongUse
from integrations.models import Environment, Workflow
from integrations.services import config, following
from integrations.services.drafts import bound, compile_draft
from integrations.services.drill import troubles
from integrations.services.drill.driver import Progress, Report, drill
from integrations.services.drill.lane import Subject
from integrations.services.samples import sample_events, trigger_of
from integrations.services.specimens import instead_of_sample

IN_PROCESS = tuple(one.key for one in troubles.IN_PROCESS)


def gate(workflow: Workflow) -> list[str]:
    """What the draft does not hold, each in a sentence. Raises WrongUse where it cannot be drilled."""
    return drilled(workflow).problems


def drilled(
    workflow: Workflow,
    *,
    events: int = 0,
    keys: tuple[str, ...] = IN_PROCESS,
    progress: Progress = lambda done, row: None,
    cancelled: Callable[[], bool] = lambda: False,
    on_server: bool = False,
) -> Report:
    """The draft of a workflow on sandbox connections, drilled. This hub and its sandbox are left alone."""
    return drill(
        [subject(workflow)],
        events=events,
        troubles=keys,
        progress=progress,
        cancelled=cancelled,
        on_server=on_server,
        sandbox_file=Path(settings.HUB_SANDBOX_FILE),
    )


def on_sandbox(workflow: Workflow) -> None:
    """Raises WrongUse for a draft on real accounts."""
    if any(one.environment != Environment.SANDBOX for one in bound(workflow).values()):
        raise WrongUse(
            f"“{workflow.name}” is connected to real accounts, and a drill breaks things: drill it on "
            "sandbox connections, before it is promoted."
        )


def subject(workflow: Workflow) -> Subject:
    """The draft with its connections, and the event that its sandbox test would take."""
    on_sandbox(workflow)
    connections = bound(workflow)
    spec = compile_draft(workflow)
    samples = sample_events(workflow, spec)
    kind = next(iter(samples))
    source = connections[spec.trigger_role]
    payload = instead_of_sample(samples[kind], kind, source, trigger_of(spec), spec.trigger_settings)
    if not jmespath.search(trigger_of(spec).record_id, dict(payload)):
        raise WrongUse(f"There is no event to try “{workflow.name}” on yet.")
    return Subject(
        name=workflow.name, configuration=_configuration(workflow), event_type=kind, payload=dict(payload)
    )


def _configuration(workflow: Workflow) -> str:
    """The workflow with its connections, and those it cannot be without, as a file; the simulated apps' own
    keys need not be in it."""
    needed = [workflow, *following.followed(workflow)]
    connections = [one for row in needed for one in bound(row).values()]
    names = {one.name for one in connections} | {one.parent.name for one in connections if one.parent}
    workflows = {row.name for row in needed}
    teams: list[dict[str, Any]] = []
    for team in config.export()["teams"]:
        if team["name"] == workflow.team.name:
            own = [{k: v for k, v in one.items() if k != "secrets"} for one in team["connections"]]
            team["connections"] = [one for one in own if one["name"] in names]
            team["workflows"] = [one for one in team["workflows"] if one["name"] in workflows]
            teams.append(team)
    return yaml.safe_dump({"teams": teams}, allow_unicode=True, sort_keys=False)
