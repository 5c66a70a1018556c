"""Uvs of bodies, and the pictures that are laid on them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final, NamedTuple

import torch
from torch import Tensor

from diffusion.memory import Memory
from diffusion.pixels.batch import resize_image
from diffusion.solids.atlas import draw_atlas
from diffusion.solids.baking import Rays, bake_normals, bake_occlusion
from diffusion.solids.body import Body, Mesh, bodies_of, join, only_body, pick_vertices
from diffusion.solids.charts import unwrap
from diffusion.solids.colours import bake_colours, paint, painted
from diffusion.solids.normals import seamless_normals, tangents
from diffusion.solids.texels import fit_uvs
from graph.errors import UserError
from graph.node import Slot, node
from graph.run import Run
from graph.spec import Choice, Float, Int, Port, Toggle
from nodes.meshes import OUT_MESH
from nodes.ports import IMAGE
from nodes.solids import MESH, VOXEL

log = logging.getLogger(__name__)

CATEGORY: Final = "3d/mesh"
Resolution = Annotated[int, Int(64, 8192, 64), "Pixels a side of the square picture."]
LowPoly = Annotated[Mesh, Port("MESH"), "The mesh whose uvs the picture is for."]
HighPoly = Annotated[Mesh, Port("MESH"), "The finer mesh that it came from: as many bodies, or one for all."]


class Baked(NamedTuple):
    base_color: IMAGE
    metallic: IMAGE
    roughness: IMAGE


@node("UnwrapMesh", display_name="Unwrap Mesh UVs", category=CATEGORY, needs_device=False,
      synonyms=("uv", "atlas", "parametrize"))  # fmt: skip
def unwrap_mesh(
    *,
    mesh: MESH,
    segmenter: Annotated[
        str,
        Choice(("pec", "adaptive"), modern=True),
        "pec: charts are merged, and projected. adaptive: less distortion, much slower (needs the package xatlas).",
    ] = "pec",
    resolution: Annotated[int, Int(0, 8192, 256), "Pixels a side of the pictures to come; 0 = any."] = 1024,
    padding: Annotated[int, Int(0, 16), "Pixels between charts."] = 1,
    weld_distance: Annotated[
        float,
        Float(0.0, 1.0, 0.0001),
        "Vertices nearer than this share of the mesh's extent count as one; 0 = only those at one place.",
    ] = 0.0,
) -> OUT_MESH:
    """Cut bodies into charts that lie flat in a picture. Vertices on their seams are doubled."""
    if segmenter == "adaptive":
        return join([unwrap_adaptively(body, resolution, padding) for body in bodies_of(mesh)])
    return join([unwrap(body, resolution, padding, weld_distance) for body in bodies_of(mesh)])


@node("RenderUVAtlas", display_name="Render UV Atlas", category=CATEGORY, needs_device=False)
def render_atlas(
    *, mesh: MESH, resolution: Annotated[int, Int(64, 4096, 64)] = 1024
) -> Annotated[Tensor, Port("IMAGE"), Slot(name="image")]:
    """The charts of a mesh's uvs as a picture, each in a colour of its own (of a batch, the first body's)."""
    return draw_atlas(only_body(mesh), resolution)[None]


@node("PaintMesh", display_name="Paint Mesh", category=CATEGORY, needs_device=False, synonyms=("vertex colors",))
def paint_mesh(*, mesh: MESH, voxel_colors: VOXEL) -> OUT_MESH:
    """Give each vertex the colour of the nearest voxel."""
    bodies = bodies_of(mesh)
    return join([replace(b, vertex_colors=paint(b, painted(voxel_colors, i))) for i, b in enumerate(bodies)])


@node("ApplyTextureToMesh", display_name="Apply Texture to Mesh", category=CATEGORY, needs_device=False,
      synonyms=("material", "pbr"))  # fmt: skip
def apply_textures(
    *,
    mesh: MESH,
    base_color: IMAGE,
    metallic: IMAGE | None = None,
    roughness: IMAGE | None = None,
    occlusion: IMAGE | None = None,
    normal_map: IMAGE | None = None,
) -> OUT_MESH:
    """Lay pictures on the uvs of bodies, which GLB files then carry. With a normal map they get smooth normals too.

    Colours of vertices go: viewers would multiply the pictures with them.
    """
    bodies = _with_uvs(mesh)
    found = []
    for i, body in enumerate(bodies):
        body = replace(body, vertex_colors=None, texture=_one(base_color, i).clamp(0, 1))
        surface = _surface(metallic, roughness, occlusion, i)
        body = replace(body, metallic_roughness=surface, occlusion_in_mr=occlusion is not None)
        if normal_map is not None:
            normals = seamless_normals(body)
            body = replace(body, normal_map=_one(normal_map, i), normals=normals, tangents=tangents(body, normals))
        found.append(body)
    return join(found)


@node("BakeTextureFromVoxel", display_name="Bake Texture From Voxel", category=CATEGORY, needs_device=False)
def bake_texture(
    *,
    mesh: MESH,
    voxel_colors: VOXEL,
    texture_size: Annotated[int, Int(64, 8192, 64), Slot(display_name="resolution")] = 2048,
    reference_mesh: Annotated[
        Mesh | None, Port("MESH"), "The finer mesh on whose surface colours are looked up."
    ] = None,
    run: Run,
) -> Baked:
    """Colours of voxels as pictures for the uvs of bodies; metallic and roughness too, if the voxels have them."""
    bodies = _with_uvs(mesh)
    references = _matched(reference_mesh, len(bodies)) if reference_mesh is not None else [None] * len(bodies)
    found = [
        bake_colours(body, painted(voxel_colors, i), texture_size, references[i], run.progress)
        for i, body in enumerate(bodies)
    ]
    return Baked(*(torch.stack(pictures) for pictures in zip(*found, strict=True)))


@node("BakeNormalMapFromMesh", display_name="Bake Normal Map from Mesh", category=CATEGORY, needs_device=False)
def bake_normal_map(
    *,
    low_poly: LowPoly,
    high_poly: HighPoly,
    resolution: Resolution = 1024,
    cage_distance: Annotated[
        float, Float(0.001, 0.5, 0.001), "How far the finer mesh may be, as a share of its diagonal."
    ] = 0.05,
    ignore_backfaces: Annotated[bool, Toggle(), "Only see what faces the same way."] = True,
    run: Run,
) -> Annotated[Tensor, Port("IMAGE"), Slot(name="normal_map")]:
    """The detail of a finer mesh as a normal map (y up) for the uvs of a coarser one."""

    def bake(low: Body, high: Body) -> Tensor:
        return bake_normals(low, high, resolution, cage_distance, facing=ignore_backfaces, report=run.progress)

    return _bake(low_poly, high_poly, bake, torch.tensor([0.5, 0.5, 1.0]).expand(resolution, resolution, 3))


@node("BakeAmbientOcclusion", display_name="Bake Ambient Occlusion", category=CATEGORY)
def bake_ambient_occlusion(
    *,
    low_poly: LowPoly,
    high_poly: HighPoly,
    resolution: Resolution = 1024,
    samples: Annotated[int, Int(4, 1024, 4), "Rays of each pixel; more are smoother."] = 64,
    max_distance: Annotated[float, Float(0.01, 2.0, 0.01), "How far they go, as a share of the diagonal."] = 0.5,
    strength: Annotated[float, Float(0.0, 2.0, 0.05), "Above 1 is darker."] = 1.0,
    bias: Annotated[float, Float(0.0001, 0.2, 0.0005), "How far above the surface they start."] = 0.01,
    memory: Memory,
    run: Run,
) -> Annotated[Tensor, Port("IMAGE"), Slot(name="occlusion")]:
    """How little light reaches each place of a mesh: white in the open, dark in crevices."""
    rays = Rays(samples, max_distance, bias, strength)

    def bake(low: Body, high: Body) -> Tensor:
        return bake_occlusion(low, high, resolution, rays, memory.device, run.progress).expand(-1, -1, 3)

    return _bake(low_poly, high_poly, bake, torch.ones(resolution, resolution, 3))


def unwrap_adaptively(body: Body, size: int, padding: int) -> Body:
    """By xatlas, an optional package: its charts follow the surface's bends, so that they are distorted less."""
    try:
        import xatlas
    except ImportError as error:
        raise UserError(
            "UnwrapMesh's segmenter 'adaptive' needs the package xatlas. Install it (pip install xatlas) and start "
            "Easel again, or choose 'pec'."
        ) from error
    if body.is_empty:
        return replace(body, uvs=torch.zeros(len(body.vertices), 2))
    atlas = xatlas.Atlas()
    atlas.add_mesh(body.vertices.numpy(), body.faces.numpy().astype("uint32"))
    options = xatlas.PackOptions()
    options.resolution, options.padding = size, padding
    atlas.generate(pack_options=options)
    rows, faces, uvs = (torch.from_numpy(part.copy()) for part in atlas[0])
    flat = pick_vertices(body, rows.long(), faces.long())
    return replace(flat, uvs=torch.stack([uvs[:, 0], 1 - uvs[:, 1]], 1).float())


