"""The surface of a cloud of Gaussians."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import torch
from scipy.spatial import cKDTree  # type: ignore[import-untyped]  # scipy has no types
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.solids.body import Body
from diffusion.solids.colours import to_linear
from diffusion.solids.splat import Cloud, drop_faint
from diffusion.solids.topology import drop_inverted, drop_small, taubin
from diffusion.solids.voxels import surface_net

Report = Callable[[int, int], None]
PAIRS_MAX: Final = 4_000_000
NEIGHBOURS: Final = 16
BINS: Final = 256
MIXED: Final = ((0, 1), (0, 2), (1, 2))


@dataclass(frozen=True)
class Extraction:
    """resolution: cells along the longest side. kernel: how many cells from its middle a Gaussian is drawn at most.
    smooth: passes of Taubin. level: the density of the surface, 1 = what parts inside from outside best (Otsu).
    min_component: vertices that a part has at least. min_opacity: of Gaussians. sharpen: above 1,
    colours are blended less, and a vertex leans to the Gaussian that is strongest at it.
    """

    resolution: int = 384
    kernel: int = 5
    smooth: int = 0
    level: float = 0.4
    min_component: int = 500
    min_opacity: float = 0.02
    sharpen: float = 2.0


def extract(cloud: Cloud, how: Extraction, report: Report | None = None) -> Body:
    """The surface of the cloud's density, with its colours at the vertices (in linear light), shown unlit."""
    cloud = drop_faint(cloud, how.min_opacity)
    if not len(cloud):
        raise DiffusionError(f"No Gaussian of the splat is as opaque as min_opacity, {how.min_opacity:g}. Lower it.")
    low, high = cloud.positions.amin(0), cloud.positions.amax(0)
    # A single Gaussian, or some at one place, are as large as they are soft.
    extent = max(
        float((high - low).max()), 2 * float(cloud.scales.amax(1).median()), 1e-5 * float(cloud.positions.abs().max())
    )
    cell = max(extent, 1e-9) / how.resolution
    margin = how.kernel + 1
    corner = low - margin * cell
    shape = ((high - corner) / cell).long() + margin + 2
    density = _density(cloud, corner, cell, shape, how.kernel, report)
    level = max(otsu(density) * how.level, float(density.max()) * 1e-4)
    vertices, faces = surface_net(density, level)
    body = Body((vertices * cell + corner), faces)
    if how.min_component:
        body = drop_inverted(drop_small(body, vertices=how.min_component))  # and the inner side of hollow bodies
    if how.smooth and not body.is_empty:
        body = taubin(body, how.smooth)
    if body.is_empty:
        raise DiffusionError(f"The splat is nowhere as dense as level {how.level:g} asks. Lower it, or raise kernel.")
    return replace(body, vertex_colors=_colours(cloud, body.vertices, how.sharpen), unlit=True)


def otsu(values: Tensor) -> float:
    """The number that parts values above 0 into two groups that differ the most (Otsu 1979)."""
    values = values[values > 0].float()
    if not len(values):
        return 0.0
    top = float(values.max())
    counts = torch.histc(values, BINS, 0.0, top).double()
    middles = (torch.arange(BINS, dtype=torch.float64) + 0.5) * top / BINS
    below, total = counts.cumsum(0), counts.sum()
    mass = (counts * middles).cumsum(0)
    above = total - below
    apart = mass / below.clamp_min(1) - (mass[-1] - mass) / above.clamp_min(1)
    between = below * above * apart.square()
    return float((middles + top / BINS / 2)[between[:-1].argmax()])


def _density(cloud: Cloud, corner: Tensor, cell: float, shape: Tensor, kernel: int, report: Report | None) -> Tensor:
    """What all Gaussians together are at each cell's middle: ``(x, y, z)``.

    A Gaussian's exponent is a polynomial of the steps from the cell that it lies in, so that those of many Gaussians at
    many cells are one product of matrices.
    """
    total = torch.zeros(int(shape.prod()))
    at = (cloud.positions - corner) / cell - 0.5
    width = (cloud.scales / cell).clamp_min(0.3)  # what is thinner than a cell must not fall between two middles
    reach = (3 * width.amax(1)).ceil().clamp(1, kernel).long()
    turn = cloud.axes() / width[:, None]
    form = turn @ turn.transpose(1, 2)  # the inverse of the covariance
    middle = at.round()
    apart = at - middle
    slope = (form @ apart[..., None])[..., 0]
    constant = (apart * slope).sum(1, keepdim=True) - 2 * cloud.opacities.clamp_min(1e-30).log()[:, None]
    squares = torch.stack([form[:, 0, 0], form[:, 1, 1], form[:, 2, 2], *(2 * form[:, i, j] for i, j in MIXED)], 1)
    polynomial = torch.cat([squares, -2 * slope, constant], 1)
    strides = torch.tensor([int(shape[1] * shape[2]), int(shape[2]), 1])
    start = (middle.long() * strides).sum(1)
    done = 0
    for half in range(1, kernel + 1):
        rows = (reach == half).nonzero()[:, 0]
        steps = torch.cartesian_prod(*[torch.arange(-half, half + 1)] * 3)
        mixed = [steps[:, i] * steps[:, j] for i, j in MIXED]
        powers = torch.cat([steps**2, torch.stack(mixed, 1), steps, torch.ones(len(steps), 1)], 1).float()
        offsets = (steps * strides).sum(1)
        for some in torch.split(rows, max(PAIRS_MAX // len(steps), 1)):
            value = (polynomial[some] @ powers.T).mul_(-0.5).exp_()
            total.index_add_(0, (start[some, None] + offsets).reshape(-1), value.reshape(-1))
            done += len(some)
            if report is not None:
                report(done, len(cloud))
    return total.reshape(shape.tolist())


def _colours(cloud: Cloud, places: Tensor, sharpen: float) -> Tensor:
    """Colours of places: of the Gaussians nearest to each, by how strong they are there."""
    count = min(NEIGHBOURS, len(cloud))
    found = []
    turn = cloud.axes().transpose(1, 2) / cloud.scales.clamp_min(1e-9)[:, :, None]
    base = cloud.base_colours()
    tree = cKDTree(cloud.positions.numpy())
    for some in torch.split(places, PAIRS_MAX // (8 * NEIGHBOURS)):
        _, near = tree.query(some.numpy(), k=count, workers=-1)
        rows = torch.from_numpy(near.reshape(len(some), count))
        along = torch.einsum("vkij,vkj->vki", turn[rows], some[:, None] - cloud.positions[rows])
        strength = cloud.opacities[rows].clamp_min(1e-6).log() - 0.5 * along.square().sum(2)
        weights = torch.softmax(strength * sharpen, 1)  # relative: far from all, the nearest still counts
        found.append((weights[..., None] * base[rows]).sum(1))
    return to_linear(torch.cat(found))
