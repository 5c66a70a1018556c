"""Data sets in folders: pictures, and captions in text files of the same name beside them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from torch import Tensor

from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from graph.errors import UserError
from graph.node import Done, Slot, node
from graph.run import Run
from graph.spec import SEED_MAX, Choice, Int, Port, Text
from nodes.pictures import read_picture, to_pictures

Folder = Annotated[str, Choice(folder="input", upload="folder", modern=True), "A folder inside the input folder."]
ImageList = Annotated[list[Tensor], Port("IMAGE"), Slot(name="images", is_list=True)]
TextList = Annotated[list[str], Text(), Slot(name="texts", is_list=True)]
SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp"})
CATEGORY: Final = "dataset"


class Captioned(NamedTuple):
    images: ImageList
    texts: TextList


@node(
    "LoadImageDataSetFromFolder",
    display_name="Load Image Dataset from Folder",
    category=CATEGORY,
    experimental=True,
    needs_device=False,
)
def load_images(*, folder: Folder, folders: Folders, run: Run) -> ImageList:
    """All pictures of a folder, as a list in order of their names."""
    return _read_all(sorted(_pictures(folders.find_folder("input", folder))), folder, run)


@node(
    "LoadImageTextDataSetFromFolder",
    display_name="Load Image and Text Dataset from Folder",
    category=CATEGORY,
    experimental=True,
    needs_device=False,
)
def load_captioned(*, folder: Folder, folders: Folders, run: Run) -> Captioned:
    """All pictures of a folder with their captions, "" where there is no text file of the same name.

    Pictures in a folder called ``10_cats`` inside it are in the list ten times.
    """
    paths = _with_repeats(folders.find_folder("input", folder))
    return Captioned(_read_all(paths, folder, run), [_caption(path) for path in paths])


@node(
    "SaveImageDataSetToFolder",
    display_name="Save Image Dataset to Folder",
    category=CATEGORY,
    output=True,
    experimental=True,
    needs_device=False,
    takes_lists=True,
    not_idempotent=True,
)
def save_images(
    *,
    images: Annotated[Sequence[Tensor], Port("IMAGE")],
    folder_name: Annotated[Any, Text(), "A folder inside the output folder."] = "dataset",
    filename_prefix: Annotated[Any, Text()] = "image",
    saver: Saver,
) -> Done[None]:
    """Write pictures as PNG files into one folder."""
    _save(images, [], folder_name, filename_prefix, saver)
    return Done()


@node(
    "SaveImageTextDataSetToFolder",
    display_name="Save Image and Text Dataset to Folder",
    category=CATEGORY,
    output=True,
    experimental=True,
    needs_device=False,
    takes_lists=True,
    not_idempotent=True,
)
def save_captioned(
    *,
    images: Annotated[Sequence[Tensor], Port("IMAGE")],
    texts: Annotated[Sequence[str], Text(), "One caption for each picture."],
    folder_name: Annotated[Any, Text(), "A folder inside the output folder."] = "dataset",
    filename_prefix: Annotated[Any, Text()] = "image",
    saver: Saver,
) -> Done[None]:
    """Write pictures as PNG files into one folder, each with its caption in a text file of the same name."""
    _save(images, texts, folder_name, filename_prefix, saver)
    return Done()


@node(
    "ShuffleImageTextDataset",
    display_name="Shuffle Image-Text Dataset",
    category="dataset/image",
    experimental=True,
    needs_device=False,
    takes_lists=True,
)
def shuffle(
    *,
    images: Annotated[Sequence[Tensor], Port("IMAGE")],
    texts: Annotated[Sequence[str], Text()],
    seed: Annotated[Any, Int(0, SEED_MAX)] = 0,
) -> Captioned:
    """Pictures and their captions in another order; the same seed gives the same order."""
    _check_pairs(images, texts)
    order = list(range(len(images)))
    random.Random(_first(seed)).shuffle(order)
    return Captioned([images[i] for i in order], [texts[i] for i in order])


def _pictures(directory: Path) -> list[Path]:
    return [path for path in directory.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]


def _with_repeats(directory: Path) -> list[Path]:
    paths = sorted(_pictures(directory))
    for inner in sorted(path for path in directory.iterdir() if path.is_dir()):
        count = re.match(r"\d+(?=_)", inner.name)
        paths += sorted(_pictures(inner)) * (int(count[0]) if count else 1)
    return paths


def _read_all(paths: Sequence[Path], folder: str, run: Run) -> list[Tensor]:
    if not paths:
        raise FileProblem(f"There are no pictures in '{folder}'. It may hold {', '.join(sorted(SUFFIXES))} files.")
    found: dict[Path, Tensor] = {}
    for number, path in enumerate(dict.fromkeys(paths), 1):
        found[path] = read_picture(path)[0][:1]
        run.progress(number, len(paths))
    return [found[path] for path in paths]


def _caption(picture: Path) -> str:
    text = picture.with_suffix(".txt")
    try:
        return text.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise FileProblem(f"{text.name} cannot be read as text ({error}). Save it as UTF-8.") from error


def _save(images: Sequence[Tensor], texts: Sequence[str], folder_name: Any, filename_prefix: Any, saver: Saver) -> None:
    prefix = f"{_first(folder_name)}/{_first(filename_prefix)}"
    pictures = [picture for batch in images for picture in to_pictures(batch)]
    if texts:
        _check_pairs(pictures, texts)
    for number, picture in enumerate(pictures):
        saved = saver.save_png(picture, prefix)
        if texts:
            path = saver.folders.output / saved["subfolder"] / saved["filename"]
            path.with_suffix(".txt").write_text(texts[number], "utf-8")


def _check_pairs(images: Sequence[Any], texts: Sequence[str]) -> None:
    if len(images) != len(texts):
        raise UserError(f"There are {len(images)} pictures and {len(texts)} texts; each picture needs its own.")


def _first(value: Any) -> Any:
    """A node that takes lists gets its widgets as lists of one."""
    return value[0] if isinstance(value, list) else value
