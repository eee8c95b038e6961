"""A resource without a will of its own: made, read, changed, deleted and listed inside one location.

A module says with `Rows` where the records lie, and with the envelopes below what an answer looks like; the
fields themselves are those that the official files declare for that answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import Call, Handler, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.refusals import invalid
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

Envelope = Callable[[Call, JsonObject], Any]
Envelopes = Callable[[Call, list[JsonObject], int], Any]


def one(name: str, **beside: Any) -> Envelope:
    """The record under `name`, with what always stands beside it."""
    return lambda call, record: {**beside, name: shown(call.contract.key, name, record)}


def flat(call: Call, record: JsonObject) -> Any:
    """The record's own fields at the top."""
    found = shown(call.contract.key, "", record)
    return {"id": record["id"], **found}


def done(*names: str, **beside: Any) -> Envelope:
    """Nothing of the record but that it was done, and the record's fields in `beside` (name -> field)."""
    return lambda call, record: {
        **dict.fromkeys(names, True),
        **{name: record.get(field) for name, field in beside.items()},
    }


def many(name: str, count: str = "") -> Envelopes:
    """The page of records under `name`, and how many there are in all under `count`."""

    def answer(call: Call, rows: list[JsonObject], total: int) -> Any:
        found: JsonObject = {name: [shown(call.contract.key, name, row) for row in rows]}
        return {**found, count: total} if count else found

    return answer


def nothing(tx: Tx, record: JsonObject) -> JsonObject:
    return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Records of one kind.

    `param` is the path parameter that holds an id; `stamps` the names of the times of creation and of the
    last change; `made` completes a new record. `events`: the webhook types of create, update and delete (""
    where there is none), and `told` the payload of one.
    """

    collection: str
    what: str
    param: str = "id"
    stamps: tuple[str, str] = ("dateAdded", "dateUpdated")
    id_length: int = 20
    made: Callable[[Call, JsonObject], JsonObject] | None = None
    events: tuple[str, str, str] = ("", "", "")
    told: Callable[[Tx, JsonObject], JsonObject] = nothing

    def create(self, answer: Envelope) -> Handler:
        def handler(call: Call) -> Any:
            location_id = location_of(call)
            call.enter(location_id)
            given = {**call.body, "locationId": location_id}
            return answer(call, self.add(call.tx, self.made(call, given) if self.made else given))

        return handler

    def get(self, answer: Envelope) -> Handler:
        return lambda call: answer(call, self.find(call))

    def update(self, answer: Envelope) -> Handler:
        def handler(call: Call) -> Any:
            record = self.find(call)
            given = {name: value for name, value in call.body.items() if name != "locationId"}
            return answer(call, self.change(call.tx, record, given))

        return handler

    def delete(self, answer: Envelope) -> Handler:
        def handler(call: Call) -> Any:
            record = self.find(call)
            self.drop(call.tx, record)
            return answer(call, record)

        return handler

    def listed(self, answer: Envelopes, *, limit: int = 0, match: Mapping[str, str] | None = None) -> Handler:
        """A page by `skip` and `limit` (0: all at once). `match`: query name -> the record's field."""

        def handler(call: Call) -> Any:
            location_id = location_of(call)
            call.enter(location_id)
            rows = [
                row
                for row in self.of(call.tx, location_id)
                if all(
                    row.get(field) == call.query[name]
                    for name, field in (match or {}).items()
                    if name in call.query
                )
            ]
            return answer(call, page(call, rows, limit), len(rows))

        return handler

    def find(self, call: Call) -> JsonObject:
        """The record that the path names, in the location that the call names, if it names one."""
        record = call.found(self.collection, call.path[self.param], self.what)
        named = location_named(call)
        if named and named != record["locationId"]:
            call.enter(named)
        return record

    def of(self, tx: Tx, location_id: str) -> list[JsonObject]:
        return tx.by_key(self.collection, location_id)

    def add(self, tx: Tx, record: JsonObject) -> JsonObject:
        moment = stamp(tx.now)
        whole = {"id": fresh_id(self.id_length), **dict.fromkeys(self.stamps, moment), **record}
        self.keep(tx, whole)
        self.tell(tx, self.events[0], whole)
        return whole

    def change(self, tx: Tx, record: JsonObject, given: JsonObject) -> JsonObject:
        whole = {**record, **given, self.stamps[1]: stamp(tx.now)}
        self.keep(tx, whole)
        self.tell(tx, self.events[1], whole)
        return whole

    def drop(self, tx: Tx, record: JsonObject) -> None:
        tx.delete(self.collection, record["id"])
        self.tell(tx, self.events[2], record)

    def keep(self, tx: Tx, record: JsonObject) -> None:
        tx.put(self.collection, record["id"], record, [record["locationId"]])

    def tell(self, tx: Tx, event: str, record: JsonObject) -> None:
        if event:
            changed(tx, event, record["locationId"], self.told(tx, record))


def location_named(call: Call) -> str:
    """The location that a call names in its path, its query or its body; "" where it names none."""
    body = call.body if isinstance(call.body, dict) else {}
    for place in (call.path, call.query, body):
        if "locationId" in place:
            return str(place["locationId"])
    return ""


def location_of(call: Call) -> str:
    """The location a call is about: the one it names, else the token's own."""
    return location_named(call) or str(call.token["location_id"])


def page(call: Call, rows: Sequence[JsonObject], limit: int) -> list[JsonObject]:
    """The part of the rows that `skip` and `limit` ask for. Some calls take both as texts."""
    skip = number(call, "skip", 0)
    wanted = number(call, "limit", limit)
    return list(rows[skip : skip + wanted] if wanted else rows[skip:])


def number(call: Call, name: str, default: int) -> int:
    """A count in the query or the body, sent as a number or as a text."""
    given = call.query.get(name, call.body.get(name) if isinstance(call.body, dict) else None)
    if given is None or given == "":
        return default
    try:
        found = int(given)
    except (TypeError, ValueError):
        raise invalid(f"{name} must be a number string") from None
    if found < 0:
        raise invalid(f"{name} must not be less than 0")
    return found
