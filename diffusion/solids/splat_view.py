"""Pictures of clouds of Gaussians: each is drawn as the ellipse that it is seen as, the nearest first.

Zwicker et al. 2001 (EWA splatting); Kerbl et al. 2023. Pairs of a Gaussian and a pixel under it are sorted by pixel,
and light is blended along each pixel's run by sums of logarithms, on whatever device the cloud is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor

from diffusion.solids.camera import Camera, orbit, with_rotation
from diffusion.solids.splat import Cloud

PAIRS_MAX: Final = 6_000_000
BLUR: Final = 0.3  # variance of the filter, in pixels: what is smaller than a pixel is spread over one, and fainter
NEAR: Final = 0.01
FAINTEST: Final = 1 / 255
OPAQUE: Final = 0.999
CLAY: Final = 0.8


@dataclass(frozen=True)
class View:
    """camera, fov (degrees from the lower to the upper edge), zoom. flat: no perspective."""

    camera: Camera
    fov: float = 35.0
    zoom: float = 1.0
    flat: bool = False

    def turned(self, degrees: float) -> View:
        """From somewhere else on the circle around what it looks at."""
        half = math.radians(degrees) / 2
        place, target = torch.tensor(self.camera.position), torch.tensor(self.camera.target)
        x, y, z = (place - target).tolist()
        cos, sin = math.cos(2 * half), math.sin(2 * half)
        around = (target + torch.tensor([cos * x + sin * z, y, cos * z - sin * x])).tolist()
        qx, qy, qz, qw = self.camera.rotation
        c, s = math.cos(half), math.sin(half)
        turned = with_rotation(tuple(around), (c * qx + s * qz, c * qy + s * qw, c * qz - s * qx, c * qw - s * qy))
        return replace(self, camera=replace(turned, target=self.camera.target))


@dataclass(frozen=True)
class Look:
    """style: color, clay, depth (near is bright) or normal (x right, y up, z towards the camera).

    scale: how much larger than they are Gaussians are drawn. sharpen: 1 = blended as light is; above, each pixel leans
    to what is strongest in it. shading: how much darker what faces sideways is.
    """

    style: str = "color"
    scale: float = 1.0
    sharpen: float = 1.0
    shading: float = 0.0


def frame(cloud: Cloud, fov: float = 35.0) -> View:
    """All of a cloud (but for its outermost hundredth), from the front, the right and above."""
    place = cloud.positions.cpu()
    middle = place.median(0).values
    apart = (place - middle).norm(dim=1)
    radius = float(apart.kthvalue(max(int(0.99 * len(apart)), 1)).values) + 3 * float(cloud.scales.amax(1).median())
    radius = max(radius, 1e-6)
    return View(orbit(tuple(middle.tolist()), 35.0, 30.0, 1.1 * radius / math.sin(math.radians(fov / 2))), fov)


def render(cloud: Cloud, view: View, width: int, height: int, look: Look) -> tuple[Tensor, Tensor]:
    """What is seen ``(height, width, 3)``, blended with black, and how much of it is there ``(height, width)``."""
    seen = _Seen.of(cloud, view, width, height, look)
    colours = _shown(cloud, seen, view, look)
    sums = torch.zeros(height * width, 5, device=cloud.positions.device)
    for top, bottom in _bands(seen, 0, height, width):
        _draw(seen, colours, sums, top, bottom, width, look.sharpen)
    alpha = sums[:, 4].clamp(0, 1)
    picture = sums[:, :3] / sums[:, 3:4].clamp_min(1e-12)
    if look.style == "depth":
        picture = _brightness(picture, alpha)
    return (picture * alpha[:, None]).reshape(height, width, 3), alpha.reshape(height, width)


@dataclass(frozen=True)
class _Seen:
    """Gaussians that are in the picture, the nearest first. row: which of the cloud. at ``(k, 2)`` in pixels. inverse
    ``(k, 3)``: xx, xy, yy of the inverse of what they spread. low, high ``(k, 2)``: the pixels to look at.
    """

    row: Tensor
    depth: Tensor
    at: Tensor
    inverse: Tensor
    opacity: Tensor
    low: Tensor
    high: Tensor

    @classmethod
    def of(cls, cloud: Cloud, view: View, width: int, height: int, look: Look) -> _Seen:
        device = cloud.positions.device
        axes = view.camera.axes().to(device)
        place = (cloud.positions - torch.tensor(view.camera.position, device=device)) @ axes.T
        depth = -place[:, 2]
        focal = height / 2 / math.tan(math.radians(view.fov) / 2) * view.zoom
        if view.flat:  # as large as what is at the target would be
            apart = torch.tensor(view.camera.position) - torch.tensor(view.camera.target)
            scale = torch.full_like(depth, focal / max(float(apart.norm()), NEAR))
        else:
            scale = focal / depth.clamp_min(NEAR)
        at = torch.stack([width / 2 + scale * place[:, 0], height / 2 - scale * place[:, 1]], 1) - 0.5
        spread = axes @ cloud.axes() * (look.scale * cloud.scales)[:, None]
        lean = torch.zeros_like(place[:, :2]) if view.flat else place[:, :2] / depth.clamp_min(NEAR)[:, None]
        lean = lean.clamp(-1.5 * width / height, 1.5 * width / height)
        # how far apart in pixels: y is turned over, and what is nearer is further from the middle
        across = (spread[:, 0] + lean[:, :1] * spread[:, 2]) * scale[:, None]
        upward = -(spread[:, 1] + lean[:, 1:] * spread[:, 2]) * scale[:, None]
        xx, xy, yy = (across * across).sum(1), (across * upward).sum(1), (upward * upward).sum(1)
        sharp = (xx * yy - xy * xy).clamp_min(0)
        xx, yy = xx + BLUR, yy + BLUR
        whole = (xx * yy - xy * xy).clamp_min(1e-12)
        opacity = cloud.opacities * (sharp / whole).sqrt()
        reach = (2 * (opacity / FAINTEST).clamp_min(1).log()).sqrt()
        half = torch.stack([xx.sqrt() * reach, yy.sqrt() * reach], 1)
        low = (at - half).ceil().clamp_min(0)
        high = torch.minimum((at + half).floor(), torch.tensor([width - 1.0, height - 1.0], device=device))
        visible = (depth > NEAR) & (high >= low).all(1) & (opacity > FAINTEST)
        row = visible.nonzero()[:, 0]
        row = row[depth[row].argsort()]
        inverse = torch.stack([yy / whole, -xy / whole, xx / whole], 1)
        return cls(row, depth[row], at[row], inverse[row], opacity[row], low[row].long(), high[row].long())


def _shown(cloud: Cloud, seen: _Seen, view: View, look: Look) -> Tensor:
    """``(k, 3)`` what each Gaussian puts into the picture."""
    device = cloud.positions.device
    eye = torch.tensor(view.camera.position, device=device)
    some = cloud.pick(seen.row)
    normal = some.axes().gather(2, some.scales.argmin(1)[:, None, None].expand(-1, 3, 1))[..., 0]
    to_eye = torch.nn.functional.normalize(eye - some.positions, dim=1)
    facing = (normal * to_eye).sum(1, keepdim=True)
    match look.style:
        case "depth":
            return seen.depth[:, None].expand(-1, 3)
        case "normal":
            return torch.where(facing < 0, -normal, normal) @ view.camera.axes().to(device).T / 2 + 0.5
        case "clay":
            colours, shading = torch.full_like(normal, CLAY), look.shading or 1.0
        case _:
            colours, shading = some.colours_from(eye), look.shading
    return colours * (1 - shading * (1 - facing.abs())).clamp(0, 1)


def _bands(seen: _Seen, top: int, bottom: int, width: int) -> Iterator[tuple[int, int]]:
    """Rows of the picture, few enough at a time."""
    low, high = seen.low[:, 1].clamp_min(top), seen.high[:, 1].clamp_max(bottom - 1)
    pairs = int(((high - low + 1).clamp_min(0) * (seen.high[:, 0] - seen.low[:, 0] + 1)).sum())
    if pairs > PAIRS_MAX and bottom - top > 1:
        middle = (top + bottom) // 2
        yield from _bands(seen, top, middle, width)
        yield from _bands(seen, middle, bottom, width)
    elif pairs:
        yield top, bottom


def _draw(seen: _Seen, colours: Tensor, sums: Tensor, top: int, bottom: int, width: int, sharpen: float) -> None:
    """Add to ``sums``, of each pixel: colours by weight (3), the weights, and what of the light is held back."""
    low = torch.stack([seen.low[:, 0], seen.low[:, 1].clamp_min(top)], 1)
    extent = torch.stack([seen.high[:, 0], seen.high[:, 1].clamp_max(bottom - 1)], 1) - low + 1
    counts = extent.clamp_min(0).prod(1)
    owner = torch.arange(len(counts), device=counts.device).repeat_interleave(counts)
    step = torch.arange(len(owner), device=counts.device) - (counts.cumsum(0) - counts)[owner]
    x, y = low[owner, 0] + step % extent[owner, 0], low[owner, 1] + step // extent[owner, 0]
    dx, dy = x - seen.at[owner, 0], y - seen.at[owner, 1]
    xx, xy, yy = seen.inverse[owner].unbind(1)
    alpha = seen.opacity[owner] * torch.exp(-0.5 * (xx * dx * dx + 2 * xy * dx * dy + yy * dy * dy))
    there = alpha > FAINTEST
    pixel, owner, alpha = (y * width + x)[there], owner[there], alpha[there].clamp_max(OPAQUE)
    order = pixel.argsort(stable=True)  # within a pixel they stay the nearest first
    pixel, owner, alpha = pixel[order], owner[order], alpha[order]
    passed = torch.log1p(-alpha.double()).cumsum(0)
    before = passed - torch.log1p(-alpha.double())
    first = torch.ones_like(pixel, dtype=torch.bool)
    first[1:] = pixel[1:] != pixel[:-1]
    start = before[first][first.cumsum(0) - 1]
    weight = (torch.exp(before - start) * alpha).float()
    strong = weight**sharpen
    sums.index_add_(0, pixel, torch.cat([strong[:, None] * colours[owner], strong[:, None], weight[:, None]], 1))


def _brightness(depth: Tensor, alpha: Tensor) -> Tensor:
    """Depths as brightness: 1 = the nearest that is seen, 0 = the farthest."""
    seen = alpha > 0.5
    if not bool(seen.any()):
        return torch.zeros_like(depth)
    near, far = float(depth[seen].min()), float(depth[seen].max())
    return ((far - depth) / max(far - near, 1e-6)).clamp(0, 1) if far > near else torch.ones_like(depth)
