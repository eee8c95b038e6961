"""What the notices of one connection are to those who listen: events themselves, or hints to read a record.

`plan` says what to read, each record once; after that, `tell` says it to every workflow, inside the caller's
transaction, and gives its verdict on each notice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integrations.engine.errors import HubError, Parked, TryAgain
from integrations.engine.freeze import thaw
from integrations.engine.spec import Connector, JsonObject, Trigger
from integrations.models import Connection, Cursor, EventSource, Notice, Run, SeenRow, Workflow
from integrations.services import listening, rereads, sightings
from integrations.services.accounts import connector_of
from integrations.services.ingest import Arrival, accept
from integrations.services.notices import BY_HAND, delivery_of
from integrations.services.rereads import Wanted
from integrations.services.sightings import Sighting, Source, record_of

PATIENT_FOR = 5  # tries that a write of ours, under way, is waited for
LAST_TRY = 10


@dataclass(frozen=True, slots=True)
class Telling:
    """Notices that say one thing to one trigger; `wanted` is the read that shows what."""

    trigger: Trigger
    notices: list[Notice]
    wanted: Wanted | None


@dataclass(slots=True)
class Plan:
    """What the notices of one connection are to become."""

    connection: Connection
    connector: Connector
    notices: Sequence[Notice]
    listeners: dict[str, list[Workflow]]
    tellings: list[Telling] = field(default_factory=list)

    def wanted(self) -> list[Wanted]:
        """What is still to be read, each once."""
        found = {id(t.wanted): t.wanted for t in self.tellings if t.wanted is not None}
        return [wanted for wanted in found.values() if wanted.error is None]

    def only(self, notices: Sequence[Notice]) -> Plan:
        """The same for some of the notices."""
        keys = {notice.pk for notice in notices}
        some = [
            Telling(t.trigger, mine, t.wanted)
            for t in self.tellings
            if (mine := [notice for notice in t.notices if notice.pk in keys])
        ]
        return Plan(self.connection, self.connector, notices, self.listeners, some)


@dataclass(slots=True)
class Told:
    """What was told, and the notices that are to be looked into again, with why."""

    events: int = 0
    echoes: int = 0
    runs: list[Run] = field(default_factory=list)
    unsure: dict[int, str] = field(default_factory=dict)
    failed: dict[int, HubError] = field(default_factory=dict)


def plan(connection: Connection, notices: Sequence[Notice]) -> Plan:
    """Without HTTP; what is to be read stands in `wanted`."""
    connector = connector_of(connection)
    made = Plan(connection, connector, notices, listening.to(connection))
    reads = _Reads(connection, _known(connection, notices))
    hints: dict[tuple[str, str], Telling] = {}
    for notice in notices:
        for trigger in _hearing(made, notice):
            if trigger.happenings is None:
                wanted = reads.of(_reader(made, trigger, notice), notice)
                made.tellings.append(Telling(trigger, [notice], wanted))
            elif notice.record:
                key = (trigger.key, notice.record)
                if key not in hints:
                    hints[key] = Telling(trigger, [], reads.of(trigger, notice))
                hints[key].notices.append(notice)
    made.tellings += hints.values()
    return made


def _hearing(made: Plan, notice: Notice) -> list[Trigger]:
    """The triggers with a listener that hear it, also by the names it may have in truth."""
    kinds = {notice.type, *_doubts(made, notice)}
    return [
        trigger
        for key in made.listeners
        if (trigger := made.connector.triggers.get(key)) and kinds & set(trigger.hears)
    ]


def _doubts(made: Plan, notice: Notice) -> tuple[str, ...]:
    """What a type that cannot be believed may be instead: its record was told of before in the same way."""
    hooks = made.connector.webhooks
    others = hooks.doubted.get(notice.type, ()) if hooks else ()
    if not others or not _handed_on(made, {notice.type, *others}):
        return ()
    earlier = Notice.objects.filter(
        connection=made.connection, type=notice.type, record=notice.record, pk__lt=notice.pk
    )
    return others if earlier.exists() else ()


def _handed_on(made: Plan, kinds: set[str]) -> bool:
    """Whether somebody is told these events as they come; who compares does not mind their names."""
    triggers = [made.connector.triggers.get(key) for key in made.listeners]
    return any(t is not None and t.happenings is None and kinds & set(t.hears) for t in triggers)


def _reader(made: Plan, trigger: Trigger, notice: Notice) -> Trigger | None:
    """Whose script reads what completes the notice, or tells what it is in truth; None: nothing has to."""
    if rereads.can_read(trigger):
        return trigger
    if not _doubts(made, notice):
        return None
    hearing = [t for t in made.connector.triggers.values() if notice.type in t.hears and not t.happenings]
    return next((t for t in hearing if rereads.can_read(t)), None)


class _Reads:
    """Each record once, however many want it."""

    def __init__(self, connection: Connection, known: dict[str, JsonObject]) -> None:
        self._connection = connection
        self._known = known
        self._wanted: dict[tuple[Any, str], Wanted] = {}

    def of(self, trigger: Trigger | None, notice: Notice) -> Wanted | None:
        if trigger is None or not notice.record:
            return None
        key = (trigger.fetch or trigger.reread, notice.record)
        if key not in self._wanted:
            wanted = Wanted(self._connection, trigger, notice.record, {})
            if not self._connection.usable:
                reason = self._connection.state_reason or "It is not connected."
                wanted.error = Parked(reason)
            self._wanted[key] = wanted
        wanted = self._wanted[key]
        told = {k: v for k, v in notice.payload.items() if v not in (None, "")}
        wanted.known = {**self._known.get(notice.record, {}), **wanted.known, **told}
        return wanted


def _known(connection: Connection, notices: Iterable[Notice]) -> dict[str, JsonObject]:
    """What earlier looks kept of these records."""
    rows = SeenRow.objects.filter(
        cursor__connection=connection, record__in={notice.record for notice in notices if notice.record}
    )
    return dict(rows.values_list("record", "data"))


# --- telling --------------------------------------------------------------------------------------


def tell(made: Plan) -> Told:
    """Say it to everybody, inside the caller's transaction. Said before, it is not said again."""
    told = Told()
    hints: dict[str, list[Telling]] = defaultdict(list)
    for telling in made.tellings:
        if telling.trigger.happenings is not None:
            hints[telling.trigger.key].append(telling)
    sources = {key: _sources(made, tellings[0].trigger) for key, tellings in sorted(hints.items())}
    # Before anything is stored: who looks at one of these sources meanwhile stores the same events.
    sightings.lock_all([source.cursor for of in sources.values() for source in of])
    for telling in made.tellings:
        if telling.trigger.happenings is None:
            _hand_on(made, telling, told)
    for key, of in sources.items():
        _compare(of, hints[key], told)
    return told


