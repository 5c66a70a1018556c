"""``--cache-ram``: keep results as long as enough of the machine's memory stays free."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graph.cache import Entry, Key, MemoryCache


class RoomyCache(MemoryCache):
    """A MemoryCache whose limit follows what is free: ``headroom_bytes`` are left to others, the rest may be used.

    The limit is set anew with every entry, so memory that others take is given up when the next result comes.
    """

    def __init__(self, headroom_bytes: int, size_of: Callable[[Any], int], free: Callable[[], int]) -> None:
        super().__init__(0, size_of)
        self._headroom_bytes = headroom_bytes
        self._free = free

    def put(self, key: Key, entry: Entry) -> None:
        # The entry's own outputs exist already, so what is free now is free beside them.
        size = sum(self._size_of(value) for value in entry.outputs)
        self.limit_bytes = max(0, self.used_bytes + size + self._free() - self._headroom_bytes)
        super().put(key, entry)


def free_memory() -> int:
    """Bytes that could be had without swapping; 0 where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return 0
