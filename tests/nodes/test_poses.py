"""Stick figures: which point gets which colour, what is left out, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from graph.errors import UserError
from nodes.pose_figures import BODY_COLOURS
from nodes.poses import draw_keypoints

# OpenPose's colours of the 18 points of a body, as its authors publish them.
PUBLISHED = [
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0), (0, 255, 85),
    (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255), (170, 0, 255),
    (255, 0, 255), (255, 0, 170), (255, 0, 85),
]  # fmt: skip


def pose(width: int = 200, height: int = 100, **parts: list[float]) -> dict[str, Any]:
    return {"people": [parts], "canvas_width": width, "canvas_height": height}


def points(count: int, **at: tuple[float, float, float]) -> list[float]:
    """``count`` points that were not found, but for those named ``p0``, ``p1`` ..."""
    rows = [(0.0, 0.0, 0.0)] * count
    for name, row in at.items():
        rows[int(name[1:])] = row
    return [number for row in rows for number in row]


def colour(picture: Tensor, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(v) for v in (picture[0, y, x] * 255).round().tolist())


def test_the_eighteen_colours_are_openposes() -> None:
    assert list(BODY_COLOURS) == PUBLISHED


def test_a_point_has_its_colour_and_a_bone_three_fifths_of_its_own() -> None:
    body = points(18, p1=(50, 50, 1.0), p2=(150, 50, 1.0))  # neck and right shoulder: the first bone, red
    picture = draw_keypoints(keypoints=[pose(pose_keypoints_2d=body)])
    assert picture.shape == (1, 100, 200, 3)
    assert colour(picture, 50, 50) == (255, 85, 0)
    assert colour(picture, 150, 50) == (255, 170, 0)
    assert colour(picture, 100, 50) == (153, 0, 0)
    assert [colour(picture, 100, y) for y in (44, 56)] == [(0, 0, 0)] * 2  # 4 pixels to each side, no more
    assert colour(picture, 100, 47) == (153, 0, 0)


def test_points_below_the_threshold_and_bones_to_them_are_left_out() -> None:
    body = points(18, p1=(50, 50, 0.9), p2=(150, 50, 0.4))
    picture = draw_keypoints(keypoints=pose(pose_keypoints_2d=body), score_threshold=0.5)
    assert (colour(picture, 50, 50), colour(picture, 100, 50), colour(picture, 150, 50)) == (
        (255, 85, 0), (0, 0, 0), (0, 0, 0),
    )  # fmt: skip


def test_head_and_body_are_shown_by_themselves_and_the_neck_comes_with_either() -> None:
    body = points(18, p0=(50, 20, 1.0), p1=(50, 50, 1.0), p2=(150, 50, 1.0))
    spots = {"nose": (50, 20), "neck": (50, 50), "shoulder": (150, 50)}

    def shown(**look: bool) -> set[str]:
        picture = draw_keypoints(keypoints=[pose(pose_keypoints_2d=body)], **look)
        return {name for name, at in spots.items() if colour(picture, *at) != (0, 0, 0)}

    assert shown(draw_head=False) == {"neck", "shoulder"}
    assert shown(draw_body=False) == {"nose", "neck"}
    assert shown(draw_body=False, draw_head=False) == set()


def test_feet_are_drawn_on_demand_from_six_points_or_from_twenty_five() -> None:
    ankle, toe = (50.0, 50.0, 1.0), (90.0, 50.0, 1.0)
    apart = pose(pose_keypoints_2d=points(18, p13=ankle), foot_keypoints_2d=points(6, p0=toe))
    together = pose(pose_keypoints_2d=points(25, p14=ankle, p19=toe))
    for keypoints in (apart, together):
        assert colour(draw_keypoints(keypoints=[keypoints]), 90, 50) == (0, 0, 0)
        with_feet = draw_keypoints(keypoints=[keypoints], draw_feet=True)
        assert colour(with_feet, 90, 50) == (255, 0, 0)
        assert colour(with_feet, 70, 50) == (153, 0, 0)
        assert colour(with_feet, 50, 50) == PUBLISHED[13]


def test_hands_have_blue_points_and_faces_white_ones_of_their_size() -> None:
    hand = points(21, p0=(20, 20, 1.0), p1=(60, 20, 1.0))
    face = points(70, p5=(150, 50, 1.0))
    keypoints = [pose(hand_left_keypoints_2d=hand, face_keypoints_2d=face)]
    picture = draw_keypoints(keypoints=keypoints, face_point_size=2)
    assert (colour(picture, 20, 20), colour(picture, 40, 20)) == ((0, 0, 255), (255, 0, 0))
    assert [colour(picture, 150 + off, 50) for off in (0, 2, 4)] == [(255, 255, 255), (255, 255, 255), (0, 0, 0)]
    nothing = draw_keypoints(keypoints=keypoints, draw_hands=False, draw_face=False)
    assert not nothing.any()


def test_points_given_as_shares_are_put_onto_the_canvas() -> None:
    shares, pixels = points(18, p1=(0.25, 0.5, 1.0)), points(18, p1=(50, 50, 1.0))
    assert torch.equal(
        draw_keypoints(keypoints=[pose(pose_keypoints_2d=shares)]),
        draw_keypoints(keypoints=[pose(pose_keypoints_2d=pixels)]),
    )


def test_each_pose_of_a_film_is_a_picture_and_none_at_all_a_small_black_one() -> None:
    film = [pose(pose_keypoints_2d=points(18, p1=(x, 50, 1.0))) for x in (20, 60, 100)]
    pictures = draw_keypoints(keypoints=film)
    assert pictures.shape[0] == 3
    assert [int(pictures[i, 50].sum(-1).argmax()) for i in range(3)] == [16, 56, 96]  # the left edges of the dots
    assert draw_keypoints(keypoints=[]).shape == (1, 64, 64, 3)
    assert not draw_keypoints(keypoints=None).any()


@pytest.mark.parametrize(
    "keypoints",
    [
        "a pose",
        [{"people": []}],
        [{"people": [], "canvas_width": 0, "canvas_height": 9}],
        [{"people": 7, "canvas_width": 9, "canvas_height": 9}],
        [pose(pose_keypoints_2d=[10**400, 1, 2])],
        [pose(pose_keypoints_2d=["x", 1, 2])],  # type: ignore[list-item]  # what is refused
    ],
)
def test_what_is_no_pose_is_refused(keypoints: Any) -> None:
    with pytest.raises(UserError):
        draw_keypoints(keypoints=keypoints)
