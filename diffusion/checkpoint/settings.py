"""What cannot be seen in shapes: read from a file's metadata, or the family's custom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diffusion.errors import BadFile

if TYPE_CHECKING:
    from diffusion.checkpoint.weights_file import WeightsFile
    from diffusion.families.family import Prediction

_PREDICTIONS: dict[str, Prediction] = {"v": "v", "v_prediction": "v", "epsilon": "epsilon", "eps": "epsilon"}


@dataclass(frozen=True)
class Settings:
    """Metadata of a checkpoint. None = not said.

    unet_head_dim: channels per attention head. text_heads, vision_heads: heads per layer of CLIP's two towers.
    vae_norm_groups: groups of the VAE's group norms. scale_factor: latents times this are what the U-Net sees.
    vocab_merges: the CLIP vocabulary is cut to its first merges, this many.
    """

    prediction: Prediction | None = None
    unet_head_dim: int | None = None
    text_heads: int | None = None
    vision_heads: int | None = None
    vae_norm_groups: int | None = None
    scale_factor: float | None = None
    vocab_merges: int | None = None


def read_settings(file: WeightsFile) -> Settings:
    """The settings in the file's metadata. Raises BadFile for one that makes no sense."""
    return Settings(
        prediction=_prediction(file),
        unet_head_dim=_positive(file, "unet_head_dim"),
        text_heads=_positive(file, "text_heads"),
        vision_heads=_positive(file, "vision_heads"),
        vae_norm_groups=_positive(file, "vae_norm_groups"),
        scale_factor=_scale(file),
        vocab_merges=_merges(file),
    )


def _prediction(file: WeightsFile) -> Prediction | None:
    # An empty tensor of this name is how some trainers mark v-prediction.
    if "v_pred" in file.tensors:
        return "v"
    said = file.metadata.get("prediction") or file.metadata.get("modelspec.prediction_type")
    if said is None:
        return None
    if said not in _PREDICTIONS:
        raise _nonsense(file, "prediction", said, "It is 'epsilon' or 'v'.")
    return _PREDICTIONS[said]


def _positive(file: WeightsFile, key: str) -> int | None:
    said = file.metadata.get(key)
    if said is None:
        return None
    if not said.isdecimal() or int(said) < 1:
        raise _nonsense(file, key, said, "It is a whole number from 1.")
    return int(said)


def _scale(file: WeightsFile) -> float | None:
    said = file.metadata.get("scale_factor")
    if said is None:
        return None
    try:
        factor = float(said)
    except ValueError:
        factor = 0.0
    if not 0 < factor < 1e6:
        raise _nonsense(file, "scale_factor", said, "It is a number above 0.")
    return factor


def _merges(file: WeightsFile) -> int | None:
    said = file.metadata.get("vocab")
    if said is None:
        return None
    kind, _, count = said.rpartition("-")
    if kind != "clip-merges" or not count.isdecimal():
        raise _nonsense(file, "vocab", said, "It is 'clip-merges-' and a number.")
    return int(count)


def _nonsense(file: WeightsFile, key: str, said: str, rule: str) -> BadFile:
    return BadFile(f"{file.path.name} says {key} = {said!r} in its metadata. {rule}")
