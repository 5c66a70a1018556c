"""Bodies cleaned: loose parts dropped, bumps smoothed."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from diffusion.solids.body import Body, drop_unused
from diffusion.solids.normals import edges_of, label

SHRINK, GROW = 0.5, -0.53  # Taubin 1995: passes waves longer than about ten edges


def parts_of(body: Body) -> Tensor:
    """Which faces hang together by their vertices: ``(m,)`` the number of each one's part."""
    edges, _ = edges_of(body.faces)
    return label(len(body.vertices), edges)[body.faces[:, 0]]


def drop_small(body: Body, *, vertices: int = 0, share: float = 0.0) -> Body:
    """The body without parts of fewer vertices, or of fewer faces than that share of the largest's."""
    if body.is_empty or (not vertices and not share):
        return body
    parts = parts_of(body)
    faces = torch.bincount(parts)
    owner = torch.zeros(len(body.vertices), dtype=torch.long)
    owner[body.faces.reshape(-1)] = parts.repeat_interleave(3)
    used = torch.unique(body.faces)
    counts = torch.bincount(owner[used], minlength=len(faces))
    stays = (counts >= vertices) & (faces >= share * int(faces.max()))
    stays[faces.argmax()] = True
    return drop_unused(replace(body, faces=body.faces[stays[parts]]))


def drop_inverted(body: Body) -> Body:
    """The body without parts whose faces look inside, as the inner sides of hollow bodies do."""
    if body.is_empty:
        return body
    parts = parts_of(body)
    volumes = torch.zeros(int(parts.max()) + 1, dtype=torch.float64).index_add_(0, parts, _volumes(body))
    return drop_unused(replace(body, faces=body.faces[(volumes >= 0)[parts]]))


def taubin(body: Body, passes: int) -> Body:
    """The body with bumps smoothed and its volume kept: each pass shrinks it a little, then swells it again."""
    edges, _ = edges_of(body.faces)
    both = torch.cat([edges, edges.flip(1)])
    degree = torch.bincount(both[:, 0], minlength=len(body.vertices)).clamp_min(1)[:, None]
    vertices = body.vertices
    for _ in range(passes):
        for step in (SHRINK, GROW):
            mean = torch.zeros_like(vertices).index_add_(0, both[:, 0], vertices[both[:, 1]]) / degree
            vertices = vertices + step * (mean - vertices)
    return replace(body, vertices=vertices)


def _volumes(body: Body) -> Tensor:
    """Between each face and the origin, ``(m,)``."""
    a, b, c = body.corners.double().unbind(1)
    across: Tensor = torch.linalg.cross(b, c)
    return (a * across).sum(1) / 6
