"""JobStore: what is asked for and what came of it, in one SQLite file that outlives every process."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

import msgspec

from jobs.job import Job, Result, State
from jobs.schema import connect, open_database
from jobs.writer import Writer

_JOB = "id, number, prompt, extra, targets, client, state, attempts, created_ms, user"
_Row = tuple[str, float, bytes, bytes, bytes, str, str, int, int, str]


class JobStore:
    """Jobs, attempts, outputs and results.

    history_limit: how many ended jobs are kept; 0 = all.

    State: the writer thread with its connection, and one connection for reading. Invariant: a job is in exactly one
    state, and has a place in history (``ended``) only once that state is final. Writes return futures, settled when
    committed.
    """

    def __init__(self, path: Path, *, history_limit: int = 0) -> None:
        self._history_limit = history_limit
        self._writer = Writer(open_database(path))
        self.reader = connect(path)
        self.reading = threading.Lock()

    def close(self) -> None:
        """Finish the writes that wait and close the file."""
        self._writer.close()
        self.reader.close()

    def submit(self, job: Job) -> Future[bool]:
        """Keep a new job, safe on disk; False when a job of that id exists."""
        row = _row(job)
        statement = f"INSERT INTO jobs ({_JOB}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return self._writer.submit(lambda db: db.execute(statement, row).rowcount == 1, durable=True)

    def start(self, job: Job) -> Future[None]:
        """A worker begins the job (``job.attempts`` counts this attempt); outputs of an earlier attempt go."""
        now = now_ms()

        def write(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE jobs SET state = 'running', attempts = ?, started_ms = ? WHERE id = ?",
                (job.attempts, now, job.id),
            )
            db.execute(
                "INSERT OR REPLACE INTO attempts (job, attempt, began_ms) VALUES (?, ?, ?)", (job.id, job.attempts, now)
            )
            if job.attempts > 1:
                db.execute("DELETE FROM outputs WHERE job = ?", (job.id,))

        return self._writer.submit(write)

    def requeue(self, job: Job, why: str) -> Future[None]:
        """The job waits again; ``why`` is noted with the attempt that ended."""

        def write(db: sqlite3.Connection) -> None:
            db.execute("UPDATE jobs SET state = 'pending', attempts = ? WHERE id = ?", (job.attempts, job.id))
            db.execute("UPDATE attempts SET outcome = ? WHERE job = ? AND outcome = ''", (why, job.id))

        return self._writer.submit(write)

    def renumber(self, job: Job) -> Future[None]:
        """The job's place in the queue changed."""
        return self._writer.submit(
            lambda db: _run(db, "UPDATE jobs SET number = ? WHERE id = ?", [(job.number, job.id)])
        )

    def add_outputs(self, job_id: str, outputs: Mapping[str, bytes]) -> Future[None]:
        """Calls of a running job finished with something to show (call -> encoded ui)."""
        rows = [(job_id, call, ui) for call, ui in outputs.items()]
        return self._writer.submit(lambda db: _run(db, "INSERT OR REPLACE INTO outputs VALUES (?, ?, ?)", rows))

    def finish(self, job_id: str, result: Result) -> Future[None]:
        """The job ended and enters history."""
        now = now_ms()

        def write(db: sqlite3.Connection) -> None:
            db.execute(
                """UPDATE jobs SET state = ?, ended_ms = ?, ended = (SELECT COALESCE(MAX(ended), 0) + 1 FROM jobs)
                   WHERE id = ?""",
                (result.state, now, job_id),
            )
            db.execute("UPDATE attempts SET outcome = ? WHERE job = ? AND outcome = ''", (result.state, job_id))
            db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", (job_id, result.messages, result.meta))
            if self._history_limit:  # the oldest make room
                db.execute("DELETE FROM jobs WHERE ended <= (SELECT MAX(ended) FROM jobs) - ?", (self._history_limit,))

        return self._writer.submit(write)

    def cancel(self, job_ids: Iterable[str]) -> Future[None]:
        """Jobs that never ran are cancelled: they end, without a place in history."""
        rows = [(now_ms(), job_id) for job_id in job_ids]
        statement = "UPDATE jobs SET state = 'cancelled', ended_ms = ? WHERE id = ? AND state = 'pending'"
        return self._writer.submit(lambda db: _run(db, statement, rows))

    def forget(self, job_ids: Iterable[str] | None, user: str | None = None) -> Future[None]:
        """Delete ended jobs with all that belongs to them; None = all that ended. ``user``: only that user's."""
        ended = "state NOT IN ('pending', 'running') AND user = COALESCE(?, user)"
        if job_ids is None:
            return self._writer.submit(lambda db: _run(db, f"DELETE FROM jobs WHERE {ended}", [(user,)]))
        rows = [(user, job_id) for job_id in job_ids]
        return self._writer.submit(lambda db: _run(db, f"DELETE FROM jobs WHERE {ended} AND id = ?", rows))

    def unfinished(self) -> list[Job]:
        """Jobs that wait or were running when the last server stopped, in the queue's order."""
        order = "number, created_ms, id"
        with self.reading:
            rows = self.reader.execute(
                f"SELECT {_JOB} FROM jobs WHERE state IN ('pending', 'running') ORDER BY {order}"
            )
            return [_job(row) for row in rows]

    def largest_number(self) -> float:
        """The largest queue number ever given, by size."""
        with self.reading:
            low, high = self.reader.execute("SELECT MIN(number), MAX(number) FROM jobs").fetchone()
        return max(-(low or 0.0), high or 0.0)

    def keep(self, name: str, value: bytes) -> Future[None]:
        """Remember something across restarts under a name."""
        return self._writer.submit(lambda db: _run(db, "INSERT OR REPLACE INTO kept VALUES (?, ?)", [(name, value)]))

    def drop(self, name: str) -> Future[None]:
        """Forget what was kept under that name."""
        return self._writer.submit(lambda db: _run(db, "DELETE FROM kept WHERE name = ?", [(name,)]))

    def kept_names(self, prefix: str) -> list[str]:
        """The names under which something is kept, of those that begin so."""
        with self.reading:
            rows = self.reader.execute("SELECT name FROM kept WHERE substr(name, 1, ?) = ?", (len(prefix), prefix))
            return [row[0] for row in rows]

    def kept(self, name: str) -> bytes | None:
        """What was kept under that name."""
        with self.reading:
            row = self.reader.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _run(db: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    db.executemany(statement, rows)


def _row(job: Job) -> _Row:
    targets = msgspec.json.encode(job.targets)
    sent = (job.id, job.number, job.prompt, job.extra, targets, job.client)
    return *sent, job.state, job.attempts, job.created_ms, job.user


def _job(row: _Row) -> Job:
    id, number, prompt, extra, targets, client, state, attempts, created_ms, user = row
    found = msgspec.json.decode(targets, type=tuple[str, ...])
    return Job(id, number, prompt, extra, found, client, State(state), attempts, created_ms, user)
