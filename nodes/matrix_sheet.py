"""A table of numbers between pictures and texts, as one IMAGE."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

CELL = 128
_TEXTS = 240
_TITLE = 34
# A line of the footer is this wide at most.
_WIDEST_LINE = 770
_DEEP = (20, 92, 160)


def draw_matrix(
    title: str, pictures: Sequence[Image.Image], texts: Sequence[str], scores: Tensor, footer: str = ""
) -> Tensor:
    """``(1, height, width, 3)``: pictures on top, texts at the left, a shade and a number for each pair.

    scores: ``(pictures, texts)``. The smallest is white, the largest deep blue; the best text of a picture has a frame.
    """
    width = max(_TEXTS + CELL * len(pictures) + 8, _WIDEST_LINE if footer else 0)
    height = _TITLE + CELL + 8 + CELL // 2 * len(texts) + 26 * len(footer.splitlines()) + 16
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((8, 8), title, fill="black", font=ImageFont.load_default(17))
    for column, picture in enumerate(pictures):
        shown = picture.convert("RGB").resize((CELL - 8, CELL - 8), Image.Resampling.LANCZOS)
        sheet.paste(shown, (_TEXTS + column * CELL + 4, _TITLE + 4))
    top = _TITLE + CELL + 8
    for row, text in enumerate(texts):
        draw.text((8, top + 8), _wrapped(text), fill="black", font=ImageFont.load_default(15))
        for column in range(len(pictures)):
            _draw_cell(draw, (_TEXTS + column * CELL, top), scores, column, row)
        top += CELL // 2
    draw.multiline_text((8, top + 8), footer, fill="black", font=ImageFont.load_default(16), spacing=8)
    return torch.from_numpy(np.asarray(sheet, dtype=np.float32) / 255.0)[None]


def _draw_cell(draw: ImageDraw.ImageDraw, corner: tuple[int, int], scores: Tensor, column: int, row: int) -> None:
    score = float(scores[column, row])
    lowest, highest = float(scores.min()), float(scores.max())
    share = (score - lowest) / (highest - lowest) if highest > lowest else 0.0
    shade = tuple(round(255 + (deep - 255) * share) for deep in _DEEP)
    box = (corner[0] + 2, corner[1] + 2, corner[0] + CELL - 3, corner[1] + CELL // 2 - 3)
    is_best = int(scores[column].argmax()) == row
    draw.rectangle(box, fill=shade, outline=(230, 120, 0) if is_best else (200, 200, 200), width=4 if is_best else 1)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    ink = "white" if share > 0.5 else "black"
    draw.text(middle, f"{score:.2f}", fill=ink, font=ImageFont.load_default(20), anchor="mm")


def _wrapped(text: str, letters: int = 28) -> str:
    """Two lines at most, cut between words."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines[:2]) + ("…" if len(lines) > 2 else "")
