"""What the simulated GHL says to what it does not take: status and words, as the vendor is known to say."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Ghl

REMINDER = {"receiverType": "contact", "channel": "email", "notificationType": "reminder"}
GROUP = {"name": "x", "description": "x", "slug": "x"}

# Call, what is sent (names in braces are filled in), status, first words.
TABLE: list[tuple[str, str, Any, int, str]] = [
    # a property that does not exist
    ("GET", "/contacts/{contact}?locationId={location}", None, 422, "property locationId should not exist"),
    ("PUT", "/contacts/{contact}", {"gender": "f"}, 422, "property gender should not exist"),
    ("PUT", "/contacts/{contact}", {"locationId": "x"}, 422, "property locationId should not exist"),
    ("PUT", "/contacts/{contact}", {"additionalEmails": []}, 422, "property additionalEmails should not"),
    ("POST", "/contacts/{contact}/notes", {"body": "x", "locationId": "x"}, 422, "property locationId"),
    ("PUT", "/calendars/{calendar}", {"locationId": "x"}, 422, "property locationId should not exist"),
    ("PUT", "/calendars/{calendar}", {"calendarType": "event"}, 422, "property calendarType should not"),
    ("PUT", "/contacts/{contact}", {"dndSettings": {"Fax": {}}}, 422, "dndSettings.property Fax should not"),
    # what is missing
    ("POST", "/contacts/{contact}/tasks", {"title": "x", "dueDate": "2027-02-01"}, 422, "completed"),
    ("DELETE", "/contacts/{contact}/tags", None, 422, "tags should not be empty"),
    ("POST", "/contacts/search", {"locationId": "{location}"}, 422, "pageLimit should not be empty"),
    ("POST", "/calendars/groups", {"name": "x"}, 422, "locationId should not be empty"),
    ("GET", "/calendars/resources/rooms?locationId={location}", None, 422, "limit should not be empty"),
    ("GET", "/opportunities/search?locationId={location}", None, 422, "property locationId should not exist"),
    ("GET", "/calendars/events?locationId={location}&startTime=1&endTime=2", None, 422, "Either of"),
    # another type
    ("GET", "/calendars/{calendar}/free-slots?startDate=2027-02-01&endDate=2027-02-02", None, 422,
     "startDate must be a number"),
    ("GET", "/calendars/{calendar}/free-slots?startDate=1&endDate=2&locationId=x", None, 422,
     "property locationId should not exist"),
    ("GET", "/calendars/{calendar}/free-slots?startDate=2&endDate=1", None, 422, "endDate must not be"),
    ("GET", "/calendars/{calendar}/free-slots?startDate=0&endDate=2764800001", None, 400, "Date range"),
    ("GET", "/calendars/{calendar}/free-slots?startDate=1&endDate=2&timezone=Mars/Base", None, 422,
     "timezone must be a valid IANA"),
    ("GET", "/calendars/events?locationId={location}&calendarId=x&startTime=2027-02-01&endTime=2", None, 422,
     "startTime and endTime must be epoch milliseconds"),
    ("POST", "/calendars/{calendar}/notifications", REMINDER, 422, "body must be an array"),
    ("POST", "/calendars/{calendar}/notifications", [], 200, ""),
    ("PUT", "/contacts/{contact}", {"tags": "vip"}, 422, "tags must be an array"),
    ("PUT", "/contacts/{contact}", {"dateOfBirth": {}}, 422, "dateOfBirth must be a string"),
    ("PUT", "/calendars/{calendar}", {"slotDuration": "30"}, 422, "slotDuration must be a number"),
    ("PUT", "/calendars/groups/{group}/status", {"isActive": "yes"}, 422, "isActive must be a boolean value"),
    # out of bounds
    ("POST", "/contacts/search", {"locationId": "{location}", "pageLimit": 501}, 422, "pageLimit must"),
    ("GET", "/contacts/?locationId={location}&limit=101", None, 422, "limit must not be greater than 100"),
    ("GET", "/calendars/schedules/search?locationId={location}&userId=x&limit=501", None, 422, "limit"),
    ("POST", "/calendars/schedules", {"timezone": "UTC"}, 422, "timezone must match"),
    ("POST", "/calendars/schedules", {"timezone": "America/Port-au-Prince"}, 422, "timezone must match"),
    ("GET", "/businesses/?locationId={location}&limit=many", None, 422, "limit must be a number string"),
    # what is not there
    ("GET", "/contacts/nobody", None, 400, "Contact not found for id:nobody"),
    ("POST", "/contacts/nobody/tags", {"tags": ["x"]}, 400, "Contact not found for id:nobody"),
    ("GET", "/calendars/nothing", None, 404, "Calendar not found"),
    ("GET", "/contacts/{contact}/notes/nothing", None, 404, "Note not found"),
    ("GET", "/contacts/{contact}/tasks/nothing", None, 404, "Task not found"),
    ("PUT", "/calendars/groups/nothing", GROUP, 404, "Group not found"),
    ("GET", "/opportunities/nothing", None, 404, "Opportunity not found"),
    # what is not public
    ("DELETE", "/calendars/events/appointments/x", None, 401, "This route is not yet supported by the IAM"),
    ("GET", "/calendars", None, 404, "Cannot GET /calendars"),
]  # fmt: skip


@pytest.fixture
def known(ghl: Ghl) -> dict[str, str]:
    group = next(
        row["id"] for row in ghl.sandbox.dump()["ghl"]["calendar_groups"] if row["locationId"] == ghl.location
    )
    return {
        "location": ghl.location,
        "calendar": ghl.calendar()["id"],
        "contact": ghl.contact()["id"],
        "group": group,
    }


def filled(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, str):
        return value.format(**known)
    if isinstance(value, dict):
        return {name: filled(part, known) for name, part in value.items()}
    return value


@pytest.mark.parametrize(("method", "path", "body", "status", "words"), TABLE)
def test_what_does_not_fit_is_refused_in_words(
    ghl: Ghl, known: dict[str, str], method: str, path: str, body: Any, status: int, words: str
) -> None:
    answer = ghl.client.request(method, path.format(**known), json=filled(body, known))
    assert (answer.status_code, said(answer)[: len(words)]) == (status, words)


def said(answer: httpx.Response) -> str:
    """The first complaint. 422 has a list, the others a text."""
    if answer.status_code < 400:
        return ""
    body = answer.json()
    assert body["statusCode"] == answer.status_code
    message = body["message"]
    assert isinstance(message, list) is (answer.status_code == 422)
    return str(message[0] if isinstance(message, list) else message)


def test_a_deleted_contact_is_a_bad_request_and_no_404(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    assert ghl.client.delete(f"/contacts/{contact}").json()["succeded"] is True
    answer = ghl.client.get(f"/contacts/{contact}")
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")
    assert answer.json()["message"] == f"Contact not found for id:{contact}"


@pytest.mark.parametrize("path", ["/contacts/", "/contacts/upsert"])
def test_a_422_may_have_made_the_contact_all_the_same(ghl: Ghl, path: str) -> None:
    ghl.sandbox.set_fault("ghl", "created_but_refused")
    body = {"locationId": ghl.location, "email": "ada@example.com"}
    assert ghl.client.get("/contacts/nobody").status_code == 400
    answer = ghl.client.post(path, json=body)
    assert (answer.status_code, answer.json()["message"]) == (422, "Unprocessable Entity")
    assert answer.headers["X-RateLimit-Max"] == "100"
    assert [row["email"] for row in ghl.sandbox.dump()["ghl"]["contacts"]] == ["ada@example.com"]
    assert ghl.sandbox.faults() == []
    assert ghl.sandbox.requests("ghl")[-1]["fault"] == "created_but_refused"


def test_what_was_refused_anyway_spends_no_such_fault(ghl: Ghl) -> None:
    ghl.sandbox.set_fault("ghl", "created_but_refused")
    assert ghl.client.post("/contacts/", json={"locationId": ghl.location, "shoe": 43}).status_code == 422
    assert len(ghl.sandbox.faults()) == 1


def test_nothing_is_kept_of_a_call_that_is_refused_in_the_middle(ghl: Ghl) -> None:
    """The first contact is changed before the second turns out to be another location's."""
    other = ghl.other_location()
    ghl.sandbox.act("ghl", "create_contact", {"location": other, "email": "b@example.com"})
    mine = ghl.contact()["id"]
    business = ghl.client.post("/businesses/", json={"name": "Quay Ltd", "locationId": other})
    assert business.status_code == 403
    body = {"locationId": ghl.location, "ids": [mine], "businessId": "nothing"}
    assert ghl.client.post("/contacts/bulk/business", json=body).status_code == 404
    assert "businessId" not in ghl.client.get(f"/contacts/{mine}").json()["contact"]
