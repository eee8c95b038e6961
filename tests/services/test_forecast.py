"""What something will cost, told before it is done."""

from __future__ import annotations

from integrations.models import ApiCall, Budget
from integrations.services import forecast
from integrations.services.forecast import Forecast
from tests.hub import Hub, make_hub


def by_name(found: list[Forecast]) -> dict[str, Forecast]:
    return {one.connection.name: one for one in found}


def test_before_the_first_run_calls_are_counted_from_the_steps_the_events_lead_through(hub: Hub) -> None:
    """Issued: one read at Accredible; at GHL contact, reminder, slot (2 calls) and booking."""
    found = by_name(forecast.of_events(hub.workflow, 100))
    assert (found["Accredible"].calls, found["GHL"].calls) == (100, 500)
    assert found["GHL"].sentence.startswith(
        "100 events of “Follow up” (5 calls each, counted from its steps): about 500 calls to GHL. "
        "At 100 calls in 10 seconds that ends about "
    )
    assert found["GHL"].sentence.endswith("of the day.")
    assert found["GHL"].outlook.leaves is not None
    assert 0.99 < found["GHL"].outlook.leaves < 1.0


def test_steps_that_the_chosen_options_leave_out_cost_nothing(hub: Hub) -> None:
    dictated = make_hub("Beta", start="dictated", reminder_channel="none")
    assert by_name(forecast.of_events(dictated.workflow, 1))["GHL"].calls == 2


def test_after_some_runs_their_average_counts(hub: Hub) -> None:
    for n in range(3):
        hub.issue(recipient_email=f"person{n}@example.org")
        hub.run_all()
    made = ApiCall.objects.filter(connection=hub.ghl, run__isnull=False).count()
    found = by_name(forecast.of_events(hub.workflow, 30))["GHL"]
    assert found.calls == made * 10
    assert "measured over 3 runs" in found.sentence


def test_looking_has_its_price_too(hub: Hub) -> None:
    found = forecast.of_looks(hub.workflow)
    assert found is not None
    assert found.calls == 24 * 60 // 5
    assert found.sentence.startswith("A day of looks, one every 5 minutes (1 call each, ")
    assert found.sentence.endswith("about 288 calls to Accredible."), "it counts no days"


def test_what_the_day_has_not_left_is_said_in_days(hub: Hub) -> None:
    hub.sandbox.set_setting("ghl", "daily_limit", 1_000)
    hub.issue()
    hub.run_all()
    found = by_name(forecast.of_events(hub.workflow, 500))["GHL"]
    assert not found.enough
    assert found.sentence.partition(". ")[2].startswith("This day has 8")
    assert f"so they take {found.outlook.windows} days and end about " in found.sentence


def test_an_account_that_was_never_called_is_supposed_to_have_the_lowest_limits(hub: Hub) -> None:
    Budget.objects.all().delete()
    found = by_name(forecast.of_events(hub.workflow, 10))["GHL"]
    assert "At 25 calls in 10 seconds" in found.sentence
    assert found.sentence.endswith("Its limits are not known yet; the lowest are supposed.")
