"""A real server with the starter model, and the editor in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright import sync_api as playwright

REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("EASEL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server listens that has its own user and output folders."""
    base = tmp_path_factory.mktemp("served")
    with serving(
        base, *(f"--{name}-directory={base / name}" for name in ("user", "input", "output", "temp"))
    ) as address:
        yield address


@contextmanager
def serving(base: Path, *arguments: str) -> Iterator[str]:
    """Where a server listens that was started with these arguments; its log lies in ``base``."""
    root = os.environ.get("EASEL_FRONT_END_ROOT")
    command = [sys.executable, str(REPOSITORY / "server.py"), "--port", "0", *arguments]
    with (base / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [*command, *(["--front-end-root", root] if root else [])], stdout=subprocess.PIPE, stderr=log, text=True
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "Easel serves at" in line, (base / "log.txt").read_text()
    yield line.split()[-1]
    process.send_signal(signal.SIGTERM)
    process.wait(15)
    process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[playwright.Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium was found; name one with EASEL_CHROMIUM")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: playwright.Browser, address: str) -> Iterator[playwright.Page]:
    """The editor with the text-to-image example; whatever the page complains about fails the test."""
    context = browser.new_context(viewport={"width": 1500, "height": 900}, color_scheme="dark")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: note(complaints, message.type, message.text))
    forget_tabs(address)
    page.goto(address)
    page.wait_for_selector(".card")
    page.wait_for_timeout(300)
    yield page
    context.close()
    assert complaints == []


def forget_tabs(address: str) -> None:
    """Delete what the editor kept of open tabs, so that the next page starts with the example."""
    with urllib.request.urlopen(f"{address}/v2/userdata?path=") as answer:
        paths = [entry["path"] for entry in json.load(answer) if entry["type"] == "file"]
    for path in paths:
        if path.startswith("easel/tabs-"):
            name = urllib.parse.quote(path, safe="")
            urllib.request.urlopen(urllib.request.Request(f"{address}/userdata/{name}", method="DELETE")).close()


def note(complaints: list[str], kind: str, text: str) -> None:
    """Keep errors; that the server refused a request is the editor's to tell, and tests look for that themselves."""
    if kind == "error" and not text.startswith("Failed to load resource"):
        complaints.append(text)
