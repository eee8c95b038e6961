"""Takes the picture in the README: the run page of the demo, in the browser.

    .venv/bin/python docs/take_picture.py

Starts a demo of its own on a free port with a scratch data directory, signs in, opens the run, and writes
docs/run.png. Needs Chromium and the development tools (`make test` installs them).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "run.png"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PATIENCE_S = 120


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(log: Path, pattern: str) -> re.Match[str]:
    """What the demo prints, as soon as it has printed it."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if found := re.search(pattern, log.read_text()):
            return found
        time.sleep(0.2)
    raise SystemExit(f"The demo did not say {pattern!r}:\n{log.read_text()}")


def take(browser: Browser, address: str, run: str, user: str, password: str) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000}, color_scheme="light")
    page.goto(address)
    page.get_by_label(re.compile("username|e-mail|login", re.I)).first.fill(user)
    page.get_by_label(re.compile("password", re.I)).first.fill(password)
    page.get_by_role("button", name=re.compile("sign in", re.I)).click()
    page.goto(run)
    explain(page)
    page.screenshot(path=PICTURE, full_page=True)


def explain(page: Page) -> None:
    """Open the contact's values, and the story of one of them, as a reader would."""
    values = page.locator("details", has=page.get_by_text(re.compile(r"Why these values \(4 sent"))).first
    values.locator("summary").first.click()
    values.locator(".hub-lineage details").nth(1).locator("summary").click()


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        raise SystemExit("There is no Chromium here; install it first.")
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "demo.log"
        own = {"HUB_DATA_DIR": scratch, "HUB_PORT": str(free_port()), "PYTHONUNBUFFERED": "1"}
        environment = {**os.environ, **own}
        with log.open("w") as out:
            demo = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "demo"],
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            run = wait_for(log, r"run\s+(http\S+)")[1]
            signed = wait_for(log, r"Sign in at (\S+) as (\S+) with (\S+)")
            time.sleep(3)  # until the web server answers
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                take(browser, signed[1], run, signed[2], signed[3])
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(timeout=60)
    print(f"Wrote {PICTURE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
