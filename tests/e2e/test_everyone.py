"""Everyone: the keyboard alone, phones, themes, languages, shortcuts, screen readers, extensions, and safety."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.drawing import card
from tests.e2e.test_keeping import Served
from tests.e2e.test_running import count_runs, open_panel, run_to_the_end, set_number

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

pytestmark = pytest.mark.slow


def serious(page: Page) -> list[str]:
    """What axe finds on the page that is serious or worse: rule, and where first."""
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {place['html'][:140]} {place['failureSummary'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for place in rule["nodes"][:2]
    ]


def command(page: Page, name: str) -> None:
    """Pick a command by its name."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill(name)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_no_screen_has_serious_findings_of_axe(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    set_number(page, "KSampler", "steps", "2")
    run_to_the_end(page)
    found = {"canvas": serious(page)}
    for name in ("Nodes", "Outline", "Templates", "Saved workflows", "Gallery", "Versions"):
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_timeout(400)
        found[name] = serious(page)
    for name in ("Queue", "Problems", "History"):
        open_panel(page, name)
        page.wait_for_timeout(300)
        found[name] = serious(page)
    for name in ("Settings", "Keyboard shortcuts", "All commands", "All open workflows"):
        command(page, name)
        page.wait_for_timeout(300)
        found[name] = serious(page)
        page.keyboard.press("Escape")
    command(page, "Form view")
    page.wait_for_timeout(400)
    found["Form view"] = serious(page)
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_the_keyboard_alone_builds_and_runs_a_graph(page: Page) -> None:
    page.keyboard.press("Alt+n")
    command(page, "Outline")
    for name in ("EmptyImage", "Save Image"):
        page.get_by_role("button", name="Add a node", exact=True).focus()
        page.keyboard.press("Enter")
        page.get_by_role("combobox").fill(name)
        page.keyboard.press("Enter")
    items = page.get_by_role("treeitem")
    expect(items).to_have_count(2)
    items.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    source = page.get_by_label("Where images comes from")
    source.focus()
    page.keyboard.press("ArrowDown")
    expect(source).not_to_have_value("")
    before = count_runs(page)
    run_to_the_end(page)
    assert count_runs(page) == before + 1
    items.first.focus()
    page.keyboard.press("Delete")
    expect(items).to_have_count(1)


def test_a_phone_starts_with_the_form_and_paints(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone = context.new_page()
    phone.goto(address)
    form = phone.get_by_role("form", name="Form of the workflow")
    expect(form).to_be_visible()
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 390
    form.get_by_role("button", name="Run", exact=True).click()
    expect(phone.locator(".form-result img").first).to_be_visible(timeout=90_000)
    assert serious(phone) == []
    context.close()


def test_the_inputs_on_the_form_are_chosen_and_kept_with_the_workflow(page: Page) -> None:
    command(page, "Form view")
    expect(page.locator(".form-name").filter(has_text="cfg")).to_have_count(0)
    page.get_by_role("button", name="Choose inputs").click()
    page.get_by_label("Show cfg on the form").check()
    page.get_by_role("button", name="Choose inputs").click()
    expect(page.locator(".form-name").filter(has_text="cfg")).to_have_count(1)
    expect(page.locator(".status")).to_contain_text("All edits are saved")
    page.reload()
    page.wait_for_selector(".card")
    command(page, "Form view")
    expect(page.locator(".form-name").filter(has_text="cfg")).to_have_count(1)


def test_a_shortcut_is_changed_taken_and_given_back(page: Page) -> None:
    command(page, "Keyboard shortcuts")
    page.get_by_role("searchbox", name="Search commands").fill("form view")
    page.get_by_role("button", name="Change the keys of Form view").click()
    page.keyboard.press("Control+Alt+y")
    expect(page.get_by_role("button", name="Change the keys of Form view")).to_have_text("Ctrl+Alt+Y")
    page.keyboard.press("Escape")
    page.locator(".status").click(position={"x": 300, "y": 8})
    page.keyboard.press("Control+Alt+y")
    expect(page.get_by_role("form", name="Form of the workflow")).to_be_visible()


def test_every_text_is_chinese_when_that_is_chosen(page: Page) -> None:
    command(page, "Settings")
    page.get_by_role("dialog").get_by_label("Language").select_option("zh")
    expect(page.get_by_role("dialog")).to_contain_text("设置")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="图库")).to_be_visible()
    assert page.evaluate("() => document.documentElement.lang") == "zh-CN"


def test_nothing_is_asked_of_other_hosts_and_the_policy_allows_no_inline_script(page: Page, address: str) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    answer = page.goto(address)
    page.wait_for_selector(".card")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert ("'unsafe-inline'" in scripts, "'unsafe-eval'" in scripts) == (False, False)
    assert hosts == {address.split("/")[2]}


PACK = "NODE_CLASS_MAPPINGS = {}\nWEB_DIRECTORY = './web'\n"
GOOD = """export const easel = { version: 1, name: "Greeter", setup(editor) {
  editor.addCommand("Say hello", () => editor.notify(`hello, ${editor.readWorkflow().nodes.length} nodes`)); } };"""
BROKEN = """export const easel = { version: 1, name: "Bad", setup() { throw new Error("it fell over"); } };"""
FOREIGN = """import { app } from "../../scripts/app.js"; app.registerExtension({ name: "x" });"""


@pytest.fixture
def with_packs(tmp_path: Path) -> Iterator[Served]:
    """A server with three packs: a good one, a broken one, and one for another editor."""
    for name, script in (("good", GOOD), ("broken", BROKEN), ("foreign", FOREIGN)):
        folder = tmp_path / "custom_nodes" / name
        (folder / "web").mkdir(parents=True)
        (folder / "__init__.py").write_text(PACK)
        (folder / "web" / "index.js").write_text(script)
    served = Served(tmp_path, "--base-directory", str(tmp_path))
    yield served
    served.end()


def test_a_broken_extension_is_named_and_the_others_work(browser: Browser, with_packs: Served) -> None:
    page = browser.new_page(viewport={"width": 1500, "height": 900})
    page.goto(with_packs.address)
    expect(page.locator(".notice.is-error")).to_contain_text("broken failed: it fell over", timeout=20_000)
    expect(page.locator(".card").first).to_be_visible()
    command(page, "Settings")
    page.get_by_role("tab", name="Extensions").click()
    expect(page.locator(".extension")).to_have_count(3)
    expect(page.locator(".extension").filter(has_text="foreign")).to_contain_text("for another editor")
    page.keyboard.press("Escape")
    command(page, "Say hello")
    expect(page.locator(".notice").filter(has_text="hello, 8 nodes")).to_be_visible()
    page.goto(f"{with_packs.address}/?safe=1")
    expect(page.locator(".notice")).to_contain_text("Safe mode")
    page.close()


def test_notes_show_markdown_without_running_what_is_in_it(page: Page) -> None:
    from tests.e2e.test_running import drop_file, node

    text = "# Title\n\n**bold** <img src=x onerror='window.hit=1'> [bad](javascript:window.hit=1) [good](https://example.org)"
    drop_file(
        page,
        {
            "version": 0.4,
            "last_node_id": 1,
            "last_link_id": 0,
            "links": [],
            "nodes": [node(1, "MarkdownNote", [text], {})],
        },
    )
    note = page.locator(".note")
    expect(note.locator("strong")).to_have_text("bold")
    expect(note.get_by_role("link")).to_have_count(1)
    assert page.evaluate("() => window.hit") is None
    assert card(page, "MarkdownNote").count() == 1
