"""JobQueue: which job runs next."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import math
from collections.abc import Iterable
from typing import Any

from jobs.job import Job, State


class JobQueue:
    """The jobs that wait, in order, and those that run.

    State: ``_line``, sorted by number and then by arrival; ``_waiting`` and ``running`` by id; the last number given.
    Invariant: a job is either in ``_line`` and ``_waiting``, or in ``running``, or not here.
    """

    def __init__(self, last_number: float = 0) -> None:
        self.running: dict[str, Job] = {}
        self.paused = False
        self._line: list[tuple[float, int, str]] = []
        self._waiting: dict[str, tuple[Job, tuple[float, int, str]]] = {}
        self._arrivals = itertools.count()
        self._number = math.ceil(last_number)

    def next_number(self, *, front: bool = False) -> float:
        """A number behind all others given so far; in front of them with ``front``."""
        self._number += 1
        return -self._number if front else self._number

    def add(self, job: Job) -> None:
        """Let a job wait. Jobs of the same number run in the order in which they came."""
        place = (job.number, next(self._arrivals), job.id)
        bisect.insort(self._line, place)
        self._waiting[job.id] = (job, place)

    def take(self) -> Job | None:
        """The next job, now running; None when nothing waits or the queue is paused."""
        if self.paused or not self._line:
            return None
        job = self._remove(self._line[0][2]).started()
        self.running[job.id] = job
        return job

    def put_back(self, job: Job, *, forgive: bool = False) -> Job:
        """A running job waits again, before others of its number."""
        del self.running[job.id]
        waiting = job.requeued(forgive=forgive)
        place = (job.number, -next(self._arrivals), job.id)
        bisect.insort(self._line, place)
        self._waiting[job.id] = (waiting, place)
        return waiting

    def finish(self, job_id: str) -> None:
        """A running job ended."""
        self.running.pop(job_id, None)

    def delete(self, job_ids: Iterable[str], user: str | None = None) -> list[Job]:
        """Take waiting jobs out; ids that do not wait, or are not that user's, are passed over."""
        return [
            dataclasses.replace(self._remove(i), state=State.CANCELLED)
            for i in dict.fromkeys(job_ids)
            if i in self._waiting and self._waiting[i][0].is_of(user)
        ]

    def clear(self, user: str | None = None) -> list[Job]:
        """Take all waiting jobs out, or all of that user."""
        return self.delete(list(self._waiting), user)

    def has(self, job_id: str, user: str | None) -> bool:
        """Whether a job of that id waits or runs, and is that user's."""
        job = self._waiting[job_id][0] if job_id in self._waiting else self.running.get(job_id)
        return job is not None and job.is_of(user)

    def move(self, job_id: str, number: float) -> Job | None:
        """Give a waiting job another number; None when it does not wait."""
        if job_id not in self._waiting:
            return None
        job = dataclasses.replace(self._remove(job_id), number=number)
        self.add(job)
        return job

    def number_for(self, job_id: str, *, before: str | None = None, front: bool = False) -> float | None:
        """The number that puts a job before another, or first, or last; None when ``before`` does not wait."""
        others = [job for job in self.waiting() if job.id != job_id]
        if before is not None:
            index = next((i for i, job in enumerate(others) if job.id == before), None)
            if index is None:
                return None
            high = others[index].number
            low = others[index - 1].number if index else high - 2
            middle = (low + high) / 2
            return middle if low < middle < high else math.nextafter(high, -math.inf)
        if not others:
            return 0.0
        return others[0].number - 1 if front else others[-1].number + 1

    def describe(self) -> dict[str, Any]:
        """What every client hears of the queue: how many wait or run, and whether it is paused."""
        return {"queue_remaining": len(self), **({"paused": True} if self.paused else {})}

    def waiting(self) -> list[Job]:
        """The waiting jobs in the order in which they will run."""
        return [self._waiting[job_id][0] for _, _, job_id in self._line]

    def __len__(self) -> int:
        return len(self._waiting) + len(self.running)

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._waiting or job_id in self.running

    def _remove(self, job_id: str) -> Job:
        job, place = self._waiting.pop(job_id)
        del self._line[bisect.bisect_left(self._line, place)]
        return job
