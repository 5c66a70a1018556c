"""WorkerProcess: a child process that owns a device, started by the server and spoken to over a socket."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, Final

import msgspec

from jobs.messages import FromWorker, Quit, read_from_worker
from jobs.notes import AtWork, make_note_file, take_note
from jobs.options import REPOSITORY
from jobs.wire import BrokenFrame, can_hand_over, pack, receive_frame

log = logging.getLogger(__name__)

SECRET_VARIABLE: Final = "EASEL_WORKER_SECRET"
_QUIT_S: Final = 4.0
_CONNECT_S: Final = 30.0

OnMessage = Callable[[FromWorker, bytes], Awaitable[None]]


@dataclass(frozen=True)
class Death:
    """How a worker ended (``was killed ...``), and the call that it began last."""

    how: str
    at_work: AtWork | None = None


class WorkerProcess:
    """One child from its start to its end.

    State: the process, the stream to it, the file in which it notes what it does, and whether it was killed from here.
    ``run`` returns, with the reason, when the process is no more; until then every message is handed to
    ``on_message``, one after the other.
    """

    def __init__(self, arguments: tuple[str, ...], on_message: OnMessage, relay: Callable[[IO[bytes]], None]) -> None:
        self._arguments = arguments
        self._relay = relay
        self._on_message = on_message
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._note = make_note_file()
        self._was_killed = False

    async def run(self) -> Death:
        """Start the process, hear it out, and say how it ended."""
        reader = await (self._start_with_pair() if can_hand_over() else self._start_with_port())
        try:
            while (frame := await receive_frame(reader)) is not None:
                await self._on_message(read_from_worker(frame[0]), frame[1])
        except (BrokenFrame, msgspec.DecodeError) as error:
            log.error("The worker sent what cannot be read, and is ended: %s", error)
            self.kill()
        finally:
            if self._writer is not None:
                self._writer.close()
        return Death(await self._reap(), take_note(self._note))

    def send(self, message: msgspec.Struct) -> None:
        """Send one message; lost without a word when the process is gone, which ``run`` tells."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(pack(message))

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        if self._process is not None and self._process.poll() is None:
            self._was_killed = True
            with suppress(ProcessLookupError):
                self._process.kill()

    def quit(self) -> None:
        """Ask the process to end; it is killed when it does not."""
        self.send(Quit())
        asyncio.get_running_loop().call_later(_QUIT_S, self.kill)

    @property
    def pid(self) -> int:
        """The process id, 0 before the start."""
        return self._process.pid if self._process is not None else 0

    async def _start_with_pair(self) -> asyncio.StreamReader:
        ours, theirs = socket.socketpair()
        with theirs:
            os.set_inheritable(theirs.fileno(), True)
            self._spawn(["--fd", str(theirs.fileno())], pass_fds=(theirs.fileno(),))
        reader, self._writer = await asyncio.open_connection(sock=ours)
        return reader

    async def _start_with_port(self) -> asyncio.StreamReader:
        """Where no socket can be inherited: listen for one caller that knows the secret."""
        secret = secrets.token_hex(32)
        arrived: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()

        async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                shown = await asyncio.wait_for(reader.readexactly(len(secret)), _CONNECT_S)
            except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
                shown = b""
            if secrets.compare_digest(shown, secret.encode()) and not arrived.done():
                arrived.set_result((reader, writer))
            else:
                writer.close()

        server = await asyncio.start_server(welcome, "127.0.0.1", 0)
        try:
            port = server.sockets[0].getsockname()[1]
            self._spawn(["--connect", str(port)], {SECRET_VARIABLE: secret})
            reader, self._writer = await asyncio.wait_for(arrived, _CONNECT_S)
        finally:
            server.close()
        return reader

    def _spawn(self, how_to_connect: list[str], variables: Mapping[str, str] | None = None, **more: Any) -> None:
        # A session of its own: Ctrl-C in the terminal reaches the server alone, which then ends the worker in good
        # order.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "worker", "--note", str(self._note), *how_to_connect, *self._arguments],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(variables or {})},
            **more,
        )
        assert self._process.stdout is not None
        self._relay(self._process.stdout)

    async def _reap(self) -> str:
        if self._process is None:
            return "did not start"
        try:
            code = await asyncio.to_thread(self._process.wait, _QUIT_S)
        except subprocess.TimeoutExpired:  # it closed its socket but lives on
            self.kill()
            code = await asyncio.to_thread(self._process.wait)
        return "was ended" if self._was_killed else describe_exit(code)


def describe_exit(code: int) -> str:
    """How a process ended, for a sentence that begins with "The worker"."""
    if code == -9:  # Windows has no signal.SIGKILL
        return "was killed (signal 9, as the system does when memory runs out)"
    if code < 0:
        with suppress(ValueError):
            return f"crashed ({signal.Signals(-code).name})"
    return f"ended with exit code {code}"
