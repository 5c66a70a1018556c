"""Running: what a run would do, what it says, the queue and the history."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import serving
from tests.e2e.drawing import card, head, until

pytestmark = pytest.mark.slow

CACHED = ".badge.is-cached"


def set_number(page: Page, title: str, label: str, value: str) -> None:
    """Type a number into a widget of a node."""
    field = card(page, title).get_by_label(label, exact=True).first
    field.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(value)
    page.keyboard.press("Enter")


def make_quick(page: Page) -> None:
    """Let the example paint one picture in two steps, from a seed of which no result is kept."""
    for title, label, value in (("Empty Latent Image", "batch_size", 1), ("KSampler", "steps", 2)):
        set_number(page, title, label, str(value))
    set_number(page, "KSampler", "seed", str(time.time_ns() // 1000 % 2**50))  # larger ones become the largest


def count_runs(page: Page) -> int:
    """How many runs have ended."""
    return int(
        page.evaluate("() => fetch('/history').then((answer) => answer.json()).then((all) => Object.keys(all).length)")
    )


def run_to_the_end(page: Page, key: str = "Control+Enter") -> None:
    """Run, and wait until the server and the page know that it is over."""
    before = count_runs(page)
    page.keyboard.press(key)
    until(page, lambda: count_runs(page), lambda count: count > before, timeout_s=90)
    expect(page.locator(".run-state")).to_contain_text(" s")


def open_panel(page: Page, name: str) -> None:
    """One of the panels at the bottom."""
    page.locator(".status button").first.click()
    page.get_by_role("tab", name=name, exact=True).click()


def node(number: int, node_type: str, values: list[Any], properties: dict[str, Any]) -> dict[str, Any]:
    """A node of a workflow file."""
    place = {"pos": [0, 200 * number], "size": [200, 100], "mode": 0, "flags": {}, "inputs": [], "outputs": []}
    return {"id": number, "type": node_type, **place, "properties": properties, "widgets_values": values}


def drop_file(page: Page, workflow: dict[str, Any]) -> None:
    """Drop a workflow file on the page."""
    page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.items.add(new File([text], "odd.json", { type: "application/json" }));
          document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
        }""",
        json.dumps(workflow),
    )


def test_before_a_run_stale_nodes_are_outlined_and_after_it_known_ones_are_ticked(page: Page) -> None:
    make_quick(page)
    expect(card(page, "KSampler").locator(".card.is-stale")).to_be_visible(timeout=15_000)
    run_to_the_end(page)
    expect(card(page, "Prompt").locator(CACHED)).to_be_visible()
    expect(card(page, "KSampler").locator(".badge.is-stale")).to_have_attribute(
        "title", "Will run: No result is kept for these values."
    )


def test_a_problem_is_listed_before_the_run_and_leads_to_its_node(page: Page) -> None:
    page.mouse.click(*[card(page, "Prompt").bounding_box()[k] + 12 for k in ("x", "y")])  # type: ignore[index]
    page.keyboard.press("Delete")
    open_panel(page, "Problems")
    row = page.locator(".problem-row").filter(has_text="positive")
    expect(row).to_contain_text("KSampler")
    row.click()
    expect(card(page, "KSampler").locator(".card.is-selected")).to_be_visible()


def test_missing_types_and_files_are_listed_with_what_to_do(page: Page) -> None:
    model = {"name": "dream.safetensors", "url": "https://example.org/dream", "directory": "checkpoints"}
    nodes = [
        node(1, "NoSuchNode", [], {"cnr_id": "some-pack"}),
        node(2, "CheckpointLoaderSimple", ["dream.safetensors"], {"models": [model]}),
    ]
    drop_file(page, {"version": 0.4, "last_node_id": 2, "last_link_id": 0, "links": [], "nodes": nodes})
    open_panel(page, "Problems")
    rows = page.locator(".missing-row")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("some-pack")
    expect(rows.nth(1)).to_contain_text("models/checkpoints")
    expect(rows.nth(1).get_by_role("link")).to_have_attribute("href", "https://example.org/dream")


def test_a_pack_that_does_not_load_is_listed_with_its_reason_and_what_to_do(browser: Browser, tmp_path: Path) -> None:
    pack = tmp_path / "custom_nodes" / "lame_pack"
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text("import a_module_that_nobody_has\n")
    context = browser.new_context(viewport={"width": 1500, "height": 900})
    with serving(tmp_path, "--base-directory", str(tmp_path)) as address:
        page = context.new_page()
        page.goto(address)
        open_panel(page, "Problems")
        row = page.locator(".pack-row")
        expect(row).to_contain_text("lame_pack")
        expect(row).to_contain_text("a_module_that_nobody_has")
        expect(row).to_contain_text("take lame_pack out of custom_nodes")
        expect(page.locator(".status")).to_contain_text("Problems:")
    context.close()


def test_what_is_wrong_with_an_input_is_said_in_the_servers_sentence(page: Page) -> None:
    page.mouse.click(*[card(page, "Prompt").bounding_box()[k] + 12 for k in ("x", "y")])  # type: ignore[index]
    page.keyboard.press("Delete")
    sentence = "positive is not linked. Link an output that gives CONDITIONING to it."
    expect(card(page, "KSampler").locator(".card-problem")).to_have_text(sentence)


