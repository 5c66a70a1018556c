"""Found boxes drawn on pictures: frames with labels and scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from graph.errors import UserError
from nodes.bounding_boxes import COLOURS
from nodes.image_transform import read_box
from nodes.pictures import to_pictures

EMPTY_SIDE = 640  # of the black picture that boxes without a picture are drawn on, at least


def mark_boxes(images: Tensor | None, boxes: Any) -> Tensor:
    """The pictures ``(batch, height, width, 3)`` with the boxes on them; each label has its colour.

    boxes: ``{x, y, width, height, label?, score?}`` in pixels; one, a list for every picture, or a list of lists.
    """
    groups = _read_groups(boxes)
    if images is None:
        images = _canvas_for(groups)
    if len(groups) not in (1, len(images)):
        raise UserError(
            f"There are {len(groups)} lists of boxes for {len(images)} pictures. Give one, or one for each."
        )
    groups = groups * len(images) if len(groups) == 1 else groups
    pictures = [_mark(p.convert("RGB"), group) for p, group in zip(to_pictures(images), groups, strict=True)]
    return torch.from_numpy(np.stack([np.asarray(picture, dtype=np.float32) / 255 for picture in pictures]))


def _read_groups(boxes: Any) -> list[list[Mapping[str, Any]]]:
    if isinstance(boxes, Mapping):
        return [[boxes]]
    if not isinstance(boxes, list | tuple):
        raise UserError(f"{boxes!r} is no box. A box has x, y, width and height, in pixels.")
    if boxes and all(isinstance(group, list | tuple) for group in boxes):
        return [list(group) for group in boxes]
    return [list(boxes)]


def _canvas_for(groups: list[list[Mapping[str, Any]]]) -> Tensor:
    corners = [(x + width, y + height) for group in groups for x, y, width, height in map(read_box, group)]
    width = max([EMPTY_SIDE, *(right for right, _ in corners)])
    height = max([EMPTY_SIDE, *(bottom for _, bottom in corners)])
    return torch.zeros(len(groups), height, width, 3)


def _mark(picture: Image.Image, boxes: list[Mapping[str, Any]]) -> Image.Image:
    draw = ImageDraw.Draw(picture)
    labels = sorted({str(box.get("label", "")) for box in boxes if isinstance(box, Mapping)})
    for box in boxes:
        x, y, width, height = read_box(box)
        label = str(box.get("label", ""))
        colour = COLOURS[labels.index(label) % len(COLOURS)]
        draw.rectangle((x, y, x + max(width, 1) - 1, y + max(height, 1) - 1), outline=colour, width=2)
        score = box.get("score")
        text = f"{label} {score:.2f}".strip() if isinstance(score, int | float) else label
        if text:
            spot = draw.textbbox((x + 3, y + 3), text)
            draw.rectangle((spot[0] - 2, spot[1] - 2, spot[2] + 2, spot[3] + 2), fill=colour)
            draw.text((x + 3, y + 3), text, fill="white")
    return picture
