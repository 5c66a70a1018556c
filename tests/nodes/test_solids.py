"""Bodies in files and in the editor's 3D window."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from diffusion.solids.body import Mesh, Voxel
from files.embed import read_metadata
from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from graph.blocker import ExecutionBlocker
from graph.errors import UserError
from nodes import image, mask, solids
from tests.nodes.bench import Bench

TRIANGLE = torch.tensor([[[0.0, 0, 0], [2, 0, 0], [0, 3, 0], [9, 9, 9]]])


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def read_glb(path: Path) -> tuple[dict[str, Any], bytes]:
    """The document and the binary chunk, as the standard lays them out."""
    data = path.read_bytes()
    magic, version, length, text_length, text_kind = struct.unpack_from("<IIIII", data)
    assert (magic, version, length, text_kind) == (0x46546C67, 2, len(data), 0x4E4F534A)
    document = json.loads(data[20 : 20 + text_length])
    rest = data[20 + text_length :]
    if rest:
        assert struct.unpack_from("<II", rest) == (len(rest) - 8, 0x004E4942)
    return document, rest[8:]


def save(folders: Folders, mesh: Mesh, **more: Any) -> list[Path]:
    done = solids.save_glb(mesh=mesh, saver=Saver(folders), **more)
    assert done.ui is not None
    return [folders.output / item["subfolder"] / item["filename"] for item in done.ui["3d"]]


def test_a_saved_body_has_its_points_and_faces_and_carries_its_workflow(folders: Folders) -> None:
    mesh = Mesh(TRIANGLE, torch.tensor([[[0, 1, 2], [0, 0, 0]]]))
    [path] = save(
        folders, mesh, prompt={"1": {"class_type": "SaveGLB", "inputs": {}}}, extra_pnginfo={"workflow": {"a": 1}}
    )
    assert path.name == "Easel_00001_.glb"
    document, binary = read_glb(path)
    points, corners = document["accessors"]
    assert (points["count"], points["min"], points["max"]) == (3, [0, 0, 0], [2, 3, 0])  # the unused point is left out
    assert np.frombuffer(binary, "<f4", 9).reshape(3, 3).tolist() == [[0, 0, 0], [2, 0, 0], [0, 3, 0]]
    view = document["bufferViews"][corners["bufferView"]]
    assert np.frombuffer(binary, "<u4", corners["count"], view["byteOffset"]).tolist() == [0, 1, 2]
    assert read_metadata(path) == {"prompt": {"1": {"class_type": "SaveGLB", "inputs": {}}}, "workflow": {"a": 1}}


def test_each_body_of_a_batch_has_a_file_of_its_own_and_one_of_nothing_is_an_empty_scene(folders: Folders) -> None:
    faces = torch.tensor([[[0, 1, 2]], [[0, 0, 0]]])
    first, second = save(folders, Mesh(TRIANGLE.repeat(2, 1, 1), faces), filename_prefix="deep/m")
    assert [p.relative_to(folders.output).as_posix() for p in (first, second)] == [
        "deep/m_00001_.glb",
        "deep/m_00002_.glb",
    ]
    assert read_glb(second) == ({"asset": {"version": "2.0", "generator": "Easel"}, "scene": 0, "scenes": [{}]}, b"")


def test_voxels_become_a_mesh_and_anything_else_is_told() -> None:
    grid = torch.zeros(1, 3, 3, 3)
    grid[0, 1, 1, 1] = 1.0
    assert solids.wrap_blocks(voxel=Voxel(grid)).faces.shape == (1, 12, 3)
    assert solids.wrap_voxels(voxel=Voxel(grid)).faces.shape == (1, 12, 3)
    with pytest.raises(UserError, match="these have 2 dimensions"):
        solids.wrap_voxels(voxel=Voxel(torch.zeros(3, 3)))


def test_a_view_that_the_editor_sent_is_read(folders: Folders) -> None:
    (folders.input / "3d").mkdir(parents=True)
    (folders.input / "3d" / "cup.glb").write_bytes(b"glTF")
    (folders.temp / "threed").mkdir(parents=True)
    for name, colour in (("image", (255, 0, 0, 255)), ("mask", (0, 0, 0, 51)), ("normal", (0, 255, 0, 255))):
        Image.new("RGBA", (4, 2), colour).save(folders.temp / "threed" / f"{name}.png")
    sent = {name: f"threed/{name}.png [temp]" for name in ("image", "mask", "normal")}
    view = solids.load_3d(
        model_file="3d/cup.glb", image={**sent, "camera_info": {"fov": 35}, "recording": ""}, folders=folders
    )
    assert isinstance(view.image, torch.Tensor)
    assert isinstance(view.mask, torch.Tensor)
    assert isinstance(view.normal, torch.Tensor)
    assert (view.image[0, 0, 0].tolist(), view.normal[0, 0, 0].tolist()) == ([1, 0, 0], [0, 1, 0])
    assert view.mask[0, 0, 0].item() == pytest.approx(0.8)
    assert (view.mesh_path, view.camera_info, view.recording_video) == ("3d/cup.glb", {"fov": 35}, None)
    with pytest.raises(FileProblem, match=r"no file '3d/mug\.glb'"):
        solids.load_3d(model_file="3d/mug.glb", image=sent, folders=folders)


def test_without_a_view_the_path_goes_on_and_the_picture_says_what_is_missing(folders: Folders) -> None:
    folders.input.mkdir()
    (folders.input / "cup.obj").write_bytes(b"v 0 0 0")
    assert folders.uploads("input", "file") == ["cup.obj"]
    view = solids.load_3d(model_file="cup.obj", image=None, folders=folders)
    assert view.mesh_path == "cup.obj"
    assert isinstance(view.image, ExecutionBlocker)
    assert "no view" in str(view.image.message)
    bench = Bench(solids, image, mask, services={Folders: folders, Saver: Saver(folders)})
    result = bench.run(
        a=("Load3D", {"model_file": "cup.obj", "image": ""}),
        b=("PreviewImage", {"images": ["a", 0]}),
        c=("Preview3D", {"model_file": ["a", 2]}),
    )
    assert (result.failure, result.shown) == ("", {"c": {"result": ["cup.obj", None, None]}})


def test_a_picture_stands_behind_a_preview(folders: Folders) -> None:
    done = solids.preview_3d(
        model_file="mesh/a.glb", camera_info={"fov": 35}, bg_image=torch.zeros(1, 2, 2, 3), saver=Saver(folders)
    )
    assert done.ui == {"result": ["mesh/a.glb", {"fov": 35}, "temp/background_00001_.png"]}
    assert (folders.temp / "background_00001_.png").is_file()
