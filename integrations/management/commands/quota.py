"""How much of their quotas connections have used, and what something would cost."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.engine.quota import Lane, Usage
from integrations.management.base import Answer, HubCommand, positive
from integrations.models import Connection
from integrations.services import budgets, forecast, named, quotas
from integrations.services.accounts import reach_of
from integrations.services.forecast import Forecast
from integrations.services.quotas import Picture


class Command(HubCommand):
    help = "What is used of the quotas and by whom; with --workflow or --calls, what those would take."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", nargs="?", help="name or number; without it, all that were called")
        parser.add_argument("--workflow", help="name or number: what its events and looks would cost")
        parser.add_argument("--events", type=positive, default=1, help="how many events of --workflow")
        parser.add_argument(
            "--calls", type=positive, help="what so many calls over the connection would take"
        )
        parser.add_argument("--lane", choices=[lane.value for lane in Lane], help="how urgently")
        parser.add_argument("--forget", action="store_true", help="count the connection's calls anew")

    def answer(self, options: dict[str, Any]) -> Answer:
        chosen = named.connection(options["connection"]) if options["connection"] else None
        if options["forget"]:
            return _forget(_one(chosen, "--forget"))
        if options["workflow"]:
            return _forecasts(_of_workflow(options, chosen))
        if options["calls"]:
            lane = Lane(options["lane"] or Lane.BACKFILL)
            return _forecasts([forecast.of_calls(_one(chosen, "--calls"), options["calls"], "This", lane)])
        rows = [chosen] if chosen else Connection.objects.order_by("pk")
        return _pictures([found for row in rows if (found := quotas.picture(row)) is not None])


def _one(chosen: Connection | None, option: str) -> Connection:
    if chosen is None:
        raise WrongUse(f"Name the connection that {option} is about.")
    return chosen


def _forget(connection: Connection) -> Answer:
    forgotten = budgets.forget(reach_of(connection).scope)
    told = "is counted anew, from the lowest limit known" if forgotten else "had not been counted"
    return Answer(document={"forgotten": forgotten}, lines=[f"What {connection.name} calls {told}."])


def _of_workflow(options: dict[str, Any], chosen: Connection | None) -> list[Forecast]:
    workflow = named.workflow(options["workflow"])
    lane = Lane(options["lane"] or Lane.TRIGGER)
    looks = forecast.of_looks(workflow)
    found = [*forecast.of_events(workflow, options["events"], lane), *([looks] if looks else [])]
    return [one for one in found if chosen in (None, one.connection)]


def _forecasts(found: list[Forecast]) -> Answer:
    document = [
        {
            "connection": one.connection.name,
            "calls": one.calls,
            "ends_at": one.outlook.ends_at,
            "leaves": one.outlook.leaves,
            "enough": one.enough,
            "sentence": one.sentence,
        }
        for one in found
    ]
    return Answer(document=document, lines=[one.sentence for one in found] or ["That makes no calls."])


def _pictures(found: list[Picture]) -> Answer:
    lines: list[str] = []
    for view in found:
        lines += [view.connection.name, *(f"  {_line(window)}" for window in view.windows)]
        lines += [f"  {spender.calls:,} in the last day: {spender.label}" for spender in view.spenders]
        lines += [f"  {view.warning}"] if view.warning else []
        lines += [f"  {view.waiting} runs wait for it."] if view.waiting else []
    return Answer(document=[_document(view) for view in found], lines=lines or ["Nothing was called yet."])


def _line(window: Usage) -> str:
    lanes = ", ".join(f"{lane} {count:,}" for lane, count in window.lanes.items() if count)
    return (
        f"{window.spent:,} of {window.count:,} calls in {budgets.length(window.window_s)}"
        + (f" ({lanes})" if lanes else "")
        + (f", {window.others:,} of them by others" if window.others else "")
    )


def _document(view: Picture) -> dict[str, Any]:
    return {
        "connection": view.connection.name,
        "windows": [
            {
                "seconds": window.window_s,
                "limit": window.count,
                "used": window.spent,
                "left": window.left,
                "lanes": dict(window.lanes),
                "others": window.others,
                "held_until": window.held_until,
                "resets_at": window.resets_at,
            }
            for window in view.windows
        ],
        "spenders": [{"label": one.label, "calls": one.calls} for one in view.spenders],
        "waiting": view.waiting,
        "warning": view.warning,
    }
