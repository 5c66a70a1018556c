"""Folders of pictures and captions, and texts in files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from files.errors import FileProblem, NoSuchFile
from files.folders import Folders
from files.save import Saver
from graph.errors import UserError
from graph.run import Run
from jobs.choices import FileChoices
from nodes import dataset, logic, save_text, text_lists
from tests.nodes.bench import Bench

RUN = Run("run", emit=lambda event: None)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Two pictures, one of them captioned, and one that counts three times."""
    for name, level in (("pets/a.png", 0), ("pets/b.jpg", 128), ("pets/3_cats/c.webp", 255)):
        path = tmp_path / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 2), (level, level, level)).save(path)
    (tmp_path / "input/pets/a.txt").write_text(" a dog\n")
    (tmp_path / "input/pets/3_cats/c.txt").write_text("a cät", "utf-8")
    return Folders(tmp_path)


def test_pictures_of_a_folder_come_in_order_of_their_names(folders: Folders) -> None:
    images = dataset.load_images(folder="pets", folders=folders, run=RUN)
    assert [tuple(image.shape) for image in images] == [(1, 2, 4, 3)] * 2
    assert [round(image.mean().item(), 1) for image in images] == [0.0, 0.5]


def test_captions_come_along_and_a_numbered_folder_counts_so_often(folders: Folders) -> None:
    images, texts = dataset.load_captioned(folder="pets", folders=folders, run=RUN)
    assert texts == ["a dog", "", "a cät", "a cät", "a cät"]
    assert [round(image.mean().item(), 1) for image in images] == [0.0, 0.5, 1.0, 1.0, 1.0]


def test_the_folders_of_the_input_folder_are_the_choices(folders: Folders) -> None:
    kind = dataset.load_images.__node__.spec.inputs[0].kind  # type: ignore[attr-defined]  # @node puts it there
    assert [name for name in FileChoices(folders)(kind) or () if name.startswith("pets")] == ["pets", "pets/3_cats"]


def test_a_folder_without_pictures_or_outside_is_refused(folders: Folders) -> None:
    (folders.input / "empty").mkdir()
    with pytest.raises(FileProblem, match="There are no pictures in 'empty'"):
        dataset.load_images(folder="empty", folders=folders, run=RUN)
    with pytest.raises(NoSuchFile, match="There is no folder 'cats' in input"):
        dataset.load_images(folder="cats", folders=folders, run=RUN)
    with pytest.raises(FileProblem):
        dataset.load_images(folder="../..", folders=folders, run=RUN)


def test_a_data_set_goes_through_the_engine_and_back_into_a_folder(folders: Folders) -> None:
    bench = Bench(dataset, text_lists, logic, services={Folders: folders, Saver: Saver(folders)})
    result = bench.run(
        load=("LoadImageTextDataSetFromFolder", {"folder": "pets"}),
        prefix=("AddTextPrefix", {"texts": ["load", 1], "prefix": "photo: "}),
        shuffled=("ShuffleImageTextDataset", {"images": ["load", 0], "texts": ["prefix", 0], "seed": 5}),
        save=(
            "SaveImageTextDataSetToFolder",
            {"images": ["shuffled", 0], "texts": ["shuffled", 1], "folder_name": "set/one", "filename_prefix": "pet"},
        ),
    )
    assert result.failure == ""
    saved = sorted(path.name for path in (folders.output / "set/one").iterdir())
    assert saved == sorted(f"pet_0000{n}_{suffix}" for n in range(1, 6) for suffix in (".png", ".txt"))
    levels = {"photo: a dog": 0, "photo:": 128, "photo: a cät": 255}
    for path in (folders.output / "set/one").glob("*.png"):
        grey = Image.open(path).getpixel((0, 0))
        assert isinstance(grey, tuple)
        assert grey[0] == pytest.approx(levels[path.with_suffix(".txt").read_text("utf-8").strip()], abs=1)


def test_a_shuffle_keeps_pairs_and_depends_on_the_seed_only() -> None:
    images, texts = [torch.full((1, 1, 1, 3), i / 10) for i in range(10)], [str(i) for i in range(10)]
    first, second = (dataset.shuffle(images=images, texts=texts, seed=7) for _ in range(2))
    assert [f"{image[0, 0, 0, 0] * 10:.0f}" for image in first.images] == first.texts == second.texts
    assert first.texts != dataset.shuffle(images=images, texts=texts, seed=8).texts
    assert sorted(first.texts) == texts


def test_pictures_without_their_own_text_are_refused(folders: Folders) -> None:
    with pytest.raises(UserError, match="There are 2 pictures and 1 texts"):
        dataset.save_captioned(images=[torch.zeros(2, 4, 4, 3)], texts=["a"], saver=Saver(folders))


@pytest.mark.parametrize(
    ("form", "text", "written"),
    [
        ("txt", "a\nfox 🦊", "a\nfox 🦊"),
        ("csv", "a;b", "a;b"),
        ("json", '{"a":[1,"ä"]}', '{\n  "a": [\n    1,\n    "ä"\n  ]\n}'),
        ("json", "{no json", "{no json"),
    ],
)
def test_a_text_is_saved_as_it_is_and_json_indented(folders: Folders, form: str, text: str, written: str) -> None:
    saved = save_text.save_text(text=text, filename_prefix="notes/x", format=form, saver=Saver(folders))
    assert saved.outputs == (text,)
    assert saved.ui == {
        "text": [text],
        "files": [{"filename": f"x_00001_.{form}", "subfolder": "notes", "type": "output"}],
    }
    assert (folders.output / f"notes/x_00001_.{form}").read_text("utf-8") == written
