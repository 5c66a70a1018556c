"""Fragment shaders of GLSL ES 3.00 over pictures, on whatever OpenGL there is: a GPU's, or a processor's own (Mesa).

Needs the package moderngl, which Easel does not bring along. Textures and canvases hold floats; row 0 of a texture is
the bottom of its picture, as shaders expect.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from graph.errors import UserError

OUTPUTS: Final = 4
PASSES_MAX: Final = 64
_VERTEX: Final = """#version 330
in vec2 corner;
out vec2 v_texCoord;
void main() {
    v_texCoord = corner * 0.5 + 0.5;
    gl_Position = vec4(corner, 0.0, 1.0);
}
"""
_CORNERS: Final = np.array([-1, -1, 1, -1, -1, 1, 1, 1], dtype=np.float32)
_PASSES: Final = re.compile(r"^[ \t]*#pragma[ \t]+passes[ \t]+(\d+)[ \t]*$", re.MULTILINE)
_VERSION: Final = re.compile(r"^\s*#version[^\n]*")
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_OUTPUT: Final = re.compile(
    r"(?:layout\s*\(\s*location\s*=\s*(\d+)\s*\)\s*)?(?<!\w)out\s+(?:(?:highp|mediump|lowp)\s+)?vec4\s+\w+\s*;"
)
_PICTURE: Final = re.compile(r"u_(image|curve)\d+")
_BLACK: Final = torch.tensor([0.0, 0.0, 0.0, 1.0]).reshape(1, 1, 4)  # for those that are declared and not linked
_FIRST: Final = "u_image0"

Number = float | int | bool
Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Uniforms:
    """What a shader is told: numbers by name, and pictures ``(height, width, 4)`` by name."""

    numbers: Mapping[str, Number]
    pictures: Mapping[str, Tensor]


def run_shader(source: str, uniforms: Sequence[Uniforms], width: int, height: int, report: Report) -> list[Tensor]:
    """What the shader paints for each set of uniforms: ``OUTPUTS`` batches ``(batch, height, width, 4)`` in 0..1.

    ``report`` hears sets done and sets in all.

    Raises UserError when the shader is wrong, with the compiler's words, and when there is no OpenGL.
    """
    with _open_context() as context:
        most = context.info["GL_MAX_TEXTURE_SIZE"]
        if max(width, height) > most:
            raise UserError(f"The picture is {width} x {height}; this OpenGL paints no more than {most} pixels a side.")
        program = _compile(context, source)
        passes = _passes(source)
        painted = []
        for one in uniforms:
            painted.append(_paint(context, program, one, passes, width, height))
            context.gc()
            report(len(painted), len(uniforms))
    # What a shader does not declare holds anything at all, depending on the driver.
    declared = painted_outputs(source)
    black = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(height, width, 4)
    return [
        torch.stack([pictures[index] if index in declared else black for pictures in painted])
        for index in range(OUTPUTS)
    ]


def painted_outputs(source: str) -> set[int]:
    """The places of the outputs that a shader declares; one without a place is the first."""
    return {int(found[1] or 0) for found in _OUTPUT.finditer(_COMMENT.sub(" ", source))}


@contextmanager
def _open_context() -> Iterator[Any]:
    try:
        import moderngl
    except ImportError as error:
        raise UserError("Shaders need the package moderngl. Install it: pip install moderngl") from error
    # Without a window: EGL on Linux needs no display, and takes Mesa's software renderer where there is no GPU.
    settings: dict[str, Any] = {"backend": "egl"} if sys.platform == "linux" else {}
    try:
        context = moderngl.create_standalone_context(require=330, **settings)
    except Exception as error:  # each backend raises its own
        raise UserError(
            f"There is no OpenGL 3.3 here ({error}). Install a graphics driver, or Mesa (libegl1, libgl1-mesa-dri)."
        ) from error
    # What a picture needed is given back after it. Not "auto": what Python drops late would then be deleted by its
    # number, which may be that of something else in the next context by now.
    context.gc_mode = "context_gc"
    try:
        yield context
    except moderngl.Error as error:
        raise UserError(f"OpenGL cannot run the shader: {error}") from error
    finally:
        context.release()


def _compile(context: Any, source: str) -> Any:
    # Desktop OpenGL knows all of GLSL ES 3.00 by another version number; not every driver takes that of ES.
    body = _VERSION.sub("", source, count=1)
    text = f"#version 330\n#extension GL_ARB_explicit_attrib_location : enable\n#line 2\n{body.lstrip(chr(10))}"
    try:
        return context.program(vertex_shader=_VERTEX, fragment_shader=text)
    except Exception as error:  # moderngl.Error, whose module is imported where it is there
        told = [line.strip() for line in str(error).splitlines() if line.strip(" =-\t")]
        raise UserError("The shader does not compile: " + " ".join(told[-6:])) from error


def _passes(source: str) -> int:
    found = _PASSES.search(source)
    count = int(found[1]) if found else 1
    if not 1 <= count <= PASSES_MAX:
        raise UserError(f"The shader asks for {count} passes; it may be 1 to {PASSES_MAX}.")
    return count


def _paint(context: Any, program: Any, uniforms: Uniforms, passes: int, width: int, height: int) -> list[Tensor]:
    _set_numbers(program, {**uniforms.numbers, "u_resolution": (float(width), float(height))})
    textures = {
        name: _texture(context, uniforms.pictures.get(name, _BLACK)) for name in program if _PICTURE.fullmatch(name)
    }
    corners = context.buffer(_CORNERS.tobytes())
    shape = context.vertex_array(program, [(corners, "2f", "corner")])
    canvases = [_canvas(context, width, height) for _ in range(min(passes, 2))]
    for index in range(passes):
        _set_numbers(program, {"u_pass": index})
        if index and _FIRST in program:
            textures[_FIRST] = canvases[(index - 1) % 2].color_attachments[0]
        for unit, (name, texture) in enumerate(textures.items()):
            texture.use(unit)
            program[name] = unit
        canvas = canvases[index % 2]
        canvas.use()
        canvas.clear(0.0, 0.0, 0.0, 1.0)
        shape.render(mode=context.TRIANGLE_STRIP)
    return [_read(canvases[(passes - 1) % 2], index, width, height) for index in range(OUTPUTS)]


def _set_numbers(program: Any, numbers: Mapping[str, Any]) -> None:
    """Those that the shader declares and uses; the others are not in the program."""
    for name, value in numbers.items():
        if name not in program:
            continue
        try:
            program[name] = value
        except Exception as error:  # what moderngl raises for a wrong type is not documented
            raise UserError(f"The shader declares {name} as something else than what it is given: {value}.") from error


def _texture(context: Any, picture: Tensor) -> Any:
    height, width, _ = picture.shape
    rows = np.ascontiguousarray(picture.detach().float().cpu().numpy()[::-1])
    texture = context.texture((width, height), 4, rows.tobytes(), dtype="f4")
    return _smooth(context, texture)


def _smooth(context: Any, texture: Any) -> Any:
    texture.filter = (context.LINEAR, context.LINEAR)
    texture.repeat_x = texture.repeat_y = False
    return texture


def _canvas(context: Any, width: int, height: int) -> Any:
    attachments = [_smooth(context, context.texture((width, height), 4, dtype="f4")) for _ in range(OUTPUTS)]
    return context.framebuffer(attachments)


def _read(canvas: Any, attachment: int, width: int, height: int) -> Tensor:
    data = np.frombuffer(canvas.read(components=4, attachment=attachment, dtype="f4"), dtype=np.float32)
    picture = torch.from_numpy(data.reshape(height, width, 4)[::-1].copy())
    return picture.nan_to_num(0.0).clamp(0, 1)
