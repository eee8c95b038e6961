"""How many runs one worker completes a second, every guarantee on: claim, ledger, call, settle, link.

    .venv/bin/python bench/drain.py [--events 2000] [--latency-ms 0 100] [--smoke]

One process, a scratch database (or DATABASE_URL), one write per run, an app that answers after a set time.
The app's quota is set too high to matter; it is reserved and counted all the same. Prints a table.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
scratch = tempfile.TemporaryDirectory(prefix="ghlhub-bench-")
os.environ["HUB_DATA_DIR"] = scratch.name
os.environ.setdefault("HUB_LOG_LEVEL", "ERROR")
os.environ["DJANGO_SETTINGS_MODULE"] = "ghlhub.settings"

import django  # noqa: E402 - the scratch directory is named before settings are read

django.setup()

import httpx  # noqa: E402
from django.core.management import call_command  # noqa: E402

from integrations import catalog  # noqa: E402
from integrations.engine.errors import Refused  # noqa: E402
from integrations.engine.freeze import freeze  # noqa: E402
from integrations.engine.spec import (  # noqa: E402
    Auth,
    Connector,
    Field,
    FieldMapping,
    Kind,
    Limit,
    Operation,
    Proof,
    ProofKind,
    Quota,
    Step,
    StepKind,
    Trigger,
    TriggerKind,
    Verify,
    WorkflowSpec,
)
from integrations.engine.transport import Transport  # noqa: E402
from integrations.models import (  # noqa: E402
    Connection,
    Event,
    EventSource,
    Run,
    RunState,
    Team,
    Workflow,
    WorkflowState,
    WorkflowVersion,
)
from integrations.services import accounts  # noqa: E402
from integrations.services.drain import Drain  # noqa: E402

FIELDS = tuple(Field(key=f"f{n}") for n in range(10))
BENCH = Connector(
    slug="bench",
    title="Bench",
    summary="",
    hosts={"": "https://bench.example"},
    auths=(Auth(key="none", title="None", sign=lambda secrets: {}),),
    verify=Verify(operation="put", say=str),
    refusal=lambda answer, operation: Refused("no"),
    quota=Quota(limits=(Limit(count=10**7, window_s=10),), scope=lambda account: "bench"),
    operations={
        "put": Operation(
            key="put",
            title="Put",
            method="POST",
            path="/put",
            kind=Kind.CREATE,
            fields=FIELDS,
            proof=Proof(kind=ProofKind.IDEMPOTENT),
        )
    },
    triggers={
        "t": Trigger(key="t", title="T", kind=TriggerKind.MANUAL, events=(("e", "E"),), sample={"e": {}})
    },
)
SPEC = WorkflowSpec(
    title="Bench",
    roles={"app": "bench"},
    trigger_role="app",
    trigger="t",
    steps=(
        Step(
            id="put",
            title="Put",
            kind=StepKind.WRITE,
            role="app",
            operation="put",
            link="row",
            mappings=tuple(FieldMapping(target=f.key, source=f"event.{f.key}") for f in FIELDS),
        ),
    ),
)


def make_runs(events: int) -> None:
    """`events` runs, due now, each of its own record."""
    team = Team.objects.create(name=f"Bench {time.monotonic_ns()}")
    connection = Connection.objects.create(
        team=team, connector="bench", name="b", auth="none", state="connected", environment="sandbox"
    )
    workflow = Workflow.objects.create(team=team, name="b", draft=freeze(SPEC), state=WorkflowState.LIVE)
    version = WorkflowVersion.objects.create(
        workflow=workflow, number=1, spec=freeze(SPEC), bindings={"app": connection.pk}
    )
    workflow.live = version
    workflow.save()
    rows = Event.objects.bulk_create(
        Event(
            team=team,
            connection=connection,
            trigger="t",
            type="e",
            record=f"r{n}",
            dedupe_key=f"{team.pk}:{n}",
            payload={f.key: f"value {n}" for f in FIELDS},
            source=EventSource.MANUAL,
        )
        for n in range(events)
    )
    now = datetime.now(UTC)
    Run.objects.bulk_create(
        Run(team=team, workflow=workflow, version=version, event=row, record=row.record, due_at=now)
        for row in rows
    )


def app(latency_s: float) -> Transport:
    def answer(request: httpx.Request) -> httpx.Response:
        if latency_s:
            time.sleep(latency_s)
        return httpx.Response(200, json={"id": str(time.perf_counter_ns()), "ok": True})

    return Transport(httpx.Client(transport=httpx.MockTransport(answer)), lambda: datetime.now(UTC))


def measure(events: int, latency_ms: int) -> str:
    make_runs(events)
    transport = app(latency_ms / 1000)
    with (
        mock.patch.object(catalog, "CONNECTORS", {**catalog.CONNECTORS, "bench": BENCH}),
        mock.patch.object(accounts, "transport_of", return_value=transport),
    ):
        started, cpu = time.perf_counter(), time.process_time()
        drained = Drain().run(for_s=600)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    left = Run.objects.exclude(state=RunState.SUCCEEDED).count()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return (
        f"{latency_ms:>10} {events:>8} {drained.finished:>9} {left:>6} {seconds:>9.2f} "
        f"{drained.finished / seconds:>8.0f} {1000 * cpu / events:>11.2f} {peak:>9}"
    )


def main() -> None:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--latency-ms", type=int, nargs="+", default=[0, 100])
    parser.add_argument("--smoke", action="store_true", help="a few events only, to see that it runs")
    chosen = parser.parse_args()
    call_command("migrate", verbosity=0)
    print("latency_ms   events  finished   left   seconds   runs/s  cpu_ms/run  peak_mib")
    for latency_ms in chosen.latency_ms:
        print(measure(100 if chosen.smoke else chosen.events, latency_ms), flush=True)


if __name__ == "__main__":
    main()
