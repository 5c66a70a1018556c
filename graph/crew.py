"""Crew: the device's thread, the helpers beside it, and the async calls on the event loop. They share one Execution."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final

from graph.execution import Execution
from graph.run import current_run
from graph.schedule import Lane

HELPERS: Final = 4
_BESIDE: Final = (Lane.ASYNC, Lane.BESIDE)


class Crew:
    """State: the helper threads, started when there is something for them; the tasks of async calls; our own error, if
    one of them met a bug of the engine: the run is then over for all.
    """

    def __init__(self, execution: Execution, loop: asyncio.AbstractEventLoop) -> None:
        self._execution = execution
        self._loop = loop
        self._context = contextvars.copy_context()
        self._helpers: list[threading.Thread] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._bug: BaseException | None = None

    def work(self) -> None:
        """Carry the run to its outcome, in this thread (the device's). Returns when no thread is at work any more."""
        self._context.run(self._work, tuple(Lane))
        for helper in self._helpers:
            helper.join()

    async def close(self) -> None:
        """End the async calls that are still under way; raise our own error if there was one."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._bug is not None:
            raise self._bug

    def _work(self, lanes: tuple[Lane, ...]) -> None:
        run = self._execution.run
        current_run.set(run)
        with self._watch(), run.around():
            while (call := self._execution.take(lanes)) is not None:
                if Lane.DEVICE in lanes:
                    self._call_helpers()
                rest = self._execution.begin(call)
                if rest is not None:
                    self._loop.call_soon_threadsafe(self._start, rest)

    def _call_helpers(self) -> None:
        """While the device's thread is at work, have others take what needs no device."""
        wanted = min(self._execution.count_ready(*_BESIDE), HELPERS)
        while len(self._helpers) < wanted:
            context = self._context.copy()
            helper = threading.Thread(target=context.run, args=(self._work, _BESIDE), name="helper", daemon=True)
            self._helpers.append(helper)
            helper.start()

    def _start(self, rest: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(self._carry(rest))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, rest: Coroutine[Any, Any, None]) -> None:
        with self._watch():
            await rest

    def _watch(self) -> _Watch:
        return _Watch(self)

    def give_up(self, bug: BaseException) -> None:
        """End the run for all, since the engine itself failed."""
        self._bug = self._bug or bug
        self._execution.abandon()


class _Watch:
    """Lets no error of the engine's own die unseen with its thread, where others would wait for it for ever."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None:
            self._crew.give_up(error)
        return error is not None
