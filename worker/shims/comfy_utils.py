"""``comfy.utils``: progress, pictures' sizes, weights in files."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from diffusion.resize import bislerp, lanczos, resize
from graph.errors import UserError
from nodes.v3.progress import report_progress
from worker.shims.placeholder import answer_for

__all__ = ["bislerp", "common_upscale", "lanczos"]

PROGRESS_BAR_ENABLED = True
MAX_PREVIEW_RESOLUTION = 512


class ProgressBar:
    """Tells how far a node is; every report is a place where the run can be stopped."""

    def __init__(self, total: float, node_id: str | None = None) -> None:
        self.total = total
        self.current: float = 0
        self.node_id = node_id
        self.hook: Any = None

    def update_absolute(self, value: float, total: float | None = None, preview: Any = None) -> None:
        """So far ``value`` of ``total``; ``preview`` is ``(format, picture, longest side)``."""
        self.total = self.total if total is None else total
        self.current = min(value, self.total)
        if PROGRESS_BAR_ENABLED:
            report_progress(self.current, self.total, preview, self.node_id)

    def update(self, value: float) -> None:
        """``value`` more than before."""
        self.update_absolute(self.current + value)


def set_progress_bar_enabled(enabled: bool) -> None:
    globals()["PROGRESS_BAR_ENABLED"] = enabled


def common_upscale(samples: Tensor, width: int, height: int, upscale_method: str, crop: str) -> Tensor:
    """``(batch, channels, height, width)`` at another size. Videos' ``(b, c, t, h, w)`` are resized frame by frame."""
    if samples.ndim == 5:
        b, c, t, h, w = samples.shape
        flat = samples.movedim(2, 1).reshape(b * t, c, h, w)
        resized = resize(flat, width, height, upscale_method, crop)
        return resized.reshape(b, t, c, height, width).movedim(1, 2)
    return resize(samples, width, height, upscale_method, crop)


def load_torch_file(ckpt: Any, safe_load: bool = False, device: Any = None, return_metadata: bool = False) -> Any:
    """The tensors of a file of weights. Pickles are read without running what is in them."""
    path = str(ckpt)
    if path.lower().endswith((".safetensors", ".sft")):
        from safetensors import safe_open

        weights = load_file(path, device=str(device or "cpu"))
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
    else:
        found = torch.load(path, map_location=device or "cpu", weights_only=True)
        weights, metadata = found.get("state_dict", found) if isinstance(found, Mapping) else found, None
    return (weights, metadata) if return_metadata else weights


def save_torch_file(sd: dict[str, Tensor], ckpt: Any, metadata: dict[str, str] | None = None) -> None:
    """Write tensors as safetensors, whole or not at all."""
    draft = Path(f"{ckpt}.part")
    save_file({name: value.contiguous() for name, value in sd.items()}, draft, metadata)
    draft.replace(ckpt)


def calculate_parameters(sd: Mapping[str, Tensor], prefix: str = "") -> int:
    """How many numbers the tensors with this prefix hold."""
    return sum(value.nelement() for name, value in sd.items() if name.startswith(prefix))


def weight_dtype(sd: Mapping[str, Tensor], prefix: str = "") -> torch.dtype | None:
    """The number format of most of them."""
    counts: dict[torch.dtype, int] = {}
    for name, value in sd.items():
        if name.startswith(prefix):
            counts[value.dtype] = counts.get(value.dtype, 0) + value.numel()
    return max(counts, key=lambda kind: counts[kind]) if counts else None


def state_dict_key_replace(state_dict: dict[str, Any], keys_to_replace: Mapping[str, str]) -> dict[str, Any]:
    """The same dictionary with some names changed."""
    for old, new in keys_to_replace.items():
        if old in state_dict:
            state_dict[new] = state_dict.pop(old)
    return state_dict


def state_dict_prefix_replace(
    state_dict: dict[str, Any], replace_prefix: Mapping[str, str], filter_keys: bool = False
) -> dict[str, Any]:
    """Names that begin with one prefix begin with another; the others stay, or with ``filter_keys`` are left out."""
    found = {} if filter_keys else state_dict
    for old, new in replace_prefix.items():
        for name in [name for name in state_dict if name.startswith(old)]:
            found[new + name.removeprefix(old)] = state_dict.pop(name)
    return found


def get_attr(obj: Any, attr: str) -> Any:
    """``obj.a.b.c`` by its dotted name."""
    for name in attr.split("."):
        obj = getattr(obj, name)
    return obj


