"""Sheets: pictures in rows with captions, as one IMAGE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

CELL = 160
LABEL = 22
TITLE = 28


@dataclass(frozen=True)
class Row:
    """pictures: PIL pictures of any size. labels: what stands below each."""

    title: str
    pictures: Sequence[Image.Image]
    labels: Sequence[str]


def draw_sheet(rows: Sequence[Row], footer: str = "") -> Tensor:
    """The rows one below the other, ``(1, height, width, 3)`` in 0..1."""
    width = max(len(row.pictures) for row in rows) * (CELL + 8) + 8
    height = len(rows) * (TITLE + CELL + LABEL + 8) + (TITLE * len(footer.splitlines()) + 8 if footer else 8)
    sheet = Image.new("RGB", (max(width, 360), height), "white")
    draw = ImageDraw.Draw(sheet)
    top = 4
    for row in rows:
        draw.text((8, top + 4), row.title, fill="black", font=ImageFont.load_default(17))
        for index, (picture, label) in enumerate(zip(row.pictures, row.labels, strict=True)):
            left = 8 + index * (CELL + 8)
            sheet.paste(picture.convert("RGB").resize((CELL, CELL), _filter(picture)), (left, top + TITLE))
            draw.text((left, top + TITLE + CELL + 3), label, fill="dimgray", font=ImageFont.load_default(14))
        top += TITLE + CELL + LABEL + 8
    draw.multiline_text((8, top + 2), footer, fill="black", font=ImageFont.load_default(17), spacing=8)
    return torch.from_numpy(np.asarray(sheet, dtype=np.float32) / 255.0)[None]


def grey_map(channel: Tensor) -> Image.Image:
    """A plane of any numbers as greys: its own middle is grey, three standard deviations are black and white."""
    spread = float(channel.std()) or 1.0
    shown = ((channel - channel.mean()) / (6 * spread) + 0.5).clamp(0, 1)
    return Image.fromarray((shown * 255).to(torch.uint8).cpu().numpy())


def _filter(picture: Image.Image) -> Image.Resampling:
    """Small ones stay square pixels, so that one sees how few they are."""
    return Image.Resampling.NEAREST if max(picture.size) < CELL else Image.Resampling.LANCZOS
