"""Shaders against arithmetic: what they sample, where the origin is, passes, outputs, mistakes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from graph.errors import Cancelled, UserError
from graph.run import Run
from nodes import shader_program
from nodes.shaders import Painted, paint
from nodes.tone_curves import curve_table

pytest.importorskip("moderngl")

RUN = Run("run", emit=lambda _: None)
HEAD = "#version 300 es\nprecision highp float;\nuniform sampler2D u_image0;\nin vec2 v_texCoord;\n"
OUT = "layout(location = 0) out vec4 fragColor0;\n"


@pytest.fixture(scope="module", autouse=True)
def _needs_opengl() -> None:
    try:
        with shader_program._open_context():
            pass
    except UserError as error:
        pytest.skip(str(error))


def picture(height: int = 4, width: int = 6, channels: int = 3, batch: int = 1) -> Tensor:
    return torch.rand(batch, height, width, channels, generator=torch.Generator().manual_seed(height))


def run(source: str, images: Mapping[str, Tensor] | None = None, **more: Any) -> Painted:
    asked: dict[str, Any] = {"size_mode": {"size_mode": "from_input"}, "floats": {}, "ints": {}, "bools": {}}
    given = {"image0": picture()} if images is None else images
    return paint(fragment_shader=source, images=given, **{"run": RUN, **asked, "curves": {}, **more})


def shader(body: str, declared: str = "") -> str:
    return f"{HEAD}{declared}{OUT}void main() {{ {body} }}"


def test_a_shader_that_passes_on_gives_the_picture_back_and_black_for_the_rest() -> None:
    image = picture()
    painted = run(shader("fragColor0 = texture(u_image0, v_texCoord);"), {"image0": image})
    torch.testing.assert_close(painted.IMAGE0, image)
    assert [(other.shape, bool(other.any())) for other in painted[1:]] == [(image.shape, False)] * 3


def test_coordinates_begin_at_the_lower_left() -> None:
    painted = run(shader("fragColor0 = vec4(v_texCoord, 0.0, 1.0);")).IMAGE0
    assert painted.shape == (1, 4, 6, 3)
    across, up = (torch.arange(6) + 0.5) / 6, (torch.arange(4).flip(0) + 0.5) / 4
    torch.testing.assert_close(painted[0, 0, :, 0], across)
    torch.testing.assert_close(painted[0, :, 0, 1], up)


def test_numbers_reach_the_shader_and_those_it_does_not_use_are_ignored() -> None:
    declared = "uniform float u_float1; uniform int u_int0; uniform bool u_bool0;\n"
    source = shader("fragColor0 = vec4(u_float1, float(u_int0) / 10.0, u_bool0 ? 1.0 : 0.0, 1.0);", declared)
    painted = run(source, floats={"u_float0": 9.0, "u_float1": 0.25}, ints={"u_int0": 3}, bools={"u_bool0": True})
    torch.testing.assert_close(painted.IMAGE0[0, 0, 0], torch.tensor([0.25, 0.3, 1.0]))


def test_two_pictures_are_mixed_and_the_shorter_batch_repeats() -> None:
    source = shader("fragColor0 = mix(texture(u_image0, v_texCoord), texture(u_image1, v_texCoord), 0.25);",
                    "uniform sampler2D u_image1;\n")  # fmt: skip
    first, second = picture(batch=3), picture(batch=2, channels=4)
    second[..., 3] = 1.0
    mixed = run(source, {"image0": first, "image1": second}).IMAGE0
    torch.testing.assert_close(mixed, torch.lerp(first, second[[0, 1, 0], ..., :3], 0.25))


def test_a_size_of_one_s_own_and_the_resolution_that_it_means() -> None:
    source = shader("fragColor0 = vec4(u_resolution / 100.0, textureSize(u_image0, 0).x == 6 ? 1.0 : 0.0, 1.0);",
                    "uniform vec2 u_resolution;\n")  # fmt: skip
    painted = run(source, size_mode={"size_mode": "custom", "width": 20, "height": 10}).IMAGE0
    assert painted.shape == (1, 10, 20, 3)
    torch.testing.assert_close(painted[0, 3, 3], torch.tensor([0.2, 0.1, 1.0]))


def test_every_output_has_its_own_colours_and_one_that_is_not_painted_is_black() -> None:
    outputs = "".join(f"layout(location = {i}) out vec4 fragColor{i};\n" for i in range(3))
    body = "void main() { vec4 c = texture(u_image0, v_texCoord);" + "".join(
        f"fragColor{i} = vec4(vec3(c[{i}]), 1.0);" for i in range(3)
    )
    image = picture()
    painted = run(HEAD + outputs + body + "}", {"image0": image})
    for channel in range(3):
        torch.testing.assert_close(painted[channel], image[..., channel : channel + 1].expand(-1, -1, -1, 3))
    assert not painted.IMAGE3.any()


def test_an_output_without_a_place_is_the_first() -> None:
    source = HEAD + "out vec4 colour;\nvoid main() { colour = vec4(0.5, 0.25, 0.75, 1.0); }"
    assert run(source).IMAGE0[0, 0, 0].tolist() == [0.5, 0.25, 0.75]


def test_passes_read_what_the_one_before_painted() -> None:
    source = shader("fragColor0 = vec4(texture(u_image0, v_texCoord).rgb * 0.5 + 0.1 * float(u_pass), 1.0);",
                    "uniform int u_pass;\n").replace("es\n", "es\n#pragma passes 3\n", 1)  # fmt: skip
    image = picture()
    torch.testing.assert_close(run(source, {"image0": image}).IMAGE0, image / 8 + 0.1 / 2 + 0.2)


def test_transparency_is_kept_where_there_is_any() -> None:
    image = picture(channels=4)
    painted = run(shader("fragColor0 = texture(u_image0, v_texCoord);"), {"image0": image})
    torch.testing.assert_close(painted.IMAGE0, image)


def test_a_curve_is_a_table_to_look_up() -> None:
    source = shader("fragColor0 = vec4(vec3(texelFetch(u_curve0, ivec2(64, 0), 0).r), 1.0);",
                    "uniform sampler2D u_curve0;\n")  # fmt: skip
    curve = {"points": [[0, 0], [0.5, 1], [1, 0]], "interpolation": "linear"}
    painted = run(source, curves={"u_curve0": curve}).IMAGE0
    torch.testing.assert_close(painted[0, 0, 0, 0], torch.tensor(64 / 255 * 2))


def test_mistakes_are_told_in_the_compiler_s_words_with_their_line() -> None:
    with pytest.raises(UserError, match=r"does not compile.*nonsense"):
        run(HEAD + OUT + "void main() { fragColor0 = nonsense(v_texCoord); }")
    with pytest.raises(UserError, match="0 passes"):
        run(shader("fragColor0 = vec4(1.0);").replace("es\n", "es\n#pragma passes 0\n", 1))
    with pytest.raises(UserError, match="no picture"):
        run(shader("fragColor0 = vec4(1.0);"), {})


def test_a_picture_that_is_declared_and_not_linked_is_black() -> None:
    source = shader("fragColor0 = texture(u_image1, v_texCoord) + texture(u_image0, v_texCoord) * 0.0;",
                    "uniform sampler2D u_image1;\n")  # fmt: skip
    assert not run(source).IMAGE0.any()


def test_a_uniform_of_another_type_and_a_size_beyond_opengl_are_told() -> None:
    with pytest.raises(UserError, match="u_float0"):
        run(shader("fragColor0 = vec4(u_float0, 1.0);", "uniform vec3 u_float0;\n"), floats={"u_float0": 0.5})
    with pytest.raises(UserError, match="pixels a side"):
        shader_program.run_shader(shader("fragColor0 = vec4(1.0);"), [], 10**6, 1, RUN.progress)


def test_without_the_package_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moderngl", None)
    with pytest.raises(UserError, match="pip install moderngl"):
        run(shader("fragColor0 = vec4(1.0);"))


def test_outputs_are_found_as_shaders_declare_them() -> None:
    source = """// out vec4 fragColor3;
    layout(location = 2) out highp vec4 c;
    layout (location=1)
        out vec4 d;
    /* layout(location = 0) out vec4 e; */ in vec2 v_texCoord; void f(out vec3 g) {}"""
    assert shader_program.painted_outputs(source) == {1, 2}
    assert shader_program.painted_outputs("out vec4 fragColor;") == {0}


# Curves


def test_curves_go_through_their_points_and_do_not_overshoot() -> None:
    table = curve_table({"points": [[0, 0], [0.2, 0.8], [0.6, 0.8], [1, 1]], "interpolation": "monotone_cubic"})
    assert [round(float(table[i]), 4) for i in (0, 51, 153, 255)] == [0.0, 0.8, 0.8, 1.0]
    assert bool((table.diff() >= -1e-6).all())
    assert table[51:154].tolist() == pytest.approx([0.8] * 103, abs=1e-6)


def test_the_straight_curve_changes_nothing() -> None:
    torch.testing.assert_close(curve_table({"points": [[1, 1], [0, 0]]}), torch.linspace(0, 1, 256))


@pytest.mark.parametrize("curve", [None, 7, {}, {"points": []}, {"points": [[0]]}, {"points": [["a", 1]]},
                                   {"points": [[0, float("nan")]]}, {"points": [[0, 10**400]]}])  # fmt: skip
def test_what_is_no_curve_is_refused(curve: Any) -> None:
    with pytest.raises(UserError, match="curve"):
        curve_table(curve)


def test_a_film_of_pictures_stops_when_the_run_is_cancelled() -> None:
    cancelled = Run("run", emit=lambda _: None)
    cancelled.cancel()
    with pytest.raises(Cancelled):
        run(shader("fragColor0 = vec4(1.0);"), {"image0": picture(batch=3)}, run=cancelled)
    assert run(shader("fragColor0 = vec4(1.0);")).IMAGE0.min() == 1.0  # and the next one paints
