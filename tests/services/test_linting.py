"""Do the calendars, users and fields that a workflow names still exist? What is gone is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache

from integrations import catalog
from integrations.engine.errors import Refused
from integrations.engine.freeze import freeze, thaw
from integrations.engine.spec import FieldMapping, FieldType
from integrations.models import Connection, Team, Workflow, WorkflowVersion
from integrations.services import connect, linting, picklists
from integrations.services.linting import Named
from integrations.services.picklists import Pick
from tests.hub import Hub, connected

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


def checked(hub: Hub) -> linting.Linted:
    """With every list read anew."""
    for reference in ("calendars", "users", "custom_fields"):
        cache.delete(picklists.key_of(hub.ghl, reference))
    return linting.lint(Workflow.objects.select_related("live", "team").get(pk=hub.workflow.pk))


def calendar(hub: Hub) -> str:
    assert hub.workflow.live is not None
    return str(hub.workflow.live.spec["options"]["calendar_id"])


def maps(hub: Hub, step: str, mapping: FieldMapping) -> None:
    """The live version maps this too."""
    assert hub.workflow.live is not None
    hub.workflow.live.refresh_from_db()
    spec = thaw(hub.workflow.live.spec)
    steps = tuple(replace(s, mappings=(*s.mappings, mapping)) if s.id == step else s for s in spec.steps)
    WorkflowVersion.objects.filter(pk=hub.workflow.live.pk).update(spec=freeze(replace(spec, steps=steps)))


def test_where_all_is_there_nothing_is_told(hub: Hub) -> None:
    found = checked(hub)
    assert (found.broken, found.unread) == ([], [])
    assert linting.hurt(hub.team) == []


def test_a_calendar_that_is_gone_is_told_with_the_nearest_name(hub: Hub) -> None:
    gone = calendar(hub)
    given = {"location": hub.ghl.settings["location_id"], "name": "Certificate review (new)"}
    hub.sandbox.act("ghl", "create_calendar", given)
    hub.sandbox.act("ghl", "delete_calendar", {"calendar": gone})
    (broken,) = checked(hub).broken
    assert (broken.where, broken.id, broken.proposal) == (
        "Calendar to book in", gone, "Certificate review (new)",
    )  # fmt: skip
    assert broken.sentence.startswith("Calendar to book in: “Certificate review” is not among the calendars")
    assert linting.hurt(hub.team) == [hub.workflow]
    hub.workflow.refresh_from_db()
    assert hub.workflow.lint["broken"][0]["proposal_id"] == broken.proposal_id


def test_an_own_field_that_is_gone_and_one_that_holds_another_kind_now_are_told(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for own in ("size", "shade"):
        maps(hub, "contact", FieldMapping(target=f"customFields.{own}", source="event.name"))
    fields = [Pick("size", "Shoe size", FieldType.TEXT), Pick("shade", "Shade", FieldType.TEXT)]
    now = [Pick("size", "Shoe size", FieldType.NUMBER), Pick("other", "Shades", FieldType.TEXT)]
    real = picklists.rows
    cache.set(f"last:{picklists.key_of(hub.ghl, reference_of_own(hub))}", fields)

    def rows(connection: Any, reference: str) -> list[Pick]:
        return now if reference == reference_of_own(hub) else real(connection, reference)

    monkeypatch.setattr(picklists, "rows", rows)
    told = {broken.id: broken for broken in checked(hub).broken}
    assert "holds number now; when last seen it held text" in told["size"].says
    assert told["shade"].proposal == "Shades"


def reference_of_own(hub: Hub) -> str:
    field = catalog.connector("ghl").operation("contacts.upsert").field("customFields")
    return field.reference


def test_a_list_that_cannot_be_read_is_told_apart_and_nothing_is_called_gone(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(connection: Any, reference: str) -> list[Pick]:
        raise Refused("GoHighLevel said no.")

    monkeypatch.setattr(picklists, "rows", refuse)
    found = checked(hub)
    assert found.broken == []
    assert found.unread == ["Calendars of GHL could not be read: GoHighLevel said no."]


def test_the_nightly_check_takes_what_is_deployed(hub: Hub) -> None:
    hub.sandbox.act("ghl", "delete_calendar", {"calendar": calendar(hub)})
    cache.delete(picklists.key_of(hub.ghl, "calendars"))
    linting.lint_all()
    hub.workflow.refresh_from_db()
    assert [row["where"] for row in hub.workflow.lint["broken"]] == ["Calendar to book in"]


# --- each kind of name ----------------------------------------------------------------------------


KINDS = [
    (slug, reference)
    for slug, connector in sorted(catalog.CONNECTORS.items())
    for reference in sorted(connector.references)
]


@pytest.mark.parametrize(("slug", "reference"), KINDS)
def test_each_kind_of_name_is_missed_by_its_label_with_the_nearest_as_a_proposal(
    slug: str, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is the simulated app's own; then one of its rows was deleted, and made again."""
    connection = account_of(slug)
    kept = rows_of(connection, reference)
    first = kept[0]
    one = Named(where="Here", role="app", connection=connection, reference=reference, id=first.id)
    known: linting.Known = {}
    assert linting._check([one], known, {}).broken == []

    other = replace(first, id=f"{first.id}-new", label=first.label.upper())
    monkeypatch.setattr(picklists, "rows", lambda connection, reference: [*kept[1:], other])
    (broken,) = linting._check([one], known, {}).broken

    title = catalog.connector(slug).references[reference].title
    assert broken.says == f"“{first.label}” is not among the {title.lower()} of {slug} any more."
    assert (broken.proposal, broken.proposal_id) == (other.label, other.id)


def account_of(slug: str) -> Connection:
    team = Team.objects.create(name="Kinds")
    if slug == "ghl":
        return connected(team, "ghl", "ghl")
    auth = catalog.connector(slug).auths[0].key
    secrets, settings = connect.sandbox_secrets(slug, auth)
    return connect.add(
        team, slug, name=slug, environment="sandbox", auth=auth, settings_=settings, secrets=secrets
    )


def rows_of(connection: Connection, reference: str) -> list[Pick]:
    """As the simulated app lists them; a made-up row where its account has none."""
    found = [row for row in picklists.rows(connection, reference) if row.id and row.label]
    if not found:
        found = [Pick("made-up", "Made up")]
        picklists.cache.set(picklists.key_of(connection, reference), found, 60)
    return found
