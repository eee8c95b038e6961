"""What proved itself in the sandbox goes live on real accounts: the same version, other connections."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.engine.errors import Unreachable, WrongUse
from integrations.engine.spec import FieldMapping, TransformUse
from integrations.models import AuditEntry, Connection, Cursor, RecordLink, Run, Workflow
from integrations.sandbox.ghl.fields import FIELD_ROWS
from integrations.services import (
    building,
    drafts,
    firsts,
    lifecycle,
    linting,
    picklists,
    privileges,
    promotion,
    sweeps,
    tables,
    versions,
)
from integrations.services.drain import drain_once
from integrations.services.promotion import Outlook, Promoted
from tests.hub import Hub, calendar_of
from tests.proving import deployed
from tests.real import World, world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world(tmp_path, monkeypatch)


@pytest.fixture
def to(hub: Hub, real: World) -> dict[str, Connection]:
    return {
        "crm": real.connect(hub.team, "ghl", "Real GHL"),
        "certificates": real.connect(hub.team, "accredible", "Real Accredible"),
    }


def fresh(row: Workflow) -> Workflow:
    return Workflow.objects.select_related("live", "team").get(pk=row.pk)


def promoted(hub: Hub, to: dict[str, Connection], **more: Any) -> Promoted:
    picks, name = more.pop("picks", {}), more.pop("name", "")
    found = promotion.look(fresh(hub.workflow), to, picks=picks, name=name)
    return promotion.promote(found, **more)


def spec_of(row: Workflow) -> dict[str, Any]:
    live = fresh(row).live
    assert live is not None
    return dict(live.spec)


def looked(row: Workflow) -> sweeps.Swept:
    swept = sweeps.sweep(fresh(row))
    drain()
    return swept


def drain() -> None:
    """All of it; a run that waits for another's write is due at once."""
    due = Run.objects.filter(state__in=("queued", "waiting"))
    while due.exists():
        due.update(due_at=datetime.now(UTC))
        drain_once(for_s=20)


# --- the whole way --------------------------------------------------------------------------------


def test_promoted_it_begins_with_a_baseline_and_a_new_record_has_its_effect_once_in_production(
    hub: Hub, to: dict[str, Connection], real: World
) -> None:
    hub.issue()
    hub.run_all()
    real.issue(recipient_email="old@example.org")
    before = hub.sandbox.dump()
    links = list(RecordLink.objects.values_list("pk", "record_id", "workflow_id"))
    cursors = list(Cursor.objects.values("pk", "workflow_id", "watermark", "rows_seen"))

    there = promoted(hub, to).workflow
    assert looked(there).baseline
    assert (Run.objects.filter(workflow=there).count(), real.documents("ghl", "appointments")) == (0, [])

    certificate = real.issue()
    looked(there)
    looked(there)

    (run,) = Run.objects.filter(workflow=there)
    assert (run.state, run.reason, run.record) == ("succeeded", "", certificate)
    (appointment,) = real.documents("ghl", "appointments")
    assert appointment["calendarId"] == calendar_of(to["crm"])
    assert set(RecordLink.objects.filter(workflow=there).values_list("connection", flat=True)) == {
        to["crm"].pk
    }
    assert hub.sandbox.dump() == before, "nothing of it happened in the sandbox"
    assert (
        list(RecordLink.objects.exclude(workflow=there).values_list("pk", "record_id", "workflow_id"))
        == links
    )
    own = Cursor.objects.filter(workflow=hub.workflow)
    assert list(own.values("pk", "workflow_id", "watermark", "rows_seen")) == cursors


def test_it_differs_only_in_its_connections_and_in_what_is_picked_by_name(
    hub: Hub, to: dict[str, Connection]
) -> None:
    there = promoted(hub, to).workflow

    was, is_ = spec_of(hub.workflow), spec_of(there)
    calendar = calendar_of(to["crm"])
    assert calendar != was["options"]["calendar_id"]
    assert is_ == {**was, "options": {**was["options"], "calendar_id": calendar}}
    assert there.live is not None
    assert there.live.bindings == {role: one.pk for role, one in to.items()}
    assert (there.name, there.recipe, there.promoted_from) == (
        "Follow up (production)", hub.workflow.recipe, hub.workflow,
    )  # fmt: skip
    assert spec_of(hub.workflow) == was


