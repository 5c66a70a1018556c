"""Curves that the editor draws: ``{points: [[x, y], ...], interpolation}``, from 0..1 to 0..1."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from graph.errors import UserError

ENTRIES: Final = 256


def curve_table(curve: Any, entries: int = ENTRIES) -> Tensor:
    """The curve at evenly spaced places, ``(entries,)`` in 0..1; level before its first point and after its last.

    Between points it is linear, or a cubic that rises and falls only as the points do (Fritsch and Carlson 1980).
    Raises UserError for what is no curve.
    """
    xs, ys, smooth = _read(curve)
    places = np.linspace(0.0, 1.0, entries)
    if len(xs) == 1 or not smooth:
        values = np.interp(places, xs, ys)
    else:
        from scipy.interpolate import PchipInterpolator  # type: ignore[import-untyped]  # scipy has no types

        values = PchipInterpolator(xs, ys)(places.clip(xs[0], xs[-1]))
    return torch.from_numpy(values.clip(0, 1)).float()


def _read(curve: Any) -> tuple[list[float], list[float], bool]:
    """(x, rising; y; whether it is smooth). Of points above each other the last counts."""
    try:
        points = curve["points"] if isinstance(curve, dict) else curve
        by_x = {float(x): float(y) for x, y in sorted((float(x), float(y)) for x, y in points)}
        smooth = not isinstance(curve, dict) or curve.get("interpolation", "monotone_cubic") != "linear"
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise UserError("The curve is none: it needs points, each an x and a y in 0..1.") from error
    if not by_x or not all(math.isfinite(number) for point in by_x.items() for number in point):
        raise UserError("The curve has no points, or one that is not finite.")
    return list(by_x), list(by_x.values()), smooth
