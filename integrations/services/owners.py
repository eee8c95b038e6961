"""Who wins where a linked record differs: by field, by link, or for all of a workflow.

`Workflow.owners` maps "contact.email", "contact.*" or "*" to a policy; the closest one counts, and without
any a person is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from integrations.engine.differences import Side
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.freeze import thaw
from integrations.models import FindingKind, Workflow
from integrations.services import audit
from integrations.services.comparing import Found
from integrations.services.sightings import moment


class Policy(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    NEWEST = "newest"
    ASK = "ask"


LABELS = (
    (Policy.ASK, "Ask me"),
    (Policy.LEFT, "The workflow wins"),
    (Policy.RIGHT, "The app's record wins"),
    (Policy.NEWEST, "The newest wins"),
)


def save(workflow: Workflow, owners: Mapping[str, Any], *, actor: User | None = None) -> None:
    """Raises WrongUse for a policy that is none, and for a link that the workflow does not make."""
    links = links_of(workflow)
    for key, policy in owners.items():
        if policy not in list(Policy):
            raise WrongUse(did_you_mean(str(policy), [p.value for p in Policy], "policy"))
        if key != "*" and key.partition(".")[0] not in links:
            raise WrongUse(did_you_mean(key.partition(".")[0], links, "linked record"))
        if key != "*" and not key.partition(".")[2]:
            raise WrongUse(f"Write “{key}.*” for all fields of it, or “{key}.” and a field.")
    with transaction.atomic():
        workflow.owners = {key: str(policy) for key, policy in owners.items()}
        workflow.save(update_fields=["owners", "changed_at"])
        audit.note(workflow.team, actor, "workflow.owners", workflow, **workflow.owners)


def links_of(workflow: Workflow) -> list[str]:
    """The names under which the workflow remembers what it wrote."""
    spec = workflow.live.spec if workflow.live else workflow.draft
    return list(dict.fromkeys(step.link for step in thaw(spec).steps if step.link))


def policy(workflow: Workflow, name: str, field: str) -> Policy:
    for key in (f"{name}.{field}", f"{name}.*", "*"):
        if found := workflow.owners.get(key):
            return Policy(found)
    return Policy.ASK


def winner(workflow: Workflow, found: Found) -> str:
    """ "left" or "right"; "" where a person is asked. A lost link is put back whoever owns the fields."""
    if found.kind == FindingKind.LOST:
        return Side.LEFT
    assert found.tie is not None and found.difference is not None
    chosen = policy(workflow, found.tie.name, found.difference.field)
    if chosen is Policy.NEWEST:
        return _newest(found)
    return "" if chosen is Policy.ASK else chosen.value


def _newest(found: Found) -> str:
    """Who has moved, where only one has; where both have, whose app says that it was later."""
    assert found.difference is not None
    if found.kind == FindingKind.GONE:
        return ""
    if found.difference.side is not Side.BOTH:
        return found.difference.side.value
    left, right = moment(found.left_at), moment(found.right_at)
    if left is None or right is None or left == right:
        return ""
    return Side.LEFT if left > right else Side.RIGHT
