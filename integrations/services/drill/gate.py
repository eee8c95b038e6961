"""What the deploy gate asks: this draft, one event in each trouble, on a copy of its simulated apps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jmespath
import yaml
from django.conf import settings

from integrations.engine.errors import WrongUse
from integrations.models import Environment, Workflow
from integrations.services import config
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
    events: int = len(IN_PROCESS),
    keys: tuple[str, ...] = IN_PROCESS,
    progress: Progress = lambda done, row: None,
) -> Report:
    """The draft of a workflow on sandbox connections, drilled. This hub and its sandbox are left alone."""
    return drill(
        [subject(workflow)],
        events=events,
        troubles=keys,
        progress=progress,
        sandbox_file=Path(settings.HUB_SANDBOX_FILE),
    )


def subject(workflow: Workflow) -> Subject:
    """The draft with its connections, and the event that its sandbox test would take."""
    connections = bound(workflow)
    if any(one.environment != Environment.SANDBOX for one in connections.values()):
        raise WrongUse(
            f"“{workflow.name}” is connected to real accounts, and a drill breaks things: drill it on "
            "sandbox connections, before it is promoted."
        )
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
    """The workflow and its connections as a file; the simulated apps' own keys need not be in it."""
    names = {one.name for one in bound(workflow).values()}
    teams: list[dict[str, Any]] = []
    for team in config.export()["teams"]:
        if team["name"] == workflow.team.name:
            own = [{k: v for k, v in one.items() if k != "secrets"} for one in team["connections"]]
            team["connections"] = [one for one in own if one["name"] in names]
            team["workflows"] = [one for one in team["workflows"] if one["name"] == workflow.name]
            teams.append(team)
    return yaml.safe_dump({"teams": teams}, allow_unicode=True, sort_keys=False)
