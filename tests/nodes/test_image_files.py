"""Pictures in other files than plain PNG: written, then read by someone else's reader."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from diffusion.pixels.colour import to_linear
from files.embed import read_metadata
from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from graph.errors import UserError
from nodes import image_files as nodes

PROMPT = {"1": {"class_type": "LoadImage", "inputs": {"image": "füchse.png"}}}


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def saved_path(folders: Folders, done: Any) -> Path:
    assert done.ui is not None
    (shown,) = done.ui["images"]
    return Path(folders.place(shown["type"]), shown["subfolder"], shown["filename"])


def noise(batch: int = 1, channels: int = 3) -> Tensor:
    return torch.rand(batch, 6, 9, channels, generator=torch.Generator().manual_seed(0))


def decode(path: Path, form: str) -> np.ndarray[Any, Any]:
    with av.open(str(path)) as film:
        return np.asarray(next(film.decode(video=0)).to_ndarray(format=form))


def test_16_bit_png_keeps_65536_levels_and_the_workflow(folders: Folders) -> None:
    image = noise()
    form = {"format": "png", "bit_depth": "16-bit", "input_color_space": "sRGB"}
    done = nodes.save_image_deep(images=image, format=form, prompt=PROMPT, saver=Saver(folders))
    path = saved_path(folders, done)
    assert np.array_equal(decode(path, "rgb48le"), np.rint(image[0].double().numpy() * 65535).astype(np.uint16))
    assert read_metadata(path)["prompt"] == PROMPT
    assert torch.equal(done.outputs[0], image)


def test_16_bit_png_carries_transparency_and_greys(folders: Folders) -> None:
    form = {"format": "png", "bit_depth": "16-bit", "input_color_space": "sRGB"}
    for channels, pixels in ((4, "rgba64le"), (1, "gray16le")):
        image = noise(channels=channels)
        path = saved_path(folders, nodes.save_image_deep(images=image, format=form, saver=Saver(folders)))
        expected = np.rint(image[0].double().numpy() * 65535).astype(np.uint16).squeeze()
        assert np.array_equal(decode(path, pixels).squeeze(), expected)


@pytest.mark.parametrize(
    ("space", "value", "light"), [("sRGB", 0.5, 0.214041), ("linear", 3.5, 3.5), ("HDR", 0.5, 1 / 12)]
)
def test_exr_holds_light(space: str, value: float, light: float, folders: Folders) -> None:
    form = {"format": "exr", "bit_depth": "32-bit float", "input_color_space": space}
    done = nodes.save_image_deep(images=torch.full((1, 4, 5, 3), value), format=form, saver=Saver(folders))
    assert decode(saved_path(folders, done), "gbrpf32le") == pytest.approx(np.full((4, 5, 3), light), abs=1e-5)


def test_exr_packs_without_loss_and_carries_the_workflow(folders: Folders) -> None:
    smooth = torch.linspace(0, 1, 64).reshape(1, 1, 64, 1).repeat(1, 32, 1, 3)
    sizes = []
    for image in (noise(), smooth):
        form = {"format": "exr", "bit_depth": "32-bit float", "input_color_space": "sRGB"}
        done = nodes.save_image_deep(images=image, format=form, prompt=PROMPT, saver=Saver(folders))
        path = saved_path(folders, done)
        assert np.array_equal(decode(path, "gbrpf32le"), to_linear(image[0]).numpy())
        assert json.dumps(PROMPT).encode() in path.read_bytes()
        sizes.append(path.stat().st_size)
    assert sizes[1] < 32 * 64 * 12 / 2


def test_8_bit_png_is_that_of_save_image_and_an_unknown_format_is_told(folders: Folders) -> None:
    form = {"format": "png", "bit_depth": "8-bit", "input_color_space": "sRGB"}
    path = saved_path(folders, nodes.save_image_deep(images=noise(), format=form, prompt=PROMPT, saver=Saver(folders)))
    assert (read_metadata(path)["prompt"], path.name) == (PROMPT, "Easel_00001_.png")
    with pytest.raises(UserError, match="no format 'tga'"):
        nodes.save_image_deep(images=noise(), format={"format": "tga"}, saver=Saver(folders))


def frames_of(path: Path) -> list[tuple[int, object]]:
    """Milliseconds and first pixel of each frame."""
    frames: list[tuple[int, object]] = []
    with Image.open(path) as picture:
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            pixel = picture.convert("RGB").getpixel((0, 0))
            frames.append((round(picture.info["duration"]), pixel))
    return frames


STEPS = torch.tensor([0.0, 0.2, 1.0]).reshape(3, 1, 1, 1).expand(3, 4, 4, 3)


def test_an_animated_png_shows_its_frames_in_time_and_carries_the_workflow(folders: Folders) -> None:
    done = nodes.save_animated_png(images=STEPS, fps=8.0, prompt=PROMPT, saver=Saver(folders))
    path = saved_path(folders, done)
    assert frames_of(path) == [(125, (0,) * 3), (125, (51,) * 3), (125, (255,) * 3)]
    assert read_metadata(path)["prompt"] == PROMPT
    assert done.ui is not None
    assert done.ui["animated"] == [True]


def test_an_animated_webp_shows_its_frames_in_time_and_carries_the_workflow(folders: Folders) -> None:
    done = nodes.save_animated_webp(
        images=STEPS,
        fps=8.0,
        method="fastest",
        prompt=PROMPT,
        extra_pnginfo={"workflow": {"id": 3}},
        saver=Saver(folders),
    )
    path = saved_path(folders, done)
    assert frames_of(path) == [(125, (0,) * 3), (125, (51,) * 3), (125, (255,) * 3)]
    found = read_metadata(path)
    assert (found["prompt"], found["workflow"]) == (PROMPT, {"id": 3})


def test_a_lossy_webp_is_smaller(folders: Folders) -> None:
    image = torch.rand(1, 64, 64, 3, generator=torch.Generator().manual_seed(0))
    sizes = [
        saved_path(
            folders, nodes.save_animated_webp(images=image, method="default", lossless=lossless, saver=Saver(folders))
        )
        .stat()
        .st_size
        for lossless in (True, False)
    ]
    assert sizes[1] < sizes[0] / 2


def test_nothing_is_embedded_for_those_who_want_nothing_embedded(folders: Folders) -> None:
    done = nodes.save_animated_webp(images=STEPS, method="default", prompt=PROMPT, saver=Saver(folders, embed=False))
    assert "prompt" not in read_metadata(saved_path(folders, done))


class Documents:
    def __init__(self, *documents: bytes) -> None:
        self.data = [io.BytesIO(document) for document in documents]


def test_a_drawing_is_written_with_its_workflow(folders: Folders) -> None:
    done = nodes.save_drawing(
        svg=Documents(b'<?xml version="1.0"?><svg width="4"><g/></svg>'), prompt={"a": "]]>"}, saver=Saver(folders)
    )
    written = saved_path(folders, done).read_text()
    assert written.startswith('<?xml version="1.0"?><svg width="4"><metadata><![CDATA[{"prompt":')
    assert written.endswith("]]></metadata><g/></svg>")
    assert json.loads(written.split("CDATA[")[1].split("]]></metadata>")[0]) == {"prompt": {"a": "]]>"}}


def test_what_is_no_drawing_is_told(folders: Folders) -> None:
    with pytest.raises(UserError, match="no <svg> element"):
        nodes.save_drawing(svg=Documents(b"hello"), saver=Saver(folders))


def test_pictures_come_from_the_output_folder_and_from_the_camera(folders: Folders) -> None:
    for place in ("output", "temp"):
        folders.place(place).mkdir(parents=True)
        Image.new("RGBA", (2, 2), (255, 0, 0, 255)).save(folders.place(place) / "a.png")
    assert nodes.load_result(image="a.png", folders=folders).image[0, 0, 0].tolist() == [1.0, 0.0, 0.0]
    assert nodes.load_result(image="a.png [output]", folders=folders).mask.max() == 0.0
    assert nodes.load_capture(image="a.png [temp]", folders=folders).shape == (1, 2, 2, 3)
    with pytest.raises(FileProblem, match="No picture was taken yet"):
        nodes.load_capture(image="", folders=folders)