def test_an_input_behind_a_muted_or_bypassed_node_says_which_one_it_is(page: Page) -> None:
    page.mouse.click(*head(page, "VAE Decode"))
    told = card(page, "Save Image").locator(".card-problem")
    page.keyboard.press("Control+m")
    expect(told).to_have_text("images gets nothing: VAE Decode is muted. Switch it on again, or link something else.")
    page.keyboard.press("Control+b")
    expect(told).to_contain_text("VAE Decode is bypassed")
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(300)
    expect(told).to_have_count(1)
    page.keyboard.press("Control+b")
    expect(told).to_have_count(0)


def test_nodes_tell_what_they_took_in_time_and_memory(page: Page) -> None:
    set_number(page, "Empty Latent Image", "width", "136")
    run_to_the_end(page)
    badges = card(page, "KSampler").locator(".badge")
    expect(badges.first).to_have_text(re.compile(r"^[\d.]+ s$"))
    if sys.platform == "linux":
        expect(badges.nth(1)).to_have_text(re.compile(r"^\d+ MB$"))


def test_a_run_to_a_node_that_is_no_output_shows_on_it_what_it_gives(page: Page) -> None:
    sampler = card(page, "KSampler")
    set_number(page, "Empty Latent Image", "batch_size", "1")
    set_number(page, "KSampler", "steps", "3")
    play = sampler.get_by_role("button", name="Run to here")
    sampler.hover()
    play.hover()
    aside = page.locator(".card.is-aside .card-title")
    assert sorted(aside.all_inner_texts()) == ["Save Image", "Try this", "VAE Decode"]
    play.click()
    expect(sampler.locator("img.picture:not(.is-preview)")).to_be_visible(timeout=90_000)
    expect(aside).to_have_count(0)
    assert card(page, "Save Image").locator("img").count() == 0
    # The whole run takes the latent from the cache; the picture of the node stays with it.
    with page.expect_response("**/api/plan"):
        page.get_by_role("button", name="Keep the seed of the last run").click()
    run_to_the_end(page)
    expect(card(page, "Save Image").locator("img.picture")).to_be_visible(timeout=90_000)
    expect(sampler.locator("img.picture")).to_be_visible()
    set_number(page, "KSampler", "steps", "2")
    run_to_the_end(page)
    expect(sampler.locator("img.picture")).to_have_count(0)


def test_the_inspector_says_what_the_last_run_took_and_what_the_next_would_do(page: Page) -> None:
    sides = page.locator("aside.right")
    page.mouse.click(*[card(page, "Negative prompt").bounding_box()[k] + 12 for k in ("x", "y")])  # type: ignore[index]
    run_to_the_end(page)
    expect(sides.locator("h2")).to_have_text("Negative prompt")
    expect(sides.locator(".facts")).to_contain_text("Next run")


def test_the_queue_shows_moves_and_cancels_what_waits(page: Page) -> None:
    open_panel(page, "Queue")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_visible()
    for text in ("first", "second"):
        page.evaluate(
            """text => fetch("/prompt", { method: "POST", body: JSON.stringify({ prompt: {
                 1: { class_type: "EmptyImage", inputs: { width: 16, height: 16, batch_size: 1, color: 0 } },
                 2: { class_type: "SaveImage", inputs: { images: ["1", 0], filename_prefix: "q" } },
                 3: { class_type: "CLIPTextEncode", inputs: { text } } } }) })""",
            text,
        )
    labels = page.locator(".job .job-label")
    expect(labels).to_have_text(["first", "second"])
    page.get_by_role("button", name="Earlier: second").click()
    expect(labels).to_have_text(["second", "first"])
    page.get_by_role("button", name="Cancel: second").click()
    expect(labels).to_have_text(["first"])
    page.get_by_role("button", name="Cancel all that wait").click()
    expect(labels).to_have_count(0)
    page.get_by_role("button", name="Go on", exact=True).click()


def test_repeat_runs_that_often_and_the_history_opens_a_workflow_again(page: Page) -> None:
    page.get_by_role("button", name="How to run").click()
    page.get_by_label("How many times").fill("2")
    page.keyboard.press("Escape")
    make_quick(page)
    before = count_runs(page)
    run_to_the_end(page)
    open_panel(page, "History")
    done = page.locator(".job.is-done")
    expect(done).to_have_count(before + 2, timeout=90_000)
    expect(done.first.locator("img").first).to_be_visible(timeout=10_000)
    tabs = page.get_by_role("tablist", name="Open workflows").get_by_role("tab")
    count = tabs.count()
    done.first.locator(".job-label").click()
    expect(tabs).to_have_count(count + 1)
    expect(card(page, "KSampler")).to_be_visible()


def test_run_on_change_runs_after_an_edit(page: Page) -> None:
    page.get_by_role("button", name="How to run").click()
    page.get_by_label("Run after every change").check()
    page.keyboard.press("Escape")
    set_number(page, "KSampler", "steps", "2")
    expect(card(page, "Save Image").locator("img").first).to_be_visible(timeout=90_000)


def test_a_run_tells_its_share_and_what_is_left_in_the_bar_and_in_the_tabs_title(page: Page) -> None:
    set_number(page, "KSampler", "steps", "90")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".run-progress")).to_have_text(re.compile(r"^\d+ % · \d+ s left$"), timeout=90_000)
    expect(page).to_have_title(re.compile(r"^\d+ % · text-to-image · Easel$"))
    started = time.monotonic()
    page.get_by_role("button", name="Stop the run").click()
    expect(page.locator(".card.is-running")).to_have_count(0, timeout=30_000)
    expect(page).to_have_title("text-to-image · Easel")
    assert time.monotonic() - started < 20
