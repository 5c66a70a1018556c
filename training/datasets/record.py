"""Record: one captioned picture, whatever data set it comes from; and Ledger, which keeps count of the bad ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Record:
    """A picture (a local ``path``, its ``data``, or only a ``url``) and its captions.

    box: the part of the picture that the captions speak of, ``(x, y, width, height)`` in pixels; None = all of it.
    similarity: CLIP cosine similarity of picture and caption. language: ISO 639-1 code, "" where the file does not say.
    nsfw: the file's own word for it (UNLIKELY, UNSURE, NSFW ...). extra: what else the file says of the picture.
    """

    id: str
    captions: tuple[str, ...]
    path: Path | None = None
    url: str = ""
    data: bytes | None = field(default=None, repr=False)
    width: int | None = None
    height: int | None = None
    box: tuple[int, int, int, int] | None = None
    similarity: float | None = None
    language: str = ""
    licence: str = ""
    nsfw: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def caption(self) -> str:
        """The first caption."""
        return self.captions[0]

    @property
    def is_local(self) -> bool:
        """Whether the picture is on this machine."""
        return self.path is not None or bool(self.data)


@dataclass
class Ledger:
    """What reading met. State: ``good`` and ``bad``, counted; the first ``keep`` bad ones as sentences with places."""

    keep: int = 10
    good: int = 0
    bad: int = 0
    examples: list[str] = field(default_factory=list)

    def refuse(self, where: str, why: str) -> None:
        """Count a bad record. ``where``: file and line, or what else leads to it."""
        self.bad += 1
        if len(self.examples) < self.keep:
            self.examples.append(f"{where}: {why}")

    def accept(self, record: Record) -> Record:
        """Count a good record and hand it on."""
        self.good += 1
        return record

    def summary(self) -> str:
        """``12 records read, 2 bad ones left out`` and the examples, a line each."""
        bad = f", {self.bad} bad {'one' if self.bad == 1 else 'ones'} left out" if self.bad else ""
        lines = [f"{self.good} {'record' if self.good == 1 else 'records'} read{bad}.", *self.examples]
        if self.bad > len(self.examples):
            lines.append(f"... and {self.bad - len(self.examples)} more.")
        return "\n".join(lines)
