"""Clouds of Gaussians: bodies as coloured, soft ellipsoids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import normalize

from diffusion.errors import DiffusionError

SH0: Final = 0.28209479177387814  # the constant harmonic, 1 / (2 sqrt(pi))
SH1: Final = 0.4886025119029199
SH2: Final = (1.0925484305920792, -1.0925484305920792, 0.31539156525252005, -1.0925484305920792, 0.5462742152960396)
SH3: Final = (
    -0.5900435899266435,
    2.890611442640554,
    -0.4570457994644658,
    0.3731763325901154,
    -0.4570457994644658,
    1.445305721320277,
    -0.5900435899266435,
)


@dataclass
class Splat:
    """A batch of clouds. (Not frozen: node classes of the field put values of their own onto it.)

    positions ``(batch, n, 3)``. scales ``(batch, n, 3)`` standard deviations along the ellipsoids' axes. rotations
    ``(batch, n, 4)`` quaternions w, x, y, z. opacities ``(batch, n, 1)`` in 0..1. sh ``(batch, n, 1, 4, 9 or 16, 3)``
    spherical harmonics of the colour. counts ``(batch,)`` how many of each cloud are no filling; None = all.
    """

    positions: Tensor
    scales: Tensor
    rotations: Tensor
    opacities: Tensor
    sh: Tensor
    counts: Tensor | None = None


@dataclass(frozen=True)
class Cloud:
    """One cloud, as in Splat without the batch; opacities ``(n,)``, rotations of length 1."""

    positions: Tensor
    scales: Tensor
    rotations: Tensor
    opacities: Tensor
    sh: Tensor

    def __len__(self) -> int:
        return len(self.positions)

    def pick(self, rows: Tensor) -> Cloud:
        return Cloud(self.positions[rows], self.scales[rows], self.rotations[rows], self.opacities[rows], self.sh[rows])

    def to(self, device: torch.device) -> Cloud:
        parts = (self.positions, self.scales, self.rotations, self.opacities, self.sh)
        return Cloud(*(part.to(device) for part in parts))

    def axes(self) -> Tensor:
        """``(n, 3, 3)`` the ellipsoids' axes as columns."""
        w, x, y, z = self.rotations.unbind(1)
        rows = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
        return torch.stack([torch.stack(row, 1) for row in rows], 1)

    def base_colours(self) -> Tensor:
        """``(n, 3)`` in 0..1, the same from all sides."""
        return (self.sh[:, 0] * SH0 + 0.5).clamp(0, 1)

    def colours_from(self, eye: Tensor) -> Tensor:
        """``(n, 3)`` in 0..1 as seen from a place ``(3,)``."""
        basis = harmonics(normalize(self.positions - eye, dim=1), self.sh.shape[1])
        return ((basis[..., None] * self.sh).sum(1) + 0.5).clamp(0, 1)


def clouds_of(splat: Splat) -> list[Cloud]:
    """The clouds of a batch, in the computer's own memory. Raises DiffusionError where shapes do not fit each other."""
    count, most = splat.positions.shape[:2] if splat.positions.dim() == 3 else (0, 0)
    wanted = {"positions": (3,), "scales": (3,), "rotations": (4,), "opacities": (1,), "sh": (*splat.sh.shape[2:3], 3)}
    for name, rest in wanted.items():
        if getattr(splat, name).shape != (count, most, *rest):
            shape = tuple(getattr(splat, name).shape)
            raise DiffusionError(f"The splat's {name} are {shape}, where (batch, n, {', '.join(map(str, rest))}) fits.")
    found = []
    for i in range(count):
        some = slice(0, most if splat.counts is None else int(splat.counts[i]))
        parts = [getattr(splat, name)[i, some].detach().float().cpu() for name in wanted]
        found.append(Cloud(parts[0], parts[1], normalize(parts[2], dim=1), parts[3][:, 0], parts[4]))
    return found


def only_cloud(splat: Splat) -> Cloud:
    """The first cloud of a batch. Raises DiffusionError when it has no Gaussians."""
    clouds = clouds_of(splat)
    if not clouds or not len(clouds[0]):
        raise DiffusionError("The splat holds no Gaussians. Give one that does.")
    return clouds[0]


def splat_of(cloud: Cloud) -> Splat:
    """A batch of one."""
    return Splat(
        *(v[None] for v in (cloud.positions, cloud.scales, cloud.rotations, cloud.opacities[:, None], cloud.sh))
    )


def drop_faint(cloud: Cloud, opacity: float) -> Cloud:
    """The cloud without the Gaussians fainter than that."""
    return cloud.pick(cloud.opacities >= opacity)


def harmonics(direction: Tensor, count: int) -> Tensor:
    """The first 1, 4, 9 or 16 real spherical harmonics at unit vectors ``(n, 3)``: ``(n, count)``.

    Their order and signs are those of Kerbl et al. 2023 (3D Gaussian splatting), in which files hold coefficients.
    """
    x, y, z = direction.unbind(1)
    found = [torch.full_like(x, SH0)]
    if count > 1:
        found += [-SH1 * y, SH1 * z, -SH1 * x]
    if count > 4:
        parts = (x * y, y * z, 2 * z * z - x * x - y * y, x * z, x * x - y * y)
        found += [factor * part for factor, part in zip(SH2, parts, strict=True)]
    if count > 9:
        parts3 = (
            y * (3 * x * x - y * y),
            x * y * z,
            y * (4 * z * z - x * x - y * y),
            z * (2 * z * z - 3 * x * x - 3 * y * y),
            x * (4 * z * z - x * x - y * y),
            z * (x * x - y * y),
            x * (x * x - 3 * y * y),
        )
        found += [factor * part for factor, part in zip(SH3, parts3, strict=True)]
    return torch.stack(found[:count], 1)
