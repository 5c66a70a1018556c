"""Data sets that are tables of text: Conceptual Captions and YFCC100M's metadata, also as ``.gz``, ``.bz2``."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast
from urllib.parse import unquote_plus

from training.datasets.errors import BadDataSet
from training.datasets.fields import BadField, optional_number, text_of
from training.datasets.record import Ledger, Record

# Without the row number and the hash that the larger edition has.
_YFCC_SHORT = 23
_YFCC_LONG = 25


def read_conceptual(path: Path, ledger: Ledger) -> Iterator[Record]:
    """Conceptual Captions: a caption and an address a line, CC3M in this order, CC12M in the other.

    Sharma et al. 2018; Changpinyo et al. 2021 (arXiv:2102.08981). A header line is passed over.
    """
    for number, line in _lines(path):
        cells = line.split("\t")
        if number == 1 and {c.strip().lower() for c in cells} & {"url", "caption"}:
            continue
        try:
            url, caption = _address_first(cells)
        except BadField as error:
            ledger.refuse(f"{path.name}, line {number}", str(error))
        else:
            yield ledger.accept(Record(str(number), (caption,), url=url, language="en"))


def _address_first(cells: list[str]) -> tuple[str, str]:
    if len(cells) < 2:
        raise BadField("it should be a caption and an address with a tab between them")
    first, second = cells[0].strip(), cells[1].strip()
    if _is_address(second):
        return second, text_of(first, "the caption")
    if _is_address(first):
        return first, text_of(second, "the caption")
    raise BadField("neither column is an address")


def read_yfcc(path: Path, ledger: Ledger, *, with_videos: bool = False) -> Iterator[Record]:
    """YFCC100M's metadata: 23 columns, or 25 with row number and hash; text is encoded as in addresses.

    Thomee et al. 2015 (arXiv:1503.01817). Captions: the description, then the title; a picture with neither is bad.
    """
    for number, line in _lines(path):
        cells = line.split("\t")
        if len(cells) == _YFCC_LONG:
            cells = [cells[1], *cells[3:]]
        try:
            if len(cells) != _YFCC_SHORT:
                raise BadField(f"it has {len(cells)} columns; YFCC100M has {_YFCC_SHORT} or {_YFCC_LONG}")
            if cells[22].strip() == "1" and not with_videos:
                continue
            record = _read_photo(cells)
        except BadField as error:
            ledger.refuse(f"{path.name}, line {number}", str(error))
        else:
            yield ledger.accept(record)


def _read_photo(cells: list[str]) -> Record:
    title, description = (unquote_plus(cells[i]).strip() for i in (6, 7))
    captions = tuple(dict.fromkeys(text for text in (description, title) if text))
    if not captions:
        raise BadField("it has neither title nor description")
    return Record(
        id=text_of(cells[0], "the identifier"),
        captions=captions,
        url=text_of(cells[14], "the download address"),
        licence=cells[16].strip() or cells[15].strip(),
        extra={
            "tags": tuple(unquote_plus(tag) for tag in cells[8].split(",") if tag),
            "machine_tags": tuple(unquote_plus(tag) for tag in cells[9].split(",") if tag),
            "longitude": optional_number(cells[10], "longitude"),
            "latitude": optional_number(cells[11], "latitude"),
            "page": cells[13],
            "taken": cells[3],
            "user": unquote_plus(cells[2]),
        },
    )


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines without their ends; bytes that are no UTF-8 become U+FFFD."""
    try:
        with _open(path) as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise BadDataSet(f"{path.name} cannot be read to its end: {error}.") from error


def _open(path: Path) -> IO[str]:
    match path.suffix:
        case ".gz":
            return cast("IO[str]", gzip.open(path, "rt", encoding="utf-8", errors="replace"))
        case ".bz2":
            return cast("IO[str]", bz2.open(path, "rt", encoding="utf-8", errors="replace"))
        case _:
            return open(path, encoding="utf-8", errors="replace")
