"""A hub as an operator would have set it up: a team, sandbox connections, the first recipe, deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from integrations.models import Connection, Event, Run, RunState, Team, Workflow
from integrations.sandbox import Sandbox
from integrations.services import connect, drafts, lifecycle, picklists, sweeps, verification
from integrations.services.clients import sandbox
from integrations.services.drain import drain_once
from tests.proving import proved

RECIPE = "accredible.certificate_to_appointment"


@dataclass
class Hub:
    """The parts tests talk about. `issue` and `revoke` are what somebody does in Accredible."""

    team: Team
    ghl: Connection
    accredible: Connection
    workflow: Workflow
    sandbox: Sandbox

    def issue(self, **values: Any) -> str:
        given = {"recipient_name": "Ada Lovelace", "recipient_email": "ada@example.org", **values}
        return str(self.sandbox.act("accredible", "issue_certificate", given)["id"])

    def group(self, name: str) -> int:
        return next(
            int(group["id"]) for group in self.documents("accredible", "groups") if group["name"] == name
        )

    def revoke(self, certificate: str) -> None:
        self.sandbox.act("accredible", "revoke_certificate", {"certificate": certificate})

    def look(self) -> sweeps.Swept:
        return sweeps.sweep(Workflow.objects.select_related("live").get(pk=self.workflow.pk))

    def run_all(self) -> list[Run]:
        """Look, then drain until nothing is left; the runs, newest last."""
        self.look()
        drain_once(for_s=30)
        return list(Run.objects.order_by("id"))

    def documents(self, app: str, collection: str) -> list[dict[str, Any]]:
        store = self.sandbox.apps()[app].store
        assert store is not None
        with store.reading(app) as tx:
            return list(tx.all(collection))

    def appointments(self) -> list[dict[str, Any]]:
        return self.documents("ghl", "appointments")

    def contacts(self) -> list[dict[str, Any]]:
        return self.documents("ghl", "contacts")


def connected(team: Team, connector: str, name: str) -> Connection:
    """A verified sandbox connection by key."""
    auth = {"ghl": "pit", "accredible": "api_key", "credly": "token"}[connector]
    secrets, settings = connect.sandbox_secrets(connector, auth)
    connection = connect.add(
        team, connector, name=name, environment="sandbox", auth=auth, settings_=settings, secrets=secrets
    )
    verified = verification.verify(connection)
    assert verified.ok, verified.sentence
    return connection


def calendar_of(connection: Connection, name: str = "Certificate review") -> str:
    return next(pk for pk, label in picklists.picks(connection, "calendars") if label == name)


def make_hub(team_name: str = "Acme", *, deploy: bool = True, **options: Any) -> Hub:
    team = Team.objects.create(name=team_name)
    ghl, accredible = connected(team, "ghl", "GHL"), connected(team, "accredible", "Accredible")
    workflow = drafts.make_draft(
        team,
        RECIPE,
        name="Follow up",
        bindings={"crm": ghl, "certificates": accredible},
        options={"calendar_id": calendar_of(ghl), **options},
    )
    hub = Hub(team, ghl, accredible, workflow, sandbox())
    if deploy:
        proved(workflow)
        lifecycle.deploy(workflow)
        hub.look()  # the baseline
    return hub


def finished(run: Run) -> bool:
    run.refresh_from_db()
    return run.state in (RunState.SUCCEEDED, RunState.SKIPPED, RunState.FAILED)


def events() -> list[str]:
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def answering(hub: Hub, name: str = "Times", *, deploy: bool = True, **options: Any) -> Workflow:
    """A workflow that answers with free times, and books one."""
    workflow = drafts.make_draft(
        hub.team,
        "ghl.times_asked",
        name=name,
        bindings={"crm": hub.ghl},
        options={"calendar_id": calendar_of(hub.ghl), **options},
    )
    if deploy:
        proved(workflow)
        lifecycle.deploy(workflow)
    return workflow
