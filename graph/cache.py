"""Results kept between runs, found by content key. What is evicted is only ever made again, never wrong.

A cache is read and written from the threads of a run and may be cleared from another; each class locks for itself.
"""

from __future__ import annotations

import heapq
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Key = bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """What a call gave: its outputs, what the editor shows on it, the seconds it took (0 if nobody measured)."""

    outputs: tuple[Any, ...]
    ui: Mapping[str, Sequence[Any]] | None = None
    seconds: float = 0.0


class Cache(Protocol):
    """Entries by key. ``get`` counts as a use, ``in`` does not; ``put`` may keep the entry or not."""

    def get(self, key: Key) -> Entry | None: ...

    def put(self, key: Key, entry: Entry) -> None: ...

    def __contains__(self, key: Key) -> bool: ...

    def clear(self) -> None: ...


class NoCache:
    """Keeps nothing: every call runs every time."""

    def get(self, key: Key) -> Entry | None:  # noqa: ARG002
        return None

    def put(self, key: Key, entry: Entry) -> None:
        pass

    def __contains__(self, key: Key) -> bool:
        return False

    def clear(self) -> None:
        pass


class LruCache:
    """The ``count`` entries used last. State: the entries, least recently used first."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Entry | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def put(self, key: Key, entry: Entry) -> None:
        with self._lock:
            self._entries[key] = entry
            self._entries.move_to_end(key)
            while len(self._entries) > self._count:
                self._entries.popitem(last=False)

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


@dataclass(slots=True)
class _Kept:
    entry: Entry
    size: int
    rank: float
    turn: int


class MemoryCache:
    """At most ``limit_bytes`` of results; those that took the most seconds per byte stay longest.

    GreedyDual-Size (Cao and Irani 1997): an entry's rank is its seconds per byte plus the rank of the last one
    evicted, so that even a costly entry ages when it is not used. ``size_of`` says how many bytes an output holds.

    State: the entries; the sum of their sizes, never above the limit; a heap of (rank, turn, key) in which an item
    counts only while its turn is that of the entry.
    """

    def __init__(self, limit_bytes: int, size_of: Callable[[Any], int]) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._size_of = size_of
        self._kept: dict[Key, _Kept] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._age = 0.0
        self._turn = 0
        self._lock = threading.Lock()

    def get(self, key: Key) -> Entry | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            self._rank(key, kept)
            return kept.entry

    def put(self, key: Key, entry: Entry) -> None:
        size = sum(self._size_of(value) for value in entry.outputs)
        with self._lock:
            self._forget(key)
            if size > self.limit_bytes:
                return
            self.used_bytes += size
            kept = self._kept[key] = _Kept(entry, size, 0.0, 0)
            self._rank(key, kept)
            self._shrink()

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._heap.clear()
            self.used_bytes = 0

    def _rank(self, key: Key, kept: _Kept) -> None:
        self._turn += 1
        kept.turn = self._turn
        kept.rank = self._age + kept.entry.seconds / max(kept.size, 1)
        heapq.heappush(self._heap, (kept.rank, kept.turn, key))
        if len(self._heap) > 2 * len(self._kept) + 64:
            self._heap = [(k.rank, k.turn, name) for name, k in self._kept.items()]
            heapq.heapify(self._heap)

    def _shrink(self) -> None:
        while self.used_bytes > self.limit_bytes:
            rank, turn, key = heapq.heappop(self._heap)
            kept = self._kept.get(key)
            if kept is not None and kept.turn == turn:
                self._age = rank
                self._forget(key)

    def _forget(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.used_bytes -= kept.size
