"""Meshes out of files: what was written is what is read, scenes are put together, and broken files are told."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from diffusion.solids.body import Body, bodies_of
from diffusion.solids.normals import smooth, tangents
from files.errors import FileProblem
from nodes import solid_scenes
from nodes.file_3d import File3D
from nodes.mesh_files import read_mesh
from nodes.solid_files import write_glb
from nodes.splat_files import read_splat, write_splat
from tests.diffusion.solids.shapes import cube, is_closed, quad, rows, volume
from tests.nodes.broken_pictures import png_that_ends_in_rubbish
from tests.nodes.test_splats import random_cloud

FAN = [{"children": [i + 1] * 2} for i in range(50)] + [{"mesh": 0}]  # 2 ** 50 triangles
TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()


def memory(data: bytes | str, form: str) -> File3D:
    return File3D(io.BytesIO(data.encode() if isinstance(data, str) else data), form)


def scene(**more: Any) -> dict[str, Any]:
    """One triangle, in a buffer inside of the text."""
    return {
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [
            {"byteLength": 36, "uri": "data:application/octet-stream;base64," + base64.b64encode(TRIANGLE).decode()}
        ],
        **more,
    }


def gltf(**more: Any) -> Body:
    return read_mesh(memory(json.dumps(scene(**more)), "gltf"))


def test_a_glb_that_was_written_is_read_back_whole() -> None:
    body = smooth(quad(2), 180.0)
    assert body.normals is not None
    shade = torch.arange(27).reshape(9, 3) / 27
    picture = torch.tensor([0.0, 1.0, 1 / 255])[:, None, None].expand(3, 2, 3)
    body = replace(body, vertex_colors=shade, texture=picture, metallic_roughness=picture, normal_map=picture,
                   occlusion_in_mr=True, unlit=True, tangents=tangents(body, body.normals))  # fmt: skip
    data = io.BytesIO()
    write_glb(data, body, {})
    [read] = bodies_of(solid_scenes.get_components(model_3d=File3D(data, "glb")))
    assert (read.unlit, read.occlusion_in_mr) == (True, True)
    for name in ("vertices", "faces", "uvs", "normals", "texture", "metallic_roughness", "normal_map"):
        assert torch.allclose(getattr(read, name).float(), getattr(body, name).float(), atol=1e-6), name
    assert read.vertex_colors is not None
    assert torch.allclose(read.vertex_colors, torch.cat([shade, torch.ones(9, 1)], 1)[:, : read.vertex_colors.shape[1]])


def test_nodes_put_meshes_where_they_belong_and_mirrored_ones_stay_the_right_way_round() -> None:
    half = 2**0.5 / 2
    nodes = [
        {"children": [1, 2], "translation": [10, 0, 0]},
        {"mesh": 0, "rotation": [0, 0, half, half], "scale": [2, 1, 1]},  # x goes to y, twice as long
        {"mesh": 0, "matrix": [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 5, 1]},
    ]
    body = gltf(nodes=nodes)
    first, second = body.corners
    assert rows(first) == [(9.0, 0.0, 0.0), (10.0, 0.0, 0.0), (10.0, 2.0, 0.0)]
    assert rows(second) == [(9.0, 0.0, 5.0), (10.0, 0.0, 5.0), (10.0, 1.0, 5.0)]
    a, b, c = body.corners.unbind(1)
    assert (torch.linalg.cross(b - a, c - a)[:, 2] > 0).all()


def test_whole_numbers_that_stand_for_fractions_are_made_so() -> None:
    colours = np.array([[0, 128, 255]] * 3, np.uint8)
    uri = "data:;base64," + base64.b64encode(TRIANGLE + colours.tobytes()).decode()
    body = gltf(
        meshes=[{"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 1}}]}],
        accessors=[
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5121, "count": 3, "type": "VEC3", "normalized": True},
        ],
        bufferViews=[{"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 9}],
        buffers=[{"byteLength": 45, "uri": uri}],
    )
    assert body.vertex_colors is not None
    assert body.vertex_colors[0, :3].tolist() == pytest.approx([0, 128 / 255, 1])


def test_an_obj_has_polygons_uvs_colours_and_numbers_from_the_end() -> None:
    text = """# a square
