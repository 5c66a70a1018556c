"""Prompts with a layout: what boxes that were drawn say to models that read boxes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from graph.errors import UserError
from graph.node import Slot, node
from graph.spec import Port, Text

CATEGORY: Final = "utils"
Elements = Annotated[Any, Port("ARRAY"), "The elements of Create Bounding Boxes."]
GRID: Final = 1000  # thousandths of the picture's sides


@node("Flux3LayoutPrompt", display_name="FLUX 3 Image Layout Prompt", category=CATEGORY, needs_device=False,
      synonyms=("bounding boxes", "regions"))  # fmt: skip
def flux3_layout(
    *,
    prompt: Annotated[str, Text(multiline=True, dynamic_prompts=True), "<obj_1> is the first box."] = "",
    element: Elements = None,
) -> Annotated[str, Text(), Slot(name="prompt")]:
    """The prompt followed by a table of the boxes, as FLUX 3 Image reads it: [top, left, bottom, right] of 1000."""
    rows = [
        {"id": f"obj_{number}", "bbox": _bounds(item), "desc": _description(item)}
        for number, item in enumerate(_read(element), 1)
    ]
    if not rows:
        return prompt
    table = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return f"{prompt} {table}" if prompt else table


def _read(elements: Any) -> list[Mapping[str, Any]]:
    if elements is None or elements == "":
        return []
    if not isinstance(elements, list | tuple) or not all(isinstance(item, Mapping) for item in elements):
        raise UserError("The elements are no list of boxes. Link the elements of Create Bounding Boxes.")
    return list(elements)


def _bounds(item: Mapping[str, Any]) -> list[int]:
    try:
        bounds = [min(max(round(float(edge)), 0), GRID) for edge in item["bbox"]]
        top, left, bottom, right = bounds
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UserError(f"{str(dict(item))[:80]} has no bbox of four numbers: top, left, bottom, right.") from error
    return [min(top, bottom), min(left, right), max(top, bottom), max(left, right)]


def _description(item: Mapping[str, Any]) -> str:
    """What is to be in the box; the words of a text stand in quotes before how they look."""
    text, said = str(item.get("text") or ""), str(item.get("desc") or "")
    if item.get("type") == "text" and text:
        return f'the text "{text}"' + (f", {said}" if said else "")
    return said
