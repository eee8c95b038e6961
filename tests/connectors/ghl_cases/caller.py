"""Calls, words and times: what everything else here is made with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.engine.spec import Outcome

Row = dict[str, Any]

HALF_AN_HOUR = timedelta(minutes=30)


def one(rows: list[Row], record_id: str) -> Row:
    """The row of that id."""
    found = [row for row in rows if row["id"] == record_id]
    assert len(found) == 1, f"{record_id} stands {len(found)} times in {rows}"
    return found[0]


class Caller(ABC):
    """Calls that must go well, and values that no two cases share."""

    location_id: str
    company_id: str
    _numbers: Iterator[int]

    @abstractmethod
    def send(self, key: str, values: Row) -> Outcome: ...

    def call(self, key: str, /, **values: Any) -> Any:
        """A call that must go well; what it returns."""
        return self._sent(key, values).value

    def make(self, key: str, /, **values: Any) -> str:
        """A create that must go well; the new record's id."""
        outcome = self._sent(key, values)
        assert outcome.record_id, f"{key} gave no id: {outcome.value}"
        return outcome.record_id

    def is_gone(self, key: str, /, **values: Any) -> bool:
        """Whether this read is refused."""
        return self.send(key, values).error is not None

    def _sent(self, key: str, values: Row) -> Outcome:
        outcome = self.send(key, values)
        if outcome.error:
            raise outcome.error
        return outcome

    # --- words and times ------------------------------------------------------------------------

    def word(self, beginning: str) -> str:
        return f"{beginning}-{next(self._numbers)}"

    def name(self, beginning: str) -> str:
        """A word for where no dash may stand."""
        return f"{beginning}{next(self._numbers)}"

    def email(self) -> str:
        return f"rosa.diaz.{next(self._numbers)}@example.org"

    def phone(self) -> str:
        return f"+1201555{next(self._numbers):04d}"

    def moment(self, days: int) -> str:
        """Noon, so many days from now."""
        noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
        return (noon + timedelta(days=days)).isoformat()

    def later(self, moment: str) -> str:
        return (datetime.fromisoformat(moment) + HALF_AN_HOUR).isoformat()

    def days_ahead(self, days: int) -> int:
        """Midnight in UTC as epoch milliseconds."""
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return int((midnight + timedelta(days=days)).timestamp() * 1000)

    def window(self) -> Row:
        """The time that everything booked here falls into, as event lists ask for it."""
        return {"startTime": str(self.days_ahead(0)), "endTime": str(self.days_ahead(60))}

    def now_s(self) -> int:
        return int(datetime.now(UTC).timestamp())
