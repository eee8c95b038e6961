"""What is told of each change in the simulated GHL, and what a person there can do to bring it about."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.connectors.ghl.triggers import TOLD
from integrations.engine.errors import WrongUse
from tests.sandbox.conftest import Ghl

MONDAY = "2027-02-01T10:00:00-05:00"


def told(ghl: Ghl) -> list[dict[str, Any]]:
    return list(ghl.sandbox.dump()["ghl"].get("changes", []))


def types(ghl: Ghl) -> list[str]:
    return [row["event"] for row in told(ghl)]


def rows(ghl: Ghl, collection: str) -> list[dict[str, Any]]:
    return ghl.sandbox.dump()["ghl"][collection]


class Person:
    """Somebody at work in the simulated GHL."""

    def __init__(self, ghl: Ghl) -> None:
        self.ghl = ghl
        self.contact = self.does(
            "create_contact", location=ghl.location, firstName="Ada", email="a@example.com"
        )

    def does(self, action: str, **values: Any) -> str:
        made = self.ghl.sandbox.act("ghl", action, values)
        return str(made.get("id", ""))

    def works(self) -> None:
        """One day on which everything happens at least once."""
        self.contacts()
        self.calendars()
        self.sales()
        self.objects()
        self.office()
        self.does("delete_contact", contact=self.contact)

    def contacts(self) -> None:
        self.does("change_contact", contact=self.contact, city="Oslo")
        self.does("add_tags", contact=self.contact, tags="vip, new")
        self.does("remove_tags", contact=self.contact, tags=["vip"])
        self.does("set_dnd", contact=self.contact, dnd=True)
        note = self.does("create_note", contact=self.contact, body="Called.")
        self.does("change_note", note=note, body="Called twice.")
        self.does("delete_note", note=note)
        task = self.does("create_task", contact=self.contact, title="Call")
        self.does("change_task", task=task, title="Call again")
        self.does("complete_task", task=task)
        self.does("complete_task", task=task, completed=False)
        self.does("delete_task", task=task)

    def calendars(self) -> None:
        calendar = self.ghl.calendar()["id"]
        appointment = self.does("book_appointment", calendar=calendar, start=MONDAY, contact=self.contact)
        self.does("change_status", appointment=appointment, status="showed")
        self.does("move_appointment", appointment=appointment, start="2027-02-02T10:00:00-05:00")
        self.does("delete_appointment", appointment=appointment)
        self.does("block_time", calendar=calendar, start=MONDAY, end="2027-02-01T12:00:00-05:00")
        made = self.does("create_calendar", location=self.ghl.location, name="Repairs")
        group = self.does("create_group", location=self.ghl.location, name="Evening courses")
        self.does("change_calendar", calendar=made, name="Repair", group=group, slotDuration=45)
        self.does("delete_calendar", calendar=made)
        self.does("change_group", group=group, name="Evenings", isActive=False)
        self.does("delete_group", group=group)
        self.does("change_schedule", schedule=rows(self.ghl, "schedules")[0]["id"], name="Early")

    def sales(self) -> None:
        [pipeline, _] = rows(self.ghl, "pipelines")
        sale = self.does("create_opportunity", contact=self.contact, pipeline=pipeline["id"], name="Course")
        second = pipeline["stages"][1]["id"]
        self.does("change_opportunity", opportunity=sale, status="won", monetaryValue=9.5, name="Courses")
        self.does("change_opportunity", opportunity=sale, pipelineStageId=second, assignedTo="u1")
        self.does("delete_opportunity", opportunity=sale)
        self.does("send_message", contact=self.contact, body="Hello")
        self.does("receive_message", contact=self.contact, body="Hi", type="Email")
        self.does("read_conversation", conversation=rows(self.ghl, "conversations")[0]["id"])
        body = {"type": "Custom", "contactId": self.contact, "message": "x", "conversationProviderId": "p1"}
        assert self.ghl.client.post("/conversations/messages", json=body).status_code == 200

    def objects(self) -> None:
        pet = self.does("create_object", location=self.ghl.location, key="pet", name="Pet")
        self.does("change_object", object=pet, description="Animals")
        buddy = self.does("create_record", object=pet, name="Buddy")
        self.does("change_record", record=buddy, name="Buddy II")
        keys = {"firstObjectKey": "contact", "secondObjectKey": "custom_objects.pet"}
        owner = self.does("create_association", location=self.ghl.location, key="owner", **keys)
        self.does("change_association", association=owner, firstObjectLabel="keeper")
        sides = {"firstRecordId": self.contact, "secondRecordId": buddy}
        relation = self.does("create_relation", association=owner, **sides)
        self.does("delete_relation", relation=relation)
        self.does("delete_association", association=owner)
        self.does("delete_record", record=buddy)

    def office(self) -> None:
        named = {"firstName": "Mara", "lastName": "Lind", "email": "mara@example.com"}
        self.does("create_user", location=self.ghl.location, **named)
        self.does("change_location", location=self.ghl.location, name="Harbour Academy Manhattan")
        self.does("create_location", name="Harbour Academy Oslo", timezone="Europe/Oslo")
        self.does("change_plan", location=self.ghl.location, before="basic", after="large")
        self.does("suspend_location", location=self.ghl.location)
        self.does("resume_location", location=self.ghl.location)
        self.does("install_app", location=self.ghl.location)
        self.does("uninstall_app", account=self.ghl.location)
        self.does("add_locations", count=1)
        self.does("new_private_token")
        self.does("rotate_private_token")
        self.does("cancel_rotation")


@pytest.fixture
def worked(ghl: Ghl) -> Ghl:
    Person(ghl).works()
    return ghl


def test_a_fresh_sandbox_has_told_nothing(ghl: Ghl) -> None:
    assert told(ghl) == []


def test_everything_that_webhooks_tell_of_can_be_brought_about(worked: Ghl) -> None:
    assert set(TOLD) - set(types(worked)) == set()
    assert set(types(worked)) - set(TOLD) == set()


def test_a_person_has_a_hand_for_everything(worked: Ghl, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each action was taken above; one that is added has to be added there too."""
    taken: set[str] = set()
    act = type(worked.sandbox).act

    def noting(self: Any, slug: str, key: str, values: Any) -> Any:
        taken.add(key)
        return act(self, slug, key, values)

    worked.sandbox.reset()
    monkeypatch.setattr(type(worked.sandbox), "act", noting)
    Person(Ghl(worked.sandbox)).works()
    assert taken == {action.key for action in worked.sandbox.apps()["ghl"].actions} - {"examples"}


