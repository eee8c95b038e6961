"""Created, changed, gone: what two looks at one record mean, for records without any meaning of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import jmespath

from integrations.engine.fingerprint import fingerprint
from integrations.engine.spec import Happening, JsonObject

DIGITS = 16

Happenings = Callable[[JsonObject | None, JsonObject | None, datetime], list[Happening]]


def created_changed_gone(noun: str, keys: Sequence[str], changed_at: str = "", id: str = "id") -> Happenings:
    """Tells `<noun>.created`, `<noun>.updated` and `<noun>.deleted`, by the content of `keys`.

    The key of a happening holds the content and when it came to be: the app's own time of the change where
    `changed_at` finds one, else that of the look. So a record that goes back to what it was is told again,
    and of two workflows that see one record in different states neither is given the other's.
    """

    def happenings(before: JsonObject | None, after: JsonObject | None, now: datetime) -> list[Happening]:
        shown = after if after is not None else before
        if shown is None:
            return []
        what = "deleted" if after is None else "created" if before is None else "updated"
        told = jmespath.search(changed_at, after) if changed_at and after is not None else None
        content = fingerprint(shown, keys)[:DIGITS]
        key = f"{noun}.{what}:{shown.get(id)}:{told or now.isoformat()}:{content}"
        return [Happening(type=f"{noun}.{what}", key=key)]

    return happenings


def events_of(noun: str, title: str) -> tuple[tuple[str, str], ...]:
    """The three events, titled as in "Contact created"."""
    words = (("created", "created"), ("updated", "changed"), ("deleted", "deleted"))
    return tuple((f"{noun}.{what}", f"{title} {word}") for what, word in words)
