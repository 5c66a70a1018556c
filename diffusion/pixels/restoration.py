"""What stands around a restoring network (SeedVR2, Wang et al. 2025): room before it, the picture's own colours after.

Frames are ``(frames, height, width, channels)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from diffusion.errors import DiffusionError
from diffusion.pixels.batch import fit_batch
from diffusion.pixels.colour import from_lab, to_lab

Report = Callable[[int, int], None]
MULTIPLE: Final = 16  # of the sides that the network takes
PACE: Final = 4  # frames that share a latent frame; the first has its own
WAVELET_LEVELS: Final = 5
# How much of L* is taken over by "lab": the restored picture's own light carries its detail.
LIGHTNESS_TAKEN: Final = 0.2


def prepare(frames: Tensor) -> Tensor:
    """Colours in 0..1, sides padded with black to multiples of 16, the last frame repeated up to 4n + 1 frames."""
    frames = frames[..., :3].clamp(0, 1)
    height, width = frames.shape[1:3]
    if min(height, width) < 2:
        raise DiffusionError(f"The picture is {width} x {height}; SeedVR2 needs 2 pixels each way at least.")
    frames = pad(frames, (0, 0, 0, -width % MULTIPLE, 0, -height % MULTIPLE))
    missing = (1 - len(frames)) % PACE
    return torch.cat([frames, frames[-1:].expand(missing, *frames.shape[1:])])


def finish(frames: Tensor, original: Tensor, method: str, report: Report) -> Tensor:
    """The restored frames, cut to the original's size and length, in its colours, with its transparency.

    Sides become even, as films need it. method: one of ``CORRECTIONS``, or none. ``report`` hears frames done and
    frames in all: a frame of full HD takes about 3 s of one core in lab.
    """
    count = min(len(frames), len(original)) if len(original) > 1 else len(frames)
    height, width = (min(a, b) // 2 * 2 for a, b in zip(frames.shape[1:3], original.shape[1:3], strict=True))
    if 0 in (height, width):
        raise DiffusionError("The pictures are less than 2 pixels wide or high; nothing is left of them.")
    restored = frames[:count, :height, :width, :3]
    like = fit_batch(original, count)[:, :height, :width]
    colours, alpha = like[..., :3], like[..., 3:4]
    if method != "none":
        corrected = []
        for one, other in zip(restored, colours, strict=True):
            corrected.append(CORRECTIONS[method](one[None].float(), other[None].float()))
            report(len(corrected), count)
        restored = torch.cat(corrected)
    return torch.cat([restored, alpha.to(restored)], dim=-1) if alpha.shape[-1] else restored


def match_moments(frame: Tensor, like: Tensor) -> Tensor:
    """Mean and spread of each colour channel made the other's: Huang and Belongie 2017 (arXiv:1703.06868), eq. 8."""
    axes = (1, 2)
    mean, spread = frame.mean(axes, keepdim=True), frame.std(axes, keepdim=True, correction=0)
    new_mean, new_spread = like.mean(axes, keepdim=True), like.std(axes, keepdim=True, correction=0)
    return ((frame - mean) / spread.clamp(min=1e-5) * new_spread + new_mean).clamp(0, 1)


def swap_low_frequencies(frame: Tensor, like: Tensor) -> Tensor:
    """The frame's detail over the other's low frequencies: Wang et al. 2023, StableSR (arXiv:2305.07015), app. B."""
    return (frame - _smooth(frame) + _smooth(like)).clamp(0, 1)


def match_in_lab(frame: Tensor, like: Tensor) -> Tensor:
    """Over the other's low frequencies, a* and b* distributed as the other's are, and L* a fifth of the way: the
    frame's own light carries its detail.
    """
    own, other = to_lab(swap_low_frequencies(frame, like)), to_lab(like)
    ranked = _match_ranks(own, other)
    lightness = torch.lerp(own[..., :1], ranked[..., :1], LIGHTNESS_TAKEN)
    return from_lab(torch.cat([lightness, ranked[..., 1:]], dim=-1)).clamp(0, 1)


CORRECTIONS: Final[dict[str, Callable[[Tensor, Tensor], Tensor]]] = {
    "lab": match_in_lab,
    "wavelet": swap_low_frequencies,
    "adain": match_moments,
}


def _match_ranks(frame: Tensor, like: Tensor) -> Tensor:
    """Each channel's n-th smallest value replaced by the other's n-th smallest (an exact histogram match)."""
    values, others = frame.reshape(-1, 3), like.reshape(-1, 3)
    ranks = values.argsort(dim=0, stable=True).argsort(dim=0)
    return others.sort(dim=0).values.gather(0, ranks).reshape(frame.shape)


def _smooth(frame: Tensor) -> Tensor:
    """What is left of a frame after the details of ``WAVELET_LEVELS`` scales: the a trous wavelet of [1, 2, 1] / 4."""
    planes = frame.movedim(-1, 1)
    line = planes.new_tensor([0.25, 0.5, 0.25]).reshape(1, 1, 1, 3).expand(planes.shape[1], 1, 1, 3)
    widest = max(1, min(planes.shape[-2:]) // 8)  # of a small picture, coarser scales are its edges only
    for level in range(WAVELET_LEVELS):
        step = min(2**level, widest)
        planes = conv2d(pad(planes, (step, step, 0, 0), mode="replicate"), line, groups=planes.shape[1],
                        dilation=(1, step))  # fmt: skip
        planes = conv2d(pad(planes, (0, 0, step, step), mode="replicate"), line.transpose(-1, -2),
                        groups=planes.shape[1], dilation=(step, 1))  # fmt: skip
    return planes.movedim(1, -1)
