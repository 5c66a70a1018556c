"""Textures through the nodes, into a GLB file."""

from __future__ import annotations

import io
import json
import struct
import sys

import pytest
import torch
from PIL import Image

from diffusion.memory import Memory, open_memory
from diffusion.solids.body import Mesh, bodies_of, join
from graph.errors import UserError
from graph.run import Run
from nodes import mesh_textures, solid_scenes
from tests.diffusion.solids.shapes import ball, cube, quad

RUN = Run("run", emit=lambda _: None)
MEMORY: Memory = open_memory(torch.device("cpu"))


def document_of(mesh: Mesh) -> tuple[dict, bytes]:  # type: ignore[type-arg]  # JSON
    data = solid_scenes.mesh_to_file(mesh=mesh).get_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def test_pictures_become_a_material_of_the_file() -> None:
    red = torch.tensor([1.0, 0, 0]).expand(1, 4, 4, 3)
    mesh = mesh_textures.apply_textures(
        mesh=join([quad(2)]), base_color=red, roughness=torch.full((1, 2, 2, 3), 0.5),
        occlusion=torch.zeros(1, 8, 8, 3), normal_map=torch.tensor([0.5, 0.5, 1.0]).expand(1, 4, 4, 3),
    )  # fmt: skip
    document, binary = document_of(mesh)
    [material] = document["materials"]
    surface = material["pbrMetallicRoughness"]
    assert (surface["metallicFactor"], surface["roughnessFactor"]) == (1.0, 1.0)
    assert material["occlusionTexture"] == surface["metallicRoughnessTexture"]
    [primitive] = document["meshes"][0]["primitives"]
    assert sorted(primitive["attributes"]) == ["NORMAL", "POSITION", "TANGENT", "TEXCOORD_0"]
    pictures = [_picture(document, binary, texture["source"]) for texture in document["textures"]]
    assert [p.getpixel((0, 0)) for p in pictures] == [(255, 0, 0), (0, 127, 0), (127, 127, 255)]
    assert pictures[1].size == (8, 8)
    sizes = {view["byteOffset"] % 4 for view in document["bufferViews"]}
    assert sizes == {0}


def test_a_batch_takes_a_picture_each_and_colours_alone_make_a_material_too() -> None:
    shades = torch.tensor([0.0, 1.0])[:, None, None, None].expand(2, 4, 4, 3)
    pair = join([quad(), quad()])
    pair.vertex_colors = torch.ones(2, 4, 3)
    mesh = mesh_textures.apply_textures(mesh=pair, base_color=shades)
    assert [float(body.texture.mean()) for body in bodies_of(mesh) if body.texture is not None] == [0.0, 1.0]
    assert (mesh.metallic_roughness, mesh.vertex_colors) == (None, None)
    coloured = join([cube()])
    coloured.vertex_colors = torch.ones(1, 8, 3)
    assert document_of(coloured)[0]["materials"][0]["pbrMetallicRoughness"]["metallicFactor"] == 0.0


@pytest.mark.parametrize("segmenter", ["pec", "adaptive"])
def test_a_ball_is_unwrapped_baked_and_shown(segmenter: str) -> None:
    if segmenter == "adaptive":
        pytest.importorskip("xatlas")
    high = join([ball()])
    low = mesh_textures.unwrap_mesh(mesh=high, segmenter=segmenter, resolution=256, padding=2)
    assert low.uvs is not None
    assert float(low.uvs.min()) >= 0
    assert float(low.uvs.max()) <= 1
    normals = mesh_textures.bake_normal_map(low_poly=low, high_poly=high, resolution=64, run=RUN)
    assert normals.shape == (1, 64, 64, 3)
    assert float((normals[..., 2] - 1).abs().max()) < 0.01  # the same surface: nothing to see
    occlusion = mesh_textures.bake_ambient_occlusion(
        low_poly=low, high_poly=high, resolution=64, samples=16, memory=MEMORY, run=RUN
    )
    assert float(occlusion.min()) > 0.9  # a ball hides nothing from itself
    atlas = mesh_textures.render_atlas(mesh=low, resolution=128)
    assert atlas.shape == (1, 128, 128, 3)


def test_without_xatlas_the_other_segmenter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xatlas", None)
    with pytest.raises(UserError, match=r"pip install xatlas\) and start Easel again, or choose 'pec'"):
        mesh_textures.unwrap_mesh(mesh=join([cube()]), segmenter="adaptive")


def test_finer_bodies_go_one_to_one_or_one_for_all() -> None:
    pair = join([quad(), quad()])
    flat = mesh_textures.bake_normal_map(low_poly=pair, high_poly=join([quad()]), resolution=64, run=RUN)
    assert flat.shape == (2, 64, 64, 3)
    with pytest.raises(UserError, match="has 3 bodies, the other 2"):
        mesh_textures.bake_normal_map(low_poly=pair, high_poly=join([quad()] * 3), resolution=64, run=RUN)
    empty = Mesh(torch.zeros(1, 3, 3), torch.zeros(1, 1, 3, dtype=torch.long), uvs=torch.zeros(1, 3, 2))
    plain = mesh_textures.bake_normal_map(low_poly=empty, high_poly=join([quad()]), resolution=64, run=RUN)
    assert plain[0, 0, 0].tolist() == [0.5, 0.5, 1.0]


def test_a_mesh_of_nothing_is_unwrapped_to_nothing_and_no_mesh_at_all_is_told() -> None:
    nothing = Mesh(torch.zeros(1, 3, 3), torch.zeros(1, 1, 3, dtype=torch.long))
    flat = mesh_textures.unwrap_mesh(mesh=nothing)
    assert flat.uvs is not None
    assert flat.uvs.shape == (1, 3, 2)
    none = Mesh(torch.zeros(0, 3, 3), torch.zeros(0, 1, 3, dtype=torch.long), uvs=torch.zeros(0, 3, 2))
    with pytest.raises(UserError, match="a batch of no bodies"):
        mesh_textures.apply_textures(mesh=none, base_color=torch.zeros(1, 2, 2, 3))


def _picture(document: dict, binary: bytes, number: int) -> Image.Image:  # type: ignore[type-arg]  # JSON
    view = document["bufferViews"][document["images"][number]["bufferView"]]
    return Image.open(io.BytesIO(binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]))


def test_a_body_without_faces_is_unwrapped_to_nothing_adaptively_too() -> None:
    pytest.importorskip("xatlas")
    bare = Mesh(torch.rand(1, 5, 3), torch.zeros(1, 0, 3, dtype=torch.long))
    [body] = bodies_of(mesh_textures.unwrap_mesh(mesh=bare, segmenter="adaptive"))
    assert body.uvs is not None
    assert body.uvs.tolist() == [[0.0, 0.0]] * 5


def test_a_body_that_is_a_single_place_has_a_plain_picture() -> None:
    point = Mesh(torch.zeros(1, 4, 3), torch.tensor([[[0, 1, 2], [0, 2, 3]]]))
    made = mesh_textures.bake_ambient_occlusion(
        low_poly=join([quad(2)]), high_poly=point, resolution=64, memory=MEMORY, run=RUN
    )
    assert torch.equal(made, torch.ones(1, 64, 64, 3))
