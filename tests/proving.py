"""Drafts that went through the gate, for tests of what comes after it."""

from __future__ import annotations

from typing import Any

from integrations.models import Workflow, WorkflowVersion
from integrations.services import lifecycle


def proved(workflow: Workflow) -> None:
    """Its sandbox test and its drill have passed; that real ones do, tests of the gate show."""
    lifecycle.note_test(workflow, True)
    lifecycle.note_drill(workflow, True)


def deployed(workflow: Workflow, **more: Any) -> WorkflowVersion:
    proved(workflow)
    return lifecycle.deploy(workflow, **more)
