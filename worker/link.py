"""The worker's end of the socket: one thread reads, one writes, and whatever waits goes out in one write."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from typing import Final

import msgspec

from jobs.messages import ToWorker, read_to_worker
from jobs.options import WorkerOptions
from jobs.wire import pack, read_frame

# Asked again at this pace while a source holds something back for later.
_HOLD_S: Final = 0.05
SECRET_VARIABLE: Final = "EASEL_WORKER_SECRET"


class Link:
    """Messages from and to the server.

    State: frames not yet written, and sources that are asked for more whenever the writer wakes. A source answers
    with a frame or b"", and whether it holds something back. Invariant: frames leave in the order in which they were
    sent.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._frames: list[bytes] = []
        self._source: Callable[[], tuple[bytes, bool]] | None = None
        self._wake = threading.Condition()
        self._awake = False
        self._closing = False
        self._writer = threading.Thread(target=self._write, name="link writer", daemon=True)
        self._writer.start()

    def listen(self, on_message: Callable[[ToWorker], None], on_gone: Callable[[], None]) -> None:
        """Call ``on_message`` for every message, on a thread of its own, and ``on_gone`` when the server is no more."""
        threading.Thread(target=self._read, args=(on_message, on_gone), name="link reader", daemon=True).start()

    def send(self, message: msgspec.Struct, body: bytes = b"") -> None:
        """Send one message soon, after what the source has to say."""
        frame = pack(message, body)
        with self._wake:
            self._frames += [*self._drain_source(), frame]
            self._ring()

    def set_source(self, source: Callable[[], tuple[bytes, bool]] | None) -> None:
        """Ask ``source`` from now on; the one before is asked a last time."""
        with self._wake:
            self._frames += self._drain_source()
            self._source = source
            self._ring()

    def wake(self) -> None:
        """The source has something new."""
        if not self._awake:
            with self._wake:
                self._ring()

    def close(self) -> None:
        """Write what is waiting and close."""
        with self._wake:
            self._closing = True
            self._ring()
        self._writer.join(timeout=2)
        self._connection.close()

    def _ring(self) -> None:
        self._awake = True
        self._wake.notify()

    def _drain_source(self) -> list[bytes]:
        frame = self._source()[0] if self._source else b""
        return [frame] if frame else []

    def _write(self) -> None:
        holding = False
        while True:
            with self._wake:
                if not self._awake:
                    self._wake.wait(_HOLD_S if holding else None)
                self._awake = False
                frames, self._frames = self._frames, []
                more, holding = self._source() if self._source else (b"", False)
                closing = self._closing
            try:
                self._connection.sendall(b"".join((*frames, more)))
            except OSError:  # the reader sees it too and ends the process
                return
            if closing:
                return

    def _read(self, on_message: Callable[[ToWorker], None], on_gone: Callable[[], None]) -> None:
        try:
            with self._connection.makefile("rb") as stream:
                while (frame := read_frame(stream)) is not None:
                    on_message(read_to_worker(frame[0]))
        except OSError:
            pass
        on_gone()


def connect(options: WorkerOptions) -> socket.socket:
    """The socket that the server handed over, by number or by port."""
    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    connection = socket.create_connection(("127.0.0.1", options.connect or 0))
    connection.sendall(os.environ.pop(SECRET_VARIABLE, "").encode("ascii"))
    return connection
