"""Boxes drawn on a canvas, each with what is to be in it; and the prompts that are made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageColor, ImageDraw
from torch import Tensor

from graph.errors import UserError
from graph.node import Slot, node
from graph.spec import Int, Port
from nodes.image import SIZE_MAX
from nodes.pictures import to_pictures
from nodes.ports import IMAGE

Canvas = Annotated[int, Int(64, SIZE_MAX, step=16), "Pixels."]
Drawn = Annotated[Any, Port("BOUNDING_BOXES", widget=True)]
Pixels = Annotated[int, Int(0, SIZE_MAX)]
COLOURS: Final = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080", "#9a6324", "#808000")


_SAID: Final = {"type": "obj", "text": "", "desc": ""}


@dataclass(frozen=True)
class Box:
    """A part of the canvas in pixels, and what is to be in it. kind: obj or text."""

    x: float
    y: float
    width: float
    height: float
    kind: str = "obj"
    text: str = ""
    description: str = ""
    palette: tuple[str, ...] = ()


class Layout(NamedTuple):
    preview: IMAGE
    bboxes: Annotated[list[dict[str, int]], Port("BOUNDING_BOX"), Slot(name="bboxes")]
    elements: Annotated[list[dict[str, Any]], Port("ARRAY")]


@node("CreateBoundingBoxes", display_name="Create Bounding Boxes", category="utils", needs_device=False,
      synonyms=("layout", "regions"))  # fmt: skip
def create_boxes(
    *,
    background: IMAGE | None = None,
    bboxes: Annotated[Any, Port("BOUNDING_BOX,ARRAY,STRING"), "Boxes to start from, if none are drawn."] = None,
    width: Canvas = 1024,
    height: Canvas = 1024,
    editor_state: Annotated[Drawn, "The boxes as they are drawn, the hindmost first."],
    last_incoming: Annotated[Drawn, Slot(optional=True)] = None,
) -> Layout:
    """Boxes drawn on a canvas: as a picture, in pixels, and as elements for a prompt (y, x, y, x in thousandths)."""
    drawn = _read_boxes(editor_state, width, height)
    # The editor keeps what it last took from `bboxes`; only a new value replaces what is drawn.
    if bboxes is not None and (not drawn or (last_incoming and _plain(bboxes) != _plain(last_incoming))):
        drawn = _read_boxes(bboxes, width, height)
    return Layout(_draw(drawn, width, height, background), [_rounded(box) for box in drawn],
                  [_to_element(box, width, height) for box in drawn])  # fmt: skip


@node("PrimitiveBoundingBox", display_name="Bounding Box", category="utils/primitive", needs_device=False)
def bounding_box(
    *, x: Pixels = 0, y: Pixels = 0,
    width: Annotated[int, Int(1, SIZE_MAX)] = 512, height: Annotated[int, Int(1, SIZE_MAX)] = 512,
) -> Annotated[dict[str, int], Port("BOUNDING_BOX"), Slot(name="bounding_box")]:  # fmt: skip
    """A part of a picture: its upper left corner and its size, in pixels."""
    return {"x": x, "y": y, "width": width, "height": height}


def _read_boxes(value: Any, width: int, height: int) -> list[Box]:
    """Boxes from a list of pixel boxes, of elements, or from JSON of either. Raises UserError for anything else."""
    value = _plain(value)
    if isinstance(value, Mapping):
        value = value.get("elements", [value])
    if value in (None, ""):
        return []
    if not isinstance(value, Sequence):
        raise UserError("The bounding boxes are no list of boxes.")
    return [_read_box(item, width, height) for item in value]


def _plain(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip():
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise UserError("The bounding boxes are text, but no JSON.") from error


def _read_box(item: Any, width: int, height: int) -> Box:
    try:
        said = item.get("metadata") or item
        if "bbox" in item:
            top, left, bottom, right = (float(v) / 1000 for v in item["bbox"])
            x, y, across, down = left * width, top * height, (right - left) * width, (bottom - top) * height
        else:
            x, y, across, down = (float(item[key]) for key in ("x", "y", "width", "height"))
        palette = tuple(str(colour) for colour in said.get("palette", said.get("color_palette", ())))
        kind, text, description = (str(said.get(key, usual)) for key, usual in _SAID.items())
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{str(item)[:80]} is no bounding box; it needs x, y, width and height.") from error
    return Box(x, y, across, down, kind, text, description, palette)


def _rounded(box: Box) -> dict[str, int]:
    return {"x": round(box.x), "y": round(box.y), "width": round(box.width), "height": round(box.height)}


def _to_element(box: Box, width: int, height: int) -> dict[str, Any]:
    edges = (box.y / height, box.x / width, (box.y + box.height) / height, (box.x + box.width) / width)
    element: dict[str, Any] = {"type": box.kind, "bbox": [min(max(round(e * 1000), 0), 1000) for e in edges]}
    if box.kind == "text":
        element["text"] = box.text
    element["desc"] = box.description
    return {**element, "color_palette": list(box.palette)} if box.palette else element


def _draw(boxes: Sequence[Box], width: int, height: int, background: Tensor | None) -> Tensor:
    """The canvas ``(1, height, width, 3)`` with its boxes: numbered, with their colours and words."""
    if background is None:
        canvas = Image.new("RGB", (width, height), "#202020")
    else:
        canvas = to_pictures(background[:1])[0].convert("RGB").resize((width, height))
    pen = ImageDraw.Draw(canvas)
    for number, box in enumerate(boxes, 1):
        colour = COLOURS[(number - 1) % len(COLOURS)]
        right, bottom = box.x + max(box.width, 1), box.y + max(box.height, 1)
        pen.rectangle((box.x, box.y, right, bottom), outline=colour, width=3)
        words = f"{number} {box.text or box.description}"[: max(2, int(box.width / 7))]
        pen.text((box.x + 6, box.y + 5), words, fill="white", stroke_width=1, stroke_fill="black")
        for place, tint in enumerate(box.palette):
            swatch = (box.x + 6 + 14 * place, bottom - 18, box.x + 18 + 14 * place, bottom - 6)
            pen.rectangle(swatch, fill=_colour(tint), outline="white")
    return torch.from_numpy(np.asarray(canvas, dtype=np.float32) / 255.0)[None]


def _colour(text: str) -> Any:
    try:
        return ImageColor.getrgb(text)
    except ValueError as error:
        raise UserError(f"'{text}' is no colour. Write #RRGGBB, such as #ff8800.") from error
