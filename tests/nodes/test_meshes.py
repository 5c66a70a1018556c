"""Bodies of triangles through the nodes, and what these say on themselves."""

from __future__ import annotations

import torch

from diffusion.memory import Memory
from diffusion.solids.body import Mesh, bodies_of, join
from graph.node import Done
from graph.run import Run
from nodes import meshes
from tests.diffusion.solids.shapes import ball, cube, quad

MEMORY = Memory(torch.device("cpu"))
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
