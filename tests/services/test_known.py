"""What a mapping may name: declared or seen once; what has gone since; the account's own fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache

from integrations import catalog
from integrations.engine.freeze import thaw
from integrations.engine.spec import FieldMapping
from integrations.models import Event, EventSource, Workflow
from integrations.services import drafts, explore, known, lifecycle, orders, own_fields, picklists, samples
from tests.hub import Hub, make_hub

pytestmark = pytest.mark.django_db


@pytest.fixture
def tagging(hub: Hub) -> Workflow:
    """A workflow that hears of contacts and writes them a note and a field; nothing has happened yet."""
    cache.clear()
    return drafts.make_plain(
        hub.team,
        thaw(
            {
                "title": "Welcome",
                "roles": {"crm": "ghl"},
                "trigger_role": "crm",
                "trigger": "contacts.changed",
                "steps": [
                    {
                        "id": "update",
                        "title": "Update the contact",
                        "kind": "write",
                        "role": "crm",
                        "operation": "contacts.update",
                        "mappings": [{"target": "contactId", "source": "event.id"}],
                    }
                ],
            }
        ),
        bindings={"crm": hub.ghl},
    )


def put(workflow: Workflow, step: str, **sources: str) -> None:
    """Map these fields of the step, beside its own."""
    kept = [m for m in drafts.compile_draft(workflow).step(step).mappings if m.target not in sources]
    more = [FieldMapping(target=target.replace("__", "."), source=s) for target, s in sources.items()]
    drafts.save_mappings(workflow, {step: (*kept, *more)})


def told(workflow: Workflow) -> list[str]:
    return [one.sentence for one in known.gone(workflow, drafts.compile_draft(workflow))]


def problems(workflow: Workflow) -> list[str]:
    return lifecycle.problems(workflow, with_test=False)


def happened(hub: Hub, kind: str, *payloads: dict[str, Any]) -> None:
    for number, payload in enumerate(payloads):
        Event.objects.create(
            team=hub.team,
            connection=hub.ghl,
            trigger="contacts.changed",
            type=kind,
            record="c",
            dedupe_key=f"{kind}:{Event.objects.count()}:{number}",
            payload={"id": "c", **payload},
            source=EventSource.POLL,
        )


def own_field(hub: Hub, name: str, kind: str = "TEXT") -> str:
    texts = {"name": name, "dataType": kind, "model": "contact"}
    order = orders.order(hub.ghl, "custom_fields.create", texts)
    cache.clear()
    return explore.follow(explore.start(order, None), 10.0).record_id


# --- declared before anything happened ----------------------------------------------------------


def test_a_declared_path_is_known_before_any_event_was_seen(
    hub: Hub, tagging: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = catalog.connector("ghl").trigger("contacts.changed")
    bare = {kind: {"id": "c"} for kind in trigger.sample}
    monkeypatch.setattr(samples, "trigger_of", lambda spec: replace(trigger, sample=bare))
    monkeypatch.setattr(known, "trigger_of", samples.trigger_of)
    monkeypatch.setattr(lifecycle, "trigger_of", samples.trigger_of)

    put(tagging, "update", city="event.city", website="steps.update.website")

    assert problems(tagging) == []


def test_a_path_that_nobody_declares_or_has_seen_keeps_the_draft_from_going_live(
    hub: Hub, tagging: Workflow
) -> None:
    put(tagging, "update", city="event.shoeSize")

    assert "`city`: `event.shoeSize` is not in this event" in " ".join(problems(tagging))
    assert told(tagging) == []


def test_what_a_step_declares_of_its_answer_is_known_too(hub: Hub, tagging: Workflow) -> None:
    put(tagging, "update", website="steps.update.website")
    assert problems(tagging) == []

    put(tagging, "update", website="steps.update.webside")
    assert "did you mean `steps.update.website`" in " ".join(problems(tagging))


# --- gone -----------------------------------------------------------------------------------------


def test_a_path_that_was_there_once_and_is_no_more_is_told_and_blocks_nothing(
    hub: Hub, tagging: Workflow
) -> None:
    put(tagging, "update", city="event.badge.town")
    happened(hub, "contact.created", {"badge": {"town": "Leeds"}}, {}, {}, {})

    assert told(tagging) == [
        "Update the contact: `city` takes `event.badge`, which was in none of the last 3 events "
        "(Contact created)."
    ]
    assert problems(tagging) == []


def test_a_path_that_one_of_the_latest_events_has_is_not_gone(hub: Hub, tagging: Workflow) -> None:
    put(tagging, "update", city="event.badge")
    happened(hub, "contact.created", {"badge": "x"}, {}, {})

    assert told(tagging) == []


def test_a_declared_path_is_not_called_gone_before_there_are_enough_events(
    hub: Hub, tagging: Workflow
) -> None:
    put(tagging, "update", website="event.website")
    happened(hub, "contact.created", {}, {})
    assert told(tagging) == []

    happened(hub, "contact.created", {})
    assert "`website` takes `event.website`" in told(tagging)[0]


def test_what_is_live_is_trusted_when_nobody_sees_it_any_more() -> None:
    hub = make_hub()
    spec = drafts.compile_draft(hub.workflow)
    email = next(m for m in spec.step("contact").mappings if m.target == "email")
    live = hub.workflow.live
    assert live is not None
    for step in live.spec["steps"]:
        for mapping in step.get("mappings", []):
            if (step["id"], mapping["target"]) == ("contact", "email"):
                mapping["source"] = "event.old_email"
    live.save()
    others = tuple(m for m in spec.step("contact").mappings if m.target != "email")
    renamed = FieldMapping(target="email", source="event.old_email", transforms=email.transforms)
    drafts.save_mappings(hub.workflow, {"contact": (*others, renamed)})

    assert "`email` takes `event.old_email`, which is not declared" in " ".join(told(hub.workflow))
    assert "old_email" not in " ".join(problems(hub.workflow))


# --- the account's own fields ---------------------------------------------------------------------


def test_the_accounts_own_fields_are_targets_by_their_names_and_kinds(hub: Hub, tagging: Workflow) -> None:
    size = own_field(hub, "Shoe size", "NUMERICAL")
    spec = drafts.compile_draft(tagging)
    assert own_fields.look(spec, drafts.bound(tagging)) == []

    fields = {f.key: f for f in known.fields_of(spec.step("update"), spec, drafts.bound(tagging))}

    assert (fields[f"customFields.{size}"].title, fields[f"customFields.{size}"].type) == (
        "Shoe size",
        "number",
    )


def test_a_field_that_the_account_does_not_have_keeps_the_draft_from_going_live(
    hub: Hub, tagging: Workflow
) -> None:
    size = own_field(hub, "Shoe size")
    put(tagging, "update", **{f"customFields__{size}": "event.city", "customFields__gone": "event.city"})
    own_fields.look(drafts.compile_draft(tagging), drafts.bound(tagging))

    (problem,) = problems(tagging)

    assert "There is no field of this account “customFields.gone”" in problem
    assert f"customFields.{size} (Shoe size)" in problem


def test_a_run_writes_the_accounts_own_field_and_its_story_holds(hub: Hub, tagging: Workflow) -> None:
    size = own_field(hub, "Shoe size", "NUMERICAL")
    texts = {"email": "ada@example.org", f"customFields.{size}": "42"}

    done = explore.follow(explore.start(orders.order(hub.ghl, "contacts.upsert", texts), None), 10.0)

    assert not done.refused
    (contact,) = [row for row in hub.contacts() if row["email"] == "ada@example.org"]
    assert contact["customFields"] == [{"id": size, "value": 42}]


def test_the_accounts_own_fields_are_offered_as_sources_by_name(hub: Hub, tagging: Workflow) -> None:
    size = own_field(hub, "Shoe size")
    spec = drafts.compile_draft(tagging)
    own_fields.look(spec, drafts.bound(tagging))

    offers = dict(own_fields.offers(spec, drafts.bound(tagging)))

    assert offers[f"event.customFields[?id=='{size}'].value | [0]"].startswith("Shoe size, a field of GHL")
    assert f"steps.update.customFields[?id=='{size}'].value | [0]" in offers


def test_a_source_that_asks_for_a_field_the_account_has_no_more_is_told(hub: Hub, tagging: Workflow) -> None:
    own_field(hub, "Shoe size")
    put(tagging, "update", city="event.customFields[?id=='gone'].value | [0]")
    own_fields.look(drafts.compile_draft(tagging), drafts.bound(tagging))

    assert told(tagging) == [
        "Update the contact: `city` takes the field “gone”, which GHL does not have (any more)."
    ]
    assert problems(tagging) == []


def test_a_list_that_cannot_be_read_is_said_and_what_was_known_stays(hub: Hub, tagging: Workflow) -> None:
    size = own_field(hub, "Shoe size")
    spec, bound = drafts.compile_draft(tagging), drafts.bound(tagging)
    own_fields.look(spec, bound)
    cache.delete(picklists.key_of(hub.ghl, "contact_fields"))
    hub.sandbox.set_fault("ghl", "server_error", match="customFields", count=9)

    (sentence,) = own_fields.look(spec, bound)

    assert sentence.startswith("The account's own fields could not be read:")
    fields = [field.key for field in known.fields_of(spec.step("update"), spec, bound)]
    assert f"customFields.{size}" in fields
