"""Endings: who waits for a job to end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from jobs.job import State

LONGEST_WAIT_S: Final = 3600.0
USUAL_WAIT_S: Final = 600.0


class Endings:
    """State: the futures of those who wait, by job."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[asyncio.Future[State]]] = {}

    def hear(self, job_id: str, state: State) -> None:
        """A job has ended."""
        for future in self._waiting.pop(job_id, ()):
            if not future.done():
                future.set_result(state)

    def expect(self, job_id: str) -> asyncio.Future[State]:
        """How the job will end. Ask before it can."""
        future: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(job_id, []).append(future)
        return future

    async def wait(self, job_id: str, ending: asyncio.Future[State], timeout_s: float) -> State | None:
        """How the job ended; None when it takes longer."""
        try:
            with suppress(TimeoutError):
                return await asyncio.wait_for(ending, timeout_s)
            return None
        finally:
            self._drop(job_id, ending)

    def _drop(self, job_id: str, ending: asyncio.Future[State]) -> None:
        others = [future for future in self._waiting.get(job_id, ()) if future is not ending]
        if others:
            self._waiting[job_id] = others
        else:
            self._waiting.pop(job_id, None)
