"""A mask that opens as sampling goes on: grey parts are given back early or late, and so change much or little.

Levin and Fried 2023, Differential Diffusion (arXiv:2306.00950), algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from diffusion.families.sigmas import DiscreteSigmas

# An option of a Model: what becomes of the mask at a noise level of these noise levels.
MASK_CHANGE = "mask_change"
MaskChange = Callable[[Tensor, Tensor, Tensor, DiscreteSigmas], Tensor]


def threshold(strength: float) -> MaskChange:
    """The mask cut at the share of the way that is still to go: what is below stays as it is for now.

    strength: 1 is the paper's; less mixes the mask as it was in.
    """

    def change(mask: Tensor, sigma: Tensor, sigmas: Tensor, levels: DiscreteSigmas) -> Tensor:
        last = sigmas[-1].clamp(min=levels.sigma_min)
        first, here, end = levels.timestep(torch.stack([sigmas[0], sigma.cpu().float(), last])).tolist()
        left = (here - end) / (first - end) if first > end else 0.0
        # Black never opens, not even when nothing of the way is left.
        open_now = ((mask >= left) & (mask > 0)).to(mask)
        return strength * open_now + (1 - strength) * mask

    return change
