"""Keeping: nothing is lost when the browser or the server is killed; versions, saved files, links and tabs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e.conftest import CHROMIUM, NETWORK_NAME, REPOSITORY
from tests.e2e.drawing import card, command, until
from tests.e2e.test_running import set_number

pytestmark = pytest.mark.slow


class Served:
    """A server that a test may kill and start again at the same address."""

    def __init__(self, base: Path, *arguments: str) -> None:
        self.base = base
        self.arguments = arguments
        self.port = "0"
        self.start()

    def start(self) -> None:
        folders = [f"--{name}-directory={self.base / name}" for name in ("user", "input", "output", "temp")]
        root = os.environ.get("EASEL_FRONT_END_ROOT")
        command = [sys.executable, str(REPOSITORY / "server.py"), "--port", self.port, *folders, *self.arguments]
        with (self.base / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *(["--front-end-root", root] if root else [])], stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "Easel serves at" in line, (self.base / "log.txt").read_text()
        self.address = line.split()[-1]
        parts = urllib.parse.urlsplit(self.address)
        # The editor waits for the node types, and on a busy machine the worker takes its time to load them.
        urllib.request.urlopen(f"http://127.0.0.1:{parts.port}/api/object_info?{parts.query}", timeout=120).close()
        self.port = self.address.rsplit(":", 1)[1]

    def end(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(15)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    if served.process.poll() is None:
        served.end()


def steps(page: Page) -> Any:
    return card(page, "KSampler").get_by_role("spinbutton", name="steps")


def browser_processes(profile: Path) -> list[int]:
    """The processes of the browser that has this profile."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if str(profile).encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_an_edit_is_there_after_the_browser_was_killed(browser: Browser, served: Served, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    killed = browser.browser_type.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=["--no-sandbox"], viewport={"width": 1500, "height": 900}
    )
    page = killed.pages[0]
    page.goto(served.address)
    page.wait_for_selector(".card")
    set_number(page, "KSampler", "steps", "7")
    expect(page.locator(".status")).to_contain_text("All edits are saved")
    for process in browser_processes(profile):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    with suppress(Error):
        killed.close()
    again = browser.new_page(viewport={"width": 1500, "height": 900})
    again.goto(served.address)
    expect(steps(again)).to_have_attribute("aria-valuenow", "7")
    again.close()


def test_edits_made_while_the_server_is_dead_are_kept_when_it_is_back(browser: Browser, served: Served) -> None:
    page = browser.new_page(viewport={"width": 1500, "height": 900})
    page.goto(served.address)
    page.wait_for_selector(".card")
    set_number(page, "KSampler", "steps", "8")
    expect(page.locator(".status")).to_contain_text("All edits are saved")
    served.end(signal.SIGKILL)
    set_number(page, "KSampler", "steps", "9")
    expect(page.locator(".status")).to_contain_text("Saving edits")
    served.start()
    expect(page.locator(".status")).to_contain_text("All edits are saved", timeout=15_000)
    page.close()
    again = browser.new_page(viewport={"width": 1500, "height": 900})
    again.goto(served.address)
    expect(steps(again)).to_have_attribute("aria-valuenow", "9")
    again.close()


def test_two_windows_keep_their_tabs_apart(browser: Browser, served: Served) -> None:
    context = browser.new_context(viewport={"width": 1500, "height": 900})
    first, second = context.new_page(), context.new_page()
    for page, value in ((first, "3"), (second, "4")):
        page.goto(served.address)
        page.wait_for_selector(".card")
        set_number(page, "KSampler", "steps", value)
        expect(page.locator(".status")).to_contain_text("All edits are saved")
    for page, value in ((first, "3"), (second, "4")):
        page.reload()
        expect(steps(page)).to_have_attribute("aria-valuenow", value)
    context.close()


