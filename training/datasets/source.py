"""Source: a data set that can be read again and again, with the filters laid over it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from PIL import Image, UnidentifiedImageError

from training.datasets.filters import Wanted, choose
from training.datasets.record import Ledger, Record


@dataclass(frozen=True)
class Source:
    """``read(ledger)`` begins anew each time. Nothing is read before somebody asks for records."""

    name: str
    read: Callable[[Ledger], Iterator[Record]]
    filters: tuple[Wanted, ...] = ()

    def records(self, ledger: Ledger) -> Iterator[Record]:
        """The records that every filter wants."""
        records = self.read(ledger)
        for wanted in self.filters:
            records = choose(records, wanted)
        return records

    def filtered(self, wanted: Wanted) -> Source:
        """The same data set with one more filter."""
        return replace(self, filters=(*self.filters, wanted))


def open_pictures(source: Source, ledger: Ledger, limit: int) -> Iterator[tuple[Image.Image, Record]]:
    """The first ``limit`` records whose picture is on this machine, cut to the record's box.

    Pictures that cannot be opened go into the ledger; records that are only an address are passed over.
    """
    local = (record for record in source.records(ledger) if record.path or record.data)
    return islice(_opened(local, ledger), limit)


def _opened(records: Iterator[Record], ledger: Ledger) -> Iterator[tuple[Image.Image, Record]]:
    for record in records:
        try:
            with Image.open(io.BytesIO(record.data) if record.data else record.path) as file:  # type: ignore[arg-type]  # one of both is there
                picture = file.convert("RGB")
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
            ledger.refuse(f"record {record.id}", f"its picture cannot be opened ({error})")
            continue
        if record.box:
            x, y, width, height = record.box
            picture = picture.crop((x, y, min(x + width, picture.width), min(y + height, picture.height)))
        yield picture, record
