"""Everyone: the keyboard alone, phones, themes, languages, shortcuts, screen readers, extensions, and safety."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import clean
from tests.e2e.drawing import card, command, head, quiet, undo, until
from tests.e2e.opening import open_file
from tests.e2e.test_keeping import Served
from tests.e2e.test_running import count_runs, node, open_panel, run_to_the_end, set_number

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

pytestmark = pytest.mark.slow

PHONE: Any = {"width": 390, "height": 844}


def serious(page: Page) -> list[str]:
    """What axe finds on the page that is serious or worse: rule, and where first."""
    quiet(page)
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {place['html'][:140]} {place['failureSummary'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for place in rule["nodes"][:2]
    ]


LEFT = ("Nodes", "Outline", "Templates", "Saved workflows", "Gallery", "Versions")
BOTTOM = ("Queue", "Problems", "History")
DIALOGS = ("Settings", "Keyboard shortcuts", "All commands", "All open workflows")


def findings(page: Page) -> dict[str, list[str]]:
    """What axe finds, by screen: the canvas with each panel and dialog."""
    found = {"Canvas": serious(page)}
    for name in LEFT:
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
        found[name] = serious(page)
    page.get_by_role("button", name=LEFT[-1], exact=True).click()
    for name in BOTTOM:
        open_panel(page, name)
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
        found[name] = serious(page)
    page.get_by_role("button", name="Close the panel").click()
    for name in DIALOGS:
        command(page, name)
        expect(page.get_by_role("dialog")).to_be_visible()
        found[name] = serious(page)
        page.keyboard.press("Escape")
    return {name: these for name, these in found.items() if these}


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_no_screen_has_serious_findings_of_axe(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    set_number(page, "KSampler", "steps", "2")
    run_to_the_end(page)
    assert findings(page) == {}
    page.mouse.click(*head(page, "KSampler"))
    expect(page.locator(".inspector h2")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Gallery", exact=True).click()
    page.locator(".gallery-tile > button:first-child").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    command(page, "Form view")
    expect(page.get_by_role("form", name="Form of the workflow")).to_be_visible()
    assert serious(page) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_on_a_phone_no_screen_has_serious_findings_and_none_is_wider_than_it(
    browser: Browser, address: str, scheme: Any
) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme=scheme)
    clean(address)
    phone = context.new_page()
    phone.goto(address)
    expect(phone.get_by_role("form", name="Form of the workflow")).to_be_visible()
    assert serious(phone) == []
    command(phone, "Form view")
    expect(phone.locator(".react-flow__pane")).to_be_visible()
    assert findings(phone) == {}
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until that has the focus."""
    for _ in range(100):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


def test_the_keyboard_alone_builds_and_runs_a_graph(page: Page) -> None:
    page.keyboard.press("Alt+n")
    command(page, "Outline")
    expect(page.get_by_role("button", name="Add a node", exact=True)).to_be_visible()
    for name in ("EmptyImage", "Save Image"):
        tab_to(page, page.get_by_role("button", name="Add a node", exact=True))
        page.keyboard.press("Enter")
        page.keyboard.type(name)
        expect(page.get_by_role("option").first).to_be_visible()
        page.keyboard.press("Enter")
    items = page.get_by_role("treeitem")
    expect(items).to_have_count(2)
    tab_to(page, items.first)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    source = page.get_by_label("Where images comes from")
    tab_to(page, source)
    page.keyboard.press("ArrowDown")
    expect(source).not_to_have_value("")
    before = count_runs(page)
    run_to_the_end(page)
    assert count_runs(page) == before + 1
    page.keyboard.down("Shift")
    tab_to(page, items.nth(1))
    page.keyboard.up("Shift")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")
    expect(items).to_have_count(1)


def test_f6_leads_through_all_areas_and_tab_goes_on_from_there(page: Page) -> None:
    areas = []
    for _ in range(5):
        page.keyboard.press("F6")
        areas.append(
            page.evaluate("() => document.activeElement.closest('.top, .rail, .centre, .right, .status').className")
        )
    assert areas == ["top", "rail", "centre", "status", "top"]
    page.keyboard.press("Tab")
    expect(page.locator(".pick")).to_have_count(0)
    assert page.evaluate("() => document.activeElement.closest('.top') !== null")


