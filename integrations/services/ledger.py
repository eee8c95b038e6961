"""The ledger's questions to the database: which writes are on record, which targets are taken."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from integrations.models import OPEN, Effect, EffectState
from integrations.services.statements import insert


class Target(NamedTuple):
    """The identity a write is aimed at."""

    connection_id: int
    target: str


def of_runs(run_ids: Iterable[int]) -> dict[int, dict[str, Effect]]:
    """The effects of these runs, by run and address."""
    found: dict[int, dict[str, Effect]] = {}
    for effect in Effect.objects.filter(run_id__in=list(run_ids)):
        if effect.run_id is not None:
            found.setdefault(effect.run_id, {})[effect.address] = effect
    return found


def taken(targets: Iterable[Target]) -> dict[Target, str]:
    """Targets that an open effect holds, with its key."""
    wanted = set(targets)
    rows = Effect.objects.filter(
        connection_id__in={t.connection_id for t in wanted},
        target__in={t.target for t in wanted},
        state__in=OPEN,
    ).values_list("connection_id", "target", "key")
    return {Target(pk, target): key for pk, target, key in rows if Target(pk, target) in wanted}


def done_since(targets: dict[Target, datetime]) -> set[Target]:
    """Of these targets, those that another effect wrote after the given moment: look before writing."""
    rows = Effect.objects.filter(
        connection_id__in={t.connection_id for t in targets},
        target__in={t.target for t in targets},
        state=EffectState.DONE,
        settled_at__gte=min(targets.values()),
    ).values_list("connection_id", "target", "settled_at")
    return {
        Target(pk, target)
        for pk, target, at in rows
        if Target(pk, target) in targets and at is not None and at >= targets[Target(pk, target)]
    }


def another_owns(effect: Effect, record_id: str) -> bool:
    """Whether this record is what another write to the same target made, or took over."""
    others = Effect.objects.filter(
        connection_id=effect.connection_id,
        operation=effect.operation,
        record_id=record_id,
        target=effect.target,
        state=EffectState.DONE,
    )
    return others.exclude(key=effect.key).exists()


def enter(effects: list[Effect]) -> set[str]:
    """Claim new effects; the keys that are now on record. One that lost a race for its target is left out."""
    insert(Effect, effects, ignore_conflicts=True)
    on_record = dict(
        Effect.objects.filter(key__in=[effect.key for effect in effects]).values_list("key", "pk")
    )
    for effect in effects:
        effect.pk = on_record.get(effect.key)
    return set(on_record)