def set_attr(obj: Any, attr: str, value: Any) -> Any:
    """Set ``obj.a.b.c``; the value before."""
    *way, last = attr.split(".")
    holder = get_attr(obj, ".".join(way)) if way else obj
    before = getattr(holder, last, None)
    setattr(holder, last, value)
    return before


def set_attr_param(obj: Any, attr: str, value: Tensor) -> Any:
    """The same for a weight."""
    return set_attr(obj, attr, torch.nn.Parameter(value, requires_grad=False))


def copy_to_param(obj: Any, attr: str, value: Tensor) -> None:
    """Write into a weight where it lies."""
    get_attr(obj, attr).data.copy_(value)


def repeat_to_batch_size(tensor: Tensor, batch_size: int, dim: int = 0) -> Tensor:
    """As many along ``dim`` as asked for, from the start again where there are too few."""
    have = tensor.shape[dim]
    if have < batch_size:
        times = [1] * tensor.ndim
        times[dim] = math.ceil(batch_size / have)
        tensor = tensor.repeat(times)
    return tensor.narrow(dim, 0, batch_size)


def resize_to_batch_size(tensor: Tensor, batch_size: int) -> Tensor:
    """As many as asked for, spread evenly over those there are."""
    have = tensor.shape[0]
    if have == batch_size:
        return tensor
    if batch_size <= 1:
        return tensor[:batch_size]
    if batch_size < have:
        places = [round(i * (have - 1) / (batch_size - 1)) for i in range(batch_size)]
    else:
        places = [min(math.floor((i + 0.5) * have / batch_size), have - 1) for i in range(batch_size)]
    return tensor[places]


def string_to_seed(data: bytes | str) -> int:
    """The CRC-32 of the data."""
    import zlib

    return zlib.crc32(data.encode() if isinstance(data, str) else data)


def get_tiled_scale_steps(width: int, height: int, tile_x: int, tile_y: int, overlap: int) -> int:
    """How many tiles a picture takes."""
    counts = [1 if size <= tile else math.ceil((size - overlap) / (tile - overlap)) for size, tile in
              ((height, tile_y), (width, tile_x))]  # fmt: skip
    return counts[0] * counts[1]


def tiled_scale(
    samples: Tensor,
    function: Callable[[Tensor], Tensor],
    tile_x: int = 64,
    tile_y: int = 64,
    overlap: int = 8,
    upscale_amount: float = 4,
    out_channels: int = 3,
    output_device: Any = "cpu",
    pbar: ProgressBar | None = None,
) -> Tensor:
    """``function`` over tiles of ``(batch, channels, height, width)``, blended where they overlap."""
    batch, _, height, width = samples.shape
    size = (round(height * upscale_amount), round(width * upscale_amount))
    if min(tile_x, tile_y) <= overlap:
        raise UserError(f"Tiles of {tile_x} x {tile_y} cannot overlap by {overlap}. Use larger tiles.")
    total = torch.zeros(batch, out_channels, *size, device=output_device)
    weight = torch.zeros(batch, 1, *size, device=output_device)
    for y in _starts(height, tile_y, overlap):
        for x in _starts(width, tile_x, overlap):
            part = function(samples[:, :, y : y + tile_y, x : x + tile_x]).to(output_device)
            mask = _feather(part.shape[-2], part.shape[-1], round(overlap * upscale_amount)).to(part)
            top, left = round(y * upscale_amount), round(x * upscale_amount)
            area = (slice(None), slice(None), slice(top, top + part.shape[-2]), slice(left, left + part.shape[-1]))
            total[area] += part * mask
            weight[area] += mask
            if pbar is not None:
                pbar.update(1)
    return total / weight


def _starts(size: int, tile: int, overlap: int) -> list[int]:
    """Where tiles begin, so that they cover ``size`` and the last one ends with it."""
    if size <= tile:
        return [0]
    step = tile - overlap
    return [min(i * step, size - tile) for i in range(math.ceil((size - overlap) / step))]


def _feather(height: int, width: int, edge: int) -> Tensor:
    """1 in the middle, rising from the edges."""
    sides = []
    for size in (height, width):
        near = torch.minimum(torch.arange(size), torch.arange(size).flip(0)) + 1
        sides.append((near / max(edge, 1)).clamp(max=1.0))
    return sides[0][:, None] * sides[1][None, :]


__getattr__ = answer_for("comfy.utils")
