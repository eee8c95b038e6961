"""What an undisturbed run of a workflow leaves, which is what a trial is held against; and so, which troubles
can befall the workflow at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.models import EventSource
from integrations.sandbox import faults
from integrations.services.drill.footprint import Footprint
from integrations.services.drill.troubles import Trouble

READS = ("GET", "HEAD")
Call = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """An undisturbed run: what it left, its calls (app, "METHOD /path"), whether it waits for a person.

    `own` are the records that the hub itself knows it made: the measure where somebody else makes some too.
    `webhooks` counts what its apps sent; `sources` is how its events were found. `problem` says why there is
    nothing to compare with.
    """

    left: Footprint
    own: Footprint
    calls: Sequence[Call]
    waits: bool
    webhooks: int = 0
    sources: frozenset[str] = frozenset()
    problem: str = ""

    @property
    def writing(self) -> list[Call]:
        return [call for call in self.calls if not call[1].startswith(READS)]

    @property
    def looking_for_slots(self) -> list[Call]:
        return [call for call in self.calls if "free-slots" in call[1]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """`told`: the event was handed to the hub; `pair`: two events of one record were. `acted`: it happened in
    the app (None: nobody knows how to bring it about there). `readable`: the source can be looked at.
    `on_server`: the hub's database has a server.
    """

    told: Right
    pair: Right
    acted: Right | None
    readable: bool
    on_server: bool = False

    def of(self, trouble: Trouble) -> Right:
        if trouble.pair:
            return self.pair
        return self.acted if self.acted is not None and self.by_act(trouble) else self.told

    def by_act(self, trouble: Trouble) -> bool:
        """Whether the trouble befalls the webhook that tells of the event."""
        return trouble.of_webhooks and self.acted is not None and EventSource.WEBHOOK in self.acted.sources

    def unfit(self, trouble: Trouble) -> str:
        """Why the trouble cannot befall this workflow, in a sentence; "": it can."""
        right = self.of(trouble)
        if trouble.restarts and not self.on_server:
            return "Its database is a file, which no server has to be restarted for."
        if trouble.pair and (right.problem or right.waits):
            return "Of two events of one record it does not do both by itself."
        if trouble.of_webhooks and not self.by_act(trouble):
            return "" if right.webhooks else "No webhook tells of its event or of what it writes."
        if trouble.misses and self.by_act(trouble) and not self.readable:
            return "Its app cannot be read, so nobody can find what no webhook told of."
        if trouble.fault == faults.SLOT_TAKEN and not right.looking_for_slots:
            return "It looks for no free time."
        if trouble.writes and not right.writing:
            return "It writes nothing."
        return "It makes no call." if trouble.fault and not right.calls else ""
