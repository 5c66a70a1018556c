"""Meter: how much memory each call took while it ran, for the badge on its node."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Final, Protocol

from graph.events import CallFinished, CallStarted, Event

_OWN_PROCESS: Final = Path("/proc/self")
# Written to clear_refs: the peak starts anew at what is resident now.
_FORGET_PEAK: Final = b"5"
_BRIEF_S: Final = 0.01


class Gauge(Protocol):
    """The memory that calls work in."""

    def begin(self) -> int:
        """Bytes in use now; the peak counts from here."""
        ...

    def peak(self) -> int:
        """The most bytes in use since ``begin``."""
        ...


class ProcessGauge:
    """The process's resident memory, as Linux counts it: weights that are mapped count once they were read."""

    def __init__(self) -> None:
        """Raises OSError where the system keeps no peak that can be restarted."""
        self._clear = os.open(_OWN_PROCESS / "clear_refs", os.O_WRONLY)
        self._sizes = os.open(_OWN_PROCESS / "statm", os.O_RDONLY)
        self._status = os.open(_OWN_PROCESS / "status", os.O_RDONLY)
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")

    def begin(self) -> int:
        os.write(self._clear, _FORGET_PEAK)
        return int(os.pread(self._sizes, 256, 0).split()[1]) * self._page_bytes

    def peak(self) -> int:
        _, _, rest = os.pread(self._status, 4096, 0).partition(b"VmHWM:")
        return int(rest.split(None, 1)[0]) * 1024  # told in kB


def open_process_gauge() -> Gauge | None:
    """The gauge of this process; None where the system offers none."""
    try:
        gauge = ProcessGauge()
        gauge.begin()
        gauge.peak()
    except (OSError, ValueError, IndexError, AttributeError):  # no /proc, or one that hides this
        return None
    return gauge


class Meter:
    """Writes into each CallFinished how far memory rose above what was there when the call began.

    State: per call at work the bytes at its beginning, None when another call was at work beside it (then nobody can
    say whose the memory is); who made whom, for a call waits while the calls that it expanded into run. Events come
    one at a time.
    """

    def __init__(self, gauge: Gauge | None) -> None:
        self._gauge = gauge
        self._began: dict[str, int | None] = {}
        self._parents: dict[str, str] = {}

    def see(self, event: Event) -> Event:
        """The event, with the call's memory if it ended a call."""
        if self._gauge is None:
            return event
        if isinstance(event, CallStarted):
            self._start(event, self._gauge)
        elif isinstance(event, CallFinished):
            return self._finish(event, self._gauge)
        return event

    def _start(self, event: CallStarted, gauge: Gauge) -> None:
        self._parents[event.call] = event.parent
        beside = self._began.keys() - self._ancestors(event.call)
        for call in self._began:
            self._began[call] = None
        self._began[event.call] = None if beside else gauge.begin()

    def _finish(self, event: CallFinished, gauge: Gauge) -> CallFinished:
        began = self._began.pop(event.call, None)
        # Reading the peak costs as much as a small node; what ends at once took nothing worth telling.
        if began is None or event.cached or (event.seconds is not None and event.seconds < _BRIEF_S):
            return event
        return dataclasses.replace(event, memory_bytes=max(0, gauge.peak() - began))

    def _ancestors(self, call: str) -> set[str]:
        found: set[str] = set()
        while (call := self._parents.get(call, "")) and call not in found:
            found.add(call)
        return found
