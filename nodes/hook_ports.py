"""What hooks' wires carry, and the inputs that their nodes share."""

from __future__ import annotations

from typing import Annotated, Final

from diffusion.adapters.hooks import Hooks, Keyframe
from graph.spec import Float, Port

CATEGORY: Final = "advanced/hooks"
HOOKS = Annotated[Hooks, Port("HOOKS")]
KEYFRAMES = Annotated[tuple[Keyframe, ...], Port("HOOK_KEYFRAMES")]
RANGE = Annotated[tuple[float, float], Port("TIMESTEPS_RANGE")]
Percent = Annotated[float, Float(0.0, 1.0, 0.001), "Share of the sampling that is done: 0 is its start."]
