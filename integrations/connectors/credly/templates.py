"""The trigger `templates.changed`: badge templates made, changed (archived, too) and deleted."""

from __future__ import annotations

from datetime import datetime

from integrations.connectors.credly.paging import pages
from integrations.connectors.credly.reading import fetch_template
from integrations.connectors.credly.rows import DELETED, TEMPLATE, template_row
from integrations.engine.changes import created_changed_gone, events_of
from integrations.engine.spec import Happening, JsonObject, Page, Since, Sweep, Trigger, TriggerKind

HEARS = ("badge_template.created", "badge_template.changed", "badge_template.deleted")
KEPT = ("id", "name", "state", "description", "allow_duplicate_badges", "url")
_changes = created_changed_gone("template", KEPT, "updated_at")


def sweep(since: Since) -> Sweep:
    listing, outcome = pages("templates.list", {"sort": "name"}), None
    while True:
        try:
            command = listing.send(outcome)
        except StopIteration:
            return
        outcome = None
        if isinstance(command, Page):
            yield Page([template_row(row) for row in command.rows])
        else:
            outcome = yield command


def happenings(before: JsonObject | None, after: JsonObject | None, now: datetime) -> list[Happening]:
    """The event of a deletion shows the template for the last time, so it is a row like any other."""
    gone = after is not None and after.get("state") == DELETED
    if gone and (before is None or before.get("state") == DELETED):
        return []
    return _changes(before, None if gone else after, now)


ROW = template_row(TEMPLATE)
CHANGED = Trigger(
    key="templates.changed",
    title="A badge template is made, changed or deleted",
    kind=TriggerKind.POLL,
    events=events_of("template", "Badge template"),
    sample={
        "template.created": ROW,
        "template.updated": {**ROW, "name": "First Aid, advanced"},
        "template.deleted": ROW,
    },
    sweep=sweep,
    operations=("templates.list", "templates.get", "events.get"),
    remember=KEPT,
    happenings=happenings,
    fetch=fetch_template,
    hears=HEARS,
    whole=True,
    changed_at="updated_at",
)
