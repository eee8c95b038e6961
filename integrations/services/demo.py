"""One worked recipe, end to end, in the sandbox: what `make demo` shows.

Every part is made once and found again: a second run books nothing a second time, and can show it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model

from integrations.engine.errors import HubError
from integrations.models import (
    Connection,
    DrillState,
    Environment,
    Membership,
    RecordLink,
    Role,
    Run,
    RunMode,
    Team,
    Workflow,
    WorkflowState,
)
from integrations.recipes import recipe
from integrations.services import (
    byhand,
    connect,
    direct,
    drafts,
    drilling,
    lifecycle,
    picklists,
    sweeps,
    verification,
)
from integrations.services.accounts import connector_of
from integrations.services.clients import sandbox
from integrations.services.samples import trigger_of

TEAM = "Demo"
USER = "demo"
RECIPE = "accredible.certificate_to_appointment"
WORKFLOW = "Certificate to appointment"
CALENDAR = "Certificate review"
SIGN_IN = {"accredible": "api_key", "ghl": "pit"}
HOLDER = {"recipient_name": "Ada Lovelace", "recipient_email": "ada@example.org"}
PATIENCE_S = 120.0

Say = Callable[[str], None]


class DemoFailed(HubError):
    kind = "demo_failed"


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to look at. `again`: it was all there before, and nothing was booked this time."""

    contact_id: str
    appointment_id: str
    start: str
    run_id: int
    calls: int
    again: bool
    user: str
    password: str


def show(say: Say) -> Shown:
    """Set up what is missing, let a certificate be issued, and follow it to its appointment."""
    team, password = _sign_in()
    say(f"The team “{team.name}” and its operator are there.")
    connections = {role: _connection(team, app, say) for role, app in recipe(RECIPE).workflow.roles.items()}
    workflow = _workflow(team, connections, say)
    _go_live(workflow, say)
    workflow = Workflow.objects.select_related("live").get(pk=workflow.pk)
    certificate = _certificate(say)
    again = _live_run(workflow, certificate) is not None
    run = _run(workflow, certificate, say)
    return _shown(run, again=again, password=password)


def _sign_in() -> tuple[Team, str]:
    """The operator, with a new password each time: it is shown once, and kept nowhere."""
    users = get_user_model().objects
    user = users.filter(username=USER).first()
    if user is not None and not Membership.objects.filter(team__name=TEAM, user=user).exists():
        raise DemoFailed(f"There is a user “{USER}” whom the demo did not make; use another database for it.")
    team, _ = Team.objects.get_or_create(name=TEAM)
    if user is None:
        user = users.create(username=USER, email="demo@example.org", is_staff=True, is_superuser=True)
        Membership.objects.create(team=team, user=user, role=Role.ADMIN)
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    return team, password


def _connection(team: Team, app: str, say: Say) -> Connection:
    """A sandbox connection, verified; made with what the simulated app takes."""
    name = f"{sandbox().apps()[app].title} (sandbox)"
    keys, settings = connect.sandbox_secrets(app, SIGN_IN[app])
    row = Connection.objects.filter(team=team, name=name).first()
    if row is None:
        row = connect.add(
            team,
            app,
            name=name,
            environment=Environment.SANDBOX,
            auth=SIGN_IN[app],
            settings_=settings,
            secrets=keys,
        )
    verified = verification.verify(row)
    if not verified.ok:  # somebody disconnected it, or made new keys in the sandbox
        verified = connect.replace_secrets(row, keys)
    say(f"{name}: {verified.sentence}")
    found: Connection = row
    return found


def _workflow(team: Team, connections: Mapping[str, Connection], say: Say) -> Workflow:
    row = Workflow.objects.filter(team=team, name=WORKFLOW).first()
    if row is not None:
        say(f"The workflow “{WORKFLOW}” is there.")
        found: Workflow = row
        return found
    options = {"calendar_id": _calendar(connections)}
    made = drafts.make_draft(team, RECIPE, name=WORKFLOW, bindings=connections, options=options)
    say(f"Made the workflow “{WORKFLOW}” from the recipe {RECIPE}, booking in “{CALENDAR}”.")
    return made


