"""Replay: what a client of the websocket missed while it was away."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import Final

_MESSAGES: Final = 10_000
_BYTES: Final = 8_000_000
_AWAY_S: Final = 600.0
# What the next message of its kind replaces; it is not worth keeping.
_PASSING: Final = frozenset({"status", "progress", "progress_state", "logs", "preview"})


class Past:
    """The numbered messages of one client that asked for numbers.

    State: the number given last; the messages kept, oldest first, with their bytes; since when the client is away
    (None = it is here). Invariant: numbers rise by one, also over messages that are not kept.
    """

    def __init__(self) -> None:
        self.last = 0
        self.away_since: float | None = None
        self._kept: deque[tuple[int, str]] = deque()
        self._bytes = 0

    def add(self, kind: str, frame: str) -> str:
        """The message with its number."""
        self.last += 1
        numbered = f'{frame[:-1]},"seq":{self.last}}}'
        if kind not in _PASSING:
            self._kept.append((self.last, numbered))
            self._bytes += len(numbered)
            while len(self._kept) > _MESSAGES or self._bytes > _BYTES:
                self._bytes -= len(self._kept.popleft()[1])
        return numbered

    def since(self, number: int) -> Iterator[str]:
        """The messages kept after that number."""
        return (frame for at, frame in self._kept if at > number)

    @property
    def is_over(self) -> bool:
        """Whether the client is away for so long that nobody expects it back."""
        return self.away_since is not None and time.monotonic() - self.away_since > _AWAY_S
