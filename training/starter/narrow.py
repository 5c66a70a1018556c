"""A U-Net with a narrower first level, taken from a trained one: training goes on instead of beginning again.

Each norm group of the first level loses its weakest channels, so that the groups stay together. The time embedding,
whose width follows the first level's, is fitted by least squares to give every block what it got before. The result
paints badly at first; a few thousand samples mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from diffusers.models.embeddings import get_timestep_embedding
from torch import Tensor
from torch.nn import functional

GROUPS = 32
_TIME = "time_embedding.linear_"


def narrow_unet(weights: Mapping[str, Tensor], width: int) -> dict[str, Tensor]:
    """Weights (diffusers' names, float32) for a U-Net whose first of three levels is ``width`` wide, rest unchanged.

    It is written for one residual block a level. ``width`` must be a multiple of 32 below the present width.
    """
    cut = {name: value.clone() for name, value in weights.items()}
    stream = _strongest(weights["down_blocks.0.resnets.0.conv2.weight"], weights["conv_in.weight"], width)
    down = _strongest(weights["down_blocks.0.downsamplers.0.conv.weight"], None, width)
    wide = weights["mid_block.resnets.0.conv1.weight"].shape[0]
    rows, columns = _rows(cut), _columns(cut)
    rows("conv_in", stream)
    _cut_block(cut, "down_blocks.0.resnets.0", stream, stream, width)
    columns("down_blocks.0.downsamplers.0.conv", stream)
    rows("down_blocks.0.downsamplers.0.conv", down)
    for name in ("conv1", "conv_shortcut"):
        columns(f"down_blocks.1.resnets.0.{name}", down)
    rows("down_blocks.1.resnets.0.norm1", down)
    skip = torch.cat([torch.arange(wide), wide + down])
    for name in ("conv1", "conv_shortcut"):
        columns(f"up_blocks.1.resnets.1.{name}", skip)
    rows("up_blocks.1.resnets.1.norm1", skip)
    first = _strongest(weights["up_blocks.2.resnets.0.conv_shortcut.weight"], None, width)
    last = _strongest(weights["up_blocks.2.resnets.1.conv_shortcut.weight"], None, width)
    _cut_block(cut, "up_blocks.2.resnets.0", torch.cat([torch.arange(wide), wide + stream]), first, width)
    old = weights["conv_in.weight"].shape[0]
    _cut_block(cut, "up_blocks.2.resnets.1", torch.cat([first, old + stream]), last, width)
    rows("conv_norm_out", last)
    columns("conv_out", last)
    _refit_time(weights, cut, width)
    return cut


def _cut_block(cut: dict[str, Tensor], block: str, inputs: Tensor, outputs: Tensor, width: int) -> None:
    """A residual block that takes these channels and gives those, with ``width`` channels inside."""
    rows, columns = _rows(cut), _columns(cut)
    inner = _strongest(cut[f"{block}.conv1.weight"], None, width)
    rows(f"{block}.norm1", inputs)
    columns(f"{block}.conv1", inputs)
    for name in ("conv1", "time_emb_proj", "norm2"):
        rows(f"{block}.{name}", inner)
    columns(f"{block}.conv2", inner)
    rows(f"{block}.conv2", outputs)
    if f"{block}.conv_shortcut.weight" in cut:
        columns(f"{block}.conv_shortcut", inputs)
        rows(f"{block}.conv_shortcut", outputs)


def _strongest(weight: Tensor, also: Tensor | None, width: int) -> Tensor:
    """Indices of the output channels to keep: of every norm group those with the largest weights."""
    norms = weight.flatten(1).norm(dim=1)
    if also is not None:
        norms = norms / norms.mean() + also.flatten(1).norm(dim=1) / also.flatten(1).norm(dim=1).mean()
    grouped = norms.reshape(GROUPS, -1)
    kept = grouped.topk(width // GROUPS, dim=1).indices.sort(dim=1).values
    indices: Tensor = (kept + torch.arange(GROUPS)[:, None] * grouped.shape[1]).flatten()
    return indices


def _rows(cut: dict[str, Tensor]) -> Callable[[str, Tensor], None]:
    def keep(name: str, indices: Tensor) -> None:
        for leaf in ("weight", "bias"):
            if f"{name}.{leaf}" in cut:
                cut[f"{name}.{leaf}"] = cut[f"{name}.{leaf}"][indices]

    return keep


def _columns(cut: dict[str, Tensor]) -> Callable[[str, Tensor], None]:
    def keep(name: str, indices: Tensor) -> None:
        cut[f"{name}.weight"] = cut[f"{name}.weight"][:, indices]

    return keep


def _refit_time(weights: Mapping[str, Tensor], cut: dict[str, Tensor], width: int) -> None:
    times = torch.arange(1000)
    old = weights["conv_in.weight"].shape[0]
    kept = 4 * width
    hidden = functional.linear(_waves(times, old), weights[f"{_TIME}1.weight"], weights[f"{_TIME}1.bias"])
    _fit(cut, f"{_TIME}1", _waves(times, width), hidden[:, :kept])
    embedding = functional.linear(functional.silu(hidden), weights[f"{_TIME}2.weight"], weights[f"{_TIME}2.bias"])
    hidden_now = functional.linear(_waves(times, width), cut[f"{_TIME}1.weight"], cut[f"{_TIME}1.bias"])
    _fit(cut, f"{_TIME}2", functional.silu(hidden_now), embedding[:, :kept])
    now = functional.linear(functional.silu(hidden_now), cut[f"{_TIME}2.weight"], cut[f"{_TIME}2.bias"])
    for name in [n.removesuffix(".weight") for n in weights if n.endswith("time_emb_proj.weight")]:
        # The rows of this projection may have been cut already: fit to what the remaining rows gave.
        before = cut[f"{name}.weight"].shape[1]
        wanted = functional.linear(functional.silu(embedding[:, :before]), cut[f"{name}.weight"], cut[f"{name}.bias"])
        _fit(cut, name, functional.silu(now), wanted)


def _waves(times: Tensor, width: int) -> Tensor:
    waves: Tensor = get_timestep_embedding(times, width, flip_sin_to_cos=True, downscale_freq_shift=0)
    return waves


def _fit(cut: dict[str, Tensor], name: str, inputs: Tensor, outputs: Tensor) -> None:
    """The linear layer ``name`` becomes the one that best gives these outputs; a little ridge keeps it tame."""
    features = torch.cat([inputs, torch.ones(len(inputs), 1)], dim=1).double()
    ridge = 1e-4 * torch.eye(features.shape[1], dtype=torch.float64)
    solved = torch.linalg.solve(features.T @ features + ridge, features.T @ outputs.double()).float()
    cut[f"{name}.weight"], cut[f"{name}.bias"] = solved[:-1].T.contiguous(), solved[-1].clone()
