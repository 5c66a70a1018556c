"""Stick figures of detected poses, as OpenPose draws them: what pose ControlNets were trained on.

A pose is OpenPose's JSON: ``{people: [{pose_keypoints_2d: [x, y, score, ...], ...}], canvas_width, canvas_height}``.
Cao et al. 2021 (arXiv:1812.08008): 18 points of a body (or 25 with feet), 21 of a hand, 68 or 70 of a face.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from graph.errors import UserError

BLANK_SIDE: Final = 64  # of the picture of no pose at all
SIDE_MAX: Final = 16384

# Ends of the bones, by number of their points: 0 nose, 1 neck, 2-4 and 5-7 arms, 8-10 and 11-13 legs, 14-17 head.
BONES: Final = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
    (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
HEAD: Final = frozenset((0, 14, 15, 16, 17))
NECK: Final = 1
# Feet: left big toe, small toe, heel, then the right ones; each is tied to its ankle as in OpenPose's BODY_25.
LEFT_ANKLE, RIGHT_ANKLE = 13, 10
FOOT_BONES: Final = ((LEFT_ANKLE, 18), (18, 19), (LEFT_ANKLE, 20), (RIGHT_ANKLE, 21), (21, 22), (RIGHT_ANKLE, 23))
# The points of BODY_25 in the order of the 18 and the six of the feet; its middle of the hip (8) is none of them.
FROM_BODY_25: Final = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24)
FINGERS: Final = tuple((0 if joint == 0 else 4 * finger + joint, 4 * finger + joint + 1)
                       for finger in range(5) for joint in range(4))  # fmt: skip
HAND_POINT: Final = (0, 0, 255)
FACE_POINT: Final = (255, 255, 255)
BONE_SHADE: Final = 0.6  # bones are darker than the points that they tie
POINT_RADIUS: Final = 4

Colour = tuple[int, int, int]


class Point(NamedTuple):
    """A place on the canvas in pixels, and how sure it is, 0..1."""

    x: float
    y: float
    score: float


@dataclass(frozen=True)
class Look:
    """What is drawn, and how large: widths and sizes in pixels; points below ``threshold`` are left out."""

    body: bool = True
    head: bool = True
    hands: bool = True
    face: bool = True
    feet: bool = False
    stick_width: int = 4
    face_point_size: int = 3
    threshold: float = 0.3


def hues(count: int) -> tuple[Colour, ...]:
    """Full colours evenly round the circle of hues, from red on; 18 of them are OpenPose's colours of a body."""
    return tuple(
        (round(255 * red), round(255 * green), round(255 * blue))
        for red, green, blue in (colorsys.hsv_to_rgb(index / count, 1.0, 1.0) for index in range(count))
    )


BODY_COLOURS: Final = hues(18)
FOOT_COLOURS: Final = hues(6)
FINGER_COLOURS: Final = hues(len(FINGERS))


def draw_poses(poses: Any, look: Look) -> Tensor:
    """One picture ``(frames, height, width, 3)`` for each pose of a film, on black; the first one's canvas is used.

    Raises UserError for anything that is no pose.
    """
    frames = [poses] if isinstance(poses, Mapping) else poses
    if not frames:
        return torch.zeros(1, BLANK_SIDE, BLANK_SIDE, 3)
    if not isinstance(frames, Sequence) or isinstance(frames, str):
        raise UserError("The keypoints are no list of poses. Link the POSE_KEYPOINT of a node that finds poses.")
    size = _canvas(frames[0])
    pictures = [np.asarray(_draw(frame, size, look), dtype=np.float32) / 255 for frame in frames]
    return torch.from_numpy(np.stack(pictures))


def _canvas(frame: Any) -> tuple[int, int]:
    try:
        size = int(frame["canvas_width"]), int(frame["canvas_height"])
    except (TypeError, KeyError, ValueError) as error:
        raise UserError("A pose has no canvas: canvas_width and canvas_height are missing.") from error
    if not all(1 <= side <= SIDE_MAX for side in size):
        raise UserError(f"The canvas of a pose is {size[0]} x {size[1]}; each side may be 1 to {SIDE_MAX} pixels.")
    return size


def _draw(frame: Any, size: tuple[int, int], look: Look) -> Image.Image:
    picture = Image.new("RGB", size)
    pen = ImageDraw.Draw(picture)
    for person in _people(frame):
        _draw_person(pen, person, size, look)
    return picture


def _people(frame: Any) -> Sequence[Mapping[str, Any]]:
    people = frame.get("people", ()) if isinstance(frame, Mapping) else None
    if not isinstance(people, Sequence) or not all(isinstance(person, Mapping) for person in people):
        raise UserError("A pose has no list of people.")
    return people


