"""Cameras. Right-handed, y points up; a camera looks along its own -z, its x points right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from diffusion.errors import DiffusionError

Triple = tuple[float, ...]
UP: Final = (0.0, 1.0, 0.0)


@dataclass(frozen=True)
class Camera:
    """position, target: x, y, z. rotation: a unit quaternion x, y, z, w from the camera's axes to the world's."""

    position: Triple
    target: Triple
    rotation: Triple

    def axes(self) -> Tensor:
        """``(3, 3)``: the camera's right, up and back as rows, in the world's axes."""
        x, y, z, w = self.rotation
        return torch.tensor(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)],
                [2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w)],
                [2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y)],
            ]
        )


def orbit(target: Triple, yaw: float, pitch: float, distance: float, roll: float = 0.0) -> Camera:
    """A camera around a target, angles in degrees: yaw 0 looks from +z, 90 from +x; a positive pitch looks down."""
    around, above = math.radians(yaw), math.radians(pitch)
    offset = (math.sin(around) * math.cos(above), math.sin(above), math.cos(around) * math.cos(above))
    return look_at(tuple(t + distance * o for t, o in zip(target, offset, strict=True)), target, roll)


def look_at(position: Triple, target: Triple, roll: float = 0.0) -> Camera:
    """A camera that sees its target in the middle, upright but for ``roll`` degrees to the left."""
    back = torch.tensor(position, dtype=torch.float64) - torch.tensor(target, dtype=torch.float64)
    if float(back.norm()) < 1e-9:
        raise DiffusionError("The camera is where it looks at. Move its position or its target.")
    back = back / back.norm()
    up = torch.tensor(UP, dtype=torch.float64)
    if float(torch.linalg.cross(up, back).norm()) < 1e-6:  # straight up or down: what was behind is now above
        up = torch.tensor([0.0, 0.0, -1.0 if back[1] > 0 else 1.0], dtype=torch.float64)
    right = torch.linalg.cross(up, back)
    right = right / right.norm()
    axes = torch.stack([right, torch.linalg.cross(back, right), back])
    return Camera(position, target, _rolled(_quaternion(axes), roll))


def with_rotation(position: Triple, rotation: Triple, roll: float = 0.0) -> Camera:
    """A camera of a given rotation x, y, z, w, of any length but 0; it looks at what is 1 before it."""
    length = math.sqrt(sum(part * part for part in rotation))
    if length < 1e-9:
        raise DiffusionError("The camera's quaternion is 0, 0, 0, 0, which is no rotation. Use 0, 0, 0, 1 for none.")
    turned = _rolled(tuple(part / length for part in rotation), roll)
    ahead = -Camera(position, position, turned).axes()[2]
    return Camera(position, tuple(p + a for p, a in zip(position, ahead.tolist(), strict=True)), turned)


def _rolled(rotation: Triple, roll: float) -> Triple:
    half = math.radians(roll) / 2
    return _times(rotation, (0.0, 0.0, math.sin(half), math.cos(half)))


def _times(a: Triple, b: Triple) -> Triple:
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def _quaternion(axes: Tensor) -> Triple:
    """Of three orthogonal rows. Shepperd 1978: the largest part first, so that no small number is divided by."""
    m = axes.T.tolist()
    squares = [m[0][0] - m[1][1] - m[2][2], m[1][1] - m[0][0] - m[2][2], m[2][2] - m[0][0] - m[1][1]]
    trace = m[0][0] + m[1][1] + m[2][2]
    parts = [0.0, 0.0, 0.0, 0.0]
    if trace >= max(squares):
        root = math.sqrt(max(1 + trace, 0.0))
        parts[3] = root / 2
        for i in range(3):
            j, k = (i + 1) % 3, (i + 2) % 3
            parts[i] = (m[k][j] - m[j][k]) / (2 * root)
        return tuple(parts)
    i = squares.index(max(squares))
    j, k = (i + 1) % 3, (i + 2) % 3
    root = math.sqrt(1 + squares[i])
    parts[i] = root / 2
    parts[j] = (m[j][i] + m[i][j]) / (2 * root)
    parts[k] = (m[k][i] + m[i][k]) / (2 * root)
    parts[3] = (m[k][j] - m[j][k]) / (2 * root)
    return tuple(parts)
