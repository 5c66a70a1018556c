"""Bodies as they lie on the wires, a batch at a time, and one by one as the functions of this package take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn.functional import pad

from diffusion.errors import DiffusionError


@dataclass
class Voxel:
    """Bodies on a grid. (This and Mesh are not frozen: node classes of the field put values of their own onto them.)

    data: ``(batch, depth, height, width)`` numbers, larger inside; or, where only some voxels are known, their places
    ``(n, 3)`` x, y, z or ``(n, 4)`` with the body's number before them. voxel_colors, of the latter: ``(n, c)`` in
    0..1: red, green, blue (sRGB), then metallic and roughness if there are five or more. resolution: voxels along each
    side of their cube, which reaches from -0.5 to 0.5; None = as many as the largest place needs.
    """

    data: Tensor
    voxel_colors: Tensor | None = None
    resolution: int | None = None


@dataclass
class Mesh:
    """Bodies as triangles. Those of a batch that have fewer are filled up with faces that have no area.

    vertices: ``(batch, n, 3)`` x, y, z. faces: ``(batch, m, 3)`` rows of vertices, counter-clockwise seen from outside.
    What vertices may have too: uvs ``(batch, n, 2)`` in 0..1 from the picture's upper left corner, vertex_colors
    ``(batch, n, 3 or 4)`` in 0..1 (linear light), normals ``(batch, n, 3)``, tangents ``(batch, n, 4)``. What is laid
    on by uvs: texture, metallic_roughness (occlusion, roughness, metallic as red, green, blue) and normal_map, each
    ``(batch, height, width, 3)``. vertex_counts, face_counts ``(batch,)``: the rows that are no filling; None = all.
    unlit: shown in its own colours, whatever the light. occlusion_in_mr: red of metallic_roughness has a meaning.
    """

    vertices: Tensor
    faces: Tensor
    uvs: Tensor | None = None
    vertex_colors: Tensor | None = None
    texture: Tensor | None = None
    vertex_counts: Tensor | None = None
    face_counts: Tensor | None = None
    normals: Tensor | None = None
    tangents: Tensor | None = None
    metallic_roughness: Tensor | None = None
    normal_map: Tensor | None = None
    unlit: bool = False
    occlusion_in_mr: bool = False


@dataclass(frozen=True)
class Body:
    """One body: as in Mesh, without the batch. Faces without area are left out."""

    vertices: Tensor
    faces: Tensor
    uvs: Tensor | None = None
    vertex_colors: Tensor | None = None
    texture: Tensor | None = None
    normals: Tensor | None = None
    tangents: Tensor | None = None
    metallic_roughness: Tensor | None = None
    normal_map: Tensor | None = None
    unlit: bool = False
    occlusion_in_mr: bool = False

    @property
    def is_empty(self) -> bool:
        return len(self.faces) == 0

    @property
    def corners(self) -> Tensor:
        """``(m, 3, 3)``: of each face, of each corner, its place."""
        return self.vertices[self.faces]

    def to(self, device: torch.device) -> Body:
        carried = {n: v.to(device) for n in AT_VERTICES if (v := getattr(self, n)) is not None}
        return replace(self, vertices=self.vertices.to(device), faces=self.faces.to(device), **carried)

    def diagonal(self) -> float:
        """The length of its bounding box from corner to corner."""
        return float((self.vertices.amax(0) - self.vertices.amin(0)).norm()) if len(self.vertices) else 0.0


AT_VERTICES: Final = ("uvs", "vertex_colors", "normals", "tangents")
PICTURES: Final = ("texture", "metallic_roughness", "normal_map")
_MARKS: Final = ("unlit", "occlusion_in_mr")


def bodies_of(mesh: Mesh) -> list[Body]:
    """The bodies of a batch, in the computer's own memory. Raises DiffusionError where the numbers cannot be a mesh."""
    vertices, faces = mesh.vertices, mesh.faces
    if vertices.dim() != 3 or faces.dim() != 3 or vertices.shape[-1] != 3 or faces.shape[-1] != 3:
        shapes = f"{tuple(vertices.shape)} and {tuple(faces.shape)}"
        raise DiffusionError(f"A mesh has vertices (batch, n, 3) and faces (batch, m, 3); these are {shapes}.")
    return [_body_at(mesh, number) for number in range(len(vertices))]


