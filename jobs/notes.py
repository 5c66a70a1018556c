"""A note that outlives its writer: the call a worker is at, in memory that stays when the process is killed.

Events go through a socket and may still wait there when a process dies; this is written before the node is called.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from pathlib import Path
from typing import Final

import msgspec

_SIZE_BYTES: Final = 4096


class AtWork(msgspec.Struct, frozen=True):
    """A call of a job."""

    job: str
    call: str
    node_type: str


class NotePad:
    """The worker's side: writes over what was there before. Costs about a microsecond."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE_BYTES)

    def write(self, note: AtWork) -> None:
        """Note the call that is about to run."""
        data = msgspec.json.encode(note)
        if len(data) < _SIZE_BYTES:
            self._memory[: len(data) + 1] = data + b"\0"


def make_note_file() -> Path:
    """An empty note for a worker to come."""
    descriptor, name = tempfile.mkstemp(prefix="easel-worker-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(bytes(_SIZE_BYTES))
    return Path(name)


def take_note(path: Path) -> AtWork | None:
    """The last note of a worker that is no more; its file goes."""
    try:
        data = path.read_bytes().partition(b"\0")[0]
    except OSError:
        return None
    with contextlib.suppress(OSError):
        path.unlink()
    try:
        return msgspec.json.decode(data, type=AtWork)
    except msgspec.DecodeError:  # nothing was written, or not to the end
        return None
