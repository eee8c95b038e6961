"""Who listens: the live workflows of a connection, by trigger. Paused ones listen too, and run later."""

from __future__ import annotations

from collections import defaultdict

from integrations.models import Connection, Workflow, WorkflowState

GOING = (WorkflowState.LIVE, WorkflowState.PAUSED)


def to(connection: Connection) -> dict[str, list[Workflow]]:
    """The workflows that listen to this connection, by the key of their trigger."""
    going = Workflow.objects.filter(team=connection.team_id, state__in=GOING, live__isnull=False)
    found: dict[str, list[Workflow]] = defaultdict(list)
    for workflow in going.select_related("live").order_by("pk"):
        spec = workflow.live.spec if workflow.live else {}
        if workflow.live and workflow.live.bindings.get(spec["trigger_role"]) == connection.pk:
            found[spec["trigger"]].append(workflow)
    return dict(found)
