"""Pictures compared, measured and painted on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from graph.errors import UserError
from nodes import image_view as nodes
from tests.nodes.broken_pictures import png_that_ends_in_rubbish


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


@pytest.mark.parametrize("content", [b"nothing", png_that_ends_in_rubbish()])
def test_strokes_that_cannot_be_read_are_told(tmp_path: Path, content: bytes) -> None:
    folders = Folders(tmp_path)
    folders.input.mkdir()
    (folders.input / "strokes.png").write_bytes(content)
    with pytest.raises(FileProblem, match=r"strokes\.png holds no strokes"):
        nodes.paint(mask="strokes.png", folders=folders, saver=Saver(folders))


BOX = {"x": 2, "y": 1, "width": 5, "height": 4}
RED = (230 / 255, 25 / 255, 75 / 255)


def test_a_box_is_framed_on_every_picture() -> None:
    marked = nodes.draw_boxes(image=torch.zeros(2, 8, 10, 3), bboxes=BOX)
    frame = (marked.sum(-1) > 0)[1]
    assert frame.nonzero().aminmax(dim=0).min.tolist() == [1, 2]
    assert frame.nonzero().aminmax(dim=0).max.tolist() == [4, 6]
    assert marked[1, 1, 2].tolist() == pytest.approx(RED)


def test_lists_of_boxes_go_with_their_pictures_and_other_counts_are_told() -> None:
    marked = nodes.draw_boxes(image=torch.zeros(2, 8, 10, 3), bboxes=[[BOX], []])
    assert marked[0].sum() > 0
    assert marked[1].sum() == 0
    with pytest.raises(UserError, match="2 lists of boxes for 3 pictures"):
        nodes.draw_boxes(image=torch.zeros(3, 8, 10, 3), bboxes=[[BOX], []])


def test_boxes_without_a_picture_get_one_that_holds_them_and_labels_differ_in_colour() -> None:
    boxes = [{**BOX, "label": "cat", "score": 0.9}, {"x": 600, "y": 0, "width": 100, "height": 50, "label": "dog"}]
    marked = nodes.draw_boxes(bboxes=boxes)
    assert marked.shape == (1, 640, 700, 3)
    assert marked[0, 1, 2].tolist() != marked[0, 0, 699].tolist()


def test_what_is_no_box_is_told() -> None:
    with pytest.raises(UserError, match="is no box"):
        nodes.draw_boxes(bboxes=[{"x": 3}])
    with pytest.raises(UserError, match="is no box"):
        nodes.draw_boxes(bboxes="left half")


def test_a_drawn_curve_goes_on_as_it_is_and_shows_its_histogram() -> None:
    curve = {"points": [[0, 0], [0.4, 0.5], [1, 1]], "interpolation": "monotone_cubic"}
    done = nodes.edit_curve(curve=curve, histogram=[1, 2])
    assert (done.outputs, done.ui) == ((curve,), {"histogram": [1, 2]})
