"""Boxes on a canvas, in pixels and in thousandths."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from graph.errors import UserError
from nodes import bounding_boxes, json_text, logic
from nodes.bounding_boxes import create_boxes
from tests.nodes.bench import Bench

DRAWN = [
    {"x": 102.4, "y": 0, "width": 512, "height": 256,
     "metadata": {"type": "obj", "text": "", "desc": "a fox", "palette": ["#ff8800"]}},
    {"x": 0, "y": 256, "width": 1024, "height": 256,
     "metadata": {"type": "text", "text": "HELLO", "desc": "big", "palette": []}},
]  # fmt: skip
ELEMENTS = [
    {"type": "obj", "bbox": [0, 100, 500, 600], "desc": "a fox", "color_palette": ["#ff8800"]},
    {"type": "text", "bbox": [500, 0, 1000, 1000], "text": "HELLO", "desc": "big"},
]
PIXELS = [{"x": 102, "y": 0, "width": 512, "height": 256}, {"x": 0, "y": 256, "width": 1024, "height": 256}]


def test_drawn_boxes_come_in_pixels_and_as_elements_in_thousandths() -> None:
    layout = create_boxes(width=1024, height=512, editor_state=DRAWN)
    assert (layout.bboxes, layout.elements) == (PIXELS, ELEMENTS)


@pytest.mark.parametrize("given", [ELEMENTS, json.dumps(ELEMENTS), json.dumps({"elements": ELEMENTS})])
def test_elements_are_taken_where_nothing_is_drawn(given: Any) -> None:
    layout = create_boxes(width=1024, height=512, editor_state=[], bboxes=given)
    assert (layout.bboxes, layout.elements) == (PIXELS, ELEMENTS)


def test_what_is_drawn_stays_until_another_value_comes_in() -> None:
    other = [{"x": 1, "y": 2, "width": 3, "height": 4}]
    kept = create_boxes(width=1024, height=512, editor_state=DRAWN, bboxes=other, last_incoming=other)
    replaced = create_boxes(width=1024, height=512, editor_state=DRAWN, bboxes=other, last_incoming=PIXELS)
    assert (kept.bboxes, replaced.bboxes) == (PIXELS, other)


def test_the_preview_shows_the_boxes_over_the_background() -> None:
    background = torch.full((1, 32, 64, 3), 0.5)
    preview = create_boxes(width=128, height=64, editor_state=[{"x": 16, "y": 8, "width": 64, "height": 48}],
                           background=background).preview  # fmt: skip
    assert preview.shape == (1, 64, 128, 3)
    red = torch.tensor([0xE6, 0x19, 0x4B]) / 255
    torch.testing.assert_close(preview[0, 30, 16], red)
    torch.testing.assert_close(preview[0, 30, 100], torch.full((3,), 127 / 255))


@pytest.mark.parametrize("boxes", ["no json", 7, ["a"], [{"x": 1}], [{"x": "a", "y": 1, "width": 1, "height": 1}]])
def test_what_is_no_box_is_refused(boxes: Any) -> None:
    with pytest.raises(UserError):
        create_boxes(width=64, height=64, editor_state=boxes)


def test_a_palette_of_no_colours_is_refused() -> None:
    box = {"x": 0, "y": 0, "width": 32, "height": 32, "metadata": {"palette": ["reddish"]}}
    with pytest.raises(UserError, match="'reddish' is no colour"):
        create_boxes(width=64, height=64, editor_state=[box])


def test_boxes_go_through_the_engine_as_constants_of_the_editor() -> None:
    bench = Bench(bounding_boxes, json_text, logic)
    canvas = {"width": 1024, "height": 512, "editor_state": {"__value__": DRAWN}}
    calls: dict[str, Any] = {
        "draw": ("CreateBoundingBoxes", canvas),
        "json": ("ConvertArrayToString", {"array": ["draw", 2], "indent": 0}),
        "show": ("PreviewAny", {"source": ["json", 0]}),
    }
    assert bench.problems(**calls) == []
    assert json.loads(bench.run(**calls).shown["show"]["text"][0]) == ELEMENTS


def test_a_single_box_is_a_value_too() -> None:
    assert bounding_boxes.bounding_box(x=1, y=2, width=3, height=4) == {"x": 1, "y": 2, "width": 3, "height": 4}