def _draw_person(pen: ImageDraw.ImageDraw, person: Mapping[str, Any], size: tuple[int, int], look: Look) -> None:
    body = _body(person, size, look.threshold)
    shown = {index: body[index] for index in _drawn_points(look) if index in body}
    feet = {index: body[index] for index in range(18, 24) if look.feet and index in body}
    _draw_bones(pen, shown, BONES, BODY_COLOURS, look.stick_width)
    if feet:
        _draw_bones(pen, body, FOOT_BONES, FOOT_COLOURS, look.stick_width)
    for index, point in {**shown, **feet}.items():
        _dot(pen, point, POINT_RADIUS, (*BODY_COLOURS, *FOOT_COLOURS)[index])
    if look.hands:
        for name in ("hand_left_keypoints_2d", "hand_right_keypoints_2d"):
            _draw_hand(pen, _points(person, name, size, look.threshold))
    if look.face:
        for point in _points(person, "face_keypoints_2d", size, look.threshold).values():
            _dot(pen, point, look.face_point_size, FACE_POINT)


def _drawn_points(look: Look) -> list[int]:
    """The points of the body that are shown; the neck comes with the head too."""
    return [
        index for index in range(18) if (look.head if index in HEAD else look.body or (index == NECK and look.head))
    ]


def _body(person: Mapping[str, Any], size: tuple[int, int], threshold: float) -> dict[int, Point]:
    """The points that are sure enough: 0 to 17 of the body, 18 to 23 of the feet."""
    count = len(_numbers(person, "pose_keypoints_2d")) // 3
    found = _points(person, "pose_keypoints_2d", size, threshold)
    if count == 25:
        return {new: found[old] for new, old in enumerate(FROM_BODY_25) if old in found}
    feet = _points(person, "foot_keypoints_2d", size, threshold)
    return {**found, **{18 + index: point for index, point in feet.items()}}


def _points(person: Mapping[str, Any], name: str, size: tuple[int, int], threshold: float) -> dict[int, Point]:
    """The points of one part that are sure enough, in pixels. Those that lie in 0..1 all of them are shares of it."""
    numbers = _numbers(person, name)
    triples = [Point(*numbers[start : start + 3]) for start in range(0, len(numbers) - 2, 3)]
    if triples and all(0 <= point.x <= 1 and 0 <= point.y <= 1 for point in triples):
        triples = [Point(point.x * size[0], point.y * size[1], point.score) for point in triples]
    return {
        index: point
        for index, point in enumerate(triples)
        if point.score >= threshold and point.score > 0 and math.isfinite(point.x) and math.isfinite(point.y)
    }


def _numbers(person: Mapping[str, Any], name: str) -> list[float]:
    try:
        return [float(number) for number in person.get(name) or ()]
    except (TypeError, ValueError, OverflowError) as error:
        raise UserError(f"{name} of a pose is no list of numbers: x, y, score, x, y, score ...") from error


def _draw_bones(
    pen: ImageDraw.ImageDraw,
    points: Mapping[int, Point],
    bones: Sequence[tuple[int, int]],
    colours: Sequence[Colour],
    half_width: int,
) -> None:
    for (start, end), colour in zip(bones, colours, strict=False):
        if start in points and end in points:
            red, green, blue = (int(part * BONE_SHADE) for part in colour)
            pen.polygon(_ellipse(points[start], points[end], half_width), fill=(red, green, blue))


def _ellipse(start: Point, end: Point, half_width: float) -> list[tuple[float, float]]:
    """The outline of a stick: an ellipse from one point to the other, ``2 * half_width`` wide in its middle."""
    across, down = (end.x - start.x) / 2, (end.y - start.y) / 2
    half_length = math.hypot(across, down) or 1.0
    middle = start.x + across, start.y + down
    along = across / half_length, down / half_length
    outline = []
    for step in range(0, 360, 5):
        far, aside = half_length * math.cos(math.radians(step)), half_width * math.sin(math.radians(step))
        outline.append((middle[0] + far * along[0] - aside * along[1], middle[1] + far * along[1] + aside * along[0]))
    return outline


def _draw_hand(pen: ImageDraw.ImageDraw, points: Mapping[int, Point]) -> None:
    for (start, end), colour in zip(FINGERS, FINGER_COLOURS, strict=True):
        if start in points and end in points:
            pen.line([points[start][:2], points[end][:2]], fill=colour, width=2)
    for point in points.values():
        _dot(pen, point, POINT_RADIUS, HAND_POINT)


def _dot(pen: ImageDraw.ImageDraw, point: Point, radius: int, colour: Colour) -> None:
    pen.ellipse((point.x - radius, point.y - radius, point.x + radius, point.y + radius), fill=colour)
