"""Pictures compared, measured and painted on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from nodes import image_view as nodes


def test_two_pictures_are_compared_and_one_may_be_missing(tmp_path: Path) -> None:
    saver = Saver(Folders(tmp_path))
    both = nodes.compare_images(image_a=torch.zeros(1, 2, 2, 3), image_b=torch.ones(2, 2, 2, 3), saver=saver).ui
    assert both is not None
    assert [len(both[name]) for name in ("a_images", "b_images")] == [1, 2]
    with Image.open(tmp_path / "temp" / both["b_images"][0]["filename"]) as picture:
        assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert nodes.compare_images(saver=saver).ui == {}


def test_histograms_count_each_level() -> None:
    image = torch.tensor([[255, 0, 0], [255, 255, 255], [0, 0, 0], [30, 30, 31]]).reshape(1, 2, 2, 3) / 255
    counts = nodes.count_levels(image=image)
    assert [sum(count) for count in counts] == [4] * 5
    assert (counts.red[255], counts.red[30], counts.green[0], counts.blue[31]) == (2, 1, 2, 1)
    assert (counts.rgb[85], counts.rgb[30]) == (1, 1)  # 255 / 3, and 91 / 3 rounded down
    assert (counts.luminance[54], counts.luminance[30]) == (1, 1)  # 0.2126 of 255


def test_strokes_are_laid_over_a_picture_or_a_plain_canvas(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.input.mkdir()
    strokes = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    strokes.putpixel((0, 0), (255, 0, 0, 255))
    strokes.save(folders.input / "strokes.png")
    done = nodes.paint(
        image=torch.full((1, 1, 2, 3), 0.5), mask="strokes.png [input]", folders=folders, saver=Saver(folders)
    )
    painted, mask = done.outputs
    assert painted[0, 0].tolist() == [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5]]
    assert mask.tolist() == [[[1.0, 0.0]]]
    blank, clear = nodes.paint(width=64, height=128, bg_color="#00ff00", folders=folders, saver=Saver(folders)).outputs
    assert (blank.shape, blank[0, 5, 5].tolist(), clear.max()) == ((1, 128, 64, 3), [0.0, 1.0, 0.0], 0.0)


def test_strokes_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.input.mkdir()
    (folders.input / "strokes.png").write_bytes(b"nothing")
    with pytest.raises(FileProblem, match=r"strokes\.png holds no strokes"):
        nodes.paint(mask="strokes.png", folders=folders, saver=Saver(folders))
