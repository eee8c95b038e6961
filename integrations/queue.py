"""The one place that knows django-q2: wake-ups, schedules, and how full its queue is.

The rows are the truth; a task carries at most an integer and returns None, and is safe to run twice or never.
django-q2 reads a schedule's arguments as Python literals, and one it cannot read holds up all the others:
so schedules are made here alone.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import Schedule
from django_q.tasks import async_task

DRAIN = "integrations.tasks.drain"
SWEEP = "integrations.tasks.sweep"
BEAT = "integrations.tasks.beat"
PRUNE = "integrations.tasks.prune"
REFRESH = "integrations.tasks.refresh_tokens"
REPAIR = "integrations.tasks.repair_tokens"
INSTALL = "integrations.tasks.install"
HEAR = "integrations.tasks.hear"
DELIVER = "integrations.tasks.deliver"
SEND = "integrations.tasks.send"
LIST = "integrations.tasks.list_accounts"
STRIKE = "integrations.tasks.strike"
BACKFILL = "integrations.tasks.backfill_old"
LINT = "integrations.tasks.lint"
RECONCILE = "integrations.tasks.reconcile"
RECONCILE_DUE = "integrations.tasks.reconcile_due"
ALERTS = "integrations.tasks.look_for_alerts"
HOOKS = "integrations.tasks.check_hooks"
DRILL = "integrations.tasks.drill"
SELF_TEST = "integrations.tasks.self_test"
STOCKS = "integrations.tasks.ask_stocks"

FULL = 4
NIGHT = 3  # the hour, by the hub's clock, at which what is done once a day begins


def wake() -> None:
    """After commit: let a worker drain what is due. Cheap to call often: a full queue is left alone."""
    transaction.on_commit(lambda: _send_unless_full(DRAIN))


def wake_hearing() -> None:
    """After commit: let a worker look into what apps have sent."""
    transaction.on_commit(lambda: _send_unless_full(HEAR))


def wake_sending() -> None:
    """After commit: let a worker send what is due to addresses of the operator's own."""
    transaction.on_commit(lambda: _send_unless_full(SEND))


def deliver() -> None:
    """Let a worker send what the simulated apps have to tell."""
    _send_unless_full(DELIVER)


def beat() -> None:
    """Ask the cluster for a sign of life."""
    _send_unless_full(BEAT)


def repair() -> None:
    """Let a worker repeat the refreshes whose holder is gone, before the vendor's grace is over."""
    _send_unless_full(REPAIR)


def install() -> None:
    """After commit: let a worker connect the accounts that were chosen."""
    transaction.on_commit(lambda: _send_unless_full(INSTALL))


def backfill() -> None:
    """Let a worker take the next batch of old records."""
    _send_unless_full(BACKFILL)


def reconcile() -> None:
    """Let a worker compare the next batch of linked records."""
    _send_unless_full(RECONCILE)


def drill() -> None:
    """After commit: let a worker drill the drafts that wait for it."""
    transaction.on_commit(lambda: _send_unless_full(DRILL))


def strike() -> None:
    """Let a worker start what is on a schedule."""
    _send_unless_full(STRIKE)


def list_accounts(connection_id: int) -> None:
    """Let a worker read the whole list of what is under a wide connection."""
    transaction.on_commit(lambda: async_task(LIST, connection_id))


def sweep_now(workflow_id: int) -> None:
    """Let a worker look at the workflow's source now."""
    transaction.on_commit(lambda: async_task(SWEEP, workflow_id))


def schedule_sweep(workflow_id: int, minutes: int) -> None:
    """Look at the workflow's source every `minutes`, from now on."""
    Schedule.objects.update_or_create(
        name=_sweep_name(workflow_id),
        defaults={
            "func": SWEEP,
            "args": f"({int(workflow_id)},)",
            "schedule_type": Schedule.MINUTES,
            "minutes": max(1, minutes),
            "repeats": -1,
            "next_run": timezone.now(),
        },
    )


def space_sweeps(workflow_id: int, minutes: int) -> None:
    """From the next look on, look every `minutes`; left alone where it is so already."""
    rows = Schedule.objects.filter(name=_sweep_name(workflow_id)).exclude(minutes=minutes)
    rows.update(minutes=minutes, next_run=timezone.now() + timedelta(minutes=minutes))


def unschedule_sweep(workflow_id: int) -> None:
    Schedule.objects.filter(name=_sweep_name(workflow_id)).delete()


def schedule_housekeeping() -> None:
    """The schedules that the hub itself needs; safe to call at every start."""
    tonight = timezone.localtime().replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    for name, func, minutes in (
        ("prune", PRUNE, 24 * 60),
        ("refresh tokens", REFRESH, 5),
        ("reconcile", RECONCILE_DUE, 15),
        ("alerts", ALERTS, 1),
        ("lint", LINT, 24 * 60),
        ("webhook addresses", HOOKS, 6 * 60),
        ("webhook self-test", SELF_TEST, 5),
        ("credits", STOCKS, 6 * 60),
    ):
        begins = tonight + timedelta(days=1) if minutes == 24 * 60 else timezone.now()
        defaults = {"func": func, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1}
        Schedule.objects.get_or_create(name=f"hub: {name}", defaults={**defaults, "next_run": begins})


def next_sweep_at(workflow_id: int) -> object:
    """When the schedule looks next; None when it does not."""
    row = Schedule.objects.filter(name=_sweep_name(workflow_id)).first()
    return row.next_run if row else None


def waiting() -> int:
    """How many tasks wait in the broker."""
    return int(get_broker().queue_size() or 0)


def _sweep_name(workflow_id: int) -> str:
    return f"sweep workflow {int(workflow_id)}"


def _send_unless_full(func: str) -> None:
    if waiting() < FULL:
        async_task(func)
