"""What holds for every simulated app: found by itself, reachable, resettable, dumped without secrets."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from integrations.engine.errors import WrongUse
from integrations.sandbox import Sandbox
from integrations.sandbox.simulation import Simulation, keep_credentials, own_credentials
from tests.sandbox.conftest import Ghl


def test_the_simulations_of_the_package_are_found(sandbox: Sandbox) -> None:
    assert {"ghl", "accredible"} <= set(sandbox.apps())
    for slug, app in sandbox.apps().items():
        assert isinstance(app, Simulation)
        assert app.slug == slug
        assert app.title
        assert all(app.credentials().values())


def test_what_a_demo_connects_with_has_the_agreed_keys(sandbox: Sandbox) -> None:
    keys = {slug: set(sandbox.apps()[slug].credentials()) for slug in ("ghl", "accredible")}
    assert keys == {
        "ghl": {
            "client_id",
            "client_secret",
            "private_integration_token",
            "agency_integration_token",
            "location_id",
            "company_id",
        },
        "accredible": {"api_key"},
    }


def test_each_file_has_credentials_of_its_own_and_keeps_them(tmp_path: Path) -> None:
    first, second = Sandbox(tmp_path / "1.sqlite3"), Sandbox(tmp_path / "2.sqlite3")
    for slug in ("ghl", "accredible"):
        mine = first.apps()[slug].credentials()
        assert not set(mine.values()) & set(second.apps()[slug].credentials().values())
        assert Sandbox(tmp_path / "1.sqlite3").apps()[slug].credentials() == mine


def test_a_file_of_an_older_hub_gets_the_credentials_that_came_since(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite3"
    old = Sandbox(file)
    with old.store.transaction("ghl") as tx:
        known = own_credentials(tx)
        keep_credentials(tx, {key: text for key, text in known.items() if key != "agency_integration_token"})
        tx.delete("calendars", tx.all("calendars")[0]["id"])
    new = Sandbox(file)
    kept = new.apps()["ghl"].credentials()
    assert kept["agency_integration_token"] not in ("", known["agency_integration_token"])
    assert kept["private_integration_token"] == known["private_integration_token"]
    assert len(new.dump()["ghl"]["calendars"]) == 5, "what stood in the file was made anew"


def test_an_unknown_app_is_answered_with_404(sandbox: Sandbox) -> None:
    answer = sandbox.handle("nobody", httpx.Request("GET", "https://x.example/"))
    assert answer.status_code == 404
    assert "nobody" in answer.json()["message"]


def test_an_app_answers_under_its_mount_and_under_any_host(ghl: Ghl) -> None:
    for url in (
        f"http://127.0.0.1:8000/sandbox/ghl/locations/{ghl.location}",
        f"https://anything.example/locations/{ghl.location}",
    ):
        request = httpx.Request("GET", url, headers=ghl.client.headers)
        answer = ghl.sandbox.handle("ghl", request)
        assert answer.json()["location"]["id"] == ghl.location
    paths = {row["path"] for row in ghl.sandbox.requests("ghl")}
    assert paths == {f"/locations/{ghl.location}"}


def test_the_mount_keeps_query_and_body(ghl: Ghl) -> None:
    request = httpx.Request(
        "POST",
        "http://hub.example/sandbox/ghl/contacts/upsert",
        headers=ghl.client.headers,
        json={"locationId": ghl.location, "email": "ben@example.com"},
    )
    assert ghl.sandbox.handle("ghl", request).json()["new"] is True
    url = f"http://hub.example/sandbox/ghl/calendars/?locationId={ghl.location}"
    assert ghl.sandbox.handle("ghl", httpx.Request("GET", url, headers=ghl.client.headers)).status_code == 200


def test_requests_are_logged_with_what_became_of_them(ghl: Ghl) -> None:
    ghl.contact()
    ghl.client.get("/nowhere")
    [upsert] = ghl.sandbox.requests("ghl", "POST")
    assert (upsert["path"], upsert["status"]) == ("/contacts/upsert", 200)
    assert (upsert["account"], upsert["fault"]) == (ghl.location, "")
    assert [row["status"] for row in ghl.sandbox.requests(path_contains="nowhere")] == [404]
    assert ghl.sandbox.requests("accredible") == []


def test_a_dump_shows_documents_and_no_secret(ghl: Ghl) -> None:
    ghl.contact("ada@example.com")
    text = json.dumps(ghl.sandbox.dump())
    assert "ada@example.com" in text
    accredible = ghl.sandbox.apps()["accredible"].credentials()
    for secret in (
        ghl.known["client_secret"],
        ghl.known["private_integration_token"],
        ghl.known["agency_integration_token"],
        accredible["api_key"],
    ):
        assert secret not in text


def test_a_reset_forgets_records_and_keeps_who_is_connected(ghl: Ghl) -> None:
    calendar = ghl.calendar()
    contact = ghl.contact()
    ghl.sandbox.set_fault("ghl", "throttle")
    ghl.sandbox.set_setting("ghl", "daily_limit", 1)
    ghl.sandbox.reset()
    assert ghl.sandbox.apps()["ghl"].credentials() == ghl.known
    assert ghl.sandbox.faults() == []
    assert ghl.client.get(f"/contacts/{contact['id']}").status_code == 400
    assert ghl.client.get(f"/calendars/{calendar['id']}").json()["calendar"] == calendar


def test_certificates_made_after_a_reset_have_new_numbers(sandbox: Sandbox) -> None:
    before = {row["id"] for row in sandbox.dump()["accredible"]["certificates"]}
    groups = [row["id"] for row in sandbox.dump()["accredible"]["groups"]]
    sandbox.reset()
    assert not before & {row["id"] for row in sandbox.dump()["accredible"]["certificates"]}
    assert [row["id"] for row in sandbox.dump()["accredible"]["groups"]] == groups


def test_the_state_screen_gets_tables_of_text(ghl: Ghl) -> None:
    ghl.contact("ada@example.com", tags=["new", "safety"])
    for slug in ghl.sandbox.apps():
        for table in ghl.sandbox.summary(slug):
            assert all(len(row) == len(table["columns"]) for row in table["rows"])
            assert all(isinstance(cell, str) for row in table["rows"] for cell in row)
    contacts = next(t for t in ghl.sandbox.summary("ghl") if t["title"] == "Contacts")
    assert "new, safety" in contacts["rows"][0]


@pytest.mark.parametrize(
    ("app", "action", "values", "sentence"),
    [
        ("nobody", "issue_certificate", {}, "There is no simulated app “nobody”"),
        ("accredible", "issue", {}, "There is no action of Accredible “issue”"),
        ("accredible", "issue_certificate", {"colour": "red"}, "“colour”; choose one of"),
        ("accredible", "issue_certificate", {"recipient_name": "A"}, "needs Recipient's e-mail"),
        ("accredible", "revoke_certificate", {"certificate": "1"}, "has no certificate 1"),
        ("ghl", "suspend_location", {"location": "x"}, "has no location x"),
    ],
)
def test_a_wrong_action_is_answered_with_what_to_do(
    sandbox: Sandbox, app: str, action: str, values: dict[str, str], sentence: str
) -> None:
    with pytest.raises(WrongUse, match=sentence):
        sandbox.act(app, action, values)


def test_a_simulation_outside_a_sandbox_has_no_credentials(sandbox: Sandbox) -> None:
    app = sandbox.apps()["ghl"]
    bare = Simulation(**{name: getattr(app, name) for name in app.__slots__ if name != "store"})
    with pytest.raises(WrongUse):
        bare.credentials()
