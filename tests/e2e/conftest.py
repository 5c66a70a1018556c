"""A real server with the starter model, and the editor in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright import sync_api as playwright

from tests.e2e.drawing import rest

# Whatever a test waits for comes in a moment on an idle machine; a busy one may take its time.
playwright.expect.set_options(timeout=20_000)

# A name that is no secure context by plain http, as that of a machine in the local network.
NETWORK_NAME = "easel.lan"
FAILED = pytest.StashKey[bool]()
REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("EASEL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the server's folders: user, input, output, temp."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="session")
def address(base: Path) -> Iterator[str]:
    """Where a server listens that has its own user and output folders."""
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
        browser = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", f"--host-resolver-rules=MAP {NETWORK_NAME} 127.0.0.1"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(browser: playwright.Browser) -> Iterator[playwright.BrowserContext]:
    """One profile for all pages, so that each finds the editor's scripts in its cache."""
    context = browser.new_context(viewport={"width": 1500, "height": 900}, color_scheme="dark")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these tests time on a busy machine: several wait for pictures, and axe reads dozens of screens."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(400))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know whether their test failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def page(
    window: playwright.BrowserContext, address: str, base: Path, request: pytest.FixtureRequest
) -> Iterator[playwright.Page]:
    """The editor with the text-to-image example; whatever the page complains about fails the test.

    Of a test that fails, a picture of the page is left in the server's folder.
    """
    page = window.new_page()
    devtools = window.new_cdp_session(page)
    devtools.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": "local_storage,cookies"})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: note(complaints, message.type, message.text))
    clean(address)
    page.goto(address)
    page.wait_for_selector(".card")
    rest(page)
    yield page
    if request.node.stash.get(FAILED, False):
        page.screenshot(path=base / f"{request.node.name}.png")
        sys.stderr.write(f"See {base / request.node.name}.png\n")
    page.close()
    assert complaints == []


def clean(address: str) -> None:
    """Leave the server as if it had just begun: nothing runs or waits, nothing was run, no tabs and files of the user.

    The worker keeps its cache; pictures stay in the folders of inputs and outputs.
    """
    call(address, "/queue", {"clear": True})
    call(address, "/queue/resume", {})
    call(address, "/interrupt", {})
    end = time.monotonic() + 60
    while any(call(address, "/queue").values()):
        assert time.monotonic() < end, "a job of the test before does not end"
        time.sleep(0.02)
    call(address, "/history", {"clear": True})
    for entry in call(address, "/v2/userdata?path="):
        if entry["type"] == "file":
            name = urllib.parse.quote(entry["path"], safe="")
            with suppress(urllib.error.HTTPError):  # a closed page may delete its tabs at this moment
                call(address, f"/userdata/{name}", method="DELETE")


def call(address: str, path: str, body: Any = None, method: str | None = None) -> Any:
    """What the server answers, read as JSON."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address + path, data, method=method), timeout=30) as answer:
        content = answer.read()
    return json.loads(content) if content else None


def note(complaints: list[str], kind: str, text: str) -> None:
    """Keep errors; that the server refused a request is the editor's to tell, and tests look for that themselves."""
    if kind == "error" and not text.startswith("Failed to load resource"):
        complaints.append(text)
