"""A location full of contacts, and a workflow that is to give each of them a badge."""

from __future__ import annotations

from typing import Any

from integrations.models import Backfill, Team, Workflow
from integrations.sandbox import Sandbox
from integrations.services import backfill, drafts, lifecycle, picklists, sweeps
from integrations.services.clients import sandbox
from integrations.services.drain import drain_once
from tests.hub import connected
from tests.proving import proved

PEOPLE = 22


class Bulk:
    """Contacts that were there before, and the workflow that gives each a badge."""

    def __init__(self, people: int = PEOPLE, **options: Any) -> None:
        team = Team.objects.create(name="Acme")
        self.sandbox: Sandbox = sandbox()
        self.ghl, self.credly = connected(team, "ghl", "GHL"), connected(team, "credly", "Credly")
        self.sandbox.set_setting("ghl", "burst_limit", 1_000_000)
        for number in range(people):
            self.person(number)
        template = {label: pk for pk, label in picklists.picks(self.credly, "templates")}["First Aid"]
        self.workflow: Workflow = drafts.make_draft(
            team,
            "credly.contacts_in_bulk",
            name="A badge each",
            bindings={"crm": self.ghl, "badges": self.credly},
            options={"template": template, **options},
        )
        proved(self.workflow)
        lifecycle.deploy(self.workflow)
        self.fresh()

    def person(self, number: int) -> None:
        given = {
            "location": self.ghl.settings["location_id"],
            "firstName": f"Person{number}",
            "lastName": "" if number == 0 else "Hart",
            "email": f"person{number}@example.com",
        }
        self.sandbox.act("ghl", "create_contact", given)

    def fresh(self) -> Workflow:
        self.workflow = Workflow.objects.select_related("live", "team").get(pk=self.workflow.pk)
        return self.workflow

    def look(self) -> None:
        sweeps.sweep(self.fresh())

    def documents(self, app: str, collection: str) -> list[dict[str, Any]]:
        store = self.sandbox.apps()[app].store
        assert store is not None
        with store.reading(app) as tx:
            return list(tx.all(collection))

    def badges(self) -> list[str]:
        """To whom badges were issued since, by e-mail."""
        rows = self.documents("credly", "badges")
        return sorted(row["recipient_email"] for row in rows if row["recipient_email"].startswith("person"))

    def step(self) -> Backfill:
        made = backfill.latest(self.workflow)
        assert made is not None
        return backfill.step(made)

    def to_the_end(self) -> Backfill:
        for _ in range(20):
            made = self.step()
            if made.state != "running":
                return made
            drain_once(made.batch)
        raise AssertionError("it goes on for ever")
