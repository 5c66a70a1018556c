"""Seeing: the gallery of all outputs, one of them large, two of them compared."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.drawing import card
from tests.e2e.test_running import run_to_the_end, set_number

pytestmark = pytest.mark.slow


def open_gallery(page: Page) -> None:
    page.get_by_role("button", name="Gallery", exact=True).click()
    expect(page.locator(".gallery-tile").first).to_be_visible(timeout=10_000)


@pytest.fixture
def painted(page: Page) -> Page:
    """The editor after two runs of two steps, with one picture each, of different seeds."""
    set_number(page, "Empty Latent Image", "batch_size", "1")
    set_number(page, "KSampler", "steps", "2")
    for _ in range(2):
        run_to_the_end(page)
    open_gallery(page)
    return page


def test_new_pictures_come_first_and_are_found_by_their_prompt(painted: Page) -> None:
    tiles = painted.locator(".gallery-tile")
    assert tiles.count() >= 2
    painted.get_by_role("searchbox", name="Search names and prompts").fill("apple")
    expect(tiles.first).to_be_visible()
    painted.get_by_role("searchbox", name="Search names and prompts").fill("zeppelin")
    expect(tiles).to_have_count(0)
    expect(painted.locator(".side-panel")).to_contain_text("Nothing fits.")


def test_a_star_is_kept_over_a_reload(painted: Page) -> None:
    painted.locator(".tile-star").first.click()
    painted.reload()
    painted.get_by_role("button", name="★ Starred").click()
    expect(painted.locator(".gallery-tile")).to_have_count(1)
    painted.locator(".tile-star").first.click()


def test_a_picture_says_what_made_it_and_opens_its_workflow(painted: Page) -> None:
    painted.locator(".gallery-tile > button:first-child").first.click()
    expect(painted.get_by_role("row", name="KSampler · steps 2")).to_be_visible()
    tabs = painted.get_by_role("tablist", name="Open workflows").get_by_role("tab")
    painted.get_by_role("button", name="Open its workflow").click()
    expect(tabs).to_have_count(2)
    expect(card(painted, "KSampler").get_by_role("spinbutton", name="steps")).to_have_attribute("aria-valuenow", "2")


def test_a_deleted_picture_leaves_the_gallery(painted: Page) -> None:
    tiles = painted.locator(".gallery-tile")
    count = tiles.count()
    painted.locator(".gallery-tile > button:first-child").first.click()
    painted.get_by_role("button", name="Delete", exact=True).click()
    painted.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(tiles).to_have_count(count - 1)


def test_a_picture_on_a_node_is_seen_large_and_copied(painted: Page) -> None:
    node = card(painted, "Save Image")
    node.locator(".picture-place").hover()
    node.get_by_role("button", name="Show large: Picture 1 of 1 of Save Image").click()
    large = painted.get_by_role("dialog")
    expect(large.locator("h2")).to_have_text("Save Image · 1 / 1")
    shown = large.locator("img").bounding_box()
    assert shown is not None
    assert shown["height"] > 500
    large.get_by_role("button", name="Copy").click()
    expect(painted.locator(".notice")).to_contain_text("Copied.")
    kinds = painted.evaluate("() => navigator.clipboard.read().then((items) => items.flatMap(({ types }) => types))")
    assert "image/png" in kinds
    painted.keyboard.press("Escape")
    expect(large).to_have_count(0)


def test_two_pictures_are_compared_and_a_parameter_is_taken_over(painted: Page) -> None:
    for box in painted.locator(".tile-choice").all()[:2]:
        box.check()
    painted.get_by_role("button", name="Compare (2 of 2)").click()
    row = painted.locator(".parameters tr").filter(has_text="KSampler · seed")
    expect(row).to_be_visible()
    for mode in ("Side by side", "Difference", "Slider"):
        painted.get_by_role("radio", name=mode).click()
        expect(painted.locator(".compare-view img")).to_have_count(2)
    wanted = row.locator("td").nth(1).inner_text()
    row.locator("td").nth(1).get_by_role("button").click()
    painted.keyboard.press("Escape")
    expect(card(painted, "KSampler").get_by_role("spinbutton", name="seed")).to_have_attribute("aria-valuenow", wanted)
