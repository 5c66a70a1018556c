"""Models told to sample otherwise: their guidance, their mask, what their network predicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from diffusion.families.family import Prediction
from diffusion.families.sd1 import SD1
from diffusion.sampling.differential import MASK_CHANGE, threshold
from diffusion.sampling.guidance import CFG_FUNCTION, rescale_cfg
from graph.errors import UserError
from graph.node import Slot, node
from graph.spec import Choice, Float, Toggle
from nodes.ports import MODEL

ADVANCED: Final = "advanced/model"
PREDICTIONS: Final[dict[str, Prediction]] = {"eps": "epsilon", "v_prediction": "v", "lcm": "lcm", "x0": "x0"}
# Consistency models are distilled to so many of the training's thousand levels.
DISTILLED_LEVELS: Final = 50


@node("RescaleCFG", category=ADVANCED, synonyms=("guidance", "contrast"))
def rescale_guidance(
    *, model: MODEL, multiplier: Annotated[float, Float(0.0, 1.0, 0.01), "0 is plain guidance, 1 all of it."] = 0.7
) -> MODEL:
    """Guidance whose contrast is brought back towards the prompt's own: high cfg without burnt colours."""
    return model.with_options(**{CFG_FUNCTION: rescale_cfg(multiplier)})


@node("DifferentialDiffusion", display_name="Differential Diffusion", category="_for_testing", experimental=True,
      synonyms=("soft inpainting", "mask"))  # fmt: skip
def differential_diffusion(
    *,
    model: MODEL,
    strength: Annotated[
        float, Float(0.0, 1.0, 0.01), "1 opens the mask step by step, 0 leaves it.", Slot(optional=True)
    ] = 1.0,
) -> MODEL:
    """Grey parts of a latent's mask change less the darker they are, instead of being blended."""
    return model.with_options(**{MASK_CHANGE: threshold(strength)})


@node("ModelSamplingDiscrete", category=ADVANCED, synonyms=("v prediction", "lcm", "zero terminal snr"))
def discrete_sampling(
    *,
    model: MODEL,
    sampling: Annotated[str, Choice(tuple(PREDICTIONS)), "What the network was trained to predict."],
    zsnr: Annotated[bool, Toggle(), "The highest noise level is nearly pure noise, as some models learnt it."] = False,
) -> MODEL:
    """The model with another reading of what its network says, for files that do not tell it themselves."""
    family = model.family
    if not isinstance(family, SD1):
        raise UserError(f"{family.name} has no discrete noise levels to be changed. Take the node away.")
    levels = family.sigmas.distilled(DISTILLED_LEVELS) if sampling == "lcm" else family.sigmas
    prediction = PREDICTIONS[sampling]
    return replace(
        model, family=replace(family, prediction=prediction, sigmas=levels.zero_terminal() if zsnr else levels)
    )