def _hand_on(made: Plan, telling: Telling, told: Told) -> None:
    """The notice is the event; completed, where it can be."""
    (notice,) = telling.notices
    wanted = telling.wanted
    if wanted is not None and wanted.error is not None and not _goes_without(made, wanted.error, notice):
        told.failed[notice.pk] = wanted.error
        return
    if wanted is not None and wanted.row is None and wanted.error is None and not _signed(made):
        return  # what nobody signed is told only where the app itself shows it
    kind = notice.type
    if others := _doubts(made, notice):
        gone = wanted is not None and wanted.error is None and wanted.row is None
        kind = others[1] if gone else others[0]
    if kind not in telling.trigger.hears:
        return
    payload = {**notice.payload, **((wanted.row or {}) if wanted and wanted.error is None else {})}
    arrival = Arrival(
        type=kind,
        key=f"notice:{delivery_of(notice)}",
        record=notice.record or notice.account or delivery_of(notice),
        payload={**payload, "type": kind},
        notice=notice.pk,
        late=notice.late,
    )
    workflows = made.listeners[telling.trigger.key]
    told.runs += accept(made.connection, telling.trigger.key, [arrival], workflows, source_of(notice))
    told.events += 1


def _signed(made: Plan) -> bool:
    hooks = made.connector.webhooks
    return hooks is None or hooks.signed


def _goes_without(made: Plan, error: HubError, notice: Notice) -> bool:
    """Whether the event is told as it came: nothing else would ever tell it. Never what nobody signed."""
    if not _signed(made):
        return False
    if isinstance(error, TryAgain):
        return notice.attempts >= LAST_TRY
    return not isinstance(error, Parked)


def _compare(sources: Sequence[Source], tellings: Sequence[Telling], told: Told) -> None:
    """The rows that were read, to each workflow in turn.

    What a notice names may be an event and no row: then the row that was read says which one it is.
    """
    seen: list[Sighting] = []
    by_record: dict[str, Telling] = {}
    for telling in tellings:
        wanted = telling.wanted
        assert wanted is not None
        if wanted.error is not None:
            told.failed |= {notice.pk: wanted.error for notice in telling.notices}
            continue
        newest = telling.notices[-1]
        record = wanted.record if wanted.row is None else record_of(telling.trigger, wanted.row)
        by_record[record] = telling
        seen.append(
            Sighting(
                record=record,
                row=wanted.row,
                at=wanted.at or datetime.now(UTC),
                source=source_of(newest),
                notice=newest.pk,
                late=all(notice.late for notice in telling.notices),
            )
        )
    hopeful = [s for s in seen if by_record[s.record].notices[0].attempts <= PATIENT_FOR]
    pressed = [s for s in seen if s not in hopeful]
    for source in sources:
        for some, patient in ((hopeful, True), (pressed, False)):
            if some:
                taken = sightings.take(source, some, EventSource.WEBHOOK, patient=patient)
                told.events += taken.events
                told.echoes += taken.echoes
                told.runs += taken.runs
                for record in taken.unsure:
                    why = "A write of the hub to that record is under way."
                    told.unsure |= {notice.pk: why for notice in by_record[record].notices}


def _sources(made: Plan, trigger: Trigger) -> list[Source]:
    return [_source(made, workflow, trigger) for workflow in made.listeners[trigger.key]]


def _source(made: Plan, workflow: Workflow, trigger: Trigger) -> Source:
    assert workflow.live is not None
    cursor, _ = Cursor.objects.get_or_create(
        workflow=workflow, connection=made.connection, trigger=trigger.key
    )
    return Source(
        workflow=workflow,
        connection=made.connection,
        connector=made.connector,
        trigger=trigger,
        cursor=cursor,
        settings=thaw(workflow.live.spec).trigger_settings,
    )


def source_of(notice: Notice) -> EventSource:
    return EventSource.MANUAL if notice.key.startswith(BY_HAND) else EventSource.WEBHOOK
