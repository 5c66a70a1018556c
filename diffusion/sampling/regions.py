"""Where and when each prompt speaks: areas, masks and percents resolved to latent pixels and noise levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from diffusion.adapters.hooks import ActiveHook, activate
from diffusion.families.sigmas import DiscreteSigmas
from diffusion.memory import Handle, Patch
from diffusion.values import Area, Cond, Conditioning, ControlUse

# An area fades out over so many latent pixels along each side that is not the picture's edge.
FEATHER = 8


@dataclass(frozen=True)
class Box:
    """A rectangle in latent pixels."""

    y: int
    x: int
    height: int
    width: int

    def cut(self, samples: Tensor) -> Tensor:
        return samples[..., self.y : self.y + self.height, self.x : self.x + self.width]

    def contains(self, other: Box) -> bool:
        return (
            self.y <= other.y
            and self.x <= other.x
            and self.y + self.height >= other.y + other.height
            and self.x + self.width >= other.x + other.width
        )


@dataclass(frozen=True)
class Region:
    """One prompt, resolved for latents of one size.

    box: what the network is shown; None = everything. weight: ``(1 or batch, 1, height, width)`` of the box, how much
    the answer counts there; None = 1 everywhere. It speaks at noise levels in ``sigma_end .. sigma_start``.
    fills: it counts by what the other regions of its side leave of 1.
    """

    tokens: Tensor
    pooled: Tensor | None
    box: Box | None
    weight: Tensor | None
    sigma_start: float
    sigma_end: float
    controls: tuple[ActiveControl, ...] = ()
    hooks: tuple[ActiveHook, ...] = ()
    fills: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    def speaks_at(self, sigma: float) -> bool:
        return self.sigma_end <= sigma <= self.sigma_start

    def patches_at(self, sigma: float) -> tuple[Patch, ...]:
        """What its hooks do to the network's weights."""
        return tuple(patch for hook in self.hooks if (patch := hook.patch_at(sigma)) is not None)


@dataclass(frozen=True)
class ActiveControl:
    """A ControlNet in use, its percents as noise levels."""

    use: ControlUse
    sigma_start: float
    sigma_end: float

    def acts_at(self, sigma: float) -> bool:
        return self.sigma_end <= sigma <= self.sigma_start


def resolve(
    conditioning: Conditioning, levels: DiscreteSigmas, height: int, width: int, network: Handle | None = None
) -> list[Region]:
    """The conditioning's prompts for latents of ``height`` x ``width``.

    network: the one whose weights their hooks change; None leaves the hooks out. Raises DiffusionError for a hook that
    does not fit it.
    """
    return [_resolve_one(cond, levels, height, width, network) for cond in conditioning]


def match_areas(regions: list[Region], others: Sequence[Region]) -> list[Region]:
    """The regions, and for each area among the others one that speaks for that same area.

    A prompt for an area is shown only that cut of the picture; the opposite prompt has to be asked about the same cut,
    or guidance would compare two different pictures. The smallest region that covers the area lends its words.
    """
    matched = list(regions)
    for other in others:
        if other.box is None:
            continue
        covering = [region for region in matched if region.box is None or region.box.contains(other.box)]
        if not covering:
            continue
        closest = min(covering, key=lambda region: _size(region.box))
        if closest.box != other.box:
            matched.append(
                replace(
                    other,
                    tokens=closest.tokens,
                    pooled=closest.pooled,
                    hooks=closest.hooks,
                    extra=closest.extra,
                )
            )
    return matched


def share_controls(regions: list[Region], others: Sequence[Region]) -> list[Region]:
    """The regions, where those without a control of their own follow the others' controls that ask for it."""
    lent = {id(one.use): one for other in others for one in other.controls if one.use.on_uncond}
    return [region if region.controls else replace(region, controls=tuple(lent.values())) for region in regions]


def _resolve_one(cond: Cond, levels: DiscreteSigmas, height: int, width: int, network: Handle | None) -> Region:
    box = None if cond.area is None else _box(cond.area, height, width)
    mask = None if cond.mask is None else _fit_mask(cond.mask, height, width) * cond.mask_strength
    if mask is not None and cond.area_from_mask:
        box = _bounds(mask)
    weight = mask if mask is None or box is None else box.cut(mask)
    if box is not None and mask is None:
        weight = _feathered(box, height, width)
    if cond.strength != 1:
        weight = cond.strength * (weight if weight is not None else torch.ones(1, 1, 1, 1))
    return Region(
        tokens=cond.tokens,
        pooled=cond.pooled,
        box=box,
        weight=weight,
        sigma_start=levels.sigma_at_percent(cond.start_percent),
        sigma_end=levels.sigma_at_percent(cond.end_percent),
        controls=tuple(
            ActiveControl(use, levels.sigma_at_percent(use.start_percent), levels.sigma_at_percent(use.end_percent))
            for use in cond.controls
        ),
        hooks=() if network is None else activate(cond.hooks, network, levels),
        fills=cond.fills,
        extra=dict(cond.extra),
    )


def _box(area: Area, height: int, width: int) -> Box:
    """The area in whole latent pixels, cut to the picture."""
    if area.relative:
        extent = max(1, round(area.height * height)), max(1, round(area.width * width))
        corner = round(area.y * height), round(area.x * width)
    else:
        extent, corner = (int(area.height), int(area.width)), (int(area.y), int(area.x))
    y, x = min(corner[0], height - 1), min(corner[1], width - 1)
    return Box(y, x, min(extent[0], height - y), min(extent[1], width - x))


def _fit_mask(mask: Tensor, height: int, width: int) -> Tensor:
    """``(batch, 1, height, width)`` from a mask of any size."""
    mask = mask.float().reshape(-1, 1, *mask.shape[-2:])
    if mask.shape[-2:] == (height, width):
        return mask
    return interpolate(mask, size=(height, width), mode="bilinear", align_corners=False)


def _bounds(mask: Tensor) -> Box:
    """The smallest box around all of the mask that is not 0, at least 8 latent pixels each way where they fit."""
    height, width = mask.shape[-2:]
    rows, columns = torch.nonzero(mask.abs().amax(dim=(0, 1)), as_tuple=True)
    if len(rows) == 0:
        return Box(0, 0, min(8, height), min(8, width))
    y, x = int(rows.min()), int(columns.min())
    tall = min(height, max(8, int(rows.max()) - y + 1))
    wide = min(width, max(8, int(columns.max()) - x + 1))
    return Box(min(y, height - tall), min(x, width - wide), tall, wide)


def _feathered(box: Box, height: int, width: int) -> Tensor:
    """Weights of an area: 1, falling in even steps towards each side inside the picture."""
    down = _ramp(box.height, box.y > 0, box.y + box.height < height)
    across = _ramp(box.width, box.x > 0, box.x + box.width < width)
    return (down[:, None] * across[None, :])[None, None]


def _ramp(length: int, fade_start: bool, fade_end: bool) -> Tensor:
    ramp = torch.ones(length)
    steps = min(FEATHER, length // 4)
    rising = torch.arange(1, steps + 1) / max(steps, 1)
    if fade_start:
        ramp[:steps] *= rising
    if fade_end:
        ramp[length - steps :] *= rising.flip(0)
    return ramp


def _size(box: Box | None) -> float:
    return float("inf") if box is None else box.height * box.width
