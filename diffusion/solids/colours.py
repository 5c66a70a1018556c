"""Colours out of voxels: for vertices and for pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch
from scipy.spatial import cKDTree  # type: ignore[import-untyped]  # scipy has no types
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.solids.body import Body, Voxel
from diffusion.solids.surface import Surface
from diffusion.solids.texels import texels_of

Report = Callable[[int, int], None]
CORNERS: Final = 8


@dataclass(frozen=True)
class Painted:
    """The coloured voxels of one body. values: ``(k, c)``. width: of a voxel. tree: over their middles."""

    values: Tensor
    width: float
    tree: Any

    def nearest(self, places: Tensor) -> Tensor:
        """Of each place ``(n, 3)`` what the nearest voxel has: ``(n, c)``."""
        _, at = self.tree.query(places.numpy(), workers=-1)
        return self.values[torch.from_numpy(at)]

    def between(self, places: Tensor) -> Tensor:
        """The same, linear between the voxels that there are around each place (the nearest where there is none)."""
        count = min(CORNERS, len(self.values))
        _, near = self.tree.query(places.numpy(), k=count, workers=-1)
        at = torch.from_numpy(near.reshape(len(places), count))
        offset = (torch.from_numpy(self.tree.data).float()[at] - places[:, None]).abs() / self.width
        weights = (1 - offset).clamp_min(0).prod(2)
        lost = weights.sum(1) < 1e-3
        weights[lost] = torch.eye(1, count)
        return (self.values[at] * weights[..., None]).sum(1) / weights.sum(1, keepdim=True)


def painted(voxel: Voxel, number: int) -> Painted | None:
    """The coloured voxels of the body with that number; None if it has none. Raises DiffusionError for grids."""
    places, values = voxel.data, voxel.voxel_colors
    if values is None or places.dim() != 2 or places.shape[1] not in (3, 4) or len(values) != len(places):
        raise DiffusionError(
            "These voxels have no colours: they need places (n, 3 or 4) and as many rows of voxel_colors. "
            "Link the voxels that a texture decoder gives."
        )
    if values.shape[1] < 3:
        raise DiffusionError(f"voxel_colors has {values.shape[1]} numbers a voxel; it takes three, red, green, blue.")
    places, values = places.detach().cpu(), values.detach().float().cpu()
    side = voxel.resolution or (int(places[:, -3:].max()) + 1 if len(places) else 1)
    if places.shape[1] == 4:
        mine = places[:, 0] == number
        places, values = places[mine], values[mine]
    if not len(places):
        return None
    middles = (places[:, -3:].float() + 0.5) / side - 0.5
    return Painted(values, 1 / side, cKDTree(middles.numpy()))


def paint(body: Body, voxels: Painted | None) -> Tensor:
    """Colours of the body's vertices ``(n, 3)`` in linear light; black without voxels."""
    if voxels is None:
        return torch.zeros_like(body.vertices)
    return to_linear(voxels.nearest(body.vertices)[:, :3])


def to_linear(colours: Tensor) -> Tensor:
    """sRGB as linear light (IEC 61966-2-1)."""
    colours = colours.clamp(0, 1)
    return torch.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def bake_colours(
    body: Body, voxels: Painted | None, size: int, reference: Body | None, report: Report | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Base colour, metallic and roughness, each ``(size, size, 3)``; black for what the voxels do not tell.

    reference: the finer body on whose surface each pixel is looked up, so that no facets show.
    """
    if voxels is None or body.is_empty:
        return torch.zeros(size, size, 3), torch.zeros(size, size, 3), torch.zeros(size, size, 3)
    texels = texels_of(body, size)
    places = texels.of(body, body.vertices)
    if reference is not None and not reference.is_empty:
        places = Surface(reference).nearest(places, report=report).place
    values = voxels.between(places).clamp(0, 1)
    grey = [values[:, i : i + 1].expand(-1, 3) if values.shape[1] >= 5 else torch.zeros(len(values), 3) for i in (3, 4)]
    base, metallic, roughness = (texels.picture(v) for v in (values[:, :3], *grey))
    return base, metallic, roughness
