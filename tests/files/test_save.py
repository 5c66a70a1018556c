from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from files.embed import read_metadata
from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver, fill_in

PICTURE = Image.new("RGB", (4, 2), "red")


def test_saved_pictures_count_up_and_never_overwrite(tmp_path: Path) -> None:
    saver = Saver(Folders(tmp_path))
    (tmp_path / "output/a").mkdir(parents=True)
    (tmp_path / "output/a/cat_00041_.png").write_bytes(b"kept")
    items = [saver.save_png(PICTURE, "a/cat") for _ in range(2)]
    assert items == [
        {"filename": "cat_00042_.png", "subfolder": "a", "type": "output"},
        {"filename": "cat_00043_.png", "subfolder": "a", "type": "output"},
    ]
    assert sorted(p.name for p in (tmp_path / "output/a").iterdir()) == [f"cat_000{n}_.png" for n in (41, 42, 43)]


def test_a_png_carries_its_graph_and_gives_it_back(tmp_path: Path) -> None:
    graph = {"1": {"class_type": "A", "inputs": {"text": "été 🐱"}}}
    item = Saver(Folders(tmp_path)).save_png(PICTURE, "x", metadata={"prompt": graph, "workflow": {"nodes": []}})
    assert read_metadata(tmp_path / "output" / item["filename"]) == {"prompt": graph, "workflow": {"nodes": []}}


def test_metadata_can_be_left_out(tmp_path: Path) -> None:
    item = Saver(Folders(tmp_path), embed=False).save_png(PICTURE, "x", metadata={"prompt": {}})
    assert read_metadata(tmp_path / "output" / item["filename"]) == {}


def test_a_save_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(FileProblem, match="No space left"):
        Saver(Folders(tmp_path)).save(fail, "x", ".png", place="output")
    assert list((tmp_path / "output").iterdir()) == []


def test_a_prefix_cannot_climb_out(tmp_path: Path) -> None:
    with pytest.raises(FileProblem):
        Saver(Folders(tmp_path)).save_png(PICTURE, "../../x")


def test_placeholders_in_a_prefix_are_filled_in() -> None:
    today = time.strftime("%Y-%m-%d")
    assert fill_in("%date:yyyy-MM-dd%/%width%x%height%_%odd%", 64, 32) == f"{today}/64x32_%odd%"
