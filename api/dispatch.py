"""Dispatcher: pairs idle workers with waiting jobs, and sees each job to its end whatever becomes of the worker."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, Final

from msgspec import Raw

from api.live import LiveRun, Message
from api.seats import Seat
from api.sockets import Hub
from api.workers import Death
from jobs.job import Job, State
from jobs.messages import Cancel, Events, Interrupted, Preview, Start
from jobs.queue import JobQueue
from jobs.store import JobStore

log = logging.getLogger(__name__)

# A node that never reports progress cannot be asked to stop. Who asks again after this time wants it gone anyway.
_PATIENCE_S: Final = 3.0
_PAUSED: Final = "paused"


class Dispatcher:
    """Owns the queue's running side.

    State: the seats (one a device), the queue, the store; who is told when a job ends. Invariant: a running job is live
    in exactly one seat, and leaves it for history or for the queue, never for nowhere.
    """

    def __init__(self, store: JobStore, queue: JobQueue, hub: Hub, seats: list[Seat]) -> None:
        self.store = store
        self.queue = queue
        self.hub = hub
        self.seats = seats
        self.on_end: list[Callable[[str, State], None]] = []

    def take_up(self) -> None:
        """Continue with what the last server left: what waited waits again, what ran gets its second attempt."""
        self.queue.paused = self.store.kept(_PAUSED) == b"yes"
        for job in self.store.unfinished():
            if job.attempts == 0 or job.may_run_again:
                self.queue.add(job.requeued())
            else:
                live = LiveRun(job)
                self._tell(
                    live,
                    live.fail(
                        f"The server ended while this ran, {_times(job)}. Send it again to try once more.", "ServerDied"
                    ),
                )
                self._settle(live)

    def put_all_back(self) -> None:
        """The server stops: what runs waits for the next one, and the attempt does not count."""
        for seat in self.seats:
            if seat.live is not None:
                self.store.requeue(self.queue.put_back(seat.live.job, forgive=True), "the server stopped")
                seat.live = None

    async def submit(self, job: Job) -> bool:
        """Let a job wait, safe on disk; False when there already is one of that id."""
        if not await asyncio.wrap_future(self.store.submit(job)):
            return False
        self.queue.add(job)
        self.hub.tell_status()
        self.pair()
        return True

    def pair(self) -> None:
        """Give every idle worker a job, as long as there are any."""
        for seat in self.seats:
            if seat.is_idle and (job := self.queue.take()) is not None:
                seat.live = LiveRun(job)
                self.store.start(job)
                seat.send(Start(job.id, Raw(job.prompt), Raw(job.extra), list(job.targets)))
                self.hub.tell_status()

    def interrupt(self, job_id: str | None, user: str | None = None) -> None:
        """Stop the running job of that id, or all running jobs (of that user). Asked again in vain, end the worker."""
        for seat in self.seats:
            live = seat.live
            if live is None or job_id not in (None, live.job.id) or not live.job.is_of(user):
                continue
            if live.cancelled_at and time.monotonic() - live.cancelled_at > _PATIENCE_S:
                log.warning("Job %s does not stop; its worker is ended.", live.job.id)
                seat.kill()
            else:
                live.cancelled_at = live.cancelled_at or time.monotonic()
                seat.send(Cancel(live.job.id))

    def live(self, job_id: str) -> LiveRun | None:
        """The run of that job, while it runs."""
        return next((s.live for s in self.seats if s.live is not None and s.live.job.id == job_id), None)

    async def cancel(self, job_ids: Iterable[str], user: str | None = None) -> list[str]:
        """Stop jobs (of that user), whether they wait or run; returns those that did."""
        stopped = [job_id for job_id in dict.fromkeys(job_ids) if self.queue.has(job_id, user)]
        await self.delete(stopped)
        for job_id in stopped:
            self.interrupt(job_id)
        return stopped

    async def pause(self, paused: bool) -> None:
        """Let no more jobs begin, or let them begin again; what runs goes on. Holds over restarts."""
        self.queue.paused = paused
        await asyncio.wrap_future(self.store.keep(_PAUSED, b"yes" if paused else b"no"))
        self.hub.tell_status()
        self.pair()

    async def move(self, job_id: str, *, number: float | None, before: str | None, front: bool) -> bool:
        """Give a waiting job another place; False when it, or the one it is to run before, does not wait."""
        if number is None:
            number = self.queue.number_for(job_id, before=before, front=front)
        job = self.queue.move(job_id, number) if number is not None else None
        if job is None:
            return False
        await asyncio.wrap_future(self.store.renumber(job))
        self.hub.tell_status()
        return True

    async def delete(self, job_ids: Iterable[str] | None, user: str | None = None) -> None:
        """Take jobs that wait (of that user) out of the queue; None = all that wait."""
        removed = self.queue.clear(user) if job_ids is None else self.queue.delete(job_ids, user)
        if removed:
            await asyncio.wrap_future(self.store.cancel([job.id for job in removed]))
            self.hub.tell_status()
            for job in removed:
                self._say_ended(job.id, State.CANCELLED)

    async def hear(self, seat: Seat, message: Events) -> None:
        """A worker tells what happened in its job."""
        live = seat.live
        if live is None or live.job.id != message.job:
            return
        for event in message.events:
            self._tell(live, live.hear(event))
        if live.new_outputs:
            self.store.add_outputs(live.job.id, live.new_outputs)
            live.new_outputs = {}
        if live.result is not None:
            seat.live = None
            await self._finish(live)
        elif (wait_s := live.owes_snapshot_s) is not None:
            asyncio.get_running_loop().call_later(wait_s, self._tell_snapshot, live)

    def show(self, seat: Seat, message: Preview, picture: bytes) -> None:
        """A worker shows a picture of work in progress."""
        if seat.live is not None and seat.live.job.id == message.job:
            self.hub.send_preview(seat.live.job.client, message, picture, seat.live.place(message.call))

    async def mourn(self, seat: Seat, death: Death) -> None:
        """A worker is dead: its job was cancelled, or runs again, or has failed."""
        live, seat.live = seat.live, None
        if live is None:
            return
        if death.at_work is not None and death.at_work.job == live.job.id:
            live.began(death.at_work.call, death.at_work.node_type)
        call, node_type = live.call_at_work
        if live.cancelled_at:
            self._tell(live, live.hear(Interrupted(call, node_type)))
        elif live.job.may_run_again:
            log.warning("Job %s runs again.", live.job.id)
            self.store.requeue(self.queue.put_back(live.job), death.how)
            self.hub.tell_status()
            return
        else:
            where = f"in {node_type} (node {call})" if call else "before any node ran"
            tip = "Use a smaller picture, batch or model; the server's log may say more."
            message = f"The worker process {death.how} {where}, {_times(live.job)}. {tip}"
            self._tell(live, live.fail(message, "WorkerDied"))
        await self._finish(live)

    async def _finish(self, live: LiveRun) -> None:
        """History first, then the last messages: a client that reads history on hearing them finds its entry."""
        try:
            await asyncio.wrap_future(self._settle(live))
        except sqlite3.Error as error:
            log.error("Job %s ended, but history could not be written: %s", live.job.id, error)
        self.queue.finish(live.job.id)
        self.hub.tell_status()
        self.hub.send(live.job.client, "executing", {"node": None, "prompt_id": live.job.id})
        assert live.result is not None
        self._say_ended(live.job.id, live.result.state)
        self.pair()

    def _say_ended(self, job_id: str, state: State) -> None:
        for hear in self.on_end:
            hear(job_id, state)

    def _settle(self, live: LiveRun) -> Future[None]:
        assert live.result is not None
        return self.store.finish(live.job.id, live.result)

    def _tell(self, live: LiveRun, messages: Iterable[Message]) -> None:
        for kind, data in messages:
            self.hub.send(live.job.client, kind, data)

    def _tell_snapshot(self, live: LiveRun) -> None:
        if live.result is None:
            self._tell(live, live.snapshot())


def _times(job: Job) -> str:
    return {1: "once", 2: "for the second time"}.get(job.attempts, f"for the {job.attempts}th time")


def describe_item(job: Job) -> list[Any]:
    """A job as the queue's routes show it."""
    return [job.number, job.id, Raw(job.prompt), Raw(job.extra), job.targets]