def _calendar(connections: Mapping[str, Connection]) -> str:
    role, _, reference = next(
        field.reference for field in recipe(RECIPE).options if field.key == "calendar_id"
    ).partition(".")
    for picked, label in picklists.picks(connections[role], reference):
        if label == CALENDAR:
            return picked
    raise DemoFailed(f"The sandbox has no calendar “{CALENDAR}”; reset it with manage.py sandbox reset.")


def _go_live(workflow: Workflow, say: Say) -> None:
    if workflow.live is None:
        run = byhand.wait_for(lifecycle.sandbox_test(workflow), PATIENCE_S)
        lifecycle.settle_test(workflow, run)
        if not lifecycle.passed(run):
            raise DemoFailed(f"The sandbox test did not pass (run {run.pk}, {run.state}): {run.reason}")
        say(f"Its sandbox test passed (run {run.pk}); the drill begins, which takes a moment.")
        drill = drilling.run(workflow)
        if drill.state != DrillState.PASSED:
            raise DemoFailed(" ".join(["The drill did not pass.", drill.reason, *drill.problems]))
        version = lifecycle.deploy(workflow)
        say(f"It came through {drill.done} troubles, and version {version.number} is live.")
    elif workflow.state == WorkflowState.PAUSED:
        lifecycle.resume(workflow)
    cursor = lifecycle.cursor_of(workflow)
    if cursor is None or cursor.watermark is None:
        swept = sweeps.sweep(workflow)
        say(f"The first look at Accredible: {swept.rows} certificates are known, and none of them is news.")


def _certificate(say: Say) -> str:
    """Its id: one certificate for as long as the sandbox remembers it."""
    spec = recipe(RECIPE).workflow
    app = spec.roles[spec.trigger_role]
    for row in sandbox().dump()[app]["certificates"]:
        if row["recipient_email"] == HOLDER["recipient_email"]:
            say(f"The certificate {row['id']} of {HOLDER['recipient_name']} is there from an earlier run.")
            return str(row["id"])
    made = sandbox().act(app, "issue_certificate", HOLDER)
    say(f"In the simulated Accredible, {HOLDER['recipient_name']} was issued certificate {made['id']}.")
    return str(made["id"])


def _run(workflow: Workflow, certificate: str, say: Say) -> Run:
    """Look at the source, and let the run that it brings come to its end."""
    swept = sweeps.sweep(workflow)
    say(f"Looked at Accredible: certificates read {swept.rows}, runs started {swept.runs}.")
    run = _live_run(workflow, certificate) or _given_by_hand(workflow, certificate)
    run = byhand.wait_for(run, PATIENCE_S)
    if not lifecycle.passed(run):
        raise DemoFailed(
            f"Run {run.pk} has not come to its end ({run.state}): "
            f"{run.reason or 'it is still under way; run the demo again in a minute.'}"
        )
    say(f"Run {run.pk} has {run.state}.")
    return run


def _live_run(workflow: Workflow, certificate: str) -> Run | None:
    return Run.objects.filter(workflow=workflow, mode=RunMode.LIVE, record=certificate).order_by("id").first()


def _given_by_hand(workflow: Workflow, certificate: str) -> Run:
    """The certificate is older than this database, so the first look took it for known."""
    spec = drafts.compile_draft(workflow)
    source, trigger = drafts.bound(workflow)[spec.trigger_role], trigger_of(spec)
    key = connector_of(source).operation(trigger.reread).fields[0].key
    read = direct.read_patiently(source, trigger.reread, {key: certificate}, purpose="demo")
    if read.error is not None:
        raise read.error
    return byhand.emit(source, trigger.events[0][0], read.value).runs[0]


def _shown(run: Run, *, again: bool, password: str) -> Shown:
    links: dict[str, Any] = {
        link.name: link for link in RecordLink.objects.filter(workflow=run.workflow, record=run.record)
    }
    if not {"contact", "appointment"} <= set(links):
        raise DemoFailed(
            f"Run {run.pk} has {run.state} without an appointment; look at it with manage.py runs."
        )
    booked = run.steps.filter(record_id=links["appointment"].record_id).order_by("id").first()
    return Shown(
        contact_id=links["contact"].record_id,
        appointment_id=links["appointment"].record_id,
        start=str(booked.values.get("startTime", "")) if booked else "",
        run_id=run.pk,
        calls=run.calls.count(),
        again=again,
        user=USER,
        password=password,
    )