def test_browsers_of_two_devices_keep_their_tabs_apart_by_plain_http(browser: Browser, tmp_path: Path) -> None:
    served = Served(tmp_path, "--listen", "0.0.0.0")
    address = f"http://{NETWORK_NAME}:{urllib.parse.urlsplit(served.address).port}"
    devices = [browser.new_context(viewport={"width": 1500, "height": 900}) for _ in range(2)]
    pages = [device.new_page() for device in devices]
    for page, value in zip(pages, ("3", "4"), strict=True):
        page.goto(f"{address}/?{urllib.parse.urlsplit(served.address).query}")
        page.wait_for_selector(".card")
        assert page.evaluate("() => [window.isSecureContext, navigator.locks, navigator.clipboard]") == [
            False,
            None,
            None,
        ]
        set_number(page, "KSampler", "steps", value)
        expect(page.locator(".status")).to_contain_text("All edits are saved")
    for page, value in zip(pages, ("3", "4"), strict=True):
        page.reload()
        expect(steps(page)).to_have_attribute("aria-valuenow", value)
    command(pages[0], "copy a link")
    expect(pages[0].locator(".notice")).to_contain_text("clipboard")
    pages[0].keyboard.press("Control+k")
    pages[0].get_by_role("combobox").press("Control+v")
    assert "#workflow" in pages[0].get_by_role("combobox").input_value()
    for device in devices:
        device.close()
    served.end()


def test_a_version_shows_what_changed_since_and_comes_back(page: Page) -> None:
    page.keyboard.press("Control+s")
    expect(page.locator(".notice")).to_contain_text("Saved as")
    set_number(page, "KSampler", "steps", "5")
    page.get_by_role("button", name="Versions", exact=True).click()
    page.locator(".side-panel .row").first.click()
    expect(page.locator(".difference-map .difference-changed")).to_have_count(1)
    expect(page.locator(".value-changes")).to_have_text("steps: 20 → 5")
    page.get_by_role("button", name="Bring this version back").click()
    expect(steps(page)).to_have_attribute("aria-valuenow", "20")
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_attribute("aria-valuenow", "5")


def test_a_saved_workflow_is_a_file_of_the_field_and_opens_again(page: Page, address: str) -> None:
    set_number(page, "KSampler", "steps", "6")
    page.keyboard.press("Control+Shift+s")
    page.get_by_role("textbox", name="Save as").fill("six steps")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="six steps", exact=True)).to_be_visible()
    saved = page.request.get(f"{address}/userdata/workflows%2Fsix%20steps.json").json()
    sampler = next(node for node in saved["nodes"] if node["type"] == "KSampler")
    assert sampler["widgets_values"][2] == 6
    page.keyboard.press("Alt+w")
    page.get_by_role("button", name="Saved workflows").click()
    page.locator(".side-panel .row").filter(has_text="six steps").click()
    expect(steps(page)).to_have_attribute("aria-valuenow", "6")


def test_a_tab_with_changes_asks_before_it_closes(page: Page, address: str) -> None:
    tabs = page.get_by_role("tablist", name="Open workflows").get_by_role("tab")
    set_number(page, "KSampler", "steps", "6")
    page.keyboard.press("Alt+w")
    page.get_by_role("button", name="Cancel").click()
    expect(steps(page)).to_have_attribute("aria-valuenow", "6")
    page.keyboard.press("Alt+w")
    page.get_by_role("button", name="Save and close").click()
    expect(tabs).to_have_text(["Untitled"])
    assert page.request.get(f"{address}/userdata/workflows%2Ftext-to-image.json").ok
    page.get_by_role("button", name="Saved workflows").click()
    page.locator(".side-panel .row").filter(has_text="text-to-image").click()
    expect(steps(page)).to_have_attribute("aria-valuenow", "6")
    set_number(page, "KSampler", "steps", "7")
    page.keyboard.press("Alt+w")
    page.get_by_role("button", name="Close without saving").click()
    expect(tabs).to_have_text(["Untitled"])
    page.keyboard.press("Alt+w")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_another_workflow_of_the_same_name_is_not_replaced_unasked(page: Page, address: str) -> None:
    def kept() -> int:
        answer = page.request.get(f"{address}/userdata/workflows%2Ftext-to-image.json")
        nodes = answer.json()["nodes"] if answer.ok else []
        return next((int(node["widgets_values"][2]) for node in nodes if node["type"] == "KSampler"), 0)

    said = page.locator(".notice").filter(has_text="Saved as")
    set_number(page, "KSampler", "steps", "6")
    page.keyboard.press("Control+s")
    until(page, kept, lambda found: found == 6)
    set_number(page, "KSampler", "steps", "7")
    page.keyboard.press("Control+s")
    until(page, kept, lambda found: found == 7)
    page.reload()
    page.wait_for_selector(".card")
    set_number(page, "KSampler", "steps", "8")
    page.keyboard.press("Control+s")
    until(page, kept, lambda found: found == 8)
    page.get_by_role("button", name="Templates", exact=True).click()
    page.locator(".template-card").filter(has_text="Text to image").click()
    expect(steps(page)).to_have_attribute("aria-valuenow", "20")
    expect(said).to_have_count(0)
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert (kept(), said.count()) == (8, 0)
    page.get_by_role("button", name="Saved workflows").click()
    page.locator(".side-panel .row").filter(has_text="text-to-image").click()
    expect(steps(page)).to_have_attribute("aria-valuenow", "8")
    page.get_by_role("tab", name="text-to-image").last.click()
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Replace it").click()
    until(page, kept, lambda found: found == 20)


