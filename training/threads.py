"""Threads that training computes with: all cores while nothing else runs, fewer while something does.

Two threads that share their cores with other work wait for each other at every operation: beside another process of two
threads, training made 8 samples a second on two cores; one thread on a core of its own makes 29.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import torch

_STAT = Path("/proc/stat")
CHECK_EVERY_S = 10.0


class Threads:
    """Follows how many cores other processes keep busy. Where the system does not tell (not Linux), nothing changes.

    most: threads when all cores are free. before: how many torch had.
    """

    def __init__(self, most: int | None = None) -> None:
        self.most = most or _cores()
        self.before = torch.get_num_threads()
        self._checked_at = time.monotonic()
        self._busy_s = _busy_seconds()
        self._own_s = time.process_time()

    def restore(self) -> None:
        """As many threads as there were before."""
        torch.set_num_threads(self.before)

    def adapt(self) -> None:
        """Call once a step: every CHECK_EVERY_S the number of threads becomes the number of cores that are free."""
        now = time.monotonic()
        past = now - self._checked_at
        if past < CHECK_EVERY_S:
            return
        busy_s, own_s = _busy_seconds(), time.process_time()
        if busy_s is not None and self._busy_s is not None:
            others = (busy_s - self._busy_s - (own_s - self._own_s)) / past
            torch.set_num_threads(max(1, self.most - round(others + 0.2)))
        self._checked_at, self._busy_s, self._own_s = now, busy_s, own_s


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _busy_seconds() -> float | None:
    """Core-seconds that all processes computed since the machine started."""
    try:
        user, nice, system = (int(field) for field in _STAT.read_text().split(maxsplit=4)[1:4])
    except (OSError, ValueError):
        return None
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")
