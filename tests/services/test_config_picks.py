"""In a configuration file, rows of an app's lists may be picked by their names."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType
from integrations.models import Connection, ConnectionState, Environment, Workflow
from integrations.services import clients, config, drafts, picklists
from integrations.services.config_import import import_config
from integrations.services.config_picks import options_by_name, picked, settings_by_name
from integrations.services.picklists import Pick
from tests.hub import Hub, calendar_of

ROWS = [Pick("c1", "Review"), Pick("c2", "Class"), Pick("c3", "Class"), Pick("7", "8"), Pick("8", "Nine")]


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("Review", "c1"),
        (" Review ", "c1"),
        ("c2", "c2"),
        (7, 7),  # an id stays written as it was
        ("8", "8"),  # an id before a name
    ],
)
def test_a_row_goes_by_its_id_or_its_name(said: Any, means: Any) -> None:
    assert picked(ROWS, said, "Calendar") == means


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Class", "“Calendar”: several are called “Class”; give the id of one: c2, c3."),
        (
            "review",
            "“Calendar”: There is no row in the list “review”; choose one of: 8, Class, Class, Nine, Review.",
        ),
    ],
)
def test_a_name_of_none_or_of_several_is_one_sentence(said: str, told: str) -> None:
    with pytest.raises(WrongUse) as refused:
        picked(ROWS, said, "Calendar")
    assert refused.value.sentence == told


@pytest.fixture
def document(hub: Hub) -> Any:
    return config.parse(config.export_text())


def options(document: Any) -> dict[str, Any]:
    found: dict[str, Any] = document["teams"][0]["workflows"][0]["options"]
    return found


def test_an_imported_option_and_trigger_setting_are_ids_in_the_draft(hub: Hub, document: Any) -> None:
    options(document)["calendar_id"] = "Advice call"
    document["teams"][0]["workflows"][0]["trigger_settings"] = {"group_ids": ["safety-2026"]}

    import_config(document)

    spec = drafts.compile_draft(Workflow.objects.get())
    assert spec.options["calendar_id"] == calendar_of(hub.ghl, "Advice call")
    assert spec.trigger_settings["group_ids"] == [str(hub.group("safety-2026"))]


def test_an_unknown_name_refuses_the_whole_file(hub: Hub, document: Any) -> None:
    before = config.export_text()
    options(document)["calendar_id"] = "Advice cal"

    with pytest.raises(WrongUse) as refused:
        import_config(document)

    assert refused.value.sentence.startswith(
        "In workflow “Follow up”: “Calendar to book in”: There is no row"
    )
    assert "Advice call, Certificate review, First aid course" in refused.value.sentence
    assert config.export_text() == before


def test_a_table_names_rows_on_both_sides(hub: Hub) -> None:
    table = Field(key="groups", type=FieldType.OBJECT, table=("calendars", "users"))
    calendar, (user, name) = calendar_of(hub.ghl), _users(hub)[0]

    found = settings_by_name([table], {"groups": {"Certificate review": name}}, hub.ghl)

    assert found == {"groups": {calendar: user}}


def test_without_a_connection_or_a_recipe_everything_stays_as_written() -> None:
    assert options_by_name(None, {"calendar_id": "Review"}, {}) == {"calendar_id": "Review"}


def test_a_real_connection_that_nobody_has_signed_in_to_is_not_asked(
    hub: Hub, document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "http_client", lambda *args: pytest.fail("a call was made"))
    Connection.objects.update(environment=Environment.PRODUCTION, state=ConnectionState.NEW)
    field = Field(key="calendar_id", reference="calendars")
    hub.ghl.refresh_from_db()

    assert settings_by_name([field], {"calendar_id": "Review"}, hub.ghl) == {"calendar_id": "Review"}


def _users(hub: Hub) -> list[tuple[str, str]]:
    return picklists.picks(hub.ghl, "users")
