"""Seat: a device's place at the server. Whatever happens to the worker that sits there, another one follows."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import IO, Any, Final

import msgspec

from api.live import LiveRun
from api.workers import Death, OnMessage, WorkerProcess
from jobs.messages import (
    AskCatalog,
    AskPlan,
    AskStats,
    CatalogRead,
    Check,
    Checked,
    FromWorker,
    PlanIs,
    Ready,
    Refused,
    Rewrite,
    Rewritten,
    Stats,
)

log = logging.getLogger(__name__)

_LONGEST_PAUSE_S: Final = 30.0
_STATS_S: Final = 0.3
_READING_S: Final = 1.0
_CHECK_S: Final = 10.0
_PLAN_S: Final = 5.0
_START_S: Final = 30.0


class Seat:
    """One device. ``relay`` gets the stream of what the worker prints.

    State: the worker there now; whether it takes jobs; the job at work (``live``, the dispatcher's); its last stats;
    the questions it has not answered yet. Invariant: ``is_ready`` only while the worker lives.
    """

    def __init__(self, arguments: tuple[str, ...], relay: Callable[[IO[bytes]], None]) -> None:
        self.live: LiveRun | None = None
        self.stats = Stats([])
        self.is_ready = False
        self._arguments = arguments
        self._relay = relay
        self._process: WorkerProcess | None = None
        self._closing = asyncio.Event()
        self._numbers = itertools.count()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._is_filled = asyncio.Event()
        self._heard_stats = asyncio.Event()
        self._catalog_read = asyncio.Event()
        self._catalog_read.set()

    @property
    def is_idle(self) -> bool:
        """Whether the worker could begin a job now."""
        return self.is_ready and self.live is None

    @property
    def pid(self) -> int:
        """The worker's process id, 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    async def keep_filled(self, on_message: OnMessage, on_death: Callable[[Death], Awaitable[None]]) -> None:
        """Start a worker, and another whenever one dies; slower and slower while they die before they are ready."""
        failures = 0
        while not self._closing.is_set():
            self._process = WorkerProcess(self._arguments, self._sort(on_message), self._relay)
            death = await self._process.run()
            failures = 0 if self.is_ready else failures + 1
            self.is_ready, self._process = False, None
            self._is_filled.clear()
            self._catalog_read.set()
            if self._closing.is_set():
                return
            log.warning("The worker %s; another one is started.", death.how)
            await on_death(death)
            if failures:
                await asyncio.sleep(min(_LONGEST_PAUSE_S, 0.5 * 2**failures))

    def close(self) -> None:
        """End the worker in good order, and start no other."""
        self._closing.set()
        self.is_ready = False
        if self._process is not None:
            self._process.quit()

    def send(self, message: msgspec.Struct) -> None:
        """Send the worker a message, if there is one."""
        if self._process is not None:
            self._process.send(message)

    def kill(self) -> None:
        """End the worker at once; another one will follow."""
        if self._process is not None:
            self._process.kill()

    async def refresh_stats(self) -> Stats:
        """How the device stands: asked now, or what was last known if the worker does not answer at once."""
        if self.is_ready:
            self._heard_stats.clear()
            self.send(AskStats())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._heard_stats.wait(), _STATS_S)
        return self.stats

    async def refresh_catalog(self) -> None:
        """Have the worker look whether packs' node types have changed; those who ask meanwhile wait for the same."""
        if not self.is_ready:
            return
        if self._catalog_read.is_set():
            self._catalog_read.clear()
            self.send(AskCatalog())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._catalog_read.wait(), _READING_S)

    async def check(self, prompt: bytes, targets: Sequence[str]) -> list[Refused]:
        """What node types that check values themselves have against a graph; raises TimeoutError when it cannot say."""
        checked: Checked = await self._ask(lambda number: Check(number, msgspec.Raw(prompt), list(targets)), _CHECK_S)
        return checked.refusals

    async def plan(self, prompt: bytes, targets: Sequence[str]) -> PlanIs:
        """What a run of the targets would do; raises TimeoutError when the worker cannot say now."""
        plan: PlanIs = await self._ask(lambda number: AskPlan(number, msgspec.Raw(prompt), list(targets)), _PLAN_S)
        return plan

    async def rewrite(self, body: bytes) -> bytes:
        """What a client sent, as packs leave it; waits for a worker that starts, and raises TimeoutError at last."""
        await asyncio.wait_for(self._is_filled.wait(), _START_S)
        found: Rewritten = await self._ask(lambda number: Rewrite(number, msgspec.Raw(body)), _CHECK_S)
        return bytes(found.body)

    async def _ask(self, question: Callable[[int], msgspec.Struct], limit_s: float) -> Any:
        """The worker's answer to a question that bears a number; raises TimeoutError when it cannot give one now."""
        if not self.is_ready:
            raise TimeoutError
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self.send(question(number))
        try:
            return await asyncio.wait_for(answer, limit_s)
        finally:
            del self._answers[number]

    def _sort(self, on_message: OnMessage) -> OnMessage:
        """Answers to the seat's own questions stay here; the rest goes on."""

        async def sort(message: FromWorker, body: bytes) -> None:
            match message:
                case Ready():
                    self.is_ready = True
                    self._is_filled.set()
                    await on_message(message, body)
                case CatalogRead():
                    self._catalog_read.set()
                case Stats():
                    self.stats = message
                    self._heard_stats.set()
                case Checked(check=number) | PlanIs(plan=number) | Rewritten(rewrite=number):
                    if number in self._answers and not self._answers[number].done():
                        self._answers[number].set_result(message)
                case _:
                    await on_message(message, body)

        return sort
