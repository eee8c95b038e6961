"""Each room imports only from below it; each check is shown a line that it must refuse."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests import layers

Check = Callable[[str, str], list[str]]


def asks_which_app(module: str, source: str) -> list[str]:
    return layers.asks_which_app(module, source, layers.slugs() | {"ghl"})


CHECKS: list[Check] = [
    layers.looks_up,
    layers.knows_django,
    layers.speaks_to_the_queue,
    layers.speaks_to_the_network,
    layers.hides_an_import,
    asks_which_app,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_no_file_of_the_project_breaks_the_rule(check: Check) -> None:
    wrong = [line for module, source in layers.sources().items() for line in check(module, source)]

    assert not wrong, "\n".join(wrong)


BAD = [
    (layers.looks_up, "integrations.engine.mapping", "from integrations.connectors import ghl"),
    (layers.looks_up, "integrations.engine.mapping", "from integrations import catalog"),
    (layers.looks_up, "integrations.engine.mapping", "from ..services import runs"),
    (layers.looks_up, "integrations.connectors.ghl.slots", "from integrations.sandbox.clock import now"),
    (layers.looks_up, "integrations.recipes.credly", "import integrations.models.workflows"),
    (layers.looks_up, "integrations.models.runs", "def f():\n    from integrations.services import runs"),
    (layers.looks_up, "integrations.services.runs", "from integrations.tasks import drain"),
    (layers.looks_up, "integrations.tasks", "from integrations.views import runs"),
    (layers.looks_up, "integrations.services.runs", "from ghlhub import settings"),
    (layers.looks_up, "integrations.helpers", "x = 1"),
    (layers.knows_django, "integrations.engine.mapping", "from django.utils import timezone"),
    (layers.knows_django, "integrations.connectors.credly", "import django"),
    (layers.knows_django, "integrations.catalog", "from django_q.tasks import async_task"),
    (layers.knows_django, "integrations.recipes.credly", "def f():\n    import django.conf"),
    (layers.speaks_to_the_queue, "integrations.tasks", "from django_q.tasks import schedule"),
    (layers.speaks_to_the_queue, "ghlhub.settings", "import django_q.conf"),
    (layers.speaks_to_the_network, "integrations.services.runs", "import httpx"),
    (layers.speaks_to_the_network, "integrations.connectors.credly", "from requests import get"),
    (layers.speaks_to_the_network, "integrations.views.runs", "from urllib.request import urlopen"),
    (layers.speaks_to_the_network, "integrations.services.clients_old", "import httpx"),
    (layers.hides_an_import, "integrations.services.runs", "def f():\n    from integrations import queue"),
    (layers.hides_an_import, "manage", "async def f():\n    import ghlhub.settings"),
    (asks_which_app, "integrations.services.runs", "if slug == 'ghl': pass"),
    (asks_which_app, "integrations.services.runs", "if slug in ('x', 'ghl'): pass"),
    (asks_which_app, "integrations.engine.execute", "x = [s for s in y if 'ghl' != s]"),
    (asks_which_app, "integrations.views.runs", "match slug:\n    case 'ghl':\n        pass"),
    (asks_which_app, "integrations.admin.runs", "slug.startswith('ghl')"),
]


@pytest.mark.parametrize(("check", "module", "source"), BAD)
def test_each_rule_refuses_what_it_is_there_for(check: Check, module: str, source: str) -> None:
    assert check(module, source)


GOOD = [
    (layers.looks_up, "integrations.services.runs", "from integrations import queue\nfrom . import effects"),
    (layers.looks_up, "integrations.engine.execute", "from integrations.engine.spec import Step"),
    (layers.looks_up, "integrations.apps", "from integrations import checks"),
    (layers.knows_django, "integrations.models.runs", "from django.db import models"),
    (layers.speaks_to_the_queue, "integrations.queue", "from django_q.tasks import async_task"),
    (layers.speaks_to_the_network, "integrations.engine.transport", "import httpx"),
    (layers.speaks_to_the_network, "integrations.sandbox.http", "import httpx"),
    (layers.hides_an_import, "integrations.services.runs", "def f():\n    import json"),
    (asks_which_app, "integrations.connectors.ghl.slots", "if slug == 'ghl': pass"),
    (asks_which_app, "integrations.management.commands.demo", "connect('ghl')"),
]


@pytest.mark.parametrize(("check", "module", "source"), GOOD)
def test_each_rule_lets_pass_what_is_in_order(check: Check, module: str, source: str) -> None:
    assert not check(module, source)


def test_the_half_below_the_models_can_be_imported_where_there_is_no_django() -> None:
    below = [
        module
        for module in layers.sources()
        if layers.FLOOR_OF.get(layers.room(module), 99) < layers.FIRST_FLOOR_WITH_DJANGO
    ]
    assert "integrations.catalog" in below
    script = f"""
import importlib, sys
for name in {sorted(layers.DJANGO)!r}:
    sys.modules[name] = None
for name in {sorted(below)!r}:
    importlib.import_module(name)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=layers.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
