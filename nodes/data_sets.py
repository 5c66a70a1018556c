"""Published data sets as nodes: a reader for each form, a filter, and what turns records into pictures and captions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from diffusion.memory import Memory
from files.errors import FileProblem
from files.folders import Folders
from files.names import confine
from graph.node import Done, Slot, node
from graph.run import Run
from graph.spec import Choice, Float, Int, Port, Text, Toggle
from nodes.clip_vision import measure
from nodes.ports import CLIP, CLIP_VISION
from training.datasets import Ledger, Record
from training.datasets.coco import read_coco
from training.datasets.filters import LAION_5B, LAION_400M, Wanted
from training.datasets.similarity import measuring
from training.datasets.source import Source, open_pictures
from training.datasets.tables import read_conceptual, read_yfcc
from training.datasets.visual_genome import read_regions
from training.datasets.webdataset import read_tar

CATEGORY: Final = "dataset/published"
RECORDS = Annotated[Source, Port("RECORDS")]
DataFile = Annotated[str, Choice(folder="input", modern=True), "A file inside the input folder."]
Folder = Annotated[str, Text(), "Folder of the pictures, inside the input folder; empty: addresses only."]
Count = Annotated[int, Int(1, 100_000)]


class Pictures(NamedTuple):
    images: Annotated[list[Tensor], Port("IMAGE"), Slot(name="images", is_list=True)]
    texts: Annotated[list[str], Text(), Slot(name="texts", is_list=True)]
    report: Annotated[str, Text(), Slot(name="report")]


@node("ReadCocoCaptions", display_name="Read COCO Captions", category=CATEGORY, needs_device=False)
def read_coco_captions(*, file: DataFile, image_folder: Folder = "", folders: Folders) -> RECORDS:
    """captions_train2017.json and its like: a record for each caption."""
    pictures = _picture_folder(folders, image_folder)
    return _source(folders, file, lambda path, ledger: read_coco(path, ledger, pictures))


@node("ReadVisualGenome", display_name="Read Visual Genome Regions", category=CATEGORY, needs_device=False)
def read_visual_genome(*, file: DataFile, image_folder: Folder = "", folders: Folders) -> RECORDS:
    """region_descriptions.json: a record for each described part of a picture."""
    pictures = _picture_folder(folders, image_folder)
    return _source(folders, file, lambda path, ledger: read_regions(path, ledger, pictures))


@node("ReadConceptualCaptions", display_name="Read Conceptual Captions", category=CATEGORY, needs_device=False)
def read_conceptual_captions(*, file: DataFile, folders: Folders) -> RECORDS:
    """CC3M or CC12M: a table of captions and addresses."""
    return _source(folders, file, read_conceptual)


@node("ReadYFCC100M", display_name="Read YFCC100M Metadata", category=CATEGORY, needs_device=False)
def read_yfcc100m(*, file: DataFile, folders: Folders) -> RECORDS:
    """yfcc100m_dataset (.bz2): titles, descriptions, tags and addresses of photos on Flickr."""
    return _source(folders, file, read_yfcc)


@node("ReadLAION", display_name="Read LAION", category=CATEGORY, needs_device=False)
def read_laion_table(*, file: DataFile, folders: Folders) -> RECORDS:
    """A parquet file of LAION-400M or LAION-5B: addresses, texts, CLIP similarities."""
    from training.datasets.laion import read_laion  # only now: pyarrow takes half a second to import

    return _source(folders, file, read_laion)


@node(
    "ReadWebDataset", display_name="Read WebDataset", category=CATEGORY, needs_device=False, synonyms=("img2dataset",)
)
def read_web_dataset(*, file: DataFile, folders: Folders) -> RECORDS:
    """A tar file of pictures, captions and JSON, as img2dataset writes it."""
    return _source(folders, file, read_tar)


@node("FilterRecords", display_name="Filter Records", category=CATEGORY, needs_device=False)
def filter_records(
    *,
    records: RECORDS,
    similarity: Annotated[
        float,
        Float(0.0, 1.0, 0.01),
        f"Smallest CLIP similarity: LAION-400M kept {LAION_400M}, LAION-5B {LAION_5B}; 0 asks for none.",
    ] = LAION_400M,
    smallest_side: Annotated[int, Int(0, 16384), "Pixels; 0 asks for none."] = 0,
    largest_aspect: Annotated[float, Float(0.0, 100.0, 0.1), "Long side by short side; 0 asks for none."] = 0.0,
    languages: Annotated[str, Text(), "ISO codes with commas between (en, de); empty takes any."] = "",
    leave_out_nsfw: Annotated[bool, Toggle()] = True,
    strict: Annotated[bool, Toggle(), "Also leave out records whose file does not say."] = False,
) -> RECORDS:
    """Keep the records that are similar, large and readable enough."""
    codes = frozenset(code.strip().lower() for code in languages.split(",") if code.strip())
    wanted = Wanted(similarity, smallest_side, largest_aspect, codes, leave_out_nsfw=leave_out_nsfw, strict=strict)
    return records.filtered(wanted)


@node("ScoreRecords", display_name="Score Records with CLIP", category=CATEGORY, synonyms=("similarity",))
def score_records(
    *,
    records: RECORDS,
    clip: CLIP,
    clip_vision: CLIP_VISION,
    again: Annotated[bool, Toggle(), "Also where the file names a similarity."] = False,
    memory: Memory,
) -> RECORDS:
    """Measure how alike pictures and captions are, for FilterRecords, where pictures are on this machine."""

    def score(pictures: Sequence[Image.Image], captions: Sequence[str]) -> list[float]:
        return [
            float(measure(clip, clip_vision, _to_image(picture), [caption], memory)[0, 0])
            for picture, caption in zip(pictures, captions, strict=True)
        ]

    return records.through(measuring(score, again=again))


@node("PreviewRecords", display_name="Preview Records", category=CATEGORY, output=True, needs_device=False)
def preview_records(*, records: RECORDS, count: Count = 20, run: Run) -> Done[Annotated[str, Text()]]:
    """Show the first records as text, and what was wrong on the way to them."""
    ledger = Ledger()
    lines = []
    for number, record in enumerate(records.records(ledger), 1):
        run.progress(number, count)
        lines.append(_line(record))
        if number == count:
            break
    text = "\n".join([*lines, ledger.summary()])
    return Done((text,), {"text": [text]})


@node("RecordsToImages", display_name="Records to Images", category=CATEGORY, needs_device=False)
def records_to_images(*, records: RECORDS, count: Count = 16, run: Run) -> Pictures:
    """The first pictures that are on this machine, with their captions, as lists. Addresses are not fetched."""
    ledger = Ledger()
    images, texts = [], []
    for picture, record in open_pictures(records, ledger, count):
        images.append(_to_image(picture))
        texts.append(record.caption)
        run.progress(len(images), count)
    if not images:
        raise FileProblem(f"{records.name} holds no pictures on this machine. {ledger.summary()}")
    return Pictures(images, texts, ledger.summary())


def _source(folders: Folders, file: str, read: Callable[[Path, Ledger], Iterator[Record]]) -> Source:
    path = folders.find("input", file)
    return Source(path.name, lambda ledger: read(path, ledger))


def _picture_folder(folders: Folders, name: str) -> Path | None:
    if not name.strip():
        return None
    folder = confine(folders.input, name.strip())
    if not folder.is_dir():
        raise FileProblem(f"There is no folder '{name}' in {folders.input}.")
    return folder


def _to_image(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.asarray(picture, dtype=np.float32) / 255.0)[None]


def _line(record: Record) -> str:
    facts = [
        f"{record.width} x {record.height}" if record.width and record.height else "",
        f"similarity {record.similarity:.2f}" if record.similarity is not None else "",
        record.language,
        record.url or str(record.path or ""),
    ]
    return f"{record.id}: {record.caption} ({', '.join(f for f in facts if f)})"
