"""Clouds of Gaussians: out of files and into them, as pictures, as meshes."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

import torch
from torch import Tensor

from diffusion.memory import Memory
from diffusion.pixels.batch import resize_image
from diffusion.pixels.colour import from_hex
from diffusion.solids.body import Mesh, join
from diffusion.solids.camera import look_at, with_rotation
from diffusion.solids.splat import Splat, clouds_of, drop_faint, only_cloud, splat_of
from diffusion.solids.splat_surface import Extraction, extract
from diffusion.solids.splat_view import Look, View, frame, render
from graph.errors import UserError
from graph.node import Slot, node
from graph.run import Run
from graph.spec import Choice, Float, Int, Port
from nodes.compositing import Colour
from nodes.file_3d import SPLAT_FILE, File3D
from nodes.ports import IMAGE, MASK
from nodes.solids import CAMERA
from nodes.splat_files import WRITERS, read_splat, write_splat

log = logging.getLogger(__name__)

CATEGORY: Final = "3d/splat"
STYLES: Final = ("color", "clay", "depth", "normal")

SPLAT = Annotated[Splat, Port("SPLAT")]
Side = Annotated[int, Int(64, 2048, 8), "Pixels."]


class Rendered(NamedTuple):
    image: IMAGE
    mask: MASK


@node("File3DToSplat", display_name="Get Splat", category=CATEGORY, needs_device=False,
      synonyms=("gaussian", "load splat", "ply"))  # fmt: skip
def read_file(*, model_3d: SPLAT_FILE) -> Annotated[Splat, Port("SPLAT"), Slot(name="splat")]:
    """The Gaussians of a PLY, SPLAT, KSPLAT or SPZ file."""
    if not isinstance(model_3d, File3D):
        raise UserError(f"model_3d carries a {type(model_3d).__name__}, not a 3D file.")
    return splat_of(read_splat(model_3d))


@node("SplatToFile3D", display_name="Create 3D File (from Splat)", category=CATEGORY, needs_device=False,
      synonyms=("gaussian", "export splat"))  # fmt: skip
def write_file(
    *,
    splat: SPLAT,
    format: Annotated[
        str,
        Choice(tuple(WRITERS), modern=True),
        "ply: everything. ksplat: one colour from all sides. spz: the same, about ten times as small.",
    ] = "ply",
) -> Annotated[File3D, Port("FILE_3D"), Slot(name="model_3d")]:
    """The first cloud of a batch as a file, to be saved or shown."""
    if len(clouds_of(splat)) > 1:
        log.warning("SplatToFile3D took the first cloud of a batch; a file holds one.")
    return File3D(io.BytesIO(write_splat(only_cloud(splat), format)), format)


@node("RenderSplat", display_name="Render Splat", category=CATEGORY, synonyms=("gaussian", "turntable"))
def render_splat(
    *,
    splat: SPLAT,
    width: Side = 1024,
    height: Side = 1024,
    frames: Annotated[
        int, Int(-240, 240), "Above 1: so many pictures from all around; negative: the other way round."
    ] = 1,
    splat_scale: Annotated[float, Float(0.1, 5.0, 0.05), "How large Gaussians are drawn."] = 1.0,
    sharpen: Annotated[
        float, Float(1.0, 8.0, 0.5), "1 blends as light does; above, the strongest in each pixel stands out."
    ] = 2.0,
    headlight_shading: Annotated[float, Float(0.0, 3.0, 0.05), "Darkens what faces sideways."] = 0.0,
    opacity_threshold: Annotated[float, Float(0.0, 1.0, 0.01), "Fainter Gaussians are left out."] = 0.0,
    render_style: Annotated[
        str, Choice(STYLES, modern=True), "depth: near is bright. normal: x right, y up, z to the camera."
    ] = "color",
    background: Colour = "#000000",
    bg_image: IMAGE | None = None,
    camera_info: CAMERA = None,
    memory: Memory,
    run: Run,
) -> Rendered:
    """Pictures of Gaussians, from a camera or (without one) from where all are seen."""
    cloud = drop_faint(only_cloud(splat), opacity_threshold)
    if not len(cloud):
        raise UserError(f"No Gaussian is as opaque as opacity_threshold, {opacity_threshold:g}. Lower it.")
    view = frame(cloud) if camera_info is None else view_of(camera_info)
    look = Look(render_style, splat_scale, sharpen, headlight_shading)
    count = max(abs(frames), 1)
    pictures, masks = [], []
    cloud = cloud.to(memory.exact_device)
    for i in range(count):
        turned = view.turned(360 * i / count * (1 if frames > 0 else -1)) if i else view
        picture, mask = render(cloud, turned, width, height, look)
        pictures.append(picture.cpu())
        masks.append(mask.cpu())
        run.progress(i + 1, count)
    image, mask = torch.stack(pictures), torch.stack(masks)
    return Rendered(_before(image, mask, background, bg_image, render_style), mask)


@node("SplatToMesh", display_name="Extract Mesh from Splat", category=CATEGORY, needs_device=False,
      synonyms=("gaussian", "surface"))  # fmt: skip
def splat_to_mesh(
    *,
    splat: SPLAT,
    resolution: Annotated[int, Int(64, 768, 16), "Cells along the longest side."] = 384,
    kernel: Annotated[int, Int(1, 8), "Cells that a Gaussian reaches at most; more close gaps."] = 5,
    smooth: Annotated[int, Int(0, 60), "Passes of smoothing that keep the volume."] = 0,
    level: Annotated[float, Float(0.0, 2.0, 0.01), "Lower is fatter; 1 = where inside and outside part best."] = 0.4,
    min_component: Annotated[int, Int(0, 100_000, 50), "Parts of fewer vertices are dropped."] = 500,
    min_opacity: Annotated[float, Float(0.0, 1.0, 0.01), "Fainter Gaussians are left out."] = 0.02,
    color_sharpen: Annotated[float, Float(1.0, 8.0, 0.5), "Above 1, colours are blended less."] = 2.0,
    run: Run,
) -> Annotated[Mesh, Port("MESH"), Slot(name="mesh")]:
    """The surface of Gaussians as a mesh with their colours, to be shown unlit."""
    how = Extraction(resolution, kernel, smooth, level, min_component, min_opacity, color_sharpen)
    return join([extract(cloud, how, run.progress) for cloud in clouds_of(splat)])


def view_of(info: Any) -> View:
    """The view of a camera as 3D windows and CreateCameraInfo describe it. Raises UserError for anything else."""
    if not isinstance(info, Mapping) or not isinstance(info.get("position"), Mapping):
        raise UserError("camera_info has no position. Link it from CreateCameraInfo or from a node with a 3D window.")
    try:
        place = tuple(float(info["position"][axis]) for axis in "xyz")
        aim = info.get("target") or {}
        target = tuple(float(aim.get(axis, 0.0)) for axis in "xyz")
        turn = info.get("quaternion") or {}
        rotation = tuple(float(turn[axis]) for axis in "xyzw") if set("xyzw") <= set(turn) else None
        fov, zoom = float(info.get("fov") or 35.0), float(info.get("zoom") or 1.0)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"camera_info cannot be read ({error!r}). Link it from CreateCameraInfo.") from error
    camera = look_at(place, target) if rotation is None else with_rotation(place, rotation)
    if rotation is not None and aim:
        camera = type(camera)(camera.position, target, camera.rotation)
    return View(camera, min(max(fov, 1.0), 170.0), max(zoom, 1e-3), info.get("cameraType") == "orthographic")


def _before(image: Tensor, mask: Tensor, colour: str, picture: Tensor | None, style: str) -> Tensor:
    """Pictures before a colour or, in the styles that show colours, before other pictures."""
    ground = torch.tensor(from_hex(colour)).expand_as(image)
    if style in ("depth", "normal"):
        ground = torch.zeros_like(image) if style == "depth" else ground
    elif picture is not None:
        rows = torch.arange(len(image)).clamp_max(len(picture) - 1)
        ground = resize_image(
            picture[rows, ..., :3].float().cpu(), image.shape[2], image.shape[1], "bilinear", "center"
        )
    return image + ground * (1 - mask[..., None])