def test_what_is_told_has_the_fields_of_the_vendors_pages(worked: Ghl) -> None:
    strange = {}
    for row in told(worked):
        known = {field.key for field in TOLD[row["event"]].fields} | set(TOLD[row["event"]].sample)
        surplus = set(row["payload"]) - known - {"appId", "type", "versionId", "installType"}
        if surplus:
            strange[row["event"]] = surplus
    assert strange == {}


def test_a_change_is_of_its_location(worked: Ghl) -> None:
    agencys = {row["event"] for row in told(worked) if row["location_id"] == ""}
    assert agencys <= {"LocationCreate", "INSTALL", "UNINSTALL"}
    mine = [row for row in told(worked) if row["event"].startswith("Contact")]
    assert {row["location_id"] for row in mine} == {worked.location}


# --- through the API, the same hook ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"city": "Oslo"}, ["ContactUpdate"]),
        ({"tags": ["vip"]}, ["ContactTagUpdate"]),
        ({"dnd": True}, ["ContactDndUpdate"]),
        ({"city": "Oslo", "tags": ["vip"]}, ["ContactUpdate", "ContactTagUpdate"]),
        ({"firstName": "Ada"}, []),
        ({"customFields": [{"id": "x", "field_value": 1}]}, ["ContactUpdate"]),
    ],
)
def test_a_changed_contact_is_told_by_what_changed(
    ghl: Ghl, body: dict[str, Any], expected: list[str]
) -> None:
    contact = ghl.contact()["id"]
    assert types(ghl) == ["ContactCreate"]
    ghl.client.put(f"/contacts/{contact}", json=body)
    assert types(ghl)[1:] == expected


def test_an_upsert_that_changes_nothing_tells_nothing(ghl: Ghl) -> None:
    ghl.contact()
    ghl.contact()
    assert types(ghl) == ["ContactCreate"]


def test_what_is_refused_was_never_told(ghl: Ghl) -> None:
    ghl.contact()
    assert ghl.client.post("/contacts/", json={"locationId": ghl.location, "email": "x"}).status_code == 422
    ghl.contact("bo@example.com")
    taken = ghl.client.put(f"/contacts/{rows(ghl, 'contacts')[1]['id']}", json={"email": "ada@example.com"})
    assert taken.status_code == 400
    assert types(ghl) == ["ContactCreate", "ContactCreate"]


@pytest.mark.parametrize(("whole", "named"), [(False, False), (True, True)])
def test_a_new_task_is_told_without_its_contact_unless_set_otherwise(
    ghl: Ghl, whole: bool, named: bool
) -> None:
    ghl.sandbox.set_setting("ghl", "whole_task_webhooks", whole)
    contact = ghl.contact()["id"]
    body = {"title": "Call", "dueDate": "2027-02-03T10:00:00Z", "completed": False}
    ghl.client.post(f"/contacts/{contact}/tasks", json=body)
    payload = told(ghl)[-1]["payload"]
    assert ("contactId" in payload, "body" in payload) == (named, named)
    assert payload["title"] == "Call"


def test_one_change_of_an_opportunity_is_told_twice(ghl: Ghl) -> None:
    person = Person(ghl)
    pipeline = rows(ghl, "pipelines")[0]["id"]
    sale = person.does("create_opportunity", contact=person.contact, pipeline=pipeline, name="Course")
    ghl.client.put(f"/opportunities/{sale}/status", json={"status": "won"})
    assert types(ghl)[-2:] == ["OpportunityUpdate", "OpportunityStatusUpdate"]


@pytest.mark.parametrize(
    ("action", "values", "said"),
    [
        ("change_contact", {"contact": "x"}, "has no contact x"),
        ("create_contact", {"location": "{location}", "email": "nobody"}, "refuses: email must be an email"),
        (
            "create_contact",
            {"location": "{location}", "email": "a@example.com"},
            "refuses: This location does not allow duplicated contacts.",
        ),
        (
            "create_group",
            {"location": "{location}", "name": "Courses"},
            "refuses: The slug is already taken.",
        ),
        ("book_appointment", {"calendar": "{calendar}", "start": "soon"}, "The start needs a date and time"),
        (
            "create_task",
            {"contact": "{contact}", "title": "x", "dueDate": "soon"},
            "refuses: dueDate must be",
        ),
    ],
)
def test_what_a_person_cannot_do_is_said_in_words(
    ghl: Ghl, action: str, values: dict[str, str], said: str
) -> None:
    person = Person(ghl)
    known = {"location": ghl.location, "contact": person.contact, "calendar": ghl.calendar()["id"]}
    before = ghl.sandbox.dump()
    with pytest.raises(WrongUse) as refused:
        person.does(action, **{name: value.format(**known) for name, value in values.items()})
    assert said in refused.value.sentence
    assert ghl.sandbox.dump() == before
