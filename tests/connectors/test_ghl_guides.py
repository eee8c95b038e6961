"""What public guides say of GoHighLevel, held against what it has: endpoints, scopes and field names.

The mission documents lie outside of the project; where they are not at hand, the lists of the issue stand in.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integrations import catalog
from integrations.engine.endpoints import mentions, operation_named, operations_at, scopes_of
from integrations.engine.errors import WrongUse
from integrations.engine.guides import advice, chain_of, read_lines
from integrations.engine.spec import Procedure

GHL = catalog.connector("ghl")
GUIDE = GHL.guide
MISSION = Path(__file__).resolve().parents[3] / "shared" / "mission"
DOCUMENTS = sorted(MISSION.glob("*.txt"))

# --- the field names of the issue ---------------------------------------------------------------

BOOK = "calendars.create"
SLOTS = "calendars.free_slots"
GROUP = "calendar_groups.create"

# word, operation, the real field ("": none), and words that the sentence must hold
WORDS = [
    ("title", BOOK, "", "`title` of appointments.create"),
    ("start_time", BOOK, "", "`startTime` of appointments.create"),
    ("end_time", BOOK, "", "`endTime` of appointments.create"),
    ("startTime", BOOK, "", "`startTime` of appointments.create"),
    ("endTime", BOOK, "", "`endTime` of appointments.create"),
    ("attendees", BOOK, "", "contacts.upsert"),
    ("description", BOOK, "description", ""),
    ("location", BOOK, "", "`address` of appointments.create"),
    ("title", "appointments.create", "title", ""),
    ("start_time", "appointments.create", "startTime", ""),
    ("end_time", "appointments.create", "endTime", ""),
    ("attendees", "appointments.create", "", "one appointment each"),
    ("location", "appointments.create", "address", "meetingLocationType"),
    ("calendarName", BOOK, "name", "find_calendar"),
    ("name", BOOK, "name", ""),
    ("timeZone", BOOK, "", "schedule"),
    ("timezone", "calendars.update", "", "locations.get"),
    ("timezone", SLOTS, "timezone", ""),
    ("color", BOOK, "eventColor", "#039be5"),
    ("reminders", BOOK, "", "ensure_reminder"),
    ("groupName", GROUP, "name", ""),
    ("groupId", GROUP, "", "`id` in the answer"),
    ("groupId", "calendar_groups.update", "groupId", ""),
    ("slug", GROUP, "slug", ""),
    ("members", GROUP, "", "`groupId` of each calendar"),
    ("permissions", GROUP, "", "teamMembers"),
    ("calendarId", BOOK, "", "the app itself gives the id"),
    ("calendarId", "calendars.update", "calendarId", ""),
    ("userId", SLOTS, "userId", ""),
    ("date", SLOTS, "startDate", "epoch milliseconds"),
    ("time", SLOTS, "startDate", "epoch milliseconds"),
    ("time_slot", SLOTS, "", "start times"),
    ("duration", SLOTS, "", "slotDuration"),
    ("capacity", SLOTS, "", "appoinmentPerSlot"),
    ("capacity", BOOK, "appoinmentPerSlot", ""),
    ("capacity", "resources.create", "capacity", ""),
    ("startDate", SLOTS, "startDate", ""),
    ("endDate", SLOTS, "endDate", ""),
    ("dateRange", SLOTS, "startDate", "31 days"),
    ("contactId", "contacts.get", "contactId", ""),
    ("contactId", "contacts.create", "", "the app itself gives the id"),
    ("email", "contacts.upsert", "email", ""),
    ("taskId", "contact_tasks.update", "taskId", ""),
    ("dueDate", "contact_tasks.create", "dueDate", ""),
    ("noteId", "contact_notes.get", "id", ""),
    ("tagList", "contacts.upsert", "tags", ""),
    ("tagList", "contacts.add_tags", "tags", ""),
    ("lastUpdated", "contacts.get", "", "`dateUpdated`"),
    ("status", "calendar_groups.set_status", "isActive", ""),
    ("status", "calendar_groups.update", "", "calendar_groups.set_status"),
    ("status", "contacts.upsert", "", "`dnd`"),
    ("status", "contact_tasks.update", "completed", ""),
    ("status", "opportunities.create", "status", ""),
]


@pytest.mark.parametrize(("word", "key", "field", "says"), WORDS)
def test_a_guides_word_is_the_real_field_or_told_in_words(word: str, key: str, field: str, says: str) -> None:
    found = advice(GHL, GHL.operation(key), word)

    assert found is not None
    assert found.field == field
    assert says in found.sentence
    assert found.sentence.endswith((".", "?"))


def test_a_word_that_nobody_knows_is_not_explained_away() -> None:
    assert advice(GHL, GHL.operation("contacts.upsert"), "shoeSize") is None


def test_words_of_state_come_with_the_transform_that_reads_them() -> None:
    found = advice(GHL, GHL.operation("contact_tasks.update"), "status")

    assert found is not None
    assert [use.name for use in found.transforms] == ["boolean"]


def test_every_place_that_an_alias_names_is_in_the_catalogue() -> None:
    paths = [operation.path for operation in GHL.operations.values()]
    assert GUIDE is not None
    for alias in GUIDE.aliases:
        for at in alias.at:
            path = at.rpartition(" ")[2]
            assert any(p == path[:-1] if path.endswith("$") else p.startswith(path) for p in paths), at


def test_every_call_that_an_alias_speaks_of_is_in_the_catalogue() -> None:
    assert GUIDE is not None
    for alias in GUIDE.aliases:
        for key in re.findall(r"\b([a-z_]+\.[a-z_]+)\b", alias.says):
            assert key in GHL.operations or key == "contact.name", key


def test_every_step_of_every_chain_is_a_call_of_the_catalogue() -> None:
    assert GUIDE is not None
    for chain in GUIDE.chains:
        assert chain.aims in GHL.operations
        for link in chain.links:
            for step in filter(None, (link.step, link.for_each)):
                work = GHL.procedures.get(step.operation) or GHL.operation(step.operation)
                keys = {field.key for field in work.fields}
                targets = {mapping.target for mapping in step.mappings} | set(link.takes.values())
                assert targets <= keys, (step.operation, targets - keys)
                assert isinstance(work, Procedure) == (step.kind == "procedure")


# --- endpoints and scopes -------------------------------------------------------------------------

LINES = [
    ("POST /calendars", ["calendars.create"]),
    ("POST /calendars/", ["calendars.create"]),
    ("post /calendars", ["calendars.create"]),
    ("GET /calendars/:calendarId/free-slots", ["calendars.free_slots"]),
    ("GET /calendars/{calendarId}", ["calendars.get"]),
    ("GET /calendars/groups", ["calendar_groups.list"]),
    ("PUT /calendars/groups/:groupId/status", ["calendar_groups.set_status"]),
    ("GET /calendars/resources/rooms", ["resources.list"]),
    ("GET /contacts/:contactId/notes/:id", ["contact_notes.get"]),
    ("/contacts/:contactId", ["contacts.delete", "contacts.get", "contacts.update"]),
    ("PATCH /calendars/:calendarId", []),
]


@pytest.mark.parametrize(("line", "keys"), LINES)
def test_an_endpoint_as_guides_write_it_is_the_operation(line: str, keys: list[str]) -> None:
    method, _, path = line.rpartition(" ")

    assert [operation.key for operation in operations_at(GHL, method.upper(), path)] == keys


SCOPES = [
    ("calendars.readonly", ["calendars.readonly"]),
    ("calendars/groups.write", ["calendars/groups.write"]),
    ("calendars.groups.readonly", ["calendars/groups.readonly"]),
    ("calendars/groups.*", ["calendars/groups.readonly", "calendars/groups.write"]),
    ("contacts.readonly", ["contacts.readonly"]),
    ("calendars/rooms.readonly", []),
]


@pytest.mark.parametrize(("text", "scopes"), SCOPES)
def test_a_scope_among_endpoints_is_the_scope_it_is(text: str, scopes: list[str]) -> None:
    (found,) = mentions(GHL, f"Endpoints: {text}, and more")

    assert sorted(found.scopes) == scopes
    assert found.known is bool(scopes)
    if scopes:
        needs = [key for scope in scopes for key in scopes_of(GHL)[scope]]
        assert needs[0] in found.says


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("calendars.readonly", "is a scope (what a token may do), not an endpoint"),
        ("calendars.groups.readonly", "written `calendars/groups.readonly`"),
        ("/contacts/:contactId", "may mean contacts.delete, contacts.get, contacts.update"),
        ("contacts.upsrt", "choose one of: contacts"),
    ],
)
def test_what_is_no_operation_is_answered_in_words(text: str, sentence: str) -> None:
    with pytest.raises(WrongUse) as refused:
        operation_named(GHL, text)

    assert sentence in refused.value.sentence


def test_who_sends_a_start_to_a_calendar_means_an_appointment() -> None:
    create, update = GHL.operation(BOOK), GHL.operation("calendars.update")

    chain = chain_of(GHL, create, ["title", "start_time"])
    assert chain is not None
    assert chain.key == "book"
    assert chain_of(GHL, create, ["name", "color"]) is None
    assert chain_of(GHL, update, ["start_time"]) is None


def test_a_whole_line_gives_away_what_is_meant() -> None:
    found = read_lines(GHL, "POST /calendars/ with payload including title, start_time, end_time, attendees.")

    assert [chain.key for chain in found.chains] == ["book"]
    assert not read_lines(GHL, "GET /calendars/ to list calendars").chains


# --- the mission documents, line by line ----------------------------------------------------------

FIELD_LINE = re.compile(r"(?:Key fields: )?(\w+(?:, \w+)+)")
INSIDE = re.compile(r"(?:payload including|; include|; map) ([\w, ]+?)(?:;|\.|$)")
ENDPOINT = re.compile(r"\b(?:GET|POST|PUT|DELETE) /[\w/:-]*")
BARE = re.compile(r"(?<![\w/:])(?<!GET )(?<!POST )(?<!PUT )(?<!DELETE )/[a-z][\w/:-]*")
SCOPE = re.compile(r"\b\w+(?:[./]\w+)*\.(?:readonly|write)\b|\bcalendars/groups\.\*")

needs_the_documents = pytest.mark.skipif(
    not DOCUMENTS,
    reason="the mission documents are not beside this checkout",
)


@needs_the_documents
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_every_endpoint_and_scope_of_a_mission_document_is_known(document: Path) -> None:
    seen = 0
    for line in document.read_text(encoding="utf-8").splitlines():
        found = mentions(GHL, line)
        written = [*ENDPOINT.findall(line), *BARE.findall(line), *SCOPE.findall(line)]
        assert sorted(mention.text for mention in found) == sorted(written), line
        assert all(mention.known for mention in found), line
        seen += len(found)
    assert seen >= 20


@needs_the_documents
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_every_field_of_a_mission_document_is_a_real_one_or_explained(document: Path) -> None:
    """A line of names belongs to the endpoints on the line above it."""
    seen = 0
    above: list[str] = []
    for line in document.read_text(encoding="utf-8").splitlines():
        keys = [operation.key for mention in mentions(GHL, line) for operation in mention.operations]
        above = keys or above
        for word in words_in(line):
            told = [advice(GHL, GHL.operation(key), word) for key in above]
            assert any(told), (word, above)
            seen += 1
    assert seen >= 8


def words_in(line: str) -> list[str]:
    """The field names of a line: a line of nothing else, or a list inside a sentence."""
    whole = FIELD_LINE.fullmatch(line.strip())
    lists = [whole[1]] if whole else INSIDE.findall(line)
    words = [word.strip().removeprefix("and ") for text in lists for word in text.split(",")]
    return [word for word in words if re.fullmatch(r"\w+", word)]


def test_the_walk_reads_a_documents_lines_as_a_person_does() -> None:
    assert words_in("Key fields: contactId, email, name, status, lastUpdated")[-1] == "lastUpdated"
    assert words_in("POST /calendars/ with payload including title, start_time, end_time.") == [
        "title",
        "start_time",
        "end_time",
    ]
    assert words_in("Actions: PUT /calendars/:calendarId to sync changes; include calendarId, name.") == [
        "calendarId",
        "name",
    ]
    assert words_in("Automate scheduling, without developers and handoffs.") == []
