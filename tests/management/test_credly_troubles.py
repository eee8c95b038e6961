"""Every Credly recipe does its work once, whatever becomes of the calls on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.models import UNFINISHED, Connection, Run
from integrations.services import byhand, drafts
from integrations.services.drain import Drain
from tests.examples import Case
from tests.examples.credly import CASES
from tests.hub import Hub
from tests.management.test_examples import file_of, live, watched
from tests.services.conftest import plenty

__all__ = ["plenty"]

pytestmark = pytest.mark.usefixtures("plenty")

LATER_S = 120
ROUNDS = 8
# What befalls the calls, and which: an answer is lost only after something was written.
TROUBLES = [
    ("lost_answer", "POST /v1/organizations/"),
    ("lost_answer", "POST /contacts/"),
    ("lost_answer", "PUT /contacts/"),
    ("server_error", ""),
    ("throttle", ""),
]


def come_to_an_end(hub: Hub) -> None:
    """As workers would in the minutes to come, the apps' clocks going on as well."""
    for turn in range(1, ROUNDS + 1):
        for slug, app in hub.sandbox.apps().items():
            if app.store is not None:
                app.store.move_clock(LATER_S, slug)
        later = timedelta(seconds=LATER_S * turn)
        Drain(clock=lambda later=later: datetime.now(UTC) + later).run(for_s=20)  # type: ignore[misc]
        if not Run.objects.filter(state__in=UNFINISHED).exists():
            return


@pytest.mark.parametrize(("fault", "match"), TROUBLES)
@pytest.mark.parametrize("case", CASES, ids=[case.recipe for case in CASES])
def test_a_recipe_does_its_work_once_in_spite_of_trouble(
    ask: Any, case: Case, fault: str, match: str
) -> None:
    hub = live(ask, case)
    for app in ("credly", "ghl"):
        hub.sandbox.set_fault(app, fault, match=match, count=1)
    _, payload = file_of(case, "event.json")
    spec = drafts.compile_draft(hub.workflow)
    source: Connection = drafts.bound(hub.workflow)[spec.trigger_role]
    kind = case.event_type or byhand.event_type_of(hub.workflow, "", payload)
    for _ in range(2):  # told twice, it is one event
        byhand.emit(source, kind, payload)

    come_to_an_end(hub)

    (run,) = hub.workflow.runs.all()
    assert run.state == "succeeded", run.reason
    case.done(hub)
    before = watched(hub, case)
    come_to_an_end(hub)
    assert watched(hub, case) == before
