"""A step for each item of a list that goes on beyond an item that failed."""

from __future__ import annotations

from typing import Any

from integrations.engine.errors import Conflict, ItemsFailed, Refused
from integrations.engine.execute import Finish, Issue, execute, replay
from integrations.engine.spec import Outcome, Wait
from tests.engine.workflows import APP, Drive, start, workflow, write, yes

EACH = write("invite", source="item", for_each="event.guests", item_key="@", goes_on=True)


def refusing(*items: str, error: Any = None) -> Any:
    def answer(issue: Issue) -> Outcome:
        if issue.address.item in items and not isinstance(issue.command, Wait):
            return Outcome(error=error or Refused(f"No {issue.address.item}."))
        return yes(issue)

    return answer


def test_the_others_are_done_and_the_run_tells_which_failed() -> None:
    drive = Drive(workflow(EACH, write("last")), answer=refusing("ann"))
    assert drive.told() == [("invite", "ann", "failed"), ("invite", "bob", "done"), ("last", "", "done")]
    assert drive.finish.status.value == "succeeded"
    assert isinstance(drive.finish.error, ItemsFailed)
    assert drive.finish.reason == ("“Make”: 1 of 2 items failed, and the others are done. The first: No ann.")


def test_it_stops_at_the_first_where_that_was_chosen() -> None:
    stops = write("invite", source="item", for_each="event.guests", item_key="@")
    drive = Drive(workflow(stops), answer=refusing("ann"))
    assert drive.told() == [("invite", "ann", "failed")]
    assert (drive.finish.status.value, drive.finish.reason) == ("failed", "No ann.")


def test_every_item_has_its_result() -> None:
    failed = write("again", source="item.item", for_each="steps.invite[?failed]")
    drive = Drive(workflow(EACH, failed), answer=refusing("ann"))
    again = drive.issues[-1].command
    assert again.values["title"] == "ann"  # type: ignore[union-attr]


def test_where_all_fail_the_run_fails_and_what_follows_is_not_done() -> None:
    drive = Drive(workflow(EACH, write("last")), answer=refusing("ann", "bob"))
    assert drive.finish.status.value == "failed"
    assert "all 2 items failed. The first: No ann." in drive.finish.reason


def test_an_item_that_cannot_be_mapped_is_that_items_failure() -> None:
    step = write("invite", source="item.name", for_each="event.people", item_key="id", goes_on=True)
    begun = start(event={"people": [{"id": 1}, {"id": 2, "name": "Bob"}]})
    drive = Drive(workflow(step), begun)
    assert drive.told() == [("invite", "1", "failed"), ("invite", "2", "done")]
    assert drive.finish.status.value == "succeeded"


def test_a_conflict_leads_back_first_and_is_the_items_failure_when_that_is_used_up() -> None:
    step = write(
        "invite", source="item", for_each="event.guests", item_key="@", goes_on=True,
        again_from="invite", again_max=1,
    )  # fmt: skip
    drive = Drive(workflow(step), answer=refusing("ann", error=Conflict("Taken.")))
    assert [story.turn for story in drive.stories] == [0, 1, 1]
    assert drive.finish.status.value == "succeeded"


def test_fed_what_it_has_had_it_asks_for_the_failed_item_alone() -> None:
    drive = Drive(workflow(EACH), answer=refusing("ann"))
    had = {address: outcome for address, outcome in drive.outcomes.items() if outcome.error is None}
    issue = replay(execute(workflow(EACH), start(), {"shop": APP}), had)
    assert not isinstance(issue, Finish)
    assert issue.address.item == "ann"
    assert issue.goes_on
