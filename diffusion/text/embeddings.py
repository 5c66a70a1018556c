"""Textual inversion: a learnt vector, or a few, that stands in a prompt for a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from diffusion.checkpoint.weights_file import open_weights
from diffusion.errors import BadFile

# Finds an embedding's file by the name in the prompt; None when there is none.
FindEmbedding = Callable[[str], Path | None]


def read_embedding(path: Path, width: int) -> Tensor:
    """The vectors ``(tokens, width)`` of a textual inversion file, float32. Raises BadFile.

    Known forms: ``emb_params``, ``string_to_param``, one vector under any name, and several encoders' under
    ``clip_l``, ``clip_g``; of all tensors in the file the first that is as wide as the encoder counts.
    """
    file = open_weights(path)
    preferred = sorted(file.tensors, key=lambda name: name not in ("emb_params", "clip_l", "*"))
    for name in preferred:
        shape = file.tensors[name].shape
        if shape and shape[-1] == width:
            return file.read(name).float().reshape(-1, width)
    widths = sorted({info.shape[-1] for info in file.tensors.values() if info.shape})
    raise BadFile(
        f"The embedding {path.name} is {widths} wide, the text encoder takes {width}. It was made for another family."
    )
