"""Measuring how alike pictures and captions are, where a data set does not say, or by another CLIP than its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from PIL import Image

from training.datasets.record import Ledger, Record
from training.datasets.source import Stage, open_picture

Measure = Callable[[Sequence[Image.Image], Sequence[str]], Sequence[float]]
"""The cosine of each picture and its caption, by a CLIP pair."""
# Records that are held at a time.
_BATCH: Final = 16


def measuring(measure: Measure, *, again: bool = False) -> Stage:
    """A stage that fills in the similarity of records whose pictures are on this machine; others pass as they are.

    again: also where the file names a similarity. Pictures that cannot be opened are left out, and counted.
    """

    def stage(records: Iterator[Record], ledger: Ledger) -> Iterator[Record]:
        while batch := list(islice(records, _BATCH)):
            yield from _measured(batch, ledger, measure, again)

    return stage


def _measured(batch: Sequence[Record], ledger: Ledger, measure: Measure, again: bool) -> Iterator[Record]:
    opened = {
        number: open_picture(record, ledger)
        for number, record in enumerate(batch)
        if record.is_local and (again or record.similarity is None)
    }
    pictures = {number: picture for number, picture in opened.items() if picture is not None}
    found = measure(list(pictures.values()), [batch[number].caption for number in pictures]) if pictures else ()
    scores = dict(zip(pictures, found, strict=True))
    for number, record in enumerate(batch):
        if number in scores:
            yield replace(record, similarity=float(scores[number]))
        elif number not in opened:
            yield record
