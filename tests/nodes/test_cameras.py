"""Cameras in the form that 3D windows give and take, and the words for where they stand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from diffusion.errors import DiffusionError
from files.folders import Folders
from files.save import Saver
from nodes import cameras, logic
from tests.nodes.bench import Bench


def make(**mode: Any) -> dict[str, Any]:
    more = {name: mode.pop(name) for name in ("roll", "target_x", "fov", "zoom", "camera_type") if name in mode}
    found: dict[str, Any] = cameras.create_camera(mode=mode, **more)
    return found


def values(info: dict[str, Any], name: str) -> list[float]:
    return list(info[name].values())


def test_an_orbit_stands_at_its_distance_and_looks_at_its_target() -> None:
    info = make(mode="orbit", yaw=0, pitch=0, distance=4, target_x=1.0)
    assert values(info, "position") == pytest.approx([1, 0, 4])
    assert values(info, "quaternion") == pytest.approx([0, 0, 0, 1])  # at the front one looks along -z, as unturned
    assert (values(info, "target"), info["fov"], info["zoom"], info["cameraType"]) == ([1, 0, 0], 35, 1, "perspective")
    side = make(mode="orbit", yaw=90, pitch=0, distance=2)
    assert values(side, "position") == pytest.approx([2, 0, 0], abs=1e-6)
    assert values(side, "quaternion") == pytest.approx([0, math.sqrt(0.5), 0, math.sqrt(0.5)])
    above = make(mode="orbit", yaw=0, pitch=30, distance=2)
    assert values(above, "position") == pytest.approx([0, 1, math.sqrt(3)])


def test_a_place_and_its_quaternion_are_the_same_camera_as_the_look_at_that_gave_it() -> None:
    seen = make(mode="look_at", position_x=3, position_y=-2, position_z=1, roll=25)
    turn = {f"quat_{axis}": 5 * seen["quaternion"][axis] for axis in "xyzw"}  # of any length
    same = make(mode="quaternion", position_x=3, position_y=-2, position_z=1, **turn)
    assert values(same, "quaternion") == pytest.approx(values(seen, "quaternion"))
    away = [t - p for t, p in zip(values(same, "target"), values(same, "position"), strict=True)]
    assert [14**0.5 * part for part in away] == pytest.approx([-3, 2, -1], abs=1e-5)  # one unit towards the target


def test_a_camera_straight_above_its_target_is_a_camera_too() -> None:
    info = make(mode="look_at", position_x=0, position_y=5, position_z=0)
    assert values(info, "quaternion") == pytest.approx([-math.sqrt(0.5), 0, 0, math.sqrt(0.5)])


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ({"mode": "look_at", "position_x": 0, "position_y": 0, "position_z": 0}, "Move its position or its target"),
        ({"mode": "quaternion", "quat_w": 0}, "0, 0, 0, 0, which is no rotation"),
    ],
)
def test_a_camera_that_looks_nowhere_is_told(mode: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DiffusionError, match=sentence):
        make(**mode)


@pytest.mark.parametrize(
    ("angles", "words"),
    [
        ((0, 0, 5.0), "front view eye-level shot medium shot"),
        ((333, 17, 5.0), "front-left quarter view elevated shot medium shot"),
        ((90, -16, 1.9), "right side view low-angle shot wide shot"),
        ((180, 45, 6.0), "back view high-angle shot close-up"),
        ((345, 14, 0.0), "front view eye-level shot wide shot"),
        ((360, -15, 10.0), "front view eye-level shot close-up"),
    ],
)
def test_an_angle_has_words(angles: tuple[int, int, float], words: str) -> None:
    horizontal, vertical, zoom = angles
    assert cameras.choose_angle(horizontal_angle=horizontal, vertical_angle=vertical, zoom=zoom).prompt == words


def test_an_angle_is_a_camera_six_units_away_that_zooms_up_to_1_875() -> None:
    info = cameras.choose_angle(horizontal_angle=90, vertical_angle=0, zoom=10.0).camera_info
    assert values(info, "position") == pytest.approx([6, 0, 0], abs=1e-6)
    assert (values(info, "target"), info["fov"], info["zoom"]) == ([0, 0, 0], 35, 1.875)


def test_members_of_the_mode_are_checked_before_a_run(tmp_path: Path) -> None:
    bench = Bench(cameras, logic, services={Saver: Saver(Folders(tmp_path))})
    camera = {"mode": "orbit", "mode.yaw": 35, "mode.pitch": 95, "mode.distance": 4, "camera_type": "perspective"}
    camera |= dict.fromkeys(("target_x", "target_y", "target_z", "roll"), 0) | {"fov": 35, "zoom": 1}
    show = ("PreviewAny", {"source": ["a", 0]})
    assert bench.problems(a=("CreateCameraInfo", camera), b=show) == ["mode.pitch is 95.0; it goes from -89.0 to 89.0."]
    result = bench.run(a=("CreateCameraInfo", {**camera, "mode.pitch": 30}), b=show)
    assert (result.failure, '"fov": 35' in str(result.shown["b"])) == ("", True)
