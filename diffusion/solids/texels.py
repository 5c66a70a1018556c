"""Where on a body each pixel of its pictures lies, and pictures made of what was found there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt  # type: ignore[import-untyped]  # scipy has no types
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.solids.body import Body

PAIRS_MAX: Final = 4_000_000  # pairs of face and pixel looked at in one go


@dataclass(frozen=True)
class Texels:
    """The pixels of a square picture whose middles lie on a face.

    size: pixels a side. at: ``(k,)`` their number, row after row. face: ``(k,)``. weights: ``(k, 3)`` how much of each
    corner of the face is there; they add up to 1.
    """

    size: int
    at: Tensor
    face: Tensor
    weights: Tensor

    def of(self, body: Body, values: Tensor) -> Tensor:
        """What vertices carry, ``(n, c)``, at each pixel: ``(k, c)``."""
        return (values[body.faces[self.face]] * self.weights[..., None]).sum(1)

    def picture(self, values: Tensor, empty: float = 0.0) -> Tensor:
        """Values ``(k, c)`` as a picture ``(size, size, c)``; pixels beside all faces take the nearest one's."""
        pixels = torch.full((self.size * self.size, values.shape[1]), empty)
        if not len(self.at):
            return pixels.reshape(self.size, self.size, -1)
        pixels[self.at] = values.float().cpu()
        free = np.ones(self.size * self.size, dtype=bool)
        free[self.at.numpy()] = False
        rows, columns = distance_transform_edt(
            free.reshape(self.size, self.size), return_distances=False, return_indices=True
        )
        source = torch.from_numpy(rows.astype(np.int64) * self.size + columns)
        return pixels[source.reshape(-1)].reshape(self.size, self.size, -1)


def texels_of(body: Body, size: int) -> Texels:
    """The pixels that the body's uvs cover; of several faces over one pixel, the last."""
    at, face, weights = covered(body, size)
    last = torch.full((size * size,), -1)
    last[at] = torch.arange(len(at))
    kept = last[last >= 0]
    return Texels(size, at[kept], face[kept], weights[kept])


def covered(body: Body, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """All pairs of a pixel and a face that covers its middle: pixels ``(k,)``, faces ``(k,)``, weights ``(k, 3)``."""
    corners = uvs_of(body)[body.faces] * size - 0.5  # a pixel's middle is now a whole number
    low = corners.amin(1).ceil().clamp(0, size).long()
    high = corners.amax(1).floor().clamp(-1, size - 1).long()
    extent = (high - low + 1).clamp_min(0)
    found = [_covered(corners, low, extent, faces, size) for faces in _portions(extent.prod(1))]
    if not found:
        return torch.empty(0).long(), torch.empty(0).long(), torch.empty(0, 3)
    at, face, weights = (torch.cat(parts) for parts in zip(*found, strict=True))
    return at, face, weights


def uvs_of(body: Body) -> Tensor:
    """The body's uvs. Raises DiffusionError if it has none."""
    if body.uvs is None:
        raise DiffusionError("The mesh has no uvs, so there is nothing to lay a picture on. Put UnwrapMesh before it.")
    return body.uvs


def fit_uvs(body: Body) -> Body:
    """The body with uvs inside 0..1: those that spill out are shrunk together, in proportion."""
    uvs = uvs_of(body)
    if not len(uvs) or (float(uvs.min()) >= -1e-4 and float(uvs.max()) <= 1 + 1e-4):
        return body
    low = uvs.amin(0)
    return replace(body, uvs=(uvs - low) / float((uvs.amax(0) - low).max().clamp_min(1e-12)))


def _portions(counts: Tensor) -> Iterator[Tensor]:
    """Faces that have something to look at, in portions of at most PAIRS_MAX pairs (or of one face)."""
    faces = counts.nonzero()[:, 0]
    portion = (counts[faces].cumsum(0) - 1) // PAIRS_MAX
    for number in torch.unique(portion):
        yield faces[portion == number]


def _covered(corners: Tensor, low: Tensor, extent: Tensor, faces: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    counts = extent[faces].prod(1)
    face = faces.repeat_interleave(counts)
    step = torch.arange(len(face)) - (counts.cumsum(0) - counts).repeat_interleave(counts)
    x = low[face, 0] + step % extent[face, 0]
    y = low[face, 1] + step // extent[face, 0]
    (ax, ay), (bx, by), (cx, cy) = (corners[face, i].unbind(1) for i in range(3))
    whole = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    one = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / whole
    two = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / whole
    weights = torch.stack([one, two, 1 - one - two], 1)
    inside = (weights >= -1e-5).all(1)  # of faces without area, weights are no numbers
    weights = weights[inside].clamp_min(0)
    return (y * size + x)[inside], face[inside], weights / weights.sum(1, keepdim=True)
