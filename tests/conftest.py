"""What all tests share: a data directory of their own, keys of their own, and a browser where there is one.

DATABASE_URL and REDIS_URL are respected; without the first the database is an SQLite file, because WAL, locks
and other processes are what SQLite tests are about.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

BROWSER_TESTS = Path(__file__).parent / "browser"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# Playwright's sync API keeps a loop running in this thread, and there the ORM would refuse to work.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# OAuth against endpoints on loopback.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

# A machine with other work to do is slow now and then; no test is about that.
hypothesis_settings.register_profile("hub", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("hub")

# These cases assert for several tests; pytest reads them too, so that one that fails says what it found.
pytest.register_assert_rewrite("tests.connectors.ghl_cases")


def pytest_configure(config: pytest.Config) -> None:
    """Django's settings are loaded before this file, but nothing has used them yet."""
    directory = Path(tempfile.mkdtemp(prefix="ghlhub-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(directory, ignore_errors=True))
    # For processes that tests start, and for those that xdist starts.
    os.environ["HUB_DATA_DIR"] = str(directory)
    settings.HUB_DATA_DIR = directory
    settings.HUB_SANDBOX_FILE = directory / "sandbox.sqlite3"
    settings.HUB_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Two processes that share one Redis database keep out of each other's way.
    settings.CACHES["default"]["KEY_PREFIX"] = os.environ.get("PYTEST_XDIST_WORKER", "")
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(directory / "test.sqlite3")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if BROWSER_TESTS in item.path.parents:
            item.add_marker(pytest.mark.browser)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if CHROMIUM or not item.get_closest_marker("browser"):
        return
    if os.environ.get("HUB_REQUIRE_BROWSER") == "1":
        pytest.fail("HUB_REQUIRE_BROWSER is 1, but there is no chromium here: install it.", pytrace=False)
    pytest.skip("there is no chromium here")


@pytest.fixture(scope="session")
def browser_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Chromium writes caches and key stores into its home: not into ours."""
    return tmp_path_factory.mktemp("browser-home")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], browser_home: Path) -> dict[str, Any]:
    home = {
        name: str(browser_home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    }
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "env": {**os.environ, **home},
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture
def console(page: Any) -> list[str]:
    """What the page complained about: script errors, and whatever the content security policy refused."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    return complaints