v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 1 1 0 0 0 1\nv 0 1 0 1 1 1
vt 0 0\nvt 1 0\nvt 1 1\nvt 0 1
f 1/1 2/2 -2/-2 4/4"""
    body = read_mesh(memory(text, ""))
    assert rows(body.vertices) == rows(quad().vertices)
    assert body.uvs is not None
    assert body.vertex_colors is not None
    together = torch.cat([body.vertices[:, :2], body.uvs, body.vertex_colors], 1)
    assert rows(together) == [
        (0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0),
        (0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0),
        (1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0),
        (1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    ]
    assert len(body.faces) == 2


@pytest.mark.parametrize("form", ["binary", "text"])
def test_an_stl_is_welded(form: str) -> None:
    corners = cube().corners
    if form == "binary":
        facets = b"".join(struct.pack("<12fH", 0, 0, 0, *c.reshape(-1).tolist(), 0) for c in corners)
        data = b"solid by some program".ljust(80, b"\0") + struct.pack("<I", 12) + facets
    else:
        lines = [f"vertex {x} {y} {z}" for x, y, z in corners.reshape(-1, 3).tolist()]
        data = ("solid s\n" + "\n".join(lines) + "\nendsolid").encode()
    body = read_mesh(memory(data, "stl"))
    assert (len(body.vertices), len(body.faces), is_closed(body)) == (8, 12, True)
    assert volume(body) == pytest.approx(1.0)


def test_files_beside_a_gltf_are_read_from_its_folder_only(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.bin").write_bytes(TRIANGLE)
    (tmp_path / "out.bin").write_bytes(TRIANGLE)
    for uri, fits in (("a.bin", True), ("../out.bin", False), ("b.bin", False)):
        path = tmp_path / "in" / "a.gltf"
        path.write_text(json.dumps(scene(buffers=[{"byteLength": 36, "uri": uri}])))
        if fits:
            assert len(read_mesh(File3D(str(path))).faces) == 1
        else:
            with pytest.raises(FileProblem):
                read_mesh(File3D(str(path)))


def test_what_cannot_be_read_is_told() -> None:
    cases: list[tuple[bytes, str, str]] = [
        (b"\0\1", "fbx", "This 3D file is fbx; meshes are read from glb"),
        (b"glTF\2\0\0\0", "glb", "it is no GLB of version 2"),
        (b"{", "gltf", "damaged"),
        (b"v 0 0 0\nf 1 2 3", "obj", "not there"),
        (b"v 0 0 0", "obj", "holds no triangles"),
        (json.dumps(scene(extensionsRequired=["KHR_draco_mesh_compression"])).encode(), "gltf", "Save it without"),
        (json.dumps(scene(bufferViews=[{"buffer": 0, "byteOffset": 4, "byteLength": 36}])).encode(), "gltf", "beyond"),
        (json.dumps(scene(nodes=[{"children": [0]}])).encode(), "gltf", "in a circle"),
        (json.dumps(scene(buffers=[{"uri": "a.bin"}])).encode(), "gltf", "needs a.bin"),
        (json.dumps(scene(nodes=[])).encode(), "gltf", "damaged"),
        (json.dumps(scene(nodes=FAN)).encode(), "gltf", "too many"),
        (
            json.dumps(scene(accessors=[{"componentType": 5126, "count": 1e12, "type": "VEC3"}])).encode(),
            "gltf",
            "rows",
        ),
        (b"v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3", "obj", "infinite or no numbers"),
    ]
    for data, form, sentence in cases:
        with pytest.raises(FileProblem, match=sentence):
            read_mesh(memory(data, form))


def test_a_texture_that_cannot_be_read_is_told() -> None:
    picture = "data:image/png;base64," + base64.b64encode(png_that_ends_in_rubbish()).decode()
    document = scene(
        images=[{"uri": picture}],
        textures=[{"source": 0}],
        materials=[{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
    )
    document["meshes"][0]["primitives"][0]["material"] = 0
    with pytest.raises(FileProblem, match="a texture cannot be read"):
        read_mesh(memory(json.dumps(document).encode(), "gltf"))


def test_whatever_bytes_are_wrong_a_file_is_read_or_told() -> None:
    glb = io.BytesIO()
    write_glb(glb, replace(quad(2), texture=torch.rand(4, 4, 3, generator=torch.Generator().manual_seed(0))), {})
    cloud = random_cloud(1)
    files: list[tuple[bytes, str, Callable[[File3D], object]]] = [
        (glb.getvalue(), "glb", read_mesh),
        (json.dumps(scene()).encode(), "gltf", read_mesh),
        (b"v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nf 1/1 2/1 3/1\n", "obj", read_mesh),
        *((write_splat(cloud, form), form, read_splat) for form in ("ply", "ksplat", "spz")),
        (gzip.decompress(write_splat(cloud, "spz")), "raw spz", read_splat),
    ]
    dice = random.Random(0)
    outcomes = Counter(_outcome(data, form, read, dice) for data, form, read in files for _ in range(150))
    assert outcomes["told"] > 300
    assert outcomes["read"] > 100


def _outcome(data: bytes, form: str, read: Callable[[File3D], object], dice: random.Random) -> str:
    wrong = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(min(len(wrong), dice.choice((1500, len(wrong)))))
        if dice.random() < 0.2:
            del wrong[max(at, 1) :]
        else:
            wrong[at] = dice.choice((0, 255, dice.randrange(256), dice.randrange(48, 58)))
    packed = gzip.compress(wrong) if form == "raw spz" else bytes(wrong)
    try:
        read(memory(packed, form.removeprefix("raw ")))
    except FileProblem:
        return "told"
    return "read"
