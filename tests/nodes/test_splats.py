"""Clouds of Gaussians through the nodes and through their files."""

from __future__ import annotations

import gzip
import io
import struct
from typing import Any

import numpy as np
import pytest
import torch

from diffusion.memory import Memory, Precision, open_memory
from diffusion.solids.splat import Cloud, only_cloud, splat_of
from files.errors import FileProblem
from graph.errors import UserError
from graph.run import Run
from nodes import cameras, splats
from nodes.file_3d import File3D
from nodes.splat_files import read_splat, write_splat
from tests.diffusion.solids.test_splat import shell

RUN = Run("run", emit=lambda _: None)
FORMS = [("ply", 1e-6, 1e-5, 1e-5), ("ksplat", 1e-6, 1e-6, 0.01), ("spz", 2e-4, 0.04, 0.02)]
MEMORY: Memory = open_memory(torch.device("cpu"))


def random_cloud(harmonics: int = 4) -> Cloud:
    dice = torch.Generator().manual_seed(0)
    turn = torch.nn.functional.normalize(torch.randn(50, 4, generator=dice), dim=1)
    return Cloud(
        torch.randn(50, 3, generator=dice), torch.rand(50, 3, generator=dice) * 0.2 + 0.001, turn,
        torch.rand(50, generator=dice) * 0.9 + 0.05, torch.randn(50, harmonics, 3, generator=dice) * 0.5,
    )  # fmt: skip


def same_turn(one: torch.Tensor, other: torch.Tensor) -> float:
    """How far two rotations are apart; q and -q are the same."""
    return float((1 - (one * other).sum(1).abs()).max())


@pytest.mark.parametrize(("form", "place", "size", "shade"), FORMS)
def test_what_is_written_is_read_back_as_the_form_can(form: str, place: float, size: float, shade: float) -> None:
    cloud = random_cloud()
    file = splats.write_file(splat=splat_of(cloud), format=form)
    assert file.format == form
    read = only_cloud(splats.read_file(model_3d=file))
    assert torch.allclose(read.positions, cloud.positions, atol=place)
    assert torch.allclose(read.scales, cloud.scales, rtol=size)
    assert torch.allclose(read.opacities, cloud.opacities, atol=0.003)
    assert same_turn(read.rotations, cloud.rotations) < 3e-3
    assert torch.allclose(read.base_colours(), cloud.base_colours(), atol=shade)
    assert read.sh.shape[1] == (4 if form == "ply" else 1)
    if form == "ply":
        assert torch.allclose(read.sh, cloud.sh, atol=1e-6)


def test_a_ply_has_the_names_that_others_read() -> None:
    data = write_splat(random_cloud(4), "ply")
    head = data[: data.index(b"end_header")].decode().splitlines()
    names = [line.split()[2] for line in head if line.startswith("property")]
    assert names[:9] == ["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"]
    assert names[9:] == [f"f_rest_{i}" for i in range(9)] + [
        "opacity",
        "scale_0",
        "scale_1",
        "scale_2",
        "rot_0",
        "rot_1",
        "rot_2",
        "rot_3",
    ]


def test_an_spz_begins_as_its_standard_says() -> None:
    data = gzip.decompress(write_splat(random_cloud(), "spz"))
    assert data[:16] == struct.pack("<IIIBBBB", 0x5053474E, 2, 50, 0, 12, 0, 0)
    assert len(data) == 16 + 50 * 19


def test_an_spz_of_version_3_has_its_rotations_in_the_smallest_three() -> None:
    cloud = random_cloud(1)
    data = bytearray(gzip.decompress(write_splat(cloud, "spz")))
    struct.pack_into("<I", data, 4, 3)
    xyzw = cloud.rotations[:, [1, 2, 3, 0]].numpy()
    packed = []
    for q in xyzw:
        largest = int(np.abs(q).argmax())
        value = largest
        for i in range(4):
            if i != largest:
                small = q[i] * np.sign(q[largest])
                value = value << 10 | (int(small < 0) << 9) | int(511 * abs(small) / np.sqrt(0.5) + 0.5)
        packed.append(value)
    turned = bytes(data[: 16 + 50 * 16]) + np.array(packed, "<u4").tobytes()
    read = read_splat(File3D(io.BytesIO(gzip.compress(turned)), "spz"))
    assert same_turn(read.rotations, cloud.rotations) < 1e-4


