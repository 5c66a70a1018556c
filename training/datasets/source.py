"""Source: a data set that can be read again and again, with the filters laid over it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from PIL import Image, UnidentifiedImageError

from training.datasets.filters import Wanted, choose
from training.datasets.record import Ledger, Record

Stage = Callable[[Iterator[Record], Ledger], Iterator[Record]]
"""What lies over a data set: records in, records out, one at a time; bad ones go into the ledger."""


@dataclass(frozen=True)
class Source:
    """``read(ledger)`` begins anew each time. Nothing is read before somebody asks for records.

    stages: what the records go through, in order.
    """

    name: str
    read: Callable[[Ledger], Iterator[Record]]
    stages: tuple[Stage, ...] = ()

    def records(self, ledger: Ledger) -> Iterator[Record]:
        """The records that come through every stage."""
        records = self.read(ledger)
        for stage in self.stages:
            records = stage(records, ledger)
        return records

    def through(self, stage: Stage) -> Source:
        """The same data set with one more stage."""
        return replace(self, stages=(*self.stages, stage))

    def filtered(self, wanted: Wanted) -> Source:
        """The same data set without the records that are not wanted."""
        return self.through(lambda records, _: choose(records, wanted))


def open_pictures(source: Source, ledger: Ledger, limit: int) -> Iterator[tuple[Image.Image, Record]]:
    """The first ``limit`` records whose picture is on this machine, cut to the record's box.

    Pictures that cannot be opened go into the ledger; records that are only an address are passed over.
    """
    local = (record for record in source.records(ledger) if record.is_local)
    opened = ((open_picture(record, ledger), record) for record in local)
    return islice(((picture, record) for picture, record in opened if picture is not None), limit)


def open_picture(record: Record, ledger: Ledger) -> Image.Image | None:
    """The picture of a record that is on this machine, cut to the record's box; None, and a word in the ledger, where
    it cannot be opened.
    """
    try:
        with Image.open(io.BytesIO(record.data) if record.data else record.path) as file:  # type: ignore[arg-type]  # one of both is there
            picture = file.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        ledger.refuse(f"record {record.id}", f"its picture cannot be opened ({error})")
        return None
    if record.box:
        x, y, width, height = record.box
        picture = picture.crop((x, y, min(x + width, picture.width), min(y + height, picture.height)))
    return picture