def only_body(mesh: Mesh) -> Body:
    """The first body of a batch. Raises DiffusionError when there is none, or when it has no faces."""
    bodies = bodies_of(mesh)
    if not bodies or bodies[0].is_empty:
        raise DiffusionError("The mesh has no faces. Give one that has.")
    return bodies[0]


def join(bodies: Sequence[Body]) -> Mesh:
    """A batch of bodies, filled up to the size of the largest."""
    counts = [torch.tensor([len(getattr(b, name)) for b in bodies]) for name in ("vertices", "faces")]
    even = all(len(set(c.tolist())) <= 1 for c in counts)
    marks: dict[str, Any] = {name: getattr(bodies[0], name) for name in _MARKS} if bodies else {}
    carried: dict[str, Any] = {n: _stack_all([getattr(b, n) for b in bodies]) for n in (*AT_VERTICES, *PICTURES)}
    return Mesh(
        _stack([b.vertices for b in bodies], (0, 3)),
        _stack([b.faces for b in bodies], (0, 3)).long(),
        vertex_counts=None if even else counts[0],
        face_counts=None if even else counts[1],
        **carried,
        **marks,
    )


def pick_vertices(body: Body, rows: Tensor, faces: Tensor) -> Body:
    """The body with vertices ``rows`` of what it has, each with all that it carries, and these faces of them."""
    carried = {name: value[rows] for name in AT_VERTICES if (value := getattr(body, name)) is not None}
    return replace(body, vertices=body.vertices[rows], faces=faces, **carried)


def drop_unused(body: Body) -> Body:
    """The body without the vertices that no face uses."""
    used, index = torch.unique(body.faces, return_inverse=True)
    return pick_vertices(body, used, index.reshape(-1, 3))


def has_area(faces: Tensor) -> Tensor:
    """Which faces ``(m, 3)`` have three different corners: ``(m,)``."""
    return (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])


def _body_at(mesh: Mesh, number: int) -> Body:
    vertices = int(mesh.vertex_counts[number]) if mesh.vertex_counts is not None else mesh.vertices.shape[1]
    count = int(mesh.face_counts[number]) if mesh.face_counts is not None else mesh.faces.shape[1]
    faces = mesh.faces[number, :count].detach().cpu().long()
    if len(faces) and (int(faces.min()) < 0 or int(faces.max()) >= vertices):
        raise DiffusionError(f"A face of the mesh names vertex {int(faces.max())}; there are {vertices}.")
    carried: dict[str, Any] = {
        **{
            n: v[number, :vertices].detach().float().cpu()
            for n in AT_VERTICES
            if (v := getattr(mesh, n, None)) is not None
        },
        **{n: v[min(number, len(v) - 1)].detach().cpu() for n in PICTURES if (v := getattr(mesh, n, None)) is not None},
        **{name: bool(getattr(mesh, name, False)) for name in _MARKS},
    }
    places = mesh.vertices[number, :vertices].detach().float().cpu()
    if not bool(places.isfinite().all()):
        raise DiffusionError("Some places of the mesh are infinite or no numbers. Mend it, or take another mesh.")
    return Body(places, faces[has_area(faces)], **carried)


def _stack(rows: Sequence[Tensor], empty: tuple[int, int]) -> Tensor:
    most = max((len(r) for r in rows), default=0)
    filled = [pad(r, (0, 0, 0, most - len(r))) for r in rows]
    return torch.stack(filled) if filled else torch.empty(0, *empty)


def _stack_all(values: Sequence[Tensor | None]) -> Tensor | None:
    """What all bodies have, in one tensor; None where one lacks it or pictures differ in size."""
    found = [value for value in values if value is not None]
    if not found or len(found) < len(values) or len({v.shape[1:] for v in found}) > 1:
        return None
    if found[0].dim() == 3:
        return torch.stack(found) if len({v.shape for v in found}) == 1 else None
    return _stack(found, (0, found[0].shape[-1]))
