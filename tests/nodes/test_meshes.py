"""Bodies of triangles through the nodes, and what these say on themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from diffusion.errors import DiffusionError
from diffusion.memory import Memory, Precision, open_memory
from diffusion.solids.body import Mesh, bodies_of, join
from files.folders import Folders
from files.save import Saver
from graph.node import Done, nodes_of
from graph.run import Run
from graph.workflow.widget import widgets_of, with_children
from nodes import image, mesh_textures, meshes, solid_scenes, solids
from nodes.file_3d import File3D
from nodes.mesh_files import read_mesh
from tests.diffusion.solids.shapes import ball, cube, quad, volume
from tests.nodes.bench import Bench

MEMORY: Memory = open_memory(torch.device("cpu"))
NODES = {node.spec.name: node.spec for node in nodes_of(meshes)}
RUN = Run("run", emit=lambda _: None)


def only(done: Done[Mesh]) -> Mesh:
    assert isinstance(done.outputs, tuple)
    mesh = done.outputs[0]
    assert isinstance(mesh, Mesh)
    return mesh


def test_the_info_counts_all_bodies_and_names_what_they_carry() -> None:
    textured = join([quad(2), quad(4)])
    textured.texture = torch.zeros(1, 8, 16, 3)
    done = meshes.inform(mesh=textured)
    assert done.ui == {"text": [done.outputs[1]]}
    assert done.outputs == (
        textured,
        "vertices: 34\nfaces: 40\n  0: 9 vertices, 8 faces\n  1: 25 vertices, 32 faces\n"
        "attributes: uvs, texture (8 x 16)",
    )
    body = ball()
    many = meshes.describe_mesh(join([body]))
    assert many == f"vertices: {len(body.vertices):,} (1.71K)\nfaces: {len(body.faces):,} (3.41K)\nattributes: none"


def test_bodies_of_different_size_stay_what_they_are_in_a_batch() -> None:
    first, second = bodies_of(join([cube(), ball()]))
    assert (len(first.vertices), len(first.faces)) == (8, 12)
    assert torch.equal(second.vertices, ball().vertices)
    assert torch.equal(second.faces, ball().faces)


def test_a_decimated_mesh_says_how_far_it_went_and_small_ones_are_left() -> None:
    mesh = join([ball(), cube()])
    done = meshes.decimate(
        mesh=mesh, target_face_count=500, placement_mode={"placement_mode": "qem"}, memory=MEMORY, run=RUN,
    )  # fmt: skip
    assert [len(body.faces) for body in bodies_of(only(done))] == [500, 12]
    assert done.ui == {"text": ["faces: 3.42K → 512 (-85%)"]}
    same = meshes.decimate(
        mesh=mesh, target_face_count=0, placement_mode={"placement_mode": "midpoint"},
        memory=MEMORY, run=RUN,
    )  # fmt: skip
    assert torch.equal(only(same).faces, mesh.faces)


def test_a_remeshed_mesh_follows_its_mode_and_says_how_many_faces_it_has() -> None:
    mesh = join([cube()])
    sharp = meshes.rebuild(mesh=mesh, resolution=32, sign_mode={"sign_mode": "sdf"}, run=RUN)
    soft = meshes.rebuild(mesh=mesh, resolution=32, sign_mode={"sign_mode": "sdf", "qef": False}, run=RUN)
    solid = meshes.rebuild(mesh=mesh, resolution=32, sign_mode={"sign_mode": "solid", "fill": 5.0}, run=RUN)
    volumes = [volume(bodies_of(only(done))[0]) for done in (sharp, soft, solid)]
    assert volumes[0] == pytest.approx(1.0, abs=0.005)
    assert volumes[1] < volumes[0] < volumes[2]
    assert sharp.ui is not None
    assert sharp.ui["text"][0].startswith("faces: 12 → ")


def test_the_values_of_a_saved_workflow_reach_the_members_of_the_mode() -> None:
    values = [768, "solid", 20, False, 1, 0, False, 20, 0.01, 20000000]
    widgets = with_children(widgets_of(NODES["RemeshMesh"]), {"sign_mode": "solid"})
    assert dict(zip(widgets, values, strict=True)) == {
        "resolution": 768, "sign_mode": "solid", "sign_mode.fill": 20, "sign_mode.qef": False, "band": 1,
        "project_back": 0, "fix_poles": False, "smooth_iters": 20, "drop_small_components": 0.01,
        "precluster_max_verts": 20000000,
    }  # fmt: skip


def test_a_file_goes_through_all_that_changes_meshes_and_comes_out_as_a_file(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.input.mkdir()
    body = ball()
    lines = [f"v {x} {y} {z}" for x, y, z in body.vertices.tolist()]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in body.faces.tolist()]
    (folders.input / "ball.obj").write_text("\n".join(lines))
    bench = Bench(meshes, mesh_textures, solid_scenes, solids, image,
                  services={Folders: folders, Saver: Saver(folders), Memory: MEMORY})  # fmt: skip
    result = bench.run(
        load=("Load3DAdvanced", {"model_file": "ball.obj"}),
        mesh=("Get3DComponents", {"model_3d": ["load", 0]}),
        even=("RemeshMesh", {"mesh": ["mesh", 0], "resolution": 32, "sign_mode": "sdf", "sign_mode.qef": False,
                             "band": 1.0, "project_back": 0.0, "fix_poles": True, "smooth_iters": 2,
                             "drop_small_components": 0.01, "precluster_max_verts": 1000}),
        few=("DecimateMesh", {"mesh": ["even", 0], "target_face_count": 600, "placement_mode": "midpoint"}),
        flat=("UnwrapMesh", {"mesh": ["few", 0], "segmenter": "pec", "resolution": 256, "padding": 2,
                             "weld_distance": 0.0}),
        normals=("BakeNormalMapFromMesh", {"low_poly": ["flat", 0], "high_poly": ["mesh", 0], "resolution": 64,
                                           "cage_distance": 0.05, "ignore_backfaces": True}),
        atlas=("RenderUVAtlas", {"mesh": ["flat", 0], "resolution": 128}),
        done=("ApplyTextureToMesh", {"mesh": ["flat", 0], "base_color": ["atlas", 0], "normal_map": ["normals", 0]}),
        info=("GetMeshInfo", {"mesh": ["done", 0]}),
        file=("MeshToFile3D", {"mesh": ["done", 0]}),
        save=("Save3DAdvanced", {"model_3d": ["file", 0], "filename_prefix": "ball"}),
    )  # fmt: skip
    assert result.failure == ""
    assert "faces: 600" in result.shown["info"]["text"][0]
    assert (
        "attributes: uvs, normals, tangents, texture (128 x 128), normal_map (64 x 64)"
        in result.shown["info"]["text"][0]
    )
    [saved] = result.shown["save"]["3d"]
    again = read_mesh(File3D(folders.output / saved["filename"]))
    assert [len(again.faces), volume(again)] == pytest.approx([600, volume(body)], rel=0.06)


def test_apple_s_gpus_which_have_no_float64_leave_simplifying_to_the_cpu() -> None:
    apple = Memory(torch.device("mps"), Precision())
    done = meshes.decimate(mesh=join([ball()]), target_face_count=500, placement_mode={}, memory=apple, run=RUN)
    assert 0 < len(bodies_of(only(done))[0].faces) <= 500


def test_places_that_are_no_numbers_are_refused_in_words() -> None:
    broken = join([cube()])
    broken.vertices[0, 3, 1] = float("nan")
    with pytest.raises(DiffusionError, match="infinite or no numbers"):
        meshes.rebuild(mesh=broken, resolution=32, sign_mode={}, run=RUN)


def test_a_mesh_that_is_thinned_to_nothing_says_which_number_did_it() -> None:
    kite = Mesh(
        torch.tensor([[[0.0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [1, 0.2, 0]]]), torch.tensor([[[0, 1, 2], [1, 3, 2]]])
    )
    with pytest.raises(DiffusionError, match="Raise precluster_max_verts"):
        meshes.rebuild(mesh=kite, resolution=32, sign_mode={}, precluster_max_verts=1, run=RUN)
