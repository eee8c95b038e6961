"""Commands that make something happen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection

from integrations import catalog
from integrations.engine.spec import FieldMapping
from integrations.models import (
    Connection,
    Credential,
    Environment,
    Event,
    OAuthToken,
    Run,
    Workflow,
    WorkflowState,
)
from integrations.services import clients, drafts, lifecycle
from tests.hub import Hub
from tests.proving import proved
from tests.services.test_own_triggers import live


@pytest.fixture
def certificate(hub: Hub, tmp_path: Path) -> Path:
    """A file with the payload of a certificate that was just issued."""
    number = hub.issue()
    row = next(row for row in hub.documents("accredible", "certificates") if str(row["id"]) == number)
    file = tmp_path / "event.json"
    file.write_text(json.dumps(row), encoding="utf-8")
    return file


def test_an_emitted_event_starts_its_run_once(ask: Any, hub: Hub, certificate: Path) -> None:
    first = ask("emit", "Accredible", "certificate.issued", str(certificate), "--json").json
    again = ask("emit", "Accredible", "certificate.issued", str(certificate))

    assert len(first["runs"]) == 1
    assert again.status == 0
    assert "has had this event" in again.out
    assert "nothing was started" in again.out
    assert (Event.objects.count(), Run.objects.count()) == (1, 1)


def test_an_emitted_event_is_the_one_that_a_look_would_find(ask: Any, hub: Hub, certificate: Path) -> None:
    ask("emit", "Accredible", "certificate.issued", str(certificate))

    assert hub.look().runs == 0


def test_an_unknown_event_type_is_answered_with_the_known_ones(ask: Any, hub: Hub, certificate: Path) -> None:
    said = ask("emit", "Accredible", "certificate.lost", str(certificate))

    assert said.status == 2
    assert "certificate.lost" in said.err
    assert "certificate.issued, certificate.revoked" in said.err


def test_a_payload_without_its_record_is_refused(ask: Any, hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("{}")

    said = ask("emit", "Accredible", "certificate.issued", str(tmp_path / "empty.json"))

    assert said.status == 2
    assert "does not say which record" in said.err
    assert Event.objects.count() == 0


def test_an_event_that_nobody_listens_to_is_stored(ask: Any, hub: Hub, certificate: Path) -> None:
    Workflow.objects.update(state=WorkflowState.DRAFT)

    said = ask("emit", "Accredible", "certificate.issued", str(certificate))

    assert "No live workflow listens to it" in said.out
    assert (Event.objects.count(), Run.objects.count()) == (1, 0)


def test_work_once_drains_what_is_due(ask: Any, hub: Hub, certificate: Path) -> None:
    ask("emit", "Accredible", "certificate.issued", str(certificate))

    assert ask("work", "--once", "--json").json["finished"] == 1
    assert ask("work", "--once").out == "0 runs finished, 0 calls made.\n"
    assert len(hub.appointments()) == 1


def test_a_run_waits_for_its_end_and_tells_its_lineage(ask: Any, hub: Hub, certificate: Path) -> None:
    said = ask("run", "Follow up", "--event", str(certificate), "--lineage")

    assert said.status == 0
    assert "(test, the draft): succeeded" in said.out
    assert "POST appointments.create" in said.out
    assert 'email = "ada@example.org"' in said.out
    assert len(hub.appointments()) == 1


def test_a_run_without_an_event_takes_a_real_record_as_its_sample(ask: Any, hub: Hub) -> None:
    document = ask("run", "Follow up", "--json").json

    assert document["status"] == "succeeded"
    assert document["mode"] == "test"
    assert document["event"]["record"] in [
        str(row["id"]) for row in hub.documents("accredible", "certificates")
    ]


def test_a_run_that_fails_is_status_one_with_its_document(ask: Any, hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "gone.json"
    sample = catalog.connector("accredible").trigger("credentials.changed").sample["certificate.issued"]
    file.write_text(json.dumps({**sample, "id": 1}))

    said = ask("run", "Follow up", "--event", str(file), "--json")

    assert said.status == 1
    assert said.json["error"]["kind"] == "not_found"
    assert said.json["error"]["sentence"] in said.err


def test_a_dry_run_shows_the_plan_and_writes_nothing(ask: Any, hub: Hub, certificate: Path) -> None:
    said = ask("run", "Follow up", "--event", str(certificate), "--dry-run", "--json")

    assert said.status == 0
    assert [write["operation"] for write in said.json["writes"]] == [
        "contacts.upsert",
        "notifications.create",
        "appointments.create",
    ]
    assert not hub.appointments()
    assert Run.objects.count() == 0
    assert "would create by appointments.create" in ask("run", "Follow up", "--dry-run").out


def test_on_production_connections_a_run_is_the_live_version_once(
    ask: Any, hub: Hub, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is called production here is answered by the simulation.
    monkeypatch.setattr(
        clients, "http_client", lambda slug, environment: httpx.Client(transport=hub.sandbox.transport(slug))
    )
    Connection.objects.update(environment=Environment.PRODUCTION)

    assert ask("run", "Follow up").status == 2
    first = ask("run", "Follow up", "--event", str(certificate), "--json")
    again = ask("run", "Follow up", "--event", str(certificate), "--json")

    assert first.json["mode"] == "live"
    assert first.json["id"] == again.json["id"]
    assert Run.objects.count() == 1


def test_a_draft_is_deployed_through_the_gate_only(ask: Any, hub: Hub) -> None:
    drafts.save_options(hub.workflow, {**hub.workflow.draft["options"], "days_after": 9})

    refused = ask("deploy", "Follow up", "--json")
    assert refused.status == 1
    assert refused.json == {"workflow": "Follow up", "deployed": False, "problems": [refused.err]}
    assert "sandbox test" in refused.err

    assert ask("run", "Follow up").status == 0
    assert "Drill this draft" in ask("deploy", "Follow up").err

    lifecycle.note_drill(Workflow.objects.get(pk=hub.workflow.pk), True)
    assert ask("deploy", "Follow up").out == "“Follow up” is live as version 2.\n"


def test_a_path_that_has_gone_is_told_and_does_not_keep_a_draft_from_going_live(ask: Any, hub: Hub) -> None:
    drafts.save_options(hub.workflow, {**hub.workflow.draft["options"], "days_after": 9})
    contact = drafts.compile_draft(hub.workflow).step("contact").mappings
    city = FieldMapping(target="city", source="event.custom_attributes.town")
    drafts.save_mappings(hub.workflow, {"contact": (*contact, city)})
    sample = catalog.connector("accredible").trigger("credentials.changed").sample["certificate.issued"]
    for number, attributes in enumerate([{"town": "Leeds"}, {}, {}, {}]):
        Event.objects.create(
            team=hub.team,
            connection=hub.accredible,
            trigger="credentials.changed",
            type="certificate.issued",
            record="1",
            dedupe_key=f"e{number}",
            payload={**sample, "custom_attributes": attributes},
            source="poll",
        )
    proved(hub.workflow)

    said = ask("deploy", "Follow up", "--json")
    again = ask("config_import", _exported(ask))

    gone = "`city` takes `event.custom_attributes.town`, which was in none of the last 3 events"
    assert said.status == 0, said.err
    assert gone in said.json["gone"][0]
    assert gone in again.out


def _exported(ask: Any) -> str:
    file = settings.HUB_DATA_DIR / "exported.yaml"
    file.write_text(ask("config_export").out, encoding="utf-8")
    return str(file)


def test_a_paused_workflow_collects_and_goes_on(ask: Any, hub: Hub, certificate: Path) -> None:
    assert "is paused" in ask("pause", "Follow up").out
    ask("emit", "Accredible", "certificate.issued", str(certificate))
    assert ask("work", "--once", "--json").json["finished"] == 0

    assert ask("resume", "Follow up", "--json").json["waiting"] == 1
    assert ask("work", "--once", "--json").json["finished"] == 1


def test_a_sweep_looks_now(ask: Any, hub: Hub) -> None:
    hub.issue()

    assert ask("sweep", "Follow up", "--json").json["runs"] == 1
    assert "0 runs started" in ask("sweep", str(hub.workflow.pk)).out


def test_keys_are_rotated_to_the_newest(ask: Any, hub: Hub, settings: Any) -> None:
    before = {row.pk: row.value for row in Credential.objects.all()}
    old, new = settings.HUB_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.HUB_ENCRYPTION_KEYS = [new, old]

    assert ask("rotate_keys", "--json").json == {"reencrypted": len(before), "older_keys": 1}

    settings.HUB_ENCRYPTION_KEYS = [new]
    assert {row.pk: row.value for row in Credential.objects.all()} == before
    assert OAuthToken.objects.count() == 0


def test_keys_that_do_not_open_a_secret_are_told_and_nothing_is_lost(
    ask: Any, hub: Hub, settings: Any
) -> None:
    table = Credential._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT value FROM {table} ORDER BY id")
        before = cursor.fetchall()
    settings.HUB_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    said = ask("rotate_keys")

    assert said.status == 2
    assert "HUB_ENCRYPTION_KEYS" in said.err
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT value FROM {table} ORDER BY id")
        assert cursor.fetchall() == before


def test_a_workflow_is_put_together_without_a_screen(hub: Hub, ask: Any) -> None:
    ask("steps", "By hand", "--blank", "Accredible", "--trigger", "credentials.changed")
    ask("steps", "By hand", "--add", "filter", "--when", "event.recipient", "--title", "Known")
    ask("steps", "By hand", "--add", "contacts.upsert", "--connection", "GHL", "--otherwise", "filter")
    ask("steps", "By hand", "--move", "filter", "--by", "1")
    refused = ask("steps", "By hand", "--when", "event.recipient")

    said = ask("steps", "By hand", "--json")

    assert [(step["id"], step["title"], step["when"]) for step in said.json["steps"]] == [
        ("filter", "Known", "event.recipient"),
        ("contacts_upsert", "Create or update a contact", "!(taken.filter)"),
    ]
    assert refused.status == 2
    assert ask("steps", "By hand", "--remove", "contacts_upsert", "--json").json["steps"][1:] == []


def test_the_special_steps_are_put_together_without_a_screen(hub: Hub, ask: Any) -> None:
    ask("steps", "By hand", "--blank", "GHL", "--trigger", "hub.by_hand")
    own = ask("steps", "By hand", "--add", "http POST /notes", "--connection", "GHL")
    changed = ask("steps", "By hand", "--change", "http_post_notes", "--call", "http PUT /notes repeatable")
    finds = ("--find", "contacts.duplicate", "--find-by", "email", "--update", "contacts.update")
    ask("steps", "By hand", "--add", "contacts.create", "--connection", "GHL", *finds, "--filter", "email")
    each = ("--for-each", "event.people", "--on-failed-item", "go-on", "--shown-after", "5")
    said = ask("steps", "By hand", "--change", "contacts_create", *each, "--json")
    told = ask("steps", "By hand")

    assert (own.status, changed.status) == (0, 0)
    by_itself = ask("call", "GHL", "http GET /x")
    assert (by_itself.status, "a step of a workflow" in by_itself.err) == (2, True)
    first, second = said.json["steps"]
    assert first["operation"] == "http PUT /notes repeatable"
    assert (second["goes_on"], second["for_each"]) == (True, "event.people")
    assert (second["finds"]["update_id"], second["finds"]["visible_after_s"]) == ("contactId", 5)
    assert "looks first by email (contacts.duplicate) and changes the record" in told.out
    plain = ask("steps", "By hand", "--change", "contacts_create", "--no-find", "--json")
    assert plain.json["steps"][1]["finds"] is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--add", "http GET /x"), "--connection"),
        (("--add", "http GET //x.example", "--connection", "GHL"), "never goes to another host"),
        (
            ("--add", "contacts.create", "--connection", "GHL", "--find", "contacts.list"),
            "--find-by, --filter",
        ),
        (("--change", "nothing", "--call", "http GET /x"), "nothing"),
    ],
)
def test_what_does_not_fit_a_special_step_is_said(
    hub: Hub, ask: Any, words: tuple[str, ...], sentence: str
) -> None:
    ask("steps", "By hand", "--blank", "GHL", "--trigger", "hub.by_hand")
    refused = ask("steps", "By hand", *words)

    assert (refused.status, ask("steps", "By hand", "--json").json["steps"]) == (2, [])
    assert sentence in refused.err


def test_a_table_is_kept_without_a_screen(hub: Hub, ask: Any, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("gold,VIP\nsilver,Regular\n", encoding="utf-8")
    ask("tables", "Levels", "--new", "--import", str(tmp_path / "in.csv"), "--set", "tin=Guest")
    said = ask("tables", "Levels", "--unset", "gold", "--export", str(tmp_path / "out.csv"), "--json")

    assert said.json["rows"] == {"silver": "Regular", "tin": "Guest"}
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "key,value\nsilver,Regular\ntin,Guest\n"
    assert ask("tables", "--json").json[0]["rows"] == 2
    assert ask("tables", "Lvls").status == 2
    assert ask("tables", "Levels", "--remove").status == 0


def test_a_workflow_is_started_without_a_screen(hub: Hub, ask: Any) -> None:
    made = live(hub, "hub.by_hand", {"fields": ["Email* (email)", "Visits (number)"]})
    live(hub, "hub.form", {"fields": ["Name"]}, name="Form")

    said = ask("start", "Own", "--set", "email=rosa@example.com", "--set", "visits=3", "--json")

    run = Run.objects.get(workflow=made)
    assert said.json == {"run": run.pk}
    assert run.event.payload["values"] == {"email": "rosa@example.com", "visits": 3}
    assert ask("start", "Own").status == 2
    assert "/form/" in ask("start", "Form", "--link", "--json").json["link"]
