"""Where one looks from, as nodes of the field hand it to each other and to 3D windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

from diffusion.solids.camera import Camera, look_at, orbit, with_rotation
from graph.groups import DYNAMIC_COMBO
from graph.node import node
from graph.spec import Choice, Float, Group, Int, Port, Text
from nodes.ports import IMAGE
from nodes.solids import CAMERA

CATEGORY: Final = "3d"
ANGLE_FOV: Final = 35.0
ANGLE_DISTANCE: Final = 6.0
SIDES: Final = (
    "front view",
    "front-right quarter view",
    "right side view",
    "back-right quarter view",
    "back view",
    "back-left quarter view",
    "left side view",
    "front-left quarter view",
)


def _number(default: float, low: float, high: float, tooltip: str) -> list[Any]:
    return ["FLOAT", {"default": default, "min": low, "max": high, "step": 0.01, "tooltip": tooltip}]


_PLACE: Final = {
    f"position_{axis}": _number(4.0, -1000.0, 1000.0, f"The camera's {axis}; y points up.") for axis in "xyz"
}
_TURN: Final = {
    f"quat_{axis}": _number(float(axis == "w"), -1.0, 1.0, f"The {axis} of its rotation; 0, 0, 0, 1 looks along -z.")
    for axis in "xyzw"
}
_ORBIT: Final = {
    "yaw": _number(35.0, -360.0, 360.0, "Degrees around the target; 0 looks from the front (+z), 90 from +x."),
    "pitch": _number(30.0, -89.0, 89.0, "Degrees above the target's level."),
    "distance": _number(4.0, 0.01, 1000.0, "How far from the target."),
}
MODE: Final = Group(
    DYNAMIC_COMBO,
    {
        "options": [
            {"key": "orbit", "inputs": {"required": _ORBIT}},
            {"key": "look_at", "inputs": {"required": _PLACE}},
            {"key": "quaternion", "inputs": {"required": {**_PLACE, **_TURN}}},
        ]
    },
)
Target = Annotated[float, Float(-1000.0, 1000.0, 0.01), "Where it looks at; without meaning for a quaternion."]
CameraInfo = Annotated[Any, Port("LOAD3D_CAMERA")]


class Angle(NamedTuple):
    camera_info: CAMERA
    prompt: Annotated[str, Text()]


@node("CreateCameraInfo", display_name="Create Camera Info", category=CATEGORY, needs_device=False,
      synonyms=("camera", "viewpoint", "orbit"))  # fmt: skip
def create_camera(
    *,
    mode: Annotated[Mapping[str, Any], MODE, "How to say where it is."],
    target_x: Target = 0.0,
    target_y: Target = 0.0,
    target_z: Target = 0.0,
    roll: Annotated[float, Float(-180.0, 180.0, 0.1), "Degrees around the line of sight."] = 0.0,
    fov: Annotated[float, Float(1.0, 120.0, 0.1), "Degrees from the lower to the upper edge."] = 35.0,
    zoom: Annotated[float, Float(0.01, 100.0, 0.01), "Enlarges without moving."] = 1.0,
    camera_type: Annotated[str, Choice(("perspective", "orthographic"), modern=True)] = "perspective",
) -> CameraInfo:
    """A camera: around a target, at a place, or at a place with a rotation. Right-handed, y points up."""
    target = (target_x, target_y, target_z)
    value = {name: float(number) for name, number in mode.items() if name != "mode"}
    place = tuple(value.get(f"position_{axis}", 4.0) for axis in "xyz")
    match mode.get("mode", "orbit"):
        case "look_at":
            camera = look_at(place, target, roll)
        case "quaternion":
            turn = tuple(value.get(f"quat_{axis}", float(axis == "w")) for axis in "xyzw")
            camera = with_rotation(place, turn, roll)
        case _:
            camera = orbit(target, value.get("yaw", 35.0), value.get("pitch", 30.0), value.get("distance", 4.0), roll)
    return describe(camera, fov, zoom, camera_type)


@node("CameraAngle", display_name="Compose Camera Angle Prompt", category=CATEGORY, needs_device=False,
      synonyms=("camera prompt", "viewpoint", "multi angle"))  # fmt: skip
def choose_angle(
    *,
    horizontal_angle: Annotated[int, Int(0, 360), "Degrees around it: 0 is the front, 90 its right."] = 0,
    vertical_angle: Annotated[int, Int(-30, 60), "Degrees above its level."] = 0,
    zoom: Annotated[float, Float(0.0, 10.0, 0.1), "From a wide shot (0) to a close-up (10)."] = 5.0,
    image: IMAGE | None = None,  # noqa: ARG001  for editors that show it while one turns
) -> Angle:
    """An angle from which to look at what is at the origin: as a camera, and in words for a prompt."""
    camera = orbit((0.0, 0.0, 0.0), horizontal_angle, vertical_angle, ANGLE_DISTANCE)
    info = describe(camera, ANGLE_FOV, 1 + zoom * 0.0875, "perspective")
    return Angle(info, f"{_side(horizontal_angle)} {_height(vertical_angle)} {_framing(zoom)}")


def describe(camera: Camera, fov: float, zoom: float, kind: str) -> dict[str, Any]:
    """A camera in the form that 3D windows give and take."""
    return {
        "position": dict(zip("xyz", camera.position, strict=True)),
        "target": dict(zip("xyz", camera.target, strict=True)),
        "quaternion": dict(zip("xyzw", camera.rotation, strict=True)),
        "fov": fov,
        "zoom": zoom,
        "cameraType": kind,
    }


def _side(degrees: int) -> str:
    return SIDES[round(degrees / 45) % 8]


def _height(degrees: int) -> str:
    steps = ((-15, "low-angle shot"), (15, "eye-level shot"), (45, "elevated shot"))
    return next((words for limit, words in steps if degrees < limit), "high-angle shot")


def _framing(zoom: float) -> str:
    return "wide shot" if zoom < 2 else "medium shot" if zoom < 6 else "close-up"
