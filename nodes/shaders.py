"""Shaders as nodes: small programs that paint every pixel, written in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

import torch
from torch import Tensor

from diffusion.pixels.batch import add_alpha
from graph.errors import UserError
from graph.groups import AUTOGROW, DYNAMIC_COMBO
from graph.node import node
from graph.run import Run
from graph.spec import Group, Text
from nodes.image import SIZE_MAX
from nodes.ports import IMAGE
from nodes.shader_program import Uniforms, run_shader
from nodes.tone_curves import curve_table

CATEGORY: Final = "image/shader"
PLAIN: Final = """#version 300 es
precision highp float;

uniform sampler2D u_image0;

in vec2 v_texCoord;
layout(location = 0) out vec4 fragColor0;

void main() {
    fragColor0 = texture(u_image0, v_texCoord);
}
"""


def _grown(kind: list[Any], prefix: str, least: int, most: int) -> Group:
    section = "required" if least else "optional"
    member = {section: {prefix: kind}}
    return Group(AUTOGROW, {"template": {"input": member, "prefix": prefix, "min": least, "max": most}})


SIZE: Final = Group(
    DYNAMIC_COMBO,
    {
        "options": [
            {"key": "from_input", "inputs": {"required": {}}},
            {
                "key": "custom",
                "inputs": {
                    "required": {
                        side: ["INT", {"default": 512, "min": 1, "max": SIZE_MAX}] for side in ("width", "height")
                    }
                },
            },
        ]
    },
)
Images = Annotated[Mapping[str, Tensor], _grown(["IMAGE", {}], "image", 1, 5)]
Floats = Annotated[Mapping[str, float], _grown(["FLOAT", {"default": 0.0, "forceInput": True}], "u_float", 0, 20)]
Ints = Annotated[Mapping[str, int], _grown(["INT", {"default": 0, "forceInput": True}], "u_int", 0, 20)]
Bools = Annotated[Mapping[str, bool], _grown(["BOOLEAN", {"default": False, "forceInput": True}], "u_bool", 0, 10)]
Curves = Annotated[Mapping[str, Any], _grown(["CURVE", {}], "u_curve", 0, 4)]


class Painted(NamedTuple):
    IMAGE0: IMAGE
    IMAGE1: IMAGE
    IMAGE2: IMAGE
    IMAGE3: IMAGE


@node("GLSLShader", display_name="GLSL Shader", category=CATEGORY, needs_device=False, experimental=True,
      synonyms=("glsl", "fragment shader", "effect"))  # fmt: skip
def paint(
    *,
    fragment_shader: Annotated[
        str, Text(multiline=True), "GLSL ES 3.00; the inputs are u_image0, u_float0 ..."
    ] = PLAIN,
    size_mode: Annotated[Mapping[str, Any], SIZE, "The size of the first picture, or one of your own."],
    images: Images,
    floats: Floats,
    ints: Ints,
    bools: Bools,
    curves: Curves,
    run: Run,
) -> Painted:
    """Paint every pixel by a program of your own. What it does not paint is black; transparency is kept where it is."""
    batches = [add_alpha(image.float(), 4)[..., :4] for image in images.values() if image is not None]
    if not batches:
        raise UserError("The shader has no picture. Link one to image0.")
    width, height = _size(size_mode, batches[0])
    numbers = {name: value for group in (floats, ints, bools) for name, value in group.items() if value is not None}
    tables = {name: _strip(curve) for name, curve in curves.items() if curve is not None}
    sets = [
        Uniforms(numbers, {**tables, **{f"u_image{place}": b[index % len(b)] for place, b in enumerate(batches)}})
        for index in range(max(map(len, batches)))
    ]
    return Painted(*(_as_image(batch) for batch in run_shader(fragment_shader, sets, width, height, run.progress)))


def _size(mode: Mapping[str, Any], image: Tensor) -> tuple[int, int]:
    if mode["size_mode"] == "custom":
        return int(mode["width"]), int(mode["height"])
    return image.shape[2], image.shape[1]


def _strip(curve: Any) -> Tensor:
    """The curve as a picture of one row of 256 greys."""
    table = curve_table(curve)
    return torch.stack([table, table, table, torch.ones_like(table)], dim=-1)[None]


def _as_image(batch: Tensor) -> Tensor:
    return batch if bool((batch[..., 3] < 1).any()) else batch[..., :3]
