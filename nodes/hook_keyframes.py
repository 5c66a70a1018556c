"""Keyframes for the strength of hooks, and parts of the sampling."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, NamedTuple

from diffusion.adapters.hooks import Keyframe
from graph.errors import UserError
from graph.node import Slot, node
from graph.spec import Choice, Float, Int, Port, Toggle
from nodes.hook_ports import CATEGORY, KEYFRAMES, RANGE, Percent

log = logging.getLogger(__name__)

SCHEDULING: Final = f"{CATEGORY}/scheduling"
Print = Annotated[bool, Toggle(), "Write the keyframes into the log."]
Multiplier = Annotated[float, Float(0.0, 10.0, 0.001), "The hooks' strength is multiplied by it."]
# How much of the way from the first strength to the last is gone when so much of the time is over.
PACES: Final[dict[str, Callable[[float], float]]] = {
    "linear": lambda t: t,
    "ease_in": lambda t: t**2,
    "ease_out": lambda t: 1 - (1 - t) ** 2,
    "ease_in_out": lambda t: (1 - math.cos(math.pi * t)) / 2,
}


class Ranges(NamedTuple):
    TIMESTEPS_RANGE: RANGE
    BEFORE_RANGE: RANGE
    AFTER_RANGE: RANGE


@node("CreateHookKeyframe", display_name="Create Hook Keyframe", category=SCHEDULING, experimental=True,
      needs_device=False)  # fmt: skip
def keyframe(
    *,
    strength_mult: Annotated[float, Float(-20.0, 20.0, 0.01), "The hooks' strength is multiplied by it."] = 1.0,
    start_percent: Percent = 0.0,
    prev_hook_kf: KEYFRAMES | None = None,
) -> Annotated[tuple[Keyframe, ...], Port("HOOK_KEYFRAMES"), Slot(name="HOOK_KF")]:
    """From here on the hooks have this strength."""
    return (*(prev_hook_kf or ()), Keyframe(strength_mult, start_percent))


@node("CreateHookKeyframesInterpolated", display_name="Create Hook Keyframes Interp.", category=SCHEDULING,
      experimental=True, needs_device=False)  # fmt: skip
def interpolated_keyframes(
    *,
    strength_start: Multiplier = 1.0,
    strength_end: Multiplier = 1.0,
    interpolation: Annotated[str, Choice(tuple(PACES))],
    start_percent: Percent = 0.0,
    end_percent: Percent = 1.0,
    keyframes_count: Annotated[int, Int(2, 100, step=1)] = 5,
    print_keyframes: Print = False,
    prev_hook_kf: KEYFRAMES | None = None,
) -> Annotated[tuple[Keyframe, ...], Port("HOOK_KEYFRAMES"), Slot(name="HOOK_KF")]:
    """Keyframes from one strength to another, evenly between two points of the sampling."""
    shares = [PACES[interpolation](index / (keyframes_count - 1)) for index in range(keyframes_count)]
    strengths = [strength_start + (strength_end - strength_start) * share for share in shares]
    return _spread(strengths, start_percent, end_percent, print_keyframes, prev_hook_kf)


@node("CreateHookKeyframesFromFloats", display_name="Create Hook Keyframes From Floats", category=SCHEDULING,
      experimental=True, needs_device=False)  # fmt: skip
def keyframes_of_numbers(
    *,
    floats_strength: Annotated[Any, Port("FLOATS"), "A number, or a list of them."],
    start_percent: Percent = 0.0,
    end_percent: Percent = 1.0,
    print_keyframes: Print = False,
    prev_hook_kf: KEYFRAMES | None = None,
) -> Annotated[tuple[Keyframe, ...], Port("HOOK_KEYFRAMES"), Slot(name="HOOK_KF")]:
    """A keyframe for each number, evenly between two points of the sampling."""
    numbers = floats_strength if isinstance(floats_strength, list | tuple) else [floats_strength]
    try:
        strengths = [float(number) for number in numbers]
    except (TypeError, ValueError, OverflowError) as error:
        raise UserError("floats_strength has something else than numbers in it.") from error
    if not strengths or not all(map(math.isfinite, strengths)):
        raise UserError("floats_strength has to hold numbers, one at least, all of them finite.")
    return _spread(strengths, start_percent, end_percent, print_keyframes, prev_hook_kf)


@node("ConditioningTimestepsRange", display_name="Timesteps Range", category=CATEGORY, experimental=True,
      needs_device=False)  # fmt: skip
def timesteps_range(*, start_percent: Percent = 0.0, end_percent: Percent = 1.0) -> Ranges:
    """A part of the sampling, and what is before and after it."""
    return Ranges((start_percent, end_percent), (0.0, start_percent), (end_percent, 1.0))


def _spread(
    strengths: Sequence[float], start: float, end: float, shown: bool, before: tuple[Keyframe, ...] | None
) -> tuple[Keyframe, ...]:
    span = (end - start) / max(len(strengths) - 1, 1)
    made = tuple(Keyframe(strength, start + span * index) for index, strength in enumerate(strengths))
    if shown:
        log.info("Keyframes: %s", ", ".join(f"{one.strength:g} from {one.start_percent:.1%}" for one in made))
    return (*(before or ()), *made)
