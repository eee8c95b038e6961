"""The watch, and the hub in one command, as real processes: what dies is replaced, and nothing is left."""

from __future__ import annotations

import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import PATIENCE_S, Hub, is_alive, start_hub, wait_until

pytestmark = pytest.mark.kill

STOPS_WITHIN_S = 20


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """One worker only: whoever of several is first in line for the queue cannot be seen from outside."""
    with start_hub(tmp_path, HUB_WORKERS="1", HUB_STALE_S="4") as hub:
        yield hub


def cluster_of(hub: Hub, parent: int) -> int:
    """The cluster's main process."""
    return wait_until(
        lambda: next((pid for pid in hub.children(parent) if b"qcluster" in command_of(pid)), 0),
        what="a cluster was started",
    )


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def beats(hub: Hub) -> set[str]:
    """The watched clusters that have answered; commands that drain leave a sign of life called lone."""
    return {name for (name,) in hub.rows("SELECT name FROM integrations_heartbeat")} - {"cluster:lone"}


def worker_of(hub: Hub, cluster: int) -> int:
    """The cluster's first worker: its guard starts the workers before its other helpers."""
    guard = wait_until(lambda: hub.children(cluster), what="the cluster's guard")[0]
    return wait_until(lambda: hub.children(guard), what="the cluster's workers")[0]


def wedge(hub: Hub, cluster: int) -> None:
    """Kill the idle worker, which dies holding the lock of the queue: the cluster runs nothing any more."""
    worker = worker_of(hub, cluster)
    signs = "SELECT at FROM integrations_heartbeat WHERE name <> 'cluster:lone'"
    before = hub.rows(signs)
    wait_until(lambda: hub.rows(signs) != before, what="a sign of life")
    os.kill(worker, signal.SIGKILL)


def end(hub: Hub, pid: int, number: signal.Signals) -> None:
    os.kill(pid, number)
    wait_until(lambda: not hub.alive(), for_s=STOPS_WITHIN_S, what=f"everything ends after {number.name}")


def test_a_cluster_that_stopped_answering_is_replaced_and_the_work_goes_on(hub: Hub) -> None:
    hub.manage("demo", "--once")
    watch = hub.start("watch")
    (first,) = wait_until(lambda: beats(hub), what="the cluster answers")
    cluster = cluster_of(hub, watch.pid)  # one that is slow to answer for the first time is replaced, too

    wedge(hub, cluster)
    hub.manage(
        *("sandbox", "act", "accredible", "issue_certificate"),
        *("--set", "recipient_name=Grace Hopper", "--set", "recipient_email=grace@example.org"),
    )
    hub.manage("sweep", "Certificate to appointment")

    wait_until(lambda: not is_alive(cluster), what="the silent cluster is ended")
    wait_until(lambda: beats(hub) - {first}, what="another cluster answers")
    wait_until(
        lambda: (
            hub.rows("SELECT COUNT(*) FROM integrations_run WHERE mode = 'live' AND state = 'succeeded'")
            == [(2,)]
        ),
        what="the run that was due is done",
    )
    assert "the cluster has not answered" in hub.output()
    end(hub, watch.pid, signal.SIGTERM)
    assert watch.wait() == 0
    assert beats(hub) == set()


def test_a_cluster_that_died_is_started_again_and_its_workers_do_not_stay(hub: Hub) -> None:
    watch = hub.start("watch")
    wait_until(lambda: beats(hub), what="the cluster answers")
    cluster = cluster_of(hub, watch.pid)
    worker = worker_of(hub, cluster)

    os.kill(cluster, signal.SIGKILL)

    wait_until(lambda: not is_alive(worker), what="its worker is ended with it")
    wait_until(lambda: cluster_of(hub, watch.pid) != cluster, what="another cluster is started")
    assert "the cluster has ended by itself" in hub.output()
    end(hub, watch.pid, signal.SIGINT)
    assert watch.wait() == 0


def test_no_process_outlives_a_watch_that_was_killed(hub: Hub) -> None:
    watch = hub.start("watch")
    cluster_of(hub, watch.pid)
    wait_until(lambda: beats(hub), what="the cluster answers")

    end(hub, watch.pid, signal.SIGKILL)
    watch.wait()


def answers(hub: Hub, path: str = "/healthz") -> bool:
    address = f"http://127.0.0.1:{hub.environment['HUB_PORT']}{path}"
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_serve_is_web_and_cluster_and_leaves_nothing_behind(hub: Hub) -> None:
    serve = hub.start("serve")
    wait_until(lambda: answers(hub), what="the web answers")
    wait_until(lambda: beats(hub), what="the cluster answers")

    second = hub.manage("serve", expect=1)

    assert second.stderr.startswith("Nothing was started: 127.0.0.1:")
    assert second.stderr.count("\n") == 1
    assert answers(hub)
    end(hub, serve.pid, signal.SIGTERM)
    assert serve.wait() == 0


def test_when_the_web_server_is_killed_everything_stops(hub: Hub) -> None:
    serve = hub.start("serve")
    wait_until(lambda: answers(hub), what="the web answers")
    web = next(pid for pid in hub.children(serve.pid) if b"granian" in command_of(pid))

    end(hub, web, signal.SIGKILL)

    assert serve.wait() == 1
    assert "The web server has ended" in hub.output()


def test_the_demo_serves_until_ctrl_c(hub: Hub) -> None:
    demo = hub.start("demo")
    made_in_s = 3 * PATIENCE_S  # a workflow with its sandbox test and its drill
    wait_until(lambda: answers(hub, "/accounts/login/"), for_s=made_in_s, what="the sign-in page answers")
    assert "Sign in at" in hub.output()

    end(hub, demo.pid, signal.SIGINT)
    assert demo.wait() == 0


def test_without_migrations_serve_says_what_to_run(tmp_path: Path) -> None:
    with start_hub(tmp_path, migrate=False) as hub:
        done = hub.manage("serve", expect=1)

    assert "run ./manage.py migrate" in done.stderr
    assert done.stderr.count("\n") == 1
