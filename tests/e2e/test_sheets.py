"""Widgets that are drawn on: painter, boxes, the part that is cut out, the tone curve, and two pictures compared."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.drawing import card, drag, rest, undo
from tests.e2e.opening import open_graph, run

pytestmark = pytest.mark.slow


def at(sheet: Locator, x: float, y: float) -> tuple[float, float]:
    """A place on a sheet, from shares of its sides."""
    box = sheet.bounding_box()
    assert box is not None
    return box["x"] + box["width"] * x, box["y"] + box["height"] * y


def fit(page: Page) -> None:
    """Bring the whole graph into view: sheets are higher than the rows of other nodes."""
    page.mouse.click(700, 840)
    page.keyboard.press("f")
    rest(page)


def shown(page: Page, address: str, file: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(page.request.get(f"{address}/api/view", params=file).body())).convert("RGB")


def test_what_is_painted_comes_out_of_the_node_and_can_be_painted_on(page: Page, address: str) -> None:
    canvas = {"mask": "", "width": 256, "height": 256, "bg_color": "#000000"}
    open_graph(page, n1=("Painter", canvas), n2=("PreviewImage", {"images": ("1", 0)}))
    node = card(page, "Painter")
    node.get_by_role("button", name="Paint", exact=True).last.click()
    sheet = page.locator(".mask-sheet canvas")
    page.get_by_role("button", name="#4363d8").click()
    drag(page, at(sheet, 0.25, 0.5), at(sheet, 0.75, 0.5))
    drag(page, at(sheet, 0.5, 0.2), at(sheet, 0.5, 0.8))
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="Keep the painting").click()
    expect(node.get_by_alt_text("What is painted")).to_be_visible()
    first = shown(page, address, run(page, address)["2"]["images"][0])
    assert [first.getpixel(place) for place in ((128, 128), (128, 40))] == [(67, 99, 216), (0, 0, 0)]
    node.get_by_role("button", name="Paint", exact=True).last.click()
    page.get_by_role("button", name="#ffffff").click()
    drag(page, at(sheet, 0.5, 0.1), at(sheet, 0.5, 0.3))
    page.get_by_role("button", name="Keep the painting").click()
    expect(page.locator(".mask-dialog")).to_have_count(0)
    second = shown(page, address, run(page, address)["2"]["images"][0])
    assert [second.getpixel(place) for place in ((70, 128), (128, 40))] == [(67, 99, 216), (255, 255, 255)]


def test_boxes_are_drawn_named_moved_by_keys_deleted_and_undone(page: Page, address: str) -> None:
    canvas = {"width": 1024, "height": 512, "editor_state": {"__value__": []}}
    open_graph(page, n1=("CreateBoundingBoxes", canvas), n2=("PreviewAny", {"source": ("1", 1)}))
    node = card(page, "Create Bounding Boxes")
    fit(page)
    sheet = node.locator(".box-sheet")
    drag(page, at(sheet, 0.25, 0.25), at(sheet, 0.5, 0.75))
    drag(page, at(sheet, 0.6, 0.1), at(sheet, 0.9, 0.3))
    expect(node.locator(".drawn-box")).to_have_count(2)
    node.get_by_label("Description").fill("a fox")
    expect(node.locator(".drawn-box").nth(1)).to_contain_text("2 a fox")
    page.keyboard.press("Tab")
    node.locator(".drawn-box").nth(1).focus()
    page.keyboard.press("Delete")
    expect(node.locator(".drawn-box")).to_have_count(1)
    undo(page)
    expect(node.locator(".drawn-box")).to_have_count(2)
    node.locator(".drawn-box").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    boxes = json.loads(run(page, address)["2"]["text"][0])
    first = boxes[0]
    assert abs(first["x"] - 257) <= 4
    assert abs(first["height"] - 257) <= 6
    assert len(boxes) == 2


def test_the_part_to_cut_out_is_drawn_on_the_picture(page: Page, address: str) -> None:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((400, 200)).save(file, "PNG")
    upload = FilePayload(name="crop-me.png", mimeType="image/png", buffer=file.getvalue())
    name = page.request.post(f"{address}/api/upload/image", multipart={"image": upload}).json()["name"]
    region = {"x": 0, "y": 0, "width": 400, "height": 200}
    crop = ("ImageCropV2", {"image": ("1", 0), "crop_region": region})
    open_graph(page, n1=("LoadImage", {"image": name}), n2=crop, n3=("PreviewImage", {"images": ("2", 0)}))
    fit(page)
    sheet = page.locator(".box-sheet")
    drag(page, at(sheet, 0.99, 0.98), at(sheet, 0.5, 0.5))
    drag(page, at(sheet, 0.25, 0.25), at(sheet, 0.5, 0.5))
    assert shown(page, address, run(page, address)["3"]["images"][0]).size == pytest.approx((200, 100), abs=6)


def test_a_curve_gets_a_point_that_is_dragged_and_taken_away(page: Page, address: str) -> None:
    open_graph(page, n1=("CurveEditor", {}), n2=("PreviewAny", {"source": ("1", 0)}))
    node = card(page, "Curve Editor")
    fit(page)
    sheet = node.locator("svg")
    drag(page, at(sheet, 0.5, 0.5), at(sheet, 0.4, 0.2))
    expect(node.locator("circle")).to_have_count(3)
    points = json.loads(run(page, address)["2"]["text"][0])["points"]
    assert points[1] == pytest.approx([0.4, 0.8], abs=0.03)
    node.locator("circle").nth(1).focus()
    page.keyboard.press("Delete")
    expect(node.locator("circle")).to_have_count(2)


def test_a_curve_shows_the_histogram_that_comes_into_its_node(page: Page, address: str) -> None:
    open_graph(
        page,
        n1=("EmptyImage", {"width": 64, "height": 64, "batch_size": 1, "color": 0x404040}),
        n2=("ImageHistogram", {"image": ("1", 0)}),
        n3=("CurveEditor", {"histogram": ("2", 0)}),
        n4=("PreviewAny", {"source": ("3", 0)}),
    )
    fit(page)
    behind = card(page, "Curve Editor").locator(".curve-histogram")
    expect(behind).to_have_count(0)
    run(page, address)
    expect(behind).to_have_count(1)
    assert "L50.390625 0L" in (behind.get_attribute("d") or ""), "the peak lies at level 64"


def test_two_pictures_are_compared_on_the_node(page: Page, address: str) -> None:
    def plain(color: int) -> tuple[str, dict[str, int]]:
        return "EmptyImage", {"width": 64, "height": 64, "batch_size": 1, "color": color}

    open_graph(
        page,
        n1=plain(0xFF0000),
        n2=plain(0x0000FF),
        n3=("ImageCompare", {"image_a": ("1", 0), "image_b": ("2", 0)}),
    )
    run(page, address)
    node = card(page, "Compare Images")
    expect(node.locator("img")).to_have_count(2)
    slider = node.get_by_role("slider")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(node.locator("img").nth(1)).to_have_attribute("style", "clip-path: inset(0px 0px 0px 60%);")
