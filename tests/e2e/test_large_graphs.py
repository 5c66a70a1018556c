"""500 nodes: seen from afar on one canvas, and near by as nodes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from benchmarks.editor import make_workflow, open_workflow
from tests.e2e.drawing import card, command, rest, undo

pytestmark = pytest.mark.slow

_ELEMENTS = "document.querySelectorAll('*').length"
# How many pixels of the overview have another colour than its corner: something is drawn.
_DRAWN = """() => {
    const canvas = document.querySelector(".overview");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 0 && value !== data[0]).length;
}"""


def test_from_afar_500_nodes_are_one_canvas_and_can_be_dragged(page: Page) -> None:
    open_workflow(page, make_workflow(500), 500)
    assert page.evaluate(_ELEMENTS) < 300
    assert page.evaluate(_DRAWN) > 50_000
    box = page.locator(".react-flow").bounding_box()
    assert box is not None
    places = [(box["x"] + 60 + 7 * i, box["y"] + box["height"] / 2 + 5 * i) for i in range(20)]
    for x, y in places:
        page.mouse.click(x, y)
        if page.locator(".inspector h2").count():
            break
    expect(page.locator(".inspector h2")).to_have_text("KSampler")
    tab = page.get_by_role("tab").filter(has_text="of 500")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 25, steps=5)
    page.mouse.up()
    expect(tab).to_have_attribute("aria-label", "of 500, not saved yet")
    undo(page)
    expect(tab).to_have_attribute("aria-label", "of 500")


def test_near_by_only_what_is_in_view_is_made_of_elements(page: Page) -> None:
    open_workflow(page, make_workflow(500), 500)
    command(page, "Zoom to 100")
    expect(page.locator(".overview")).to_have_count(0)
    expect(page.locator(".card").first).to_be_visible()
    rest(page)
    assert 1 <= page.locator(".card").count() < 40
    page.keyboard.press("f")
    expect(page.locator(".overview")).to_have_count(1)
    expect(page.locator(".card")).to_have_count(0)


def test_a_small_graph_shows_its_nodes_from_as_far(page: Page) -> None:
    page.set_viewport_size({"width": 900, "height": 420})
    command(page, "Fit")
    page.keyboard.press("Escape")
    assert page.locator(".react-flow__viewport").evaluate("view => new DOMMatrix(view.style.transform).a") < 0.4
    expect(page.locator(".overview")).to_have_count(0)
    expect(card(page, "Save Image")).to_be_visible()
