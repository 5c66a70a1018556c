"""Tracks drawn on a film: a dot where each point is, behind it the way that it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from diffusion.pixels.batch import fit_batch
from diffusion.tracks import Tracks
from nodes.pictures import to_pictures
from nodes.pose_figures import hues


@dataclass(frozen=True)
class Pen:
    """tail: frames that the way behind a point reaches back. dot, line: radius and width in pixels. opacity: 0..1."""

    tail: int
    dot: int
    line: int
    opacity: float


def draw_tracks(images: Tensor, tracks: Tracks, pen: Pen, report: Callable[[int, int], None]) -> Tensor:
    """The film ``(frames, height, width, 3)`` of as many frames as the tracks have, with the tracks over it."""
    frames = to_pictures(fit_batch(images[..., :3], len(tracks.path)))
    colours = hues(tracks.path.shape[1])
    drawn = []
    for index, frame in enumerate(frames):
        layer = Image.new("RGBA", frame.size)
        for track, colour in enumerate(colours):
            _draw_track(ImageDraw.Draw(layer), tracks, index, track, (*colour, round(255 * pen.opacity)), pen)
        drawn.append(np.asarray(Image.alpha_composite(frame.convert("RGBA"), layer).convert("RGB"), dtype=np.float32))
        report(len(drawn), len(frames))
    return torch.from_numpy(np.stack(drawn) / 255)


def _draw_track(
    draw: ImageDraw.ImageDraw, tracks: Tracks, index: int, track: int, colour: tuple[int, ...], pen: Pen
) -> None:
    if not tracks.visible[index, track]:
        return
    first = max(0, index - pen.tail)
    seen = [frame for frame in range(first, index + 1) if tracks.visible[frame, track]]
    way = [tuple(tracks.path[frame, track].tolist()) for frame in seen]
    # The way grows thinner towards its beginning.
    for place, (here, there) in enumerate(pairwise(way), 1):
        draw.line([here, there], fill=colour, width=max(1, round(pen.line * place / len(way))))
    x, y = way[-1]
    draw.ellipse((x - pen.dot, y - pen.dot, x + pen.dot, y + pen.dot), fill=colour)
