"""Lookup tables: CSV in and out, and what versions keep of them."""

from __future__ import annotations

import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.spec import FieldMapping, TransformUse
from integrations.models import LookupTable, Team, Workflow
from integrations.services import building, config, drafts, lifecycle, planning, tables
from integrations.services.config_import import import_config
from tests.hub import Hub
from tests.proving import proved


@pytest.fixture
def levels(hub: Hub) -> LookupTable:
    made = tables.make(hub.team, "Levels")
    tables.put(made, {"gold": "VIP"})
    return made


@pytest.fixture
def using(hub: Hub, levels: LookupTable) -> Workflow:
    made = building.start_blank(
        hub.team, name="By hand", source=hub.accredible, trigger="credentials.changed"
    )
    step = building.add_call(made, hub.ghl, "contacts.upsert")
    use = TransformUse(name="lookup", args={"table": "Levels", "otherwise": "keep"})
    lines = (
        FieldMapping(target="email", source="event.recipient_email"),
        FieldMapping(target="firstName", default="gold", transforms=()),
        FieldMapping(target="lastName", source="event.recipient_name", transforms=(use,)),
    )
    drafts.save_mappings(made, {step.id: lines})
    return made


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("key,value\ngold,VIP\n", {"gold": "VIP"}),
        ("gold,VIP", {"gold": "VIP"}),
        ("gold;VIP\nsilver;Regular", {"gold": "VIP", "silver": "Regular"}),
        ("gold\tVIP\r\nsilver\t", {"gold": "VIP", "silver": ""}),
        ('\ufeff"a, b",c\n\n', {"a, b": "c"}),
        ("", {}),
    ],
)
def test_two_columns_are_read_whatever_is_between_them(text: str, rows: dict[str, str]) -> None:
    assert tables.read_csv(text) == rows
    assert tables.read_csv(tables.write_csv(rows)) == rows


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b,c", "Line 1 needs two columns"),
        ("a,b\n,c", "Line 2 needs two columns"),
        ("a,b\na,c", "Line 2: “a” stands there twice"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(WrongUse, match=sentence):
        tables.read_csv(text)


def test_keys_that_differ_only_in_capitals_are_refused(levels: LookupTable) -> None:
    with pytest.raises(WrongUse, match="differ only in capitals"):
        tables.put(levels, {"Gold": "a", "gold": "b"})
    assert tables.rows_of(levels) == {"gold": "VIP"}


def test_a_version_keeps_the_rows_it_was_deployed_with(levels: LookupTable, using: Workflow) -> None:
    proved(using)
    version = lifecycle.deploy(using)

    tables.put(levels, {"gold": "Somebody else"})

    version.refresh_from_db()
    assert version.spec["tables"] == {"Levels": {"gold": "VIP"}}
    assert not lifecycle.is_draft_of(using, version)
    assert not lifecycle.tested(using)


def test_a_dry_run_looks_things_up(hub: Hub, using: Workflow, levels: LookupTable) -> None:
    tables.put(levels, {"ada lovelace": "The Countess"})

    plan = planning.plan(
        using, "certificate.issued", {"recipient_email": "a@b.example", "recipient_name": "Ada Lovelace"}
    )

    assert [write.values["lastName"] for write in plan.writes] == ["The Countess"]


def test_a_table_that_is_gone_stands_in_the_way(using: Workflow) -> None:
    LookupTable.objects.all().delete()

    assert "There is no lookup table “Levels”." in lifecycle.problems(using)


def test_a_table_in_use_is_not_taken_away(using: Workflow, levels: LookupTable) -> None:
    with pytest.raises(WrongUse, match="used by By hand"):
        tables.remove(levels)


def test_tables_are_exported_and_imported_the_same(using: Workflow) -> None:
    exported = config.parse(config.export_text())
    Workflow.objects.all().delete()
    LookupTable.objects.all().delete()

    assert "table “Levels”" in import_config(exported).made
    assert config.parse(config.export_text()) == exported
    assert import_config(exported).changed == []


def test_another_team_has_tables_of_its_own(levels: LookupTable) -> None:
    other = Team.objects.create(name="Elsewhere")

    with pytest.raises(WrongUse):
        tables.table_named(other, "Levels")
    assert tables.frozen(other, ["Levels"]) == {}
    assert tables.make(other, "Levels").pk != levels.pk
