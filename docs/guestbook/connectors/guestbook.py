"""A guest book: people sign it, and the hub looks for new entries. The example of docs/adding-an-app.md."""

from __future__ import annotations

from datetime import datetime

from integrations.engine.paginate import by_page
from integrations.engine.refusals import by_status
from integrations.engine.spec import (
    Auth,
    Connector,
    Field,
    FieldType,
    Happening,
    JsonObject,
    Kind,
    Limit,
    Operation,
    Place,
    Proof,
    ProofKind,
    Quota,
    Since,
    Sweep,
    Trigger,
    TriggerKind,
    Verify,
)

SIGNED = "entry.signed"
ENTRY: JsonObject = {
    "id": "e-1",
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "message": "What a fine engine.",
    "signed_at": "2026-11-20T10:00:00Z",
    "thanked": False,
}
ID = Field(key="id", label="Entry id", place=Place.PATH, required=True)

OPERATIONS = (
    Operation(
        key="book.read",
        title="Read the book",
        method="GET",
        path="/book",
        kind=Kind.READ,
        record_id="",
        sample={"owner": "Harbour Academy"},
    ),
    Operation(
        key="entries.list",
        title="List entries",
        method="GET",
        path="/entries",
        kind=Kind.READ,
        fields=(
            Field(key="since", type=FieldType.DATETIME, place=Place.QUERY),
            Field(key="page", type=FieldType.INTEGER, place=Place.QUERY),
            Field(key="size", type=FieldType.INTEGER, place=Place.QUERY),
        ),
        record_id="",
        sample={"entries": [ENTRY]},
    ),
    Operation(
        key="entries.get",
        title="Read an entry",
        method="GET",
        path="/entries/{id}",
        kind=Kind.READ,
        fields=(ID,),
        sample=ENTRY,
    ),
    Operation(
        key="entries.thank",
        title="Thank for an entry",
        method="PUT",
        path="/entries/{id}",
        kind=Kind.UPDATE,
        fields=(ID, Field(key="thanked", label="Thanked", type=FieldType.BOOLEAN, required=True)),
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="id", source="a whole state is put"),
        sample={**ENTRY, "thanked": True},
    ),
)


def sweep(since: Since) -> Sweep:
    values = {"since": since.moment.isoformat()} if since.moment else {}
    yield from by_page("entries.list", values, rows="entries", size=50, size_key="size")


def happenings(before: JsonObject | None, after: JsonObject | None, now: datetime) -> list[Happening]:
    if before is None and after is not None and after.get("id"):
        return [Happening(type=SIGNED, key=f"signed:{after['id']}")]
    return []


ENTRY_SIGNED = Trigger(
    key="entries.signed",
    title="Somebody signs the book",
    kind=TriggerKind.POLL,
    events=((SIGNED, "Entry signed"),),
    sample={SIGNED: ENTRY},
    sweep=sweep,
    operations=("entries.list",),
    remember=("id", "signed_at"),
    happenings=happenings,
    overlap_s=60,
)

CONNECTOR = Connector(
    slug="guestbook",
    title="Guest book",
    summary="A book that guests sign: the example of how an app is added.",
    hosts={"": "https://guestbook.example.com"},
    auths=(
        Auth(
            key="api_key",
            title="API key",
            sign=lambda secrets: {"X-Api-Key": secrets["api_key"]},
            secrets=(Field(key="api_key", label="API key", secret=True, required=True),),
            setup=("Copy the key from the inside of the cover.",),
        ),
    ),
    verify=Verify(operation="book.read", say=lambda book: "The guest book opens."),
    refusal=by_status("Guest book"),
    quota=Quota(
        limits=(Limit(count=60, window_s=60),),
        scope=lambda account: account.name,
        source="made up, like the whole app",
    ),
    operations={operation.key: operation for operation in OPERATIONS},
    triggers={ENTRY_SIGNED.key: ENTRY_SIGNED},
)