def test_files_are_chosen_with_the_keyboard_and_each_opens_in_a_tab(page: Page, tmp_path: Path) -> None:
    files = []
    for name in ("first", "second"):
        files.append(tmp_path / f"{name}.json")
        files[-1].write_bytes((REPOSITORY / "workflows" / "text-to-image.json").read_bytes())
    # Playwright begins to listen a moment after it was asked to; a chooser that opens before that is lost to it.
    page.on("filechooser", lambda chooser: chooser.set_files(files))
    page.wait_for_timeout(300)
    page.keyboard.press("Control+o")
    for file in files:
        expect(page.get_by_role("tab", name=file.stem, exact=True)).to_be_visible()


def test_a_link_carries_the_whole_workflow(page: Page, browser: Browser) -> None:
    set_number(page, "KSampler", "steps", "11")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("copy a link")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("clipboard")
    link = page.evaluate("() => navigator.clipboard.readText()")
    other = browser.new_page(viewport={"width": 1500, "height": 900})
    other.goto(link)
    expect(steps(other)).to_have_attribute("aria-valuenow", "11")
    assert "#workflow" not in other.url
    other.close()


def test_a_broken_link_is_told_and_the_editor_starts(page: Page, address: str) -> None:
    page.goto("about:blank")
    page.goto(f"{address}/#workflow=bm90IHBhY2tlZA")
    expect(page.locator(".notice.is-error")).to_contain_text("carries no workflow")
    expect(page.locator(".card").first).to_be_visible()


def test_templates_are_searched_and_open_in_a_tab_of_their_own(page: Page) -> None:
    page.get_by_role("button", name="Templates", exact=True).click()
    page.get_by_role("searchbox", name="Search templates").fill("inpaint")
    expect(page.locator(".template-card")).to_have_count(1)
    page.locator(".template-card").click()
    expect(page.get_by_role("tab", name="inpainting")).to_have_attribute("aria-selected", "true")


def test_many_tabs_are_found_by_name(page: Page) -> None:
    for _ in range(12):
        page.keyboard.press("Alt+n")
    page.keyboard.press("Alt+t")
    page.get_by_role("combobox").fill("text-to")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="text-to-image")).to_have_attribute("aria-selected", "true")
    expect(card(page, "KSampler")).to_be_visible()


def test_the_journal_is_small_and_begins_anew_when_it_grew_long(browser: Browser, served: Served) -> None:
    page = browser.new_page(viewport={"width": 1500, "height": 900})
    page.goto(served.address)
    page.wait_for_selector(".card")
    steps(page).focus()
    for _ in range(160):
        page.keyboard.press("ArrowUp")
    expect(page.locator(".status")).to_contain_text("All edits are saved")
    kept = served.base / "user" / "default" / "easel" / "tabs-0"
    journals = [json.loads(path.read_text()) for path in kept.glob("*.journal.json")]
    assert all(len(journal["patches"]) <= 151 for journal in journals)
    page.reload()
    expect(steps(page)).to_have_attribute("aria-valuenow", "180")
    page.close()
