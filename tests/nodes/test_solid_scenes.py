"""3D files on the wires: made of meshes, saved, shown with their scene, passed on."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from diffusion.solids.body import Mesh
from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from graph.errors import UserError
from nodes import solid_scenes, solids
from nodes.file_3d import File3D
from tests.nodes.bench import Bench

QUAD = Mesh(torch.tensor([[[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]]), torch.tensor([[[0, 1, 2], [0, 2, 3]]]))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def test_a_scene_is_saved_shown_and_passed_on(folders: Folders) -> None:
    model = solid_scenes.mesh_to_file(mesh=QUAD)
    camera, info = {"fov": 35}, [{"position": {"x": 1}}]
    done = solid_scenes.save_scene(
        model_3d=model, filename_prefix="3d/quad", viewport_state={"camera_info": camera, "model_3d_info": info},
        width=640, height=480, saver=Saver(folders),
    )  # fmt: skip
    assert done.ui == {
        "3d": [{"filename": "quad_00001_.glb", "subfolder": "3d", "type": "output"}],
        "camera_info": [camera],
        "model_3d_info": info,
    }
    assert done.outputs == (model, info, camera, 640, 480)
    assert (folders.output / "3d" / "quad_00001_.glb").read_bytes() == model.get_bytes()


def test_what_is_linked_goes_before_what_the_window_has_and_an_empty_window_has_nothing(folders: Folders) -> None:
    model = File3D(io.BytesIO(b"solid"), ".STL")
    window = {"camera_info": {"fov": 10}, "model_3d_info": [1]}
    done = solid_scenes.preview_scene(
        model_3d=model, viewport_state=window, camera_info={"fov": 20}, model_3d_info=[2], saver=Saver(folders)
    )
    assert done.outputs == (model, [2], {"fov": 20}, 1024, 1024)
    empty = solid_scenes.preview_scene(model_3d=model, viewport_state="", saver=Saver(folders))
    assert empty.outputs == (model, [], None, 1024, 1024)
    odd = solid_scenes.preview_scene(model_3d=model, model_3d_info=7, saver=Saver(folders))
    assert odd.ui is not None
    assert "model_3d_info" not in odd.ui
    assert empty.ui == {"3d": [{"filename": "preview_3d_00002_.stl", "subfolder": "", "type": "temp"}]}


def test_a_file_of_the_input_folder_goes_through_the_engine_to_the_output_folder(folders: Folders) -> None:
    folders.input.mkdir()
    (folders.input / "cup.obj").write_bytes(b"v 0 0 0\n")
    bench = Bench(solid_scenes, solids, services={Folders: folders, Saver: Saver(folders)})
    result = bench.run(
        a=("Load3DAdvanced", {"model_file": "cup.obj"}),
        b=("Save3DAdvanced", {"model_3d": ["a", 0], "filename_prefix": "cup"}),
        c=("SaveGLB", {"mesh": ["b", 0], "filename_prefix": "same"}),
    )
    assert (result.failure, result.shown) == (
        "",
        {
            "b": {"3d": [{"filename": "cup_00001_.obj", "subfolder": "", "type": "output"}]},
            "c": {"3d": [{"filename": "same_00001_.obj", "subfolder": "", "type": "output"}]},
        },
    )
    assert (folders.output / "same_00001_.obj").read_bytes() == b"v 0 0 0\n"


def test_a_file_can_be_had_as_a_path_or_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "Cup.GLB"
    path.write_bytes(b"glTF")
    on_disk, in_memory = File3D(str(path)), File3D(io.BytesIO(b"glTF"), "glb")
    for file in (on_disk, in_memory):
        assert (file.format, file.get_bytes(), file.get_data().read()) == ("glb", b"glTF", b"glTF")
    assert (on_disk.is_disk_backed, on_disk.get_source()) == (True, str(path))
    copy = in_memory.save_to(str(tmp_path / "copy.glb"))
    assert Path(copy).read_bytes() == b"glTF"


@pytest.mark.parametrize(
    ("give", "error", "sentence"),
    [
        (
            lambda f: solid_scenes.mesh_to_file(mesh=Mesh(torch.zeros(1, 0, 3), torch.zeros(1, 0, 3))),
            UserError,
            "no faces",
        ),
        (
            lambda f: solid_scenes.save_scene(model_3d=cast("File3D", "cup.glb"), saver=Saver(f)),
            UserError,
            "a str, not a 3D file",
        ),
        (
            lambda f: solid_scenes.save_scene(model_3d=File3D(io.BytesIO(), "../x"), saver=Saver(f)),
            UserError,
            "no file suffix",
        ),
        (lambda f: solid_scenes.load_scene(model_file="no.glb", folders=f), FileProblem, r"no file 'no\.glb'"),
    ],
)
def test_what_is_no_3d_file_is_told(folders: Folders, give: Any, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        give(folders)
