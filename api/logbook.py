"""LogBook: the last lines that the server and its worker have said, and the clients that follow them."""

from __future__ import annotations

import asyncio
import datetime
import logging
import shutil
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, Final

from msgspec import Struct

_LINES: Final = 1000
_LINE_LENGTH: Final = 4000
_CHUNK_BYTES: Final = 65536


class LogEntry(Struct):
    """A line. t: when, ISO 8601; m: what, with its line end."""

    t: str
    m: str


class TerminalSize(Struct):
    """Columns and rows of the terminal that the server was started from."""

    cols: int
    rows: int


class LogBook(logging.Handler):
    """Keeps what is logged in this process, and what it is handed of others.

    State: the last lines; the ids of clients that follow. Lines may come from any thread; ``tell`` is called on the
    event loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self.entries: deque[LogEntry] = deque(maxlen=_LINES)
        self.followers: set[str] = set()
        self._tell: Callable[[LogEntry], None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, tell: Callable[[LogEntry], None]) -> None:
        """Listen to this process's log from now on. Needs a running event loop."""
        self._tell, self._loop = tell, asyncio.get_running_loop()
        logging.getLogger().addHandler(self)

    def shut(self) -> None:
        """Listen no more."""
        logging.getLogger().removeHandler(self)
        self._loop = None

    def emit(self, record: logging.LogRecord) -> None:
        """A line of this process."""
        self.add(self.format(record) + "\n")

    def add(self, text: str) -> None:
        """Lines, from any thread."""
        now = datetime.datetime.now(datetime.UTC).isoformat()
        for line in text.splitlines(keepends=True):
            entry = LogEntry(now, line[-_LINE_LENGTH:])
            self.entries.append(entry)
            if self.followers and self._loop is not None and not self._loop.is_closed() and self._tell is not None:
                self._loop.call_soon_threadsafe(self._tell, entry)

    def relay(self, stream: IO[bytes]) -> None:
        """Pass on to stderr what another process says, until it is gone, and keep it; on a thread of its own."""
        threading.Thread(target=self._relay, args=(stream,), name="log relay", daemon=True).start()

    def _relay(self, stream: IO[bytes]) -> None:
        read: Any = getattr(stream, "read1", stream.read)
        rest = ""
        with stream:
            while chunk := read(_CHUNK_BYTES):
                with suppress(OSError, ValueError):  # nobody looks any more; the worker must not wait for that
                    sys.stderr.buffer.write(chunk)
                    sys.stderr.flush()
                # A progress bar writes over itself with \r; only what it says last is kept.
                *lines, rest = (rest + chunk.decode("utf-8", "replace")).split("\n")
                for line in lines:
                    self.add(line.rstrip("\r").rpartition("\r")[2] + "\n")
                rest = rest[-_LINE_LENGTH:]
        if rest:
            self.add(rest + "\n")


def terminal_size() -> TerminalSize:
    """The size of the server's terminal; 80 x 24 without one."""
    size = shutil.get_terminal_size()
    return TerminalSize(size.columns, size.lines)
