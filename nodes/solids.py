"""Bodies: loaded, made of voxels, saved, looked at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final, NamedTuple

from torch import Tensor

from diffusion.solids.body import Mesh, Voxel, bodies_of
from diffusion.solids.voxels import SKINS, skin
from files.folders import Folders
from files.save import Saver, fill_in
from graph.blocker import ExecutionBlocker
from graph.errors import UserError
from graph.node import Done, Slot, node
from graph.spec import Choice, Float, Int, Port, Text
from nodes.file_3d import ANY_3D_FILE, File3D
from nodes.films import FileVideo, Video
from nodes.pictures import read_picture, to_pictures
from nodes.ports import IMAGE
from nodes.solid_files import write_glb
from nodes.workflow_tags import PngInfo, Prompt, workflow_tags

CATEGORY: Final = "3d"
SHOWN_SIZE_MAX: Final = 4096

MESH = Annotated[Mesh, Port("MESH")]
VOXEL = Annotated[Voxel, Port("VOXEL")]
CAMERA = Annotated[Any, Port("LOAD3D_CAMERA")]
Threshold = Annotated[float, Float(-1.0, 1.0, 0.01), "What is above it is inside."]
Side = Annotated[int, Int(1, SHOWN_SIZE_MAX, step=1), "Pixels of the view."]


class View(NamedTuple):
    image: Annotated[Tensor | ExecutionBlocker, Port("IMAGE"), Slot(name="image")]
    mask: Annotated[Tensor | ExecutionBlocker, Port("MASK"), Slot(name="mask")]
    mesh_path: Annotated[str, Text()]
    normal: Annotated[Tensor | ExecutionBlocker, Port("IMAGE"), Slot(name="normal")]
    camera_info: CAMERA
    recording_video: Annotated[Video | None, Port("VIDEO"), Slot(name="recording_video")]


@node("Load3D", display_name="Load 3D & Animation", category=CATEGORY, needs_device=False, experimental=True)
def load_3d(
    *,
    model_file: Annotated[
        str,
        Choice(folder="input", upload="file", modern=True),
        "A 3D file (glb, gltf, obj, fbx, stl) of the input folder.",
    ],
    image: Annotated[Any, Port("LOAD_3D", widget=True), "The view that the editor has drawn of it."],
    width: Side = 1024,  # noqa: ARG001  the editor draws at this size
    height: Side = 1024,  # noqa: ARG001
    folders: Folders,
) -> View:
    """A 3D file, and the view of it that an editor with a 3D window sends along: picture, mask, normals, camera."""
    folders.find("input", model_file)
    view = image if isinstance(image, Mapping) else {}
    film = view.get("recording")
    return View(
        _read(view, "image", folders),
        _read(view, "mask", folders, is_mask=True),
        model_file,
        _read(view, "normal", folders),
        view.get("camera_info"),
        FileVideo(folders.find("input", str(film))) if film else None,
    )


@node("Preview3D", display_name="Preview 3D & Animation", category=CATEGORY, output=True, needs_device=False,
      not_idempotent=True, experimental=True)  # fmt: skip
def preview_3d(
    *,
    model_file: Annotated[str, Text(), "The path of a 3D file in the output folder."] = "",
    camera_info: CAMERA = None,
    bg_image: IMAGE | None = None,
    prompt: Prompt = None,  # noqa: ARG001  the field's class takes them too
    extra_pnginfo: PngInfo = None,  # noqa: ARG001
    saver: Saver,
) -> Done[None]:
    """Show a 3D file of the output folder in the editor, before a picture if one is given."""
    return Done((), show_3d(model_file, camera_info, bg_image, saver))


@node("SaveGLB", category=CATEGORY, output=True, needs_device=False, not_idempotent=True)
def save_glb(
    *,
    mesh: Annotated[Mesh | File3D, Port(f"MESH,{ANY_3D_FILE}"), "Bodies, or a 3D file, which keeps its form."],
    filename_prefix: Annotated[str, Text(), "Start of the file names; may hold a folder."] = "mesh/Easel",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Write bodies into the output folder, each as a GLB file, or a 3D file as it is."""
    prefix = fill_in(filename_prefix, 0, 0)
    if isinstance(mesh, File3D):
        return Done((), {"3d": [save_file(mesh, prefix, saver, "output")]})
    tags = workflow_tags(saver, prompt, extra_pnginfo)
    writers = [partial(write_glb, body=body, tags=tags) for body in bodies_of(mesh)]
    return Done((), {"3d": [saver.save(write, prefix, ".glb", place="output") for write in writers]})


@node("VoxelToMesh", category=CATEGORY)
def wrap_voxels(
    *,
    voxel: VOXEL,
    algorithm: Annotated[str, Choice(tuple(SKINS), modern=True)] = "surface net",
    threshold: Threshold = 0.6,
) -> MESH:
    """The surface around voxels: smooth (surface net), or every voxel a cube (basic)."""
    return skin(_checked(voxel), threshold, algorithm)


@node("VoxelToMeshBasic", category=CATEGORY)
def wrap_blocks(*, voxel: VOXEL, threshold: Threshold = 0.6) -> MESH:
    """The surface around voxels, every voxel a cube."""
    return skin(_checked(voxel), threshold, "basic")


def show_3d(model_file: str, camera_info: Any, background: Tensor | None, saver: Saver) -> dict[str, list[Any]]:
    """What editors take to show a 3D file: its path below output, the camera, the path of the picture behind it."""
    if background is None:
        return {"result": [model_file, camera_info, None]}
    saved = saver.save_png(to_pictures(background)[0], "background", place="temp")
    return {"result": [model_file, camera_info, f"temp/{saved['filename']}"]}


def save_file(model: File3D, prefix: str, saver: Saver, place: str) -> dict[str, str]:
    """Write a 3D file into a folder of Easel's under the next free number; returns its place for the ui."""
    if not (model.format or "glb").isalnum():
        raise UserError(f"The 3D file's form is '{model.format}', which is no file suffix. Set it to glb, obj, ply ...")
    return saver.save(lambda file: file.write(model.get_bytes()), prefix, f".{model.format or 'glb'}", place=place)


def _read(view: Mapping[str, Any], name: str, folders: Folders, *, is_mask: bool = False) -> Any:
    """A picture of the view; what hangs on it is left out, with a sentence, where the editor has sent none."""
    file = view.get(name)
    if not isinstance(file, str) or not file:
        message = f"Load3D has no {name}: the editor that sent this graph has drawn no view of the 3D file."
        return ExecutionBlocker(f"{message} Send it from one with a 3D window, or use only mesh_path.")
    picture, transparency = read_picture(folders.find("input", file))
    return transparency if is_mask else picture


def _checked(voxel: Voxel) -> Voxel:
    if voxel.data.dim() != 4:
        raise UserError(f"Voxels are (batch, depth, height, width); these have {voxel.data.dim()} dimensions.")
    return voxel
