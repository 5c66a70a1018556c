"""Modules of which packs use little: the command line, samplers' names, conditionings, the executor."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import Enum
from typing import Any

import torch
from PIL import Image, ImageFile, UnidentifiedImageError

from diffusion.sampling.samplers import SAMPLERS
from diffusion.sampling.schedules import SCHEDULES
from worker.shims.ground import ground
from worker.shims.placeholder import Placeholder

SAMPLER_NAMES = list(SAMPLERS)
SCHEDULER_NAMES = list(SCHEDULES)


class LatentPreviewMethod(Enum):
    """How previews are made."""

    NoPreviews = "none"
    Auto = "auto"
    Latent2RGB = "latent2rgb"
    TAESD = "taesd"


class Arguments:
    """The command line as packs read it; None for what Easel has no option for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "preview_method":
            return LatentPreviewMethod(ground().options.preview_method or "auto")
        return getattr(ground().options, name, None)


class KSampler(metaclass=Placeholder):
    """The names that a sampler node offers; the class itself is none of Easel's."""

    _origin = "comfy.samplers.KSampler"
    SAMPLERS = SAMPLER_NAMES
    SCHEDULERS = SCHEDULER_NAMES
    DISCARD_PENULTIMATE_SIGMA_SAMPLERS = frozenset(("dpm_2", "dpm_2_ancestral", "uni_pc", "uni_pc_bh2"))


def conditioning_set_values(conditioning: Any, values: dict[str, Any] | None = None, append: bool = False) -> Any:
    """A conditioning with these values on each of its parts; ``append`` adds to lists that are there."""
    found = []
    for tokens, options in conditioning:
        more = dict(values or {})
        if append:
            more = {name: [*options[name], *value] if name in options else value for name, value in more.items()}
        found.append([tokens, {**options, **more}])
    return found


def pillow(fn: Callable[..., Any], arg: Any) -> Any:
    """Call Pillow; a picture that is cut short is read as far as it goes."""
    try:
        return fn(arg)
    except (OSError, UnidentifiedImageError, ValueError):
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
        try:
            return fn(arg)
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def hasher() -> Callable[..., Any]:
    """The hash for files."""
    return hashlib.sha256


def string_to_torch_dtype(string: str) -> torch.dtype | None:
    """A number format by its short name."""
    names = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
    return names.get(string)


def image_alpha_fix(destination: torch.Tensor, source: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Two pictures with as many channels; alpha is 1 where one had none."""
    wanted = destination.shape[-1]
    if source.shape[-1] > wanted:
        source = source[..., :wanted]
    elif source.shape[-1] < wanted:
        source = torch.nn.functional.pad(source, (0, wanted - source.shape[-1]), value=1.0)
    return destination, source


def open_picture(path: str) -> Image.Image:
    """A picture file."""
    picture: Image.Image = pillow(Image.open, path)
    return picture


def set_torch_compile_wrapper(*_: Any, **__: Any) -> None:
    """Compiling is left to Easel's own networks."""


def supports_feature(*_: Any, **__: Any) -> bool:
    """Whether a client said that it can do something; the worker does not know."""
    return False