def _bake(low_poly: Mesh, high_poly: Mesh, bake: Callable[[Body, Body], Tensor], empty: Tensor) -> Tensor:
    """A picture for each body of ``low_poly``; ``empty`` for those without faces, or all at one place."""
    lows = _with_uvs(low_poly)
    pictures = []
    for i, (low, high) in enumerate(zip(lows, _matched(high_poly, len(lows)), strict=True)):
        there = not low.is_empty and not high.is_empty and high.diagonal() > 0
        if not there:
            log.warning("Body %d has no faces, or all of them at one place, so its picture is plain.", i)
        pictures.append(bake(low, high) if there else empty)
    return torch.stack(pictures)


def _with_uvs(mesh: Mesh) -> list[Body]:
    """The bodies, whose uvs lie in 0..1. Raises UserError when there is none."""
    bodies = [fit_uvs(body) for body in bodies_of(mesh)]
    if not bodies:
        raise UserError("The mesh is a batch of no bodies. Give one that has some.")
    return bodies


def _matched(mesh: Mesh, count: int) -> list[Body]:
    """As many bodies as wanted: one for all, or one each."""
    bodies = bodies_of(mesh)
    if len(bodies) not in (1, count):
        raise UserError(f"The finer mesh has {len(bodies)} bodies, the other {count}. Give one, or as many.")
    return bodies * count if len(bodies) == 1 else bodies


def _one(images: Tensor, number: int) -> Tensor:
    """The picture of a body: its own, or the last of those that there are."""
    return images[min(number, len(images) - 1), ..., :3].float().cpu()


def _surface(metallic: Tensor | None, roughness: Tensor | None, occlusion: Tensor | None, number: int) -> Tensor | None:
    """Occlusion, roughness and metallic as one picture's red, green and blue; None if none is given."""
    maps = [_one(images, number) if images is not None else None for images in (occlusion, roughness, metallic)]
    given = [picture for picture in maps if picture is not None]
    if not given:
        return None
    height, width = (max(picture.shape[i] for picture in given) for i in (0, 1))
    plain = (1.0, 1.0, 0.0)
    channels = [
        torch.full((height, width), plain[i])
        if picture is None
        else resize_image(picture.mean(-1, keepdim=True).expand(-1, -1, 3)[None], width, height, "bilinear")[0, ..., 0]
        for i, picture in enumerate(maps)
    ]
    return torch.stack(channels, -1).clamp(0, 1)
