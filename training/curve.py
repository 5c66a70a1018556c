"""A loss curve as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PIL import Image, ImageDraw

_INK, _PALE, _GRID = (30, 60, 160), (200, 210, 240), (225, 225, 225)
_MARGIN = 44


def draw_curve(
    losses: Sequence[tuple[int, float]], width: int = 640, height: int = 360, counted: str = "samples"
) -> Image.Image:
    """(samples, loss) pairs: each one pale, their running mean dark; axes from 0 samples and from 0 loss.

    counted: what the first of each pair counts, in the plural.
    """
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    shown = [(samples, loss) for samples, loss in losses if loss == loss]
    if not shown:
        pen.text((_MARGIN, height // 2), "no losses yet", fill="black")
        return picture
    most = max(samples for samples, _ in shown) or 1
    ordered = sorted(loss for _, loss in shown)
    # The first few losses tower over the rest and would flatten it.
    top = 1.15 * ordered[int(0.98 * (len(ordered) - 1))] or 1.0

    def place(samples: float, loss: float) -> tuple[float, float]:
        x = _MARGIN + (width - _MARGIN - 12) * samples / most
        return x, 12 + (height - _MARGIN - 12) * (1 - min(loss, top) / top)

    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        (left, y), (right, _) = place(0, share * top), place(most, share * top)
        pen.line((left, y, right, y), fill=_GRID)
        pen.text((4, y - 6), f"{share * top:.3f}", fill="black")
        pen.text((place(share * most, 0)[0] - 12, height - _MARGIN + 8), _short(share * most), fill="black")
    thinned = shown[:: max(1, len(shown) // 4000)]
    for samples, loss in thinned:
        pen.point(place(samples, loss), fill=_PALE)
    points = [place(samples, loss) for samples, loss in _running_mean(thinned)]
    for before, after in pairwise(points):
        pen.line((*before, *after), fill=_INK, width=2)
    pen.text((width // 2 - 20, height - 16), counted, fill="black")
    return picture


def _running_mean(losses: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    mean = losses[0][1]
    factor = min(0.97, 1 - 1 / max(2.0, len(losses) / 20))
    smooth: list[tuple[int, float]] = []
    for samples, loss in losses:
        mean = factor * mean + (1 - factor) * loss
        smooth.append((samples, mean))
    return smooth


def _short(number: float) -> str:
    return f"{number / 1000:.0f}k" if number >= 10_000 else f"{number:.0f}"
