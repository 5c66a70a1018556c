"""Layout prompts: boxes as a table that the model reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.errors import UserError
from nodes import bounding_boxes, layout_prompts, text
from nodes.bounding_boxes import create_boxes
from nodes.layout_prompts import flux3_layout
from tests.nodes.bench import Bench

DRAWN = [
    {"x": 102.4, "y": 0, "width": 512, "height": 256, "metadata": {"type": "obj", "text": "", "desc": "a fox"}},
    {"x": 0, "y": 256, "width": 1024, "height": 256, "metadata": {"type": "text", "text": "HELLO", "desc": "big"}},
]
TABLE = (
    '[{"id":"obj_1","bbox":[0,100,500,600],"desc":"a fox"},'
    '{"id":"obj_2","bbox":[500,0,1000,1000],"desc":"the text \\"HELLO\\", big"}]'
)


def test_boxes_follow_the_prompt_as_rows_of_thousandths() -> None:
    elements = create_boxes(width=1024, height=512, editor_state=DRAWN).elements
    assert flux3_layout(prompt="A <obj_1> in snow", element=elements) == f"A <obj_1> in snow {TABLE}"
    assert flux3_layout(element=elements) == TABLE
    assert json.loads(TABLE)[0]["id"] == "obj_1"


@pytest.mark.parametrize("nothing", [None, [], ""])
def test_without_boxes_the_prompt_stays(nothing: Any) -> None:
    assert flux3_layout(prompt="a fox", element=nothing) == "a fox"


def test_edges_are_put_in_order_and_into_the_picture() -> None:
    assert '"bbox":[0,5,1000,700]' in flux3_layout(element=[{"bbox": [1200, 700, -3, 5.2], "desc": ""}])


@pytest.mark.parametrize(
    "elements", ["boxes", [1], [{"desc": "no box"}], [{"bbox": [1, 2, 3]}], [{"bbox": [1, 2, 3, "x"]}]]
)
def test_what_is_no_box_is_refused(elements: Any) -> None:
    with pytest.raises(UserError):
        flux3_layout(prompt="", element=elements)


def test_drawn_boxes_reach_the_prompt_through_the_engine() -> None:
    result = Bench(bounding_boxes, layout_prompts, text).run(
        boxes=("CreateBoundingBoxes", {"width": 1024, "height": 512, "editor_state": {"__value__": DRAWN}}),
        layout=("Flux3LayoutPrompt", {"prompt": "x", "element": ["boxes", 2]}),
    )
    assert result.failure == ""
