"""Quota that all processes share: reserved in bulk before calls, corrected from what the answers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from integrations.engine.quota import Lane, State, correct, reserve
from integrations.engine.spec import Quota, Reading
from integrations.models import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How many calls somebody would like to make now on one scope."""

    quota: Quota
    wanted: int
    lane: Lane


@dataclass(frozen=True, slots=True)
class Granted:
    """How many of them may start, and when to ask for the rest."""

    calls: int
    ready_at: datetime


def grant(wishes: Mapping[str, Sequence[Wish]], now: datetime) -> dict[tuple[str, Lane], Granted]:
    """Reserve for every scope at once, inside the caller's transaction; most urgent lane first."""
    rows = _locked(wishes)
    granted = {}
    for scope, row in rows.items():
        state = State.from_json(row.state)
        for wish in sorted(wishes[scope], key=lambda wish: list(Lane).index(wish.lane)):
            calls, state, ready_at = reserve(state, wish.quota.limits, now, wish.wanted, wish.lane)
            granted[scope, wish.lane] = Granted(calls, ready_at)
        row.state = state.to_json()
    Budget.objects.bulk_update(rows.values(), ["state"])
    return granted


def learn(readings: Mapping[str, tuple[Quota, Sequence[Reading]]], now: datetime) -> None:
    """Correct the budgets by what answers' headers said, inside the caller's transaction."""
    rows = _locked(readings)
    for scope, row in rows.items():
        quota, seen = readings[scope]
        row.state = correct(State.from_json(row.state), quota.limits, seen, now).to_json()
    Budget.objects.bulk_update(rows.values(), ["state"])


def _locked(scopes: Mapping[str, object]) -> dict[str, Budget]:
    """The budgets of these scopes, made where missing, locked in one order so that nobody deadlocks."""
    if not scopes:
        return {}
    rows = {row.scope: row for row in _lock(Budget.objects.filter(scope__in=scopes))}
    missing = [scope for scope in scopes if scope not in rows]
    if missing:
        Budget.objects.bulk_create([Budget(scope=scope) for scope in missing], ignore_conflicts=True)
        rows = {row.scope: row for row in _lock(Budget.objects.filter(scope__in=scopes))}
    return rows


def _lock(rows: QuerySet[Budget]) -> QuerySet[Budget]:
    ordered = rows.order_by("scope")
    return ordered.select_for_update() if connection.features.has_select_for_update else ordered
