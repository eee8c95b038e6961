"""What a drill plays on: a workflow, live on sandbox connections of its own, and the event to tell it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from integrations.engine.errors import WrongUse
from integrations.models import Connection, Team, Workflow
from integrations.recipes import ALL
from integrations.services import byhand, config, drafts, lifecycle, sweeps, verification
from integrations.services.clients import sandbox
from integrations.services.config_import import import_config
from integrations.services.samples import trigger_of

EXAMPLES = Path(settings.BASE_DIR) / "docs" / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`workflow` by number; what is told of its source."""

    workflow: int
    event_type: str
    payload: Mapping[str, Any]

    @property
    def source(self) -> Connection:
        workflow = Workflow.objects.get(pk=self.workflow)
        return drafts.bound(workflow)[drafts.compile_draft(workflow).trigger_role]


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
    words = yaml.safe_load((EXAMPLES / "drill.yaml").read_text(encoding="utf-8")).get(recipe) or {}
    for act in words.get("acts", []):
        sandbox().act(act["app"], act["action"], act["set"])
    verified()
    main = Workflow.objects.get(name=f"Example: {ALL[recipe].title}")
    for workflow in Workflow.objects.order_by("pk"):
        deployed(workflow)
    payload = json.loads((folder / "event.json").read_text(encoding="utf-8"))
    kind = byhand.event_type_of(main, words.get("event_type", ""), payload)
    return Scene(workflow=main.pk, event_type=kind, payload=payload)


def draft(configuration: str, name: str, event_type: str, payload: Mapping[str, Any]) -> Scene:
    """A workflow of another hub, put into the empty hub of this process and deployed."""
    import_config(config.parse(configuration))
    verified()
    workflow = Workflow.objects.get(team=Team.objects.get(), name=name)
    deployed(workflow)
    return Scene(workflow=workflow.pk, event_type=event_type, payload=payload)


def verified() -> None:
    for connection in Connection.objects.all():
        found = verification.verify(connection)
        if not found.ok:
            raise WrongUse(found.sentence)


def deployed(workflow: Workflow) -> None:
    """Live; what its apps hold by now is known to it and is no news."""
    lifecycle.note_test(workflow, True)
    lifecycle.deploy(workflow)
    workflow = Workflow.objects.select_related("live").get(pk=workflow.pk)
    if trigger_of(drafts.compile_draft(workflow)).sweep is not None:
        sweeps.sweep(workflow)
