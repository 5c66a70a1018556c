"""Choosing among records. Filters are generators over generators: they hold one record at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from training.datasets.record import Record

# CLIP cosine similarity below which LAION threw pairs away: ViT-B/32, and the lower one for English in LAION-5B.
LAION_400M: Final = 0.3
LAION_5B: Final = 0.28


@dataclass(frozen=True)
class Wanted:
    """What a record must be to stay.

    smallest_side: pixels. largest_aspect: long by short side. languages: ISO codes; empty = any. A record whose
    file says nothing of a property stays, unless ``strict``: then what is not known is not wanted.
    """

    similarity: float = 0.0
    smallest_side: int = 0
    largest_aspect: float = 0.0
    languages: frozenset[str] = frozenset()
    caption_letters: tuple[int, int] = (1, 10_000)
    leave_out_nsfw: bool = False
    strict: bool = False

    def takes(self, record: Record) -> bool:
        """Whether the record stays."""
        shortest, longest = self.caption_letters
        return (
            shortest <= len(record.caption) <= longest
            and self._is_similar(record)
            and self._fits(record)
            and self._speaks(record)
            and not (self.leave_out_nsfw and record.nsfw.upper() in ("NSFW", "UNSURE"))
        )

    def _is_similar(self, record: Record) -> bool:
        if self.similarity <= 0:
            return True
        return not self.strict if record.similarity is None else record.similarity >= self.similarity

    def _fits(self, record: Record) -> bool:
        if not (self.smallest_side or self.largest_aspect):
            return True
        if record.width is None or record.height is None:
            return not self.strict
        short, long = sorted((record.width, record.height))
        return short >= self.smallest_side and (not self.largest_aspect or long <= short * self.largest_aspect)

    def _speaks(self, record: Record) -> bool:
        if not self.languages:
            return True
        return record.language.lower() in self.languages if record.language else not self.strict


def choose(records: Iterable[Record], wanted: Wanted) -> Iterator[Record]:
    """The records that are wanted."""
    return (record for record in records if wanted.takes(record))