def test_an_old_splat_file_is_read() -> None:
    row = np.zeros(1, np.dtype([("at", "<f4", 3), ("scale", "<f4", 3), ("colour", "u1", 4), ("turn", "u1", 4)]))
    row["at"], row["scale"], row["colour"], row["turn"] = (
        [1, 2, 3],
        [0.1, 0.2, 0.3],
        [255, 0, 51, 204],
        [255, 128, 128, 128],
    )
    read = read_splat(File3D(io.BytesIO(row.tobytes()), "splat"))
    assert read.positions.tolist() == [[1, 2, 3]]
    assert read.rotations.tolist() == [[1, 0, 0, 0]]
    assert read.base_colours()[0].tolist() == pytest.approx([1, 0, 0.2], abs=1e-6)
    assert read.opacities.tolist() == pytest.approx([0.8])


def test_files_that_hold_no_splat_are_told() -> None:
    places = b"".join(b"property float %c\n" % axis for axis in b"xyz")
    points = b"ply\nformat binary_little_endian 1.0\nelement vertex 1\n" + places + b"end_header\n"
    cases: list[tuple[bytes, str, str]] = [
        (points + b"\0" * 12, "ply", "it has no f_dc_0"),
        (points.replace(b"vertex 1", b"vertex 1000000000"), "ply", "do not fit"),
        (b"ply\nformat ascii 1.0\nend_header\n", "ply", "only binary"),
        (gzip.compress(b"\0" * 16), "spz", "no SPZ"),
        (b"\x1f\x8b\0", "spz", "damaged"),
        (b"\0" * 33, "splat", "no multiple of 32"),
        (b"", "splat", "holds no Gaussians"),
        (b"\0" * 3, "ksplat", "damaged"),
        (b"glTF", "glb", "This 3D file is glb; splats are"),
    ]
    for data, form, sentence in cases:
        with pytest.raises(FileProblem, match=sentence):
            read_splat(File3D(io.BytesIO(data), form))


def draw(**more: Any) -> splats.Rendered:
    return splats.render_splat(splat=splat_of(shell(1000)), width=64, height=64, memory=MEMORY, run=RUN, **more)


def test_a_turntable_goes_once_around_and_back_to_where_it_began() -> None:
    eight = draw(frames=8)
    assert (eight.image.shape, eight.mask.shape) == ((8, 64, 64, 3), (8, 64, 64))
    assert torch.allclose(eight.image[0], draw().image[0])
    assert torch.allclose(draw(frames=-8).image[1], eight.image[7], atol=1e-3)
    reds = eight.image[..., 0].sum((1, 2))
    assert float(reds.max()) > 3 * float(reds.min())  # red is on one side only


def test_a_camera_is_the_one_that_create_camera_info_says() -> None:
    camera = cameras.create_camera(mode={"mode": "orbit", "yaw": 90, "pitch": 0, "distance": 3})
    red = draw(camera_info=camera)
    assert red.image[0, 32, 32].tolist() == pytest.approx([1, 0, 0], abs=0.05)
    plain = {"position": {"x": -3, "y": 0, "z": 0}, "target": {"x": 0, "y": 0, "z": 0}, "zoom": 1, "fov": 35}
    assert draw(camera_info=plain).image[0, 32, 32].tolist() == pytest.approx([0, 0, 0], abs=0.05)
    flat = draw(camera_info={**camera, "cameraType": "orthographic"})
    assert 0.9 < float(flat.mask.sum()) / float(red.mask.sum()) < 1.1


def test_pictures_stand_behind_and_colours_do_too() -> None:
    behind = torch.stack([torch.full((8, 8, 3), 0.25), torch.full((8, 8, 3), 0.75)])
    shown = draw(frames=3, bg_image=behind)
    assert [round(float(v), 4) for v in shown.image[:, 0, 0, 0]] == [0.25, 0.75, 0.75]
    assert draw(background="#336699").image[0, 0, 0].tolist() == pytest.approx([0.2, 0.4, 0.6])
    assert draw(render_style="depth", background="#ffffff").image[0, 0, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"opacity_threshold": 1.01}, "Lower it"),
        ({"camera_info": "front"}, "camera_info has no position"),
        ({"camera_info": {"position": {"x": 1}}}, "cannot be read"),
    ],
)
def test_what_cannot_be_drawn_is_told(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        draw(**more)


def test_a_splat_becomes_a_mesh_that_is_shown_unlit() -> None:
    mesh = splats.splat_to_mesh(splat=splat_of(shell()), resolution=64, run=RUN)
    assert (mesh.unlit, len(mesh.faces[0]) > 1000) == (True, True)
    assert mesh.vertex_colors is not None


def test_apple_s_gpus_which_have_no_float64_leave_drawing_to_the_cpu() -> None:
    apple = Memory(torch.device("mps"), Precision())
    picture, mask = splats.render_splat(splat=splat_of(shell(1000)), width=64, height=64, memory=apple, run=RUN)
    assert mask.max() > 0.5
    assert picture.shape == (1, 64, 64, 3)
