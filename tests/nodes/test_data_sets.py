from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from files.errors import FileProblem
from files.folders import Folders
from graph.run import Run
from nodes.data_sets import (
    filter_records,
    preview_records,
    read_coco_captions,
    read_conceptual_captions,
    read_web_dataset,
    records_to_images,
)

RUN = Run("run", emit=lambda event: None)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "input").mkdir()
    return Folders(tmp_path)


def write_tar(path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (6, 4), (255, 0, 0)).save(picture, "PNG")
    members = {"0.png": picture.getvalue(), "0.txt": b"a red thing", "1.png": b"broken", "1.txt": b"nothing"}
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def test_a_tar_becomes_pictures_and_captions_and_the_report_names_what_is_broken(folders: Folders) -> None:
    write_tar(folders.input / "00000.tar")
    found = records_to_images(records=read_web_dataset(file="00000.tar", folders=folders), count=8, run=RUN)
    assert [tuple(i.shape) for i in found.images] == [(1, 4, 6, 3)]
    assert found.images[0][0, 0, 0].tolist() == [1.0, 0.0, 0.0]
    assert found.texts == ["a red thing"]
    assert "record 1: its picture cannot be opened" in found.report


def test_a_picture_too_large_to_be_meant_is_counted_among_the_broken(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)  # 6 x 4 are more than twice as many
    write_tar(folders.input / "00000.tar")
    with pytest.raises(FileProblem, match="record 0: its picture cannot be opened"):
        records_to_images(records=read_web_dataset(file="00000.tar", folders=folders), count=8, run=RUN)


def test_records_can_be_read_twice_and_filtered_and_shown(folders: Folders) -> None:
    (folders.input / "cc.tsv").write_text("a\thttp://x/1\nb\thttp://x/2\n")
    records = filter_records(records=read_conceptual_captions(file="cc.tsv", folders=folders), languages="en")
    first, again = (preview_records(records=records, count=1, run=RUN) for _ in range(2))
    assert first == again
    assert first.ui == {"text": ["1: a (en, http://x/1)\n1 record read."]}


def test_data_sets_without_local_pictures_and_folders_that_are_not_there_are_told(folders: Folders) -> None:
    (folders.input / "cc.tsv").write_text("a\thttp://x/1\n")
    with pytest.raises(FileProblem, match=r"cc\.tsv holds no pictures on this machine"):
        records_to_images(records=read_conceptual_captions(file="cc.tsv", folders=folders), run=RUN)
    with pytest.raises(FileProblem, match="There is no folder 'train'"):
        read_coco_captions(file="cc.tsv", image_folder="train", folders=folders)