def test_its_history_and_the_audit_say_where_it_came_from(hub: Hub, to: dict[str, Connection]) -> None:
    done = promoted(hub, to, first_n=3, why="The pilot.")

    (entry,) = versions.history(done.workflow)
    assert entry.version.why == "Promoted from “Follow up”, version 1. The pilot."
    assert AuditEntry.objects.get(action="workflow.promoted").details == {
        "from": "Follow up", "version": 1, "first": 3,
    }  # fmt: skip


def test_promoted_again_it_gets_a_new_version_and_keeps_its_cursor(
    hub: Hub, to: dict[str, Connection]
) -> None:
    there = promoted(hub, to).workflow
    looked(there)
    assert promoted(hub, {}).again, "what it says has not changed"
    drafts.save_options(hub.workflow, {**hub.workflow.draft["options"], "days_after": 9})
    deployed(fresh(hub.workflow))

    done = promoted(hub, {})

    assert (done.workflow, done.version.number, done.again) == (there, 2, False)
    assert spec_of(there)["options"]["days_after"] == 9
    assert Cursor.objects.filter(workflow=there).count() == 1
    assert not looked(there).baseline


def test_a_second_real_account_gets_a_workflow_and_a_baseline_of_its_own(
    hub: Hub, to: dict[str, Connection], real: World
) -> None:
    first = promoted(hub, to).workflow
    looked(first)
    other = {**to, "certificates": real.connect(hub.team, "accredible", "Real Accredible 2")}

    second = promoted(hub, other, name="Follow up in Leeds").workflow

    assert second != first
    assert looked(second).baseline
    with pytest.raises(WrongUse, match=r"to which: Follow up \(production\), Follow up in Leeds"):
        promotion.look(fresh(hub.workflow), {})


# --- what it names --------------------------------------------------------------------------------


def test_what_has_no_namesake_is_chosen_by_hand(hub: Hub, to: dict[str, Connection], real: World) -> None:
    real.without_calendar("Certificate review")
    leeds = real.calendar("Reviews in Leeds")
    found = promotion.look(fresh(hub.workflow), to)

    (row,) = found.found.open
    assert row.where == ["Calendar to book in"]
    assert found.problems == [
        "Calendars: nothing is called “Certificate review” in Real GHL; choose what to take in its place."
    ]
    with pytest.raises(WrongUse, match="nothing is called “Certificate review”"):
        promotion.promote(found)
    assert Workflow.objects.filter(promoted_from=hub.workflow).count() == 0

    done = promoted(hub, to, picks={"Certificate review": "Reviews in Leeds"})

    assert spec_of(done.workflow)["options"]["calendar_id"] == leeds


@pytest.mark.parametrize("said", ["Certificate review", "the id", "the key"])
def test_a_thing_is_meant_by_its_name_its_id_or_its_key(
    hub: Hub, to: dict[str, Connection], real: World, said: str
) -> None:
    (row,) = promotion.look(fresh(hub.workflow), to).found.rows
    word = {"the id": row.id, "the key": row.key}.get(said, said)

    found = promotion.look(fresh(hub.workflow), to, picks={word: "Advice call"})

    assert found.found.rows[0].to == calendar_of(to["crm"], "Advice call")


@pytest.mark.parametrize(
    ("picks", "says"),
    [
        ({"Certificate rview": "Advice call"}, "There is no thing that it names “Certificate rview”"),
        ({"Certificate review": "Advice cal"}, "There is no row in the list “Advice cal”"),
    ],
)
def test_a_choice_of_nothing_is_answered_with_what_there_is(
    hub: Hub, to: dict[str, Connection], picks: dict[str, str], says: str
) -> None:
    with pytest.raises(WrongUse, match=says):
        promotion.look(fresh(hub.workflow), to, picks=picks)


def test_of_two_namesakes_a_person_chooses(hub: Hub, to: dict[str, Connection], real: World) -> None:
    real.calendar("Certificate review")

    (problem,) = promotion.look(fresh(hub.workflow), to).problems

    assert "several are called “Certificate review” in Real GHL; choose one" in problem


