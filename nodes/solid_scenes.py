"""3D files with the scene that a 3D window shows of them: where the model stands, and where one looks from."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

from diffusion.solids.body import Mesh, bodies_of, join
from files.folders import Folders
from files.save import Saver, fill_in
from graph.errors import UserError
from graph.node import Done, Slot, node
from graph.spec import Choice, Int, Port, Text
from nodes.file_3d import FILE_3D, FILE_3D_GLB, MESH_FILE, File3D
from nodes.mesh_files import read_mesh
from nodes.solid_files import write_glb
from nodes.solids import CAMERA, MESH, SHOWN_SIZE_MAX, save_file

log = logging.getLogger(__name__)

CATEGORY: Final = "3d"

OUT_MESH = Annotated[Mesh, Port("MESH"), Slot(name="mesh")]
MODEL_INFO = Annotated[Any, Port("LOAD3D_MODEL_INFO"), "Where each model stands; instead of what the window has."]
Viewport = Annotated[Any, Port("LOAD_3D", widget=True), "What the 3D window shows.", Slot(optional=True)]
Prefix = Annotated[str, Text(), "Start of the file name; may hold a folder and %date:yyyy-MM-dd%."]
Side = Annotated[int, Int(1, SHOWN_SIZE_MAX, step=1), "Pixels of the view.", Slot(optional=True)]


class Scene(NamedTuple):
    model_3d: FILE_3D
    model_3d_info: MODEL_INFO
    camera_info: CAMERA
    width: Annotated[int, Int(), Slot(name="width")]
    height: Annotated[int, Int(), Slot(name="height")]


@node("Load3DAdvanced", display_name="Load 3D (Advanced)", category=CATEGORY, needs_device=False, experimental=True)
def load_scene(
    *,
    model_file: Annotated[
        str,
        Choice(folder="input", upload="file", modern=True),
        "A 3D file (glb, gltf, obj, fbx, stl, ply, spz ...) of the input folder.",
    ],
    viewport_state: Viewport = "",
    width: Side = 1024,
    height: Side = 1024,
    folders: Folders,
) -> Scene:
    """A 3D file of the input folder, and the scene that the editor's 3D window has of it."""
    return _scene(File3D(folders.find("input", model_file)), viewport_state, None, None, width, height)


@node("Save3DAdvanced", display_name="Save 3D (Advanced)", category=CATEGORY, output=True, needs_device=False,
      not_idempotent=True, synonyms=("export 3d", "save mesh"))  # fmt: skip
def save_scene(
    *,
    model_3d: MESH_FILE,
    filename_prefix: Prefix = "3d/Easel",
    viewport_state: Viewport = "",
    model_3d_info: MODEL_INFO = None,
    camera_info: CAMERA = None,
    width: Side = 1024,
    height: Side = 1024,
    saver: Saver,
) -> Done[Scene]:
    """Write a 3D file into the output folder, show it, and pass it on with its scene."""
    scene = _scene(model_3d, viewport_state, model_3d_info, camera_info, width, height)
    return _show(scene, fill_in(filename_prefix, width, height), saver, "output")


@node("Preview3DAdvanced", display_name="Preview 3D (Advanced)", category=CATEGORY, output=True, needs_device=False,
      not_idempotent=True, experimental=True, synonyms=("show 3d", "view mesh"))  # fmt: skip
def preview_scene(
    *,
    model_3d: MESH_FILE,
    viewport_state: Viewport = "",
    model_3d_info: MODEL_INFO = None,
    camera_info: CAMERA = None,
    width: Side = 1024,
    height: Side = 1024,
    saver: Saver,
) -> Done[Scene]:
    """Show a 3D file, which is kept in the temp folder only, and pass it on with its scene."""
    scene = _scene(model_3d, viewport_state, model_3d_info, camera_info, width, height)
    return _show(scene, "preview_3d", saver, "temp")


@node("MeshToFile3D", display_name="Create 3D File (from Mesh)", category=CATEGORY, needs_device=False,
      synonyms=("mesh to glb", "export"))  # fmt: skip
def mesh_to_file(*, mesh: MESH) -> Annotated[File3D, Port("FILE_3D_GLB"), Slot(name="model_3d")]:
    """The first body of a batch as a GLB file, with its colours, uvs, normals and pictures."""
    return write_mesh(mesh)


@node("Get3DComponents", display_name="Get 3D Components", category=CATEGORY, needs_device=False, experimental=True,
      synonyms=("3d file to mesh", "import mesh", "load mesh"))  # fmt: skip
def get_components(
    *,
    model_3d: Annotated[
        File3D, Port("FILE_3D_GLB,FILE_3D_GLTF,FILE_3D_OBJ,FILE_3D_STL,FILE_3D"), "A GLB, glTF, OBJ or STL file."
    ],
) -> OUT_MESH:
    """All meshes of a 3D file's scene as one that can be changed, with the pictures of the first material."""
    return join([read_mesh(_checked(model_3d))])


def write_mesh(mesh: Mesh) -> FILE_3D_GLB:
    bodies = bodies_of(mesh)
    if not bodies or bodies[0].is_empty:
        raise UserError("The mesh has no faces, so there is nothing to put into a file.")
    if len(bodies) > 1:
        log.warning("MeshToFile3D took the first of %d bodies; a 3D file holds one.", len(bodies))
    data = io.BytesIO()
    write_glb(data, bodies[0], {})
    return File3D(data, "glb")


def _scene(model: File3D, viewport: Any, info: Any, camera: Any, width: int, height: int) -> Scene:
    """The scene: what is given, else what the window has (its state is a dictionary once it has drawn something)."""
    _checked(model)
    state: Mapping[str, Any] = viewport if isinstance(viewport, Mapping) else {}
    info = info if info is not None else state.get("model_3d_info") or []
    return Scene(model, info, camera if camera is not None else state.get("camera_info"), width, height)


def _show(scene: Scene, prefix: str, saver: Saver, place: str) -> Done[Scene]:
    """Save the file, and tell 3D windows of it."""
    shown: dict[str, Sequence[Any]] = {"3d": [save_file(scene.model_3d, prefix, saver, place)]}
    if scene.camera_info is not None:
        shown["camera_info"] = [scene.camera_info]
    if scene.model_3d_info and isinstance(scene.model_3d_info, list | tuple):  # packs may put anything on that wire
        shown["model_3d_info"] = list(scene.model_3d_info)
    return Done(scene, shown)


def _checked(model: Any) -> File3D:
    if not isinstance(model, File3D):
        raise UserError(f"model_3d carries a {type(model).__name__}, not a 3D file.")
    return model
