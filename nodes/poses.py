"""Poses of people, found by other nodes, made visible."""

from __future__ import annotations

from typing import Annotated, Any, Final

from graph.node import node
from graph.spec import Float, Int, Port, Toggle
from nodes.ports import IMAGE
from nodes.pose_figures import Look, draw_poses

CATEGORY: Final = "image/preprocessors"
Poses = Annotated[Any, Port("POSE_KEYPOINT"), "OpenPose's JSON: a list with a pose for each picture."]
Thickness = Annotated[int, Int(1, 10, step=1), "Pixels."]


@node("SDPoseDrawKeypoints", display_name="SDPose Draw Keypoints", category=CATEGORY, needs_device=False,
      synonyms=("openpose", "skeleton", "stick figure"))  # fmt: skip
def draw_keypoints(
    *,
    keypoints: Poses,
    draw_body: Annotated[bool, Toggle(), "Trunk, arms and legs."] = True,
    draw_hands: Annotated[bool, Toggle()] = True,
    draw_face: Annotated[bool, Toggle()] = True,
    draw_feet: Annotated[bool, Toggle()] = False,
    stick_width: Thickness = 4,
    face_point_size: Thickness = 3,
    score_threshold: Annotated[float, Float(0.0, 1.0, 0.01), "Points less sure than this are left out."] = 0.3,
    draw_head: Annotated[bool, Toggle(), "Nose, eyes and ears."] = True,
) -> IMAGE:
    """Stick figures in OpenPose's colours on black, as pose ControlNets want them."""
    look = Look(draw_body, draw_head, draw_hands, draw_face, draw_feet, stick_width, face_point_size, score_threshold)
    return draw_poses(keypoints, look)