def test_a_list_that_cannot_be_read_keeps_it_from_going_live(
    hub: Hub, to: dict[str, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = picklists.rows

    def rows(connection: Connection, reference: str) -> Any:
        if connection == to["crm"]:
            raise Unreachable("GoHighLevel does not answer.")
        return whole(connection, reference)

    monkeypatch.setattr(picklists, "rows", rows)
    found = promotion.look(fresh(hub.workflow), to)

    assert found.problems[0] == "Calendars of Real GHL could not be read: GoHighLevel does not answer."
    with pytest.raises(WrongUse, match="could not be read"):
        promotion.promote(found)


def own_field(apps: Any, name: str, kind: str = "TEXT") -> str:
    """A custom field of contacts in the location; its id."""
    location = apps.apps()["ghl"].credentials()["location_id"]
    details = {"name": name, "dataType": kind, "model": "contact", "fieldKey": "contact.course"}
    with apps.store.transaction("ghl") as tx:
        return str(FIELD_ROWS.add(tx, {**details, "locationId": location, "picklistOptions": []})["id"])


def with_own_field(hub: Hub, id_: str) -> None:
    """The contact gets a field of the account's own, and another step reads it."""
    rows = drafts.compile_draft(hub.workflow).step("contact").mappings
    mapping = FieldMapping(target=f"customFields.{id_}", source="event.name")
    reads = FieldMapping(
        target="companyName", source=f"steps.contact.customFields[?id=='{id_}'].value | [0] || 'none'"
    )
    drafts.save_mappings(hub.workflow, {"contact": (*rows, mapping)})
    booking = drafts.compile_draft(hub.workflow).step("booking").mappings
    title = [replace(one, source=f"{reads.source}") if one.target == "title" else one for one in booking]
    drafts.save_mappings(hub.workflow, {"booking": tuple(title)})
    picklists.rows(hub.ghl, "contact_fields")


def test_fields_of_the_accounts_own_are_found_by_their_names_where_they_are_filled_and_where_they_are_read(
    hub: Hub, to: dict[str, Connection], real: World
) -> None:
    here = own_field(hub.sandbox, "Course")
    own_field(real.apps, "Something else")
    there_ = own_field(real.apps, "Course")
    assert here != there_
    with_own_field(hub, here)
    deployed(fresh(hub.workflow))

    there = promoted(hub, to).workflow

    was, is_ = spec_of(hub.workflow), spec_of(there)
    assert here not in str(is_)
    assert str(was["steps"]).replace(here, there_) == str(is_["steps"])


def test_a_field_that_holds_another_kind_there_is_told(
    hub: Hub, to: dict[str, Connection], real: World
) -> None:
    with_own_field(hub, own_field(hub.sandbox, "Course"))
    own_field(real.apps, "Course", "NUMERICAL")
    deployed(fresh(hub.workflow))

    (problem,) = promotion.look(fresh(hub.workflow), to).problems

    assert "“Course” holds number in Real GHL, but text in the sandbox" in problem


def by_table(hub: Hub, rows: dict[str, str]) -> None:
    """The calendar stands in a table, beside the course."""
    tables.put(tables.make(hub.team, "Courses"), rows)
    looked_up = FieldMapping(
        target="calendarId",
        source="'Lamps'",
        transforms=(TransformUse(name="lookup", args={"table": "Courses"}),),
    )
    for step in ("slot", "booking"):
        rest = [
            one
            for one in drafts.compile_draft(hub.workflow).step(step).mappings
            if one.target != "calendarId"
        ]
        drafts.save_mappings(hub.workflow, {step: (looked_up, *rest)})
    picklists.rows(hub.ghl, "calendars")


def test_a_lookup_table_that_names_calendars_names_those_that_go_by_the_same_names_there(
    hub: Hub, to: dict[str, Connection], real: World
) -> None:
    by_table(hub, {"Lamps": calendar_of(hub.ghl), "Talks": calendar_of(hub.ghl, "Advice call")})
    deployed(fresh(hub.workflow))
    found = promotion.look(fresh(hub.workflow), to)
    assert "table “Courses”" in found.found.rows[-1].where[-1]
    assert found.tables == [
        "The table “Courses, Follow up (production)” is written for it, with what there is there; rows "
        "changed in it by hand since the last time are written over."
    ]

    there = promotion.promote(found).workflow

    rows = {"Lamps": calendar_of(to["crm"]), "Talks": calendar_of(to["crm"], "Advice call")}
    assert spec_of(there)["tables"] == {"Courses, Follow up (production)": rows}
    assert tables.rows_of(tables.table_named(hub.team, "Courses"))["Lamps"] == calendar_of(hub.ghl)
    assert not lifecycle.problems(fresh(there))
    looked(there)
    real.issue()
    looked(there)
    (appointment,) = real.documents("ghl", "appointments")
    assert appointment["calendarId"] == calendar_of(to["crm"])

    tables.put(tables.table_named(hub.team, "Courses"), {"Lamps": calendar_of(hub.ghl, "Advice call")})
    deployed(fresh(hub.workflow))
    promoted(hub, {})
    rows = {"Lamps": calendar_of(to["crm"], "Advice call")}
    assert spec_of(there)["tables"] == {"Courses, Follow up (production)": rows}


def test_another_table_of_that_name_is_not_written_over(hub: Hub, to: dict[str, Connection]) -> None:
    by_table(hub, {"Lamps": calendar_of(hub.ghl)})
    deployed(fresh(hub.workflow))
    mine = tables.make(hub.team, "Courses, Follow up (production)")

    with pytest.raises(WrongUse, match="There is a table “Courses, Follow up"):
        promoted(hub, to)

    assert tables.rows_of(mine) == {}
    assert not Workflow.objects.filter(promoted_from=hub.workflow).exists()


def test_a_calendar_in_a_table_that_is_gone_is_told_with_the_table(hub: Hub) -> None:
    by_table(hub, {"Lamps": "gone"})

    told = linting.of_draft(fresh(hub.workflow)).problems

    assert "table “Courses”: “gone” is not among the calendars of GHL" in told[-1]


def test_a_workflow_that_begins_after_another_begins_there_after_what_that_was_promoted_to(
    hub: Hub, to: dict[str, Connection]
) -> None:
    after = building.start_blank(hub.team, name="After", source=hub.ghl, trigger="hub.finished")
    drafts.save_trigger_settings(after, {"workflow": "Follow up", "outcome": "succeeded"})
    step = building.add_plain(after, "answer")
    drafts.save_mappings(after, {step.id: (FieldMapping(target="got", source="event.id"),)})
    deployed(after)
    (role,) = spec_of(after)["roles"]
    given = {role: to["crm"]}

    assert promotion.look(fresh(after), given).problems == [
        "Workflow that it begins after: “Follow up” was promoted no times; promote that first."
    ]
    promoted(hub, to)
    there = promotion.promote(promotion.look(fresh(after), given)).workflow

    assert spec_of(there)["trigger_settings"]["workflow"] == "Follow up (production)"


# --- what is refused ------------------------------------------------------------------------------


def not_live(hub: Hub, to: dict[str, Connection]) -> dict[str, Connection]:
    Workflow.objects.update(live=None)
    return to


def never_drilled(hub: Hub, to: dict[str, Connection]) -> dict[str, Connection]:
    hub.workflow.versions.update(proved=False)
    return to


def a_role_is_missing(hub: Hub, to: dict[str, Connection]) -> dict[str, Connection]:
    return {"crm": to["crm"]}


def no_such_role(hub: Hub, to: dict[str, Connection]) -> dict[str, Connection]:
    return {**to, "crn": to["crm"]}


def another_app(hub: Hub, to: dict[str, Connection]) -> dict[str, Connection]:
    return {**to, "crm": to["certificates"]}


def a_sandbox(hub: Hub, to: dict[str, Connection]) -> dict[str, Connection]:
    return {**to, "crm": hub.ghl}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (not_live, "has not gone live in the sandbox yet"),
        (never_drilled, "went live without a drill"),
        (a_role_is_missing, "Say which real connection to Accredible is “certificates” there"),
        (no_such_role, "There is no role “crn”"),
        (another_app, "“crm” needs a connection to GoHighLevel of this team; Real Accredible is none"),
        (a_sandbox, "GHL is a sandbox; promoting leads to real accounts"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(
    hub: Hub, to: dict[str, Connection], spoil: Any, says: str
) -> None:
    given = spoil(hub, to)
    with pytest.raises(WrongUse, match=says):
        promotion.look(fresh(hub.workflow), given)


def test_what_is_on_real_accounts_is_not_promoted_but_is_changed_in_the_sandbox(
    hub: Hub, to: dict[str, Connection]
) -> None:
    there = fresh(promoted(hub, to).workflow)
    with pytest.raises(WrongUse, match="is on real accounts already"):
        promotion.look(there, to)
    drafts.save_options(there, {**there.draft["options"], "days_after": 9})
    with pytest.raises(WrongUse, match="real accounts, on which nothing is tried out"):
        lifecycle.deploy(there)


def test_the_name_of_another_workflow_is_not_taken(hub: Hub, to: dict[str, Connection]) -> None:
    with pytest.raises(WrongUse, match="“Follow up” is another workflow"):
        promotion.look(fresh(hub.workflow), to, name="Follow up")


def test_a_scope_that_the_real_account_does_not_give_stands_in_the_way_and_nothing_is_left_behind(
    hub: Hub, to: dict[str, Connection]
) -> None:
    to["crm"].scopes = ["calendars.readonly", "contacts.readonly"]
    to["crm"].save()

    with pytest.raises(WrongUse, match="Real GHL lacks "):
        promoted(hub, to)

    assert not Workflow.objects.filter(promoted_from=hub.workflow).exists()


def test_the_page_of_a_real_connection_offers_to_ask_for_what_a_sandbox_workflow_would_need_there(
    hub: Hub, to: dict[str, Connection]
) -> None:
    to["crm"].scopes = ["calendars.readonly"]

    (need,) = privileges.waiting_drafts(to["crm"])

    assert need.workflow == hub.workflow
    assert "calendars/events.write" in need.scopes
    assert privileges.waiting_drafts(hub.ghl) == []


def test_lookup_tables_that_changed_since_are_tried_in_the_sandbox_first(
    hub: Hub, to: dict[str, Connection]
) -> None:
    found = promotion.look(fresh(hub.workflow), to)
    moved = replace(found, spec=replace(found.spec, tables={"Levels": {"A": "1"}}))
    with pytest.raises(WrongUse, match=r"The lookup tables \(Levels\) have changed since version 1"):
        promotion.promote(moved)


# --- the first N records --------------------------------------------------------------------------


def outlook(hub: Hub, to: dict[str, Connection]) -> Outlook:
    return promotion.look(fresh(hub.workflow), to)


def test_of_the_first_n_records_alone_runs_begin_and_all_others_wait_for_a_word(
    hub: Hub, to: dict[str, Connection], real: World
) -> None:
    there = promotion.promote(outlook(hub, to), first_n=2).workflow
    looked(there)
    for number in range(4):
        real.issue(recipient_email=f"person{number}@example.org")

    looked(there)

    runs = Run.objects.filter(workflow=there).order_by("pk")
    assert [run.state for run in runs] == ["succeeded", "succeeded", "held", "held"]
    assert runs[3].reason == firsts.reason(2)
    standing = firsts.standing(fresh(there))
    assert standing is not None
    assert standing.sentence == "Only its first 2 records run: 2 so far; 2 runs of others wait."
    assert len(real.documents("ghl", "appointments")) == 2

    assert firsts.take_all(fresh(there)) == 2
    drain()

    assert {run.state for run in Run.objects.filter(workflow=there)} == {"succeeded"}
    assert len(real.documents("ghl", "appointments")) == 4
    assert firsts.standing(fresh(there)) is None
    with pytest.raises(WrongUse, match="takes all records already"):
        firsts.take_all(fresh(there))


def test_one_of_the_first_records_is_let_through_again(
    hub: Hub, to: dict[str, Connection], real: World
) -> None:
    there = promotion.promote(outlook(hub, to), first_n=1).workflow
    looked(there)
    certificate = real.issue()
    looked(there)

    real.apps.act("accredible", "revoke_certificate", {"certificate": certificate})
    looked(there)

    assert [run.state for run in Run.objects.filter(workflow=there)] == ["succeeded", "succeeded"]


def test_a_run_that_a_person_held_for_another_reason_stays_held(
    hub: Hub, to: dict[str, Connection], real: World
) -> None:
    there = promotion.promote(outlook(hub, to), first_n=1).workflow
    looked(there)
    real.issue()
    looked(there)
    Run.objects.filter(workflow=there).update(state="held", reason="Round and round.")

    assert firsts.take_all(fresh(there)) == 0
    assert Run.objects.get(workflow=there).state == "held"
