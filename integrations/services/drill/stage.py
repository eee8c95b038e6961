"""What a drill plays on: a workflow, live on sandbox connections of its own, and the event to tell it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from integrations.engine.errors import WrongUse
from integrations.models import Connection, Team, Workflow
from integrations.recipes import ALL
from integrations.services import byhand, config, drafts, lifecycle, registering, sweeps
from integrations.services.clients import sandbox
from integrations.services.config_import import import_config
from integrations.services.drill import signing_in
from integrations.services.samples import trigger_of

EXAMPLES = Path(settings.BASE_DIR) / "docs" / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`workflow` by number; what is told of its source. `happens` brings the same about in the simulated
    apps: acts (app, action, set), so that the app itself tells of it."""

    workflow: int
    event_type: str
    payload: Mapping[str, Any]
    happens: Sequence[Mapping[str, Any]] = ()

    @property
    def source(self) -> Connection:
        workflow = Workflow.objects.get(pk=self.workflow)
        return drafts.bound(workflow)[drafts.compile_draft(workflow).trigger_role]

    @property
    def readable(self) -> bool:
        """Whether its source can be looked at."""
        return can_look(Workflow.objects.get(pk=self.workflow))


def examples() -> list[str]:
    """The recipes that docs/examples has an example of. Raises WrongUse where it is not at hand."""
    found = at_hand()
    if not found:
        raise WrongUse(
            f"There are no examples in {EXAMPLES}, and without them only a workflow of this hub can be "
            "drilled: give its name, or get docs/examples of this version."
        )
    return found


def at_hand() -> list[str]:
    return sorted(path.parent.name for path in EXAMPLES.glob("*/config.yaml") if path.parent.name in ALL)


def example(recipe: str) -> Scene:
    """The recipe's example, put into the empty hub of this process and deployed."""
    folder = EXAMPLES / recipe
    import_config(config.parse((folder / "config.yaml").read_text(encoding="utf-8")))
    signing_in.by_consent()
    words = yaml.safe_load((EXAMPLES / "drill.yaml").read_text(encoding="utf-8")).get(recipe) or {}
    done(words.get("acts", []))
    sandbox().make_room()
    signing_in.all_verified()
    main = Workflow.objects.get(name=f"Example: {ALL[recipe].title}")
    for workflow in Workflow.objects.order_by("pk"):
        deployed(workflow)
    payload = json.loads((folder / "event.json").read_text(encoding="utf-8"))
    kind = byhand.event_type_of(main, words.get("event_type", ""), payload)
    return Scene(workflow=main.pk, event_type=kind, payload=payload, happens=words.get("happens", []))


def draft(configuration: str, name: str, event_type: str, payload: Mapping[str, Any]) -> Scene:
    """A workflow of another hub, put into the empty hub of this process and deployed."""
    import_config(config.parse(configuration))
    sandbox().make_room()
    signing_in.all_verified()
    workflow = Workflow.objects.get(team=Team.objects.get(), name=name)
    deployed(workflow)
    return Scene(workflow=workflow.pk, event_type=event_type, payload=payload)


def done(acts: Sequence[Mapping[str, Any]]) -> None:
    """What people do in the simulated apps."""
    for act in acts:
        known = sandbox().apps()[act["app"]].credentials()
        sandbox().act(
            act["app"], act["action"], {key: _meant(value, known) for key, value in act["set"].items()}
        )


def _meant(value: Any, known: Mapping[str, str]) -> Any:
    """`=location_id` is what the app is connected with, `=in 3 days` a moment; all else is itself."""
    if not isinstance(value, str) or not value.startswith("="):
        return value
    if coming := re.fullmatch(r"=in (\d+) days", value):
        day = datetime.now(UTC) + timedelta(days=int(coming[1]))
        return day.replace(hour=16, minute=0, second=0, microsecond=0).isoformat()
    return known[value[1:]]


def can_look(workflow: Workflow) -> bool:
    return trigger_of(drafts.compile_draft(workflow)).sweep is not None


def look() -> None:
    """As the schedule would have it: every source that can be read is looked at."""
    for workflow in Workflow.objects.select_related("live"):
        if workflow.live is not None and can_look(workflow):
            sweeps.sweep(workflow)


def deployed(workflow: Workflow) -> None:
    """Live; what its apps hold by now is known to it and is no news."""
    lifecycle.vouch(workflow)  # what is on trial here is asked for no proof
    lifecycle.deploy(workflow)
    registering.after_deploy(workflow)
    look()