def test_a_phone_starts_with_the_form_and_paints(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    clean(address)
    phone = context.new_page()
    phone.goto(address)
    form = phone.get_by_role("form", name="Form of the workflow")
    expect(form).to_be_visible()
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    control = form.get_by_label("After each run")
    wide = control.evaluate("select => select.offsetWidth")
    wanted = control.evaluate("select => { select.style.width = 'max-content'; return select.offsetWidth }")
    assert wide >= wanted
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
    page.mouse.dblclick(600, 130)
    page.get_by_role("combobox").fill("K采样器")
    expect(page.get_by_role("option").first).to_contain_text("KSampler")


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
  editor.addCommand("Say hello", () => editor.notify(`hello, ${editor.readWorkflow().nodes.length} nodes`));
  editor.addWidget("KSampler", "steps", (element, { value, setValue }) => {
    const button = document.createElement("button");
    const update = (steps) => { button.textContent = `${steps} steps`; button.onclick = () => setValue(steps + 1); };
    element.append(button);
    update(value);
    return { update };
  });
} };"""
BROKEN = """export const easel = { version: 1, name: "Bad", setup() { throw new Error("it fell over"); } };"""
LAME = """export const easel = { version: 1, name: "Lame", setup(editor) {
  editor.addCommand("Stumble", () => { throw new Error("over a stone"); });
  editor.addWidget("KSampler", "cfg", () => { throw new Error("no legs"); }); } };"""
FOREIGN = """import { app } from "../../scripts/app.js"; app.registerExtension({ name: "x" });"""


@pytest.fixture
def with_packs(tmp_path: Path) -> Iterator[Served]:
    """A server with four packs: a good one, one broken at once and one later, and one for another editor."""
    for name, script in (("good", GOOD), ("broken", BROKEN), ("lame", LAME), ("foreign", FOREIGN)):
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
    notices = page.locator(".notice.is-error")
    expect(notices.filter(has_text="broken failed: it fell over")).to_be_visible()
    expect(notices.filter(has_text="Lame failed: no legs")).to_be_visible()
    sampler = card(page, "KSampler")
    expect(sampler.get_by_role("spinbutton", name="cfg")).to_be_visible()
    steps = sampler.get_by_role("button", name="20 steps")
    steps.click()
    expect(sampler.get_by_role("button", name="21 steps")).to_be_visible()
    undo(page)
    expect(steps).to_be_visible()
    command(page, "Stumble")
    expect(notices.filter(has_text="Lame failed: over a stone")).to_be_visible()
    command(page, "Say hello")
    expect(page.locator(".notice").filter(has_text="hello, 8 nodes")).to_be_visible()
    page.close()


def test_extensions_are_listed_switched_off_and_left_out_in_safe_mode(browser: Browser, with_packs: Served) -> None:
    page = browser.new_page(viewport={"width": 1500, "height": 900})
    page.goto(with_packs.address)
    expect(card(page, "KSampler").get_by_role("button", name="20 steps")).to_be_visible()
    command(page, "Settings")
    page.get_by_role("tab", name="Extensions").click()
    listed = page.locator(".extension")
    expect(listed).to_have_count(4)
    expect(listed.filter(has_text="foreign")).to_contain_text("for another editor")
    page.get_by_role("checkbox", name="Load Greeter").uncheck()
    page.reload()
    expect(page.locator(".notice").filter(has_text="Lame failed")).to_be_visible()
    expect(card(page, "KSampler").get_by_role("spinbutton", name="steps")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{with_packs.address}/?safe=1")
    expect(page.locator(".notice")).to_contain_text("Safe mode")
    expect(card(page, "KSampler").get_by_role("spinbutton", name="cfg")).to_be_visible()
    quiet(page)
    assert not any("index.js" in url and "/extensions/" in url for url in asked)
    page.close()


HIT = "<img src=x onerror='window.hit=1'><script>window.hit=1</script>"


def test_notes_show_markdown_without_running_what_is_in_it(page: Page) -> None:
    text = f"# Title\n\n**bold** {HIT} [bad](javascript:window.hit=1) [worse](data:text/html,x) [good](https://example.org)"
    open_file(page, "note.json", workflow([node(1, "MarkdownNote", [text], {})]))
    note = page.locator(".note")
    expect(note.locator("strong")).to_have_text("bold")
    expect(note.get_by_role("link")).to_have_count(1)
    expect(note.locator("img, script")).to_have_count(0)
    assert page.evaluate("() => window.hit") is None
    assert card(page, "MarkdownNote").count() == 1


def test_a_long_note_scrolls_inside_itself(page: Page) -> None:
    open_file(page, "note.json", workflow([node(1, "MarkdownNote", ["\n\n".join(["A line"] * 60)], {})]))
    note = card(page, "MarkdownNote")
    assert note.evaluate("node => node.offsetHeight") < 400
    text = note.get_by_role("group")
    text.focus()
    page.keyboard.press("End")
    until(page, lambda: text.evaluate("text => text.scrollTop"), lambda top: top > 300)


def workflow(nodes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"version": 0.4, "last_node_id": len(nodes), "last_link_id": 0, "links": [], "nodes": nodes, **more}


def test_nothing_that_a_workflow_names_is_run_or_fetched(page: Page, address: str) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    paint = "url(https://example.org/spy.png)"
    model = {"name": f"{HIT}.safetensors", "url": "javascript:window.hit=1", "directory": HIT}
    nodes = [
        {
            **node(1, f"No{HIT}", [], {"cnr_id": HIT}),
            "title": HIT,
            "color": paint,
            "bgcolor": f"red;background:{paint}",
        },
        {**node(2, "CheckpointLoaderSimple", [model["name"]], {"models": [model]}), "title": HIT},
        {**node(3, "EmptyImage", [16, 16, 1, 0], {}), "title": HIT},
        node(4, "CLIPTextEncode", [HIT], {}),
    ]
    groups = [{"id": 1, "title": HIT, "bounding": [0, 0, 300, 300], "color": paint}]
    open_file(page, f"{HIT.replace('/', '')}.json", workflow(nodes, groups=groups))
    expect(page.locator(".card")).to_have_count(4)
    open_panel(page, "Problems")
    expect(page.locator(".missing-row")).to_have_count(2)
    page.get_by_role("button", name="Outline", exact=True).click()
    expect(page.get_by_role("treeitem")).to_have_count(4)
    page.keyboard.press("Alt+t")
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("Escape")
    quiet(page)
    assert page.locator("a[href^=javascript], img[src=x], #root script").count() == 0
    assert page.evaluate("() => window.hit") is None
    assert hosts <= {address.split("/")[2]}


def test_words_in_a_picture_and_its_name_are_shown_as_they_are(page: Page, base: Path) -> None:
    file = io.BytesIO()
    about = PngInfo()
    prompt = {"1": {"class_type": "CLIPTextEncode", "inputs": {"text": HIT}, "_meta": {"title": HIT}}}
    about.add_text("prompt", json.dumps(prompt))
    about.add_text("workflow", json.dumps(workflow([{**node(1, "CLIPTextEncode", [HIT], {}), "title": HIT}])))
    Image.new("RGB", (32, 32), "teal").save(file, "PNG", pnginfo=about)
    name = f"<img src=x onerror=hit()> {time.time_ns()}.png"
    (base / "output" / name).write_bytes(file.getvalue())
    page.get_by_role("button", name="Gallery", exact=True).click()
    page.locator(".gallery-tile > button:first-child").first.click()
    expect(page.get_by_role("dialog")).to_contain_text(name)
    expect(page.get_by_role("dialog")).to_contain_text("onerror='window.hit=1'")
    page.get_by_role("button", name="Open its workflow").click()
    expect(page.locator(".card")).to_have_count(1)
    quiet(page)
    assert page.locator("img[src=x], #root script").count() == 0
    assert page.evaluate("() => window.hit") is None
