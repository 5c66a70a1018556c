"""A server with nodes that do nothing, and a client that times what it says."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import aiohttp

from tests.api.running import Running, call, shown

_TIMEOUT_S = 120.0
_seeds = itertools.count(1)

Graph = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A run as its listener saw it: milliseconds from POST to success, and what came over the socket."""

    ms: float
    messages: int
    received_bytes: int


@contextmanager
def serving(base: Path | None = None) -> Iterator[Running]:
    """A server on an own directory; the worker's nodes come from the tests."""
    with TemporaryDirectory() as fresh:
        running = Running(base or Path(fresh))
        try:
            yield running
        finally:
            running.stop()


class Listener:
    """A client that posts graphs and listens to what becomes of them, on one socket."""

    def __init__(self, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._http = http
        self._socket = socket

    async def run(self, graph: Graph) -> Told:
        """Post the graph and wait until it succeeded. Raises RuntimeError when it does not."""
        body = json.dumps({"prompt": graph, "client_id": "listener"}).encode()
        began = perf_counter()
        async with self._http.post("/prompt", data=body, headers={"Content-Type": "application/json"}) as answer:
            told = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"refused: {told}")
        messages = received = 0
        while True:
            message = await self._socket.receive(_TIMEOUT_S)
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise RuntimeError(f"the socket gave {message}")
            messages, received = messages + 1, received + len(message.data)
            if told["prompt_id"] not in message.data:
                continue
            if '"execution_error"' in message.data:
                raise RuntimeError(message.data)
            if '"execution_success"' in message.data:
                return Told((perf_counter() - began) * 1000, messages, received)


class Cpu:
    """What server and worker computed since ``start``, whatever else the machine does. (Linux only: /proc.)"""

    def __init__(self, running: Running) -> None:
        self._pids = (running.process.pid, running.worker_pid())
        self.start()

    def start(self) -> None:
        self._ticks = self._read()

    def ms(self) -> float:
        """Milliseconds, in the system's ticks: mostly 10."""
        return (self._read() - self._ticks) * 1000 / os.sysconf("SC_CLK_TCK")

    def _read(self) -> int:
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self._pids]
        return sum(int(of[11]) + int(of[12]) for of in fields)  # user and system time (proc(5), fields 14 and 15)


@asynccontextmanager
async def listening(running: Running) -> AsyncIterator[Listener]:
    """A listener once the worker has shown that it works."""
    async with (
        aiohttp.ClientSession(running.url) as http,
        http.ws_connect("/ws?clientId=listener", max_msg_size=0) as socket,
    ):
        listener = Listener(http, socket)
        for _ in range(10):
            await listener.run(chain(5))
        yield listener


def chain(nodes: int) -> Graph:
    """So many nodes, each reading the one before it; never the same chain twice."""
    graph = {"0": call("Seed", seed=next(_seeds))}
    graph |= {str(i): call("Add", a=[str(i - 1), 0], b=0) for i in range(1, nodes - 1)}
    return graph | shown([str(nodes - 2), 0])


def fan(nodes: int) -> Graph:
    """About so many nodes: two thirds make a number, the others add three each, down to one."""
    leaves = [f"n{i}" for i in range(nodes * 2 // 3)]
    graph: Graph = {name: call("Seed", seed=next(_seeds)) for name in leaves}
    while len(leaves) > 1:
        groups = [leaves[i : i + 3] for i in range(0, len(leaves), 3)]
        sums = {
            f"s{group[0]}": call("Sum", **{k: [n, 0] for k, n in zip("abc", group, strict=False)}) for group in groups
        }
        graph |= sums
        leaves = list(sums)
    return graph | shown([leaves[0], 0])
